"""References that people read out over the telephone: `FOS-26-000417-M`.

Host name, two-digit year, number, check character by ISO 7064 MOD 37,36 (the scheme of the
Global Release Identifier): it catches every single mistyped character and nearly every swap of two.
"""

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHAPE = re.compile(r"([A-Z]{1,12})-?([0-9]{2})-?([0-9]{6,})-?([A-Z0-9])")


def make(*, host: str, year: int, number: int) -> str:
    """The reference of message `number`, for instance `FOS-26-000417-M`."""
    stem = f"{_letters(host)}-{year % 100:02}-{number:06}"
    return f"{stem}-{check_character(stem)}"


def check_character(stem: str) -> str:
    """The ISO 7064 MOD 37,36 check character of the letters and digits in `stem`; hyphens do not count."""
    product = 36
    for character in stem.replace("-", ""):
        product = 2 * ((product + ALPHABET.index(character)) % 36 or 36) % 37
    return ALPHABET[(37 - product) % 36]


def read(typed: str) -> str | None:
    """The reference that somebody typed, in its proper shape; None when it cannot be one of ours.

    Small letters, spaces and missing hyphens are forgiven; a wrong check character is not.
    """
    found = SHAPE.fullmatch(re.sub(r"\s", "", typed).upper())
    if found is None or check_character("".join(found.groups()[:3])) != found[4]:
        return None
    return "-".join(found.groups())


def _letters(host: str) -> str:
    """The host's name as plain capitals, at most twelve. No digits: the year follows, and hyphens may go missing."""
    plain = unicodedata.normalize("NFKD", host).upper()
    return "".join(c for c in plain if "A" <= c <= "Z")[:12] or "REF"
