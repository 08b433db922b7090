"""The forms of logging in, on top of Flask-Security's: our words, and how often one may try.

A limit counts attempts per network and per account, and says so when it is reached.
A passkey is not guessed: its limit is per network only, so nobody can lock a colleague out of it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, after_this_request
from flask_security import current_user
from flask_security import forms as theirs
from flask_security import webauthn as keys
from flask_security.recovery_codes import MfRecoveryForm
from webauthn.helpers.exceptions import WebAuthnException
from wtforms import EmailField, HiddenField, PasswordField, RadioField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice

from campaigner.core import limits
from campaigner.core.addresses import MAX_LENGTH
from campaigner.core.crypto import keyring
from campaigner.core.forms import AtMost, Required
from campaigner.core.i18n import lazy_gettext as _l

PER_NETWORK = ("60 per 5 minute", "300 per hour")
PER_ACCOUNT = ("10 per 15 minute", "50 per day")
PASSWORD_AT_MOST = 1000


def limited(form: Any, account: str | None, check: Callable[[], Any]) -> bool:
    """Count one attempt and `check` it; say on the form when there were too many, and answer 429.

    Counted before the check, so that many guesses at once gain nothing; forgotten when it succeeds.
    """
    key = keyring.fingerprint((account or "").lower(), "staff login").hex()
    within = limits.allowed("staff-network", limits.network(), *PER_NETWORK)
    if within and account:
        within = limits.allowed("staff-account", key, *PER_ACCOUNT)
    if not within:
        form.form_errors.append(
            _l("That was tried too many times. Wait a quarter of an hour, or log in with a passkey.")
        )
        after_this_request(_too_many)
        return False
    valid = bool(check())
    if valid and account:
        limits.forget("staff-account", key, *PER_ACCOUNT)
    return valid


def _too_many(response: Response) -> Response:
    response.status_code = 429
    response.headers["Retry-After"] = "900"
    return response


class LoginForm(theirs.LoginForm):
    """E-mail address and password. There is no "remember me": a session lasts a working day."""

    email = EmailField(
        _l("E-mail address"),
        render_kw={"autocomplete": "username"},
        validators=[
            Required(_l("Fill in your e-mail address.")),
            AtMost(MAX_LENGTH),
            theirs.EmailValidation(verify=False),
        ],
    )
    password = PasswordField(
        _l("Password"),
        render_kw={"autocomplete": "current-password"},
        validators=[Required(_l("Fill in your password.")), AtMost(PASSWORD_AT_MOST)],
    )
    remember = None
    submit = SubmitField(_l("Log in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say where to go after the second step; the library would come back to the login page itself."""
        super().__init__(*args, **kwargs)
        self.next.data = self.next.data or "/staff/"

    def validate(self, **kwargs: Any) -> bool:
        """Check the limits first, then the password."""
        return limited(self, self.email.data, partial(super().validate, **kwargs))


class VerifyForm(theirs.VerifyForm):
    """The password once more, before something dangerous."""

    password = PasswordField(
        _l("Password"),
        render_kw={"autocomplete": "current-password"},
        validators=[Required(_l("Fill in your password.")), AtMost(PASSWORD_AT_MOST)],
    )
    submit = SubmitField(_l("Go on"))

    def validate(self, **kwargs: Any) -> bool:
        """Check the limits first, then the password."""
        return limited(self, self.user.fs_uniquifier, partial(super().validate, **kwargs))


class ChangePasswordForm(theirs.ChangePasswordForm):
    """The present password, and twice the next one."""

    password = PasswordField(
        _l("Present password"), render_kw={"autocomplete": "current-password"}, validators=[AtMost(PASSWORD_AT_MOST)]
    )
    new_password = PasswordField(
        _l("New password"),
        render_kw={"autocomplete": "new-password"},
        validators=[Required(_l("Fill in a new password.")), AtMost(PASSWORD_AT_MOST)],
    )
    new_password_confirm = PasswordField(
        _l("New password once more"),
        render_kw={"autocomplete": "new-password"},
        validators=[theirs.EqualToLocalize("new_password", message="RETYPE_PASSWORD_MISMATCH")],
    )
    submit = SubmitField(_l("Change the password"))

    def validate(self, **kwargs: Any) -> bool:
        """Check the limits first: this form would otherwise test passwords for whoever sits at an open screen."""
        account = current_user.fs_uniquifier
        return limited(self, account, partial(super().validate, **kwargs))


