"""How fast we write, and to whom not just now: true token buckets for the whole, per relay and per provider.

The buckets are rows, so all workers on all machines share them; where there is no row nothing is
slowed and nothing is locked. Only bulk mail waits for tokens. Service mail takes them without asking,
so that alerts make way for a confirmation and never the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.outbox.models import Pace, Pulse
from campaigner.spelling import Relay, WarmUp

ALL = "all"
FLOOR = 0.1  # messages a second: nobody is slowed below six a minute
UNKNOWN_RATE = 20.0  # what we take as the rate so far where nothing was measured
HALVED_AT_MOST_EACH = timedelta(seconds=30)  # one storm of answers is one sign
RECOVERS_EACH = timedelta(seconds=60)
RECOVERY = 1.25
FIRST_REST = timedelta(seconds=10)
LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may be claimed now: `whole` together, and of the providers that have a limit at most so many each."""

    whole: int
    providers: Mapping[str, int] = field(default_factory=dict)
    paces: Sequence[Pace] = ()

    @property
    def none(self) -> bool:
        """Nothing may be claimed now."""
        return self.whole < 1

    def taken(self, by_provider: Mapping[str, int]) -> None:
        """So many were claimed of each: the tokens are gone."""
        number = sum(by_provider.values())
        for pace in self.paces:
            if pace.rate is not None:
                name = pace.key.partition(":")[2]
                pace.tokens -= by_provider.get(name, 0) if pace.key.startswith("provider:") else number


def relay_key(relay: Relay) -> str:
    """The key of a relay's pace."""
    return f"relay:{relay.name}"


def provider_key(name: str) -> str:
    """The key of a provider's pace."""
    return f"provider:{name}"


def allowance(relay: Relay, most: int) -> Allowance:
    """What one worker may claim for this relay now, within its transaction: the buckets stay locked until it ends."""
    keys = Pace.key.in_([ALL, relay_key(relay)]) | Pace.key.startswith("provider:")
    if db.session.execute(select(Pace.key).where(keys).limit(1)).first() is None:
        return Allowance(most)
    query = select(Pace, func.clock_timestamp()).where(keys).order_by(Pace.key).with_for_update()
    whole, providers, paces = most, {}, []
    for pace, at in db.session.execute(query.execution_options(populate_existing=True)):
        tokens = _filled(pace, at, most)
        paces.append(pace)
        if pace.key.startswith("provider:"):
            providers[pace.key.partition(":")[2]] = tokens
        else:
            whole = min(whole, tokens)
    return Allowance(whole, providers, paces)


def _filled(pace: Pace, at: datetime, most: int) -> int:
    """How many whole tokens there are, after filling up to this moment. None while it rests; `most` without a rate."""
    if pace.rate is not None:
        passed = max(0.0, (at - pace.refilled_at).total_seconds())
        pace.tokens = min(pace.burst, pace.tokens + passed * pace.rate)
        pace.refilled_at = at
    if pace.rest_until is not None and pace.rest_until > at:
        return 0
    return most if pace.rate is None else max(0, int(pace.tokens))


def spend(relay: Relay, number: int) -> None:
    """Service mail went out: it waits for nobody, and bulk mail waits a little longer for it."""
    theirs = (Pace.key.in_((ALL, relay_key(relay))), Pace.rate.is_not(None))
    if number and _in_order(*theirs):
        query = update(Pace).where(*theirs).values(tokens=Pace.tokens - number)
        db.session.execute(query.execution_options(synchronize_session=False))


def _in_order(*theirs: ColumnElement[bool]) -> bool:
    """Lock these rows in the order in which everybody locks them. Returns whether there are any."""
    return bool(db.session.execute(select(Pace.key).where(*theirs).order_by(Pace.key).with_for_update()).all())


def open_relays(relays: Sequence[Relay]) -> list[Relay]:
    """Those that do not rest; of these those that have a token, if any has."""
    at = func.clock_timestamp()
    passed = func.extract("epoch", at - Pace.refilled_at)
    spent = Pace.rate.is_not(None) & (func.least(Pace.burst, Pace.tokens + passed * Pace.rate) < 1)
    query = select(Pace.key, Pace.rest_until > at, spent).where(Pace.key.startswith("relay:"))
    found = {key: (rests, empty) for key, rests, empty in db.session.execute(query)}
    serving = [relay for relay in relays if not found.get(relay_key(relay), (False, False))[0]]
    return [relay for relay in serving if not found.get(relay_key(relay), (False, False))[1]] or serving


def rest(key: str, words: str) -> timedelta | None:
    """The server serves nobody now: leave it alone, each time in a row twice as long.

    Returns how long; None when it rests already, because somebody else has just found out the same.
    """
    pace = _locked(key)
    at = now()
    fresh = pace.rest_until is None or at - pace.rest_until > LONGEST_REST
    if not fresh and pace.rest_until is not None and pace.rest_until > at:
        return None
    pace.rests = 1 if fresh else pace.rests + 1
    length: timedelta = min(FIRST_REST * 2 ** min(pace.rests - 1, 8), LONGEST_REST)
    pace.rest_until, pace.reason = at + length, words
    return length


