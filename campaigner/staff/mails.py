"""The mail that lets somebody in: to a new account with a link to choose a password, to a known one with the news."""

from campaigner.outbox import service as outbox
from campaigner.staff.models import Account

INVITATIONS_A_DAY = 6  # per mailbox: whoever presses the button again and again floods nobody


def invitation(account: Account, *, cause: str, link: str, places: list[str], reply_to: str) -> str:
    """Write it. `places` are the names of the desks it opens. Returns what the outbox said."""
    return outbox.put(
        kind="staff.invitation",
        cause=cause,
        to=account.email,
        language=account.language,
        template="staff/mails/invitation",
        values={"name": account.name, "link": link, "places": places, "known": account.password is not None},
        reply_to=reply_to,
        headers={"Auto-Submitted": "auto-generated"},
        per_day=INVITATIONS_A_DAY,
    )
