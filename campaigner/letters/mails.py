"""What targets get: the letters, and a test. Each says who we are, where privacy stands and how to stop us.

Behind it stands a decision of the Belgian authority (16 December 2021, on a petition site that sent
a mail a signature): identity, privacy and the way to object from the first mail on.
"""

from dataclasses import dataclass, field
from typing import Any

from campaigner.actions.models import Action
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Campaign, Target
from campaigner.core import places, web
from campaigner.core.db import db
from campaigner.core.i18n import country as country_name
from campaigner.core.i18n import force_locale, language, ngettext
from campaigner.core.i18n import gettext as _
from campaigner.core.tokens import signer
from campaigner.letters import queries
from campaigner.letters.inert import inert
from campaigner.letters.models import Envelope, Letter, Postbox
from campaigner.outbox import service as outbox
from campaigner.supporters.models import Permission

KIND = "letter"
TEST = "letter.test"
TESTS_A_DAY = 5  # to one mailbox
QUEUE = "default"


@dataclass(slots=True)
class Sheet:
    """One text in a mail, with everybody who sent it: lines like "Greet Voorbeeld, Gent"."""

    subject: str
    paragraphs: list[str]
    language: str
    writers: list[str] = field(default_factory=list)


def letters(
    envelope: Envelope, box: Postbox, written: list[Letter], *, to: str, first: bool, reply_to: str
) -> str:  # fmt: skip
    """One mail with one letter or several. Returns what the outbox said.

    The outcome that nobody knows is not sent again (policy "skip"): a letter twice would be worse. An answer
    goes to the writer of a single letter when they said yes to that, else to `reply_to`, which is ours.
    """
    target = box.target
    outbox.standing(KIND, queue=QUEUE, policy="skip")
    spoken = queries.language_for(target)
    with force_locale(spoken):
        sheets = _sheets(written)
        page = campaigns.page(written[0].action.ask.campaign.slug, spoken, hidden=True)
        assert page is not None
        number = len(written)
        values = {
            **_around(target, box, first=first),
            "title": page.title,
            "pillar": page.campaign.pillar,
            "number": number,
            "sheets": sheets,
            "mail_subject": sheets[0].subject if number == 1 else ngettext(
                "%(num)s letter to you: %(title)s", "%(num)s letters to you: %(title)s", number, title=page.title
            ),
            "campaign_url": web.absolute("actions.campaign", lang=spoken, slug=page.campaign.slug),
        }  # fmt: skip
    answer_to = _address(written[0]) if number == 1 else None
    return outbox.put(
        kind=KIND, cause=envelope.cause, to=to, language=spoken, template="letters/mails/letters", values=values,
        queue=QUEUE, reply_to=answer_to or reply_to,
    )  # fmt: skip


def test(target: Target, box: Postbox, *, cause: str, to: str, reply_to: str, really: bool) -> str:
    """A test, clearly marked: to staff as the target would see it, or (`really`) to the target itself."""
    spoken = queries.language_for(target)
    page = campaigns.page(_slug(target), spoken, hidden=True)
    assert page is not None
    values = {**_around(target, box, first=True), "title": page.title, "pillar": page.campaign.pillar, "really": really}
    if not really:
        values["objection_url"] = web.absolute("letters.objection", token="test")  # noqa: S106 - stops nobody
    return outbox.put(
        kind=TEST, cause=cause, to=to, language=spoken, template="letters/mails/test", values=values, queue="urgent",
        reply_to=reply_to, per_day=TESTS_A_DAY,
    )  # fmt: skip


def _slug(target: Target) -> str:
    return db.session.get_one(Campaign, target.campaign_id).slug


def objection_url(target_id: int) -> str:
    """The address by which a target stops us: the same for ever."""
    return web.absolute("letters.objection", token=signer.seal(target_id, "objection"))


def _around(target: Target, box: Postbox, *, first: bool) -> dict[str, Any]:
    return {
        "target": target.name, "first": first, "mode": box.mode, "objection_url": objection_url(target.id),
    }  # fmt: skip


def _sheets(written: list[Letter]) -> list[Sheet]:
    """The letters, own words first; the same words once, with everybody who sent them."""
    found: dict[tuple[str, str], Sheet] = {}
    for letter in sorted(written, key=lambda each: (not each.own, each.id)):
        sheet = found.setdefault(
            (letter.subject, letter.body),
            Sheet(inert(letter.subject), inert(letter.body).split("\n\n"), letter.language),
        )
        sheet.writers.append(signature(letter))
    return list(found.values())


def signature(letter: Letter) -> str:
    """The line under a letter: as much of its writer as they said yes to, and as still stands today."""
    who = letter.action.supporter
    where = whence(who.country, who.postcode, safe=letter.action.ask.campaign.safety_mode)
    signed = letter.signed if _may_name(letter) else "town"
    return line(signed, name=f"{who.first_name} {who.last_name}", town=where, address=who.email)


def whence(country: str, postcode: str, *, safe: bool) -> str:
    """Where a writer is from, as a target reads it: the town, or the region where being known is dangerous (`safe`)."""
    if safe:
        where = places.region_name(places.region(country, postcode), language())
    else:
        where = places.town(country, postcode, language())
    return where or country_name(country)


def line(signed: str, *, name: str, town: str, address: str) -> str:
    """What stands under a letter that is signed like that."""
    if signed == "town":
        return str(_("Someone from %(town)s, name known to us", town=town))
    return f"{inert(name)}, {town}, {address}" if signed == "reply" else f"{inert(name)}, {town}"


def _address(letter: Letter) -> str | None:
    """The writer's own address, when the target may answer there."""
    return letter.action.supporter.email if letter.signed == "reply" and _may_name(letter) else None


def _may_name(letter: Letter) -> bool:
    """Asked each time: a yes that was taken back since is no yes."""
    action: Action = letter.action
    campaign = action.ask.campaign
    stands = db.session.get(Permission, (action.supporter_id, campaign.lead_id, "target"))
    return letter.signed != "town" and not campaign.safety_mode and stands is not None and stands.value
