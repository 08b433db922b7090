"""Verbs on accounts and the audit trail.

Whatever changes an account writes it to the audit trail in the same transaction.
"""

import secrets
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import structlog
from flask_security import hash_password
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import queries
from campaigner.staff.models import ROLES, Account, AuditEvent, Role

log = structlog.get_logger()
TRAIL = 72_045_114  # any constant; the name of the audit trail's lock to PostgreSQL
PASSWORD_AT_LEAST = 12


def record(*, account_id: int | None, what: str, about: str, detail: dict[str, Any] | None = None) -> AuditEvent:
    """Append to the audit trail and return the row. Call it last in a transaction.

    One writer at a time: the lock is held until the transaction ends, so that each row follows the
    hash of the one before. `detail` holds what JSON can say, and never a supporter's data.
    """
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TRAIL})
    last = db.session.scalar(select(AuditEvent.sha256).order_by(AuditEvent.id.desc()).limit(1))
    event = AuditEvent(
        at=now(), account_id=account_id, what=what, about=about, detail=detail or {}, previous=last or queries.BEGINNING
    )
    event.sha256 = queries.content_hash(event)
    db.session.add(event)
    db.session.flush()
    log.info("audit", what=what, about=about, account=account_id, head=event.sha256)
    return event


def ensure_roles() -> None:
    """Make the roles that are missing. Safe to run again and again."""
    db.session.execute(insert(Role).values([{"name": name} for name in ROLES]).on_conflict_do_nothing())


def create(*, email: str, name: str, password: str, roles: Iterable[str], language: str = LANGUAGES[0]) -> Account:
    """Make an account and return it.

    Raises DomainError for an address that is none or a password that is too short, Conflict when the
    mailbox has an account already.
    """
    try:
        address = addresses.normal(email)
    except addresses.NotAnAddress as error:
        raise DomainError(_l("Fill in an e-mail address, like name@example.org.")) from error
    if queries.by_email(address) is not None:
        raise Conflict(_l("There is already an account for this e-mail address."))
    account = Account(
        mailbox=addresses.fingerprint(address),
        email=address,
        name=name.strip() or address,
        language=language,
        password=_hashed(password),
        fs_uniquifier=secrets.token_hex(16),
        fs_webauthn_user_handle=uuid4().hex,
        roles=_roles(roles),
    )
    db.session.add(account)
    db.session.flush()
    record(account_id=None, what="account created", about=f"account:{account.id}", detail={"roles": sorted(roles)})
    return account


def set_password(*, email: str, password: str) -> Account:
    """Give an account another password, from the command line. Whoever was logged in with it is logged out.

    Raises NotFound, or DomainError when the password is too short.
    """
    account = _account(email)
    account.password = _hashed(password)
    account.fs_uniquifier = secrets.token_hex(16)
    record(account_id=None, what="password set", about=f"account:{account.id}")
    return account


def reset_factors(*, email: str) -> Account:
    """Take away the authenticator app, the recovery codes and the passkeys of someone who lost them all."""
    account = _account(email)
    account.tf_primary_method = account.tf_totp_secret = account.tf_last_counter = account.mf_recovery_codes = None
    account.webauthn.clear()
    account.fs_uniquifier = secrets.token_hex(16)
    record(account_id=None, what="second factors reset", about=f"account:{account.id}")
    return account


def disable(*, email: str) -> Account:
    """Close an account: it can log in no more, and whoever is logged in with it is logged out."""
    account = _account(email)
    account.disabled_at = now()
    account.fs_uniquifier = secrets.token_hex(16)
    record(account_id=None, what="account disabled", about=f"account:{account.id}")
    return account


def speak(account: Account, *, language: str) -> None:
    """Set the language in which an account sees the staff pages. Raises DomainError for one we do not speak."""
    if language not in LANGUAGES:
        raise DomainError(_l("Choose one of the languages."))
    account.language = language
    record(account_id=account.id, what="language chosen", about=f"account:{account.id}", detail={"language": language})


def demo_account(*, email: str, password: str) -> Account:
    """The account of the demo, with every role and a password that the demo prints. Safe to run again."""
    ensure_roles()
    return queries.by_email(email) or create(email=email, name="Team campagnes", password=password, roles=ROLES)


def _account(email: str) -> Account:
    account = queries.by_email(email)
    if account is None:
        raise NotFound(_l("There is no account for this e-mail address."))
    return account


def _roles(names: Iterable[str]) -> list[Role]:
    found = list(db.session.scalars(select(Role).where(Role.name.in_(list(names)))))
    if not found:
        raise DomainError(_l("Choose at least one role."))
    return found


def _hashed(password: str) -> str:
    if len(password) < PASSWORD_AT_LEAST:
        raise DomainError(_l("Use a password of at least %(n)s characters.", n=PASSWORD_AT_LEAST))
    return hash_password(password)
