"""Who gets an alert: a narrow row a person that is counted at once, audiences with a name, tags; and imports of people.

`reach` is a copy. What it is a copy of is said once, by the view `reach_truth`; triggers keep it true, statement by
statement, and the nightly check compares the two. Whoever freezes an audience asks the ledger all the same.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What a first name of no letters weighs as ciphertext: the key's name with its length, 12 bytes of nonce, 16 of tag.
TRUTH = """
CREATE VIEW reach_truth AS
SELECT s.id AS supporter_id, done.acts, CASE WHEN s.country = 'BE' AND s.postcode ~ '^[0-9]{4}$'
           THEN s.postcode::smallint ELSE 0::smallint END AS post,
       done.channels, octet_length(s.first_name) <= get_byte(s.first_name, 0) + 29 AS nameless, s.language,
       other.twin, done.first_act, done.last_act, said.yes, said.yes_on, done.asks, done.acted_on, done.locals,
       closed.dead, closed.shut, marked.tags
FROM supporter s
CROSS JOIN LATERAL (
    SELECT count(*)::int AS acts, min(day) AS first_act, max(day) AS last_act,
           array_agg(ask_id ORDER BY confirmed_at DESC, ask_id) AS asks,
           array_agg(day ORDER BY confirmed_at DESC, ask_id) AS acted_on,
           coalesce(bit_or(bit), 0)::smallint AS channels,
           array_agg(DISTINCT organisation_id ORDER BY organisation_id) FILTER (WHERE organisation_id IS NOT NULL)
               AS locals
    FROM (
        SELECT a.ask_id, a.confirmed_at, (a.confirmed_at AT TIME ZONE 'Europe/Brussels')::date AS day,
               CASE a.channel WHEN 'web' THEN 1 WHEN 'widget' THEN 2 WHEN 'paper' THEN 4 WHEN 'event' THEN 8
                   ELSE 16 END AS bit, p.organisation_id
        FROM action a LEFT JOIN placement p ON p.id = a.placement_id
        WHERE a.supporter_id = s.id AND a.state = 'confirmed'
    ) AS each
) AS done
CROSS JOIN LATERAL (
    SELECT array_agg(organisation_id ORDER BY organisation_id) AS yes,
           array_agg((changed_at AT TIME ZONE 'Europe/Brussels')::date ORDER BY organisation_id) AS yes_on
    FROM permission p WHERE p.supporter_id = s.id AND p.purpose = 'mail' AND p.value
) AS said
CROSS JOIN LATERAL (
    SELECT array_agg(organisation_id ORDER BY organisation_id) FILTER (WHERE reason = 'dead address') AS dead,
           array_agg(organisation_id ORDER BY organisation_id) FILTER (WHERE reason <> 'dead address') AS shut
    FROM suppression q WHERE q.mailbox = s.mailbox
) AS closed
CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) > 1 THEN min(id) END AS twin FROM supporter o WHERE o.mailbox = s.mailbox
) AS other
CROSS JOIN LATERAL (SELECT array_agg(tag ORDER BY tag) AS tags FROM supporter_tag g WHERE g.supporter_id = s.id) AS marked
WHERE done.acts > 0 OR said.yes IS NOT NULL;
"""
COLUMNS = (
    "supporter_id, acts, post, channels, nameless, language, twin, first_act, last_act, yes, yes_on, asks, acted_on, "
    "locals, dead, shut, tags"
)
# Who is new gets a row in one statement. Who has one is locked first and looked at afterwards, with a snapshot of its
# own: of two changes at the same time the second one sees the first.
REFRESH = f"""
CREATE FUNCTION reach_refresh(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rest bigint[];
BEGIN
    IF ids IS NULL THEN
        RETURN;
    END IF;
    WITH fresh AS (
        INSERT INTO reach ({COLUMNS})
        SELECT {COLUMNS} FROM reach_truth WHERE supporter_id = ANY (ids) ORDER BY supporter_id
        ON CONFLICT DO NOTHING RETURNING supporter_id
    )
    SELECT array_agg(id) INTO rest FROM unnest(ids) AS id WHERE id NOT IN (SELECT supporter_id FROM fresh);
    IF rest IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM reach WHERE supporter_id = ANY (rest) ORDER BY supporter_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE reach r SET ({COLUMNS}) = (
        t.supporter_id, t.acts, t.post, t.channels, t.nameless, t.language, t.twin, t.first_act, t.last_act, t.yes,
        t.yes_on, t.asks, t.acted_on, t.locals, t.dead, t.shut, t.tags
    ) FROM reach_truth t WHERE t.supporter_id = r.supporter_id AND t.supporter_id = ANY (rest);
    DELETE FROM reach r WHERE supporter_id = ANY (rest)
        AND NOT EXISTS (SELECT FROM reach_truth t WHERE t.supporter_id = r.supporter_id);
END
$$;
"""  # noqa: S608 - names of columns
# table -> (what of a changed row concerns the copy, its people). `came` and `went` are the rows after and before.
PEOPLE = {
    "action": "SELECT supporter_id FROM {rows} WHERE state = 'confirmed'",
    "permission": "SELECT supporter_id FROM {rows} WHERE purpose = 'mail'",
    "suppression": "SELECT s.id FROM {rows} c JOIN supporter s ON s.mailbox = c.mailbox",
    "supporter_tag": "SELECT supporter_id FROM {rows} JOIN reach USING (supporter_id)",
}
# A new person concerns those who share the mailbox, and nobody else: there is nothing to count of them yet.
TWINS = "SELECT o.id FROM {rows} c JOIN supporter o ON o.mailbox = c.mailbox AND o.id <> c.id"
CHANGED = """
    SELECT c.id FROM came c JOIN went w ON w.id = c.id WHERE (c.language, c.postcode, c.country, c.mailbox,
        octet_length(c.first_name)) IS DISTINCT FROM (w.language, w.postcode, w.country, w.mailbox,
        octet_length(w.first_name))
    UNION SELECT o.id FROM came c JOIN went w ON w.id = c.id AND w.mailbox <> c.mailbox
        JOIN supporter o ON o.mailbox IN (c.mailbox, w.mailbox)
"""
EVENTS = {"insert": ("came",), "delete": ("went",), "update": ("came", "went")}
TABLES = {"came": "NEW TABLE AS came", "went": "OLD TABLE AS went"}


def _triggers() -> list[tuple[str, str, str]]:
    """(table, event, whose rows to look at again), for every trigger."""
    found = [
        (table, event, " UNION ".join(people.format(rows=rows) for rows in names))
        for table, people in PEOPLE.items()
        for event, names in EVENTS.items()
    ]
    found += [("supporter", "insert", TWINS.format(rows="came")), ("supporter", "delete", TWINS.format(rows="went"))]
    return [*found, ("supporter", "update", CHANGED)]


def upgrade() -> None:
    op.create_table(
        "supporter_tag",
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tag <> '' AND char_length(tag) <= 60", name=op.f("ck_supporter_tag_tag")),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_supporter_tag_supporter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("supporter_id", "tag", name=op.f("pk_supporter_tag")),
    )
    op.create_index(op.f("ix_supporter_tag_tag"), "supporter_tag", ["tag"])
    op.create_table(
        "audience",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_audience_name")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_audience_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience")),
        sa.UniqueConstraint("name", name=op.f("uq_audience_name")),
    )
    op.create_index(op.f("ix_audience_owner_id"), "audience", ["owner_id"])
    op.add_column("alert", sa.Column("rule", postgresql.JSONB(), nullable=True))
    op.add_column("alert", sa.Column("audience_seen", postgresql.JSONB(), nullable=True))
    _reach()
    _imports()


def _reach() -> None:
    op.create_table(
        "reach",
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), server_default=sa.text("'epoch'"), nullable=False),
        sa.Column("weary_until", sa.DateTime(timezone=True), server_default=sa.text("'epoch'"), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("post", sa.SmallInteger(), nullable=False),
        sa.Column("channels", sa.SmallInteger(), nullable=False),
        sa.Column("nameless", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("twin", sa.BigInteger(), nullable=True),
        sa.Column("first_act", sa.Date(), nullable=True),
        sa.Column("last_act", sa.Date(), nullable=True),
        sa.Column("yes", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("yes_on", postgresql.ARRAY(sa.Date()), nullable=True),
        sa.Column("asks", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("acted_on", postgresql.ARRAY(sa.Date()), nullable=True),
        sa.Column("locals", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("dead", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("shut", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_reach_supporter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("supporter_id", name=op.f("pk_reach")),
    )
    op.create_table(
        "reach_mark",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_reach_mark_mailing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_reach_mark")),
    )
    op.execute(TRUTH)
    op.execute(REFRESH)
    op.execute(f"INSERT INTO reach ({COLUMNS}) SELECT {COLUMNS} FROM reach_truth")  # noqa: S608 - names of columns
    for table, event, people in _triggers():
        tables = " ".join(TABLES[name] for name in EVENTS[event])
        op.execute(f"""
            CREATE FUNCTION {table}_reach_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM reach_refresh(array_agg(DISTINCT id)) FROM ({people}) AS people (id);
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER reach_{event} AFTER {event.upper()} ON {table} REFERENCING {tables}
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_reach_{event}();
        """)


def _imports() -> None:
    op.create_table(
        "people_import",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reading", postgresql.JSONB(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'importing', 'done', 'undoing', 'undone')",
            name=op.f("ck_people_import_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_people_import_organisation_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_people_import_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_import")),
    )
    op.create_table(
        "people_import_part",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["people_import.id"], name=op.f("fk_people_import_part_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_people_import_part")),
    )
    op.create_table(
        "people_import_row",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("consent_id", sa.BigInteger(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["people_import.id"], name=op.f("fk_people_import_row_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "supporter_id", name=op.f("pk_people_import_row")),
    )


def downgrade() -> None:
    op.drop_table("people_import_row")
    op.drop_table("people_import_part")
    op.drop_table("people_import")
    for table, event, _people in _triggers():
        op.execute(f"DROP TRIGGER reach_{event} ON {table}; DROP FUNCTION {table}_reach_{event}();")
    op.execute("DROP FUNCTION reach_refresh(bigint[]); DROP VIEW reach_truth;")
    op.drop_table("reach_mark")
    op.drop_table("reach")
    op.drop_column("alert", "audience_seen")
    op.drop_column("alert", "rule")
    op.drop_index(op.f("ix_audience_owner_id"), "audience")
    op.drop_table("audience")
    op.drop_index(op.f("ix_supporter_tag_tag"), "supporter_tag")
    op.drop_table("supporter_tag")
