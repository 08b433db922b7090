"""What staff type about a message: an answer, a note, a reason, a saved reply."""

import secrets
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import ValidationError

from campaigner.contact import snippets
from campaigner.contact.topics import TOPICS
from campaigner.core.forms import AtMost, LineField, LinesField, Required
from campaigner.core.i18n import LANGUAGES, language_name
from campaigner.core.i18n import lazy_gettext as _l

LONGEST = 10_000


def _nonce() -> str:
    return f"staff-{secrets.token_urlsafe(12)}"


class OnceForm(FlaskForm):
    """A form that counts once, however often it is sent."""

    nonce = HiddenField(default=_nonce)

    def validate_nonce(self, field: HiddenField) -> None:
        """One of ours by its shape; another is replaced, so that nothing is lost."""
        if not (isinstance(field.data, str) and field.data.startswith("staff-") and len(field.data) < 60):
            field.data = _nonce()


class ReplyForm(OnceForm):
    """An answer. `seen` is the last line of the history that its writer had on the page."""

    body = LinesField(_l("Your answer"), validators=[Required(_l("Write your answer.")), AtMost(LONGEST)])
    keep = BooleanField(_l("Keep it in hand"))
    seen = HiddenField(default=0)

    @property
    def last_seen(self) -> int:
        """The number; 0, nothing, when what came is none."""
        typed = str(self.seen.data or "")
        return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


class NoteForm(OnceForm):
    """Words for colleagues."""

    body = LinesField(_l("Note for colleagues"), validators=[Required(_l("Write the note.")), AtMost(4_000)])


class LongerForm(OnceForm):
    """Why an answer takes longer: its sender reads this."""

    body = LinesField(_l("Why it takes longer"), validators=[Required(_l("Write why it takes longer.")), AtMost(2_000)])


class SnippetForm(FlaskForm):
    """A saved reply, in the languages it was written in."""

    name = LineField(_l("Name, for colleagues"), validators=[Required(_l("Give it a name.")), AtMost(80)])
    topic = SelectField(_l("For messages about"), validate_choice=False)
    nl = LinesField("nl", validators=[AtMost(LONGEST)])
    fr = LinesField("fr", validators=[AtMost(LONGEST)])
    en = LinesField("en", validators=[AtMost(LONGEST)])
    es = LinesField("es", validators=[AtMost(LONGEST)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _l("Every topic"))
        self.topic.choices = [every, *((code, topic.label) for code, topic in TOPICS.items())]
        for code in LANGUAGES:
            self[code].label.text = language_name(code)

    @property
    def texts(self) -> dict[str, str]:
        """The text of every language."""
        return {code: self[code].data or "" for code in LANGUAGES}

    def validate_nl(self, field: Any) -> None:
        """At least one language, and no field that nobody can fill in."""
        if not any(self.texts.values()):
            raise ValidationError(_l("Write it in at least one language."))
        odd = [mark for words in self.texts.values() for mark in snippets.unknown_fields(words)]
        if odd:
            raise ValidationError(_l("There is no field %(field)s.", field=odd[0]))
