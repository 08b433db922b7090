"""The verbs of an import: take a file, say how to read it and what proves the yes, try it, do it, undo it.

Nothing is written about anybody before the dry run was seen. The file is ciphertext from the moment it arrives and
goes when the import is done, or after seven days.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import IO

from sqlalchemy import delete, exists, func, select

from campaigner.actions.models import Action
from campaigner.core.clock import now, today
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.queue import nudge
from campaigner.core.text import one_line
from campaigner.imports import reading
from campaigner.imports.models import BUSY, ImportPart, ImportRow, PeopleImport
from campaigner.imports.person import Defaults, noon
from campaigner.imports.writing import Into
from campaigner.organisations.models import Organisation
from campaigner.outbox import service as outbox
from campaigner.supporters import service as supporters
from campaigner.supporters import texts
from campaigner.supporters.models import CHANNELS, Consent, Permission, Supporter, SupporterTag

PART = 256 * 1024  # bytes
LARGEST = 64 * 1024 * 1024  # bytes through the browser: half a million people; the command takes any file
KEPT = timedelta(days=7)
RUN = "campaigner.imports.jobs.run"
UNDONE_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that the people of a file said yes: the words they read, when, how, and where that is kept."""

    words: str
    said_on: str  # a day as 2026-01-31: of all whose line has no day of its own; "" where only lines have one
    channel: str
    source: str
    language: str = "nl"
    tag: str = ""

    @property
    def is_there(self) -> bool:
        """Whether anybody may be mailed because of it."""
        return bool(self.words and self.source)


def get(import_id: int) -> PeopleImport:
    """The import. Raises NotFound."""
    found = db.session.get(PeopleImport, import_id, populate_existing=True)
    if found is None:
        raise NotFound(_l("There is no such import."))
    return found


def latest() -> Sequence[PeopleImport]:
    """The newest imports first."""
    return db.session.scalars(select(PeopleImport).order_by(PeopleImport.id.desc()).limit(100)).all()


