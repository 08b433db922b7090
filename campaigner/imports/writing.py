"""A batch of people into the database: COPY into a table of its own, then one statement a table.

What the ledger already says stands. A yes is added only where nothing was ever answered, by nobody behind that
mailbox, and where the mailbox is open: an import never turns a no into a yes, and never lifts a suppression.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from campaigner.core.db import db
from campaigner.imports.person import Ready

COLUMNS = "mailbox, person, email, first_name, last_name, nameless, postcode, country, language, provider, said_at"
TABLE = """
CREATE TEMPORARY TABLE incoming (
    at integer GENERATED ALWAYS AS IDENTITY, mailbox bytea, person bytea, email bytea, first_name bytea,
    last_name bytea, nameless boolean, postcode text, country text, language text, provider text, said_at timestamptz
) ON COMMIT DROP
"""
# One line a person of this batch; whoever has no name there is whoever is known behind the mailbox.
CHOSEN = """
CREATE TEMPORARY TABLE people ON COMMIT DROP AS
SELECT DISTINCT ON (i.mailbox, coalesce(k.person, i.person)) i.*, k.id AS known_id,
       coalesce(k.person, i.person) AS who, nextval('supporter_id_seq') AS fresh_id
FROM incoming i LEFT JOIN LATERAL (
    SELECT id, person FROM supporter s
    WHERE s.mailbox = i.mailbox AND (s.person = i.person OR i.nameless) ORDER BY s.person <> i.person, s.id LIMIT 1
) AS k ON true
ORDER BY i.mailbox, coalesce(k.person, i.person), (i.said_at IS NULL), i.at
"""
PEOPLE = """
INSERT INTO supporter (id, mailbox, person, email, first_name, last_name, postcode, country, language, provider,
                       is_example, created_at)
SELECT fresh_id, mailbox, who, email, first_name, last_name, postcode, country, language, provider, false, :now
FROM people WHERE known_id IS NULL ORDER BY at
ON CONFLICT (mailbox, person) DO NOTHING
"""
# Somebody else may have made them a moment ago.
MET = """
UPDATE people p SET known_id = s.id FROM supporter s
WHERE p.known_id IS NULL AND s.mailbox = p.mailbox AND s.person = p.who AND s.id <> p.fresh_id
"""
STANDING = """
CREATE TEMPORARY TABLE standing ON COMMIT DROP AS
WITH said AS MATERIALIZED (
    SELECT p.mailbox, s.id, a.value FROM people p
    CROSS JOIN LATERAL (SELECT id FROM supporter s WHERE s.mailbox = p.mailbox OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT value FROM permission a
        WHERE a.supporter_id = s.id AND a.organisation_id = :organisation AND a.purpose = 'mail' OFFSET 0
    ) AS a
), refusing AS MATERIALIZED (SELECT DISTINCT mailbox FROM said WHERE NOT value),
answering AS MATERIALIZED (SELECT DISTINCT id FROM said)
SELECT coalesce(p.known_id, p.fresh_id) AS supporter_id, p.known_id IS NULL AS is_new, p.language, p.said_at,
       q.mailbox IS NOT NULL AS shut, a.id IS NOT NULL AS answered, f.mailbox IS NOT NULL AS refused,
       r.supporter_id IS NOT NULL AS twice, nextval('consent_id_seq') AS consent_id
FROM people p
LEFT JOIN LATERAL (
    SELECT mailbox FROM suppression q WHERE q.mailbox = p.mailbox AND q.organisation_id IN (0, :organisation) LIMIT 1
) AS q ON true
LEFT JOIN refusing f ON f.mailbox = p.mailbox
LEFT JOIN answering a ON a.id = p.known_id
LEFT JOIN LATERAL (
    SELECT supporter_id FROM people_import_row r WHERE r.import_id = :import AND r.supporter_id = p.known_id OFFSET 0
) AS r ON true
"""
ALLOWED = "said_at IS NOT NULL AND CAST(:text AS bigint) IS NOT NULL AND NOT (shut OR answered OR refused)"
TAGS = """
INSERT INTO supporter_tag (supporter_id, tag, created_at)
SELECT supporter_id, :tag, :now FROM standing WHERE CAST(:tag AS text) IS NOT NULL
ON CONFLICT DO NOTHING RETURNING supporter_id
"""
CONSENT = f"""
INSERT INTO consent (id, supporter_id, organisation_id, purpose, value, verified, text_id, text_sha256, language,
                     channel, evidence, created_at)
