"""Which sites may show a widget, and which site a visitor came from."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from campaigner.campaigns.models import Placement
from campaigner.campaigns.sites import origin
from campaigner.core.tokens import BadToken, signer

NOTE_LIFETIME = timedelta(hours=24)  # as long as the form it travels in


@dataclass(frozen=True, slots=True)
class Site:
    """The site around a widget. `host` is None when the browser did not say; then it is not verified either."""

    host: str | None
    verified: bool


def sites(placement: Placement) -> list[str]:
    """The origins that may show this placement's widget."""
    return [found for address in placement.sites if (found := origin(address))]


def ancestors(placement: Placement) -> str:
    """The `frame-ancestors` of a placement: its own sites and our own pages (the previews), nobody else."""
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