def upload(
    stream: IO[bytes], *, name: str, organisation_id: int, account_id: int | None, at_most: int | None = LARGEST
) -> PeopleImport:
    """Keep a file, encrypted, and guess how it is read. Raises Unreadable."""
    if db.session.get(Organisation, organisation_id) is None:
        raise NotFound(_l("There is no such organisation."))
    start = stream.read(PART)
    guessed = reading.guess(start[: reading.LOOKED_AT])
    made = PeopleImport(
        organisation_id=organisation_id, name=one_line(name, at_most=120) or "csv", bytes=0, created_by=account_id,
        reading=guessed.as_json(),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    number, part = 0, start
    while part:
        made.bytes += len(part)
        if at_most is not None and made.bytes > at_most:
            raise reading.Unreadable(_l("The file is too large for the browser. Use the command on the server."))
        piece = ImportPart(import_id=made.id, number=number, content=part.decode("latin-1"))
        db.session.add(piece)
        db.session.flush()
        db.session.expunge(piece)  # a large file need not stay in memory
        number, part = number + 1, stream.read(PART)
    return made


def parts(import_id: int) -> Iterator[bytes]:
    """The file, piece by piece."""
    number = 0
    query = select(ImportPart.content).where(ImportPart.import_id == import_id)
    while (content := db.session.scalar(query.where(ImportPart.number == number))) is not None:
        yield content.encode("latin-1")
        number += 1


def read_as(import_id: int, *, encoding: str, delimiter: str, preset: str) -> PeopleImport:
    """Read the same file in another way: the columns are guessed anew. Raises Conflict, Unreadable."""
    made = _quiet(import_id, "uploaded", "checked")
    if encoding not in reading.ENCODINGS or delimiter not in reading.DELIMITERS:
        raise DomainError(_l("Choose how the file is written."))
    start = next(parts(import_id), b"")[: reading.LOOKED_AT]
    made.reading = reading.named(reading.Reading(encoding, delimiter), start, preset=preset).as_json()
    made.state, made.counts, made.faults = "uploaded", {}, []
    return made


def describe(import_id: int, *, columns: dict[str, list[int]], evidence: Evidence) -> PeopleImport:
    """Say what the columns are and what proves the yes. Raises Conflict, DomainError."""
    made = _quiet(import_id, "uploaded", "checked")
    if not columns.get("email"):
        raise DomainError(_l("Say which column holds the e-mail address."))
    if evidence.channel not in CHANNELS or len(evidence.tag) > 60:
        raise DomainError(_l("Say how they said yes."))
    if evidence.said_on and date.fromisoformat(evidence.said_on) > today():
        raise DomainError(_l("The day they said yes lies in the future."))
    made.reading = {**made.reading, "columns": columns}
    made.evidence = asdict(evidence)
    made.state, made.counts, made.faults = "uploaded", {}, []
    return made


def check(import_id: int) -> None:
    """The dry run: every line is looked at, nothing is written. Raises Conflict."""
    made = _quiet(import_id, "uploaded", "checked")
    if made.evidence is None:
        raise Conflict(_l("Say first what the columns are."))
    _begin(made, "checking")


def start(import_id: int) -> None:
    """Bring them in. Raises Conflict before a dry run."""
    _begin(_quiet(import_id, "checked"), "importing")


def undo(import_id: int) -> None:
    """Take away what it added. Raises Conflict."""
    _begin(_quiet(import_id, "done"), "undoing")


def throw_away(import_id: int) -> None:
    """An import that brought nobody in: the file goes at once. Raises Conflict."""
    db.session.delete(_quiet(import_id, "uploaded", "checked"))


def _begin(made: PeopleImport, state: str) -> None:
    made.state, made.position = state, 0
    if state != "undoing":
        made.counts, made.faults = {}, []
    nudge(RUN, made.id, queue="default")


def _quiet(import_id: int, *states: str) -> PeopleImport:
    """The import, locked, when it is in one of these states. Raises NotFound, Conflict."""
    made = get(import_id)
    db.session.flush()
    db.session.refresh(made, with_for_update={"of": PeopleImport})
    if made.state not in states:
        raise Conflict(_l("This import is busy, or past that. Look at its page."))
    return made


def how(made: PeopleImport) -> reading.Reading:
    """How its file is read."""
    return reading.Reading(**made.reading)


def sample(import_id: int, number: int) -> list[list[str]]:
    """The first lines after the header, for whoever says what the columns are."""
    start = next(parts(import_id), b"")[: reading.LOOKED_AT]
    try:
        rows = itertools.islice(reading.lines([start], how(get(import_id))), 1, 1 + number)
        return [[cell[:40] for cell in row] for _line, row in rows]
    except reading.Unreadable:
        return []


def day_of(made: PeopleImport) -> date | None:
    """The day that its proof names."""
    said_on = (made.evidence or {}).get("said_on")
    return date.fromisoformat(said_on) if said_on else None


def defaults(made: PeopleImport) -> Defaults:
    """What a line of it says that says nothing."""
    proof = Evidence(**(made.evidence or {}))
    on = noon(date.fromisoformat(proof.said_on)) if proof.said_on else None
    return Defaults(language=proof.language, said_at=min(on, now()) if on else None)


def into(made: PeopleImport) -> Into:
    """Where its people go, with the text they read as a row of the consent texts."""
    proof = Evidence(**(made.evidence or {}))
    words = None
    if proof.is_there:
        words = texts.ensure(
            "mail", organisation_id=made.organisation_id, organisation=made.organisation.name,
            language=proof.language, body=proof.words,
        )  # fmt: skip
    return Into(
        made.id, made.organisation_id, words.id if words else None, words.sha256 if words else None, proof.channel,
        f"import {made.id}: {proof.source}", proof.tag or None,
    )  # fmt: skip


def settle(made: PeopleImport) -> None:
    """The last line was done: the file goes, unless this was the dry run."""
    if made.state == "checking":
        made.state, made.lines = "checked", made.position
    else:
        made.state, made.done_at = "done", now()
        db.session.execute(delete(ImportPart).where(ImportPart.import_id == made.id))


def take_back(made: PeopleImport) -> int:
    """Undo some of it; returns how many people that were: 0, and it is undone.

    The yes that the import added goes while it is still the one that stands. Whoever is here only because of the
    import is forgotten; whoever acted or said anything else since stays.
    """
    rows = db.session.execute(
        select(ImportRow.supporter_id, ImportRow.is_new, ImportRow.consent_id, ImportRow.tag)
        .where(ImportRow.import_id == made.id)
        .order_by(ImportRow.supporter_id)
        .limit(UNDONE_AT_ONCE)
    ).all()
    ids = [row.supporter_id for row in rows]
    added = [row.consent_id for row in rows if row.consent_id is not None]
    active = set(db.session.scalars(select(Action.supporter_id).where(Action.supporter_id.in_(ids))))
    active |= set(db.session.scalars(
        select(Consent.supporter_id).where(Consent.supporter_id.in_(ids), Consent.id.not_in(added))
    ))  # fmt: skip
    gone = _only_ours([row.supporter_id for row in rows if row.is_new and row.supporter_id not in active], made.id)
    for supporter_id in gone:
        supporters.forget(supporter_id)
    _take_yes(added, organisation_id=made.organisation_id)
    tagged = [row.supporter_id for row in rows if row.tag]
    tag = Evidence(**(made.evidence or {})).tag
    db.session.execute(delete(SupporterTag).where(SupporterTag.supporter_id.in_(tagged), SupporterTag.tag == tag))
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == made.id, ImportRow.supporter_id.in_(ids)))
    _add(made, {"forgotten": len(gone), "kept": len(rows) - len(gone)})
    made.position += len(rows)
    if not rows:
        made.state, made.undone_at = "undone", now()
    return len(rows)


