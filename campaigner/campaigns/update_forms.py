"""Forms by which staff write and check news, and the fields for days and moments. They ask the database nothing."""

from datetime import date, datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, DateInput, DateTimeLocalInput, ListWidget

from campaigner.campaigns.forms import LINE, OneOf, listed
from campaigner.campaigns.updates import CHECKS, News
from campaigner.core.clock import BRUSSELS
from campaigner.core.forms import AtMost, LineField, LinesField, Required
from campaigner.core.i18n import LANGUAGES, language_name
from campaigner.core.i18n import lazy_gettext as _l

YEARS = (1990, 2100)  # what a day can be about; PostgreSQL and strftime would take more, readers would not


class DayField(StringField):
    """A calendar day, as browsers send it (HTML, 2.3.5.2): 2026-05-12."""

    widget = DateInput()

    def _value(self) -> str:
        return self.data.isoformat() if isinstance(self.data, date) else str((self.raw_data or [""])[0] or "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read it, or say how it is written."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        try:
            self.data = date.fromisoformat(typed) if typed else None
        except ValueError:
            self.data = None
        if typed and (self.data is None or not YEARS[0] <= self.data.year <= YEARS[1]):
            self.data = None
            raise ValueError(_l("Choose a day, like 2026-05-12."))


class MomentField(StringField):
    """A day and a time in Brussels, as browsers send it (HTML, 2.3.5.5): 2026-05-12T20:00. Empty is None."""

    widget = DateTimeLocalInput()

    def _value(self) -> str:
        if isinstance(self.data, datetime):
            return self.data.astimezone(BRUSSELS).strftime("%Y-%m-%dT%H:%M")
        return str((self.raw_data or [""])[0] or "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read it, or say how it is written."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            found = datetime.fromisoformat(typed)
        except ValueError as error:
            raise ValueError(_l("Choose a day and a time.")) from error
        if found.tzinfo is not None or not YEARS[0] <= found.year <= YEARS[1]:
            raise ValueError(_l("Choose a day and a time."))
        self.data = found.replace(tzinfo=BRUSSELS)


class NewsForm(FlaskForm):
    """What an update says in one language. `offer` must be called before it is used."""

    language = SelectField(
        _l("Language it was written in"), choices=listed((code, language_name(code)) for code in LANGUAGES),
        validate_choice=False, validators=[OneOf()],
    )  # fmt: skip
    author = SelectField(_l("Who speaks?"), choices=[], validate_choice=False, validators=[OneOf()])
    title = LineField(_l("Title"), validators=[Required(_l("Fill in a title.")), AtMost(LINE)])
    body = LinesField(_l("Text"), validators=[Required(_l("Write the text.")), AtMost(8000)])

    def offer(self, *, authors: list[str]) -> None:
        """Fill the list of who can speak."""
        self.author.choices = listed((name, name) for name in dict.fromkeys(authors))

    def news(self) -> News:
        """What was filled in, once it has validated."""
        return News(title=self.title.data or "", body=self.body.data or "", author=self.author.data or "")


class CheckForm(FlaskForm):
    """The list to tick before a text goes online, and the moment from which it is shown."""

    seen = HiddenField()
    checks = SelectMultipleField(
        _l("I read this text and I am sure:"), choices=listed(CHECKS.items()), validate_choice=False,
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    at = MomentField(_l("Show it from"))
