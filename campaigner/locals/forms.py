"""The shape of the forms on a local's desk."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from campaigner.core.forms import AtMost, LinesField
from campaigner.core.i18n import LANGUAGES, language_name
from campaigner.core.i18n import lazy_gettext as _l

KINDS = {
    "widget": _l("A widget on a site"),
    "link": _l("A link, in a mail or a chat"),
    "poster": _l("A poster with a QR code"),
    "event": _l("An event or a stand"),
}


class PlaceForm(FlaskForm):
    """A new place for a campaign."""

    campaign = SelectField(_l("Which campaign?"), choices=[], coerce=int)
    kind = SelectField(_l("What for?"), choices=[SelectChoice(code, name) for code, name in KINDS.items()])
    language = SelectField(_l("Language"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES])
    sites = LinesField(_l("Sites where it may stand"), validators=[AtMost(4000)])

    def offer(self, campaigns: list[Any]) -> None:
        """Fill the list of campaigns: cards, each with its id and title."""
        self.campaign.choices = [SelectChoice(card.id, card.title) for card in campaigns]


class SitesForm(FlaskForm):
    """What can change of a place that stands: its sites and its language."""

    sites = LinesField(_l("Sites where it may stand"), validators=[AtMost(4000)])
    language = SelectField(_l("Language"), choices=[SelectChoice(code, language_name(code)) for code in LANGUAGES])
