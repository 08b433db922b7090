"""The picture that messengers show: what is in it, that it is drawn once, and that nothing sticks out."""

import struct
import threading
import zlib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from campaigner.campaigns import pictures, queries
from campaigner.campaigns.models import SharePicture
from campaigner.config import LANGUAGES
from campaigner.core import art
from campaigner.core.db import db, transaction
from tests import make

SIZE = (1200, 630)
COARSE = 4  # pixels of the picture to one that is looked at
LONG = (
    "Gezondheids\u00adwerkers willen een eerlijk loon, een vast contract en bescherming tegen pesticiden op de "
    "plantage, en niet volgend jaar maar voor het einde van deze zomer, want wachten kost elke dag mensenlevens"
)
TITLES = {
    "the longest": LONG[:200],
    "one long word": "Arbeidsongeschiktheidsverzekeringsmaatschappijen",
    "no place to break": "W" * 200,
    "only soft hyphens": "\u00ad".join("gezondheid" for _ in range(19)),
    "short": "Nu",
    "accents": "À l’usine ¿Quién paga? Œuvre, ß, Ñandú: “één” – ‘¡ya!’",
    "other scripts": "Ελλάδα Москва 漢字 😀",
    "looks like markup": '#image("x") $x$ *b* <a> [#] @r \\ // "',
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles that were drawn, as they are drawn."""
    titles: list[str] = []
    draw = pictures.draw

    def counted(values: dict[str, str]) -> bytes:
        titles.append(values["title"])
        return draw(values)

    monkeypatch.setattr(pictures, "draw", counted)
    return titles


def _values(**changes: str) -> dict[str, str]:
    return {
        "title": "Titel", "tag": "Waardig werk · Honduras", "count": "Al 2.800 handtekeningen", "share": "0.94",
        "host": "FOS", "art": art.art("textiel", "tile", "picture"), "ground": art.OCHRE, "strip": art.INK, **changes,
    }  # fmt: skip


def _pixels(png: bytes) -> dict[tuple[int, int], bytes]:
    """The colour of every place in an RGBA picture (PNG specification, 9.2)."""
    wide = SIZE[0] // COARSE
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, kind = 8, b"", b""
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        if kind == b"IHDR":
            given, high, depth, colours = struct.unpack(">IIBB", png[at + 8 : at + 18])
            assert (given, depth, colours) == (wide, 8, 6)
        packed += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    assert kind == b"IEND"
    raw, row, found = zlib.decompress(packed), bytes(wide * 4), {}
    for y in range(high):
        line = raw[y * (wide * 4 + 1) :][: wide * 4 + 1]
        row = _unfiltered(line[0], line[1:], row)
        found |= {(x * COARSE, y * COARSE): row[4 * x : 4 * x + 3] for x in range(wide)}
    return found


def _unfiltered(filtered: int, line: bytes, above: bytes) -> bytes:
    out = bytearray(line)
    for i in range(len(out)):
        a = out[i - 4] if i >= 4 else 0
        b = above[i]
        c = above[i - 4] if i >= 4 else 0
        if filtered == 4:
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        else:
            near = (0, a, b, (a + b) // 2)[filtered]
        out[i] = (out[i] + near) & 255
    return bytes(out)


@pytest.mark.parametrize("what", TITLES)
def test_no_title_sticks_out_whatever_is_in_it(what: str) -> None:
    plain, titled = (_pixels(pictures.draw(_values(title=title), ppi=72 / COARSE)) for title in ("i", TITLES[what]))
    changed = [place for place, colour in plain.items() if titled[place] != colour]
    assert changed, "the title is in the picture"
    assert min(x for x, _ in changed) >= 40
    assert max(x for x, _ in changed) < 780
    assert min(y for _, y in changed) >= 120
    assert max(y for _, y in changed) < 520


@pytest.mark.parametrize("theme", art.THEMES)
def test_every_art_makes_a_light_picture(theme: str) -> None:
    png = pictures.draw(_values(title=LONG[:120], art=art.art(theme, "tile", "picture")))
    assert len(png) < 300_000
    assert struct.unpack(">II", png[16:24]) == SIZE


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, 0), (1, 1), (19, 19), (20, 20), (99, 90), (101, 100), (999, 950), (2_847, 2_800), (31_999, 31_000),
     (123_456, 120_000)],
)  # fmt: skip
def test_a_count_is_rounded_down_and_never_says_more_than_there_is(count: int, told: int) -> None:
    assert pictures.rounded(count) == told


@pytest.mark.usefixtures("session")
class TestDoor:
    """What the address of a picture answers."""

    @pytest.fixture(autouse=True)
    def _counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 2_847
        monkeypatch.setattr(queries, "_sources", [lambda ids: dict.fromkeys(ids, self.count)])

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_every_language_has_its_own(self, lang: str, client: FlaskClient, drawn: list[str]) -> None:
        make.campaign("strijd", goal=3_000)
        answer = client.get(f"/{lang}/c/strijd/picture.png")
        assert answer.status_code == 200
        assert answer.content_type == "image/png"
        assert answer.data.startswith(b"\x89PNG")
        assert "max-age=300" in answer.headers["Cache-Control"]
        assert drawn == [f"Titel {lang}"]

    def test_it_is_drawn_once_until_something_in_it_changes(self, client: FlaskClient, drawn: list[str]) -> None:
        campaign = make.campaign("strijd", goal=3_000)
        first = [client.get("/nl/c/strijd/picture.png").data for _ in range(3)]
        assert len(drawn) == 1
        assert len(set(first)) == 1
        self.count = 2_899
        client.get("/nl/c/strijd/picture.png")
        assert len(drawn) == 1
        self.count = 2_900
        assert client.get("/nl/c/strijd/picture.png").data != first[0]
        make.text(campaign, "nl").title = "Een andere titel"
        db.session.commit()
        client.get("/nl/c/strijd/picture.png?anything=else")
        campaign.art = "mijn"
        db.session.commit()
        client.get("/nl/c/strijd/picture.png")
        assert len(drawn) == 4
        assert db.session.scalar(select(func.count()).select_from(SharePicture)) == 1

    def test_who_has_it_already_gets_nothing_and_nothing_is_drawn(self, client: FlaskClient, drawn: list[str]) -> None:
        make.campaign("strijd")
        etag = client.get("/nl/c/strijd/picture.png").headers["ETag"]
        db.session.query(SharePicture).delete()
        again = client.get("/nl/c/strijd/picture.png", headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")
        assert len(drawn) == 1

    @pytest.mark.parametrize("state", ["draft", "scheduled"])
    def test_what_is_not_public_has_no_picture(self, state: str, client: FlaskClient, drawn: list[str]) -> None:
        make.campaign("strijd", state=state)
        for slug in ("strijd", "bestaat-niet"):
            assert client.get(f"/nl/c/{slug}/picture.png").status_code == 404
        assert drawn == []

    def test_a_campaign_without_anybody_yet_has_one_too(self, client: FlaskClient) -> None:
        make.campaign("strijd", country=None, place_label="x" * 200)
        self.count = 0
        assert client.get("/nl/c/strijd/picture.png").status_code == 200


@pytest.mark.usefixtures("clean")
def test_a_crowd_that_asks_at_once_makes_it_drawn_once(app: Flask, drawn: list[str]) -> None:
    campaign = make.campaign("strijd")
    together, found = threading.Barrier(6), []
    slug = campaign.slug
    db.session.remove()

    def ask() -> None:
        with app.test_request_context(f"/nl/c/{slug}"):
            page = queries.page(slug, "nl")
            assert page is not None
            values = _values(title="Storm")
            together.wait()
            with transaction():
                found.append(pictures.kept(page, language="nl", values=values).png)
            db.session.remove()

    crowd = [threading.Thread(target=ask) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert drawn == ["Storm"]
    assert len(found) == 6
    assert len(set(found)) == 1


@pytest.mark.usefixtures("clean")
def test_while_a_new_one_is_drawn_the_others_get_the_one_from_before(
    app: Flask, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = make.campaign("strijd").slug
    begun, done = threading.Event(), threading.Event()

    def kept(title: str) -> str:
        with app.test_request_context(f"/nl/c/{slug}"):
            page = queries.page(slug, "nl")
            assert page is not None
            with transaction():
                found = pictures.kept(page, language="nl", values=_values(title=title)).key
            db.session.remove()
            return found

    first = kept("Eerst")
    draw = pictures.draw

    def slowly(values: dict[str, str]) -> bytes:
        begun.set()
        done.wait(10)
        return draw(values)

    monkeypatch.setattr(pictures, "draw", slowly)
    painter = threading.Thread(target=kept, args=("Nieuw",))
    painter.start()
    assert begun.wait(10)
    assert kept("Nieuw") == first
    done.set()
    painter.join()
    assert kept("Nieuw") == pictures.key(_values(title="Nieuw"))
    assert drawn == ["Eerst", "Nieuw"]
