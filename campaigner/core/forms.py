"""What every public form shares: a signed token instead of a cookie, decoys, fields that clean what is typed.

A public page sets no cookie, so the usual CSRF session cannot be used. There is nothing to steal
either: nobody is logged in. The token proves that the form was ours and tells how old it is.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms import EmailField, Field, Form, StringField, TextAreaField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.validators import ValidationError

from campaigner.core import text
from campaigner.core.addresses import NotAnAddress, normal
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, ExpiredToken, signer

LIFETIME = timedelta(hours=24)
UNCHANGED = "ongewijzigd"


class FormToken(CSRF):
    """WTForms' CSRF hook, filled with a signed token that carries the form's purpose, a nonce and a time."""

    def setup_form(self, form: Any) -> Sequence[tuple[str, Any]]:
        """Give the form its token field."""
        self.purpose, self.form = form.purpose, form
        fields: Sequence[tuple[str, Any]] = super().setup_form(form)
        return fields

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        """A fresh token each time the form is shown."""
        self.form.fresh_nonce = secrets.token_urlsafe(12)
        return signer.sign([self.purpose, self.form.fresh_nonce], "form")

    def validate_csrf_token(self, form: Any, field: CSRFTokenField) -> None:
        """Accept a token of this form and note its age; say plainly when it is too old or not ours."""
        try:
            (purpose, form.nonce), form.age = signer.read_with_age(field.data or "", "form", LIFETIME)
        except ExpiredToken as error:
            raise ValidationError(
                _l("This page was open for a long time. Nothing is lost: press the button again.")
            ) from error
        except (BadToken, TypeError, ValueError) as error:
            raise ValidationError(
                _l("The form did not arrive complete. Nothing is lost: press the button again.")
            ) from error
        if purpose != self.purpose:
            raise ValidationError(_l("The form did not arrive complete. Nothing is lost: press the button again."))


class SignedForm(FlaskForm):
    """Base of public forms. `nonce` and `age` are set once the token has been read.

    `fresh_nonce` is that of the token which the page is shown with: the next press brings it.

    Two decoys after the seed's own: `website` must stay empty, `unchanged` must come back as it was.
    A tripped decoy is never a silent drop: the form says so and keeps what was typed.
    """

    purpose = "form"
    nonce: str = ""
    fresh_nonce: str = ""
    age: timedelta = timedelta()

    class Meta(FlaskForm.Meta):
        """The signed token in place of Flask-WTF's session token."""

        csrf = True
        csrf_class = FormToken
        csrf_field_name = "form_token"

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What a browser's form sends. Flask-WTF would also read JSON, of any shape, and fail on most of them."""
            return (
                super().wrap_formdata(form, formdata) if formdata is not _Auto or not request.is_json else request.form
            )

    website = StringField()
    unchanged = StringField(default=UNCHANGED)

    @property
    def decoy_tripped(self) -> bool:
        """True when a decoy came back filled or altered, as forms filled by programs do."""
        return bool(self.website.data) or (self.unchanged.data or "") != UNCHANGED

    def reset_decoys(self) -> None:
        """Show the decoys as they were, so that a second press by a person goes through."""
        self.website.data = self.website.raw_data = None
        self.unchanged.data = UNCHANGED


class LineField(StringField):
    """One line of text, without control characters. `cut` says that more was typed than is looked at."""

    cut = False

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Clean what was typed."""
        typed = str(valuelist[0]) if valuelist else ""
        self.data, self.cut = text.one_line(typed), len(typed) > text.LINE_KEPT


class LinesField(TextAreaField):
    """Several lines of text, without control characters other than the line end. `cut` as in LineField."""

    cut = False

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Clean what was typed; of a text that is too long, twice its measure is kept for who shortens it."""
        typed = str(valuelist[0]) if valuelist else ""
        measures = [2 * each.maximum for each in self.validators if isinstance(each, AtMost)]
        kept = max(text.LINES_KEPT, *measures) if measures else text.LINES_KEPT
        self.data, self.cut = text.lines(typed, at_most=kept), len(typed) > kept


class AddressField(EmailField):
    """An e-mail address; `data` is the address as we write to it once it has validated."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Clean what was typed."""
        self.data = text.one_line(str(valuelist[0])) if valuelist else ""


class Required:
    """Something must be filled in; the sentence says what."""

    field_flags = {"required": True}

    def __init__(self, sentence: Any) -> None:
        self.sentence = sentence

    def __call__(self, form: Form, field: Field) -> None:
        """Raise when there is nothing."""
        if not field.data:
            raise ValidationError(self.sentence)


class AtMost:
    """No more than so many characters; says how many there are."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.field_flags = {"maxlength": maximum}

    def __call__(self, form: Form, field: Field) -> None:
        """Raise when there are more, also when most of them were not even looked at."""
        if field.data and (len(field.data) > self.maximum or getattr(field, "cut", False)):
            raise ValidationError(_l("Use at most %(n)s characters.", n=self.maximum))


class NoLink:
    """A name is a name: our mails greet people with it, so it may not carry an advertisement to a stranger."""

    def __call__(self, form: Form, field: Field) -> None:
        """Raise when it holds a web address, a mailbox or a domain."""
        if field.data and text.holds_link(field.data):
            raise ValidationError(_l("Write only a name: no web address, @ or slash, and a space after each dot."))


class Address:
    """The text must be an e-mail address by its form (the network is never asked)."""

    def __call__(self, form: Form, field: Field) -> None:
        """Normalise, or raise with an example of what is meant."""
        try:
            field.data = normal(field.data or "")
        except NotAnAddress as error:
            raise ValidationError(_l("Fill in an e-mail address, like name@example.org.")) from error
