"""Feeds, calendars, the map and what stands in the head of a page: read back as other programs read them."""

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import updates
from campaigner.campaigns.feeds import Day, calendar
from campaigner.campaigns.models import Campaign, Update
from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from tests import make

pytestmark = pytest.mark.usefixtures("session")
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# RFC 3339, as RFC 4287 section 3.3 wants it.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def _news(of: Campaign, number: int = 1, language: str = "nl", *, hours: float = 1, **more: str) -> None:
    of.opened_at = now() - timedelta(days=9)
    words = {"title": f"Nieuws {number}", "body": "Het **eerste** bericht.", "author": "De vakbond", **more}
    db.session.add(
        Update(
            campaign_id=of.id, number=number, language=language, state="published",
            published_at=now() - timedelta(hours=hours), **words,
        )
    )  # fmt: skip
    db.session.commit()


def _atom(client: FlaskClient, path: str) -> ET.Element:
    """A feed, checked against what RFC 4287 says a feed and its entries must hold."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    assert len(feed.findall(f"{ATOM}author")) == 1  # 4.1.1: or every entry has one
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://localhost{path}"
    assert client.get(str(links["alternate"]).removeprefix("http://localhost")).status_code == 200
    ids = []
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):  # 4.1.1 and 4.1.2: exactly one
            assert len(part.findall(f"{ATOM}{name}")) == 1
        assert MOMENT.fullmatch(part.findtext(f"{ATOM}updated") or "")
        assert (part.findtext(f"{ATOM}id") or "").startswith("http://localhost/")  # 4.2.6: an IRI
        assert part.get(XML_LANG) in LANGUAGES
        ids.append(part.findtext(f"{ATOM}id"))
    assert len(set(ids)) == len(ids)
    for entry in feed.findall(f"{ATOM}entry"):
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert not list(content), "4.1.3.3: html is text"
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert MOMENT.fullmatch(entry.findtext(f"{ATOM}published") or "")
    return feed


def _titles(feed: ET.Element) -> list[str | None]:
    return [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_campaign_can_be_followed_in_every_language(lang: str, client: FlaskClient) -> None:
    campaign = make.campaign("strijd")
    _news(campaign, language=lang)
    feed = _atom(client, f"/{lang}/c/strijd/feed.atom")
    assert _titles(feed) == ["Nieuws 1", f"Titel {lang}"]
    assert "<strong>eerste</strong>" in (feed.findtext(f"{ATOM}entry/{ATOM}content") or "")


def test_the_feed_of_all_has_the_latest_first_and_nothing_that_is_not_public(client: FlaskClient) -> None:
    one, other = make.campaign("een"), make.campaign("ander")
    hidden = make.campaign("ontwerp", state="draft")
    for at, campaign in enumerate((one, other, hidden)):
        _news(campaign, number=at + 1, hours=5 - at)
    _news(one, number=9, hours=-1)  # not published yet
    assert _titles(_atom(client, "/nl/feed.atom")) == ["Nieuws 2", "Nieuws 1", "Titel nl", "Titel nl"]


def test_news_in_another_language_says_which(client: FlaskClient) -> None:
    _news(make.campaign("strijd"), language="es")
    feed = _atom(client, "/nl/c/strijd/feed.atom")
    assert [entry.get(XML_LANG) for entry in feed.findall(f"{ATOM}entry")] == ["es", "nl"]


def test_every_entry_leads_to_its_place_on_the_page(client: FlaskClient) -> None:
    _news(make.campaign("strijd"), number=7)
    link = _atom(client, "/nl/c/strijd/feed.atom").find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    path, _, place = str(link.get("href")).removeprefix("http://localhost").partition("#")
    assert f'id="{place}"' in client.get(path).text


@pytest.mark.parametrize("hostile", ["<script>x</script> & \"'", "]]>", "\x0b\x1f\ufffe", "A\u00adB", "😀 \u202e"])
def test_what_staff_write_never_breaks_a_feed(hostile: str, client: FlaskClient) -> None:
    campaign = make.campaign("strijd")
    make.text(campaign, "nl").title = f"Titel {hostile}"
    _news(campaign, title=hostile, body=f"{hostile}\n\n<img src=x onerror=y>", author=f"Bond {hostile}")
    feed = _atom(client, "/nl/c/strijd/feed.atom")
    assert "<script" not in "".join(content.text or "" for content in feed.iter(f"{ATOM}content"))
    assert "<img" not in "".join(content.text or "" for content in feed.iter(f"{ATOM}content"))
    _calendar(client.get("/nl/c/strijd/calendar.ics").data)


def test_a_reader_that_has_the_feed_gets_it_only_when_it_changed(client: FlaskClient) -> None:
    campaign = make.campaign("strijd")
    _news(campaign)
    etag = client.get("/nl/c/strijd/feed.atom").headers["ETag"]
    assert client.get("/nl/c/strijd/feed.atom", headers={"If-None-Match": etag}).status_code == 304
    _news(campaign, number=2)
    assert client.get("/nl/c/strijd/feed.atom", headers={"If-None-Match": etag}).status_code == 200


def _calendar(raw: bytes) -> list[dict[str, str]]:
    """The events of a calendar, read back by the rules of RFC 5545."""
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    lines = raw.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    assert {"VERSION:2.0"} < set(lines)
    assert sum(line.startswith("PRODID:") for line in lines) == 1
    events: list[dict[str, str]] = []
    for line in lines[1:-1]:
        found = re.fullmatch(r"([A-Z-]+)((?:;[A-Z]+=[^;:,\"]+)*):(.*)", line)
        assert found, line
        assert not re.search(r"[\x00-\x08\x0b-\x1f]", line)
        if line == "BEGIN:VEVENT":
            events.append({})
        elif line != "END:VEVENT" and events:
            assert found[1] not in events[-1], line
            events[-1][found[1]] = re.sub(r"\\([\\;,nN])", r"\1", found[3])
    for event in events:
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= event.keys()
        assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"])
        assert event["DTSTART"] < event["DTEND"]
    assert len({event["UID"] for event in events}) == len(events)
    return events


def test_the_dates_of_a_campaign_are_whole_days_in_brussels(client: FlaskClient) -> None:
    campaign = make.campaign("strijd", state="closed")
    campaign.opened_at = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # half past midnight, in Brussels
    campaign.closed_at = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)
    db.session.commit()
    answer = client.get("/nl/c/strijd/calendar.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    events = _calendar(answer.data)
    assert [(event["DTSTART"], event["DTEND"]) for event in events] == [
        ("20260401", "20260402"), ("20260612", "20260613"),
    ]  # fmt: skip
    assert all("Titel nl" in event["SUMMARY"] for event in events)


@pytest.mark.parametrize("state", ["closed", "won", "handed_over"])
def test_an_end_is_called_what_it_was(state: str, client: FlaskClient) -> None:
    make.campaign("strijd", state=state, closed_at=now() + timedelta(minutes=1))
    words = {"closed": "Campagne sluit", "won": "Gewonnen", "handed_over": "Overhandigd"}[state]
    assert _calendar(client.get("/nl/c/strijd/calendar.ics").data)[-1]["SUMMARY"].startswith(words)


def test_the_calendar_of_all_has_no_draft_in_it(client: FlaskClient) -> None:
    make.campaign("een")
    make.campaign("ontwerp", state="draft")
    assert len(_calendar(client.get("/fr/calendar.ics").data)) == 1


def test_long_lines_are_folded_between_letters_and_signs_are_escaped() -> None:
    title = "Één; twee, drie\\vier 😀 " * 12
    day = Day("x@localhost", "http://localhost/", title, now().date(), now())
    raw = calendar([day], title=title, language="nl").encode()
    assert _calendar(raw)[0]["SUMMARY"] == title.strip()


@pytest.mark.parametrize("what", ["feed.atom", "calendar.ics"])
def test_what_is_not_public_can_be_followed_by_nobody(what: str, client: FlaskClient) -> None:
    make.campaign("ontwerp", state="draft")
    for slug in ("ontwerp", "bestaat-niet"):
        assert client.get(f"/nl/c/{slug}/{what}").status_code == 404


def test_the_map_names_every_page_in_every_language_it_is_in_and_in_no_other(client: FlaskClient) -> None:
    make.campaign("strijd", languages=("nl", "es"))
    make.campaign("ontwerp", state="draft")
    make.campaign("voorbeeld", is_example=True)
    root = ET.fromstring(client.get("/sitemap.xml").data)
    pages = {url.findtext(f"{MAP}loc"): url for url in root.findall(f"{MAP}url")}
    assert len(pages) == len(root.findall(f"{MAP}url"))
    ours = [path for path in pages if path and "/c/" in path]
    assert sorted(ours) == ["http://localhost/es/c/strijd", "http://localhost/nl/c/strijd"]
    for path, url in pages.items():
        links = {link.get("hreflang"): link.get("href") for link in url.findall(f"{XHTML}link")}
        assert path in links.values(), "a page names itself too"
        assert set(links.values()) <= pages.keys(), "whatever is named names back"
        assert "x-default" in links
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", pages[path].findtext(f"{MAP}lastmod") or "") for path in ours)


def _head(client: FlaskClient, path: str) -> tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]:
    page = client.get(path).text.partition("</head>")[0]
    metas = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page))
    alternates = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page))
    feeds = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]+" href="([^"]+)"', page)
    return metas, alternates, feeds


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_messengers_and_search_engines_read_is_whole_in_every_language(lang: str, client: FlaskClient) -> None:
    make.campaign("strijd")
    metas, alternates, feeds = _head(client, f"/{lang}/c/strijd?via={'0' * 12}")
    address = f"http://localhost/{lang}/c/strijd"
    assert metas["og:title"] == f"Titel {lang}"
    assert metas["og:description"] == metas["description"] == f"Samenvatting {lang}"
    assert metas["og:url"] == address
    assert metas["og:image"] == f"{address}/picture.png"
    assert (metas["og:image:width"], metas["og:image:height"]) == ("1200", "630")
    assert metas["og:image:alt"]
    assert metas["twitter:card"] == "summary_large_image"
    assert set(alternates) == {*LANGUAGES, "x-default"}
    assert alternates["x-default"] == "http://localhost/nl/c/strijd"
    assert dict(feeds).keys() == {"application/atom+xml", "text/calendar"}
    for found in (metas["og:image"], *alternates.values(), *dict(feeds).values()):
        assert client.get(found.removeprefix("http://localhost")).status_code == 200


def test_only_languages_that_there_are_are_named_and_the_shown_one_is_the_true_one(client: FlaskClient) -> None:
    make.campaign("strijd", languages=("en", "es"), source_language="es")
    metas, alternates, _ = _head(client, "/nl/c/strijd")
    assert set(alternates) == {"en", "es", "x-default"}
    assert metas["og:url"] == "http://localhost/es/c/strijd"
    assert metas["og:locale"] == "es_LA"
    assert '<link rel="canonical" href="http://localhost/es/c/strijd">' in client.get("/nl/c/strijd").text


def test_the_facts_for_programs_are_json_that_cannot_end_its_element(client: FlaskClient) -> None:
    campaign = make.campaign("strijd")
    make.text(campaign, "nl").title = "Titel </script><script>alert(1)</script> \u2028"
    db.session.commit()
    page = client.get("/nl/c/strijd").text
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    facts = json.loads(found[0])
    assert len(found) == 1
    assert facts["@context"] == "https://schema.org"
    assert facts["url"] == "http://localhost/nl/c/strijd"
    assert facts["inLanguage"] == "nl"
    assert facts["name"].startswith("Titel </script>")
    assert facts["potentialAction"]["target"].endswith("/nl/c/strijd#act")


def test_pages_that_are_nobodys_business_are_kept_out_of_search_engines(client: FlaskClient) -> None:
    make.campaign("strijd")
    thanks = client.get(make.sign(client, "strijd").location)
    assert '<meta name="robots" content="noindex">' in thanks.text
    assert "og:" not in thanks.text
    assert thanks.headers["Cache-Control"] == "no-store"


def test_the_page_on_paper_says_where_to_take_part(client: FlaskClient) -> None:
    make.campaign("strijd")
    assert 'class="print-address">' in client.get("/nl/c/strijd").text


def test_news_that_was_taken_off_leaves_the_feed_and_no_copy_lives_longer_than_a_minute(client: FlaskClient) -> None:
    campaign = make.campaign()
    _news(campaign)
    paths = (f"/nl/c/{campaign.slug}/feed.atom", "/nl/feed.atom")
    for path in paths:
        answer = client.get(path)
        assert "Nieuws 1" in answer.text
        assert answer.headers["Cache-Control"] == "public, max-age=60"
    with transaction():
        updates.withdraw(campaign, 1, by=make.account().id)
    for path in paths:
        assert "Nieuws 1" not in client.get(path).text
