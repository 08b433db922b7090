"""Bounces, complaints and answers as servers and people write them, about a delivery of ours."""

from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent / "mails"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))
TO = "an@bestemming.example"
VERP = "bounces+b-1-2-aaaaaaaaaaaaaaaa@fos.example"
MESSAGE_ID = "<0123456789abcdef@fos.example>"


def mail(name: str, *, to: str = TO, verp: str = VERP, message_id: str = MESSAGE_ID) -> bytes:
    """One of them, with CRLF line ends."""
    written = Template((FOLDER / f"{name}.eml").read_text(encoding="utf-8"))
    return written.substitute(to=to, verp=verp, message_id=message_id).replace("\n", "\r\n").encode()
