"""Forms by which staff write campaigns and make places for them. They ask the database nothing."""

from collections.abc import Iterable
from typing import Any

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from campaigner.campaigns.models import PILLARS
from campaigner.campaigns.service import SLUG_AT_MOST, Facts, Words
from campaigner.core.art import THEMES
from campaigner.core.forms import AtMost, LineField, LinesField, Required
from campaigner.core.i18n import LANGUAGES, country, language_name
from campaigner.core.i18n import lazy_gettext as _l

NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})  # two letters in CLDR, and no place
CODES = map(str, Locale("en").territories)
TERRITORIES = sorted(code for code in CODES if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES)
KINDS = {"petition": _l("Petition"), "letter": _l("Letter"), "solidarity": _l("Solidarity message")}
PILLAR_NAMES = {"work": _l("Decent work"), "health": _l("Right to health")}
THEME_NAMES = {
    "textiel": _l("Textile"), "oogst": _l("Harvest"), "haven": _l("Harbour"), "zorg": _l("Care"),
    "apotheek": _l("Pharmacy"), "mijn": _l("Mine shaft"), "samen": _l("Together"),
}  # fmt: skip
DEMANDS_AT_MOST = 12
LINE = 200


def listed(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Values and labels, as WTForms wants its choices."""
    return [SelectChoice(value, label) for value, label in pairs]


class WholeField(IntegerField):
    """A whole number, also when typed with marks between the thousands."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the marks out; whatever is not a number is said to be none."""
        typed = str(valuelist[0]) if valuelist else ""
        figures = "".join(c for c in typed if c not in " .,'\u00a0\u202f")
        if not (figures.isascii() and figures.isdigit() and len(figures) < 12):
            self.data = None
            raise ValueError(_l("Write a whole number, like 5000."))
        self.data = int(figures)


class Between:
    """A number within bounds, both included."""

    field_flags = {"required": True}

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, form: Form, field: Field) -> None:
        """Raise when it is outside."""
        if field.data is not None and not self.low <= field.data <= self.high:
            raise ValidationError(_l("Choose a number from %(low)s to %(high)s.", low=self.low, high=self.high))


class OneOf:
    """One of the choices, in our words when it is none. For a field with `validate_choice=False`."""

    field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Raise when nothing was chosen, or something that is no choice."""
        if field.data not in [choice.value for choice in field.choices]:
            raise ValidationError(_l("Choose one."))


class FactsForm(FlaskForm):
    """What a campaign is. `offer` must be called before it is used: it fills the lists."""

    pillar = RadioField(
        _l("Pillar"), validate_choice=False, validators=[OneOf()],
        choices=[SelectChoice(each, PILLAR_NAMES[each]) for each in PILLARS],
    )  # fmt: skip
    art = RadioField(
        _l("Drawing"), validate_choice=False, validators=[OneOf()], default="samen",
        choices=[SelectChoice(each, THEME_NAMES[each]) for each in THEMES],
    )  # fmt: skip
    country = SelectField(_l("Country"), choices=[], default="")
    place_label = LineField(_l("Place as we call it"), validators=[AtMost(LINE)])
    partner = SelectField(_l("Partner"), choices=[], coerce=int, default=0)
    safety_mode = BooleanField(_l("Careful with names and places"))
    target_name = LineField(_l("Who must decide?"), validators=[AtMost(LINE)])
    target_role = LineField(_l("Role and organisation"), validators=[AtMost(LINE)])
    target_country = SelectField(_l("Country of whoever decides"), choices=[], default="")
    goal = WholeField(_l("Goal"), default=1000, validators=[Between(1, 10_000_000)])
    minimum_age = WholeField(_l("Minimum age"), default=16, validators=[Between(13, 99)])
    instrument_note = LinesField(_l("What kind of petition is this?"), validators=[AtMost(1000)])
    asks = SelectMultipleField(
        _l("What can people do?"), choices=[], default=["petition"],
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    slug = LineField(
        _l("Address of the page"),
        validators=[
            AtMost(SLUG_AT_MOST),
            Regexp(r"^$|^[a-z0-9]+(-[a-z0-9]+)*$", message=_l("Use small letters, figures and hyphens only.")),
        ],
    )

    def offer(self, *, partners: list[tuple[int, str]], kinds: list[str]) -> None:
        """Fill the lists to choose from."""
        countries = sorted(((code, country(code)) for code in TERRITORIES), key=lambda pair: pair[1])
        self.country.choices = self.target_country.choices = listed([("", _l("Not said")), *countries])
        self.partner.choices = listed([(0, _l("No partner")), *partners])
        self.asks.choices = listed([(kind, KINDS[kind]) for kind in kinds])

    def facts(self) -> Facts:
        """What was filled in, once it has validated."""
        return Facts(
            pillar=self.pillar.data,
            art=self.art.data,
            goal=self.goal.data or 1,
            minimum_age=self.minimum_age.data or 16,
            country=self.country.data or None,
            place_label=self.place_label.data,
            partner_id=self.partner.data or None,
            instrument_note=self.instrument_note.data,
            safety_mode=self.safety_mode.data,
            target_name=self.target_name.data or "",
            target_role=self.target_role.data or "",
            target_country=self.target_country.data or None,
            asks=tuple(self.asks.data or ()),
        )


class NewForm(FactsForm):
    """A new campaign: its facts, and its title in Dutch from which its address is made."""

    title = LineField(_l("Title in Dutch"), validators=[Required(_l("Fill in a title.")), AtMost(LINE)])
    slug = None  # type: ignore[assignment]


class TextForm(FlaskForm):
    """What a campaign says in one language. `then` is the button that was pressed: keep, show or hide."""

    title = LineField(_l("Title"), validators=[Required(_l("Fill in a title.")), AtMost(LINE)])
    summary = LinesField(_l("Summary"), validators=[AtMost(600)])
    story = LinesField(_l("Story"), validators=[AtMost(20_000)])
    demands = LinesField(_l("Demands"), validators=[AtMost(4000)])
    share_text = LinesField(_l("Text to share"), validators=[AtMost(500)])
    then = HiddenField(default="keep")

    def validate_demands(self, field: Field) -> None:
        """A list that can be read on a phone."""
        if len(self._demands()) > DEMANDS_AT_MOST:
            raise ValidationError(_l("Use at most %(n)s demands.", n=DEMANDS_AT_MOST))

    def words(self) -> Words:
        """What was filled in, once it has validated."""
        return Words(
            title=self.title.data or "",
            summary=self.summary.data or "",
            story=self.story.data or "",
            demands=self._demands(),
            share_text=self.share_text.data or "",
        )

    def _demands(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in (self.demands.data or "").split("\n") if line.strip())


class PlacementForm(FlaskForm):
    """A place for an organisation."""

    organisation = SelectField(_l("For whom?"), choices=[], coerce=int)
    sites = LinesField(_l("Sites where it may stand"), validators=[AtMost(4000)])
    language = SelectField(_l("Language"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES])


class SitesForm(FlaskForm):
    """The sites of a place that exists."""

    sites = LinesField(_l("Sites where it may stand"), validators=[AtMost(4000)])
