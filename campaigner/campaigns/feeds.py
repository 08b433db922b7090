"""What other programs follow: the news as Atom (RFC 4287), the dates as iCalendar (RFC 5545), the map of all pages."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from campaigner.campaigns import events, queries
from campaigner.campaigns.life import best
from campaigner.campaigns.models import Campaign, CampaignText, Event, Update
from campaigner.campaigns.photos import Shown
from campaigner.campaigns.queries import PUBLIC_STATES, SOFT_HYPHEN
from campaigner.core import web
from campaigner.core.clock import day_of, now
from campaigner.core.db import db
from campaigner.core.i18n import gettext as _
from campaigner.core.text import markdown

AT_MOST = 40  # entries in a feed
UNXML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
FOLD = 75  # octets in a line: RFC 5545, 3.1


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of news. `html` is safe; `language` is the one it is written in."""

    id: str
    url: str
    title: str
    language: str
    html: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the life of a campaign; with `starts_at` something at an hour, `called_off` when it does not go on."""

    uid: str
    url: str
    title: str
    day: date
    changed_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""
    language: str = ""
    called_off: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """A public campaign on the map: in which languages it can be read, and when it last changed."""

    slug: str
    languages: tuple[str, ...]
    default: str
    changed_at: datetime


def news(language: str, *, slug: str | None = None) -> list[Entry]:
    """The news of one campaign or of all, the latest first, each piece in the best language there is."""
    found = [entry for campaign in _public(slug) for entry in _entries(campaign, language)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:AT_MOST]


def _entries(campaign: Campaign, language: str) -> list[Entry]:
    text = _text(campaign, language)
    if text is None:
        return []
    url = _url(campaign, language)
    updates = [
        Entry(
            id=f"{url}#update-{row.number}", url=f"{url}#update-{row.number}", title=plain(row.title),
            language=row.language, html=plain(f"{_picture(row.photo)}{markdown(row.body)}"),
            author=plain(row.author), at=row.published_at,
        )
        for row in queries.updates(campaign, language)
    ]  # fmt: skip
    began = campaign.opened_at or campaign.created_at
    start = Entry(
        id=url, url=url, title=plain(text.title), language=text.language, author=plain(campaign.lead.name), at=began,
        html=plain(markdown(f"{text.summary}\n\n{text.story}")),
    )  # fmt: skip
    return [*updates, start]


def _picture(photo: Shown | None) -> str:
    """The photo of a piece of news, from our own house: once it is taken off, its address gives nothing any more."""
    if photo is None:
        return ""
    address = web.absolute("photos.picture", key=photo.key, width=photo.width)
    size = f'width="{photo.width}" height="{photo.height}"'
    credit = escape(_("Photo: %(name)s", name=photo.credit)) if photo.credit else ""
    told = f"<figcaption>{credit}</figcaption>" if credit else ""
    alt = f'lang="{photo.language}" alt="{escape(photo.alt)}"'
    return f'<figure><img src="{address}" {size} {alt}>{told}</figure>'


def days(language: str, *, slug: str | None = None) -> list[Day]:
    """The dates of one campaign or of all, the earliest first."""
    found = [day for campaign in _public(slug) for day in _days(campaign, language)]
    return sorted(found, key=lambda day: (day.changed_at, day.uid))


def _days(campaign: Campaign, language: str) -> list[Day]:
    text = _text(campaign, language)
    if text is None:
        return []
    title = plain(text.title)
    ended = {
        "won": _("Won: %(title)s", title=title),
        "handed_over": _("Handed over: %(title)s", title=title),
    }.get(campaign.state, _("Campaign closes: %(title)s", title=title))
    dates = (
        ("opens", campaign.opened_at, _("Campaign opens: %(title)s", title=title)),
        ("ends", campaign.closed_at, ended),
    )
    url = _url(campaign, language)
    host = url.split("/")[2]
    known = [
        Day(f"{campaign.slug}-{name}@{host}", url, words, day_of(moment), moment)
        for name, moment, words in dates
        if moment is not None
    ]
    return known + [_planned(row, campaign, language, url, title) for row in events.all_of([campaign.id])]


def _planned(row: Event, campaign: Campaign, language: str, url: str, title: str) -> Day:
    """Something planned, under an id that stays when its words or its hour change."""
    code = best(row.words, language, campaign.source_language)
    words = plain(row.words[code])
    said = _("Hand-over: %(what)s", what=words) if row.kind == "handover" else f"{words} ({title})"
    return Day(
        f"{campaign.slug}-date-{row.id}@{url.split('/')[2]}", f"{url}#dates", said, day_of(row.starts_at),
        row.changed_at, row.starts_at, events.ends(row), plain(row.place), code, bool(row.cancelled_at),
    )  # fmt: skip


def calendar(found: list[Day], *, title: str, language: str) -> str:
    """An iCalendar of whole days, and of what is planned at an hour."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Campaigner//Campaigns//EN", "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(title)}", "REFRESH-INTERVAL;VALUE=DURATION:P1D",
    ]  # fmt: skip
    for day in found:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{day.uid}",
            f"DTSTAMP:{day.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"SEQUENCE:{int(day.changed_at.timestamp())}",
            *_when(day),
            f"SUMMARY;LANGUAGE={day.language or language}:{_escaped(day.title)}",
            *([f"LOCATION:{_escaped(day.place)}"] if day.place else []),
            f"STATUS:{'CANCELLED' if day.called_off else 'CONFIRMED'}",
            f"URL:{day.url}",
            "END:VEVENT",
        ]
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _when(day: Day) -> list[str]:
    """An hour in UTC, so that no time zone has to be described; or a whole day, which blocks nobody's calendar."""
    if day.starts_at is None or day.ends_at is None:
        return [
            f"DTSTART;VALUE=DATE:{day.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.day + timedelta(days=1):%Y%m%d}",
            "TRANSP:TRANSPARENT",
        ]
    moments = (moment.astimezone(UTC) for moment in (day.starts_at, day.ends_at))
    return [f"{name}:{moment:%Y%m%dT%H%M%SZ}" for name, moment in zip(("DTSTART", "DTEND"), moments, strict=True)]


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11."""
    return re.sub(r"([\\;,])", r"\\\1", " ".join(text.split()))


def _folded(line: str) -> list[str]:
    """A line in parts of at most 75 octets, none of which ends inside a letter; what follows begins with a space."""
    parts, held = [], ""
    for letter in line:
        if len((held + letter).encode()) > FOLD:
            parts.append(held)
            held = " "
        held += letter
    return [*parts, held]


def mapped() -> list[Mapped]:
    """Every public campaign that is no example, with the languages it can be read in."""
    found = []
    for campaign in _public(None):
        languages = tuple(sorted(text.language for text in campaign.texts if text.state == "published"))
        if languages and not campaign.is_example:
            source = campaign.source_language
            default = source if source in languages else languages[0]
            found.append(Mapped(campaign.slug, languages, default, _changed(campaign)))
    return sorted(found, key=lambda one: one.slug)


def _changed(campaign: Campaign) -> datetime:
    latest = select(Update.published_at).where(Update.campaign_id == campaign.id, Update.published_at <= now())
    update = db.session.scalar(latest.order_by(Update.published_at.desc()).limit(1))
    moments = (update, campaign.opened_at, campaign.closed_at, campaign.created_at)
    return max(moment for moment in moments if moment is not None)


def _public(slug: str | None) -> list[Campaign]:
    """One public campaign or all of them. A slug that names none gives none."""
    rows = select(Campaign).where(Campaign.state.in_(PUBLIC_STATES)).options(selectinload(Campaign.texts))
    return list(db.session.scalars(rows if slug is None else rows.where(Campaign.slug == slug)))


def _text(campaign: Campaign, language: str) -> CampaignText | None:
    texts = {text.language: text for text in campaign.texts if text.state == "published"}
    return texts.get(language) or texts.get(campaign.source_language) or next(iter(texts.values()), None)


def _url(campaign: Campaign, language: str) -> str:
    return web.absolute("actions.campaign", lang=language, slug=campaign.slug)


def plain(text: str) -> str:
    """Without what XML cannot hold, and without the soft hyphens that only a page needs."""
    return UNXML.sub("", str(text)).replace(SOFT_HYPHEN, "")
