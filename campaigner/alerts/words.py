"""What the pages call things: states of a send, lines of its log, kinds of mail, what happened to a mail."""

from datetime import datetime
from typing import Any

from campaigner.alerts.models import BODY_MAX, BUTTON_MAX, PREHEADER_MAX, SUBJECT_MAX
from campaigner.core.clock import now
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import ngettext, number

LIMITS = {"subject": SUBJECT_MAX, "preheader": PREHEADER_MAX, "body": BODY_MAX, "button_label": BUTTON_MAX}

# What a new alert begins with, in its own language.
GREETINGS = {
    "nl": "Dag {{voornaam}},",
    "fr": "Bonjour {{voornaam}}\u202f!",
    "en": "Hello {{voornaam}},",
    "es": "Hola {{voornaam}}:",
}
STATES: dict[str, Any] = {
    "draft": _l("Draft"),
    "scheduled": _l("Planned"),
    "sending": _l("Sending"),
    "paused": _l("Paused"),
    "done": _l("Sent"),
    "cancelled": _l("Stopped"),
}
TONES = {"draft": "", "scheduled": "live", "sending": "live ok", "paused": "warn", "done": "ok", "cancelled": "bad"}
# What the ledger writes in a mailing's log, for people.
EVENTS: dict[str, Any] = {
    "frozen": _l("Number of recipients fixed"),
    "started": _l("Started"),
    "paused": _l("Paused"),
    "resumed": _l("Resumed"),
    "cancelled": _l("Stopped for good"),
    "unknown accepted": _l("Uncertain ones counted as delivered"),
    "unknown resent": _l("Uncertain ones sent again"),
    "relay rests": _l("The mail server rests"),
    "done": _l("Everything has left"),
    "text chosen": _l("Text of a trial chosen"),
    "text decided": _l("Text of a trial decided by acts"),
}

# The standing mailings of service mail, by kind.
KINDS: dict[str, Any] = {
    "actions.confirm": _l("Mails that ask to confirm"),
    "contact.receipt": _l("Receipts of the contact form"),
    "contact.notify": _l("Notices of new contact messages, to us"),
    "alerts.test": _l("Tests of alerts"),
}
NUMBERED = ("frozen", "unknown accepted", "unknown resent")  # events whose detail is a number
POLICIES: dict[str, Any] = {
    "hold": _l("You chose to decide yourself."),
    "resend": _l("They were sent again by themselves, three times at most. These remained."),
    "skip": _l("You chose to leave them. You may still decide otherwise."),
}
SHUT: dict[str, Any] = {
    "unsubscribed": _l("Unsubscribed"),
    "dead address": _l("Address does not work"),
    "complaint": _l("Complained to their mail provider"),
    "not me": _l("Said: that was not me"),
}
WORKER_GONE = "the worker died"  # how outbox.engine begins to say so


def event(what: str) -> Any:
    """The words for a line of the log; a kind that has none yet is shown as it was written."""
    return EVENTS.get(what, what)


def kind(name: str) -> Any:
    """The words for a kind of service mail, or its own name."""
    return KINDS.get(name, name)


def happened(reply: str | None) -> Any:
    """Why nobody knows what became of a mail."""
    if reply and reply.startswith(WORKER_GONE):
        return _l("Our own sender stopped while the mail was on its way")
    return _l("The line broke after the text, before the mail server answered")


def left(until: datetime) -> Any:
    """How long it still takes, roughly."""
    minutes = round((until - now()).total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 90:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes, n=number(minutes))
    hours = round(minutes / 60)
    return ngettext("%(n)s hour", "%(n)s hours", hours, n=number(hours))


def share(part: int, whole: int) -> Any:
    """A part of a whole in per cent, in words that never round something down to nothing."""
    per_cent = part * 100 / whole if whole else 0
    if 0 < per_cent < 1:
        return _("less than 1 in 100")
    return f"{per_cent:.0f}%"


def chance(likelihood: float) -> Any:
    """How often chance alone makes such a difference, in words that claim no more than is known."""
    if likelihood < 0.001:
        return _("less than once in a thousand times")
    if likelihood < 0.01:
        return _("less than once in a hundred times")
    times = round(likelihood * 100)
    return ngettext("%(n)s time in a hundred", "%(n)s times in a hundred", times, n=number(times))
