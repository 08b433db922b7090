"""The mails that acts cause."""

from campaigner.actions.models import Action
from campaigner.campaigns import queries as campaigns
from campaigner.core import web
from campaigner.core.tokens import signer
from campaigner.outbox import service as outbox

PER_DAY = 5  # confirmation mails to one mailbox within 24 hours, whoever asks for them


def confirm(action: Action, *, to: str, language: str, submission: str) -> str:
    """Ask the mailbox's owner to confirm. One mail a form: the form is the cause. Returns as `outbox.put`."""
    page = campaigns.page(action.ask.campaign.slug, language)
    assert page is not None
    token = signer.sign([action.id, submission], "confirm")
    return outbox.put(
        kind="actions.confirm",
        cause=f"{action.id}.{submission}",
        to=to,
        first_name=action.supporter.first_name,
        language=language,
        template="actions/mails/confirm",
        values={
            "first_name": action.supporter.first_name,
            "title": page.title,
            "text_language": page.text.language,
            "pillar": page.campaign.pillar,
            "already": action.state == "confirmed",
            "confirm_url": web.absolute("actions.confirm", token=token),
            "not_me_url": web.absolute("actions.not_me", token=token),
            "campaign_url": web.absolute("actions.campaign", lang=language, slug=page.campaign.slug),
        },
        per_day=PER_DAY,
    )
