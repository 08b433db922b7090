"""What Flask-Security says, in our words and our four languages.

Only what can show with the parts that are switched on; the rest keeps the library's own sentences.
"""

from typing import Any

from campaigner.core.i18n import lazy_gettext as _l

MESSAGES: dict[str, tuple[Any, str]] = {
    "API_ERROR": (_l("That did not arrive complete. Try again."), "bad"),
    "GENERIC_AUTHN_FAILED": (_l("This address and password do not go together."), "bad"),
    "REAUTHENTICATION_REQUIRED": (_l("Show once more that it is you. Then you go on where you were."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (_l("Thank you. You can go on."), "ok"),
    "DISABLED_ACCOUNT": (_l("This account is closed. Ask whoever manages the site."), "bad"),
    "INVALID_EMAIL_ADDRESS": (_l("Fill in an e-mail address, like name@example.org."), "bad"),
    "INVALID_PASSWORD": (_l("That is not your password."), "bad"),
    "INVALID_PASSWORD_CODE": (_l("That is not your password."), "bad"),
    "INVALID_REDIRECT": (_l("That link leads away from here."), "bad"),
    "INVALID_INPUT": (_l("Use letters, figures, spaces and hyphens only."), "bad"),
    "INVALID_INPUT_LENGTH": (_l("That is too long."), "bad"),
    "INVALID_RECOVERY_CODE": (_l("That is not one of your recovery codes, or it was used before."), "bad"),
    "NO_RECOVERY_CODES_SETUP": (_l("You have no recovery codes yet."), "info"),
    "PASSWORD_NOT_PROVIDED": (_l("Fill in your password."), "bad"),
    "PASSWORD_INVALID_LENGTH": (_l("Use a password of at least %(length)s characters."), "bad"),
    "RETYPE_PASSWORD_MISMATCH": (_l("The two new passwords are not the same."), "bad"),
    "PASSWORD_IS_THE_SAME": (_l("Choose another password than the present one."), "bad"),
    "PASSWORD_CHANGE": (_l("Your password is changed. Elsewhere you are logged out."), "ok"),
    "TWO_FACTOR_INVALID_TOKEN": (_l("That code is not right any more. Wait for the next one and try again."), "bad"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_l("You are logged in."), "ok"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_l("From now on we ask for a code from your app when you log in."), "ok"),
    "TWO_FACTOR_PERMISSION_DENIED": (_l("Log in first."), "info"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_l("Choose one of the ways below."), "bad"),
    "TWO_FACTOR_DISABLED": (_l("The authenticator app is switched off."), "ok"),
    "TWO_FACTOR_SETUP_EXPIRED": (_l("That took too long. Start again."), "bad"),
    "WEBAUTHN_EXPIRED": (_l("That took too long. Start again."), "bad"),
    "WEBAUTHN_NAME_REQUIRED": (_l("Give the passkey a name, such as: my phone."), "bad"),
    "WEBAUTHN_NAME_INUSE": (_l("You already have a passkey called %(name)s."), "bad"),
    "WEBAUTHN_NAME_NOT_FOUND": (_l("You have no passkey called %(name)s."), "bad"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (_l("Use letters, figures, spaces and hyphens only."), "bad"),
    "WEBAUTHN_CREDENTIAL_DELETED": (_l("The passkey %(name)s is taken away."), "ok"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (_l("The passkey %(name)s is added. You can log in with it."), "ok"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (_l("This passkey is already registered."), "bad"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (_l("We do not know this passkey. Perhaps it was taken away here."), "bad"),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (_l("We do not know this passkey. Perhaps it was taken away here."), "bad"),
    "WEBAUTHN_NO_VERIFY": (_l("The passkey could not be checked. Try again."), "bad"),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (_l("This passkey cannot be used for this."), "bad"),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (_l("This passkey belongs to another account."), "bad"),
}

# What the audit trail says of an account, for its own page.
EVENTS: dict[str, Any] = {
    "account created": _l("Account made"),
    "account invited": _l("Invited"),
    "invitation accepted": _l("Invitation accepted, password chosen"),
    "account disabled": _l("Account closed"),
    "account opened again": _l("Account opened again"),
    "roles given": _l("Roles changed"),
    "membership given": _l("Let in at the desk of a local"),
    "membership taken": _l("Taken off the desk of a local"),
    "password set": _l("Password given by whoever manages the site"),
    "password changed": _l("Password changed"),
    "second factors reset": _l("Passkeys and app taken away by whoever manages the site"),
    "language chosen": _l("Language chosen"),
    "logged in": _l("Logged in"),
    "logged out": _l("Logged out"),
    "login failed": _l("Login that failed"),
    "recovery codes made": _l("Recovery codes made"),
    "recovery code used": _l("Recovery code used"),
    "authenticator app switched on": _l("Authenticator app switched on"),
    "authenticator app switched off": _l("Authenticator app switched off"),
    "passkey added": _l("Passkey added"),
    "passkey taken away": _l("Passkey taken away"),
}

# What a role is called, and what whoever has it may do.
ROLE_WORDS: dict[str, tuple[Any, Any]] = {
    "admin": (_l("Administrator"), _l("Everything, and the accounts and settings too.")),
    "campaigner": (_l("Campaigner"), _l("Campaigns, alerts, locals, partners and the inbox.")),
    "inbox": (_l("Inbox"), _l("Answers messages. Sees no campaign and no supporter.")),
    "translator": (
        _l("Translator"),
        _l("Writes texts of campaigns and alerts. Sends, opens and closes nothing."),
    ),
}
