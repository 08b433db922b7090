"""Which rows a turn holds: claimed with a lease, marked before the first byte, given back when unused.

What a crash can do is known for every state: CLAIMED was provably never offered and is READY again;
INFLIGHT may or may not have arrived and becomes UNKNOWN, which follows the mailing's own policy and is
never silently sent twice.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, LargeBinary, and_, column, func, select, text, update

from campaigner.core.crypto import keyring
from campaigner.core.db import db, transaction
from campaigner.outbox import outcomes, pace, runs
from campaigner.outbox.models import Delivery, Mailing, unsent
from campaigner.outbox.runs import Run
from campaigner.spelling import Cap, Relay

CAPPED = "frequency cap"
UNSENT = ("ready", "deferred")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Taken = tuple[str, str, datetime]  # recipient, provider, when it was due

SEALED = ("address", "first_name", "message")
PURPOSES = ("email", "first_name", "message")

# `ctid` is where a row lies: locked as it is, it stays there until the statement ends.
CLAIM = text("""
    WITH due AS (
        SELECT ctid FROM delivery
        WHERE mailing_id = :mailing AND state IN ('ready', 'deferred')
            AND not_before > :past AND not_before <= clock_timestamp()
            AND (cast(:only AS text) IS NULL OR provider = :only) AND provider <> ALL(cast(:but AS text[]))
            AND EXISTS (SELECT FROM mailing WHERE id = :mailing AND state = 'sending' AND epoch = :epoch)
        ORDER BY not_before LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE delivery
    SET state = 'claimed', worker = :worker, epoch = :epoch, lease_until = clock_timestamp() + :lease
    FROM due WHERE delivery.ctid = due.ctid
    RETURNING recipient, provider, not_before
""")


def claim(run: Run, relay: Relay) -> list[str] | None:
    """Take ready rows for this turn, as many as the paces allow. Others skip them; leases end by the database's clock.

    Returns their recipients; [] when nothing is due, None when something may be due and no token is left.
    """
    with transaction():
        if run.queue != "bulk":
            taken = _take(run, run.claim)
            pace.spend(relay, len(taken))
            return [recipient for recipient, _, _ in taken]
        allowed = pace.allowance(relay, run.claim)
        if allowed.none:
            return None if _due(run) else []
        taken = _share(run, allowed)
        allowed.taken(Counter(provider for _, provider, _ in taken))
        run.past = max((due for _, _, due in taken), default=None) if not allowed.providers else None
        if not taken and allowed.providers and _due(run):
            return None
        return [recipient for recipient, _, _ in taken]


def _share(run: Run, allowed: pace.Allowance) -> list[Taken]:
    """First whom we write to slowly, each its own share; then all others. Who had nothing due is not asked again."""
    taken: list[Taken] = []
    for name, most in [*allowed.providers.items(), ("", run.claim)]:
        most = min(most, allowed.whole - len(taken))
        if most < 1 or name in run.dry:
            continue
        found = _take(run, most, only=name) if name else _take(run, most, but=list(allowed.providers))
        taken += found
        if not found and allowed.providers:
            run.dry.add(name)
    return taken


def _take(run: Run, most: int, *, only: str = "", but: Sequence[str] = ()) -> list[Taken]:
    """Claim at most so many, of one provider or of all but some.

    A long send leaves the index full of rows that are done: what this turn has claimed up to is
    skipped first, and looked at again only when nothing is left beyond it.
    """
    for past in (run.past, LONG_AGO) if run.past is not None else (LONG_AGO,):
        taken = db.session.execute(
            CLAIM,
            {
                "mailing": run.mailing_id, "epoch": run.epoch, "worker": run.worker, "lease": runs.LEASE,
                "most": most, "past": past, "only": only or None, "but": list(but),
            },
        ).all()  # fmt: skip
        if taken:
            break
    return [(recipient, provider, due) for recipient, provider, due in taken]


def _due_rows(run: Run) -> ColumnElement[bool]:
    return and_(
        Delivery.mailing_id == run.mailing_id,
        Delivery.state.in_(UNSENT),
        Delivery.not_before <= func.clock_timestamp(),
    )


def _runs(run: Run) -> ColumnElement[bool]:
    """The mailing goes on, and nobody has paused, resumed or stopped it since this turn began."""
    goes_on = select(Mailing.id).where(
        Mailing.id == run.mailing_id, Mailing.state == "sending", Mailing.epoch == run.epoch
    )
    return goes_on.exists()


def _due(run: Run) -> bool:
    return db.session.execute(select(Delivery.recipient).where(_due_rows(run)).limit(1)).first() is not None


# One statement looks at everything that may have changed since the freeze: a pause (by the epoch), an unsubscription or
# a dead address, the frequency cap (alerts have no quota). IS NOT DISTINCT FROM keeps the planner, whose statistics are
# always behind a send, from looking through all rows that are held: the keys are known.
INTEND = text("""
    WITH mine AS MATERIALIZED (
        SELECT recipient,
            EXISTS (
                SELECT FROM suppression
                WHERE suppression.mailbox = delivery.mailbox AND suppression.organisation_id IN (0, :sender)
            ) AS shut,
            :days > 0 AND (
                SELECT count(*) FROM delivery AS other
                WHERE other.mailbox = delivery.mailbox AND other.mailing_id <> :mailing AND other.quota IS NULL
                    AND other.state IN ('sent', 'inflight', 'unknown')
                    AND other.offered_at > clock_timestamp() - make_interval(days => :days)
            ) >= :most AS capped
        FROM delivery
        WHERE mailing_id = :mailing AND recipient = ANY(:recipients) AND worker = :worker
            AND state IS NOT DISTINCT FROM 'claimed'
    )
    UPDATE delivery SET
        state = CASE WHEN NOT (shut OR capped) THEN 'inflight'
            WHEN uncertain_at IS NOT NULL THEN 'unknown' ELSE 'suppressed' END,
        reply = CASE WHEN capped AND NOT shut THEN :words ELSE reply END,
        settled_at = CASE WHEN shut OR capped THEN clock_timestamp() END,
        worker = CASE WHEN shut OR capped THEN NULL ELSE worker END,
        lease_until = clock_timestamp() + :lease,
        attempts = attempts + 1,
        offered_at = coalesce(offered_at, clock_timestamp())
    FROM mine
    WHERE delivery.mailing_id = :mailing AND delivery.recipient = mine.recipient
        AND worker = :worker AND state IS NOT DISTINCT FROM 'claimed'
        AND EXISTS (SELECT FROM mailing WHERE id = :mailing AND state = 'sending' AND epoch = :epoch)
    RETURNING delivery.recipient, state, address, first_name, language, variant, message, provider, mailbox, attempts,
        offered_at, uncertain_at IS NOT NULL
""").columns(
    Delivery.recipient, Delivery.state, *(column(name, LargeBinary) for name in SEALED[:2]), Delivery.language,
    Delivery.variant, column(SEALED[2], LargeBinary), Delivery.provider, Delivery.mailbox, Delivery.attempts,
    Delivery.offered_at, column("doubted", Boolean),
)  # fmt: skip


# Two alerts that reach the same mailboxes at the same moment would not see each other's mails: one waits for the other.
ONE_BY_ONE = text("""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT hashtextextended(encode(mailbox, 'hex'), 0) AS key FROM delivery
        WHERE mailing_id = :mailing AND recipient = ANY(:recipients) ORDER BY key
    ) AS keys
