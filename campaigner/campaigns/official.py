"""Petitions that a parliament or the European Union collects itself: explained, linked, their counts told.

A signature there is given on the official site or form, with an identity card, and checked there. We never imitate
that: no form of ours takes it, no name and no national number comes here, only how many there are. Official counts
are never added to ours. The thresholds stand in law: of 2 May 2019 and 29 November 2022 (Chamber), the rules of
procedure of the Flemish Parliament, Regulation (EU) 2019/788 (European citizens' initiative).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from campaigner.campaigns import turns
from campaigner.campaigns.models import BATCH_KINDS, Campaign, OfficialBatch, OfficialPetition
from campaigner.campaigns.sites import origin
from campaigner.core.clock import today
from campaigner.core.db import db
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import LazyString, country
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import service as staff

EUROPE = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
MOST = 100_000_000  # in one count: more is a slip of the keyboard


@dataclass(frozen=True, slots=True)
class Route:
    """An official way: how it is called and explained, where it is, and how many it takes."""

    name: LazyString
    sites: tuple[str, ...]  # hosts, or the ends of hosts
    goal: int
    asks: LazyString
    how: LazyString
    regions: dict[str, int] = field(default_factory=dict)  # code -> how many of them are wanted from there


ROUTES = {
    "chamber": Route(
        _l("Petition to the Chamber of Representatives"),
        ("dekamer.be", "lachambre.be", "mijnopinie.belgium.be", "monopinion.belgium.be"),
        25_000,
        _l("From 25,000 signatures on the Chamber hears whoever started it: 14,500 of them from Flanders, 2,500 from "
           "Brussels and 8,000 from Wallonia."),
        _l("You sign on the site of the Chamber with eID or itsme, or by hand on the Chamber’s own form. You are 16 or "
           "older and live in Belgium."),
        {"flanders": 14_500, "brussels": 2_500, "wallonia": 8_000},
    ),
    "flemish_parliament": Route(
        _l("Petition to the Flemish Parliament"),
        ("vlaamsparlement.be",),
        15_000,
        _l("From 15,000 signatures on the Flemish Parliament must hear whoever started it."),
        _l("What counts is a signature by hand, with name and first name, under exactly this text. Read the conditions "
           "on the site of the Flemish Parliament."),
        {"all": 15_000},
    ),
    "eci": Route(
        _l("European citizens’ initiative"),
        ("europa.eu",),
        1_000_000,
        _l("From a million signatures on, with enough of them in at least seven countries, the European Commission "
           "must answer."),
        _l("You sign in the system of the European Union itself, with your identity card or your details, as a citizen "
           "of the European Union."),
        dict.fromkeys(EUROPE, 0),
    ),
}  # fmt: skip
REGIONS = {
    "flanders": _l("Flanders"), "brussels": _l("Brussels"), "wallonia": _l("Wallonia"), "all": _l("Everywhere"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A region of an official petition: how many there are, and how many are wanted (0: no number of its own)."""

    code: str
    count: int
    wanted: int

    @property
    def name(self) -> str:
        """How the region is called, in the language in force."""
        return region_name(self.code)


@dataclass(frozen=True, slots=True)
class Standing:
    """An official petition with its counts."""

    petition: OfficialPetition
    route: Route
    total: int
    parts: tuple[Part, ...]
    as_of: date | None

    @property
    def is_open(self) -> bool:
        """True while people can still sign there."""
        return self.petition.closes_on is None or self.petition.closes_on >= today()

    @property
    def batches(self) -> list[tuple[OfficialBatch, str]]:
        """Every count with the name of its region, the latest first."""
        return [(batch, region_name(batch.region)) for batch in self.petition.batches]


def region_name(code: str) -> str:
    """How a region is called, in the language in force."""
    return str(REGIONS.get(code) or country(code))


def link(campaign: Campaign, *, route: str, url: str, closes_on: date | None, by: int) -> OfficialPetition:
    """Say where an official petition of this campaign is, or change that. Returns it.

    Raises DomainError when the address is not on the official site: a look-alike must never stand on our page.
    """
    if route not in ROUTES:
        raise DomainError(_l("Choose one."))
    if not _is_official(route, url):
        raise DomainError(
            _l("This address is not on the official site: %(sites)s.", sites=", ".join(ROUTES[route].sites))
        )
    turns.take(campaign)
    row = next((each for each in _all(campaign.id) if each.route == route), None)
    if row is None:
        row = OfficialPetition(campaign_id=campaign.id, route=route)
        db.session.add(row)
    row.url, row.closes_on = url, closes_on
    db.session.flush()
    _record(row, "official petition linked", by=by, route=route)
    return row


