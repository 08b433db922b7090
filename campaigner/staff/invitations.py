"""Letting somebody in by mail: a link that is good for a week, once, to choose a password.

The link names the account and a mark of its present state. Choosing a password, closing the account or
logging it out everywhere makes another state, and every older link worthless.
"""

import secrets
from datetime import timedelta
from hashlib import sha256

from campaigner.core.db import db
from campaigner.core.errors import Gone
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.staff import mails
from campaigner.staff import service as staff
from campaigner.staff.models import Account

LIFETIME = timedelta(days=7)
PURPOSE = "staff invitation"


def token(account: Account) -> str:
    """What stands in the link."""
    return signer.sign([account.id, _mark(account)], PURPOSE)


def invited(token: str) -> Account:
    """The account that a link was made for. Raises Gone when it was used, is too old or is not whole."""
    try:
        account_id, mark = signer.read(token, PURPOSE, LIFETIME)
        account = db.session.get(Account, account_id)
    except (BadToken, TypeError, ValueError) as error:
        raise _gone() from error
    if account is None or account.password or account.disabled_at or _mark(account) != mark:
        raise _gone()
    return account


def accept(token: str, *, password: str) -> Account:
    """Choose the first password with a link. Raises Gone, or DomainError when the password is too short."""
    account = invited(token)
    db.session.refresh(account, with_for_update=True)
    staff.fill_in(invited(token), password=password)
    return account


def send(account: Account, *, link: str, places: list[str], reply_to: str) -> str:
    """Mail an account how it comes in. Returns what the outbox said."""
    return mails.invitation(
        account, cause=f"{account.id}.{secrets.token_hex(6)}", link=link, places=places, reply_to=reply_to
    )


def _mark(account: Account) -> str:
    return sha256(f"{PURPOSE}:{account.fs_uniquifier}".encode()).hexdigest()[:24]


def _gone() -> Gone:
    return Gone(_l("This link was used or is older than a week. Ask whoever invited you for a new one."))
