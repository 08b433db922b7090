"""A mould: the body of a mailing in one language, encoded once and cut at its slots.

What is fixed is bytes already; a recipient costs a few values, encoded for the place where each
stands (text or HTML, 8bit or quoted-printable), and one join. A value is one line, is escaped in HTML,
and in quoted-printable stands on lines of its own between soft line breaks (RFC 2045, 6.7), so it can
neither end a line, nor a part, nor an element.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from campaigner.outbox import slots

Encoding = Literal["8bit", "quoted-printable"]
LONGEST_LINE = 998  # RFC 5322, 2.1.1, without the line end
LONGEST_VALUE = 300  # bytes a value may add to a line of eight bits; with a longer one the mail is quoted-printable
SOFT = b"=\r\n"

# A piece of a body: bytes that stand as they are, or (place, name) of a value.
Piece = bytes | tuple[slots.Place, str]


@dataclass(frozen=True, slots=True)
class Mould:
    """`pieces` in order, with `holes` for values: (index, place, name of the slot)."""

    pieces: tuple[bytes, ...]
    holes: tuple[tuple[int, slots.Place, str], ...]
    encoding: Encoding  # of both parts
    boundary: str

    @property
    def content_type(self) -> bytes:
        """The message's Content-Type, as it stands after the colon."""
        return b' multipart/alternative;\r\n boundary="%b"' % self.boundary.encode()

    def body(self, values: Mapping[str, str]) -> bytes:
        """The body for one recipient. Raises KeyError for a slot without a value, ValueError for an unsafe address."""
        made: dict[tuple[slots.Place, str], bytes] = {}
        out = list(self.pieces)
        for at, place, name in self.holes:
            if (place, name) not in made:
                made[place, name] = self._encoded(place, name, values)
            out[at] = made[place, name]
        return b"".join(out)

    def _encoded(self, place: slots.Place, name: str, values: Mapping[str, str]) -> bytes:
        value = slots.value(name, values[name], place).encode()
        if self.encoding == "8bit":
            if len(value) > LONGEST_VALUE:
                raise TooLong(name)
            return value
        return SOFT + _quoted(value) + SOFT


class TooLong(ValueError):
    """A value has no room on a line of eight bits; quoted-printable has room for any."""


def cast(text: tuple[str, ...], html: tuple[str, ...], *, eight_bit: bool, boundary: str) -> Mould:
    """The mould of a text and an HTML part, each cut as `slots.split` does: fixed, slot name, fixed, ...

    Eight bits only where asked and where every line has room; else quoted-printable.
    """
    roomy = eight_bit and _fits(text) and _fits(html)
    encoding: Encoding = "8bit" if roomy else "quoted-printable"
    pieces: list[Piece] = []
    for kind, place, parts in (("plain", "text", text), ("html", "html", html)):
        head = f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}'
        pieces.append(f"{head}\r\n\r\n".encode())
        pieces += [_piece(part, at, place, encoding) for at, part in enumerate(parts)]  # type: ignore[arg-type]
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    whole = _joined(pieces)
    holes = tuple((at, *piece) for at, piece in enumerate(whole) if not isinstance(piece, bytes))
    return Mould(tuple(each if isinstance(each, bytes) else b"" for each in whole), holes, encoding, boundary)


def _piece(part: str, at: int, place: slots.Place, encoding: Encoding) -> Piece:
    if at % 2:
        return (place, part)
    lines = _feeds(part)
    return lines.replace(b"\n", b"\r\n") if encoding == "8bit" else _quoted(lines)


def _feeds(part: str) -> bytes:
    """Line feeds at the ends of lines, and nowhere else a carriage return."""
    return part.replace("\r\n", "\n").replace("\r", "\n").encode()


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Fixed pieces that stand beside each other become one."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += piece
        else:
            out.append(piece)
    return out


def _fits(parts: tuple[str, ...]) -> bool:
    """Whether every line stays short enough with the longest values in its slots."""
    whole = "".join("x" * LONGEST_VALUE if at % 2 else part for at, part in enumerate(parts))
    return all(len(line) <= LONGEST_LINE for line in _feeds(whole).split(b"\n"))


def _quoted(text: bytes) -> bytes:
    """Quoted-printable (RFC 2045, 6.7) with CRLF line ends; `text` has line feeds."""
    return binascii.b2a_qp(text, istext=True).replace(b"\n", b"\r\n")
