"""The staff pages on the news of a campaign: writing, translating, checking, publishing, and taking off in a hurry."""

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from campaigner.campaigns import photos, redaction, updates
from campaigner.campaigns.models import Campaign, Update
from campaigner.campaigns.staff_views import Answer, around, campaign_of
from campaigner.campaigns.update_forms import CheckForm, NewsForm
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.organisations import queries as organisations
from campaigner.staff import guard
from campaigner.staff import queries as staff

bp = guard.blueprint("update_desk", __name__, url_prefix="/staff/campaigns", roles=("admin", "campaigner"))


@bp.get("/<int:campaign_id>/news")
def index(campaign_id: int) -> str:
    """Every update with the state of each of its languages, and the button that takes it off at once."""
    return render_template(
        "campaigns/staff/news.html",
        pieces=updates.pieces(campaign_id), photos=photos.all_of(campaign_id), at=now(),
        off=request.args.get("off", type=int),
        **around(campaign_of(campaign_id), "news"),
    )  # fmt: skip


@bp.route("/<int:campaign_id>/news/new", methods=["GET", "POST"])
def new(campaign_id: int) -> Answer:
    """A new update, in the language it was written in."""
    campaign = campaign_of(campaign_id)
    form = _form(campaign, None, language=_spoken(campaign))
    if form.validate_on_submit():
        with transaction():
            text = updates.start(campaign, language=form.language.data, news=form.news(), by=guard.account().id)
            number, code = text.number, text.language
        return see_other("update_desk.check", campaign_id=campaign_id, number=number, code=code)
    return _page(campaign, form=form, text=None, number=None, code=None, source=None)


@bp.route("/<int:campaign_id>/news/<int:number>/<code>", methods=["GET", "POST"])
def write(campaign_id: int, number: int, code: str) -> Answer:
    """Change an update, or translate it: the original stands beside the fields."""
    campaign, piece = campaign_of(campaign_id), _piece(campaign_id, number, code)
    text = updates.text_of(campaign_id, number, code)
    form = _form(campaign, text or piece.first, language=code, fill=text is not None)
    if form.validate_on_submit():
        with transaction():
            updates.write(campaign, number, language=code, news=form.news(), by=guard.account().id)
        return see_other("update_desk.check", campaign_id=campaign_id, number=number, code=code)
    source = piece.first if piece.first.language != code else None
    return _page(campaign, form=form, text=text, number=number, code=code, source=source)


@bp.route("/<int:campaign_id>/news/<int:number>/<code>/check", methods=["GET", "POST"])
def check(campaign_id: int, number: int, code: str) -> Answer:
    """The text as readers get it, what in it could lead to a person, and the list to tick."""
    campaign, text = campaign_of(campaign_id), _text(campaign_id, number, code)
    form = CheckForm(at=text.published_at if text.published_at and text.published_at > now() else None)
    if form.validate_on_submit():
        try:
            with transaction():
                updates.check(
                    campaign, number, language=code, seen=form.seen.data or "", ticked=set(form.checks.data or ()),
                    at=form.at.data, by=guard.account().id,
                )  # fmt: skip
        except DomainError as error:
            campaign, text = campaign_of(campaign_id), _text(campaign_id, number, code)
            form.form_errors.append(error.sentence)
        else:
            return see_other("update_desk.index", campaign_id=campaign_id, saved=1, _anchor=f"piece-{number}")
    form.seen.data = updates.version(text)
    page = render_template(
        "campaigns/staff/check.html",
        form=form, text=text, found=updates.findings(campaign, text), kinds=redaction.KINDS,
        mine=guard.account().id in (text.checked_by, text.written_by), at=now(),
        names={each.id: each.name for each in staff.accounts()},
        checks=updates.CHECKS, **around(campaign, "news"),
    )  # fmt: skip
    return (page, 422) if form.is_submitted() else page


@bp.post("/<int:campaign_id>/news/<int:number>/<code>/approve")
def approve(campaign_id: int, number: int, code: str) -> Response:
    """Agree as the second person."""
    with transaction():
        updates.approve(
            campaign_of(campaign_id), number, language=code, seen=request.form.get("seen", ""), by=guard.account().id
        )
    return see_other("update_desk.index", campaign_id=campaign_id, saved=1, _anchor=f"piece-{number}")


@bp.post("/<int:campaign_id>/news/<int:number>/withdraw")
def withdraw(campaign_id: int, number: int) -> Response:
    """Off the page at once, in all languages: one press, no question, because a person may be in danger."""
    with transaction():
        updates.withdraw(campaign_of(campaign_id), number, by=guard.account().id)
    return see_other("update_desk.index", campaign_id=campaign_id, off=number, _anchor=f"piece-{number}")


@bp.post("/<int:campaign_id>/news/<int:number>/<code>/erase")
def erase(campaign_id: int, number: int, code: str) -> Response:
    """Throw a text away that is not on the page."""
    with transaction():
        updates.erase(campaign_of(campaign_id), number, language=code, by=guard.account().id)
    return see_other("update_desk.index", campaign_id=campaign_id, saved=1)


def _form(campaign: Campaign, text: Update | None, *, language: str, fill: bool = False) -> NewsForm:
    """The form with who can speak: the partner, us, and whoever did before."""
    said = {"title": text.title, "body": text.body} if text is not None and fill else {}
    partner = campaign.partner.name if campaign.partner else None
    authors = [each for each in (partner, text.author if text else None, organisations.host().name) if each]
    form = NewsForm(data={"language": language, "author": text.author if text else authors[0], **said})
    form.offer(authors=authors)
    if text is not None:
        del form.language
    return form


def _spoken(campaign: Campaign) -> str:
    """The language a partner most probably writes in."""
    theirs = campaign.partner.languages if campaign.partner else []
    return next((code for code in theirs if code in LANGUAGES), campaign.source_language)


def _piece(campaign_id: int, number: int, code: str) -> updates.Piece:
    found = updates.piece(campaign_id, number)
    if code not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    if not found.texts:
        raise NotFound(updates.GONE)
    return found


def _text(campaign_id: int, number: int, code: str) -> Update:
    found = updates.text_of(campaign_id, number, code)
    if found is None:
        raise NotFound(updates.GONE)
    return found


def _page(campaign: Campaign, *, form: Any, **values: Any) -> Answer:
    page = render_template("campaigns/staff/update.html", form=form, **values, **around(campaign, "news"))
    return (page, 422) if form.is_submitted() else page
