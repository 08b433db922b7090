"""The desk of a local, for its own editors and for the host: counts, places, people, coalitions.

The guard admits to the desk of one organisation only; every verb below asks for rows of that organisation.
"""

from typing import Any

from flask import Response as FlaskResponse
from flask import current_app, flash, render_template, request, stream_with_context
from werkzeug.wrappers import Response

from campaigner.actions import queries as actions
from campaigner.campaigns import carried, coalitions
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Campaign, Placement
from campaigner.config import Settings
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError, Forbidden, NotFound
from campaigner.core.i18n import LANGUAGES, language
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.locals import chart, people, queries, service, sightings
from campaigner.locals.forms import KINDS, PlaceForm, SitesForm
from campaigner.organisations import queries as organisations
from campaigner.organisations import service as organisation_service
from campaigner.organisations.models import DESKS, PARENTS, Organisation
from campaigner.staff import guard
from campaigner.supporters import texts

HOST = ("admin", "campaigner")
CHANNELS = {
    "widget": _l("Through a widget"), "web": _l("On our page, by link or QR"), "paper": _l("On paper"),
    "event": _l("At an event"), "api": _l("Through another program"),
}  # fmt: skip
bp = guard.blueprint("local_desk", __name__, url_prefix="/staff/local/<slug>", roles=HOST, of_organisation=True)
Answer = str | Response | tuple[str, int]
AS_LEAD = {"approve": coalitions.approve, "end": coalitions.leave}


@bp.get("/")
def index(slug: str) -> str:
    """What the local brought, how it stands among others, and what its sister union says."""
    local = _local(slug)
    if local.kind in PARENTS:
        rows = queries.children(local.id)
        return _page("locals/staff/totals.html", local, "index", rows=rows, total=sum(number for _name, number in rows))
    twins = carried.twins(local_id=local.id)
    cards = {twin.partner.id: carried.of_partner(twin.partner, language()) for twin in twins}
    channels = queries.by_channel(local.id)
    return _page(
        "locals/staff/index.html", local, "index", total=queries.total(local.id), channels=channels,
        channel_words=CHANNELS, waiting=queries.waiting(local.id), chart=chart.draw(queries.by_day(local.id)),
        league=queries.league(local.id),
        said_yes=people.count(local.id), carried=carried.of_local(local, language()), twins=twins, days=queries.DAYS,
        news=[said for twin in twins for said in carried.news(twin.partner, cards[twin.partner.id], language())],
        parents=queries.parents(local.id), can_compare=organisations.host().in_league,
    )  # fmt: skip


@bp.route("/places", methods=["GET", "POST"])
def places(slug: str) -> Answer:
    """Every place with what it brought and where it was seen; and a new one."""
    local = _carrier(slug)
    form = PlaceForm(data={"language": language()})
    form.offer([card for card in campaigns.cards(language()) if card.state in ("open", "paused")])
    if form.validate_on_submit():
        try:
            with transaction():
                made = service.place(
                    local, campaign_id=form.campaign.data, kind=form.kind.data, language=form.language.data,
                    sites=(form.sites.data or "").split("\n"), by=guard.account().id,
                )  # fmt: skip
                made_id = made.id
        except DomainError as error:
            local = _carrier(slug)
            form.sites.errors = [error.sentence]
        else:
            return see_other("local_desk.places", slug=slug, _anchor=f"place-{made_id}")
    return _places(local, form)


@bp.post("/places/<int:placement_id>")
def change(slug: str, placement_id: int) -> Answer:
    """Other sites, another language."""
    local = _carrier(slug)
    found = service.placement(local, placement_id)
    form = SitesForm()
    if form.validate():
        with transaction():
            sites = (form.sites.data or "").split("\n")
            service.change(found, sites=sites, language=form.language.data, by=guard.account().id)
        flash(_("Saved."), "ok")
    return see_other("local_desk.places", slug=slug, _anchor=f"place-{placement_id}")


@bp.get("/people")
def persons(slug: str) -> str:
    """The people who said yes to this local."""
    local = _own(slug)
    number, page = people.count(local.id), max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    rows = people.listed(local.id, page=page)
    return _page("locals/staff/people.html", local, "people", rows=rows, number=number, page=page, size=people.A_PAGE)


@bp.get("/people/export")
@guard.fresh
def ask_export(slug: str) -> str:
    """Say what an export is, with the button that makes it."""
    local = _own(slug)
    return _page("locals/staff/export.html", local, "people", number=people.count(local.id))


