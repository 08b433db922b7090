"""Forms about the photo of a piece of news. They ask the database nothing."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from campaigner.campaigns.forms import LINE, listed
from campaigner.campaigns.life_forms import LineForm
from campaigner.campaigns.photos import CHECKS, FACE_NAMES
from campaigner.core.forms import AtMost, LineField
from campaigner.core.i18n import lazy_gettext as _l


class PhotoForm(LineForm):
    """A photo, what it shows in each language, and who took it."""

    file = FileField(_l("Photo"))
    credit = LineField(_l("Photo by"), [AtMost(LINE)])

    def data_of(self) -> bytes | None:
        """The file that was chosen; None when there is none."""
        if not self.file.data:
            return None
        with self.file.data.stream as stream:
            data: bytes = stream.read()
        return data or None


class LookForm(FlaskForm):
    """What is on the photo that was looked at."""

    seen = HiddenField()
    faces = RadioField(_l("Can a face be known on it?"), choices=listed(FACE_NAMES.items()), validate_choice=False)
    checks = SelectMultipleField(
        _l("I looked at it in large and I am sure:"), choices=listed(CHECKS.items()), validate_choice=False,
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip
