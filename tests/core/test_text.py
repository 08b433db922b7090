"""Cleaning what strangers type: bounded work whatever is sent, honest about what is too long, names that are names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from campaigner.core import addresses, forms, text

MARKS = "\u0301\u0323\u0344\u0f73\u0327\u20dd"  # U+0344 and U+0F73 come apart into two marks each
ATTACK = "e" + "\u0301\u0323" * 126_000


class Fields(Form):
    """One of each field."""

    line = forms.LineField(validators=[forms.AtMost(80)])
    lines = forms.LinesField(validators=[forms.AtMost(10_000)])
    story = forms.LinesField(validators=[forms.AtMost(20_000)])
    email = forms.AddressField(validators=[forms.Address()])
    name = forms.LineField(validators=[forms.NoLink()])


def filled(**typed: str) -> Fields:
    return Fields(MultiDict(typed))


def longest_row_of_marks(cleaned: str) -> int:
    row = longest = 0
    for character in cleaned:
        row = row + 1 if unicodedata.category(character).startswith("M") else 0
        longest = max(longest, row)
    return longest


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is given to NFC."""
    seen: list[str] = []

    def normalize(kind: str, given_text: str) -> str:
        seen.append(given_text)
        return real(kind, given_text)

    real = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", normalize)
    return seen


@pytest.mark.parametrize("sent", [ATTACK, "\u0f73" * 126_000, "a" * 250_000, "e\u0301" * 126_000])
def test_the_work_on_what_is_sent_is_bounded_before_it_is_normalised(sent: str, normalised: list[str]) -> None:
    filled(line=sent, lines=sent, story=sent, email=sent, name=sent).validate()
    assert normalised
    assert max(map(len, normalised)) <= 2 * 20_000
    assert max(map(longest_row_of_marks, normalised)) <= text.MARKS_IN_A_ROW


def test_an_address_is_measured_before_it_is_normalised(normalised: list[str]) -> None:
    with pytest.raises(addresses.NotAnAddress):
        addresses.normal(ATTACK)
    assert normalised == []


@given(st.text(st.sampled_from("ea\u0925 " + MARKS), max_size=200))
def test_a_row_of_marks_stays_short_and_cleaning_again_changes_nothing(raw: str) -> None:
    for clean in (text.one_line, text.lines):
        cleaned = clean(raw)
        assert longest_row_of_marks(cleaned) <= text.MARKS_IN_A_ROW
        assert clean(cleaned) == cleaned
        assert unicodedata.is_normalized("NFC", cleaned)


def test_what_real_scripts_write_is_left_alone() -> None:
    for name in ("Nguyễn Thị Ánh", "Zoë", "शिक्षा", "ผู้หญิง", "שִׁבֹּלֶת"):
        assert text.one_line(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("size", [81, 2_000, 2_001, 300_000])
def test_too_long_is_said_whatever_is_cut(size: int) -> None:
    form = filled(line="x" * size)
    assert not form.validate()
    assert "line" in form.errors


def test_a_text_whose_length_lies_behind_the_cut_is_still_too_long() -> None:
    hidden = "begin" + "\x00" * 40_000 + "end"
    form = filled(line=hidden, lines=hidden)
    assert not form.validate()
    assert {"line", "lines"} <= form.errors.keys()


def test_a_text_somewhat_too_long_comes_back_whole_to_be_shortened() -> None:
    assert len(filled(story="x" * 30_000).story.data) == 30_000


@pytest.mark.parametrize(
    "name",
    ["Win 100 euro: casino.com", "Casino.Com", "WIN.CLUB", "http://x", "www.koop", "t.me/x", "jan@voorbeeld.example",
     "goed．com", "a/b", "koop.xyz nu"],
)  # fmt: skip
def test_a_name_that_advertises_is_refused(name: str) -> None:
    form = filled(name=name)
    form.validate()
    assert form.name.errors


@pytest.mark.parametrize(
    "name",
    ["J.Peeters", "Ma.Elena", "St.Pieters", "J.De Wit", "M.A.", "D'Hondt", "An v.d. Berg", "Jr.", "José Mª", "李"],
)
def test_names_that_people_have_pass(name: str) -> None:
    form = filled(name=name)
    form.validate()
    assert not form.name.errors


def test_a_tag_makes_another_person_but_not_another_mailbox_to_count_for(app: object) -> None:
    one, other = "vreemde+1@voorbeeld.example", "vreemde+2@voorbeeld.example"
    assert addresses.fingerprint(one) != addresses.fingerprint(other)
    assert addresses.quota_fingerprint(one) == addresses.quota_fingerprint(other)
    assert addresses.quota_fingerprint(one) == addresses.quota_fingerprint("Vreemde@VOORBEELD.example")
    assert addresses.quota_fingerprint("+1@voorbeeld.example") != addresses.quota_fingerprint("+2@voorbeeld.example")
