"""What shows that the pipeline stands still: the first staff page, /readyz and `campaigner pipeline status`."""

from campaigner.contact import calls, turns
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import ngettext
from campaigner.staff.panels import Task

ROLES = ("admin", "inbox", "campaigner")


def stuck() -> Task | None:
    """Messages whose steps do not get done. They are in the inbox all the same."""
    number = len(turns.stuck(limit=1000))
    if not number:
        return None
    label = ngettext("message whose steps stand still", "messages whose steps stand still", number)
    return Task(number, label, "/staff/inbox/", state=_("Ask whoever runs the server"), tone="bad")


def calls_untaken() -> Task | None:
    """Calls about urgent messages that the operator's channel does not take. The mail went out all the same."""
    number = calls.in_trouble()
    if not number:
        return None
    label = ngettext("urgent call that was not taken", "urgent calls that were not taken", number)
    return Task(number, label, "/staff/inbox/", state=_("Ask whoever runs the server"), tone="bad")


def figures() -> dict[str, int]:
    """For /readyz: how many messages wait, how many are stuck, how many calls are not taken."""
    return {"waiting": turns.waiting(), "stuck": len(turns.stuck(limit=1000)), "calls": calls.in_trouble()}
