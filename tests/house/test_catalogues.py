"""Four languages, each whole."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from campaigner import check
from campaigner.cli import main
from campaigner.config import LANGUAGES

# Words that are the same in another language, and names. Anything longer has to differ.
SAME = {
    "nl": set(), "fr": set(), "es": set(),
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]{2,}")


def _sentences(text: str) -> list[str]:
    return WORD.findall(check.PLACEHOLDER.sub("", text))


def test_every_catalogue_is_whole_and_keeps_its_placeholders() -> None:
    assert check.catalogues() == []


def test_french_is_set_as_french_is() -> None:
    assert check.typography() == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("L'usine", "a straight apostrophe"),
        ("Quoi ?", "no no-break space before a sign"),
        ("Quoi?", "no no-break space before a sign"),
        ("À 09:30, tu signes", ""),
        ("« Oui\u00a0»", "no no-break space after «"),
        ("\u00ab\u00a0Oui »", "no no-break space before a sign"),
        ("L’usine\u00a0: voir https://section.example, %(url)s", ""),
    ],
)
def test_the_check_finds_french_that_is_not(text: str, wrong: str) -> None:
    found = [what for what, mark in check.UNFRENCH.items() if mark.search(check._words_only(text))]
    assert found == ([wrong] if wrong else [])


def test_every_sentence_of_the_source_is_in_every_catalogue() -> None:
    assert check.extracted() == []


def test_the_compiled_catalogues_say_what_their_source_says() -> None:
    assert check.binaries() == []


def test_all_catalogues_hold_the_same_sentences() -> None:
    known = [check._said(language).keys() for language in LANGUAGES]
    assert all(sentences == known[0] for sentences in known)
    assert len(known[0]) > 400


def test_english_is_the_sentence_itself() -> None:
    different = {m: t for m, t in check._said("en").items() if len(t) == 1 and t != (m,)}
    assert different == {}


@pytest.mark.parametrize("language", ["nl", "fr", "es"])
def test_nothing_was_left_in_english(language: str) -> None:
    """A translation equal to its English is a word both languages have, or one that was forgotten."""
    same = {
        sentence
        for sentence, texts in check._said(language).items()
        if texts[0] == sentence and len(_sentences(sentence)) > 2
    }
    assert same - SAME[language] == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_brings_markup_or_a_loose_space(language: str) -> None:
    for sentence, texts in check._said(language).items():
        for text in texts:
            assert ("<" in text) <= ("<" in sentence), sentence
            assert text == text.strip() or sentence != sentence.strip(), sentence
            assert "\u202e" not in text
            assert "\x00" not in text


@pytest.mark.parametrize("language", ["nl", "fr", "es"])
def test_we_do_not_shout(language: str) -> None:
    loud = [
        text for texts in check._said(language).values() for text in texts if re.search(r"[!¡]|\b[A-Z]{7,}\b", text)
    ]
    assert loud == []


def test_the_check_tells_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: nl\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Empty"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Doubtful"\nmsgstr "Twijfel"\n\n'
        'msgid "Dear %(name)s"\nmsgstr "Beste %(naam)s"\n\n'
        'msgid "%(n)s of %(all)s"\nmsgstr "%(n)s"\n\n'
        'msgid "%(n)s mail"\nmsgid_plural "%(n)s mails"\nmsgstr[0] "één mail"\nmsgstr[1] "%(n)s mails"\n\n'
        'msgid "%(n)s%% done"\nmsgstr "%(n)s% klaar"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(check, "TRANSLATIONS", tmp_path)
    monkeypatch.setattr(check, "LANGUAGES", ("nl",))
    assert check.catalogues() == [
        "nl: 'Empty' is not translated",
        "nl: 'Doubtful' is fuzzy",
        "nl: 'Dear %(name)s' names naam, which the English does not",
        "nl: '%(n)s of %(all)s' leaves out all",
        "nl: '%(n)s%% done' holds a bare % beside placeholders",
    ]
    assert check.binaries() == ["nl: the compiled catalogue is missing; run make catalogues"]
    assert len(check.extracted()) > 400


def test_the_command_ends_with_an_error_when_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigner.create_app", lambda _settings: None)  # there is one already, on real services
    monkeypatch.setattr(check, "run", lambda _app: ["nl: something"])
    answer = CliRunner().invoke(main, ["check"])
    assert answer.exit_code == 1
    assert "nl: something" in answer.output
    monkeypatch.setattr(check, "run", lambda _app: [])
    assert CliRunner().invoke(main, ["check"]).exit_code == 0
