"""What the first staff page shows of the mailroom: mail that could not be handled. Joined in `rooms`."""

from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import ngettext
from campaigner.mailroom import queries
from campaigner.staff.panels import Task

ROLES = ("admin",)


def stuck() -> Task | None:
    """Mail that came in and is stuck: an operator looks with `campaigner inbound status`."""
    number = queries.in_trouble()
    if not number:
        return None
    label = ngettext("mail that came in could not be handled", "mails that came in could not be handled", number)
    return Task(number, label, "/staff/", state=_("Ask whoever runs the server"), tone="bad")
