"""DKIM (RFC 6376): our signature on every message, and its verification as a receiver does it.

`a=rsa-sha256; c=relaxed/simple`. Receivers reject or ignore Ed25519 alone (RFC 8463), so it is RSA. Headers are
relaxed, because mail servers fold them anew; bodies are simple, because ours have no white space at a line's end
that a server would touch, and a relaxed body would cost more than the signature. RSA PKCS #1 v1.5 has no
randomness: the same message signed for the same moment gives the same bytes on every attempt.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from campaigner.config import Settings
from campaigner.core import pem

Header = tuple[bytes, bytes]  # the name, and what stands between its colon and the line end of its last line

# Signed when present. Those of RFC 5322 that occur once are listed once more than they occur ("oversigned", RFC 6376,
# 8.15), so that nobody adds a second sender or subject to a signed message.
ONCE = (b"from", b"to", b"subject", b"date")
SIGNED = (
    *ONCE, b"message-id", b"reply-to", b"mime-version", b"content-type",
    b"list-unsubscribe", b"list-unsubscribe-post", b"list-id",
)  # fmt: skip
STRING = 255  # bytes of one character-string of a TXT record (RFC 1035, 3.3.14)
_SPACES = re.compile(rb"[ \t]+")
_OWN_B = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
_LINES = re.compile(rb".{1,72}")
_FIELD = re.compile(rb"\r\n(?![ \t])")


class Signer:
    """Signs for one domain with one key. Made once a process, used by all its threads: signing lets go of the GIL."""

    def __init__(self, domain: str, selector: str, private_key_pem: str) -> None:
        self.domain, self.selector = domain, selector
        self._key = pem.rsa_key(private_key_pem)
        self._names: dict[tuple[bytes, ...], bytes] = {}  # the headers of a message -> its `h=`, folded
        self._padding, self._hash = PKCS1v15(), SHA256()
        self._start = b"v=1; a=rsa-sha256; c=relaxed/simple;\r\n d=%b; s=%b;\r\n t=%%d; h=%%b;\r\n bh=%%b;\r\n b=" % (
            domain.encode("ascii"), selector.encode("ascii"),
        )  # fmt: skip

    @property
    def public_key(self) -> RSAPublicKey:
        """The other half of the key, which stands in DNS."""
        return self._key.public_key()

    def sign(self, headers: Sequence[Header], body: bytes, *, at: int) -> bytes:
        """The whole folded header, `DKIM-Signature: ...` with its line end, to stand before all others.

        Headers and body are as they cross the wire: CRLF line ends, folded, before dots are doubled. `at` is the
        moment in seconds since 1970 that the signature names. Raises ValueError for a message without From.
        """
        there = _by_name(headers)
        chosen = [(name, value) for name in SIGNED if name in there for value in there[name]]
        if b"from" not in there:
            raise ValueError("a message without From cannot be signed")
        names = tuple(name for name, _ in chosen)
        listed = self._names.get(names) or self._names.setdefault(names, _listed(names))
        written = self._start % (at, listed, b64encode(_digest(body)))
        signed = [_relaxed(name, value) for name, value in chosen]
        signed.append(b"dkim-signature:" + written.replace(b"\r\n", b""))
        made = b64encode(self._key.sign(b"".join(signed), self._padding, self._hash))
        return b"DKIM-Signature: %b%b\r\n" % (written, b"\r\n ".join(_LINES.findall(made)))


def signer_of(settings: Settings) -> Signer | None:
    """The signer that the settings ask for, the same one each time; None where the relay signs."""
    if not settings.mail_dkim_key:
        return None
    return _signer(settings.dkim_domain, settings.mail_dkim_selector, settings.mail_dkim_key)


@lru_cache(maxsize=8)
def _signer(domain: str, selector: str, key: str) -> Signer:
    return Signer(domain, selector, key)


def _by_name(headers: Iterable[Header]) -> dict[bytes, list[bytes]]:
    """What stands under each name, in small letters, from the last one up, as RFC 6376 (5.4.2) counts them."""
    there: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        there.setdefault(name.lower(), []).insert(0, value)
    return there


def _listed(names: Sequence[bytes]) -> bytes:
    """The names for `h=`, four a line."""
    every = [*names, *(name for name in ONCE if name in names)]
    return b":\r\n ".join(b":".join(every[at : at + 4]) for at in range(0, len(every), 4))


def _relaxed(name: bytes, value: bytes) -> bytes:
    """A header in the relaxed form (RFC 6376, 3.4.2), with its line end. `name` is in small letters."""
    value = value.replace(b"\r\n", b"")
    if b"  " in value or b"\t" in value:
        value = _SPACES.sub(b" ", value)
    return b"%b:%b\r\n" % (name, value.strip(b" \t"))


def _digest(body: bytes) -> bytes:
    """SHA-256 of the body in the simple form (RFC 6376, 3.4.3): it ends with exactly one line end."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    digest = sha256(memoryview(body)[:end])
    digest.update(b"\r\n")
    return digest.digest()


