"""References: what people read out over the telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigner.contact import references

numbers = st.integers(min_value=1, max_value=10**9)


def test_a_reference_names_the_host_the_year_and_the_number():
    reference = references.make(host="FOS", year=2026, number=417)

    assert reference == "FOS-26-000417-M"
    assert references.read(reference) == reference


def test_the_check_character_is_the_one_of_the_standard():
    # The example of the Global Release Identifier, which uses ISO 7064 MOD 37,36.
    assert references.check_character("A12425GABC1234002") == "M"


@pytest.mark.parametrize("typed", ["fos-26-000417-m", " FOS 26 000417 M ", "FOS26000417M", "FOS-26-000417M"])
def test_small_letters_spaces_and_missing_hyphens_are_forgiven(typed):
    assert references.read(typed) == "FOS-26-000417-M"


@pytest.mark.parametrize(
    "typed", ["", "FOS", "FOS-26-417-O", "FOS-26-000418-O", "'; DROP TABLE", "\x00", "FOS-26-000417"]
)
def test_what_is_no_reference_is_none(typed):
    assert references.read(typed) is None


def test_a_host_with_spaces_and_accents_becomes_plain_letters():
    assert references.make(host="Solidarité Sud", year=2031, number=1).startswith("SOLIDARITESU-31-000001-")
    assert references.make(host="—", year=2026, number=1).startswith("REF-26-")


@given(number=numbers, place=st.integers(0, 30), character=st.sampled_from(references.ALPHABET))
def test_one_wrong_character_is_always_noticed(number, place, character):
    right = references.make(host="FOS", year=2026, number=number)
    place %= len(right)
    wrong = right[:place] + character + right[place + 1 :]

    assert wrong == right or right[place] == "-" or references.read(wrong) is None


@given(number=numbers, year=st.integers(2000, 2099), host=st.text(max_size=20))
def test_every_reference_can_be_read_back(number, year, host):
    reference = references.make(host=host, year=year, number=number)

    assert references.read(reference.lower().replace("-", " ")) == reference


@given(st.text(max_size=40))
def test_reading_never_fails(typed):
    assert references.read(typed) is None or "-" in str(references.read(typed))
