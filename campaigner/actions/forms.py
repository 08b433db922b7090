"""What every act asks: who you are, and what you say yes to, each as a question of its own."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from campaigner.core import places
from campaigner.core.forms import Address, AddressField, AtMost, LineField, LinesField, NoLink, Required, SignedForm
from campaigner.core.i18n import lazy_gettext as _l

YES_NO = [SelectChoice("yes", _l("Yes, keep me posted")), SelectChoice("no", _l("No, I only sign"))]
# Belgium first; the rest are where supporters of the movement live, then everywhere else by its code.
COUNTRIES = [
    "BE",
    "NL",
    "FR",
    "LU",
    "DE",
    "GB",
    "ES",
    "PT",
    "IT",
    "IE",
    "AT",
    "CH",
    "SE",
    "DK",
    "NO",
    "FI",
    "PL",
    "BO",
    "BR",
    "CL",
    "CO",
    "CR",
    "CU",
    "EC",
    "SV",
    "GT",
    "HN",
    "MX",
    "MZ",
    "NA",
    "NI",
    "PA",
    "PE",
    "ZA",
    "ZW",
    "US",
    "CA",
]


class ActForm(SignedForm):
    """Base of the forms of the acts. The names of the fields are fixed: other people's sites rely on them."""

    purpose = "act"
    kind = "petition"  # of the ask it answers; names the consent text that is agreed to
    rehearsal = False  # what was sent is to be looked at, not performed

    first_name = LineField(_l("First name"), [Required(_l("Fill in your first name.")), AtMost(80), NoLink()])
    last_name = LineField(_l("Last name"), [Required(_l("Fill in your last name.")), AtMost(80), NoLink()])
    email = AddressField(_l("E-mail"), [Required(_l("Fill in an e-mail address, like name@example.org.")), Address()])
    country = SelectField(_l("Country"), choices=[SelectChoice(code, code) for code in COUNTRIES], default="BE")
    postcode = LineField(_l("Postcode"), [Required(_l("Fill in your postcode.")), AtMost(12)])
    comment = LinesField(_l("Why do you join in?"), [AtMost(500)])
    agree = BooleanField(_l("I agree"), [Required(_l("Tick this box: without your agreement we may not count you."))])
    public = BooleanField(_l("Show my first name and town on the page."))
    mail_host = RadioField(choices=YES_NO, validate_choice=False)
    mail_local = RadioField(choices=YES_NO, validate_choice=False)

    def validate_postcode(self, field: Any) -> None:
        """A Belgian postcode must exist; elsewhere any short text will do."""
        if self.country.data == "BE" and field.data and not places.is_belgian(field.data):
            raise ValidationError(_l("Fill in four digits, like 9000."))

    def answer(self, name: str) -> bool | None:
        """Yes, no, or not answered."""
        return {"yes": True, "no": False}.get(str(self[name].data)) if name in self else None
