"""One reminder to whoever has not confirmed, and never a second.

A mailbox that got its day's share of confirmation mails already needs none: then the one reminder is
taken as given. What was taken back or confirmed meanwhile is not reminded of.
"""

from datetime import timedelta

from sqlalchemy import select

from campaigner.actions import mails
from campaigner.actions.models import Action, Submission
from campaigner.actions.service import CONFIRM_WITHIN
from campaigner.campaigns.models import Ask, Campaign
from campaigner.core.clock import now
from campaigner.core.db import db

AFTER = timedelta(hours=36)
AT_ONCE = 200  # a round; the rest is found in the next
# A signature given in time counts until the list has been handed over: actions.service.confirm.
STATES = ("open", "paused", "closed")


def remind() -> int:
    """Remind of every act that was due for it, each by the latest form it came with; return how many mails wait."""
    waited = (Action.created_at < now() - AFTER, Action.created_at > now() - CONFIRM_WITHIN)
    due = (
        select(Action)
        .join(Ask, Ask.id == Action.ask_id)
        .join(Campaign, Campaign.id == Ask.campaign_id)
        .where(Action.state == "unconfirmed", Action.reminded_at.is_(None), *waited, Campaign.state.in_(STATES))
        .order_by(Action.created_at)
        .limit(AT_ONCE)
        .with_for_update(of=Action, skip_locked=True)
    )
    return sum(_remind(action) == "queued" for action in db.session.scalars(due).all())


def _remind(action: Action) -> str:
    action.reminded_at = now()
    latest = select(Submission).filter_by(action_id=action.id).order_by(Submission.created_at.desc()).limit(1)
    form = db.session.scalar(latest)
    if form is None:  # its mailbox disowned it just now
        return "gone"
    return mails.remind(action, submission=form, until=action.created_at + CONFIRM_WITHIN)