def parted(message: bytes) -> tuple[list[Header], bytes]:
    """A message on the wire as its headers, folded as they are, and its body."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = (line.partition(b":") for line in _FIELD.split(head.removesuffix(b"\r\n")) if line)
    return [(name, value) for name, _, value in fields], body


@dataclass(frozen=True, slots=True)
class Proof:
    """What a receiver finds. `fault` is "" when the signature holds; `covered` are the headers it answers for."""

    fault: str
    covered: frozenset[str] = frozenset()


def verify(message: bytes, *, domain: str, selector: str, key: RSAPublicKey) -> Proof:
    """Verify the signature of that domain and selector on a message, read from its bytes alone (RFC 6376, 6.1)."""
    headers, body = parted(message)
    for name, value in headers:
        tags = tags_of(value) if name.lower() == b"dkim-signature" else {}
        if (tags.get("d", "").lower(), tags.get("s", "")) == (domain.lower(), selector):
            return _proof(headers, body, value, tags, key)
    return Proof("there is no signature of this domain and selector")


def _proof(headers: list[Header], body: bytes, written: bytes, tags: dict[str, str], key: RSAPublicKey) -> Proof:
    if (tags.get("a"), tags.get("c")) != ("rsa-sha256", "relaxed/simple"):
        return Proof("it is not signed the way we sign")
    left = _by_name(headers)
    signed = b""
    for name in (part.strip().lower().encode() for part in tags.get("h", "").split(":")):
        if left.get(name):
            signed += _relaxed(name, left[name].pop(0))
    signed += _relaxed(b"dkim-signature", _OWN_B.sub(rb"\1", written)).removesuffix(b"\r\n")
    if _unbased(tags.get("bh", "")) != _digest(body):
        return Proof("the body is not the one that was signed")
    try:
        key.verify(_unbased(tags.get("b", "")), signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return Proof("the headers are not those that were signed, or the key is another one")
    return Proof("", frozenset(part.strip().lower() for part in tags["h"].split(":")))


def tags_of(value: bytes) -> dict[str, str]:
    """The tags of a signature or a record (RFC 6376, 3.2); white space within a value is kept as one space or none."""
    pairs = (part.partition("=") for part in value.decode("ascii", "replace").replace("\r\n", "").split(";"))
    return {name.strip(): " ".join(text.split()) for name, equals, text in pairs if equals}


def _unbased(text: str) -> bytes:
    """Base64 with white space in it; nothing when it is none."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def record(key: RSAPublicKey) -> str:
    """What to publish as the TXT record of the key (RFC 6376, 3.6.1)."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(der).decode()}"


def published(text: str) -> RSAPublicKey:
    """The key in a published record. Raises ValueError with the end of a sentence about the record."""
    tags = tags_of(text.encode("ascii", "replace"))
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        raise ValueError("is not a DKIM record")
    if not tags["p"]:
        raise ValueError("says that the key is withdrawn (its p= is empty)")
    if tags.get("k", "rsa") != "rsa" or "sha256" not in tags.get("h", "sha256"):
        raise ValueError("does not allow rsa-sha256")
    try:
        key = load_der_public_key(_unbased(tags["p"]))
    except ValueError:
        raise ValueError("holds no whole key: it may have been cut off at 255 characters") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("holds a key that is not RSA")
    return key


def strings(text: str) -> list[str]:
    """A TXT record cut into the strings of at most 255 characters that DNS stores."""
    return [text[at : at + STRING] for at in range(0, len(text), STRING)]
