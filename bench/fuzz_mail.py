"""A hundred thousand mails that nobody should have written, read as if a stranger had sent them.

    python -m bench.fuzz_mail            # or with a folder of other samples: python -m bench.fuzz_mail FOLDER

Each is a sample of tests/mailroom/mails (or of the folder), damaged: bytes changed, cut, doubled, lines
moved, parts nested, fields of other samples put in. Counted are the mails on which reading raised
anything, the slowest one, and the addresses that would have been shut wrongly. Wrongly: without an
address that we made, for another mailbox than that of the delivery, or on a mail in which no code of a
dead address stands at all.
"""

import contextlib
import os
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

from campaigner.core import addresses
from campaigner.core.crypto import keyring
from campaigner.mailroom import consequences, reading
from campaigner.outbox import verp

FOLDER = Path(__file__).parent.parent / "tests" / "mailroom" / "mails"
HOME, TO, VICTIM = "bounces@fos.example", "an@bestemming.example", "slachtoffer@elders.example"
NAMES = re.compile(r"\$(verp|to|message_id)\b")
DEAD = re.compile(rb"5\s*\.\s*(?:1\s*\.\s*(?:1|3|6|10)|2\s*\.\s*1)")
ODD = (
    b"\x00", b"\xff\xfe", b"\r", b"\n\n", b"--", b"=?utf-8?B?////?=", b"=?x?Q?=00?=", b"<>", b"\xed\xa0\x80", b"=\n",
    b"Content-Type: multipart/report; boundary=x\n", b"Content-Type: message/delivery-status\n", b"boundary*=x'y'%FF;",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n", b"charset=idna",
    b"Content-Disposition: attachment; filename*0*=a'b'%E4; filename*1=\n", b"Final-Recipient: rfc822;", b"4.2.2",
    b"Action: failed\n", b"Status: 5.1.1\n", b"Status: 5.7.1\n", b";", b"\"", b"(", b"\\", b"@", b"+" * 300,
)  # fmt: skip
KINDS = {"bounce", "complaint", "disposition", "automatic", "letter", "unreadable"}


def run(*, quick: bool, dice: random.Random | None = None, folder: Path = FOLDER) -> dict[str, int | float]:
    """Read them all. Returns how many there were, how many crashed or were shut wrongly, and the slowest in ms."""
    dice = dice or random.Random()
    if not keyring._fingerprint_key:
        keyring.use((("fuzz", os.urandom(32)),), os.urandom(32))
    seeds = [path.read_bytes() for path in sorted(folder.glob("*.*")) if path.suffix in (".eml", ".txt")]
    counts: Counter[str] = Counter(dict.fromkeys(("mails", "crashes", "wrong suppressions", "shut", *sorted(KINDS)), 0))
    slowest = 0.0
    for _ in range(2_000 if quick else 100_000):
        slowest = max(slowest, _one(seeds, dice, counts))
    return {**counts, "slowest ms": round(slowest * 1000, 1)}


def _one(seeds: list[bytes], dice: random.Random, counts: Counter[str]) -> float:
    token = verp.seal(dice.randrange(1, 10**6), str(dice.randrange(1, 10**7)), "b", HOME) or ""
    forged = token[: token.index("@") - 2] + "zz@fos.example"
    whose = {"verp": dice.choice([token, forged, HOME]), "to": dice.choice([TO, VICTIM])}
    filled = {**whose, "message_id": "<a@fos.example>"}
    whole = NAMES.sub(lambda found: filled[found[1]], dice.choice(seeds).decode("latin-1")).encode("latin-1")
    raw = _damaged(whole, seeds, dice)
    envelope = dice.choice([token, forged, HOME, ""])
    began = time.process_time()
    try:
        found = reading.read(raw, sender=dice.choice([None, "", TO]))
        about = consequences.addressed_to(envelope, found)
        verdict = consequences.verdict(addresses.fingerprint(TO), found.notices)
    except Exception as error:  # that there is none is what is counted
        counts["crashes"] += 1
        print(f"crash: {type(error).__name__}: {error}", file=sys.stderr)
        return time.process_time() - began
    spent = time.process_time() - began
    counts["mails"] += 1
    counts[found.kind] += 1
    proven = about is not None and about.purpose == "b"
    if proven and found.kind == "bounce" and verdict == "hard":
        counts["shut"] += 1
        ours = token in (envelope, filled["verp"])
        plain = bytes(byte for byte in raw.lower() if byte >= 0x20)  # as header lines are read: without controls
        counts["wrong suppressions"] += not (ours and TO.encode() in plain and DEAD.search(raw))
    return spent


def _damaged(raw: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    """The mail after one to eight accidents; sometimes whole."""
    text = bytearray(raw.replace(b"\n", dice.choice([b"\n", b"\r\n"])))
    for _ in range(dice.choice([0, 1, 1, 2, 3, 5, 8])):
        at = dice.randrange(len(text) + 1)
        accident = dice.randrange(9)
        if accident == 0:
            text[at : at + dice.randrange(1, 30)] = b""
        elif accident == 1:
            text[at : at + 1] = dice.randbytes(dice.randrange(1, 6))
        elif accident == 2:
            text[at:at] = dice.choice(ODD) * dice.choice([1, 1, 1, 40])
        elif accident == 3:
            del text[at:]
        elif accident == 4:
            text[at:at] = text[at : at + dice.randrange(1, 600)] * dice.choice([1, 2, 20])
        elif accident == 5:
            lines = text.splitlines(keepends=True)
            dice.shuffle(lines)
            text = bytearray(b"".join(lines)) if dice.random() < 0.2 else text
        elif accident == 6:
            other = dice.choice(seeds)
            start = dice.randrange(len(other) or 1)
            text[at:at] = other[start : start + dice.randrange(1, 400)]
        elif accident == 7:
            text = bytearray(b"Content-Type: multipart/mixed; boundary=q\n\n--q\n" * dice.choice([1, 5, 60]) + text)
        else:
            with contextlib.suppress(ValueError):
                text[text.index(b":", at) :][:1] = dice.choice([b"", b" ", b"::"])
    return bytes(text)


def main() -> int:
    """Print the counts. Returns 1 when reading crashed or an address was shut wrongly."""
    quick, seed = bool(os.environ.get("QUICK")), int(os.environ.get("SEED") or time.time())
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    print(f"mails that nobody should have written, seed {seed}")
    counts = run(quick=quick, dice=random.Random(seed), folder=folder)
    for name, number in counts.items():
        print(f"{number:>12,}  {name}")
    return 1 if counts["crashes"] or counts["wrong suppressions"] else 0


if __name__ == "__main__":
    sys.exit(main())
