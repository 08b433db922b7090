"""A file as lines of fields: its encoding, what stands between fields, its header. Reads as it goes, however long."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from campaigner.core.errors import DomainError
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.text import one_line
from campaigner.imports import presets

ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
DELIMITERS = (",", ";", "\t")
LOOKED_AT = 64 * 1024  # bytes at the beginning
COLUMNS_MAX = 200
LINE_MAX = 20_000  # characters in a field: what is longer is no list of people
csv.field_size_limit(LINE_MAX)


class Unreadable(DomainError):
    """No list of people: not text, no header, or no column with addresses."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. `columns`: field -> numbers of columns, the first that holds something counts."""

    encoding: str = "utf-8-sig"
    delimiter: str = ","
    preset: str = ""
    header: list[str] = field(default_factory=list)
    columns: dict[str, list[int]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the row of the import."""
        return asdict(self)


def guess(start: bytes, *, preset: str = "") -> Reading:
    """How a file that begins so is probably read. Raises Unreadable."""
    encoding = _encoding(start)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(start)
    if "\x00" in text:
        raise Unreadable(_l("This is no text file. Save the list as CSV, and choose that file."))
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    return named(Reading(encoding=encoding, delimiter=delimiter), start, preset=preset)


def named(reading: Reading, start: bytes, *, preset: str = "") -> Reading:
    """The same with the header of the file, and what its columns probably are. Raises Unreadable."""
    try:
        header = next(lines([start], reading))[1]
    except StopIteration:
        raise Unreadable(_l("The file is empty.")) from None
    if len(header) > COLUMNS_MAX:
        raise Unreadable(_l("The first line is no line of column names."))
    header = [one_line(name, at_most=80) for name in header]
    preset = preset or presets.recognise(header)
    return Reading(reading.encoding, reading.delimiter, preset, header, presets.columns(header, preset))


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def lines(parts: Iterable[bytes], reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """Every line of the file that is not empty, with its number in the file. Raises Unreadable."""
    rows = csv.reader(_text(parts, reading.encoding), delimiter=reading.delimiter)
    try:
        for row in rows:
            if any(row):
                yield rows.line_num, row
    except csv.Error as error:
        raise Unreadable(_l("Line %(n)s cannot be read.", n=rows.line_num)) from error


def _text(parts: Iterable[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    for part in parts:
        rest += decoder.decode(part)
        whole, end, rest = rest.rpartition("\n")
        if end:
            yield from (f"{line}\n" for line in whole.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    rest += decoder.decode(b"", final=True)
    if rest:
        yield from (f"{line}\n" for line in rest.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n"))
