"""The forms of the alert pages: shape of input only. Line breaks never get into a subject."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from campaigner.alerts.models import BODY_MAX, BUTTON_MAX, PREHEADER_MAX, SENDER_MAX, SUBJECT_MAX
from campaigner.config import LANGUAGES
from campaigner.core.forms import Address, AddressField, AtMost, LineField, LinesField, Required
from campaigner.core.i18n import language_name
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.outbox.models import POLICIES


class NewAlert(FlaskForm):
    """For whom, and in whose name? The campaign, the language it is written in first, the sender."""

    campaign = SelectField(_l("People who acted on"), coerce=int, validate_choice=True)
    language = SelectField(
        _l("Written first in"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES]
    )
    sender = SelectField(_l("In the name of"), coerce=int)


class Words(FlaskForm):
    """What the alert says in one language. Nothing is required while it is a draft: the checks say what is missing."""

    subject = LineField(_l("Subject"), [AtMost(SUBJECT_MAX)])
    preheader = LineField(_l("First line in the mailbox"), [AtMost(PREHEADER_MAX)])
    body = LinesField(_l("Message"), [AtMost(BODY_MAX)])
    button_label = LineField(_l("Text on the button"), [AtMost(BUTTON_MAX)])
    act = SelectField(_l("The button leads to"), default="")
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())  # the version it was written upon
    test_name = LineField(_l("First name in the test"), [AtMost(80)])  # goes with the test, is not kept
    to = SelectMultipleField(_l("Send a test to"), coerce=int)


POLICY_WORDS = {
    "hold": _l("Hold: you decide afterwards, on the page of the send."),
    "resend": _l("Send again: a few people may get it twice."),
    "skip": _l("Leave it: a few people may not get it."),
}


WHEN = {"now": _l("Now"), "at": _l("At a time")}
PARTS = (1, 2, 3, 4, 6, 8, 12, 24)
APART = {15: _l("a quarter of an hour"), 30: _l("half an hour"), 60: _l("an hour"), 120: _l("two hours")}


class Send(FlaskForm):
    """The last step: the number that was read, when it leaves, and what to do when an outcome stays unknown."""

    when = RadioField(_l("When does it leave?"), choices=[SelectChoice(*each) for each in WHEN.items()], default="now")
    at = LineField(_l("Day and time in Belgium"), [AtMost(20)])
    parts = SelectField(
        _l("In how many parts"), coerce=int, choices=[SelectChoice(each, str(each)) for each in PARTS], default=1
    )
    apart = SelectField(
        _l("Between two parts"), coerce=int, choices=[SelectChoice(*each) for each in APART.items()], default=60
    )

    policy = RadioField(
        _l("If a mail server does not tell whether it took a mail"),
        choices=[SelectChoice(name, POLICY_WORDS[name]) for name in POLICIES],
        default="hold",
    )
    confirmed = IntegerField(validators=[NumberRange(min=1)])
    seen = HiddenField()  # a hash of what the page showed


class Trial(FlaskForm):
    """A second text, on how many it is tried, and when it is decided. Its words are read per language."""

    share = SelectField(
        _l("Try it on"), coerce=int, default=20,
        choices=[SelectChoice(each, f"{each}%") for each in (5, 10, 20, 30, 40, 50)],
    )  # fmt: skip
    hours = SelectField(
        _l("Decide after"), coerce=int, default=4,
        choices=[SelectChoice(each, _l("%(n)s hours", n=each)) for each in (2, 4, 8, 12, 24, 48)],
    )  # fmt: skip


class Rules(FlaskForm):
    """What an administrator decides about all alerts."""

    two_people_from = IntegerField(
        _l("From so many people on, a second person releases"), validators=[Optional(), NumberRange(min=1, max=10**9)]
    )


class Sender(FlaskForm):
    """The name that a mailbox shows for one organisation."""

    organisation = IntegerField(validators=[NumberRange(min=1, max=2**62)])
    name = LineField(_l("Name of the sender"), [AtMost(SENDER_MAX)])


class LookUp(FlaskForm):
    """An address, to see whether we may write to it."""

    email = AddressField(_l("E-mail address"), [Required(_l("Fill in an e-mail address.")), Address()])


class Reopen(FlaskForm):
    """Why an address that was taken for dead works after all."""

    why = LineField(
        _l("How do you know that it works?"),
        [Required(_l("Write down how you know: a call, a card...")), AtMost(300)],
    )
