"""The mails that acts cause."""

from datetime import datetime
from typing import Any

from campaigner.actions import queries
from campaigner.actions.models import Action, Submission
from campaigner.campaigns import queries as campaigns
from campaigner.core import web
from campaigner.core.db import db
from campaigner.core.tokens import signer
from campaigner.outbox import service as outbox

CONFIRM = "actions.confirm"
PER_DAY = 5  # confirmation mails to one mailbox within 24 hours, whoever asks for them


def confirm(action: Action, *, submission: str, to: str, turn: str = "") -> str:
    """Ask the mailbox's owner to stand by one form, and name every answer it gave. Returns as `outbox.put`.

    One mail a form: the form is the cause, with a `turn` when it is asked for again.
    """
    said = db.session.get_one(Submission, (action.id, submission))
    return outbox.put(
        kind=CONFIRM,
        cause=f"{action.id}.{submission}{turn and '.'}{turn}",
        to=to,
        first_name=said.first_name,
        language=said.language,
        template="actions/mails/confirm",
        values={**_about(action, said), "already": action.state == "confirmed"},
        per_day=PER_DAY,
    )


def remind(action: Action, *, submission: Submission, until: datetime) -> str:
    """Ask once more, and say until when the act is kept. Counts in the same day's share. Returns as `outbox.put`."""
    return outbox.put(
        kind=CONFIRM,
        cause=f"{action.id}.{submission.key}.reminder",
        to=submission.email,
        first_name=submission.first_name,
        language=submission.language,
        template="actions/mails/reminder",
        values={**_about(action, submission), "signed_at": submission.created_at, "until": until},
        per_day=PER_DAY,
    )


def _about(action: Action, said: Submission) -> dict[str, Any]:
    """What every mail about a form tells: who, on what, which answers, and the links."""
    page = campaigns.page(action.ask.campaign.slug, said.language, hidden=True)
    assert page is not None
    token = signer.sign([action.id, said.key], "confirm")
    return {
        "first_name": said.first_name,
        "title": page.title,
        "text_language": page.text.language,
        "pillar": page.campaign.pillar,
        "kind": action.ask.kind,
        "answers": queries.yes_to(action.id, submission=said.key),
        "confirm_url": web.absolute("actions.confirm", token=token),
        "not_me_url": web.absolute("actions.not_me", token=token),
        "campaign_url": web.absolute("actions.campaign", lang=said.language, slug=page.campaign.slug),
    }
