"""The mails that acts cause."""

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
    page = campaigns.page(action.ask.campaign.slug, said.language, hidden=True)
    assert page is not None
    token = signer.sign([action.id, submission], "confirm")
    return outbox.put(
        kind=CONFIRM,
        cause=f"{action.id}.{submission}{turn and '.'}{turn}",
        to=to,
        first_name=said.first_name,
        language=said.language,
        template="actions/mails/confirm",
        values={
            "first_name": said.first_name,
            "title": page.title,
            "text_language": page.text.language,
            "pillar": page.campaign.pillar,
            "already": action.state == "confirmed",
            "answers": queries.yes_to(action.id, submission=submission),
            "confirm_url": web.absolute("actions.confirm", token=token),
            "not_me_url": web.absolute("actions.not_me", token=token),
            "campaign_url": web.absolute("actions.campaign", lang=said.language, slug=page.campaign.slug),
        },
        per_day=PER_DAY,
    )
