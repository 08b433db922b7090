"""The form of a message to the workers, and what staff fill in about messages and the partner."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from campaigner.actions.forms import YES_NO, ActForm
from campaigner.core.addresses import NotAnAddress, normal
from campaigner.core.forms import AddressField, AtMost, LinesField, Required
from campaigner.core.i18n import LANGUAGES, language_name
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.solidarity.models import RHYTHMS

AT_LEAST, AT_MOST = 3, 600
ONLY_THIS = [YES_NO[0], SelectChoice("no", _l("No, only this message"))]
RHYTHM_NAMES = {"off": _l("No digest"), "daily": _l("Every day"), "weekly": _l("Every week")}


class SolidarityForm(ActForm):
    """A message for the people who struggle."""

    kind = "solidarity"
    comment = None  # type: ignore[assignment]

    body = LinesField(_l("What do you want to tell them?"), [Required(_l("Write a few words.")), AtMost(AT_MOST)])
    mail_host = RadioField(choices=ONLY_THIS, validate_choice=False)
    mail_local = RadioField(choices=ONLY_THIS, validate_choice=False)

    def validate_body(self, field: Any) -> None:
        """A dot is no message. An emoji is a letter like another here."""
        if field.data and len(field.data) < AT_LEAST:
            raise ValidationError(_l("Write a few words."))


class LineForm(FlaskForm):
    """How messages reach the partner."""

    rhythm = RadioField(
        _l("Mail the new messages"), default="off", validate_choice=False,
        choices=[SelectChoice(each, RHYTHM_NAMES[each]) for each in RHYTHMS],
    )  # fmt: skip
    address = AddressField(_l("To this address of the partner"), [AtMost(254)])
    language = SelectField(
        _l("The words around them in"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES]
    )

    def validate_rhythm(self, field: Any) -> None:
        """One of those there are."""
        if field.data not in RHYTHMS:
            raise ValidationError(_l("Choose one."))

    def validate_address(self, field: Any) -> None:
        """Needed when mails are to go there; an address in any case."""
        if not field.data:
            if self.rhythm.data != "off":
                raise ValidationError(_l("Fill in an e-mail address, like name@example.org."))
            return
        try:
            field.data = normal(field.data)
        except NotAnAddress as error:
            raise ValidationError(_l("Fill in an e-mail address, like name@example.org.")) from error
