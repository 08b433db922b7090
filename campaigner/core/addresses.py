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
# Who takes the mail of a domain, where that is one of the large: what rates and figures are kept for. A name that ends
# in "." stands for all top-level domains. Whoever is not here is "other", so that no row tells a rare domain.
PROVIDERS: dict[str, str] = {
    "gmail.com": "gmail.com",
    "googlemail.com": "gmail.com",
    "hotmail.": "outlook.com",
    "outlook.": "outlook.com",
    "live.": "outlook.com",
    "msn.com": "outlook.com",
    "yahoo.": "yahoo.com",
    "ymail.com": "yahoo.com",
    "aol.com": "yahoo.com",
    "icloud.com": "icloud.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "telenet.be": "telenet.be",
    "pandora.be": "telenet.be",
    "skynet.be": "proximus.be",
    "proximus.be": "proximus.be",
    "belgacom.net": "proximus.be",
    "scarlet.be": "proximus.be",
    "voo.be": "voo.be",
    "orange.fr": "orange.fr",
    "wanadoo.fr": "orange.fr",
    "free.fr": "free.fr",
    "laposte.net": "laposte.net",
    "ziggo.nl": "ziggo.nl",
    "kpnmail.nl": "kpnmail.nl",
    "gmx.": "gmx.net",
    "web.de": "gmx.net",
    "proton.me": "proton.me",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
}
OTHER = "other"


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


def provider(address: str) -> str:
    """The large provider that takes the mail of this address, or "other"."""
    domain = address.rpartition("@")[2].lower()
    return PROVIDERS.get(domain) or PROVIDERS.get(f"{domain.partition('.')[0]}.", OTHER)


def masked(address: str) -> str:
    """An address that its owner recognises and a passer-by does not: `f•••••@voorbeeld.be`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••••@{domain}"
