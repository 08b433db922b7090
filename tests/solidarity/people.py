"""What the tests of messages share: somebody who writes, and confirms or does not."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions import service as actions
from campaigner.actions.models import Action
from campaigner.actions.service import Choices, Door, Outcome
from campaigner.campaigns.models import Ask, Campaign
from campaigner.core.db import db, transaction
from campaigner.core.tokens import signer
from campaigner.solidarity import service
from campaigner.solidarity.models import SolidarityMessage
from campaigner.supporters.service import Person
from tests import make


def struggle(*, alone: bool = False, **more: Any) -> Campaign:
    """An open campaign that asks for messages, after a petition or alone; committed."""
    campaign = make.campaign(**more)
    if alone:
        campaign.asks.clear()
        db.session.flush()
    campaign.asks.append(Ask(kind="solidarity"))
    db.session.commit()
    return campaign


def ask_of(campaign: Campaign) -> Ask:
    """The ask for messages."""
    return next(ask for ask in campaign.asks if ask.kind == "solidarity")


def wrote(
    campaign: Campaign, body: str, *, name: str = "Fatiha", public: bool = False, confirmed: bool = True,
    submission: str = "form-1", email: str = "", language: str = "nl", postcode: str = "9000", country: str = "BE",
) -> Outcome:  # fmt: skip
    """Somebody left a message, and pressed the button in their mail unless `confirmed` is False."""
    address = email or f"{name.lower()}@voorbeeld.example"
    with transaction():
        outcome = service.leave(
            ask=ask_of(campaign), person=Person(name, "Voorbeeld", address, postcode, country, language),
            choices=Choices(public=public or None), door=Door("web", language, submission), body=body,
        )  # fmt: skip
    if confirmed:
        confirm(outcome)
    return outcome


def confirm(outcome: Outcome, **how: bool) -> None:
    """Press the button of a confirmation mail."""
    with transaction():
        actions.confirm(token(outcome), **how)


def token(outcome: Outcome) -> str:
    """What the link in the mail of a form holds."""
    return signer.sign([outcome.action_id, outcome.submission], "confirm")


def message(outcome: Outcome) -> SolidarityMessage | None:
    """What is stored of a message."""
    db.session.expire_all()
    return db.session.scalar(select(SolidarityMessage).filter_by(action_id=outcome.action_id))


def seen(*outcomes: Outcome) -> dict[int, int]:
    """These messages as a moderator's page names them."""
    rows = select(SolidarityMessage).where(SolidarityMessage.action_id.in_([each.action_id for each in outcomes]))
    return {row.action_id: row.version for row in db.session.scalars(rows)}


def shown(*outcomes: Outcome, by: int) -> None:
    """A moderator hangs them on the wall."""
    with transaction():
        assert service.show(seen(*outcomes), by=by).missed == 0


def moderator() -> int:
    """The id of an account that judges messages."""
    with transaction():
        return make.account(roles=("campaigner",)).id


def login(client: FlaskClient, *roles: str) -> int:
    """Have somebody with these roles logged in in this browser."""
    with transaction():
        account = make.account(roles=roles or ("campaigner",))
        uniquifier, account_id = account.fs_uniquifier, account.id
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = uniquifier, True
    return account_id


def csrf(client: FlaskClient, path: str = "/staff/messages/") -> str:
    """The token of a staff page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found, path
    return found[1]


def acts(campaign: Campaign) -> list[Action]:
    """The acts on a campaign's ask for messages."""
    return list(db.session.scalars(select(Action).where(Action.ask_id == ask_of(campaign).id).order_by(Action.id)))
