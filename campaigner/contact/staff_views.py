"""The inbox: piles, a search, one thread with its history, and the buttons that take one press."""

from flask import request
from werkzeug.wrappers import Response

from campaigner.contact import desk, queries, references, service
from campaigner.core.db import transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import ngettext
from campaigner.core.web import see_other
from campaigner.staff import guard, panels
from campaigner.staff import service as staff

ROLES = desk.ROLES
bp = guard.blueprint("inbox", __name__, url_prefix="/staff/inbox", roles=ROLES)
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
    """A pile of messages; or the message whose reference was typed; or what a search finds."""
    typed = request.args.get("q", request.args.get("reference", ""))
    found = queries.by_reference(references.read(typed) or "")
    if found is not None:
        return see_other("inbox.show", message_id=found.id)
    return desk.page(request.args.get("pile", "open"), message=None)


@bp.get("/<int:message_id>")
def show(message_id: int) -> str:
    """One message beside its pile."""
    message = queries.by_id(message_id)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return desk.page(request.args.get("pile", queries.pile_of(message)), message=message)


@bp.post("/<int:message_id>/<any(take, release, spam, answered, close, reopen):verb>")
def act(message_id: int, verb: str) -> Response:
    """One button of a message. It goes into the message's history and into the audit trail."""
    account_id = guard.account().id
    with transaction():
        message = VERBS[verb](message_id, account_id=account_id)
        staff.record(account_id=account_id, what=f"contact {verb}", about=f"contact:{message.reference}")
    return see_other("inbox.show", message_id=message_id)


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
