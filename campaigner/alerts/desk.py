"""What the first staff page shows of alerts: the ones that wait for a decision. Joined in `rooms`."""

from campaigner.alerts import outgoing, planning, queries, release, trials
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import ngettext
from campaigner.staff.panels import Task

ROLES = ("admin", "campaigner")


def to_release() -> Task | None:
    """Alerts that somebody asked a second person to release."""
    waiting = release.waiting()
    if not waiting:
        return None
    label = ngettext("alert waits for a second person", "alerts wait for a second person", len(waiting))
    return Task(len(waiting), label, f"/staff/alerts/{waiting[0].alert_id}/send", state=_("Release"), tone="warn")


def refused() -> Task | None:
    """Alerts that could not leave at their time."""
    waiting = planning.refused()
    if not waiting:
        return None
    label = ngettext("alert could not leave at its time", "alerts could not leave at their time", len(waiting))
    return Task(len(waiting), label, f"/staff/alerts/{waiting[0]}/send", state=_("Look why"), tone="warn")


def to_choose() -> Task | None:
    """Trials that were too close to call: the rest waits for somebody."""
    waiting = trials.undecided()
    if not waiting:
        return None
    label = ngettext("alert waits until you choose a text", "alerts wait until you choose a text", len(waiting))
    return Task(len(waiting), label, f"/staff/alerts/{waiting[0]}#trial", state=_("Choose"), tone="warn")


def uncertain() -> Task | None:
    """People of whom nobody knows whether the mail arrived, where the sender chose to decide afterwards."""
    waiting = queries.uncertain()
    if not waiting:
        return None
    total = sum(count for _alert_id, count in waiting)
    label = ngettext("mail whose outcome nobody knows", "mails whose outcome nobody knows", total)
    return Task(total, label, f"/staff/alerts/{waiting[0][0]}/uncertain", state=_("Decide"), tone="warn")


def paused() -> Task | None:
    """Sends that are held, by somebody or because a mail server refused the mail itself."""
    waiting = queries.paused()
    if not waiting:
        return None
    label = ngettext("alert is paused", "alerts are paused", len(waiting))
    return Task(len(waiting), label, f"/staff/alerts/{waiting[0]}", state=_("Paused"), tone="warn")


def undecided() -> Task | None:
    """The same for service mail: confirmations, receipts."""
    total, mailing_id = outgoing.undecided()
    if not total:
        return None
    label = ngettext("service mail whose outcome nobody knows", "service mails whose outcome nobody knows", total)
    return Task(total, label, f"/staff/mail/{mailing_id}/uncertain", state=_("Decide"), tone="warn")
