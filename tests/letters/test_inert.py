"""Nothing in a letter is a link to a mail program, and nothing in it is lost to a reader."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigner.letters.inert import inert

LINKS = [
    "https://kwaad.example/pad?x=1", "HTTP://kwaad.example", "www.kwaad.example", "kwaad.be", "kwaad.co.uk/x",
    "mailto:an@kwaad.example", "an@kwaad.example", "javascript:alert(1)", "tel:0470", "ftp://kwaad.example",
    "https://1.2.3.4/x", "kwaad。example", "data:text/html,x", "sms:an@kwaad.example",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_a_link_can_be_read_and_not_pressed(link: str) -> None:
    dead = inert(f"Kijk op {link} voor meer.")
    assert not re.search(r"\w://|\w@\w|\w[.。]\w*[^\W\d_]{2}|(?:mailto|javascript|tel|data):", dead, re.I)
    assert "kwaad" in dead or "kwaad" not in link


@pytest.mark.parametrize(
    "text",
    ["Geachte heer,\n\n1. Ten eerste. 2. Ten tweede: stop.", "Om 9.30 uur, voor 3.000 mensen.", "En/of m/v, enz.",
     "Dhr. J. Peeters vraagt: wanneer?", "“Nee”, zei zij…"],
)  # fmt: skip
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


@given(st.text(max_size=200))
def test_only_brackets_are_added(text: str) -> None:
    assert _without_brackets(inert(text)) == _without_brackets(text)


def _without_brackets(text: str) -> str:
    for dead, alive in (("[.]", "."), ("[at]", "@"), ("[:]", ":"), ("。", "."), ("．", ".")):
        text = text.replace(dead, alive)
    return text
