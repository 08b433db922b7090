"""Personal share links: how many people came through the one that somebody passed on. No cookie, no name.

Each form has a random code (`Submission.share`), and its link is the campaign's address with that code
in it. Whoever opens the link sees the same page as everyone. What they send carries the code, and it
counts once their own mailbox has confirmed. Only the holder of the mailed confirmation link can read
the number, and only from `SHOWN_FROM` people on: a link sent to one colleague must not tell whether
that colleague signed, which can reveal a political opinion (GDPR, article 9).
"""

import re

from sqlalchemy import func, select

from campaigner.actions.models import Action, Submission
from campaigner.campaigns.models import Ask
from campaigner.core import web
from campaigner.core.db import db

CODE = re.compile(r"[0-9a-f]{12}")
SHOWN_FROM = 3


def heard(raw: str | None) -> str | None:
    """The code in an address, if it looks like one of ours."""
    return raw if raw and CODE.fullmatch(raw) else None


def known(code: str | None, *, campaign_id: int) -> str | None:
    """The code, when it belongs to a form of this campaign; whatever else is typed there is dropped."""
    if code is None:
        return None
    theirs = select(Submission.share).join(Action, Action.id == Submission.action_id).join(Ask, Ask.id == Action.ask_id)
    return db.session.scalar(theirs.where(Submission.share == code, Ask.campaign_id == campaign_id))


def link(action_id: int, *, submission: str, language: str, slug: str) -> str:
    """The address of a campaign that counts for this form; the plain address when the form is gone."""
    code = db.session.scalar(select(Submission.share).filter_by(action_id=action_id, key=submission))
    return web.absolute("actions.campaign", lang=language, slug=slug, **({"via": code} if code else {}))


def brought(action: Action, *, submission: str) -> int:
    """How many other people came through the link of this form and confirmed."""
    form = db.session.get(Submission, (action.id, submission))
    if form is None:
        return 0
    came = select(func.count(Action.supporter_id.distinct())).where(
        Action.via == form.share, Action.state == "confirmed", Action.supporter_id != action.supporter_id
    )
    return db.session.execute(came).scalar_one()


def shown(number: int) -> int | None:
    """The number as its sharer may see it; None while it could point at a single person."""
    return number if number >= SHOWN_FROM else None