def reached(key: str) -> None:
    """The server takes mail: its next rest, if any, is a short one again."""
    query = update(Pace).where(Pace.key == key, Pace.rests > 0, Pace.rest_until < func.clock_timestamp())
    db.session.execute(query.values(rests=0, rest_until=None, reason=None))


def slow(key: str, words: str) -> float:
    """The server says that we are too fast: half the rate from now on. Returns the rate, in messages a second."""
    pace = _locked(key)
    at = now()
    if pace.slowed_at is None or at - pace.slowed_at > HALVED_AT_MOST_EACH:
        before = pace.rate if pace.rate is not None else _rate_so_far(key)
        pace.ceiling = pace.ceiling or before
        pace.rate = max(FLOOR, before / 2)
        pace.burst = max(1.0, pace.rate)
        pace.tokens = min(pace.tokens, 0.0)
        pace.slowed_at, pace.reason = at, words
    assert pace.rate is not None
    return pace.rate


def _locked(key: str) -> Pace:
    db.session.execute(insert(Pace).values(key=key, tokens=0.0).on_conflict_do_nothing())
    return db.session.get_one(Pace, key, with_for_update=True, populate_existing=True)


def _rate_so_far(key: str) -> float:
    """Messages a second that went there in the last two minutes."""
    since = now() - timedelta(minutes=2)
    query = select(func.coalesce(func.sum(Pulse.number), 0)).where(Pulse.minute > since, Pulse.state == "sent")
    if key.startswith("provider:"):
        query = query.where(Pulse.provider == key.partition(":")[2])
    return max(float(db.session.execute(query).scalar_one()) / 120, UNKNOWN_RATE)


def keep(settings: Settings, relays: Sequence[Relay]) -> None:
    """Part of the reconciler's round: what the operator set holds, and whoever was slowed recovers little by little."""
    _in_order()
    wanted = {provider_key(name): rate for name, rate in settings.mail_provider_rates}
    wanted |= {relay_key(relay): relay.rate for relay in relays if relay.rate is not None}
    whole = [rate for rate in (settings.mail_rate, _warm(settings.mail_warmup)) if rate is not None]
    if whole:
        wanted[ALL] = min(whole)
    day = settings.mail_warmup is not None and wanted.get(ALL) == _warm(settings.mail_warmup)
    for key, rate in wanted.items():
        ramp = key == ALL and day
        _set(key, rate, burst=rate * 86_400 if ramp else max(1.0, rate), filled=ramp)
    _no_longer_set(wanted)
    _recover()


def _warm(warmup: WarmUp | None) -> float | None:
    """What the ramp allows today, in messages a second over the day. Half of it may be spent at once."""
    if warmup is None:
        return None
    days = (now().date() - warmup.since).days
    if days > 20:  # a million times the first day
        return None
    return float(warmup.first_day * 2 ** max(0, days) / 2 / 86_400)


def _set(key: str, rate: float, *, burst: float, filled: bool) -> None:
    """The limit that the operator set. `filled`: a changed one begins with all its tokens (a new day of the ramp)."""
    fresh = insert(Pace).values(
        key=key, rate=rate, ceiling=rate, burst=burst, tokens=burst, is_set=True, refilled_at=func.clock_timestamp()
    )
    db.session.execute(fresh.on_conflict_do_nothing())
    changed = update(Pace).where(Pace.key == key, (Pace.ceiling != rate) | ~Pace.is_set | Pace.ceiling.is_(None))
    slower = case((Pace.slowed_at.is_not(None), func.least(func.coalesce(Pace.rate, rate), rate)), else_=rate)
    tokens = case((Pace.slowed_at.is_(None), burst), else_=Pace.tokens) if filled else func.least(Pace.tokens, burst)
    db.session.execute(changed.values(rate=slower, ceiling=rate, burst=burst, tokens=tokens, is_set=True))


def _no_longer_set(wanted: Mapping[str, float | None]) -> None:
    gone = update(Pace).where(Pace.is_set, Pace.key.not_in(list(wanted)))
    db.session.execute(gone.values(is_set=False, rate=None, ceiling=None, slowed_at=None))


def _recover() -> None:
    """A quarter faster each minute without complaint. A limit that nobody set ends at the rate it began from."""
    calm = (Pace.rate.is_not(None), Pace.slowed_at < func.clock_timestamp() - RECOVERS_EACH)
    faster = func.least(Pace.rate * RECOVERY, Pace.ceiling)
    grown = update(Pace).where(*calm).values(
        rate=faster, burst=func.greatest(1.0, faster), slowed_at=func.clock_timestamp()
    )  # fmt: skip
    db.session.execute(grown.execution_options(synchronize_session=False))
    whole = Pace.rate >= Pace.ceiling
    db.session.execute(
        update(Pace).where(whole, Pace.slowed_at.is_not(None), Pace.is_set).values(slowed_at=None, reason=None)
    )
    no_rest = Pace.rest_until.is_(None) | (Pace.rest_until < func.clock_timestamp() - LONGEST_REST)
    db.session.execute(
        update(Pace).where(whole, ~Pace.is_set).values(rate=None, ceiling=None, slowed_at=None, reason=None)
    )
    db.session.execute(delete(Pace).where(~Pace.is_set, Pace.rate.is_(None), no_rest))
