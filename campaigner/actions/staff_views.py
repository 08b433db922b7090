"""What the staff's first page shows of acts."""

from campaigner.actions import queries
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import number
from campaigner.staff.panels import Figure


def confirmed_today() -> Figure:
    """How many acts were confirmed today."""
    return Figure(_("Confirmed today"), number(queries.today_numbers()["confirmed"]))


def waiting() -> Figure:
    """How many acts wait for the button in their mail."""
    return Figure(_("Waiting for confirmation"), number(queries.today_numbers()["waiting"]))


def yes_to_mail() -> Figure:
    """How many said yes to mail today, and which share of today's confirmed that is."""
    numbers = queries.today_numbers()
    share = round(100 * numbers["yes"] / numbers["confirmed"]) if numbers["confirmed"] else 0
    note = _("%(yes)s of %(all)s", yes=number(numbers["yes"]), all=number(numbers["confirmed"]))
    return Figure(_("Yes to mails"), f"{share}%", note)
