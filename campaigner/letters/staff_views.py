"""The staff pages on the targets of a campaign and on the letter that people are offered. No address is ever shown."""

from collections.abc import Iterator
from typing import Any

from flask import Response as FlaskResponse
from flask import current_app, render_template, request, stream_with_context
from werkzeug.wrappers import Response

from campaigner.campaigns.models import Campaign, Target
from campaigner.campaigns.staff_views import around, campaign_of
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import LANGUAGES, force_locale, language, ngettext
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.letters import hours, mails, queries, targets, wording
from campaigner.letters.forms import MODE_NAMES, AimForm, TargetForm, WordsForm
from campaigner.letters.models import LetterSettings, LetterWords, Postbox
from campaigner.staff import guard, panels
from campaigner.staff import service as staff

ROLES = ("admin", "campaigner")
bp = guard.blueprint("letter_desk", __name__, url_prefix="/staff/campaigns", roles=ROLES)
Answer = str | Response | tuple[str, int]
SAID = {
    "queued": _l("The test is on its way. Look here in a minute whether it was taken."),
    "quota": _l("This mailbox got enough tests today."),
    "suppressed": _l("Our mail system does not write to this mailbox: it bounced or complained before."),
    "repeated": _l("The test is on its way. Look here in a minute whether it was taken."),
}


@bp.get("/<int:campaign_id>/targets")
def index(campaign_id: int) -> str:
    """The targets of a campaign: how their mail goes, how it does, how many letters each has."""
    campaign = campaign_of(campaign_id)
    rows = queries.standings(campaign)
    said = request.args.get("test", "")
    return render_template(
        "letters/staff/targets.html", rows=rows, modes=MODE_NAMES, said=SAID.get(said),
        well=said in ("queued", "repeated"), next_mail={row.target.id: _next(row) for row in rows},
        **around(campaign, "targets"),
    )  # fmt: skip


def _next(row: queries.Standing) -> Any:
    """When the next mail leaves for a target that has letters waiting; None when nobody can say."""
    box = row.postbox
    if box is None or not row.numbers["waiting"] or box.paused_at or row.stopped or box.mode in ("once", "handover"):
        return None
    if box.mode == "drip" and hours.is_open(
        zone=box.timezone, opens=box.opens, closes=box.closes, workdays=box.workdays, moment=now()
    ):
        return None
    return hours.next_opening(zone=box.timezone, opens=box.opens, workdays=box.workdays, moment=now())


@bp.route("/<int:campaign_id>/targets/new", methods=["GET", "POST"])
def new(campaign_id: int) -> Answer:
    """One more target."""
    campaign = campaign_of(campaign_id)
    form = _form()
    if form.validate_on_submit():
        try:
            with transaction():
                targets.add(campaign, face=form.face(), line=form.line(), by=guard.account().id)
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
        else:
            return see_other("letter_desk.index", campaign_id=campaign_id, saved=1)
    return _page("letters/staff/target.html", campaign, form=form, target=None, masked=_masked(None))


@bp.route("/<int:campaign_id>/targets/<int:target_id>", methods=["GET", "POST"])
def edit(campaign_id: int, target_id: int) -> Answer:
    """Change a target. Its addresses are not in the page: what is left empty stays as it is."""
    campaign = campaign_of(campaign_id)
    target = targets.of_campaign(campaign, target_id)
    form = _form(data=_of(target, queries.postbox(target_id)))
    if form.validate_on_submit():
        try:
            with transaction():
                targets.edit(target, face=form.face(), line=form.line(), by=guard.account().id)
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            target = targets.of_campaign(campaign, target_id)
            form.form_errors.append(error.sentence)
        else:
            return see_other("letter_desk.index", campaign_id=campaign_id, saved=1, _anchor=f"target-{target_id}")
    masked = _masked(queries.postbox(target_id))
    return _page("letters/staff/target.html", campaign, form=form, target=target, masked=masked)


@bp.post("/<int:campaign_id>/targets/<int:target_id>/<any(pause, resume, again, remove):verb>")
def act(campaign_id: int, target_id: int, verb: str) -> Response:
    """Hold a target's mail, let it go, send again what was refused, or take the target away."""
    with transaction():
        campaign = campaign_of(campaign_id)
        target, by = targets.of_campaign(campaign, target_id), guard.account().id
        if verb == "remove":
            targets.remove(campaign, target, by=by)
        else:
            {"pause": targets.pause, "resume": targets.resume, "again": targets.again}[verb](target, by=by)
    return see_other("letter_desk.index", campaign_id=campaign_id, saved=1)


@bp.post("/<int:campaign_id>/targets/<int:target_id>/test")
def test(campaign_id: int, target_id: int) -> Response:
    """Mail a test: to whoever is logged in, or, with the other button, to the target itself."""
    account = guard.account()
    with transaction():
        target = targets.of_campaign(campaign_of(campaign_id), target_id)
        to = None if request.form.get("to") == "target" else account.email
        said = targets.test(
            target, to=to, reply_to=current_app.extensions["campaigner"].host_contact, by=account.id
        )  # fmt: skip
    return see_other("letter_desk.index", campaign_id=campaign_id, test=said, _anchor=f"target-{target_id}")


