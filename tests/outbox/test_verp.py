"""The addresses that name a delivery: whole through every mail server, and impossible to make up."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigner.core.crypto import keyring
from campaigner.outbox import verp
from campaigner.outbox.verp import Found

HOME = "bounces@fos.example"
mailings = st.integers(min_value=1, max_value=10**18 - 1)


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    """A key, also where this file runs alone."""
    before = dict(vars(keyring))
    keyring.use((("k1", b"k" * 32),), b"f" * 32)
    yield
    vars(keyring).update(before)


def _sealed(mailing_id: int, recipient: str, purpose: str = "b") -> str:
    address = verp.seal(mailing_id, recipient, purpose, HOME)
    assert address
    return address


@given(mailings, st.text(max_size=40), st.sampled_from(verp.PURPOSES))
def test_what_was_sealed_is_found_again_or_there_is_no_address(mailing_id: int, recipient: str, purpose: str) -> None:
    try:
        recipient.encode()
    except UnicodeEncodeError:
        return
    address = verp.seal(mailing_id, recipient, purpose, HOME)
    if address is None:
        assert len(recipient.encode()) > 10
    elif recipient:
        assert verp.opened(address) == Found(purpose, mailing_id, recipient)


@given(mailings, st.from_regex(r"[A-Za-z0-9/:._-]{1,14}", fullmatch=True))
def test_it_survives_capitals_and_fits_a_local_part(mailing_id: int, recipient: str) -> None:
    address = verp.seal(mailing_id, recipient, "b", HOME)
    if address is not None:
        assert len(address.partition("@")[0]) <= 64
        assert re.fullmatch(r"[a-z0-9+_-]+@fos\.example", address)
        assert verp.opened(address.upper()) == verp.opened(address) == Found("b", mailing_id, recipient)


def test_a_supporters_number_stays_readable() -> None:
    assert re.fullmatch(r"bounces\+b-7-4711-[a-z2-7]{16}@fos\.example", _sealed(7, "4711"))


def test_it_is_the_same_on_every_attempt_and_another_for_everybody_else() -> None:
    assert _sealed(7, "4711") == _sealed(7, "4711")
    others = {_sealed(7, "4711"), _sealed(7, "4712"), _sealed(8, "4711"), _sealed(7, "4711", "u"), _sealed(74, "711")}
    assert len({address.rpartition("-")[2] for address in others}) == 5


def test_a_token_of_one_delivery_or_purpose_opens_no_other() -> None:
    mac = _sealed(7, "4711").rpartition("-")[2]
    for forged in ("b-7-4712", "b-8-4711", "u-7-4711", "b-74-711", "b-7-_ga3tcmi", "b-07-4711", "b-7-04711"):
        assert verp.opened(f"bounces+{forged}-{mac}") is None, forged


@given(st.text(max_size=200))
def test_anything_may_be_asked(text: str) -> None:
    assert verp.opened(text) is None
    assert verp.opened(f"bounces+b-1-{text}@fos.example") is None


def test_one_letter_of_the_hash_makes_it_another() -> None:
    address = _sealed(7, "4711")
    at = address.index("@") - 1
    for letter in "abcdefghijklmnopqrstuvwxyz234567":
        if letter != address[at]:
            assert verp.opened(address[:at] + letter + address[at + 1 :]) is None


def test_without_a_return_address_there_is_none() -> None:
    assert verp.seal(7, "4711", "b", "") is None
    assert verp.seal(7, "x" * 60, "b", HOME) is None


def test_brackets_and_spaces_around_it_do_not_matter() -> None:
    assert verp.opened(f" <{_sealed(7, '4711')}> ") == Found("b", 7, "4711")