class TwoFactorSetupForm(theirs.TwoFactorSetupForm):
    """Switch the authenticator app on, or off."""

    setup = RadioField(
        _l("Authenticator app"),
        choices=[SelectChoice("authenticator", _l("Switch on")), SelectChoice("disable", _l("Switch off"))],
        validate_choice=False,
    )


class TwoFactorVerifyCodeForm(theirs.TwoFactorVerifyCodeForm):
    """The six figures of the authenticator app."""

    code = StringField(
        _l("Code from your app"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"},
        validators=[Required(_l("Fill in the six figures that your app shows."))],
    )
    submit = SubmitField(_l("Go on"), id="submit-code")

    def validate(self, **kwargs: Any) -> bool:
        """Check the limits first: six figures can be guessed by whoever may try often enough."""
        account = self.user.fs_uniquifier if self.user else None
        return limited(self, account, partial(super().validate, **kwargs))


class TwoFactorRescueForm(theirs.TwoFactorRescueForm):
    """The way to the recovery codes. Flask-Security adds that choice when there are codes; it mails nobody."""

    help_setup = RadioField(_l("Have you lost your phone?"), choices=[])
    submit = SubmitField(_l("Use a recovery code"), id="rescue")


class RecoveryForm(MfRecoveryForm):
    """One of the recovery codes that were written down."""

    code = StringField(
        _l("Recovery code"),
        render_kw={"autocomplete": "off", "maxlength": "40"},
        validators=[Required(_l("Fill in one of your recovery codes.")), AtMost(40)],
    )
    submit = SubmitField(_l("Go on"))

    def validate(self, **kwargs: Any) -> bool:
        """Check the limits first."""
        account = self.user.fs_uniquifier if self.user else None
        return limited(self, account, partial(super().validate, **kwargs))


class PasskeyForm(keys.WebAuthnRegisterForm):
    """The name of a new passkey. Every passkey logs in by itself: it is something you have and something you are."""

    name = StringField(
        _l("Name for this passkey"),
        render_kw={"autocomplete": "off", "maxlength": "64"},
        validators=[Required(_l("Give the passkey a name, such as: my phone."))],
    )
    usage = HiddenField(default="first")

    def validate(self, **kwargs: Any) -> bool:
        """Take no other usage than ours, whatever was sent."""
        self.usage.data = "first"
        return bool(super().validate(**kwargs))


class PasskeyResponseForm(keys.WebAuthnRegisterResponseForm):
    """The public half of a new passkey, from the browser."""

    def validate(self, **kwargs: Any) -> bool:
        """Refuse what is no credential. The browser's extension results are not kept: nothing here reads them."""
        try:
            valid = bool(super().validate(**kwargs))
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            return _garbled(self)
        self.extensions = None  # type: ignore[assignment]
        return valid


class PasskeySigninResponseForm(keys.WebAuthnSigninResponseForm):
    """The answer of a passkey to our question, from the browser."""

    def validate(self, **kwargs: Any) -> bool:
        """Refuse what is no answer, and a closed account, which the library notes and then lets through."""
        return limited(self, None, partial(self._answers, **kwargs))

    def _answers(self, **kwargs: Any) -> bool:
        try:
            valid = bool(super().validate(**kwargs))
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            return _garbled(self)
        return valid and not self.credential.errors


def _garbled(form: Any) -> bool:
    form.credential.errors = [_l("The passkey's answer did not arrive complete. Try again.")]
    return False
