"""What hangs on a mail that comes in. Off unless CONTACT_ATTACHMENTS says how large one may be.

A file is what its bytes say, never what its name or its sender says. Only kinds that hold no program
are kept: encrypted, under a name of ours, and handed out as a download that no browser opens by itself.
"""

import io
import zipfile
from collections.abc import Sequence

from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import ContactAttachment
from campaigner.core.db import db
from campaigner.core.text import one_line
from campaigner.mailroom.hung import Hung

MOST = 10  # files of one mail
NAME = 80
OFFICE = {
    "docx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
}  # what such an archive must hold; one with a macro is refused
BEGINS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "gif": (b"GIF87a", b"GIF89a"),
}
ENTRIES = 2_000


def kind_of(content: bytes) -> str | None:
    """pdf, jpg, png, gif, webp, odt, docx, xlsx or txt, by what the bytes are; None for anything else."""
    for kind, beginnings in BEGINS.items():
        if content.startswith(beginnings):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    return "txt" if content and _plain(content) else None


def keep(files: Sequence[Hung], *, message: ContactMessage, entry_id: int | None) -> tuple[int, int]:
    """Keep what may be kept. Returns how many were kept, and how many were refused for their kind or size."""
    kept = 0
    taken = db.session.query(ContactAttachment).filter_by(message_id=message.id).count()
    for file in files[:MOST]:
        kind = None if file.too_large else kind_of(file.content)
        if kind is None:
            continue
        kept += 1
        db.session.add(ContactAttachment(
            message_id=message.id, entry_id=entry_id, number=taken + kept, kind=kind, size=len(file.content),
            name=one_line(file.name)[:NAME] or "?", content=file.content.decode("latin-1"),
        ))  # fmt: skip
    return kept, len(files) - kept


def _archive(content: bytes) -> str | None:
    """Which office document it is. Names are read, nothing is unpacked; one that carries a program is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[: ENTRIES + 1]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        return None
    lower = [name.lower() for name in names]
    if len(names) > ENTRIES or any(_program(name) for name in lower):
        return None
    if content[30:77] == b"mimetypeapplication/vnd.oasis.opendocument.text":
        return "odt"
    return next((kind for kind, part in OFFICE.items() if part in lower and "[content_types].xml" in lower), None)


def _program(name: str) -> bool:
    return name.endswith((".bin", ".exe", ".js", ".vbs", ".dll")) or name.startswith(("basic/", "scripts/"))


def _plain(content: bytes) -> bool:
    """Text that people can read: UTF-8, without control characters and without markup that a program would run."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(c in "\n\r\t" or c.isprintable() for c in text) and "<" not in text[:1000]
