"""Mails with files on them."""

import io
import zipfile
from email.message import EmailMessage

from campaigner.config import Settings
from tests.mailroom.ledger import arrives

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def archive(*names: str) -> bytes:
    """A zip with empty files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, b"")
    return out.getvalue()


def arrive(settings: Settings, *, to: str, sender: str, files: dict[str, bytes]) -> None:
    """A mail with these files comes in. Each claims to be a picture."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, "Re: met bijlage"
    mail.set_content("Zie bijlage.")
    for name, content in files.items():
        mail.add_attachment(content, maintype="image", subtype="png", filename=name)
    arrives(mail.as_bytes().replace(b"\n", b"\r\n"), settings=settings, recipient=to, sender=sender)
