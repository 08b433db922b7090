"""Logging in, with Flask-Security: every setting of it, in this one place.

Argon2 passwords, an authenticator app (TOTP, RFC 6238) with recovery codes, and passkeys (WebAuthn).
Nobody registers or resets by mail, nothing is remembered beyond a working day, and outside /staff no
page touches the session: no cookie, no `Vary: Cookie`, no account looked up.
"""

import base64
from datetime import timedelta
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, abort, after_this_request, flash, redirect, request, url_for
from flask_login import user_logged_out
from flask_login.utils import _user_context_processor
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore, WebauthnUtil, signals
from flask_security.mail_util import EmailValidateException
from flask_security.recovery_codes import MfRecoveryCodesUtil
from flask_security.totp import Totp
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response as BaseResponse

from campaigner.config import Settings
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.staff import forms, guard, queries
from campaigner.staff import service as staff
from campaigner.staff.messages import MESSAGES
from campaigner.staff.models import Account, Passkey, Role

log = structlog.get_logger()


def init_app(app: Flask, settings: Settings) -> None:
    """Switch the staff login on in `app`. Call it once, before the staff rooms are hung in."""
    app.config.update(_configuration(settings))
    security = Security(
        app,
        Accounts(db, Account, Role, Passkey),
        login_form=forms.LoginForm,
        verify_form=forms.VerifyForm,
        change_password_form=forms.ChangePasswordForm,
        two_factor_setup_form=forms.TwoFactorSetupForm,
        two_factor_verify_code_form=forms.TwoFactorVerifyCodeForm,
        two_factor_rescue_form=forms.TwoFactorRescueForm,
        mf_recovery_form=forms.RecoveryForm,
        wan_register_form=forms.PasskeyForm,
        wan_register_response_form=forms.PasskeyResponseForm,
        wan_signin_response_form=forms.PasskeySigninResponseForm,
        mail_util_cls=NoMail,
        totp_cls=OneTimeCodes,
        webauthn_util_cls=Passkeys,
        mf_recovery_codes_util_cls=RecoveryCodes,
    )
    security.want_json(lambda _request: False)
    security.unauthn_handler(_to_login)
    security.reauthn_handler(_ask_again)
    security.context_processor(guard.surroundings)
    app.before_request_funcs.setdefault("security", []).extend([_refuse_oddities, guard.speak])
    _keep_to_staff_pages(app, security)
    _keep_the_trail(app)


def _configuration(settings: Settings) -> dict[str, Any]:
    recovery_key = base64.urlsafe_b64encode(sha256(b"recovery codes" + settings.totp_secret.encode()).digest())
    return {
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a text may take an afternoon
        "SECURITY_URL_PREFIX": "/staff",
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "SECURITY_CACHE_CONTROL": None,  # core.web says no-store already
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_POST_LOGIN_VIEW": "/staff/",
        "SECURITY_POST_LOGOUT_VIEW": "/staff/login",
        "SECURITY_LOGOUT_CSRF": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_DATETIME_FACTORY": now,
        "SECURITY_FRESHNESS": timedelta(minutes=guard.FRESH),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=5),
        "SECURITY_POST_VERIFY_VIEW": "/staff/account",
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": _hash_cost(settings),
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SECURITY_PASSWORD_LENGTH_MIN": staff.PASSWORD_AT_LEAST,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/password",
        "SECURITY_POST_CHANGE_VIEW": "/staff/account",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_REGISTERABLE": False,
        "SECURITY_RECOVERABLE": False,
        "SECURITY_CONFIRMABLE": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,  # one step before and after (RFC 6238, 5.2)
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/staff/account",
        "SECURITY_TOTP_SECRETS": {"1": settings.totp_secret},
        "SECURITY_TOTP_ISSUER": f"{settings.host_name} Campaigner",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [recovery_key],
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": f"{settings.host_name} Campaigner",
        "SECURITY_WAN_POST_REGISTER_VIEW": "/staff/account",
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_ALLOW_AS_VERIFY": ["first"],
        **{f"SECURITY_MSG_{name}": message for name, message in MESSAGES.items()},
    }


def _hash_cost(settings: Settings) -> dict[str, int]:
    """Argon2 as strong as the library makes it (RFC 9106, second choice); cheap in tests only."""
    return {"argon2__rounds": 1, "argon2__memory_cost": 64} if settings.environment == "test" else {}


class Accounts(SQLAlchemyUserDatastore):
    """Finds accounts by the fingerprint of their mailbox: the address itself is encrypted."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Account | None:
        """The account with this attribute."""
        if "email" in kwargs:
            return queries.by_email(kwargs["email"])
        return cast(Account | None, super().find_user(case_insensitive=case_insensitive, **kwargs))


class NoMail(MailUtil):
    """Only the outbox speaks SMTP, and none of the parts that are switched on sends mail."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Never called; loud when a setting changes that."""
        raise RuntimeError("Flask-Security wanted to send mail: switch that part off, or bring it to the outbox")

    def normalize(self, email: str) -> str:
        """The address by the same rules as everywhere else."""
        try:
            return addresses.normal(email)
        except addresses.NotAnAddress as error:
            raise EmailValidateException(str(MESSAGES["INVALID_EMAIL_ADDRESS"][0])) from error