@bp.post("/people/export")
@guard.fresh
def export(slug: str) -> Response:
    """Their addresses as a file, after the trail says so."""
    local = _own(slug)
    organisation_id, still = local.id, guard.pass_of()
    with transaction():
        people.note_export(local, by=guard.account().id)
    answer = FlaskResponse(stream_with_context(_while(still, organisation_id)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{slug}.csv"'
    return answer


@bp.post("/league")
def compare(slug: str) -> Response:
    """Stand in the league table, or not."""
    with transaction():
        organisation_service.compare(_carrier(slug), shown=request.form.get("shown") == "yes", by=guard.account().id)
    return see_other("local_desk.index", slug=slug)


@bp.route("/coalitions/<int:campaign_id>", methods=["GET", "POST"])
def coalition(slug: str, campaign_id: int) -> Answer:
    """The own question of a member of a coalition, per language, and whether the lead has approved its page."""
    local = _carrier(slug)
    found = coalitions.member(campaign_id, local.id)
    said, wrong = found.words, None
    if request.method == "POST":
        said = {code: request.form.get(f"words-{code}", "")[:2000] for code in LANGUAGES}
        try:
            with transaction():
                coalitions.ask(found, words=said, by=guard.account().id)
        except DomainError as error:
            local, wrong = _carrier(slug), error.sentence
            found = coalitions.member(campaign_id, local.id)
        else:
            return see_other("local_desk.coalition", slug=slug, campaign_id=campaign_id)
    usual = {code: texts.words("mail", code, organisation=local.name) for code in LANGUAGES}
    page = _page(
        "locals/staff/coalition.html", local, "coalition", member=found, said=said, wrong=wrong, usual=usual,
        title=_title(campaign_id), brought=actions.brought(local.id).get(campaign_id, 0),
    )  # fmt: skip
    return (page, 422) if wrong else page


@bp.post("/coalitions/<int:campaign_id>/leave")
def leave(slug: str, campaign_id: int) -> Response:
    """Leave a coalition: its places close, its people stay its own."""
    with transaction():
        coalitions.leave(coalitions.member(campaign_id, _carrier(slug).id), by=guard.account().id)
    return see_other("local_desk.coalition", slug=slug, campaign_id=campaign_id)


@bp.get("/led/<int:campaign_id>")
def led(slug: str, campaign_id: int) -> str:
    """Who carries a campaign that this organisation leads, and what each asks."""
    local = _carrier(slug)
    campaign = coalitions.led(campaign_id, by=local.id)
    return _page(
        "locals/staff/led.html", local, "led", campaign=campaign, title=_title(campaign_id),
        members=coalitions.members(campaign_id), questions=queries.questions(campaign),
        count=actions.count(campaign_id),
    )  # fmt: skip


@bp.post("/led/<int:campaign_id>/<int:organisation_id>/<any(approve, end):verb>")
def lead(slug: str, campaign_id: int, organisation_id: int, verb: str) -> Response:
    """Let a member's page open, or end its part."""
    campaign = coalitions.led(campaign_id, by=_carrier(slug).id)
    with transaction():
        AS_LEAD[verb](coalitions.member(campaign.id, organisation_id), by=guard.account().id)
    return see_other("local_desk.led", slug=slug, campaign_id=campaign_id)


def _while(still: Any, organisation_id: int) -> Any:
    """The file, as long as whoever asked for it may see it."""
    for at, line in enumerate(people.sheet(organisation_id)):
        if at % 1000 == 999 and not still():
            return
        yield line


def _places(local: Organisation, form: PlaceForm) -> Answer:
    rows = queries.placements(local.id)
    page = _page(
        "locals/staff/places.html", local, "places", form=form, placements=rows, kinds=KINDS,
        counted=queries.by_placement([each.id for each in rows]), seen=sightings.seen(rows),
        titles={each.campaign_id: _title(each.campaign_id) for each in rows}, public=_settings().public_url,
        ladder=_ladder,
    )  # fmt: skip
    return (page, 422) if form.errors else page


def _ladder(placement: Placement) -> str | None:
    """The page with every way to carry a campaign from this place, where the house has one."""
    if "ladder.show" not in current_app.view_functions or placement.closed_at is not None:
        return None
    return f"/{placement.language}/c/{placement.campaign.slug}/locals/{placement.key}"


def _local(slug: str) -> Organisation:
    found = organisations.by_slug(slug)
    if found is None or found.kind not in DESKS:
        raise NotFound(_l("There is no such local."))
    return found


def _carrier(slug: str) -> Organisation:
    """An organisation that carries campaigns itself. A centrale or gewest sees totals, and has no such pages."""
    found = _local(slug)
    if found.kind in PARENTS:
        raise NotFound(_l("A centrale or gewest sees totals only."))
    return found


def _own(slug: str) -> Organisation:
    """The same, for its own editors alone: its people said yes to it, and not to the host."""
    found = _carrier(slug)
    if not guard.account().edits(found.id):
        raise Forbidden(_l("These people said yes to this local, not to the host. Only its own editors see them."))
    return found


def _title(campaign_id: int) -> str:
    campaign = db.session.get_one(Campaign, campaign_id)
    words = {text.language: text.title for text in campaign.texts}
    return words.get(language()) or words.get(campaign.source_language) or campaign.slug


def _page(template: str, local: Organisation, tab: str, **values: Any) -> str:
    return render_template(
        template, local=local, tab=tab, is_parent=local.kind in PARENTS,
        memberships=[(each, _title(each.campaign_id)) for each in coalitions.of_organisation(local.id)],
        leads=[(each, _title(each.id)) for each in coalitions.led_by(local.id)], **values,
    )  # fmt: skip


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
