"""The mails to whoever signs a charter for an organisation."""

from campaigner.campaigns import queries as campaigns
from campaigner.charters.models import CoSigner
from campaigner.core import web
from campaigner.core.tokens import signer
from campaigner.outbox import service as outbox

CONFIRM, DECIDED = "charters.confirm", "charters.decided"
PER_DAY = 5


def confirm(signed: CoSigner, *, turn: str) -> str:
    """Ask the contact to stand by it. `turn` names the form, so that one form is one mail. Returns as `outbox.put`."""
    return _put(signed, CONFIRM, cause=f"{signed.id}.{turn}", template="charters/mails/confirm")


def decided(signed: CoSigner) -> str:
    """Tell the contact that the name stands there, or why it does not. Returns as `outbox.put`."""
    assert signed.decided_at is not None
    cause = f"{signed.id}.{signed.decided_at.timestamp():.6f}"
    return _put(signed, DECIDED, cause=cause, template="charters/mails/decided")


def token(signed: CoSigner) -> str:
    """What opens an organisation's own page: the same for ever, so that taking a name back is always possible."""
    assert signed.mailbox is not None
    return signer.seal([signed.id, signed.mailbox.hex()[:16]], "charter")


def forget(signed: CoSigner) -> None:
    """Empty our copies of every mail about it."""
    for kind in (CONFIRM, DECIDED):
        outbox.forget_cause(kind, f"{signed.id}.")


def _put(signed: CoSigner, kind: str, *, cause: str, template: str) -> str:
    campaign = signed.charter.campaign
    page = campaigns.page(campaign.slug, signed.language, hidden=True)
    assert page is not None
    assert signed.email is not None
    values = {
        "title": page.title, "pillar": campaign.pillar, "organisation": signed.name, "contact": signed.contact,
        "state": signed.state, "reason": signed.reason, "own_url": web.absolute("charters.own", token=token(signed)),
        "charter_url": web.absolute("charters.charter", lang=signed.language, slug=campaign.slug),
    }  # fmt: skip
    return outbox.put(
        kind=kind, cause=cause, to=signed.email, first_name=signed.contact, language=signed.language,
        template=template, values=values, per_day=PER_DAY,
    )  # fmt: skip
