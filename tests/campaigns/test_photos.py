"""A photo beside the news: nothing of the camera stays in it, nothing is shown that nobody looked at."""

import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage

from campaigner.campaigns import photos, queries, service, updates
from campaigner.campaigns.models import Campaign
from campaigner.campaigns.photo_models import Photo
from campaigner.campaigns.updates import News
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError, NotFound
from tests import make
from tests.campaigns.stage import log_in, send, token

pytestmark = pytest.mark.usefixtures("clean")
ALT = {"nl": "Vrouwen voor een poort, van achteren"}
TICKED = set(photos.CHECKS)


def _file(kind: str = "JPEG", size: tuple[int, int] = (720, 560), **more: Any) -> bytes:
    file = io.BytesIO()
    shade = Image.radial_gradient("L").resize(size)
    Image.merge("RGB", (shade, shade.rotate(180), shade)).save(file, kind, **more)
    return file.getvalue()


def _located() -> bytes:
    """A photo that says where it was taken, by which telephone, and that it must be turned."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Telefoon van Rosa", 6
    exif.get_ifd(0x8825)[1] = "N"
    return _file(exif=exif.tobytes(), comment=b"Rosa was hier")


def _told(*, safety: bool = False) -> tuple[Campaign, int]:
    """A campaign with news that is on its page; and who wrote it."""
    campaign, by = make.campaign(safety_mode=safety), make.account().id
    with transaction():
        text = updates.start(campaign, language="nl", news=News("Nieuws", "Er gebeurt wat.", "De bond"), by=by)
        seen = updates.version(text)
        updates.check(campaign, 1, language="nl", seen=seen, ticked=set(updates.CHECKS), at=None, by=by)
    if safety:
        with transaction():
            updates.approve(campaign, 1, language="nl", seen=seen, by=make.account().id)
    return campaign, by


def _put(campaign: Campaign, by: int, data: bytes = b"") -> Photo:
    with transaction():
        return photos.put(campaign, 1, data=data or _file(), alt=ALT, credit="", by=by)


def _check(campaign: Campaign, row: Photo, by: int, faces: str = "none", ticked: set[str] = TICKED) -> None:
    with transaction():
        photos.check(campaign, row, seen=photos.version(row), faces=faces, ticked=ticked, by=by)


def _on_page(campaign: Campaign) -> photos.Shown | None:
    db.session.expire_all()
    return queries.updates(campaign, "nl")[0].photo


def test_nothing_that_the_camera_wrote_is_kept_and_it_stands_upright() -> None:
    for file in photos.made(_located()):
        assert b"Rosa" not in file.webp
        picture = Image.open(io.BytesIO(file.webp))
        assert picture.format == "WEBP"
        assert not picture.getexif()
        assert set(picture.info) <= {"loop", "background", "timestamp", "duration"}
        assert picture.height > picture.width


def test_there_are_two_sizes_and_the_small_one_is_light() -> None:
    small, large = photos.made(_file(size=(1600, 1200)))
    assert [(file.width, file.height) for file in (small, large)] == [(640, 480), (1280, 960)]
    assert len(small.webp) <= photos.SIZES[640]


@pytest.mark.parametrize("kind", photos.KINDS)
def test_each_kind_of_picture_is_read(kind: str) -> None:
    assert len(photos.made(_file(kind, (700, 700)))) == 2


def test_a_small_picture_is_not_blown_up_and_too_small_a_one_is_refused() -> None:
    assert [file.width for file in photos.made(_file(size=(500, 400)))] == [500]
    with pytest.raises(DomainError):
        photos.made(_file(size=(300, 300)))


def test_a_clear_picture_stands_on_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(file, "PNG")
    pixel = Image.open(io.BytesIO(photos.made(file.getvalue())[0].webp)).convert("RGB").getpixel((200, 200))
    assert pixel == (255, 255, 255)


def _bomb() -> bytes:
    """A picture that says it is enormous."""
    return _file("PNG", (400, 400)).replace((400).to_bytes(4, "big") * 2, (60_000).to_bytes(4, "big") * 2, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"x", b"GIF89a" + bytes(60), b"<svg xmlns='http://www.w3.org/2000/svg'/>", _file()[:400],
        _file("PNG")[:900], b"RIFF\x00\x00\x00\x00WEBPVP8 ", _bomb(), b"%PDF-1.7", b"\xff\xd8\xff\xe0" + bytes(4000),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(DomainError):
        photos.made(data)


def test_it_is_shown_once_somebody_said_what_is_on_it() -> None:
    campaign, by = _told()
    row = _put(campaign, by)
    assert _on_page(campaign) is None
    assert photos.public_file(row.key, 640) is None
    _check(campaign, row, by)
    shown = _on_page(campaign)
    assert shown is not None
    assert (shown.alt, shown.language, shown.width, shown.large) == (ALT["nl"], "nl", 640, 720)
    assert photos.public_file(row.key, 640)


@pytest.mark.parametrize(("faces", "ticked"), [("no", TICKED), ("", TICKED), ("none", set()), ("agreed", {"place"})])
def test_without_an_answer_to_every_question_it_does_not_go_online(faces: str, ticked: set[str]) -> None:
    campaign, by = _told()
    row = _put(campaign, by)
    with pytest.raises(DomainError):
        _check(campaign, row, by, faces, ticked)
    assert _on_page(campaign) is None


def test_in_safety_mode_a_second_person_agrees_and_no_known_face_goes_online() -> None:
    campaign, by = _told(safety=True)
    row = _put(campaign, by)
    with pytest.raises(DomainError):
        _check(campaign, row, by, "agreed")
    _check(campaign, row, by, "hidden")
    assert photos.public_file(row.key, 640) is None
    with pytest.raises(Conflict), transaction():
        photos.approve(row, seen=photos.version(row), by=by)
    with transaction():
        photos.approve(row, seen=photos.version(row), by=make.account().id)
    assert photos.public_file(row.key, 640)


def test_other_words_or_another_photo_must_be_looked_at_again() -> None:
    campaign, by = _told()
    row = _put(campaign, by)
    _check(campaign, row, by)
    with transaction():
        photos.describe(campaign, row, alt={"nl": "Iets anders"}, credit="", by=by)
    assert _on_page(campaign) is None
    _check(campaign, row, by)
    old = row.key
    other = _put(campaign, by)
    assert (photos.public_file(old, 640), _on_page(campaign)) == (None, None)
    with pytest.raises(Conflict), transaction():
        photos.check(campaign, other, seen="een ander", faces="none", ticked=TICKED, by=by)


def test_it_goes_with_its_news_at_once() -> None:
    campaign, by = _told()
    row = _put(campaign, by)
    _check(campaign, row, by)
    with transaction():
        updates.withdraw(campaign, 1, by=by)
    assert row.state == "withdrawn"
    assert photos.public_file(row.key, 640) is None
    with transaction():
        updates.erase(campaign, 1, language="nl", by=by)
    assert photos.of(campaign.id, 1) is None


def test_the_words_for_who_cannot_see_it_are_needed_in_the_language_of_the_news() -> None:
    campaign, by = _told()
    with pytest.raises(DomainError), transaction():
        photos.put(campaign, 1, data=_file(), alt={"fr": "Des femmes"}, credit="", by=by)
    with pytest.raises(NotFound), transaction():
        photos.put(campaign, 7, data=_file(), alt=ALT, credit="", by=by)


def test_a_visitor_gets_it_from_our_house_and_keeps_it_a_minute(client: FlaskClient) -> None:
    campaign, by = _told()
    row = _put(campaign, by)
    _check(campaign, row, by)
    page = client.get(f"/nl/c/{campaign.slug}").text
    path = f"/picture/{row.key}/640.webp"
    assert f'src="{path}"' in page
    assert 'loading="lazy"' in page
    assert ALT["nl"] in page
    answer = client.get(path)
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("image/webp", "public, max-age=60")
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for wrong in (f"/picture/{row.key}/641.webp", "/picture/onbekend/640.webp", f"/picture/{row.key}/99999999999.webp"):
        assert client.get(wrong).status_code == 404


def test_staff_upload_look_agree_and_throw_away(client: FlaskClient) -> None:
    campaign, _by = _told(safety=True)
    log_in(client, "campaigner")
    home = f"/staff/campaigns/{campaign.id}/news/1/photo"
    file = FileStorage(io.BytesIO(_located() + bytes(700_000)), "foto.jpg")  # larger than other doors take
    said = {"words_nl": ALT["nl"], "csrf_token": token(client.get(home))}
    answer = client.post(home, data={**said, "file": file}, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the test client keeps what is large in a file
    assert answer.status_code == 303
    row = photos.of(campaign.id, 1)
    assert row is not None
    width = row.files[0].width
    assert client.get(f"{home}/{width}.webp").content_type == "image/webp"
    assert client.get(f"{home}/641.webp").status_code == 404
    seen = photos.version(row)
    assert send(client, f"{home}/look", via=home, seen=seen, faces="no", checks=sorted(TICKED)).status_code == 422
    assert send(client, f"{home}/look", via=home, seen=seen, faces="none", checks=sorted(TICKED)).status_code == 303
    assert send(client, f"{home}/agree", via=home, seen=seen).status_code == 409
    client.get("/staff/logout")
    with client.session_transaction() as session:
        session.clear()
    log_in(client, "campaigner", name="Tweede")
    assert send(client, f"{home}/agree", via=home, seen=seen).status_code == 303
    assert client.get(f"/picture/{row.key}/{width}.webp").status_code == 200
    assert send(client, home, words_nl="Andere woorden").status_code == 303
    assert client.get(f"/picture/{row.key}/{width}.webp").status_code == 404
    assert send(client, f"{home}/erase", via=home).status_code == 303
    assert photos.of(campaign.id, 1) is None


def test_other_doors_keep_to_their_own_measure(client: FlaskClient) -> None:
    log_in(client, "campaigner")
    campaign = make.campaign()
    answer = client.post(f"/staff/campaigns/{campaign.id}/news/new", data={"body": "x" * 700_000})
    assert answer.status_code == 413


def test_a_photo_stands_in_the_feed_while_it_stands_on_the_page(client: FlaskClient) -> None:
    campaign, by = _told()
    feed = f"/nl/c/{campaign.slug}/feed.atom"
    assert "/picture/" not in client.get(feed).text
    with transaction():
        row = photos.put(campaign, 1, data=_file(), alt={"nl": 'Een "poort" <b>'}, credit="A & B", by=by)
    _check(campaign, row, by)
    html = next(part.text or "" for part in ET.fromstring(client.get(feed).data).iter() if part.tag.endswith("content"))
    assert f'<img src="http://localhost/picture/{row.key}/640.webp"' in html
    assert 'alt="Een &#34;poort&#34; &lt;b&gt;"' in html
    assert "A &amp; B" in html
    file = client.get(f"/picture/{row.key}/640.webp")
    assert (file.status_code, file.headers["Cross-Origin-Resource-Policy"]) == (200, "cross-origin")
    with transaction():
        photos.withdraw(campaign.id, 1, by=by)
    assert "/picture/" not in client.get(feed).text
    assert client.get(f"/picture/{row.key}/640.webp").status_code == 404


def _credit(campaign: Campaign) -> str:
    shown = _on_page(campaign)
    assert shown is not None
    return shown.credit


def test_in_safety_mode_nobody_reads_who_took_the_photo() -> None:
    campaign, by = _told()
    with transaction():
        row = photos.put(campaign, 1, data=_file(), alt=ALT, credit="Rosa Voorbeeld", by=by)
    _check(campaign, row, by)
    assert _credit(campaign) == "Rosa Voorbeeld"
    with transaction():
        campaign.safety_mode = True
    assert _credit(campaign) == ""


@pytest.mark.parametrize(("faces", "state"), [("agreed", "withdrawn"), ("hidden", "waiting")])
def test_when_safety_mode_begins_what_one_person_let_online_leaves_the_page(faces: str, state: str) -> None:
    campaign, by = _told()
    row = _put(campaign, by)
    _check(campaign, row, by, faces=faces)
    facts = service.Facts(pillar=campaign.pillar, art=campaign.art, goal=campaign.goal, safety_mode=True)
    with transaction():
        service.edit(campaign, facts=facts, slug=None, by=by)
    assert queries.updates(campaign, "nl") == []
    assert photos.needed(campaign.id, 1).state == state
    text = updates.piece(campaign.id, 1).first
    assert (text.state, text.published_at) == ("waiting", None)
    with transaction():
        updates.approve(campaign, 1, language="nl", seen=updates.version(text), by=make.account().id)
    (back,) = queries.updates(campaign, "nl")
    assert back.photo is None
    with transaction():  # two people agreed: pressing "save" once more takes nothing away
        service.edit(campaign, facts=facts, slug=None, by=by)
    assert len(queries.updates(campaign, "nl")) == 1
