"""The staff pages on a campaign's charter: its text, who waits, who stands there, and the list to take along."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Response as FlaskResponse
from flask import render_template, stream_with_context
from werkzeug.wrappers import Response

from campaigner.campaigns.models import Campaign
from campaigner.campaigns.staff_views import Answer, around, campaign_of
from campaigner.charters import queries, service
from campaigner.charters.forms import KIND_NAMES, CharterTextForm, PaperForm, RefusalForm
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import LANGUAGES, country, ngettext
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.staff import guard, panels
from campaigner.staff import service as staff

ROLES = ("admin", "campaigner")
bp = guard.blueprint("charter_desk", __name__, url_prefix="/staff/campaigns", roles=ROLES)
VERBS = {"open": service.open_, "close": service.close}
RISKY = ("=", "+", "-", "@", "\t", "\r")  # spreadsheets take a cell that begins so for a formula


@bp.get("/<int:campaign_id>/charter")
def index(campaign_id: int) -> Answer:
    """The charter of a campaign: its texts, the organisations that wait, and those that stand there."""
    return _index(campaign_of(campaign_id))


@bp.route("/<int:campaign_id>/charter/text/<code>", methods=["GET", "POST"])
def text(campaign_id: int, code: str) -> Answer:
    """What the charter says in one language."""
    campaign = campaign_of(campaign_id)
    if code not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    texts = _texts(campaign_id)
    there = texts.get(code)
    form = CharterTextForm(data={"title": there.title, "body": there.body} if there else {})
    if form.validate_on_submit():
        try:
            with transaction():
                service.write(
                    campaign, language=code, title=form.title.data or "", body=form.body.data or "",
                    by=guard.account().id,
                )  # fmt: skip
        except DomainError as error:
            campaign, texts = campaign_of(campaign_id), _texts(campaign_id)
            form.form_errors.append(error.sentence)
        else:
            return see_other("charter_desk.index", campaign_id=campaign_id, saved=1)
    source = texts.get(campaign.source_language) if code != campaign.source_language else None
    page = render_template(
        "charters/staff/text.html", form=form, code=code, source=source, **around(campaign, "charter")
    )
    return (page, 422) if form.is_submitted() else page


@bp.post("/<int:campaign_id>/charter/<any(open, close):verb>")
def act(campaign_id: int, verb: str) -> Response:
    """Let organisations sign, or no longer."""
    with transaction():
        VERBS[verb](campaign_of(campaign_id), by=guard.account().id)
    return see_other("charter_desk.index", campaign_id=campaign_id, saved=1)


@bp.post("/<int:campaign_id>/charter/<int:row_id>/show")
def show(campaign_id: int, row_id: int) -> Response:
    """Put the name under the charter."""
    with transaction():
        service.show(service.of_campaign(campaign_id, row_id), by=guard.account().id)
    return see_other("charter_desk.index", campaign_id=campaign_id, saved=1, _anchor="waiting")


@bp.route("/<int:campaign_id>/charter/<int:row_id>/refuse", methods=["GET", "POST"])
def refuse(campaign_id: int, row_id: int) -> Answer:
    """Say why a name does not stand there; its contact gets a mail with the words."""
    form = RefusalForm()
    if form.validate_on_submit():
        with transaction():
            row = service.of_campaign(campaign_id, row_id)
            service.refuse(row, reason=form.reason.data or "", by=guard.account().id)
        return see_other("charter_desk.index", campaign_id=campaign_id, saved=1, _anchor="waiting")
    row = service.of_campaign(campaign_id, row_id)
    page = render_template(
        "charters/staff/refuse.html", form=form, row=row, **around(campaign_of(campaign_id), "charter")
    )
    return (page, 422) if form.is_submitted() else page


@bp.post("/<int:campaign_id>/charter/<int:row_id>/remove")
def remove(campaign_id: int, row_id: int) -> Response:
    """Erase an organisation with everything about it."""
    with transaction():
        service.remove(service.of_campaign(campaign_id, row_id), by=guard.account().id)
    return see_other("charter_desk.index", campaign_id=campaign_id, saved=1, _anchor="shown")


@bp.post("/<int:campaign_id>/charter/paper")
def paper(campaign_id: int) -> Answer:
    """Enter an organisation that signed on paper."""
    campaign, form = campaign_of(campaign_id), PaperForm()
    form.offer()
    if form.validate():
        try:
            with transaction():
                charter = queries.of(campaign_id)
                if charter is None:
                    raise NotFound(_l("Write the charter in the campaign’s own language first."))
                service.add(charter, said=form.said(), by=guard.account().id)
            return see_other("charter_desk.index", campaign_id=campaign_id, saved=1, _anchor="shown")
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
    return _index(campaign, paper=form)


@bp.get("/<int:campaign_id>/charter/names.csv")
def export(campaign_id: int) -> FlaskResponse:
    """The names under the charter, as anybody can read them on the page: without who signed for them."""
    campaign = campaign_of(campaign_id)
    with transaction():
        staff.record(account_id=guard.account().id, what="charter exported", about=f"campaign:{campaign_id}")
    slug = campaign.slug
    response = FlaskResponse(stream_with_context(_lines(campaign_id)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="charter-{slug}.csv"'
    return response


def _lines(campaign_id: int) -> Iterator[str]:
    """UTF-8 with its mark, so that spreadsheets read the accents."""
    yield "\ufeff" + _line([_("Organisation"), _("Kind"), _("Place"), _("Country"), _("Signed on"), _("How")])
    for row in queries.listed(campaign_id):
        signed = row.confirmed_at.date().isoformat() if row.confirmed_at else ""
        yield _line([row.name, str(KIND_NAMES[row.kind]), row.place, country(row.country), signed, row.channel])


def _line(cells: list[str]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow([f"'{cell}" if cell.startswith(RISKY) else cell for cell in cells])
    return file.getvalue()


def waiting() -> panels.Task | None:
    """Organisations that wait under a charter, for the first staff page."""
    found = queries.waiting()
    if not found:
        return None
    count = sum(number for _campaign, number in found)
    label = ngettext("organisation wants to sign a charter", "organisations want to sign a charter", count)
    return panels.Task(count, str(label), f"/staff/campaigns/{found[0][0]}/charter", state=_("Look who it is"))


def _index(campaign: Campaign, *, paper: PaperForm | None = None) -> Answer:
    form = paper or PaperForm(formdata=None)
    form.offer()
    waits = queries.in_state(campaign.id, "waiting")
    page = render_template(
        "charters/staff/index.html",
        charter=queries.of(campaign.id), written=_texts(campaign.id), form=form, kinds=KIND_NAMES,
        waiting=[(row, queries.namesakes(row)) for row in waits], shown=queries.in_state(campaign.id, "shown"),
        refused=queries.in_state(campaign.id, "refused"), unconfirmed=queries.number(campaign.id, "unconfirmed"),
        **around(campaign, "charter"),
    )  # fmt: skip
    return (page, 422) if paper else page


def _texts(campaign_id: int) -> dict[str, Any]:
    charter = queries.of(campaign_id)
    if charter is not None:
        db.session.refresh(charter, ["texts"])
    return {text.language: text for text in charter.texts} if charter else {}
