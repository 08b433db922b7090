"""The shape of the contact form."""

from typing import Any

from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from campaigner.contact.topics import TOPICS
from campaigner.core.forms import (
    UNCHANGED,
    Address,
    AddressField,
    AtMost,
    LineField,
    LinesField,
    NoLink,
    Required,
    SignedForm,
)
from campaigner.core.i18n import lazy_gettext as _l


class ContactForm(SignedForm):
    """What about, who, and the message. The decoys do not stop anybody here: they are weighed with the rest."""

    purpose = "contact"

    topic = RadioField(
        _l("What is it about?"),
        choices=[SelectChoice(code, topic.label) for code, topic in TOPICS.items()],
        validators=[Required(_l("Choose what it is about."))],
        validate_choice=False,
    )
    name = LineField(_l("Your name"), validators=[Required(_l("Fill in your name.")), AtMost(100), NoLink()])
    email = AddressField(
        _l("E-mail"), validators=[Required(_l("Fill in your e-mail address, then we can answer.")), Address()]
    )
    message = LinesField(_l("Your message"), validators=[Required(_l("Write your message.")), AtMost(10_000)])

    proof = HiddenField()  # the answer to the sum of `core.proof`, when many write at once
    wait = HiddenField()  # or the ticket of whoever waits in place of it

    def validate_topic(self, field: RadioField) -> None:
        """A topic that is not on the form counts as something else: no message is turned away for it."""
        if field.data and field.data not in TOPICS:
            field.data = "other"

    @property
    def signals(self) -> dict[str, Any]:
        """What the form itself tells about how it was filled in."""
        return {
            "age": round(self.age.total_seconds(), 1),
            "decoy_filled": bool(self.website.data),
            "decoy_changed": (self.unchanged.data or "") != UNCHANGED,
        }
