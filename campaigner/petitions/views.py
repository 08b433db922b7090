"""How the doors of the acts reach the petition."""

from campaigner.actions import doors
from campaigner.actions.forms import ActForm
from campaigner.actions.registry import Act
from campaigner.actions.service import Door, Outcome
from campaigner.campaigns.models import Ask
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.petitions import service
from campaigner.petitions.forms import PetitionForm


def _perform(form: ActForm, ask: Ask, door: Door) -> Outcome:
    return service.sign(
        ask=ask, person=doors.person(form, door), choices=doors.choices(form), door=door, comment=form.comment.data
    )


ACT = Act(kind="petition", form=PetitionForm, perform=_perform, button=_l("Sign the petition"), framed=True)
