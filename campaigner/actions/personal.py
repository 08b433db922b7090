"""The personal link of an alert: its reader acts without typing what we know already.

The link names a person, so it must tell nobody who that is: the token is ciphertext, the page shows a first
name and a masked address, and what was filled in never stands in the page. A mail is easily passed on, so
pressing the button is not believed at once either: the act is confirmed from that person's own mailbox, like
any other. The link is of use for `LIFETIME` after its alert began, and only while its reader is still known.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from wtforms.fields.choices import SelectChoice

from campaigner.actions.forms import ActForm
from campaigner.actions.models import PersonalAct
from campaigner.actions.registry import Act
from campaigner.actions.service import Door, Outcome
from campaigner.campaigns.models import Ask, Campaign
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.outbox import personal
from campaigner.outbox.models import Delivery, Mailing
from campaigner.supporters.models import Permission, Supporter

LIFETIME = timedelta(days=14)
FILLED = ("first_name", "last_name", "email", "country", "postcode")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose link it is, where it leads, and what its page may show of them."""

    mailing_id: int
    supporter: Supporter
    campaign: Campaign
    kind: str | None  # of the ask; None: the campaign's first

    @property
    def first_name(self) -> str:
        """What the page calls them."""
        return self.supporter.first_name

    @property
    def masked(self) -> str:
        """Their address, as they recognise it and nobody else does."""
        return addresses.masked(self.supporter.email)


def leads_to(token: str) -> tuple[Campaign, str | None] | None:
    """The campaign and the kind of act that a link leads to, also when it is too old; None for one we did not make."""
    found = personal.opened(token)
    number, _, kind = found.about.partition("/") if found else ("", "", "")
    campaign = db.session.get(Campaign, int(number)) if number.isdecimal() else None
    return (campaign, kind or None) if campaign is not None else None


def reader(token: str) -> Reader | None:
    """Whose link it is; None when it is too old, or its reader is gone or lacks something that the form needs."""
    found, target = personal.opened(token), leads_to(token)
    if found is None or target is None or not found.recipient.isdecimal():
        return None
    since = db.session.scalar(select(Mailing.started_at).where(Mailing.id == found.mailing_id))
    delivery = db.session.get(Delivery, (found.mailing_id, found.recipient))
    supporter = db.session.get(Supporter, int(found.recipient))
    if since is None or now() - since > LIFETIME or delivery is None or supporter is None:
        return None
    if delivery.mailbox != supporter.mailbox or not all(getattr(supporter, name) for name in FILLED):
        return None
    return Reader(found.mailing_id, supporter, target[0], target[1])


def fill(form: ActForm, who: Reader) -> None:
    """Put what we know into the form, whatever was sent in these fields; who said yes to mails is not asked again."""
    supporter = who.supporter
    if db.session.scalar(_yes(who)):
        del form.mail_host
    if supporter.country not in {choice[0] for choice in _choices(form)}:
        form.country.choices = [*(form.country.choices or []), SelectChoice(supporter.country, supporter.country)]
    for name in FILLED:
        form[name].data = getattr(supporter, name)


def _yes(who: Reader) -> Select[int]:
    """Their latest answer to mails from the campaign's own organisation, if it is yes."""
    asked = {"supporter_id": who.supporter.id, "organisation_id": who.campaign.lead_id, "purpose": "mail"}
    return select(Permission.consent_id).filter_by(**asked).where(Permission.value)


def _choices(form: ActForm) -> list[Any]:
    return [
        (choice.value, choice.label) if isinstance(choice, SelectChoice) else choice
        for choice in form.country.choices or []
    ]


def counted(act: Act, who: Reader) -> Act:
    """The act, which notes in its own transaction that it came by this alert's link."""

    def perform(form: ActForm, ask: Ask, door: Door) -> Outcome:
        outcome = act.perform(form, ask, door)
        row = insert(PersonalAct).values(mailing_id=who.mailing_id, action_id=outcome.action_id)
        db.session.execute(row.on_conflict_do_nothing())
        return outcome

    return replace(act, perform=perform)
