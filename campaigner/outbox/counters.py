"""The numbers of a mailing, without counting deliveries: entries that a trigger writes, added up by the reconciler."""

from sqlalchemy import text

from campaigner.core.db import db

FOLD = text("""
    WITH gone AS (
        DELETE FROM delivery_entry RETURNING mailing_id, provider, state, number, date_trunc('minute', at) AS minute
    ), there AS (
        SELECT * FROM gone WHERE EXISTS (SELECT FROM mailing WHERE mailing.id = gone.mailing_id)
    ), counts AS (
        INSERT INTO delivery_count (mailing_id, provider, state, number)
        SELECT mailing_id, provider, state, sum(number) FROM there GROUP BY 1, 2, 3
        ON CONFLICT (mailing_id, provider, state) DO UPDATE SET number = delivery_count.number + excluded.number
    ), minutes AS (
        INSERT INTO pulse (mailing_id, minute, provider, state, number)
        SELECT mailing_id, minute, provider, state, sum(number) FROM there
        WHERE number > 0 AND minute IS NOT NULL AND state IN ('sent', 'deferred', 'failed', 'unknown')
        GROUP BY 1, 2, 3, 4
        ON CONFLICT (mailing_id, minute, provider, state) DO UPDATE SET number = pulse.number + excluded.number
    )
    SELECT count(*) FROM gone
""")
DRIFT = text("""
    WITH counted AS (
        SELECT state, number FROM delivery_count WHERE mailing_id = :mailing
        UNION ALL SELECT state, number FROM delivery_entry WHERE mailing_id = :mailing
        UNION ALL SELECT delivery_counted(state), -1 FROM delivery WHERE mailing_id = :mailing
    )
    SELECT coalesce(sum(abs(off)), 0) FROM (SELECT sum(number) AS off FROM counted GROUP BY state) AS each
""")
TIDY = text("DELETE FROM pulse WHERE minute < clock_timestamp() - interval '90 days'")


def fold() -> int:
    """Add the entries to the counts and to the minutes; return how many entries there were.

    One statement: an entry leaves its table in the very commit that counts it, so a page that reads
    both sees it exactly once. The reconciler's lock makes this a singleton.
    """
    return int(db.session.execute(FOLD).scalar_one())


def drift(mailing_id: int) -> int:
    """How far the numbers are from the ledger itself: 0, always. Counts deliveries, so it is for checks, not pages."""
    return int(db.session.execute(DRIFT, {"mailing": mailing_id}).scalar_one())


def tidy() -> None:
    """Minutes of long ago go; the counts stay."""
    db.session.execute(TIDY)
