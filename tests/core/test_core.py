"""What every room stands on: crypto, addresses, tokens, settings, limits, wake-ups, texts."""

import base64
import os
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from campaigner import config
from campaigner.core import addresses, i18n, limits, places, queue, text
from campaigner.core.crypto import Keyring
from campaigner.core.db import transaction
from campaigner.core.tokens import BadToken, ExpiredToken, Signer


def _keyring(*names: str) -> tuple[Keyring, dict[str, bytes]]:
    keys = {name: os.urandom(32) for name in names}
    ring = Keyring()
    ring.use(tuple(keys.items()), os.urandom(32))
    return ring, keys


@given(st.text())
def test_what_is_encrypted_comes_back_and_never_looks_the_same(plain: str) -> None:
    ring, _keys = _keyring("k1")
    first, second = ring.encrypt(plain, "email"), ring.encrypt(plain, "email")
    assert first != second
    assert ring.decrypt(first, "email") == plain


def test_a_ciphertext_moved_to_another_place_or_altered_is_refused() -> None:
    ring, _keys = _keyring("k1")
    stored = ring.encrypt("an@voorbeeld.example", "email")
    with pytest.raises(InvalidTag):
        ring.decrypt(stored, "first_name")
    with pytest.raises(InvalidTag):
        ring.decrypt(stored[:-1] + bytes([stored[-1] ^ 1]), "email")


def test_keys_rotate() -> None:
    ring, keys = _keyring("old")
    stored = ring.encrypt("An", "first_name")
    ring.use((("new", os.urandom(32)), ("old", keys["old"])), os.urandom(32))
    assert ring.decrypt(stored, "first_name") == "An"
    assert ring.encrypt("An", "first_name")[1:4] == b"new"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("An.Voorbeeld@gmail.com", "anvoorbeeld+vakbond@googlemail.com", True),
        ("an+x@telenet.be", "an@telenet.be", True),
        ("An@VOORBEELD.example", "an@voorbeeld.example", True),
        ("a.n@voorbeeld.example", "an@voorbeeld.example", False),
        ("an+x@voorbeeld.example", "an@voorbeeld.example", False),
        ("an-lijst@yahoo.com", "an@yahoo.com", True),
    ],
)
def test_one_mailbox_is_known_by_all_its_spellings(one: str, other: str, same: bool, app: Flask) -> None:
    assert (addresses.fingerprint(one) == addresses.fingerprint(other)) is same


@pytest.mark.parametrize(
    "raw", ["", "x", "a@b", "a@b@c.be", "a b@c.be", "a@c.be,b@c.be", "<a@c.be>", "a@[127.0.0.1]", "x" * 300 + "@c.be"]
)
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(addresses.NotAnAddress):
        addresses.normal(raw)


def test_an_address_is_kept_as_smtp_wants_it() -> None:
    assert addresses.normal(" An@Café.example ") == "An@xn--caf-dma.example"


def test_a_token_of_one_kind_is_nothing_elsewhere_and_ends_in_time() -> None:
    signer = Signer()
    signer.use("secret" * 8)
    token = signer.sign([1, "x"], "confirm")
    assert signer.read(token, "confirm") == [1, "x"]
    with pytest.raises(BadToken):
        signer.read(token, "receipt")
    with pytest.raises(ExpiredToken):
        signer.read(token, "confirm", timedelta(seconds=-1))
    signer.use("other" * 8, ["secret" * 8])
    assert signer.read(token, "confirm") == [1, "x"]


def test_a_sealed_token_is_the_same_each_time() -> None:
    signer = Signer()
    signer.use("secret" * 8)
    assert signer.seal([1, "2"], "unsubscribe") == signer.seal([1, "2"], "unsubscribe")
    with pytest.raises(BadToken):
        signer.unseal(signer.sign([1, "2"], "unsubscribe"), "unsubscribe")


def test_production_names_everything_that_is_missing_or_malformed_at_once() -> None:
    with pytest.raises(config.SettingsError) as caught:
        config.read(
            {
                "DATABASE_URL": "mysql://x",
                "PII_KEYS": "k1:short",
                "MAIL_PORT": "many",
                "SECRET_KEY": "short",
                "MAIL_DEFAULT_SENDER": "FOS <a@b.be>",
            }
        )
    for words in ("REDIS_URL is missing", "FINGERPRINT_KEY is missing", "DATABASE_URL does not", "PII_KEYS is not",
                  "MAIL_PORT is", "SECRET_KEY is shorter"):  # fmt: skip
        assert words in str(caught.value)


