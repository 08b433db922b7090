"""Which sites may show a widget, and which site a visitor came from."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from campaigner.core import clock
from campaigner.widgets import codes, service
from tests import make


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://afdeling.example", "https://afdeling.example"),
        ("https://Afdeling.Example/nieuws/?a=1", "https://afdeling.example"),
        ("https://afdeling.example:443/", "https://afdeling.example"),
        ("http://127.0.0.1:5001/", "http://127.0.0.1:5001"),
        ("https://zuiderkempén.example/", "https://xn--zuiderkempn-kbb.example"),
        ("afdeling.example", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://*.example", None),
        ("https://a.example:99999", None),
        ("https://a.example; script-src *", None),
        ("https://a.example\nX-Frame-Options: x", None),
        ("https://" + "a" * 300 + ".example", None),
    ],
)
def test_an_origin_is_what_a_browser_sends_or_nothing(address: str, origin: str | None) -> None:
    assert service.origin(address) == origin


def test_only_the_listed_sites_and_our_own_pages_may_frame_a_widget(session: Any) -> None:
    place = make.placement(make.campaign(), sites=("https://een.example/", "https://twee.example:8443", "onzin; *"))
    assert service.ancestors(place) == "'self' https://een.example https://twee.example:8443"


def test_without_a_listed_site_nobody_else_may(session: Any) -> None:
    assert service.ancestors(make.placement(make.campaign(), sites=())) == "'self'"


def test_a_listed_site_is_verified(session: Any) -> None:
    place = make.placement(make.campaign(), sites=("https://afdeling.example",))
    site = service.site(place, service.seal(place, "https://afdeling.example/acties"))
    assert (site.host, site.verified) == ("afdeling.example", True)


def test_a_site_that_is_not_listed_is_named_and_not_verified(session: Any) -> None:
    place = make.placement(make.campaign())
    site = service.site(place, service.seal(place, "https://elders.example/"))
    assert (site.host, site.verified) == ("elders.example", False)


def test_another_scheme_or_port_is_another_site(session: Any) -> None:
    place = make.placement(make.campaign(), sites=("https://afdeling.example",))
    for referrer in ("http://afdeling.example/", "https://afdeling.example:8443/", "https://x.afdeling.example/"):
        assert not service.site(place, service.seal(place, referrer)).verified


def test_a_note_that_is_forged_missing_or_of_another_placement_is_no_site(session: Any) -> None:
    place, other = make.placement(make.campaign()), make.placement(make.campaign())
    foreign = service.seal(other, "https://afdeling.example/")
    for note in (None, "", "https://afdeling.example", foreign, service.seal(place, None), foreign[:-1] + "x"):
        site = service.site(place, note)
        assert (site.host, site.verified) == (None, False)


def test_a_note_a_day_old_is_no_site(session: Any) -> None:
    place = make.placement(make.campaign(), sites=("https://afdeling.example",))
    note = service.seal(place, "https://afdeling.example/")
    assert service.ours(place, note)
    with patch("campaigner.core.tokens.now", lambda: clock.now() + timedelta(hours=25)):
        assert not service.ours(place, note)
        assert service.site(place, note) == service.Site(None, verified=False)


def test_the_snippet_is_a_link_that_the_script_upgrades(session: Any) -> None:
    campaign = make.campaign()
    make.text(campaign, "nl").title = "Loon & <recht>"
    place = make.placement(campaign)
    assert codes.snippet(place) == (
        f'<a class="campaigner-widget" href="http://localhost/w/{place.key}">Teken mee: Loon &amp; &lt;recht&gt;</a>\n'
        '<script async src="http://localhost/embed.js"></script>'
    )
    assert f'src="http://localhost/w/{place.key}" title="Teken mee: Loon &amp;' in codes.plain_frame(place)
    assert codes.short_link(place) == f"http://localhost/s/{place.key}"
