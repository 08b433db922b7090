"""What the tests of the contact room share: messages, and where they have got to."""

from typing import Any

from sqlalchemy import select

from campaigner.contact import queries
from campaigner.contact.models import ContactMessage
from campaigner.core.db import db, transaction
from campaigner.outbox.models import Delivery, Mailing
from tests import make

CALM = {"age": 42.0, "decoy_filled": False, "decoy_changed": False, "accept_language": True, "burst": False}
ROBOT = {**CALM, "age": 0.2, "decoy_filled": True, "decoy_changed": True}
DOUBTFUL = {**CALM, "decoy_filled": True}
TEAM = "contact@fos.example"


def stored(**changes: Any) -> ContactMessage:
    with transaction():
        return make.contact_message(**changes)


def account(name: str = "Team campagnes") -> int:
    with transaction():
        return make.account(name=name).id


def steps(message: ContactMessage) -> list[str]:
    return [event.step for event in queries.history(message.id)]


def outcome(message: ContactMessage, step: str) -> str:
    return next(event.detail["outcome"] for event in queries.history(message.id) if event.step == step)


def mails(kind: str) -> list[Delivery]:
    query = select(Delivery).join(Mailing, Mailing.id == Delivery.mailing_id).where(Mailing.kind == kind)
    return list(db.session.scalars(query))