def test_production_starts_with_what_the_readme_asks_and_shows_no_secret() -> None:
    key = base64.b64encode(os.urandom(32)).decode()
    env = dict.fromkeys(config.REQUIRED, "x" * 32) | {
        "DATABASE_URL": "postgres://u:geheim@db/x", "PII_KEYS": f"k1:{key}", "FINGERPRINT_KEY": key,
        "PUBLIC_URL": "https://acties.voorbeeld.be/", "MAIL_DEFAULT_SENDER": "a@voorbeeld.be",
        "HOST_CONTACT": "b@voorbeeld.be",
    }  # fmt: skip
    settings = config.read(env)
    assert (settings.public_url, settings.secure) == ("https://acties.voorbeeld.be", True)
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert "geheim" not in repr(settings)
    assert key not in repr(settings)


def test_limits_count_per_key_and_are_open_when_redis_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.test_request_context():
        assert [limits.allowed("t", "one", "2 per hour") for _ in range(3)] == [True, True, False]
        assert limits.allowed("t", "two", "2 per hour")
        monkeypatch.setattr(limits.limiter.limiter.storage, "storage", None, raising=False)

        def away(*_: object) -> bool:
            raise ConnectionError

        monkeypatch.setattr(limits.limiter.limiter, "hit", away)
        assert limits.allowed("t", "one", "2 per hour")


def test_networks_are_told_apart_without_keeping_an_address(app: Flask) -> None:
    def name(address: str) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return limits.network()

    assert name("192.0.2.1") != name("192.0.2.2")
    assert name("2001:db8::1") == name("2001:db8::2")
    assert name("2001:db8::1") != name("2001:db8:0:1::1")
    assert "192" not in name("192.0.2.1")


def test_a_thousand_wake_ups_wait_as_two(app: Flask, session: object) -> None:
    for _ in range(20):
        with transaction():
            queue.nudge("campaigner.outbox.jobs.drain", 1, queue="urgent")
    assert queue.bell.queue("urgent").count == 2
    assert queue.ring("campaigner.outbox.jobs.drain", 1, queue="urgent", again=True)


def test_nothing_is_rung_for_a_transaction_that_failed(app: Flask, session: object) -> None:
    def fail() -> None:
        with transaction():
            queue.nudge("campaigner.outbox.jobs.drain", 1, queue="urgent")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert queue.bell.queue("urgent").count == 0


@given(st.text())
def test_a_line_is_one_line_and_prints(raw: str) -> None:
    line = text.one_line(raw)
    assert not set(line) & set("\r\n\0\u2028\u2029\u202e")
    assert line == text.one_line(line)


def test_markdown_lets_nothing_unsafe_through() -> None:
    html = text.markdown(
        "<script>x</script> [a](javascript:alert(1)) **b** <img src=x onerror=y> [c](https://d.example)"
    )
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert "<strong>b</strong>" in html
    assert 'href="https://d.example"' in html


def test_places_and_numbers_read_as_people_here_write_them(app: Flask) -> None:
    assert places.town("BE", "9000", "nl") == "Gent"
    assert places.town("BE", "9000", "fr") == "Gand"
    assert places.region("BE", "1000") == places.BRUSSELS
    assert places.region("NL", "1012AB") == "NL"
    for lang, written in {"nl": "2.847", "fr": "2\u202f847", "en": "2,847", "es": "2.847"}.items():
        with app.test_request_context(f"/{lang}/"):
            assert i18n.number(2847) == written


def test_a_sealed_value_is_the_same_each_time_and_differs_from_every_other(app):
    from campaigner.core.crypto import NONCE, keyring

    one, again, other = keyring.seal("1/2", "link"), keyring.seal("1/2", "link"), keyring.seal("1/3", "link")
    assert one == again
    start = 1 + one[0]
    assert one[start : start + NONCE] != other[start : start + NONCE]
    assert keyring.decrypt(one, "link") == "1/2"
    assert keyring.seal("1/2", "other") != one