def unlink(campaign: Campaign, petition_id: int, *, by: int) -> None:
    """Take an official petition off the page, with its counts. Raises NotFound."""
    row = of_campaign(campaign.id, petition_id)
    _record(row, "official petition removed", by=by, route=row.route, batches=len(row.batches))
    db.session.delete(row)
    db.session.flush()


def enter(
    petition: OfficialPetition, *, region: str, kind: str, count: int, day: date, source: str, by: int
) -> OfficialBatch:
    """Enter a count: sheets that were handed in (they add up), or what the site showed that day (the latest stands).

    Raises DomainError for a region that this route does not count, a day to come, no source, or an absurd number.
    """
    if region not in ROUTES[petition.route].regions or kind not in BATCH_KINDS:
        raise DomainError(_l("Choose one."))
    if not 0 < count <= MOST:
        raise DomainError(_l("Choose a number from %(low)s to %(high)s.", low=1, high=MOST))
    if day > today():
        raise DomainError(_l("This day is still to come."))
    if not source:
        raise DomainError(_l("Say where this number comes from."))
    row = OfficialBatch(region=region, kind=kind, count=count, day=day, source=source)
    petition.batches.append(row)
    db.session.flush()
    _record(petition, "official count entered", by=by, batch=row.id, region=region, kind=kind, count=count)
    return row


def strike(petition: OfficialPetition, batch_id: int, *, by: int) -> None:
    """Take a count out that was entered by mistake. Raises NotFound."""
    row = next((each for each in petition.batches if each.id == batch_id), None)
    if row is None:
        raise NotFound(_l("This count is no longer here."))
    _record(petition, "official count struck", by=by, batch=row.id, region=row.region, kind=row.kind, count=row.count)
    petition.batches.remove(row)
    db.session.flush()


def of_campaign(campaign_id: int, petition_id: int) -> OfficialPetition:
    """An official petition of this campaign. Raises NotFound."""
    row = db.session.get(OfficialPetition, petition_id)
    if row is None or row.campaign_id != campaign_id:
        raise NotFound(_l("This official petition is no longer here."))
    return row


def standings(campaign_id: int) -> tuple[Standing, ...]:
    """The official petitions of a campaign with their counts, in the order of ROUTES."""
    rows = sorted(_all(campaign_id), key=lambda row: list(ROUTES).index(row.route))
    return tuple(_standing(row) for row in rows)


def _standing(row: OfficialPetition) -> Standing:
    route = ROUTES[row.route]
    counted = _counted(row.batches)
    parts = tuple(
        Part(code, counted.get(code, 0), wanted)
        for code, wanted in route.regions.items()
        if wanted or counted.get(code)
    )
    as_of = max((batch.day for batch in row.batches), default=None)
    return Standing(row, route, sum(counted.values()), parts, as_of)


def _counted(batches: Iterable[OfficialBatch]) -> dict[str, int]:
    """Per region: all sheets, and what the site showed last. Batches come with the latest day first."""
    found: dict[str, int] = {}
    shown: set[str] = set()
    for batch in batches:
        if batch.kind == "online" and batch.region in shown:
            continue
        if batch.kind == "online":
            shown.add(batch.region)
        found[batch.region] = found.get(batch.region, 0) + batch.count
    return found


def _all(campaign_id: int) -> list[OfficialPetition]:
    rows = select(OfficialPetition).where(OfficialPetition.campaign_id == campaign_id)
    return list(db.session.scalars(rows.options(selectinload(OfficialPetition.batches))))


def _is_official(route: str, url: str) -> bool:
    found = origin(url)
    if found is None or not found.startswith("https://") or "@" in urlsplit(url).netloc:
        return False
    host = found.removeprefix("https://").partition(":")[0]
    return any(host == site or host.endswith(f".{site}") for site in ROUTES[route].sites)


def _record(row: OfficialPetition, what: str, *, by: int, **detail: object) -> None:
    staff.record(account_id=by, what=what, about=f"campaign:{row.campaign_id}", detail=detail)
