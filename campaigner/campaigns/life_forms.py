"""Forms by which staff tell of a campaign's life: milestones, the tracker, official petitions, and how it ended."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField
from wtforms.validators import ValidationError

from campaigner.campaigns.endings import Told
from campaigner.campaigns.events import Plan
from campaigner.campaigns.forms import LINE, OneOf, WholeField, listed
from campaigner.campaigns.milestones import ITEMS_AT_MOST
from campaigner.campaigns.models import BATCH_KINDS, EVENT_KINDS, OVER
from campaigner.campaigns.official import ROUTES, region_name
from campaigner.campaigns.update_forms import DayField, MomentField
from campaigner.core.forms import AtMost, LineField, LinesField, Required
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l

NAME_AT_MOST = 120
OUTCOMES = {
    "closed": _l("Closed, without a result or with a part of it"),
    "handed_over": _l("Handed over to whoever must decide"),
    "won": _l("Won"),
}
KIND_NAMES = {
    "paper": _l("Sheets that were handed in: they add up"),
    "online": _l("What the official site showed that day: the latest stands"),
}
EVENT_NAMES = {"event": _l("Something to come to"), "handover": _l("Hand-over")}
DEMAND_NAMES = {"asked": _l("Asked"), "promised": _l("Promised"), "won": _l("Won")}


class LineForm(FlaskForm):
    """One line of text in every language: the fields `words_nl`, `words_fr`, ..."""

    label = _l("In one line")

    def words(self) -> dict[str, str]:
        """What was filled in, by language."""
        return {code: self[f"words_{code}"].data or "" for code in LANGUAGES}


for _code in LANGUAGES:
    setattr(LineForm, f"words_{_code}", LineField(_l("In one line"), validators=[AtMost(LINE)]))


class MilestoneForm(LineForm):
    """A day that counted."""

    day = DayField(_l("Day"), validators=[Required(_l("Choose a day, like 2026-05-12."))])


class EventForm(LineForm):
    """Something that is planned."""

    kind = SelectField(
        _l("What is it?"), choices=listed((kind, EVENT_NAMES[kind]) for kind in EVENT_KINDS), validate_choice=False,
        validators=[OneOf()],
    )  # fmt: skip
    starts_at = MomentField(_l("Begins"), validators=[Required(_l("Choose a day and a time."))])
    ends_at = MomentField(_l("Ends"))
    place = LineField(_l("Place"), validators=[AtMost(LINE)])

    def plan(self) -> Plan:
        """What was filled in, once it has validated."""
        assert self.starts_at.data is not None  # it is required
        return Plan(self.kind.data, self.starts_at.data, self.ends_at.data, self.place.data or "", self.words())


class TrackerForm(LineForm):
    """Who has moved, who promised, who has not: one name a line."""

    as_of = DayField(_l("As it was on"), validators=[Required(_l("Choose a day, like 2026-05-12."))])
    done = LinesField(_l("Already done"), validators=[AtMost(20_000)], render_kw={"rows": 8})
    promised = LinesField(_l("Promised"), validators=[AtMost(20_000)], render_kw={"rows": 8})
    not_yet = LinesField(_l("Not yet"), validators=[AtMost(20_000)], render_kw={"rows": 8})

    def names(self) -> dict[str, list[str]]:
        """The names in each list."""
        return {state: _names(self[state]) for state in ("done", "promised", "not_yet")}

    def validate_done(self, field: Field) -> None:
        """Names that fit on a line."""
        _short(field)

    def validate_promised(self, field: Field) -> None:
        """Names that fit on a line."""
        _short(field)

    def validate_not_yet(self, field: Field) -> None:
        """Names that fit on a line."""
        _short(field)


def _names(field: Any) -> list[str]:
    return [line.strip() for line in (field.data or "").split("\n") if line.strip()]


def _short(field: Field) -> None:
    names = _names(field)
    if len(names) > ITEMS_AT_MOST:
        raise ValidationError(_l("Use at most %(n)s names.", n=ITEMS_AT_MOST))
    if any(len(name) > NAME_AT_MOST for name in names):
        raise ValidationError(_l("Use at most %(n)s characters a line.", n=NAME_AT_MOST))


class OfficialForm(FlaskForm):
    """Where an official petition is."""

    route = SelectField(
        _l("Which way?"), choices=listed((code, route.name) for code, route in ROUTES.items()), validate_choice=False,
        validators=[OneOf()],
    )  # fmt: skip
    url = LineField(
        _l("Address on the official site"),
        validators=[Required(_l("Fill in the address of the petition on the official site.")), AtMost(500)],
    )
    closes_on = DayField(_l("Last day to sign"))


class CountForm(FlaskForm):
    """A count of one region. `offer` must be called before it is used."""

    region = SelectField(_l("Region"), choices=[], validate_choice=False, validators=[OneOf()])
    kind = SelectField(
        _l("What was counted?"), choices=listed((kind, KIND_NAMES[kind]) for kind in BATCH_KINDS),
        validate_choice=False, validators=[OneOf()],
    )  # fmt: skip
    count = WholeField(_l("Number of signatures"), validators=[Required(_l("Write a whole number, like 5000."))])
    day = DayField(_l("Day"), validators=[Required(_l("Choose a day, like 2026-05-12."))])
    source = LineField(
        _l("Where does this number come from?"),
        validators=[Required(_l("Say where this number comes from.")), AtMost(LINE)],
    )

    def offer(self, route: str) -> None:
        """Fill the list of regions."""
        self.region.choices = listed((code, region_name(code)) for code in ROUTES[route].regions)


class OutcomeForm(FlaskForm):
    """How a campaign ended."""

    outcome = RadioField(
        _l("How did it end?"), choices=listed((each, OUTCOMES[each]) for each in OVER), validate_choice=False,
        validators=[OneOf()],
    )  # fmt: skip


class ReportForm(FlaskForm):
    """What came of it, in one language. `then` is the button that was pressed, as with the other texts."""

    result = LineField(
        _l("Result in one line"), validators=[Required(_l("Fill in the result in one line.")), AtMost(LINE)]
    )
    story = LinesField(_l("What came of it"), validators=[AtMost(20_000)])
    thanks = LinesField(_l("Thanks"), validators=[AtMost(1000)])

    def told(self) -> Told:
        """What was filled in, once it has validated."""
        return Told(result=self.result.data or "", story=self.story.data or "", thanks=self.thanks.data or "")
