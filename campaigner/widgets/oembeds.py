"""What a program should show for an address that somebody pasted (oembed.com, version 1.0).

A placement's address gives a card and a frame, as programs that trust nobody expect it: they show the card until
the frame says how high it is. Any other campaign's address gives a link: no site is listed for it.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import current_app, url_for

from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Placement
from campaigner.campaigns.queries import Page
from campaigner.config import LANGUAGES, Settings
from campaigner.core import web
from campaigner.widgets import codes, look, queries

PATH = re.compile(r"/(?:[sw]/(?P<key>[\w-]{1,40})|(?P<lang>[a-z]{2})/c/(?P<slug>[\w-]{1,120}))/?", re.ASCII)
WIDTH, NARROWEST, LOWEST = 640, 280, 224
CACHE_AGE = 3600  # seconds
LONGEST = 2000


def told(url: str, *, maxwidth: int | None, maxheight: int | None, script: bool) -> dict[str, Any] | None:
    """The answer for an address; None for one that is none of ours or not public.

    `script`: link and script instead of card and frame, for a site whose keeper trusts us.
    """
    read = _read(url)
    if read is None:
        return None
    placement, page, chosen = read
    common = {
        "version": "1.0", "title": page.title, "provider_name": _settings().host_name,
        "provider_url": f"{_settings().public_url}/", "cache_age": CACHE_AGE,
        "thumbnail_url": _settings().public_url
        + url_for("feeds.picture", lang=page.text_language, slug=page.campaign.slug),
        "thumbnail_width": 1200, "thumbnail_height": 630,
    }  # fmt: skip
    if placement is None:
        return {**common, "type": "link"}
    web.remember_language(chosen.get("lang", placement.language))
    width, height = max(NARROWEST, min(WIDTH, maxwidth or WIDTH)), codes.usual_height(placement, chosen)
    height = max(codes.STRIP, min(height, maxheight or height))
    if height < LOWEST:
        chosen = {**chosen, "size": "strip"}
    framed = codes.plain_frame(placement, chosen, width=str(width), height=height)
    html = codes.snippet(placement, chosen) if script else codes.card(placement, chosen) + framed
    return {
        **common, "type": "rich", "author_name": placement.organisation.name, "html": html, "width": width,
        "height": height,
    }  # fmt: skip


def _read(url: str) -> tuple[Placement | None, Page, dict[str, str]] | None:
    """The placement, if the address carries one, the public campaign, and what the address chose."""
    try:
        parts = urlsplit(url[:LONGEST])
    except ValueError:
        return None
    path = PATH.fullmatch(parts.path)
    if parts.scheme not in ("http", "https") or parts.netloc != urlsplit(_settings().public_url).netloc or not path:
        return None
    asked = dict(parse_qsl(parts.query, max_num_fields=20)) if parts.query.count("&") < 20 else {}
    chosen = look.chosen(asked)
    if path["slug"]:
        return _of_page(path["slug"], path["lang"], asked.get("p"))
    placement = queries.placement(path["key"])
    page = campaigns.page(placement.campaign.slug, chosen.get("lang", placement.language)) if placement else None
    return (placement, page, chosen) if page else None


def _of_page(slug: str, lang: str, key: str | None) -> tuple[Placement | None, Page, dict[str, str]] | None:
    page = campaigns.page(slug, lang) if lang in LANGUAGES else None
    if page is None:
        return None
    placement = queries.placement(key) if key else None
    if placement is not None and placement.campaign_id != page.campaign.id:
        placement = None
    return placement, page, {"lang": lang}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
