"""The forms of the import pages: shape of input only."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from campaigner.config import LANGUAGES
from campaigner.core.forms import AtMost, LineField, LinesField
from campaigner.core.i18n import language_name
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.imports import reading

HOW = {
    "web": _l("on a website"), "paper": _l("on paper"), "event": _l("at an event"), "widget": _l("in a widget"),
    "api": _l("in another program"),
}  # fmt: skip
WRITTEN = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
BETWEEN = {",": _l("comma"), ";": _l("semicolon"), "\t": _l("tab")}
PROGRAMS = {
    "": _l("another program"), "actionnetwork": "Action Network", "mailchimp": "Mailchimp", "civicrm": "CiviCRM",
    "listmonk": "listmonk",
}  # fmt: skip


class Upload(FlaskForm):
    """A file, and whose mails its people said yes to."""

    file = FileField(_l("CSV file"))
    organisation = SelectField(_l("They said yes to mails from"), coerce=int)


class Reading(FlaskForm):
    """How the file is written."""

    encoding = SelectField(
        _l("Character set"), choices=[SelectChoice(code, WRITTEN[code]) for code in reading.ENCODINGS]
    )
    delimiter = SelectField(_l("Between fields"), choices=[SelectChoice(mark, BETWEEN[mark]) for mark in BETWEEN])
    preset = SelectField(_l("Comes from"), choices=[SelectChoice(code, name) for code, name in PROGRAMS.items()])


class Proof(FlaskForm):
    """What shows that they said yes. Left empty, nobody of the file may be mailed."""

    words = LinesField(_l("What they said yes to, word for word"), [AtMost(2000)])
    said_on = DateField(_l("The day they said yes"), [Optional()])
    channel = RadioField(
        _l("How they said yes"), choices=[SelectChoice(code, words) for code, words in HOW.items()], default="web"
    )
    source = LineField(_l("Where is the proof kept?"), [AtMost(300)])
    language = SelectField(
        _l("Language of people without one"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES]
    )
    tag = LineField(_l("Tag"), [AtMost(60)])
