"""The inbox: piles, one message with its history, the buttons. Only these pages decrypt what senders typed."""

from urllib.parse import quote

from flask import render_template, request
from werkzeug.wrappers import Response

from campaigner.contact import queries, references, service, wording
from campaigner.contact.models import STEPS, ContactMessage
from campaigner.contact.scoring import WEIGHTS
from campaigner.contact.topics import TOPICS
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import ngettext
from campaigner.core.web import see_other
from campaigner.staff import guard, panels
from campaigner.staff import service as staff

ROLES = ("admin", "campaigner", "inbox")
bp = guard.blueprint("inbox", __name__, url_prefix="/staff/inbox", roles=ROLES)
LAST_PAGE = 10_000
VERBS = {
    "take": service.take,
    "release": service.release,
    "spam": service.spam,
    "answered": service.answered,
    "close": service.close,
    "reopen": service.reopen,
}


@bp.get("/")
def pile() -> str | Response:
    """A pile of messages; or the message whose reference was typed."""
    found = queries.by_reference(references.read(request.args.get("reference", "")) or "")
    if found is not None:
        return see_other("inbox.show", message_id=found.id)
    return _page(request.args.get("pile", "open"), message=None)


@bp.get("/<int:message_id>")
def show(message_id: int) -> str:
    """One message beside its pile."""
    message = queries.by_id(message_id)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return _page(request.args.get("pile", queries.pile_of(message.state)), message=message)


@bp.post("/<int:message_id>/<any(take, release, spam, answered, close, reopen):verb>")
def act(message_id: int, verb: str) -> Response:
    """One button of a message. It goes into the message's history and into the audit trail."""
    account_id = guard.account().id
    with transaction():
        message = VERBS[verb](message_id, account_id=account_id)
        staff.record(account_id=account_id, what=f"contact {verb}", about=f"contact:{message.reference}")
    return see_other("inbox.show", message_id=message_id)


def _page(pile: str, *, message: ContactMessage | None) -> str:
    """The inbox with a pile, and with a message when one is open."""
    pile = pile if pile in wording.PILES else "open"
    mine = guard.account().id if pile == "mine" else None
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    rows = queries.pile("open" if mine else pile, owner_id=mine, page=number)
    return render_template(
        "contact/staff/inbox.html", pile=pile, rows=rows[: queries.PAGE], more=len(rows) > queries.PAGE, number=number,
        counts=queries.counts(), message=message, now=now(), words=wording, topics=TOPICS, weights=WEIGHTS, steps=STEPS,
        events=queries.history(message.id) if message else [], names=queries.names(message) if message else {},
        answer_link=_answer_link(message) if message else "", asked=request.args.get("reference", ""),
    )  # fmt: skip


def _answer_link(message: ContactMessage) -> str:
    """A mailto: link with the reference in its subject (RFC 6068: everything but the @ is percent-encoded)."""
    subject = f"[{message.reference}] Re: {TOPICS[message.topic].label}"
    return f"mailto:{quote(message.email, safe='@')}?subject={quote(subject)}"


def unanswered() -> panels.Task | None:
    """For the first staff page: who waits for an answer."""
    counts = queries.counts()
    if not counts.open:
        return None
    late = ngettext("%(num)s past its day", "%(num)s past their day", counts.late) if counts.late else ""
    if counts.open == counts.new:
        label = ngettext("new message", "new messages", counts.open)
    else:
        label = ngettext("message without an answer", "messages without an answer", counts.open)
    return panels.Task(counts.open, label, "/staff/inbox/", state=late, tone="bad" if late else "")


def to_check() -> panels.Task | None:
    """For the first staff page: messages that may be spam and may be somebody."""
    waiting = queries.counts().check
    label = ngettext("message to check", "messages to check", waiting)
    return panels.Task(waiting, label, "/staff/inbox/?pile=check") if waiting else None


def badge() -> int:
    """For the menu: messages that nobody has taken yet."""
    return queries.untaken()
