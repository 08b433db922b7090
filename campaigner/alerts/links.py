"""Where the links of an alert lead, known without asking anybody: ours are looked up in our own addresses.

No other site is fetched: a request would tell it that an alert is being written, and a server that fetches
what somebody typed can be made to knock at doors behind the firewall (SSRF).
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from flask import current_app
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from campaigner.alerts import markup
from campaigner.campaigns import queries as campaigns
from campaigner.config import Settings

Kind = Literal["act", "ours", "broken", "closed", "elsewhere", "insecure", "mail", "unusable"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link, and where it leads. `site` is the other site's name."""

    address: str
    words: str
    kind: Kind
    site: str = ""


def of(body: str, *, settings: Settings) -> list[Link]:
    """Every link of a text."""
    return [judged(address, words, settings=settings) for address, words in markup.links(body).links]


def judged(address: str, words: str, *, settings: Settings) -> Link:
    """Where one link leads."""
    if address == markup.BUTTON:
        return Link(address, words, "act")
    try:
        parts = urlsplit(address)
    except ValueError:
        return Link(address, words, "unusable")
    if parts.scheme == "mailto" and "@" in parts.path:
        return Link(address, words, "mail")
    if (
        parts.scheme not in ("http", "https")
        or "." not in parts.netloc
        and not markup.is_ours(address, settings.public_url)
    ):
        return Link(address, words, "unusable")
    if markup.is_ours(address, settings.public_url):
        return Link(address, words, _inside(unquote(parts.path), settings))
    return Link(address, words, "elsewhere" if parts.scheme == "https" else "insecure", parts.hostname or "")


def _inside(path: str, settings: Settings) -> Kind:
    """Whether we answer at that address, and whether a campaign there is one that people can see."""
    base = urlsplit(settings.public_url).path.rstrip("/")
    adapter = current_app.url_map.bind(urlsplit(settings.public_url).netloc, url_scheme="https")
    try:
        endpoint, values = adapter.match(path.removeprefix(base) or "/", method="GET")
    except RequestRedirect:
        return "ours"
    except (NotFound, MethodNotAllowed):
        return "broken"
    if endpoint.startswith(("staff", "alerts", "security")):
        return "broken"
    if "slug" in values and "lang" in values and "/c/" in path:
        page = campaigns.page(str(values["slug"]), str(values["lang"]))
        if page is None:
            return "broken"
        return "ours" if page.campaign.state == "open" else "closed"
    return "ours"
