"""The shelf before the application: what is the same for everyone is made once in a while."""

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from unittest.mock import patch

import pytest
from werkzeug.test import Client

from campaigner.core import shelf
from campaigner.core.shelf import Shelf

PATHS, BY_SITE = re.compile(r"/w/\w+(/badge\.png)?"), re.compile(r"/w/\w+")


class House:
    """An application that counts how often it was asked, and says what it was told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers = [("Cache-Control", "public, max-age=20"), ("ETag", 'W/"een"'), ("Content-Type", "text/html")]
        self.status = "200 OK"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer with the number of the request."""
        self.asked.append(environ)
        start_response(self.status, [*self.headers])
        return [str(len(self.asked)).encode()]


@pytest.fixture
def house() -> House:
    """What stands behind the shelf."""
    return House()


@pytest.fixture
def client(house: House) -> Client:
    """A visitor before the shelf."""
    return Client(Shelf(house, paths=PATHS, by_site=BY_SITE, seconds=20))


def test_what_everyone_may_keep_is_made_once(client: Client, house: House) -> None:
    assert [client.get("/w/a").text for _ in range(3)] == ["1", "1", "1"]
    assert client.get("/w/a").headers["Age"] == "0"
    assert len(house.asked) == 1


def test_it_is_made_anew_when_it_is_old(client: Client) -> None:
    with patch("campaigner.core.shelf.time.monotonic", return_value=1000.0):
        assert client.get("/w/a").text == "1"
    with patch("campaigner.core.shelf.time.monotonic", return_value=1019.0):
        assert client.get("/w/a").text == "1"
    with patch("campaigner.core.shelf.time.monotonic", return_value=1021.0):
        assert client.get("/w/a").text == "2"


def test_while_one_makes_it_anew_the_others_get_the_one_before(house: House) -> None:
    wait, began = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if house.asked:
            began.set()
            wait.wait(5)
        return house(environ, start_response)

    kept = Shelf(slow, paths=PATHS, by_site=BY_SITE, seconds=0.01)
    client = Client(kept)
    assert client.get("/w/a").text == "1"
    threading.Event().wait(0.02)
    thread = threading.Thread(target=lambda: Client(kept).get("/w/a"))
    thread.start()
    assert began.wait(5)
    assert client.get("/w/a").text == "1"
    wait.set()
    thread.join()


@pytest.mark.parametrize(
    ("other", "more"),
    [
        ("/w/b", {}), ("/w/a?lang=fr", {}), ("/w/a", {"Referer": "https://afdeling.example/x"}),
        ("/w/a", {"Accept-Encoding": "gzip"}), ("/w/a", {"Host": "elders.example"}), ("/w/a", {"Origin": "null"}),
        ("/w/a", {"X-Forwarded-Proto": "https"}),
    ],
)  # fmt: skip
def test_what_the_answer_depends_on_tells_answers_apart(
    client: Client, house: House, other: str, more: dict[str, str]
) -> None:
    client.get("/w/a")
    assert client.get(other, headers=more).text == "2"


def test_two_pages_of_one_site_are_one_site(client: Client, house: House) -> None:
    pages = [f"https://afdeling.example/{page}" for page in ("een", "twee?x=1")]
    assert [client.get("/w/a", headers={"Referer": page}).text for page in pages] == ["1", "1"]
    assert house.asked[0]["HTTP_REFERER"] == "https://afdeling.example/"


def test_a_picture_is_the_same_on_every_site(client: Client) -> None:
    sites = ("https://een.example/", "https://twee.example/")
    assert [client.get("/w/a/badge.png", headers={"Referer": site}).text for site in sites] == ["1", "1"]


def test_whoever_has_it_gets_no_body(client: Client) -> None:
    client.get("/w/a")
    answer = client.get("/w/a", headers={"If-None-Match": 'W/"een"'})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == 'W/"een"'


def test_nobody_elses_cookie_or_condition_reaches_what_is_kept(client: Client, house: House) -> None:
    answer = client.get("/w/a", headers={"Cookie": "session=x", "If-None-Match": 'W/"oud"', "Range": "bytes=0-1"})
    assert answer.status_code == 200
    assert not shelf.PERSONAL & set(house.asked[0])


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("404 NOT FOUND", [("Cache-Control", "public")]), ("200 OK", [("Cache-Control", "no-store")]), ("200 OK", []),
        ("200 OK", [("Cache-Control", "public"), ("Set-Cookie", "x=y")]), ("503 AWAY", [("Cache-Control", "public")]),
    ],
)  # fmt: skip
def test_nothing_else_is_kept(client: Client, house: House, status: str, headers: list[tuple[str, str]]) -> None:
    house.status, house.headers = status, headers
    assert [client.get("/w/a").text for _ in range(2)] == ["1", "2"]


@pytest.mark.parametrize("path", ["/nl/", "/w/a?site=Xy1.z", "/w/a?lang=%00", "/w/a?" + "lang=nl&" * 9])
def test_other_addresses_pass_by(client: Client, path: str) -> None:
    assert [client.get(path).text for _ in range(2)] == ["1", "2"]


def test_a_post_passes_by(client: Client) -> None:
    assert [client.post("/w/a").text for _ in range(2)] == ["1", "2"]


def test_the_shelf_is_only_so_long(house: House) -> None:
    kept = Shelf(house, paths=PATHS, by_site=BY_SITE, seconds=20)
    client = Client(kept)
    for number in range(shelf.AT_MOST + 50):
        client.get("/w/a", headers={"Referer": f"https://s{number}.example/"})
    assert len(kept._kept) == shelf.AT_MOST


def test_what_is_no_longer_there_is_given_out_no_more(client: Client, house: House) -> None:
    with patch("campaigner.core.shelf.time.monotonic", return_value=1000.0):
        client.get("/w/a")
    house.status, house.headers = "404 NOT FOUND", [("Cache-Control", "no-store")]
    with patch("campaigner.core.shelf.time.monotonic", return_value=1021.0):
        assert [client.get("/w/a").status_code for _ in range(3)] == [404, 404, 404]


def test_while_the_house_is_broken_the_one_before_is_given_out(client: Client, house: House) -> None:
    with patch("campaigner.core.shelf.time.monotonic", return_value=1000.0):
        client.get("/w/a")
    house.status, house.headers = "503 SERVICE UNAVAILABLE", [("Cache-Control", "no-store")]
    with patch("campaigner.core.shelf.time.monotonic", return_value=1021.0):
        assert [client.get("/w/a").status_code for _ in range(2)] == [503, 200]