def _take_yes(consent_ids: list[int], *, organisation_id: int) -> None:
    """The answers that an import wrote and that still stand: they go, and mails because of them."""
    stands = select(Permission.consent_id).where(Permission.consent_id.in_(consent_ids))
    taken = delete(Consent).where(Consent.id.in_(stands)).returning(Consent.supporter_id)
    for supporter_id in db.session.scalars(taken).all():
        outbox.spare(str(supporter_id), organisation_id=organisation_id)


def _only_ours(ids: list[int], import_id: int) -> list[int]:
    """Those of them whom no other import brought as well."""
    other = exists().where(ImportRow.supporter_id == Supporter.id, ImportRow.import_id != import_id)
    return list(db.session.scalars(select(Supporter.id).where(Supporter.id.in_(ids), ~other).order_by(Supporter.id)))


def _add(made: PeopleImport, more: dict[str, int]) -> None:
    made.counts = {**made.counts, **{name: made.counts.get(name, 0) + n for name, n in more.items()}}


def tally(made: PeopleImport, counts: dict[str, int], faults: Sequence[tuple[int, str, str]], *, lines: int) -> None:
    """Add what a batch brought. Of the faults the first two hundred are kept by line, all of them by kind."""
    kinds: dict[str, int] = dict(made.counts.get("faults", {}))
    for _line, field, why in faults:
        kinds[f"{field}: {why}"] = kinds.get(f"{field}: {why}", 0) + 1
    _add(made, counts)
    made.counts = {**made.counts, "faults": kinds}
    made.faults = [*made.faults, *map(list, faults)][:200]
    made.position += lines


def busy() -> Sequence[int]:
    """Imports that run, or whose worker died."""
    return db.session.scalars(select(PeopleImport.id).where(PeopleImport.state.in_(BUSY))).all()


def expire() -> None:
    """Files that were left for a week go; of an import that never ran, everything goes."""
    old = now() - KEPT
    idle = PeopleImport.state.in_(("uploaded", "checked"))
    db.session.execute(delete(PeopleImport).where(idle, PeopleImport.created_at < old))
    stale = select(PeopleImport.id).where(PeopleImport.created_at < old, PeopleImport.state.not_in(BUSY))
    db.session.execute(delete(ImportPart).where(ImportPart.import_id.in_(stale)))


def hold(import_id: int) -> bool:
    """Be the only one who works on it in this transaction; False when another worker is."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(72_045_114, import_id))))
