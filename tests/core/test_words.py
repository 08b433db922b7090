"""How days, spans, sentences and towns are written."""

from datetime import date, timedelta

import pytest
from flask import Flask

from campaigner.core import i18n, places
from campaigner.core.clock import now
from campaigner.core.text import first_sentence


@pytest.mark.parametrize(
    ("language", "whole", "short"),
    [
        ("nl", "22 november 2026", "22 november"),
        ("fr", "22 novembre 2026", "22 novembre"),
        ("en", "22 November 2026", "22 November"),
        ("es", "22 de noviembre de 2026", "22 de noviembre"),
    ],
)
def test_a_day_is_written_as_the_language_does(app: Flask, language: str, whole: str, short: str) -> None:
    with app.test_request_context("/"), i18n.force_locale(language):
        assert i18n.day(date(2026, 11, 22)) == whole
        assert i18n.day(date(2026, 11, 22), "d MMMM") == short


def test_how_long_ago_is_not_a_time_of_day(app: Flask) -> None:
    with app.test_request_context("/"), i18n.force_locale("nl"):
        assert i18n.ago(now() - timedelta(hours=7)) == "7 uur geleden"


def test_no_line_breaks_within_the_word_e_mail() -> None:
    assert i18n.unbroken("Je E-mailadres, e-mail, de-mailing") == "Je E\u2011mailadres, e\u2011mail, de-mailing"


def test_the_first_sentence_is_whole() -> None:
    assert first_sentence("Ze tekenden. Jij ook?") == "Ze tekenden."
    assert first_sentence("Et toi\u202f? Signe.") == "Et toi\u202f?"
    assert first_sentence("Zonder punt") == "Zonder punt"


def test_the_capital_has_its_name_in_every_language() -> None:
    names = [places.town("BE", "1000", language) for language in ("nl", "fr", "en", "es")]
    assert names == ["Brussel", "Bruxelles", "Brussels", "Bruselas"]