class OneTimeCodes(Totp):
    """Codes of an authenticator app, each taken once (RFC 6238, 5.2)."""

    def get_last_counter(self, user: Any) -> int | None:
        """The time step of the last code taken."""
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Remember the time step; the view commits."""
        user.tf_last_counter = tmatch.counter


class Passkeys(WebauthnUtil):
    """Passkeys that log in by themselves: kept on the device and opened with a finger, a face or a code."""

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Any device, as long as it keeps the key and checks who holds it."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Always checked."""
        return UserVerificationRequirement.REQUIRED


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes, with their making and using in the audit trail."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """New codes in place of the old."""
        codes: list[str] = super().create_recovery_codes(user)
        _note(user, "recovery codes made")
        return codes

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """A code is used once."""
        _note(user, "recovery code used")
        return bool(super().delete_recovery_code(user, code))


def _to_login(mechanisms: list[str], headers: dict[str, str] | None = None) -> BaseResponse:
    """Not logged in: to the login page, and from there back to a page that can be opened again."""
    target = request.full_path.rstrip("?") if request.method == "GET" else "/staff/"
    return redirect(url_for("security.login", next=target))


def _ask_again(within: timedelta, grace: timedelta) -> BaseResponse:
    """Logged in too long ago for this: ask, and then back to the page with the button."""
    came_from = urlsplit(request.referrer or "").path
    target = request.full_path.rstrip("?") if request.method == "GET" else came_from
    if not target.startswith("/staff/"):
        target = "/staff/"
    flash(str(MESSAGES["REAUTHENTICATION_REQUIRED"][0]), "info")
    return redirect(url_for("security.verify", next=target))


def _refuse_oddities() -> None:
    """The login speaks forms only, and goes on to our own pages only."""
    if request.is_json:
        abort(415)
    for target in (request.args.get("next"), request.form.get("next")):
        if target and (not target.startswith("/staff") or not target.isprintable() or set(target) & set("\\[]@ ")):
            abort(400)


def _keep_to_staff_pages(app: Flask, security: Security) -> None:
    """Take out what Flask-Login and Flask-Principal do on every request of the whole site.

    Each of the three reads the session, which would mark every public page `Vary: Cookie` and look
    for an account behind it. Nothing here uses them: the guard asks for roles itself, and there is no
    "remember me".
    """
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)
    app.template_context_processors[None].remove(_user_context_processor)


def _keep_the_trail(app: Flask) -> None:
    """Write what happens to an account to the audit trail; signals are the only hook the library offers."""
    signals.user_authenticated.connect(_logged_in, app)
    user_logged_out.connect(_logged_out, app)
    signals.user_failed_authn.connect(_failed, app)
    signals.password_changed.connect(_password_changed, app)
    signals.tf_profile_changed.connect(_app_switched_on, app)
    signals.tf_disabled.connect(_app_switched_off, app)
    signals.wan_registered.connect(_passkey_added, app)
    signals.wan_deleted.connect(_passkey_taken_away, app)


def _logged_in(app: Flask, *, user: Any, authn_via: list[str] | None = None, **_: Any) -> None:
    user.last_login_at = now()
    _note(user, "logged in", by=authn_via or ["code"])


def _logged_out(app: Flask, *, user: Any, **_: Any) -> None:
    """End the session here too: a cookie that somebody copied is worth nothing after it. All devices log out."""
    if user.is_authenticated:
        app.extensions["security"].datastore.set_uniquifier(user)
        _note(user, "logged out")


def _failed(app: Flask, *, user: Any, auth_type: str, **_: Any) -> None:
    _note(user, "login failed", by=[auth_type])


def _password_changed(app: Flask, *, user: Any, **_: Any) -> None:
    _note(user, "password changed")


def _app_switched_on(app: Flask, *, user: Any, **_: Any) -> None:
    _note(user, "authenticator app switched on")


def _app_switched_off(app: Flask, *, user: Any, **_: Any) -> None:
    _note(user, "authenticator app switched off")


def _passkey_added(app: Flask, *, user: Any, name: str, **_: Any) -> None:
    _note(user, "passkey added")


def _passkey_taken_away(app: Flask, *, user: Any, name: str, **_: Any) -> None:
    _note(user, "passkey taken away")


def _note(user: Any, what: str, **detail: Any) -> None:
    """Append to the trail; committed when the answer has been made, with whatever the view changed."""
    staff.record(account_id=user.id, what=what, about=f"account:{user.id}", detail=detail)
    after_this_request(_commit)


def _commit(response: Response) -> Response:
    db.session.commit()
    return response
