"""Slots: what one recipient's values become in a subject, a text and an HTML part."""

import pytest

from campaigner.outbox import slots

LINK = "https://acties.example/u/abc"


def test_a_name_is_put_in():
    assert slots.fill("Dag {{voornaam}},", {"voornaam": "Fatiha"}, "text") == "Dag Fatiha,"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dag {{voornaam}},", "Dag,"),
        ("Dag {{ voornaam }},\n\nNieuws.", "Dag,\n\nNieuws."),
        ("Bonjour {{voornaam}} !", "Bonjour !"),
        ("{{voornaam}}, teken je mee?", "Teken je mee?"),
        ("Goed.\n\n{{voornaam}}, élke stem telt", "Goed.\n\nÉlke stem telt"),
        ("<p>{{voornaam}}, wij ook</p>", "<p>Wij ook</p>"),
        ("<p>Dag <strong>{{voornaam}}</strong>,</p>", "<p>Dag<strong></strong>,</p>"),
        ("Dag {{voornaam|vriend}},", "Dag vriend,"),
        ("Dag {{voornaam|}},", "Dag ,"),
        ("Kom mee, {{voornaam}}", "Kom mee,"),
    ],
)
def test_without_a_name_the_sentence_still_reads_well(written, read):
    assert slots.fill(written, {"voornaam": ""}, "text") == read


def test_a_name_of_white_space_and_controls_is_no_name():
    assert slots.fill("Dag {{voornaam}},", {"voornaam": " \r\n\x00 "}, "header") == "Dag,"


def test_a_name_cannot_bring_markup_into_the_html():
    filled = slots.fill("<p>Dag {{voornaam}}</p>", {"voornaam": '<img src=x onerror="a()">'}, "html")
    assert filled == "<p>Dag &lt;img src=x onerror=&quot;a()&quot;&gt;</p>"


@pytest.mark.parametrize("broken", ["Eva\r\nBcc: x@evil.example", "Eva\nX: y", "Eva\u2028X: y", "Eva\x0bX", "Eva\x85X"])
@pytest.mark.parametrize("place", ["header", "text", "html"])
def test_a_name_cannot_begin_a_new_line_anywhere(broken, place):
    filled = slots.fill("{{voornaam}}, kijk", {"voornaam": broken}, place)
    assert len(filled.splitlines()) == 1


def test_a_value_is_never_read_for_marks():
    values = {"voornaam": "{{afmelden}}", "afmelden": LINK}
    assert slots.fill("Dag {{voornaam}}: {{afmelden}}", values, "text") == "Dag {{afmelden}}: " + LINK


def test_an_address_is_escaped_in_html_and_plain_in_text():
    values = {"afmelden": LINK + "?a=1&b=2"}
    assert slots.fill('<a href="{{afmelden}}">', values, "html") == f'<a href="{LINK}?a=1&amp;b=2">'
    assert slots.fill("{{afmelden}}", values, "text") == LINK + "?a=1&b=2"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://a.example/ b"])
def test_only_a_web_address_fills_an_address_slot(address):
    with pytest.raises(ValueError, match="afmelden"):
        slots.fill("{{afmelden}}", {"afmelden": address}, "html")


def test_a_slot_without_a_value_is_an_error_not_an_empty_place():
    with pytest.raises(KeyError):
        slots.fill("{{afmelden}}", {"voornaam": "Eva"}, "text")


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Dag {{naam}}, {{gemeente}} {{naam}}", ("{{naam}}", "{{gemeente}}")),
        ("Dag {{voornaam", ("{{voornaam",)),
        ("Dag {{}}", ("{{}}",)),
        ("Dag {{voornaam|a|b}}", ("{{voornaam|a",)),
    ],
)
def test_marks_that_nobody_can_fill_are_refused_by_name(text, marks):
    with pytest.raises(slots.BadSlots) as caught:
        slots.check(text)
    assert caught.value.marks[: len(marks)] == marks


def test_known_marks_and_the_braces_of_a_style_sheet_are_fine():
    slots.check("{{voornaam}} {{ voornaam | vriend }} {{afmelden}} @media (x) {.a{color:red}}")


def test_what_may_stand_in_a_text_can_be_narrowed():
    with pytest.raises(slots.BadSlots):
        slots.check("{{afmelden}}", allowed=["voornaam"])


def test_a_text_is_cut_at_its_slots_once():
    assert slots.split("a{{voornaam}}b{{afmelden}}c") == ("a", "voornaam", "b", "afmelden", "c")
    assert slots.split("a{{voornaam|x}}b", frozenset({"voornaam"})) == ("axb",)
