"""The form by which an organisation signs a charter, and what staff fill in about one."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from campaigner.charters.models import KINDS
from campaigner.charters.service import Said, key
from campaigner.core.forms import Address, AddressField, AtMost, LineField, LinesField, NoLink, Required, SignedForm
from campaigner.core.i18n import LazyString, country
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.forms import COUNTRIES, OneOf

KIND_NAMES: dict[str, LazyString] = {
    "local": _l("Union local or workplace group"),
    "union": _l("Union or federation"),
    "mutual": _l("Mutual health fund"),
    "movement": _l("Association, movement or NGO"),
    "party": _l("Party or its local group"),
    "public": _l("Town, province or public service"),
    "other": _l("Something else"),
}
NAME = (Required(_l("Fill in the name of the organisation.")), AtMost(120), NoLink())
PLACE = (Required(_l("Fill in a town or region.")), AtMost(80), NoLink())


class _Organisation:
    """The fields about an organisation, in both forms. `offer` must be called before a form is used."""

    name = LineField(_l("Name of the organisation"), [*NAME])
    kind = SelectField(
        _l("What kind of organisation?"), validate_choice=False, validators=[OneOf(_l("Choose one."))],
        choices=[SelectChoice("", ""), *(SelectChoice(kind, KIND_NAMES[kind]) for kind in KINDS)],
    )  # fmt: skip
    place = LineField(_l("Town or region"), [*PLACE])
    country = SelectField(
        _l("Country"), choices=[], default="BE", validate_choice=False, validators=[OneOf(_l("Choose your country."))]
    )

    def offer(self) -> None:
        """Fill the countries, by their names in the language in force."""
        named = sorted(((code, country(code)) for code in COUNTRIES), key=lambda pair: pair[1])
        self.country.choices = [SelectChoice(code, name) for code, name in named]

    def validate_name(self, field: Field) -> None:
        """A name has letters."""
        if field.data and not key(field.data):
            raise ValidationError(_l("Fill in the name of the organisation."))


class CharterForm(_Organisation, SignedForm):
    """Sign for an organisation."""

    purpose = "charter"

    contact = LineField(_l("Your name"), [Required(_l("Fill in your name.")), AtMost(80), NoLink()])
    role = LineField(_l("Your role in it"), [Required(_l("Fill in your role.")), AtMost(80), NoLink()])
    email = AddressField(_l("E-mail"), [Required(_l("Fill in an e-mail address, like name@example.org.")), Address()])
    mandate = BooleanField(
        _l("I may sign for this organisation, and its name, kind and place may stand under the charter."),
        validators=[Required(_l("Tick this if you may sign for it. If not, ask your board first."))],
    )
    agree = BooleanField(
        _l("You may keep my name, role and e-mail address to check this, until half a year after the campaign."),
        validators=[Required(_l("Tick this, else we cannot check who signed."))],
    )

    def said(self) -> Said:
        """What was filled in, once it has validated."""
        return Said(**{name: self[name].data or "" for name in Said.__dataclass_fields__})


class PaperForm(_Organisation, FlaskForm):
    """An organisation that signed on paper."""

    def said(self) -> Said:
        """What was filled in, once it has validated."""
        return Said(**{name: self[name].data or "" for name in ("name", "kind", "place", "country")})


class CharterTextForm(FlaskForm):
    """What a charter says in one language."""

    title = LineField(_l("Title"), [Required(_l("Fill in a title.")), AtMost(120)])
    body = LinesField(_l("Text of the charter"), [Required(_l("Write the text.")), AtMost(8000)])


class RefusalForm(FlaskForm):
    """Why an organisation's name does not stand there."""

    reason = LineField(_l("Why not?"), [Required(_l("Say why: the organisation reads it.")), AtMost(300)])