SELECT consent_id, supporter_id, :organisation, 'mail', true, true, :text, :sha256, language, :channel, :evidence,
       said_at
FROM standing WHERE {ALLOWED} ORDER BY consent_id
"""  # noqa: S608 - our own words
ROWS = f"""
WITH marked AS ({TAGS})
INSERT INTO people_import_row (import_id, supporter_id, is_new, consent_id, tag)
SELECT :import, s.supporter_id, s.is_new, CASE WHEN {ALLOWED} THEN s.consent_id END,
       CASE WHEN m.supporter_id IS NOT NULL THEN :tag END
FROM standing s LEFT JOIN marked m USING (supporter_id) ORDER BY s.supporter_id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
PERMISSION = f"""
INSERT INTO permission (supporter_id, organisation_id, purpose, value, consent_id, changed_at)
SELECT supporter_id, :organisation, 'mail', true, consent_id, said_at FROM standing WHERE {ALLOWED}
ORDER BY supporter_id ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
COUNTS = f"""
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND NOT twice), count(*) FILTER (WHERE twice),
       count(*) FILTER (WHERE {ALLOWED}), count(*) FILTER (WHERE shut AND NOT twice),
       count(*) FILTER (WHERE refused AND NOT shut AND NOT twice),
       count(*) FILTER (WHERE NOT shut AND NOT refused AND NOT answered AND NOT ({ALLOWED}) AND NOT twice)
FROM standing
"""  # noqa: S608 - our own words
OUTCOMES = ("new", "known", "twice", "mailable", "shut", "refused", "unproven")


@dataclass(frozen=True, slots=True)
class Into:
    """Where a batch goes: the import, whose mails it is about, and the proof (`text_id` None: there is none)."""

    import_id: int
    organisation_id: int
    text_id: int | None
    text_sha256: str | None
    channel: str
    evidence: str
    tag: str | None


def write(batch: Sequence[Ready], into: Into, *, now: datetime) -> dict[str, int]:
    """Write a batch in the transaction that is open. Returns how many of OUTCOMES there were."""
    return _through(batch, into, now, keep=True)


def count(batch: Sequence[Ready], into: Into, *, now: datetime) -> dict[str, int]:
    """What `write` would count. Writes nothing."""
    return _through(batch, into, now, keep=False)


def _through(batch: Sequence[Ready], into: Into, now: datetime, *, keep: bool) -> dict[str, int]:
    values: dict[str, Any] = {
        "import": into.import_id, "organisation": into.organisation_id, "text": into.text_id,
        "sha256": into.text_sha256, "channel": into.channel, "evidence": into.evidence, "tag": into.tag, "now": now,
    }  # fmt: skip
    # Tables that grow faster than PostgreSQL counts them: each look-up is by an index, whatever it believes.
    _run("SET LOCAL enable_seqscan = off", "DROP TABLE IF EXISTS incoming, people, standing", TABLE)
    _copy(batch)
    _run(CHOSEN)
    if keep:
        _run(PEOPLE, MET, values=values)
    _run("ANALYZE people", STANDING, values=values)
    if keep:
        _run(CONSENT, ROWS, PERMISSION, values=values)
    row = db.session.execute(text(COUNTS), {"text": into.text_id}).one()
    found = dict(zip(OUTCOMES, map(int, row), strict=True))
    found["twice"] += len(batch) - found["new"] - found["known"] - found["twice"]
    return found


def _run(*statements: str, values: dict[str, Any] | None = None) -> None:
    for statement in statements:
        clause = text(statement)
        names = clause.compile().params
        db.session.execute(clause, {name: value for name, value in (values or {}).items() if name in names})


def _copy(batch: Sequence[Ready]) -> None:
    """COPY, in PostgreSQL's binary form: no escaping of ciphertext."""
    driver: Any = db.session.connection().connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY incoming ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(
            ["bytea", "bytea", "bytea", "bytea", "bytea", "bool", "text", "text", "text", "text", "timestamptz"]
        )
        for row in batch:
            copy.write_row((
                row.mailbox, row.person, row.email, row.first_name, row.last_name, row.nameless, row.postcode,
                row.country, row.language, row.provider, row.said_at,
            ))  # fmt: skip
