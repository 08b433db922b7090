"""The shape of the form by which a union or movement asks for a campaign.

The fields are those that campaigns which worked had from the start: who you are, what happened, who must decide and
how they are reached, what supporters should say, what may be shown, and the promise to report.
"""

from typing import Any

from babel import Locale
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from campaigner.core.forms import (
    Address,
    AddressField,
    AtMost,
    LineField,
    LinesField,
    NoLink,
    Required,
    SignedForm,
)
from campaigner.core.i18n import LazyString, country
from campaigner.core.i18n import lazy_gettext as _l

NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})  # two letters in CLDR, and no place
CODES = sorted(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())
COUNTRIES = frozenset(CODES) - NO_COUNTRIES
KINDS: dict[str, LazyString] = {
    "union": _l("Union of a sector or company"),
    "federation": _l("Federation of unions"),
    "domestic": _l("Domestic workers’ union"),
    "women": _l("Women’s organisation"),
    "health": _l("Health movement or citizens’ forum"),
    "pharmacy": _l("Social pharmacy or mutual fund"),
    "other": _l("Something else"),
}
HASTE: dict[str, LazyString] = {
    "danger": _l("Yes, people are in danger now"),
    "days": _l("Yes, it must go out within days"),
    "weeks": _l("No, there are some weeks"),
}
TESTED: dict[str, LazyString] = {
    "yes": _l("Yes, we know that they arrive"),
    "no": _l("No, or we do not know"),
}
SHOWN: dict[str, LazyString] = {
    "all": _l("Our name and country may be shown"),
    "region": _l("Only the region, no names"),
    "ask": _l("Talk with us first"),
}


def _choices(names: dict[str, LazyString]) -> list[SelectChoice]:
    return [SelectChoice(code, name) for code, name in names.items()]


class OneOf:
    """One of the choices, in our words. For a field with `validate_choice=False`."""

    field_flags = {"required": True}

    def __init__(self, sentence: Any) -> None:
        self.required = Required(sentence)

    def __call__(self, form: Any, field: Any) -> None:
        """Raise when nothing was chosen, or something that is no choice."""
        if field.data not in [choice.value for choice in field.choices]:
            field.data = None
        self.required(form, field)


class RequestForm(SignedForm):
    """Everything that is needed to start. `offer` must be called before it is used: it fills the countries."""

    purpose = "partner request"

    organisation = LineField(
        _l("Name of your union or movement"), validators=[Required(_l("Fill in the name of your union.")), AtMost(200)]
    )
    kind = SelectField(
        _l("What kind of organisation?"), choices=[SelectChoice("", ""), *_choices(KINDS)], validate_choice=False,
        validators=[OneOf(_l("Choose one."))],
    )  # fmt: skip
    country = SelectField(
        _l("Country"), choices=[], validate_choice=False, validators=[OneOf(_l("Choose your country."))]
    )
    about = LinesField(
        _l("Your organisation in a few lines"),
        validators=[Required(_l("Tell us in a few lines who you are.")), AtMost(2000)],
    )
    site = LineField(_l("Your site or page"), validators=[AtMost(300)])
    name = LineField(_l("Your name"), validators=[Required(_l("Fill in your name.")), AtMost(100), NoLink()])
    email = AddressField(
        _l("E-mail"), validators=[Required(_l("Fill in your e-mail address, then we can answer.")), Address()]
    )
    phone = LineField(_l("Telephone, Signal or WhatsApp"), validators=[AtMost(60)])
    haste = RadioField(
        _l("Is it urgent?"), choices=_choices(HASTE), validate_choice=False,
        validators=[OneOf(_l("Say whether it is urgent."))],
    )  # fmt: skip
    headline = LineField(
        _l("What must happen, in one line?"),
        validators=[Required(_l("Say in one line what must happen.")), AtMost(200)],
    )
    background = LinesField(
        _l("What is going on?"), validators=[Required(_l("Tell us what is going on.")), AtMost(10_000)]
    )
    demands = LinesField(_l("What do you ask?"), validators=[Required(_l("Write what you ask.")), AtMost(3000)])
    targets = LinesField(
        _l("Who must decide?"), validators=[Required(_l("Say who must decide about this.")), AtMost(3000)]
    )
    tested = RadioField(
        _l("Do these addresses work?"), choices=_choices(TESTED), validate_choice=False,
        validators=[OneOf(_l("Say whether you tried these addresses."))],
    )  # fmt: skip
    message = LinesField(_l("What should supporters write?"), validators=[AtMost(5000)])
    shown = RadioField(
        _l("What may be shown?"), choices=_choices(SHOWN), validate_choice=False,
        validators=[OneOf(_l("Say what may be shown."))],
    )  # fmt: skip
    pictures = LinesField(_l("Photos and a logo"), validators=[AtMost(1000)])
    report = BooleanField(
        _l("Every few weeks we tell you how it goes, and at the end what it brought, also whether our members knew."),
        validators=[Required(_l("Without news from you a campaign falls silent. Tick this to go on."))],
    )
    agree = BooleanField(
        _l("You may keep what I wrote here for a year to answer us, also what it says about my union."),
        validators=[Required(_l("Tick this, else we may not keep your request."))],
    )

    def offer(self) -> None:
        """Fill the countries, by their names in the language in force."""
        named = sorted(((code, country(code)) for code in COUNTRIES), key=lambda pair: pair[1])
        self.country.choices = [SelectChoice("", ""), *(SelectChoice(code, name) for code, name in named)]

    def answers(self) -> dict[str, str]:
        """What was typed and chosen, by the name of its field; the address stands apart."""
        names = (
            "organisation", "kind", "country", "about", "site", "name", "phone", "haste", "headline", "background",
            "demands", "targets", "tested", "message", "shown", "pictures",
        )  # fmt: skip
        return {name: self[name].data or "" for name in names}
