"""Every mail has its three parts, and each says in four languages what it has to say."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import UndefinedError
from markupsafe import Markup

from campaigner import check
from campaigner.config import LANGUAGES
from campaigner.letters.mails import Sheet
from campaigner.outbox import render

PARTS = (".subject.txt", ".txt", ".mjml")
HOSTILE = "An<script>x</script>&\"'"
# What each mail is filled with. A new mail must be added here, and is then looked at in four languages.
VALUES: dict[str, dict[str, Any]] = {
    "actions/mails/confirm": {
        "first_name": HOSTILE, "title": HOSTILE, "text_language": "nl", "pillar": "work", "already": False,
        "kind": "petition", "answers": [HOSTILE],
        "confirm_url": "http://localhost/confirm/x", "not_me_url": "http://localhost/confirm/x/not-me",
        "campaign_url": "http://localhost/nl/c/x",
    },
    "actions/mails/reminder": {
        "first_name": HOSTILE, "title": HOSTILE, "text_language": "nl", "pillar": "work", "kind": "petition",
        "answers": [HOSTILE], "signed_at": datetime(2026, 5, 1, tzinfo=UTC), "until": datetime(2026, 5, 15, tzinfo=UTC),
        "confirm_url": "http://localhost/confirm/x", "not_me_url": "http://localhost/confirm/x/not-me",
        "campaign_url": "http://localhost/nl/c/x",
    },
    "solidarity/mails/digest": {
        "title": HOSTILE, "text_language": "nl", "pillar": "work", "number": 2, "more": 1,
        "messages": [
            {"text": f"{HOSTILE}\nHou vol", "language": "nl", "direction": None, "signature": HOSTILE},
            {"text": "نحن معكم", "language": "ar", "direction": "rtl", "signature": ""},
        ],
        "wall_url": "http://localhost/nl/c/x/messages", "booklet_url": "http://localhost/booklet/x",
    },
    "contact/mails/receipt": {
        "reference": "K-2345-67", "topic": "campaign", "label": HOSTILE, "due_at": datetime(2026, 5, 1, tzinfo=UTC),
    },
    "contact/mails/notice": {
        "reference": "K-2345-67", "label": HOSTILE, "urgent": True, "message_id": 7, "state": "check",
        "due_at": datetime(2026, 5, 1, tzinfo=UTC), "spoken": "es",
    },
    "contact/mails/digest": {
        "number": 60, "more": 20,
        "lines": [{"id": 7, "reference": "K-2345-67", "label": HOSTILE, "score": score} for score in (7, 12)],
    },
    "contact/mails/answer": {
        "reference": "K-2345-67", "label": HOSTILE, "said": f"Dag {HOSTILE},\n\nTwee\nregels", "subject_line": "",
        "since": datetime(2026, 5, 1, tzinfo=UTC), "due_at": datetime(2026, 5, 31, tzinfo=UTC),
    },
    "contact/mails/longer": {
        "reference": "K-2345-67", "label": HOSTILE, "said": f"{HOSTILE}\nTwee regels", "subject_line": HOSTILE,
        "since": datetime(2026, 5, 1, tzinfo=UTC), "due_at": datetime(2026, 7, 30, tzinfo=UTC),
    },
    "contact/mails/back": {"reference": "K-2345-67", "label": HOSTILE, "message_id": 7},
    "organisations/mails/receipt": {"reference": HOSTILE, "urgent": True},
    "organisations/mails/desk_notice": {"request_id": 7, "spoken": "es"},
    "organisations/mails/desk_receipt": {},
    "organisations/mails/desk_refusal": {},
    "organisations/mails/notice": {"reference": HOSTILE, "urgent": True, "request_id": 7, "spoken": "es"},
    "staff/mails/invitation": {
        "name": HOSTILE, "link": "http://localhost/nl/welcome/x", "places": [HOSTILE, HOSTILE], "known": False,
    },
    **{
        f"charters/mails/{name}": {
            "title": HOSTILE, "pillar": "work", "organisation": HOSTILE, "contact": HOSTILE, "state": state,
            "reason": HOSTILE, "own_url": "http://localhost/charter/x",
            "charter_url": "http://localhost/nl/c/x/charter",
        }
        for name, state in (("confirm", "unconfirmed"), ("decided", "shown"))
    },
    "letters/mails/letters": {
        "target": HOSTILE, "first": True, "mode": "digest", "objection_url": "http://localhost/letters/stop/x",
        "title": HOSTILE, "pillar": "work", "number": 2, "mail_subject": HOSTILE,
        "sheets": [Sheet(HOSTILE, [HOSTILE, "Twee\nregels"], "nl", [HOSTILE, "Greet, Gent"])],
        "campaign_url": "http://localhost/nl/c/x",
    },
    "letters/mails/test": {
        "target": HOSTILE, "first": True, "mode": "digest", "objection_url": "http://localhost/letters/stop/x",
        "title": HOSTILE, "pillar": "work", "really": True,
    },
    "alerts/mails/alert": {
        "alert_subject": HOSTILE, "preheader": HOSTILE, "kicker": HOSTILE, "body_html": Markup("<p>Kom mee.</p>"),
        "body_text": "Kom mee.", "button": HOSTILE, "button_url": "http://localhost/nl/c/x", "title": HOSTILE,
        "sender": "Bond", "pillar": "health", "count": 12, "goal": 100,
    },
}  # fmt: skip
VARIANTS = {
    "actions/mails/confirm": [
        {"already": True}, {"pillar": "health", "answers": []}, {"kind": "solidarity"},
        {"kind": "solidarity", "already": True},
    ],
    "solidarity/mails/digest": [{"number": 1, "more": 0, "pillar": "health"}],
    "actions/mails/reminder": [{"kind": "letter", "answers": []}, {"kind": "solidarity", "pillar": "health"}],
    "contact/mails/receipt": [{"topic": topic} for topic in ("privacy", "speaker", "press")],
    "contact/mails/notice": [{"urgent": False, "state": "new"}],
    "contact/mails/digest": [{"number": 1, "more": 0}, {"number": 41, "more": 1}],
    "contact/mails/answer": [{"subject_line": HOSTILE}],
    "contact/mails/longer": [{"subject_line": ""}],
    "contact/mails/back": [],
    "organisations/mails/receipt": [{"urgent": False}],
    "organisations/mails/desk_notice": [],
    "organisations/mails/desk_receipt": [],
    "organisations/mails/desk_refusal": [],
    "organisations/mails/notice": [{"urgent": False}],
    "staff/mails/invitation": [{"places": []}, {"known": True}],
    "charters/mails/confirm": [{"state": "waiting", "pillar": "health"}],
    "charters/mails/decided": [{"state": "refused", "pillar": "health"}],
    "letters/mails/letters": [{"number": 1, "first": False}, {"mode": "once", "pillar": "health"}],
    "letters/mails/test": [{"really": False}],
    "alerts/mails/alert": [{"count": 0, "kicker": ""}, {"count": 200}],
}  # fmt: skip
# Whose subject is what it is given: the words of staff, or the name of a topic.
GIVEN = {
    "alerts/mails/alert",
    "letters/mails/letters",
    "contact/mails/notice",
    "contact/mails/answer",
    "contact/mails/longer",
}
SLOTS = re.compile(r"\{\{(voornaam|afmelden)\}\}")  # filled in for each person: outbox.slots


def _found() -> list[str]:
    return sorted({name.partition(".")[0] for name in check.names() if "/mails/" in name and name.endswith(".mjml")})


def _rendered(app: Flask, template: str, language: str, **changes: Any) -> render.Parts:
    with app.test_request_context(f"/{language}/"):
        return render.parts(template, language=language, values=VALUES[template] | changes)


def test_every_mail_has_its_three_parts() -> None:
    there = [name for name in check.names() if "/mails/" in name]
    subjects = {name.partition(".")[0] for name in there if name.endswith(".subject.txt")}
    assert subjects == set(_found()) == VALUES.keys() == VARIANTS.keys()
    for name in subjects:
        assert all(f"{name}{part}" in there for part in PARTS), name


def test_every_mail_that_the_code_sends_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (check.TOP / "campaigner").rglob("*.py"))
    assert set(re.findall(r'"(\w+/mails/\w+)"', code)) == set(_found())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", VALUES)
def test_every_mail_is_whole_in_every_language(app: Flask, template: str, language: str) -> None:
    for changes in ({}, *VARIANTS[template]):
        parts = _rendered(app, template, language, **changes)
        assert 0 < len(parts.subject) < 200
        assert "\n" not in parts.subject
        for text in (parts.subject, parts.text, parts.html):
            assert not re.search(r"\{\{|\}\}|\{%|%\(", SLOTS.sub("", text))
            assert "None" not in text
        assert not re.search(r"</?mj|\bmj-(?!outlook|column|full)", parts.html)
        assert f'lang="{language}"' in parts.html
        for text in (parts.text, parts.html):
            assert f"http://localhost/{language}/privacy" in text
            assert f"http://localhost/{language}/contact" in text
        assert "\n\n\n" not in parts.text
        assert not [line for line in parts.text.splitlines() if "<b" in line or "&amp;" in line]


@pytest.mark.parametrize("template", [name for name, values in VALUES.items() if "<script" in repr(values)])
def test_what_people_typed_is_text_in_the_html(app: Flask, template: str) -> None:
    html = _rendered(app, template, "nl").html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


class _Whole(HTMLParser):
    """Counts what is opened and not closed, and what would be fetched."""

    VOID = frozenset({"meta", "img", "br", "hr", "link", "input", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        if tag not in self.VOID:
            self.open.append(tag)
        values = dict(attrs)
        for name in ("src", "background") if tag != "link" else ("href",):
            if values.get(name):
                self.fetched.append(str(values[name]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        assert self.open
        assert self.open.pop() == tag, tag


@pytest.mark.parametrize("template", VALUES)
def test_the_html_is_well_formed_and_fetches_nothing(app: Flask, template: str) -> None:
    parts = _rendered(app, template, "fr")
    parser = _Whole()
    parser.feed(re.sub(r"<!--.*?-->", "", parts.html, flags=re.S))
    assert parser.open == []
    assert parser.fetched == []
    assert "@import" not in parts.html
    assert "fonts.googleapis" not in parts.html
    assert len(parts.html.encode()) < 100_000, "Gmail cuts a mail at 102 kB"


@pytest.mark.parametrize("template", VALUES)
def test_every_language_says_it_in_its_own_words(app: Flask, template: str) -> None:
    for changes in ({}, *VARIANTS[template]):
        said = {language: _rendered(app, template, language, **changes) for language in LANGUAGES}
        for one, other in combinations(LANGUAGES, 2):
            if template not in GIVEN:
                assert said[one].subject != said[other].subject, f"{one} and {other}"
            own = [_sentences(said[one].text), _sentences(said[other].text)]
            assert own[0]
            assert not own[0] & own[1], f"{one} and {other} share a sentence"


def _sentences(text: str) -> set[str]:
    """The lines that hold a sentence of ours: more than three words, no address."""
    return {
        line for line in text.splitlines() if len(line.split()) > 3 and "http" not in line and "FOS" not in line[:4]
    }


def test_a_mail_without_its_values_is_an_error_here_and_not_a_gap_in_a_mail(app: Flask) -> None:
    with app.app_context(), pytest.raises(UndefinedError):
        render.parts("actions/mails/confirm", language="nl", values={})


def test_mjml_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\S"):
        render.compiled("<mjml><mj-body><mj-nothing></mj-body>")
    assert Path(check.TEMPLATES / "layouts" / "mail.mjml").is_file()
