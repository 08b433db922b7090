"""The form of a letter, and what staff fill in about targets, their postboxes and the words that are offered."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectField, SelectMultipleField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from campaigner.actions.forms import YES_NO, ActForm
from campaigner.campaigns.forms import LINE, TERRITORIES, OneOf, listed
from campaigner.campaigns.models import Target
from campaigner.core import places
from campaigner.core.addresses import NotAnAddress, normal
from campaigner.core.forms import AddressField, AtMost, LineField, LinesField, Required
from campaigner.core.i18n import LANGUAGES, country, force_locale, language, language_name
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.letters import hours
from campaigner.letters.inert import inert
from campaigner.letters.mails import line, whence
from campaigner.letters.models import MODES, RULES, SIGNED
from campaigner.letters.queries import Offer, language_for
from campaigner.letters.service import Draft
from campaigner.letters.targets import Face, Line
from campaigner.letters.wording import Words

SUBJECT, BODY = 150, 4000
ONLY_THIS = [YES_NO[0], SelectChoice("no", _l("No, only this letter"))]
MODE_NAMES = {
    "once": _l("At once: every letter is a mail"),
    "drip": _l("Spread: one by one, in office hours"),
    "digest": _l("Together: one mail a day, at opening time"),
    "handover": _l("Not by mail: kept for a hand-over"),
}
RULE_NAMES = {
    "everyone": _l("To all of them"),
    "pick": _l("The supporter chooses one"),
    "province": _l("By the supporter's province"),
    "country": _l("By the supporter's country"),
}
DAY_NAMES = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as it would leave."""

    subject: str
    paragraphs: tuple[str, ...]
    targets: tuple[Target, ...]
    writer: str
    spoken: str  # the language of `writer`: the target's own


class LetterForm(ActForm):
    """Write to the target. `letter` is what is offered."""

    kind = "letter"
    comment = None  # type: ignore[assignment]
    letter: Offer
    safe = False  # where names are dangerous: a target reads no town either
    name_words: tuple[str, ...] = ()  # what one says yes to with the address, and with the name alone

    target = SelectField(_l("To whom do you write?"), choices=[], coerce=str, validate_choice=False)
    subject = LineField(_l("Subject"), [Required(_l("Give your letter a subject.")), AtMost(SUBJECT)])
    body = LinesField(_l("Your letter"), [Required(_l("Write your letter.")), AtMost(BODY)])
    sign_as = RadioField(
        _l("How do you sign it?"), validate_choice=False, choices=[SelectChoice(each, each) for each in SIGNED[::-1]],
    )  # fmt: skip
    mail_host = RadioField(choices=ONLY_THIS, validate_choice=False)
    mail_local = RadioField(choices=ONLY_THIS, validate_choice=False)
    preview = BooleanField()

    @property
    def rehearsal(self) -> bool:  # type: ignore[override]
        """The writer wants to see the letter first."""
        return bool(self.preview.data)

    def validate_sign_as(self, field: Field) -> None:
        """A name under a letter is a choice, so nobody makes it for the writer."""
        if field.data not in SIGNED:
            raise ValidationError(_l("Choose how you sign your letter."))

    def validate_target(self, field: Field) -> None:
        """One of those who can be written to."""
        if field.choices and field.data not in [choice.value for choice in field.choices]:
            raise ValidationError(_l("Choose to whom you write."))

    def draft(self) -> Draft:
        """What was written, once it has validated."""
        picked = self.target.data if "target" in self else None
        return Draft(
            subject=self.subject.data or "", body=self.body.data or "",
            signed=str(self.sign_as.data) if "sign_as" in self else "town",
            picked=int(picked) if picked else None,
        )  # fmt: skip

    def shown(self) -> Shown:
        """The letter as it would leave, once it has validated."""
        draft, code = self.draft(), self.country.data
        postcode = (self.postcode.data or "").upper()
        name = f"{self.first_name.data} {self.last_name.data}"
        targets = tuple(self.letter.aimed(country=code, postcode=postcode, picked=draft.picked))
        spoken = language_for(targets[0]) if targets else self.letter.language
        with force_locale(spoken):
            where = whence(code, postcode, safe=self.safe)
            writer = line(draft.signed, name=name, town=where, address=self.email.data or "")
        return Shown(
            inert(draft.subject), tuple(inert(self.letter.whole(draft.body)).split("\n\n")), targets, writer, spoken
        )  # fmt: skip


