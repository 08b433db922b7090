"""What the limits of the engine mean to whoever watches a send: words for a provider's stand, notes in plain language.

Reads the pace rows as the engine keeps them: `rest_until` ahead of now is a rest, a rate that a server
brought down is a slowing, any other rate is a limit of our own choosing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from campaigner.core.addresses import OTHER
from campaigner.core.clock import now
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import moment, ngettext, number
from campaigner.outbox.models import Pace
from campaigner.outbox.queries import Progress, Provider

# core.addresses.PROVIDERS by the names that people know.
NAMES: dict[str, Any] = {
    "gmail.com": "Gmail", "outlook.com": _l("Hotmail and Outlook"), "yahoo.com": _l("Yahoo and AOL"),
    "icloud.com": "iCloud", "telenet.be": "Telenet", "proximus.be": _l("Proximus and Skynet"), "voo.be": "VOO",
    "orange.fr": "Orange", "free.fr": "Free", "laposte.net": "La Poste", "ziggo.nl": "Ziggo", "kpnmail.nl": "KPN",
    "gmx.net": _l("GMX and WEB.DE"), "proton.me": "Proton", OTHER: _l("Other mailboxes"),
}  # fmt: skip
FEW = 5  # refusals for now that need no word


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for the page: its point, the rest, and the server's own words."""

    tone: str
    point: str
    rest: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table per mailbox."""

    provider: Provider
    name: Any
    tone: str
    stand: str


def resting(pace: Pace | None) -> bool:
    """Nobody writes there just now."""
    return pace is not None and pace.rest_until is not None and pace.rest_until > now()


def slowed(pace: Pace | None) -> bool:
    """A server said that we were too fast, and we have not come back to what we were."""
    if pace is None or pace.rate is None or pace.slowed_at is None:
        return False
    return pace.ceiling is None or pace.rate < pace.ceiling


def speed(rate: float) -> Any:
    """A rate of so many a second, in words that fit its size."""
    a_minute = round(rate * 60)
    if a_minute:
        return ngettext("%(n)s a minute", "%(n)s a minute", a_minute, n=number(a_minute))
    an_hour = max(1, round(rate * 3600))
    return ngettext("%(n)s an hour", "%(n)s an hour", an_hour, n=number(an_hour))


def label(key: str) -> Any:
    """What a pace is about, in words: everything, a mail server, a provider."""
    kind, _colon, name = key.partition(":")
    if kind == "provider":
        return NAMES.get(name, name)
    return _("Mail server %(name)s", name=name) if kind == "relay" else _("Everything together")


def table(providers: Sequence[Provider], progress: Progress, *, still: bool) -> list[Row]:
    """The providers with their stand. `still`: no mail server takes anything just now."""
    return [Row(each, NAMES.get(each.name, each.name), *_stand(each, progress, still=still)) for each in providers]


def _stand(provider: Provider, progress: Progress, *, still: bool) -> tuple[str, str]:
    if not provider.waiting + provider.deferred:
        return "", _("Finished")
    if progress.state != "sending":
        return "warn", _("Paused") if progress.state == "paused" else _("Stopped")
    if still or resting(provider.pace):
        return "warn", _("Resting")
    if not slowed(provider.pace) and provider.waiting == provider.total:
        return "", _("In the queue")
    return ("warn", _("Slowed down")) if slowed(provider.pace) or _refuses(provider) else ("ok", _("Smooth"))


def _refuses(provider: Provider) -> bool:
    """One in ten of those offered must come back later."""
    offered = provider.sent + provider.failed + provider.deferred
    return provider.deferred >= FEW and provider.deferred * 10 >= offered


def whole(paces: Iterable[Pace], relays: Sequence[str]) -> Pace | None:
    """The pace because of which nothing leaves at all: the one of everything, or the relay that is back first."""
    known = {pace.key: pace for pace in paces}
    if resting(known.get("all")):
        return known["all"]
    at_rest = [known[f"relay:{name}"] for name in relays if resting(known.get(f"relay:{name}"))]
    return min(at_rest, key=lambda pace: pace.rest_until or now()) if at_rest and len(at_rest) == len(relays) else None


def notes(paces: Sequence[Pace], relays: Sequence[str]) -> list[Note]:
    """What the limits of the whole and of the mail servers do to a send that is under way, the gravest first."""
    nothing = whole(paces, relays)
    if nothing is not None:
        return [_all_still(nothing)]
    known = {pace.key: pace for pace in paces}
    servers = [known[f"relay:{name}"] for name in relays if f"relay:{name}" in known]
    found = [_relay_rests(pace) for pace in servers if resting(pace)]
    found += [_slows(pace, alone=len(relays) == 1) for pace in servers if slowed(pace) and not resting(pace)]
    return found + _own_limit(known.get("all"))


def provider_notes(rows: Sequence[Row]) -> list[Note]:
    """Who slows us down or asked us to wait, among those of whom somebody still waits."""
    waiting = [row for row in rows if row.provider.waiting + row.provider.deferred]
    return [_provider(row) for row in waiting if resting(row.provider.pace) or slowed(row.provider.pace)]


def _all_still(pace: Pace) -> Note:
    point = _("The mail server rests until %(moment)s.", moment=moment(pace.rest_until or now()))
    rest = _("It asked us to wait or cannot be reached. Nothing is lost: after that we try again by ourselves.")
    return Note("warn", point, rest, pace.reason or "")


def _relay_rests(pace: Pace) -> Note:
    point = _("%(name)s rests until %(moment)s.", name=label(pace.key), moment=moment(pace.rest_until or now()))
    return Note("warn", point, _("The others carry on meanwhile."), pace.reason or "")


def _provider(row: Row) -> Note:
    pace = row.provider.pace
    assert pace is not None
    if resting(pace):
        point = _("%(name)s: we wait until %(moment)s.", name=row.name, moment=moment(pace.rest_until or now()))
        rest = _("They asked for a pause. After that we go on by ourselves; you need not do anything.")
        return Note("warn", point, rest, pace.reason or "")
    point = _("%(name)s: they slow us down.", name=row.name)
    rest = _("By ourselves we went down to %(speed)s there. You need not do anything.", speed=speed(pace.rate or 0))
    return Note("warn", point, rest, pace.reason or "")


def _slows(pace: Pace, *, alone: bool) -> Note:
    name = _("The mail server") if alone else label(pace.key)
    point = _("%(name)s slows us down.", name=name)
    rest = _("By ourselves we went down to %(speed)s. You need not do anything.", speed=speed(pace.rate or 0))
    return Note("warn", point, rest, pace.reason or "")


def _own_limit(pace: Pace | None) -> list[Note]:
    """What the operator set for all alerts together: a rate, or the ramp of a new sender (a bucket of many hours)."""
    if pace is None or pace.rate is None:
        return []
    if slowed(pace):
        return [_slows(pace, alone=True)]
    if pace.burst > pace.rate * 3600:
        a_day = number(round(pace.burst + pace.rate * 86_400))
        point = _("We send about %(n)s alerts a day at most.", n=a_day)
        return [Note("", point, _("A new sender begins small, and sends twice as many each day."))]
    point = _("We send %(speed)s at most.", speed=speed(pace.rate))
    return [Note("", point, _("That limit was set on purpose, for all alerts together."))]
