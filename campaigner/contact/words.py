"""Finding a message by a word in it, although every text is ciphertext.

Each word becomes one of 65,536 numbers: a keyed hash of which only 16 bits are kept. The numbers lie
beside the message, sorted and without repeats. Thousands of words share a number, so a stolen dump
says neither a word nor an order, and counting how often a number occurs leads nowhere sure. The price
is that a number finds too much: whoever searches decrypts what was found and looks whether the words
are really there (`inbox.search`).
"""

import re
import unicodedata

from campaigner.core.crypto import keyring

SHORTEST = 3  # shorter words are in nearly every text
MOST = 2_000  # different words of one thread
WORD = re.compile(r"\w+")


def of(text: str) -> list[str]:
    """The words of a text as they are compared: small letters, no accents, each once, in their order."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    return list(dict.fromkeys(word for word in WORD.findall(plain) if len(word) >= SHORTEST))


def numbers(words: list[str]) -> list[int]:
    """The numbers of these words, sorted, 0 to 65,535."""
    return sorted({int.from_bytes(keyring.fingerprint(word, "contact.word")[:2]) for word in words[:MOST]})
