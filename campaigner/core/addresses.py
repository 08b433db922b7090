"""E-mail addresses: what counts as one, and when two of them are the same mailbox.

The rules are data, because they change with the providers. No DNS is asked: a signing POST never
waits for the network.
"""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from campaigner.core.crypto import keyring

MAX_LENGTH = 254
# domain -> (the name it is an alias of, whether dots in the local part are ignored, the tag mark)
GOOGLE = ("gmail.com", True, "+")
RULES: dict[str, tuple[str, bool, str]] = {
    "gmail.com": GOOGLE,
    "googlemail.com": GOOGLE,
    "pm.me": ("proton.me", True, "+"),
    "proton.me": ("proton.me", True, "+"),
    "protonmail.com": ("proton.me", True, "+"),
    "yahoo.com": ("yahoo.com", False, "-"),
    "yahoo.fr": ("yahoo.fr", False, "-"),
}
PLUS_TAGS = frozenset(
    [
        "outlook.com",
        "outlook.be",
        "hotmail.com",
        "hotmail.be",
        "hotmail.fr",
        "live.be",
        "live.com",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "fastmail.com",
        "telenet.be",
        "skynet.be",
        "proximus.be",
        "scarlet.be",
    ]
)


class NotAnAddress(ValueError):
    """The text is not an e-mail address that mail can be sent to."""


def normal(raw: str) -> str:
    """The address as we write to it: trimmed, the domain in lower case and in ASCII (IDNA), as SMTP wants it.

    Raises NotAnAddress. Only the form is looked at (RFC 5321 and 5322), never the network.
    """
    raw = raw.strip()
    if len(raw) > MAX_LENGTH:  # before it is normalised, which may take long for a text that is no address
        raise NotAnAddress
    text = unicodedata.normalize("NFC", raw)
    try:
        address = validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError as error:
        raise NotAnAddress from error
    if address is None:
        raise NotAnAddress
    return address


def canonical(address: str) -> str:
    """The mailbox behind an address: tags, meaningless dots and alias domains taken away."""
    local, _, domain = address.lower().rpartition("@")
    domain, dots_ignored, mark = RULES.get(domain, (domain, False, "+" if domain in PLUS_TAGS else ""))
    if mark:
        local = local.partition(mark)[0] or local
    if dots_ignored:
        local = local.replace(".", "") or local
    return f"{local}@{domain}"


def fingerprint(address: str) -> bytes:
    """The keyed fingerprint of the mailbox behind an address, 32 bytes."""
    return keyring.fingerprint(canonical(address), "mailbox")


def quota_fingerprint(address: str) -> bytes:
    """What limits and quotas count: the mailbox with any "+tag" taken away, at every domain.

    Many servers deliver tagged addresses although we cannot know it; for who somebody is the tag stays.
    """
    local, _, domain = canonical(address).rpartition("@")
    return keyring.fingerprint(f"{local.partition('+')[0] or local}@{domain}", "quota")


def masked(address: str) -> str:
    """An address that its owner recognises and a passer-by does not: `f•••••@voorbeeld.be`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••••@{domain}"
