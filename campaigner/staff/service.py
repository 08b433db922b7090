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
from campaigner.staff.models import EDITOR, ROLES, Account, AccountRole, AuditEvent, Membership, Role

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
    account = _new(address, name=name, language=language, password=_hashed(password), roles=_roles(roles))
    record(account_id=None, what="account created", about=f"account:{account.id}", detail={"roles": sorted(roles)})
    return account


def open_for(*, email: str, name: str, language: str, by: int | None) -> Account:
    """The account of a mailbox; made when there is none, without a role and without a password: nobody can log in yet.

    Raises DomainError for an address that is none.
    """
    try:
        address = addresses.normal(email)
    except addresses.NotAnAddress as error:
        raise DomainError(_l("Fill in an e-mail address, like name@example.org.")) from error
    known = queries.by_email(address)
    if known is not None:
        return known
    account = _new(address, name=name, language=language, password=None, roles=[])
    record(account_id=by, what="account invited", about=f"account:{account.id}")
    return account


def _new(address: str, *, name: str, language: str, password: str | None, roles: list[Role]) -> Account:
    account = Account(
        mailbox=addresses.fingerprint(address), email=address, name=name.strip() or address, language=language,
        password=password, fs_uniquifier=secrets.token_hex(16), fs_webauthn_user_handle=uuid4().hex, roles=roles,
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
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


def disable(*, email: str, by: int | None = None) -> Account:
    """Close an account: it can log in no more, and whoever is logged in with it is logged out.

    Raises NotFound, or Conflict for one's own account and for the last administrator's.
    """
    account = _account(email)
    if account.id == by:
        raise Conflict(_l("You cannot close your own account. Ask another administrator."))
    if by is not None:
        _keep_an_administrator(account)
    account.disabled_at = account.disabled_at or now()
    account.fs_uniquifier = secrets.token_hex(16)
    record(account_id=by, what="account disabled", about=f"account:{account.id}")
    return account


def enable(account: Account, *, by: int) -> None:
    """Open a closed account again, with the roles it had."""
    account.disabled_at = None
    record(account_id=by, what="account opened again", about=f"account:{account.id}")


def give_roles(account: Account, *, roles: Iterable[str], by: int) -> None:
    """Let an account have exactly these roles of the house, also none.

    Raises Conflict when an administrator would take the role from themselves or from the last one.
    """
    wanted = sorted(set(roles) & set(ROLES))
    if account.has_any(("admin",)) and "admin" not in wanted:
        if account.id == by:
            raise Conflict(_l("You cannot take the administrator’s role from yourself. Ask another administrator."))
        _keep_an_administrator(account)
    before = sorted(role.name for role in account.roles)
    if wanted != before:
        account.roles = list(db.session.scalars(select(Role).where(Role.name.in_(wanted)).order_by(Role.name)))
        record(account_id=by, what="roles given", about=f"account:{account.id}", detail={"from": before, "to": wanted})


def join(account: Account, *, organisation_id: int, by: int | None) -> Membership:
    """Let an account in at the desk of an organisation, from now on. Harmless to repeat."""
    there = next((each for each in account.memberships if each.organisation_id == organisation_id), None)
    if there is None:
        there = Membership(organisation_id=organisation_id, role=EDITOR, invited_by=by, invited_at=now())
        account.memberships.append(there)
    if there.approved_at is None:
        there.approved_at = now()
        db.session.flush()
        _membership("membership given", account, organisation_id, by)
    return there


def leave(account: Account, *, organisation_id: int, by: int) -> None:
    """Take an account off the desk of an organisation: from its next request on it sees nothing there."""
    there = next((each for each in account.memberships if each.organisation_id == organisation_id), None)
    if there is not None:
        account.memberships.remove(there)
        db.session.flush()
        _membership("membership taken", account, organisation_id, by)


def _membership(what: str, account: Account, organisation_id: int, by: int | None) -> None:
    about, detail = f"account:{account.id}", {"organisation": organisation_id, "role": EDITOR}
    record(account_id=by, what=what, about=about, detail=detail)


def _keep_an_administrator(leaving: Account) -> None:
    """Whoever is the last administrator stays one: nobody could give the role back from the pages."""
    others = select(AccountRole.account_id).join(Account, Account.id == AccountRole.account_id)
    others = others.where(AccountRole.role == "admin", Account.id != leaving.id, Account.disabled_at.is_(None))
    if leaving.has_any(("admin",)) and db.session.scalar(others.limit(1)) is None:
        raise Conflict(_l("This is the last administrator. Give somebody else the role first."))


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


def fill_in(account: Account, *, password: str) -> None:
    """Give an account its first password, chosen by its owner. Raises DomainError when it is too short."""
    account.password = _hashed(password)
    account.fs_uniquifier = secrets.token_hex(16)
    record(account_id=account.id, what="invitation accepted", about=f"account:{account.id}")


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
