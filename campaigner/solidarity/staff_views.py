"""The moderators' desk: piles of messages, one press or many at once, the way back, and how they reach the partner."""

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from campaigner.campaigns import numbers
from campaigner.campaigns.models import Campaign
from campaigner.core import text, web
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import ngettext
from campaigner.solidarity import languages, queries, service
from campaigner.solidarity.forms import LineForm
from campaigner.solidarity.models import STATES, PartnerLine
from campaigner.solidarity.service import Verdict
from campaigner.staff import guard, panels

ROLES = ("admin", "campaigner")
bp = guard.blueprint("messages", __name__, url_prefix="/staff/messages", roles=ROLES)
LAST_PAGE = 10_000
AT_ONCE = 200
PILES = {"waiting": _l("To read"), "shown": _l("On the wall"), "hidden": _l("Kept off the wall")}
EMPTY = {
    "waiting": _l("Everything has been read."),
    "shown": _l("Nothing hangs on the wall yet."),
    "hidden": _l("Nothing has been kept off the wall."),
}
WHY = {
    "insult": _l("Insult or threat"), "danger": _l("May put somebody in danger"),
    "personal": _l("Holds personal data"), "advertising": _l("Advertising"),
    "elsewhere": _l("Is about something else"), "other": _l("Something else, namely"),
}  # fmt: skip
DONE = {"show": _l("On the wall: %(n)s."), "hide": _l("Kept off the wall: %(n)s."), "undo": _l("Waiting again: %(n)s.")}


@bp.get("/")
def pile() -> str:
    """A pile of messages, of one campaign when one was chosen."""
    state = request.args.get("pile", "waiting")
    state = state if state in STATES else "waiting"
    campaign_id = request.args.get("campaign", 0, type=int)
    campaign_id = campaign_id if 0 < campaign_id < 2**63 else 0
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    rows = queries.pile(state, campaign_id=campaign_id, page=number)
    return render_template(
        "solidarity/staff/pile.html", state=state, rows=rows[: queries.DESK_PAGE], more=len(rows) > queries.DESK_PAGE,
        number=number, counts=queries.piles(campaign_id), campaigns=queries.campaigns(), campaign_id=campaign_id,
        piles=PILES, empty=EMPTY, why=WHY, known=languages.KNOWN, direction=languages.direction, **_said(),
    )  # fmt: skip


@bp.post("/<any(show, hide, undo):verb>")
def judge(verb: str) -> Response:
    """One press for one message or for many: the button's own, or those that were ticked."""
    seen = _seen()
    by = guard.account().id
    with transaction():
        if verb == "show":
            verdict = service.show(seen, by=by)
        elif verb == "undo":
            verdict = service.undo(seen, by=by)
        else:
            note = text.one_line(request.form.get("note", ""))
            verdict = service.hide(seen, reason=request.form.get("reason", ""), note=note, by=by)
    return _back(verb, verdict, seen)


@bp.post("/<int:message_id>/language")
def language(message_id: int) -> Response:
    """Say which language a message is in."""
    with transaction():
        service.correct(message_id, language=request.form.get("language", ""), by=guard.account().id)
    return web.see_other("messages.pile", _anchor=f"m-{message_id}", **_place())


@bp.get("/partners")
def partners() -> str:
    """The campaigns with a wall, and how their messages reach the partner."""
    return render_template(
        "solidarity/staff/partners.html", rows=queries.campaigns(), counts=queries.shown_by_campaign()
    )


@bp.route("/partners/<int:campaign_id>", methods=["GET", "POST"])
def partner(campaign_id: int) -> str | Response | tuple[str, int]:
    """How the messages of one campaign reach its partner: the digest, and the booklet's link."""
    campaign = _campaign(campaign_id)
    line = queries.line(campaign_id)
    form = LineForm(data=_of(line, campaign))
    if form.validate_on_submit():
        with transaction():
            service.settle(
                campaign, rhythm=form.rhythm.data, address=form.address.data or "", language=form.language.data,
                by=guard.account().id,
            )  # fmt: skip
        return web.see_other("messages.partner", campaign_id=campaign_id, saved=1)
    html = render_template(
        "solidarity/staff/partner.html", campaign=campaign, title=numbers.title(campaign, guard.account().language),
        form=form, line=line, token=service.booklet_token(line) if line else None, saved="saved" in request.args,
    )  # fmt: skip
    return (html, 422) if form.errors else html


@bp.post("/partners/<int:campaign_id>/booklet")
def renew(campaign_id: int) -> Response:
    """A new link to the booklet; whoever has an old one is shown out."""
    with transaction():
        service.renew(_campaign(campaign_id), by=guard.account().id)
    return web.see_other("messages.partner", campaign_id=campaign_id, saved=1, _anchor="booklet")


def _campaign(campaign_id: int) -> Campaign:
    campaign = numbers.by_id(campaign_id)
    if campaign is None or not queries.asks_for_messages(campaign):
        raise NotFound(_l("This campaign has no wall."))
    return campaign


def _of(line: PartnerLine | None, campaign: Campaign) -> dict[str, Any]:
    if line is None:
        return {"rhythm": "off", "address": "", "language": service.spoken(campaign)}
    return {"rhythm": line.rhythm, "address": line.address or "", "language": line.language}


def _seen() -> dict[int, int]:
    """The messages that a press is about, each with the version that was on the page. Raises DomainError."""
    only = request.form.get("only")
    named = [only] if only else request.form.getlist("message")
    if not named:
        raise DomainError(_l("Tick at least one message."))
    return _read(named)


def _read(named: list[str]) -> dict[int, int]:
    """Names like "12.1": act and version. What is none of ours is left out."""
    pairs = [each.partition(".")[::2] for each in named[:AT_ONCE]]
    numbers_ = [(int(act), int(version)) for act, version in pairs if _figures(act) and _figures(version)]
    return dict(numbers_)


def _figures(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 19


def _back(verb: str, verdict: Verdict, seen: dict[int, int]) -> Response:
    """To the same pile, with what was done and the way back."""
    named = ",".join(f"{act}.{seen[act]}" for act in verdict.done)
    return web.see_other("messages.pile", done=verb, ids=named, missed=verdict.missed or None, **_place())


def _place() -> dict[str, Any]:
    """Where on the desk the press came from."""
    state, campaign_id = request.form.get("pile"), request.form.get("campaign", 0, type=int)
    return {"pile": state if state in STATES else None, "campaign": campaign_id if 0 < campaign_id < 2**63 else None}


def _said() -> dict[str, Any]:
    """What the press before this page did, for the note on top."""
    verb, ids = request.args.get("done", ""), request.args.get("ids", "")
    undo = _read(ids.split(",")) if ids else {}
    missed = request.args.get("missed", 0, type=int)
    return {
        "done": DONE.get(verb) if undo else None,
        "verb": verb,
        "undo": undo,
        "missed": min(max(0, missed), AT_ONCE),
    }


def to_read() -> panels.Task | None:
    """For the first staff page: messages that nobody has read."""
    waiting = queries.piles()["waiting"]
    label = ngettext(
        "message to read before it hangs on the wall", "messages to read before they hang on the wall", waiting
    )
    return panels.Task(waiting, label, "/staff/messages/") if waiting else None


def badge() -> int:
    """For the menu: messages that nobody has read."""
    return queries.piles()["waiting"]
