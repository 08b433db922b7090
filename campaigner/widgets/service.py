"""Which sites may show a widget, which site a visitor came from, and what a local pastes into its page."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from markupsafe import escape

from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Placement
from campaigner.campaigns.sites import origin
from campaigner.core import web
from campaigner.core.i18n import force_locale
from campaigner.core.i18n import gettext as _
from campaigner.core.tokens import BadToken, signer

NOTE_LIFETIME = timedelta(hours=24)  # as long as the form it travels in
HEIGHT = 1050  # of a plain frame, in CSS pixels; embed.js begins with the same and then follows the frame
_LINK = '<a class="campaigner-widget" href="{url}">{text}</a>\n<script async src="{script}"></script>'
_FRAME = (
    '<iframe src="{url}" title="{text}" width="100%" height="{height}" style="border:0" loading="lazy" '
    'referrerpolicy="strict-origin-when-cross-origin"></iframe>'
)


@dataclass(frozen=True, slots=True)
class Site:
    """The site around a widget. `host` is None when the browser did not say; then it is not verified either."""

    host: str | None
    verified: bool


def sites(placement: Placement) -> list[str]:
    """The origins that may show this placement's widget."""
    return [found for address in placement.sites if (found := origin(address))]


def ancestors(placement: Placement) -> str:
    """The `frame-ancestors` of a placement: its own sites and our own pages (the staff's preview), nobody else."""
    return " ".join(["'self'", *sites(placement)])


def seal(placement: Placement, referrer: str | None) -> str:
    """A signed note of the site around the widget: only its first request names it, a form in a frame comes from us.

    The note says what a browser told us, no more: whoever makes requests by hand can tell us anything.
    """
    return signer.sign([placement.key, origin(referrer or "")], "widget-site")


def site(placement: Placement, sealed: str | None) -> Site:
    """The site in a sealed note. A note that is forged, damaged, a day old or of another placement is no site."""
    found = _read(placement, sealed)[1]
    return Site(urlsplit(found).netloc, verified=found in sites(placement)) if found else Site(None, verified=False)


def ours(placement: Placement, sealed: str | None) -> bool:
    """Whether we sealed this note for this placement, less than a day ago."""
    return _read(placement, sealed)[0]


def _read(placement: Placement, sealed: str | None) -> tuple[bool, str | None]:
    try:
        key, found = signer.read(sealed or "", "widget-site", NOTE_LIFETIME)
    except (BadToken, TypeError, ValueError):
        return False, None
    return (True, found) if key == placement.key else (False, None)


def snippet(placement: Placement) -> str:
    """What a local pastes: a link that works by itself, and the script that turns it into the widget."""
    return _LINK.format(**_words(placement), script=escape(web.absolute("widgets.embed")))


def plain_frame(placement: Placement) -> str:
    """The same as a bare iframe, for sites that let a frame through and no script."""
    return _FRAME.format(**_words(placement), height=HEIGHT)


def short_link(placement: Placement) -> str:
    """The address for a chat, a bulletin or a page that takes nothing but links."""
    return web.absolute("widgets.short", key=placement.key)


def _words(placement: Placement) -> dict[str, str]:
    """The widget's address and the words of the link, in the placement's language; they become the frame's title."""
    page = campaigns.page(placement.campaign.slug, placement.language, hidden=True)
    with force_locale(placement.language):
        text = _("Sign along: %(title)s", title=page.title) if page else _("Sign along")
    return {"url": escape(web.absolute("widget.show", key=placement.key)), "text": escape(text)}
