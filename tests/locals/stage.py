"""What the tests of a local's desk have in common: signatures through its places, and what people answered."""

from campaigner.actions import service as actions
from campaigner.actions.models import Action, JournalEntry
from campaigner.campaigns.models import Campaign, Placement
from campaigner.core.clock import now, today
from campaigner.core.db import db
from campaigner.supporters.models import Supporter
from tests import make


def signed(on: Campaign, through: Placement, *, yes: bool | None = None, channel: str = "widget") -> Supporter:
    """Somebody whose confirmed signature came through a place, and what they answered to its organisation."""
    who = make.acted(on, mail=None)
    action = db.session.query(Action).filter_by(supporter_id=who.id).one()
    action.placement_id, action.channel = through.id, channel
    db.session.add(JournalEntry(
        ask_id=action.ask_id, day=today(), region="BE", organisation_id=through.organisation_id, channel=channel,
        placement_id=through.id, change=1,
    ))  # fmt: skip
    action.confirmed_at = now()
    if yes is not None:
        make.answer(who, yes, organisation=through.organisation)
    db.session.flush()
    actions.count()
    db.session.commit()
    return who
