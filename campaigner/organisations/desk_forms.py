"""The shape of the form by which a local asks for a desk, and of the one by which the host decides."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from campaigner.core.forms import Address, AddressField, AtMost, LineField, LinesField, NoLink, Required, SignedForm
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.account_forms import organisation_choices
from campaigner.organisations.models import Organisation


class DeskForm(SignedForm):
    """Who asks, for which local."""

    purpose = "desk request"

    local = LineField(
        _l("Name of your local or committee"), validators=[Required(_l("Fill in the name of your local.")), AtMost(200)]
    )
    union = LineField(
        _l("Of which union, centrale and region?"),
        validators=[Required(_l("Say of which union you are.")), AtMost(200)],
    )
    town = LineField(_l("Town"), validators=[AtMost(100)])
    site = LineField(_l("Your site or page"), validators=[AtMost(300)])
    name = LineField(_l("Your name"), validators=[Required(_l("Fill in your name.")), AtMost(100), NoLink()])
    email = AddressField(
        _l("E-mail"), validators=[Required(_l("Fill in your e-mail address, then we can answer.")), Address()]
    )
    phone = LineField(_l("Telephone"), validators=[AtMost(60)])
    message = LinesField(_l("What do you want to do?"), validators=[AtMost(3000)])
    agree = BooleanField(
        _l("You may keep what I wrote here for a year to answer us, also what it says about my union."),
        validators=[Required(_l("Tick this, else we may not keep your request."))],
    )

    def answers(self) -> dict[str, str]:
        """What was typed, by the name of its field; the address stands apart."""
        return {name: self[name].data or "" for name in ("local", "union", "town", "site", "name", "phone", "message")}


class DecisionForm(FlaskForm):
    """What the local is called here, and under whom it stands."""

    name = LineField(_l("Name of the local"), validators=[AtMost(200)])
    known = SelectField(_l("Is it one we know already?"), choices=[], coerce=int)
    centrale = SelectField(_l("Centrale"), choices=[], coerce=int)
    gewest = SelectField(_l("Gewest"), choices=[], coerce=int)

    def offer(self, organisations: Iterable[Organisation]) -> None:
        """Fill the lists."""
        known = list(organisations)
        for field, kind in ((self.known, "local"), (self.centrale, "centrale"), (self.gewest, "gewest")):
            field.choices = organisation_choices(each for each in known if each.kind == kind)
        self.known.choices[0] = SelectChoice(0, _l("No, make a new one"))

    def parents(self) -> list[int]:
        """The centrale and the gewest that were chosen."""
        return [each for each in (self.centrale.data, self.gewest.data) if each]
