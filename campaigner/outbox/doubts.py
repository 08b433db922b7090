"""What SMTP could not decide: mails that were handed over and never answered for. Somebody decides."""

from collections.abc import Sequence

from sqlalchemy import func, select

from campaigner.core import queue as wakeups
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.outbox import service
from campaigner.outbox.models import Delivery


def resolve(mailing_id: int, *, resend: bool, recipients: Sequence[str] | None = None) -> int:
    """Decide for those whose outcome the mail server never told, or for these of them: send again, or take as sent.

    Returns how many; deciding again finds nothing to decide. Sending again uses the same Message-ID and
    Date, so that most mail programs show one mail even where two arrived; who said stop meanwhile is left out.
    """
    uncertain = Delivery.state == "unknown"
    if recipients is not None:
        uncertain = uncertain & Delivery.recipient.in_(recipients)
    if not resend:
        _decided("on")  # nothing leaves: it must not look like speed
        count = service.move(
            mailing_id, uncertain, state="sent", reply="accepted by staff: outcome unknown", settled_at=now()
        )
        _decided("off")
        if count:
            service.note(mailing_id, "unknown accepted", str(count))
        return count
    mailing = service.in_state(mailing_id, "sending", "paused", "done")
    uncertain = uncertain & Delivery.address.is_not(None)
    count = service.move(
        mailing_id, uncertain, state="ready", not_before=now(), worker=None, settled_at=None,
        uncertain_at=func.coalesce(Delivery.uncertain_at, func.clock_timestamp()),
    )  # fmt: skip
    if not count:
        return 0
    if mailing.state == "done":
        mailing.state, mailing.done_at = "sending", None
    service.note(mailing_id, "unknown resent", str(count))
    wakeups.nudge(service.DRAIN, mailing_id, queue=mailing.queue)
    return count


def _decided(on: str) -> None:
    """Tell the counters that what moves now was decided by somebody, and did not leave at this moment."""
    db.session.execute(select(func.set_config("campaigner.decided", on, True)))
