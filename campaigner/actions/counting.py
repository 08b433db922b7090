"""The one statement of the counter: from what was entered to the journals, the places and the tallies."""

from sqlalchemy import text

COUNT = text("""
    WITH gone AS (
        DELETE FROM journal_entry RETURNING ask_id, day, region, organisation_id, channel, placement_id, change
    ), journals AS (
        INSERT INTO journal (ask_id, day, region, organisation_id, channel, confirmed)
        SELECT ask_id, day, region, organisation_id, channel, sum(change) FROM gone GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (ask_id, day, region, organisation_id, channel)
            DO UPDATE SET confirmed = journal.confirmed + excluded.confirmed
    ), places AS (
        INSERT INTO placement_journal (placement_id, ask_id, day, channel, confirmed)
        SELECT placement_id, ask_id, day, channel, sum(change) FROM gone
        JOIN placement ON placement.id = placement_id GROUP BY 1, 2, 3, 4
        ON CONFLICT (placement_id, ask_id, day, channel)
            DO UPDATE SET confirmed = placement_journal.confirmed + excluded.confirmed
    ), tallies AS (
        INSERT INTO tally (ask_id, confirmed, paper, counted_at)
        SELECT ask_id, sum(change), coalesce(sum(change) FILTER (WHERE channel = 'paper'), 0), clock_timestamp()
        FROM gone GROUP BY 1
        ON CONFLICT (ask_id) DO UPDATE SET confirmed = tally.confirmed + excluded.confirmed,
            paper = tally.paper + excluded.paper, counted_at = excluded.counted_at
    )
    SELECT count(*) FROM gone
""")
