"""Factories: plain functions that say only what a test is about."""

import itertools
import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions.models import Action, Tally
from campaigner.alerts.models import Alert, AlertText
from campaigner.campaigns.models import Ask, Campaign, CampaignText, Placement
from campaigner.contact import service as contact
from campaigner.contact.models import ContactMessage
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import Organisation
from campaigner.staff import service as staff
from campaigner.staff.models import Account
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Supporter

_numbers = itertools.count(1)


def campaign(
    slug: str = "", *, state: str = "open", languages: tuple[str, ...] = ("nl", "fr", "en", "es"), **more: Any
) -> Campaign:
    """A campaign with a petition, committed."""
    row = Campaign(
        slug=slug or f"campagne-{next(_numbers)}", state=state, opened_at=now(),
        lead_id=organisations.host().id,
        **{"country": "HN", "pillar": "work", "goal": 100, "asks": [Ask(kind="petition")], **more},
    )  # fmt: skip
    row.texts = [
        CampaignText(
            language=code, title=f"Titel {code}", summary=f"Samenvatting {code}", story=f"Verhaal {code}",
            demands=[f"Eis {code}"],
        )
        for code in languages
    ]  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def local(name: str = "Afdeling Voorbeeld") -> Organisation:
    """A union local, committed."""
    row = Organisation(slug=f"afdeling-{next(_numbers)}", kind="local", name=name, country="BE")
    db.session.add(row)
    db.session.commit()
    return row


def placement(
    of: Campaign, *, organisation: Organisation | None = None, sites: tuple[str, ...] = ("https://afdeling.example",)
) -> Placement:
    """A widget's place on a local's site, committed."""
    row = Placement(
        key=f"key{next(_numbers)}", campaign_id=of.id, organisation_id=(organisation or local()).id, kind="widget",
        sites=list(sites),
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def form(**changes: Any) -> dict[str, Any]:
    """What a supporter fills in."""
    number = next(_numbers)
    return {
        "first_name": "Fatiha", "last_name": f"Voorbeeld {number}", "email": f"fatiha{number}@voorbeeld.example",
        "postcode": "9000", "country": "BE", "agree": "y", "website": "", "unchanged": "ongewijzigd", **changes,
    }  # fmt: skip


def token_of(client: FlaskClient, path: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="form_token"[^>]*value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found, f"no form on {path}"
    return found[1]


def sign(client: FlaskClient, slug: str, lang: str = "nl", **changes: Any) -> Any:
    """Fill in the form of a campaign page and send it."""
    path = f"/{lang}/c/{slug}"
    return client.post(path, data=form(form_token=token_of(client, path), **changes))


def actions(of: Campaign) -> list[Action]:
    """The acts on a campaign."""
    return list(db.session.scalars(select(Action).join(Ask).where(Ask.campaign_id == of.id).order_by(Action.id)))


def account(
    *, name: str = "Team campagnes", roles: tuple[str, ...] = ("admin", "campaigner", "inbox"), **more: Any
) -> Account:
    """A staff account, committed."""
    number = next(_numbers)
    return staff.create(
        email=f"staf{number}@fos.example", name=name, password="lang-genoeg-wachtwoord", roles=roles, **more
    )


def contact_message(**changes: Any) -> ContactMessage:
    """A message as the contact form stores it. Inside transaction()."""
    number = next(_numbers)
    calm = {"age": 42.0, "decoy_filled": False, "decoy_changed": False, "accept_language": True, "burst": False}
    typed = {
        "host": "FOS", "topic": "campaign", "language": "nl", "name": "Greet",
        "email": f"greet{number}@voorbeeld.example", "body": f"Vraag nummer {number}", "nonce": f"nonce-{number}",
        "signals": calm, **changes,
    }  # fmt: skip
    return contact.store(**typed)


def acted(
    on: Campaign, *, email: str = "", first_name: str = "Fatiha", language: str = "nl", mail: bool | None = True,
    state: str = "confirmed",
) -> Supporter:  # fmt: skip
    """A supporter with an act on a campaign; `mail` is their proven answer to mails from the host, None: not asked."""
    number = next(_numbers)
    person = supporters.Person(
        first_name=first_name, last_name=f"Voorbeeld {number}", email=email or f"mens{number}@voorbeeld.example",
        postcode="9000", country="BE", language=language,
    )  # fmt: skip
    row = supporters.enrol(person)
    supporters.take_seat(row)
    db.session.add(Action(
        ask_id=on.asks[0].id, supporter_id=row.id, state=state, language=language, submission="form",
        confirmed_at=now() if state == "confirmed" else None,
    ))  # fmt: skip
    if mail is not None:
        answer(row, mail)
    db.session.commit()
    return row


def answer(who: Supporter, value: bool, *, organisation: Organisation | None = None) -> None:
    """A proven answer to the question whether this organisation (the host) may send mails."""
    asking = organisation or organisations.host()
    source = supporters.Source(language=who.language, channel="web", evidence="confirm button")
    supporters.note(who.id, [supporters.Answer("mail", asking.id, asking.name, value)], source=source, verified=True)


def alert(
    about: Campaign, *, language: str = "nl", organisation: Organisation | None = None,
    others: dict[str, dict[str, str]] | None = None, **words: str,
) -> Alert:  # fmt: skip
    """A draft that could leave, committed; `others`: what it says in more languages, beside the first."""
    sender = organisation or organisations.host()
    row = Alert(campaign_id=about.id, organisation_id=sender.id, language=language, created_by=1)
    said = {"subject": "De eerste koper heeft gebeld", "preheader": "Eén duw nog.",
            "body": "Dag {{voornaam}},\n\nMaandag belde de **eerste koper**. Kom mee."}  # fmt: skip
    for code, own in {language: words, **(others or {})}.items():
        row.texts.append(AlertText(language=code, changed_by=1, **{**said, **own}))
    db.session.add(row)
    db.session.commit()
    return row


def text(of: Campaign, language: str) -> CampaignText:
    """What a campaign says in one language."""
    return next(each for each in of.texts if each.language == language)


def editor(of: Organisation, **more: Any) -> Account:
    """An account that belongs to the desk of this organisation and has no role of the house, committed."""
    row = account(roles=("inbox",), name="Delegee", **more)
    row.roles = []
    staff.join(row, organisation_id=of.id, by=None)
    db.session.commit()
    return row


def tally(of: Campaign, number: int) -> None:
    """So many confirmed acts on the first ask of a campaign, committed."""
    db.session.merge(Tally(ask_id=of.asks[0].id, confirmed=number))
    db.session.commit()
