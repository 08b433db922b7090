"""What the tests on letters share: a campaign with a letter, a target, writing, confirming, and a round of the work."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from campaigner.actions import service as actions
from campaigner.campaigns.models import Ask, Campaign, Target
from campaigner.core.db import db, transaction
from campaigner.core.tokens import signer
from campaigner.letters import delivery, queries, service, targets
from campaigner.letters.models import Letter
from campaigner.letters.service import Draft
from campaigner.letters.targets import Face, Line
from campaigner.outbox.models import Delivery, Mailing
from campaigner.supporters import service as supporters
from tests import make
from tests.conftest import Sink, deliver

OFFICE, OTHER, STAFF = "kabinet@doel.example", "reserve@doel.example", "contact@fos.example"
MONDAY = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)  # half past nine in Brussels


def campaign(slug: str = "", **more: Any) -> Campaign:
    """An open campaign on which people write."""
    return make.campaign(slug, asks=[Ask(kind="letter")], **more)


def target(of: Campaign, *, name: str = "De minister", face: dict[str, Any] | None = None, **line: Any) -> Target:
    """A target; an office that gets each letter at once unless `line` says otherwise."""
    with transaction():
        return targets.add(
            of, face=Face(name, language="nl", **(face or {})), by=None,
            line=Line(**{"address": OFFICE, "person": False, "mode": "once", **line}),
        )  # fmt: skip


def write(
    of: Campaign, *, number: int = 1, signed: str = "town", postcode: str = "9000", submission: str = "",
    body: str = "", picked: int | None = None,
) -> Letter:  # fmt: skip
    """A letter that waits for its mailbox."""
    person = supporters.Person("Greet", f"Voorbeeld {number}", f"greet{number}@post.example", postcode, "BE", "nl")
    door = actions.Door("web", "nl", submission or f"form-{number}")
    draft = Draft("Stop met sproeien", body or f"Mijn brief, nummer {number}.", signed=signed, picked=picked)
    with transaction():
        said = service.write(ask=of.asks[0], person=person, choices=actions.Choices(), door=door, draft=draft)
    found = queries.letter(said.action_id, said.submission)
    assert found is not None
    return found


def confirm(letter: Letter, *, only_sign: bool = False) -> None:
    """Press the button in the mail."""
    with transaction():
        actions.confirm(signer.sign([letter.action_id, letter.submission], "confirm"), only_sign=only_sign)


def post(of: Campaign, **more: Any) -> Letter:
    """A confirmed letter."""
    letter = write(of, **more)
    confirm(letter)
    return letter


def hand_to_the_outbox() -> int:
    """The reconciler's step, without a worker."""
    with transaction():
        return delivery.deliver(reply_to=STAFF)


def a_round() -> int:
    """What the reconciler and a worker do; how many letters left."""
    with transaction():
        delivery.watch()
    number = hand_to_the_outbox()
    deliver()
    with transaction():
        delivery.watch()
    return number


def to_target(sink: Sink, address: str = OFFICE) -> list[Any]:
    """The mails that arrived there."""
    return [mail for mail in sink.messages if mail["To"].addresses[0].addr_spec == address]


def text_of(mail: Any) -> str:
    """Its plain text."""
    return str(mail.get_body(("plain",)).get_content())


def states(of: Target) -> dict[str, int]:
    """Its letters per state of their delivery, without the zeros."""
    return {state: number for state, number in queries.numbers_of([of.id])[of.id].items() if number}


def in_the_outbox() -> list[Delivery]:
    """The mails to targets, as the ledger keeps them."""
    rows = select(Delivery).join(Mailing, Mailing.id == Delivery.mailing_id).where(Mailing.kind == "letter")
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))
