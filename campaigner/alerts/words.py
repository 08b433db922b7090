"""What the pages call things: states of a send, lines of its log."""

from typing import Any

from campaigner.alerts.models import BODY_MAX, BUTTON_MAX, PREHEADER_MAX, SUBJECT_MAX
from campaigner.core.i18n import lazy_gettext as _l

LIMITS = {"subject": SUBJECT_MAX, "preheader": PREHEADER_MAX, "body": BODY_MAX, "button_label": BUTTON_MAX}
NOT_SENT = _l("This alert has not been sent yet.")
CHOOSE = _l("Choose: send again, or count as delivered.")

# What a new alert begins with, in its own language.
GREETINGS = {
    "nl": "Dag {{voornaam}},",
    "fr": "Bonjour {{voornaam}}\u202f!",
    "en": "Hello {{voornaam}},",
    "es": "Hola {{voornaam}}:",
}
STATES: dict[str, Any] = {
    "draft": _l("Draft"),
    "sending": _l("Sending"),
    "paused": _l("Paused"),
    "done": _l("Sent"),
    "cancelled": _l("Stopped"),
}
TONES = {"draft": "", "sending": "live ok", "paused": "warn", "done": "ok", "cancelled": "bad"}
# What the ledger writes in a mailing's log, for people.
EVENTS: dict[str, Any] = {
    "frozen": _l("Number of recipients fixed"),
    "started": _l("Started"),
    "paused": _l("Paused"),
    "resumed": _l("Resumed"),
    "cancelled": _l("Stopped for good"),
    "unknown accepted": _l("Uncertain ones counted as delivered"),
    "unknown resent": _l("Uncertain ones sent again"),
    "done": _l("Everything has left"),
}


def event(what: str) -> Any:
    """The words for a line of the log; a kind that has none yet is shown as it was written."""
    return EVENTS.get(what, what)
