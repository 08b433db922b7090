"""The shape of an invitation, and of choosing a password with one."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from campaigner.core.forms import Address, AddressField, AtMost, LineField, Required, SignedForm
from campaigner.core.i18n import LANGUAGES, language_name
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.models import Organisation
from campaigner.staff.messages import ROLE_WORDS
from campaigner.staff.models import ROLES


def organisation_choices(found: Iterable[Organisation]) -> list[SelectChoice]:
    """The organisations to choose from, after none."""
    return [SelectChoice(0, _l("None")), *(SelectChoice(each.id, each.name) for each in found)]


class InvitationForm(FlaskForm):
    """Whom to let in, and to what."""

    name = LineField(_l("Name"), validators=[Required(_l("Fill in a name.")), AtMost(100)])
    email = AddressField(_l("E-mail"), validators=[Required(_l("Fill in an e-mail address.")), Address()])
    language = RadioField(_l("Language"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES])
    roles = SelectMultipleField(
        _l("Roles"), choices=[SelectChoice(role, ROLE_WORDS[role][0]) for role in ROLES],
        widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
    )  # fmt: skip
    organisation = SelectField(_l("Desk of a local"), choices=[], coerce=int)

    def offer(self, organisations: Iterable[Organisation], *, chosen: int | None = None) -> None:
        """Fill the list of organisations, one of them chosen when the form was not sent yet."""
        self.organisation.choices = organisation_choices(organisations)
        if not self.is_submitted() and chosen is not None:
            self.organisation.data = chosen

    def invitation(self) -> dict[str, Any]:
        """What was filled in, as `accounts.invite` takes it."""
        return {
            "email": self.email.data, "name": self.name.data, "language": self.language.data,
            "roles": self.roles.data or [], "organisations": [self.organisation.data] if self.organisation.data else [],
        }  # fmt: skip


class PasswordForm(SignedForm):
    """A first password, twice."""

    purpose = "staff invitation"

    password = PasswordField(
        _l("New password"), render_kw={"autocomplete": "new-password"},
        validators=[Required(_l("Fill in a new password.")), AtMost(1000)],
    )  # fmt: skip
    again = PasswordField(_l("New password once more"), render_kw={"autocomplete": "new-password"})