@bp.post("/<int:campaign_id>/targets/<int:target_id>/letters.txt")
def dossier(campaign_id: int, target_id: int) -> Response:
    """The letters that are kept for a hand-over, as text to print or to read out. The audit trail says who did."""
    target = targets.of_campaign(campaign_of(campaign_id), target_id)
    with transaction():
        staff.record(
            account_id=guard.account().id, what="letters taken for a hand-over", about=f"campaign:{campaign_id}",
            detail={"target": target_id},
        )  # fmt: skip
    response = FlaskResponse(stream_with_context(_letters(target)), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="letters-{target_id}.txt"'
    return response


def _letters(target: Target) -> Iterator[str]:
    spoken = queries.language_for(target)
    for number, row in enumerate(queries.kept(target.id), 1):
        with force_locale(spoken):
            signed = mails.signature(row.letter)
        yield f"{number}. {row.letter.subject}\n\n{row.letter.body}\n\n{signed}\n\n{'-' * 40}\n\n"


@bp.route("/<int:campaign_id>/letter", methods=["GET", "POST"])
def aim(campaign_id: int) -> Answer:
    """To whom letters go, and in which language; with the way to the words in each."""
    campaign = campaign_of(campaign_id)
    ask = wording.ask_of(campaign)
    settings = queries.settings_of(ask.id)
    form = AimForm(data=_aim_of(settings))
    form.offer(
        roles=sorted({each.role for each in campaign.targets if each.role}),
        countries=sorted({each.country for each in campaign.targets if each.country}),
    )
    if form.validate_on_submit():
        try:
            with transaction():
                wording.aim(
                    ask, rule=form.rule.data, only_role=form.only_role.data or None, by=guard.account().id,
                    only_country=form.only_country.data or None, written_in=form.written_in.data or None,
                )  # fmt: skip
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
        else:
            return see_other("letter_desk.aim", campaign_id=campaign_id, saved=1)
    ask = wording.ask_of(campaign)
    return _page(
        "letters/staff/aim.html", campaign, tab="letter", form=form, own=queries.own_words(ask.id),
        there={each.language for each in (settings.words if settings else [])},
    )  # fmt: skip


@bp.route("/<int:campaign_id>/letter/<code>", methods=["GET", "POST"])
def words(campaign_id: int, code: str) -> Answer:
    """The letter in one language: subjects, opening, the text to begin with, closing, tips."""
    campaign = campaign_of(campaign_id)
    if code not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    ask = wording.ask_of(campaign)
    settings = queries.settings_of(ask.id)
    there = {each.language: each for each in (settings.words if settings else [])}
    form = WordsForm(data=_words_of(there.get(code), queries.offer(ask, code)))
    if form.validate_on_submit():
        with transaction():
            wording.write(ask, language=code, words=form.words(), by=guard.account().id)
        return see_other("letter_desk.aim", campaign_id=campaign_id, saved=1)
    return _page("letters/staff/words.html", campaign, tab="letter", form=form, code=code, written=code in there)


def troubled() -> panels.Task | None:
    """Targets whose letters cannot leave, for the first staff page."""
    found = queries.troubled()
    if not found:
        return None
    label = ngettext("target does not get its letters", "targets do not get their letters", len(found))
    stopped = all(why == "objection" for _id, why in found)
    state = _("Asked us to stop") if stopped else _("Address does not work")
    return panels.Task(len(found), label, f"/staff/campaigns/{found[0][0]}/targets", state=state, tone="warn")


def _form(data: dict[str, Any] | None = None) -> TargetForm:
    form = TargetForm(data=data)
    form.offer()
    return form


def _of(target: Target, box: Postbox | None) -> dict[str, Any]:
    face = {
        "name": target.name, "role": target.role, "organisation": target.organisation, "country": target.country or "",
        "province": target.province or "", "language": target.language or language(),
    }  # fmt: skip
    if box is None:
        return face
    return face | {
        "person": box.person, "mode": box.mode, "timezone": box.timezone, "opens": box.opens, "closes": box.closes,
        "workdays": list(box.workdays),
    }  # fmt: skip


def _masked(box: Postbox | None) -> dict[str, str]:
    """Enough of the stored addresses to know them by; nothing where there is none."""
    stored = {"address": box.address if box else None, "fallback": box.fallback if box else None}
    return {name: addresses.masked(value) if value else "" for name, value in stored.items()}


def _aim_of(settings: LetterSettings | None) -> dict[str, str]:
    if settings is None:
        return {"rule": "everyone"}
    return {
        "rule": settings.rule, "only_role": settings.only_role or "", "only_country": settings.only_country or "",
        "written_in": settings.written_in or "",
    }  # fmt: skip


def _words_of(words: LetterWords | None, offered: queries.Offer) -> dict[str, Any]:
    """What is written; in a language without words, what people are offered there now."""
    source = words or offered
    return {
        "subjects": "\n".join(source.subjects), "opening": source.opening, "body": source.body,
        "closing": source.closing, "tips": "\n".join(source.tips),
    }  # fmt: skip


def _page(template: str, campaign: Campaign, *, form: Any, tab: str = "targets", **values: Any) -> Answer:
    """The page; a 422 when what was sent cannot be used."""
    page = render_template(template, form=form, **values, **around(campaign, tab))
    return (page, 422) if form.is_submitted() else page
