"""Server-sent events: what is sent and when, what is held meanwhile, and when it ends."""

import re
import time

import pytest

from campaigner.alerts import live
from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from campaigner.outbox.models import Delivery
from campaigner.staff import service as staff
from campaigner.staff.models import Account
from tests.alerts.conftest import MINE

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(live, "EVERY", 0.02)
    monkeypatch.setattr(live, "LIFE", 30.0)
    yield
    assert live.seats.taken == 0, "a seat was not given back"


@pytest.fixture
def follow(enter, going):
    """Open the stream of a send: the answer, its events one by one, and the alert."""
    alert = going()
    browser = enter()
    open_ = []

    def listen(**headers):
        answer = browser.get(f"/staff/alerts/{alert.id}/stream", headers=headers, buffered=False)
        open_.append(answer)
        return answer, events(answer), alert

    yield listen
    for answer in open_:
        answer.close()


def events(answer):
    """(kind, id, data) of each event."""
    for chunk in answer.iter_encoded():
        block = chunk.decode()
        if kind := re.search(r"^event: (.*)$", block, re.M):
            name = re.search(r"^id: (.*)$", block, re.M)
            yield kind[1], name and name[1], "\n".join(re.findall(r"^data: ?(.*)$", block, re.M))


def test_the_part_is_sent_at_once_and_again_only_when_it_changed(follow):
    answer, seen, alert = follow()
    kind, name, html = next(seen)
    assert kind == "look"
    assert name
    assert 'data-part="head"' in html
    assert next(seen) == ("beat", None, "1")
    db.session.query(Delivery).update({"state": "unknown"})
    db.session.commit()
    kind, other, html = next(seen)
    assert (kind, other != name) == ("look", True)
    assert "weten we niet of de mail aankwam" in html
    assert next(seen)[0] == "beat"


def test_the_answer_may_not_be_kept_squeezed_or_held_up_on_its_way(follow):
    answer, seen, _alert = follow(**{"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in answer.headers
    assert "Content-Length" not in answer.headers
    assert next(answer.iter_encoded()).decode().startswith("retry: ")


def test_between_two_looks_no_connection_is_held(follow):
    _answer, seen, _alert = follow()
    for _ in range(3):
        next(seen)
        assert db.engine.pool.checkedout() == 0


def test_it_ends_by_itself_and_whoever_comes_back_is_not_sent_the_same(follow, monkeypatch):
    monkeypatch.setattr(live, "LIFE", 1.5)
    answer, seen, _alert = follow()
    found = list(seen)
    answer.close()
    assert [kind for kind, _, _ in found[:2]] == ["look", "beat"]
    assert {kind for kind, _, _ in found[1:]} == {"beat"}
    name = found[0][1]
    _answer, seen, _alert = follow(**{"Last-Event-ID": name})
    assert next(seen)[0] == "beat"


def test_a_send_that_is_over_is_told_once(follow):
    _answer, seen, alert = follow()
    next(seen)
    with transaction():
        alerts.stop(alert.id)
    last = list(seen)
    assert [kind for kind, _, _ in last] == ["look", "end"]
    assert 'data-moving="no"' in last[0][2]


def test_no_more_than_a_quarter_of_the_threads_is_held(follow):
    first, _seen, _alert = follow()
    assert first.status_code == 200
    late, _seen, _alert = follow()
    assert (late.status_code, late.get_data()) == (204, b"")
    first.close()
    assert live.seats.taken == 0
    assert follow()[0].status_code == 200


def test_a_process_with_few_threads_lets_nobody_hold_one(follow, app, monkeypatch, settings):
    from dataclasses import replace

    monkeypatch.setitem(app.extensions, "campaigner", replace(settings, web_threads=3))
    assert follow()[0].status_code == 204


def test_a_reader_who_goes_gives_the_seat_back(follow):
    answer, seen, _alert = follow()
    next(seen)
    assert live.seats.taken == 1
    answer.close()
    assert live.seats.taken == 0


def test_a_head_and_an_answer_that_nobody_reads_give_it_back_too(enter, going):
    alert = going()
    browser = enter()
    browser.head(f"/staff/alerts/{alert.id}/stream").close()
    assert live.seats.taken == 0
    browser.get(f"/staff/alerts/{alert.id}/stream", buffered=False).close()
    assert live.seats.taken == 0


def _lose_the_password(account):
    staff.set_password(email=MINE, password="een-heel-ander-wachtwoord")


def _log_out(account):
    account.fs_uniquifier = "what logging out anywhere does to it"


def _close(account):
    staff.disable(email=MINE)


def _lose_the_role(account):
    account.roles.clear()


@pytest.mark.parametrize("happens", [_lose_the_password, _log_out, _close, _lose_the_role])
def test_a_login_that_ends_ends_the_stream(follow, happens):
    _answer, seen, _alert = follow()
    next(seen)
    with transaction():
        happens(db.session.query(Account).one())
    assert [kind for kind, _, _ in seen] == ["gone"]


def test_a_database_that_goes_away_ends_it_without_an_error(follow, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from campaigner.alerts import sending_views

    _answer, seen, _alert = follow()
    next(seen)

    def away(*_):
        raise OperationalError("SELECT 1", {}, Exception("the database restarts"))

    monkeypatch.setattr(sending_views, "_fragment", away)
    assert list(seen) == []


def test_lines_end_where_the_format_says_and_nowhere_else():
    block = live._event("look", "a\r\nb\u2028c\rd", name="x")
    assert block == "event: look\nid: x\ndata: a\ndata: b\u2028c\ndata: d\n\n"


def test_the_form_token_alone_is_no_change():
    one, other = (f'<input name="csrf_token" value="{value}"><b>1</b>' for value in ("aa.b", "cc-d"))
    assert live.mark(one) == live.mark(other)
    assert live.mark(one) != live.mark(other.replace("1", "2"))


def test_looks_are_a_while_apart(follow, monkeypatch):
    monkeypatch.setattr(live, "EVERY", 0.15)
    _answer, seen, _alert = follow()
    next(seen)
    since = time.monotonic()
    next(seen)
    assert time.monotonic() - since > 0.1
