"""Staff accounts, their passkeys, and the audit trail.

The columns without a word of ours in their names (`fs_...`, `tf_...`, `mf_...`, `credential_id`, ...) are
the ones Flask-Security reads and writes. Names and e-mail addresses are encrypted like a supporter's.
"""

from datetime import datetime
from typing import Any

from flask_security import RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

ROLES = ("admin", "campaigner", "inbox", "translator")  # for the whole house
TEAM = ("admin", "campaigner", "inbox")  # who works for the host with people's messages and figures
EDITOR = "editor"  # of one organisation, by a Membership; never of the house
ANYBODY = (*ROLES, EDITOR)
MEMBER_ROLES = (EDITOR,)

# An audit trail that can be altered proves nothing. The owner of the table can still drop the triggers;
# the chain of hashes is there to show it. For the migration, after the table itself.
AUDIT_GUARD_SQL = """
CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_event is append-only';
END
$$;
CREATE TRIGGER audit_event_rows BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_append_only();
CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only();
"""
AUDIT_UNGUARD_SQL = """
DROP TRIGGER IF EXISTS audit_event_whole ON audit_event;
DROP TRIGGER IF EXISTS audit_event_rows ON audit_event;
DROP FUNCTION IF EXISTS audit_event_append_only();
"""


class Role(Model, RoleMixin):
    """What an account may do. The rows are made by `service.ensure_roles`."""

    __tablename__ = "role"
    __table_args__ = (CheckConstraint(f"name IN {ROLES}", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)


class AccountRole(Model):
    """An account has a role."""

    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey("role.name"), primary_key=True)


class Membership(Model):
    """An account belongs to the desk of one organisation, such as a union local, and to no other page.

    It counts from `approved_at` on. The organisation is a table of a higher room, so it is named by its id only.
    """

    __tablename__ = "membership"
    __table_args__ = (CheckConstraint(f"role IN {MEMBER_ROLES}".replace(",)", ")"), name="role"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(default=EDITOR)
    invited_by: Mapped[int | None]  # an account; None: the command line
    invited_at: Mapped[datetime] = mapped_column(default=now)
    approved_at: Mapped[datetime | None]


class Account(Model, UserMixin):
    """Someone who works with the campaigns. `mailbox` is the fingerprint by which the address is found."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint(f"language IN {LANGUAGES}", name="language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    email: Mapped[str] = mapped_column(Encrypted("email"))
    name: Mapped[str] = mapped_column(Encrypted("name"))
    language: Mapped[str] = mapped_column(default="nl")
    password: Mapped[str | None]  # argon2
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)  # what the session names; a new one ends every session
    fs_webauthn_user_handle: Mapped[str] = mapped_column(unique=True)
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]  # encrypted under TOTP_SECRET
    tf_phone_number: Mapped[str | None]  # the library writes it; never used here
    tf_last_counter: Mapped[int | None]  # the time step of the last code taken, so that none is taken twice
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSONB()))  # encrypted

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary="account_role", order_by=Role.name
    )
    memberships: Mapped[list[Membership]] = relationship(
        order_by=Membership.organisation_id, cascade="all, delete-orphan"
    )
    webauthn: Mapped[list["Passkey"]] = relationship(  # type: ignore[assignment]
        back_populates="account", order_by="Passkey.id", cascade="all, delete-orphan"
    )

    @property
    def active(self) -> bool:  # type: ignore[override]
        """What the login library asks."""
        return self.disabled_at is None

    def has_any(self, roles: tuple[str, ...]) -> bool:
        """True when the account has one of these roles; "editor" is whoever belongs to any organisation."""
        return any(role.name in roles for role in self.roles) or (EDITOR in roles and bool(self.desks))

    def edits(self, organisation_id: int) -> bool:
        """True when the account belongs to the desk of this organisation."""
        return organisation_id in self.desks

    @property
    def desks(self) -> list[int]:
        """The organisations to whose desk the account belongs."""
        return [each.organisation_id for each in self.memberships if each.approved_at is not None]


class Passkey(Model, WebAuthnMixin):
    """A WebAuthn credential: the public half of a key in a phone, a laptop or a stick."""

    __tablename__ = "passkey"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[str] | None]
    backup_state: Mapped[bool]
    device_type: Mapped[str]
    extensions: Mapped[str | None]
    usage: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    lastuse_datetime: Mapped[datetime]

    account: Mapped[Account] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, Any]:
        """How the login library finds the account."""
        return {"id": self.account_id}


class AuditEvent(Model):
    """What an account did, or what was done to it. Rows are added and never changed.

    `sha256` covers the row and the hash before it: taking out or altering one breaks every later one.
    No foreign key: the trail outlives what it speaks of.
    """

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    account_id: Mapped[int | None] = mapped_column(index=True)  # None: the command line or the system
    what: Mapped[str]  # "campaign opened"
    about: Mapped[str]  # "campaign:12"
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