""")


class Held(NamedTuple):
    """A delivery of a group, still sealed: whoever writes it opens it, and one that cannot be opened fails alone."""

    recipient: str
    state: str
    address: Any  # sealed: bytes; opened: str; None when there is none
    first_name: Any
    language: str
    variant: str
    message: Any
    provider: str
    mailbox: bytes
    attempts: int
    offered_at: datetime
    doubted: bool  # an earlier attempt may have arrived

    def opened(self) -> "Held":
        """With what is personal in clear. Raises KeyError when a key is gone, InvalidTag when something was altered."""
        address, first_name, message = (
            None if sealed is None else keyring.decrypt(bytes(sealed), purpose)
            for sealed, purpose in zip((self.address, self.first_name, self.message), PURPOSES, strict=True)
        )
        return self._replace(address=address, first_name=first_name, message=message)


def intend(run: Run, recipients: list[str], cap: Cap | None) -> list[Held] | None:
    """Mark a group INFLIGHT, to be committed before its first byte; leave out whoever must not be written to any more.

    Returns the rows to send, None when the mailing was paused or stopped. `cap` is what `effective` says.
    """
    if cap is not None:
        db.session.execute(ONE_BY_ONE, {"mailing": run.mailing_id, "recipients": recipients})
    capped = cap or Cap(most=1, days=0)
    marked = db.session.execute(
        INTEND,
        {
            "mailing": run.mailing_id, "epoch": run.epoch, "worker": run.worker, "sender": run.sender,
            "recipients": recipients, "most": capped.most, "days": capped.days, "words": CAPPED, "lease": runs.LEASE,
        },
    ).all()  # fmt: skip
    if not marked and not db.session.execute(select(_runs(run))).scalar():
        return None
    return [Held(*row) for row in marked if row.state == "inflight"]


def effective(run: Run, cap: Cap | None) -> Cap | None:
    """The cap, if anybody can have reached it: when fewer other alerts have left within its days, nobody has."""
    if cap is None or run.queue != "bulk":
        return None
    since = func.clock_timestamp() - timedelta(days=cap.days)
    others = select(func.count()).where(
        Mailing.kind.is_(None), Mailing.id != run.mailing_id, Mailing.started_at.is_not(None),
        Mailing.done_at.is_(None) | (Mailing.done_at > since),
    )  # fmt: skip
    return cap if db.session.execute(others).scalar_one() >= cap.most else None


def give_back(run: Run, reply: str | None = None) -> None:
    """Rows still claimed were never offered: others may have them."""
    with transaction():
        db.session.execute(
            update(Delivery)
            .where(Delivery.mailing_id == run.mailing_id, Delivery.worker == run.worker, Delivery.state == "claimed")
            .values(
                state="ready", worker=None, not_before=func.clock_timestamp(), **({"reply": reply} if reply else {})
            )
            .execution_options(synchronize_session=False)
        )


def expire() -> int:
    """Leases that ran out: CLAIMED is READY again, INFLIGHT is UNKNOWN (or READY where the policy is to resend).

    Returns how many rows were moved. Part of the reconciler's round.
    """
    held = Delivery.state.in_(("claimed", "inflight"))
    out = and_(held, Delivery.lease_until < func.clock_timestamp())
    resend = select(Mailing.id).where(Mailing.unknown_policy == "resend", Mailing.state.in_(("sending", "paused")))
    stopped = select(Mailing.id).where(Mailing.state == "cancelled")
    lost = and_(out, Delivery.state == "inflight")
    words = "the worker died while the mail was under way"
    at = func.clock_timestamp()
    moves = (
        ((out, Delivery.state == "claimed"), {"state": "ready", "worker": None, "not_before": at}),
        (
            (lost, Delivery.mailing_id.in_(resend), Delivery.attempts < outcomes.RESEND_AT_MOST),
            {"state": "ready", "worker": None, "not_before": at, "reply": words, "uncertain_at": at},
        ),
        ((lost,), {"state": "unknown", "settled_at": at, "reply": words}),
        (
            (Delivery.mailing_id.in_(stopped), Delivery.state.in_(UNSENT)),
            {"state": unsent("cancelled"), "settled_at": at, "worker": None},
        ),
    )
    return sum(_move(condition, values) for condition, values in moves)


def _move(condition: tuple[ColumnElement[bool], ...], values: dict[str, Any]) -> int:
    moved: Any = db.session.execute(
        update(Delivery).where(*condition).values(**values).execution_options(synchronize_session=False)
    )
    return int(moved.rowcount)