class HourField(TimeField):
    """An hour of the day, in our words when it is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read 09:00."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_l("Fill in an hour, like 09:00.")) from error


class TargetForm(FlaskForm):
    """A target: the face that pages show, and where its mail goes. The stored address is never shown in it."""

    name = LineField(_l("Name"), [Required(_l("Fill in a name.")), AtMost(LINE)])
    role = LineField(_l("Role"), [AtMost(LINE)])
    organisation = LineField(_l("Organisation"), [AtMost(LINE)])
    country = SelectField(_l("Country"), choices=[], default="")
    province = SelectField(_l("Stands for the province"), choices=[], default="")
    language = SelectField(_l("Language"), choices=[], default="nl")
    address = AddressField(_l("E-mail address"), [AtMost(254)])
    fallback = AddressField(_l("Fallback address"), [AtMost(254)])
    drop = BooleanField(_l("Forget both addresses"))
    person = BooleanField(_l("This is the mailbox of a named person"), default=True)
    mode = RadioField(_l("How do letters arrive?"), [OneOf()], choices=[], default="digest", validate_choice=False)
    timezone = SelectField(_l("Time zone"), choices=[], default="Europe/Brussels")
    opens = HourField(_l("Office opens"), [Required(_l("Fill in an hour, like 09:00."))], default=time(9))
    closes = HourField(_l("Office closes"), [Required(_l("Fill in an hour, like 09:00."))], default=time(17))
    workdays = SelectMultipleField(
        _l("Days"), choices=[], default=list("12345"), option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )  # fmt: skip

    def offer(self) -> None:
        """Fill the lists to choose from."""
        countries = sorted(((code, country(code)) for code in TERRITORIES), key=lambda pair: pair[1])
        self.country.choices = listed([("", _l("Not said")), *countries])
        self.province.choices = listed([("", _l("Everyone")), *places.provinces(language())])
        self.language.choices = listed((code, language_name(code)) for code in LANGUAGES)
        self.mode.choices = listed((mode, MODE_NAMES[mode]) for mode in MODES)
        self.timezone.choices = listed((zone, zone.replace("_", " ")) for zone in hours.zones())
        self.workdays.choices = listed((str(at), name) for at, name in enumerate(DAY_NAMES, 1))

    def validate_address(self, field: Field) -> None:
        """An address by its form, when there is one."""
        _mailbox(field)

    def validate_fallback(self, field: Field) -> None:
        """The same."""
        _mailbox(field)

    def validate_closes(self, field: Field) -> None:
        """An office that opens closes later that day."""
        if self.opens.data and field.data and field.data <= self.opens.data:
            raise ValidationError(_l("The office closes after it opens."))

    def validate_workdays(self, field: Field) -> None:
        """An office is open some day."""
        if not field.data:
            raise ValidationError(_l("Choose at least one day."))

    def face(self) -> Face:
        """What pages show, once it has validated."""
        return Face(
            name=self.name.data or "", role=self.role.data or "", organisation=self.organisation.data or "",
            country=self.country.data or None, province=self.province.data or None, language=self.language.data,
        )  # fmt: skip

    def line(self) -> Line:
        """Where its mail goes, once it has validated."""
        return Line(
            address=self.address.data or None, fallback=self.fallback.data or None, drop=self.drop.data,
            person=self.person.data, mode=self.mode.data, timezone=self.timezone.data, opens=self.opens.data,
            closes=self.closes.data, workdays="".join(sorted(self.workdays.data)),
        )  # fmt: skip


def _mailbox(field: Field) -> None:
    if field.data:
        try:
            field.data = normal(field.data)
        except NotAnAddress as error:
            raise ValidationError(_l("Fill in an e-mail address, like name@example.org.")) from error


class AimForm(FlaskForm):
    """To whom the letters of a campaign go, and in which language they are."""

    rule = RadioField(_l("To whom does a letter go?"), [OneOf()], choices=[], validate_choice=False)
    only_role = SelectField(_l("Only this role"), choices=[], default="")
    only_country = SelectField(_l("Only in this country"), choices=[], default="")
    written_in = SelectField(_l("The letter is written in"), choices=[], default="")

    def offer(self, *, roles: list[str], countries: list[str]) -> None:
        """Fill the lists to choose from."""
        self.rule.choices = listed((rule, RULE_NAMES[rule]) for rule in RULES)
        self.only_role.choices = listed([("", _l("All")), *((role, role) for role in roles)])
        self.only_country.choices = listed([("", _l("All")), *((code, country(code)) for code in countries)])
        self.written_in.choices = listed(
            [("", _l("The language of the page")), *((code, language_name(code)) for code in LANGUAGES)]
        )


class WordsForm(FlaskForm):
    """The letter of a campaign in one language."""

    subjects = LinesField(_l("Subjects"), [Required(_l("Write at least one subject.")), AtMost(1000)])
    opening = LinesField(_l("Opening"), [AtMost(500)])
    body = LinesField(_l("Letter"), [Required(_l("Write the letter.")), AtMost(BODY)])
    closing = LinesField(_l("Closing"), [AtMost(500)])
    tips = LinesField(_l("Tips for the writer"), [AtMost(1500)])

    def validate_subjects(self, field: Field) -> None:
        """Few and short: each must fit in a line."""
        lines = _lines(field)
        if len(lines) > 6 or any(len(line) > SUBJECT for line in lines):
            raise ValidationError(_l("Use at most %(n)s subjects of at most %(m)s characters.", n=6, m=SUBJECT))

    def validate_tips(self, field: Field) -> None:
        """A list that is read before writing."""
        if len(_lines(field)) > 6:
            raise ValidationError(_l("Use at most %(n)s tips.", n=6))

    def words(self) -> Words:
        """What was filled in, once it has validated."""
        return Words(
            subjects=_lines(self.subjects), opening=self.opening.data or "", body=self.body.data or "",
            closing=self.closing.data or "", tips=_lines(self.tips),
        )  # fmt: skip


def _lines(field: Field) -> tuple[str, ...]:
    return tuple(line.strip() for line in (field.data or "").split("\n") if line.strip())
