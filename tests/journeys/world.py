"""What there is to see beside the sample campaigns: one with every act and part, one a state, links from mails."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask

from campaigner.actions import doors
from campaigner.actions.service import Choices, Door, Outcome
from campaigner.campaigns import endings, milestones, official, updates
from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Ask, Campaign
from campaigner.campaigns.updates import CHECKS, News
from campaigner.core.clock import today
from campaigner.core.db import db, transaction
from campaigner.core.tokens import signer
from campaigner.letters import wording
from campaigner.letters.wording import Words
from campaigner.organisations.models import Twinning
from campaigner.petitions import service as petitions
from campaigner.solidarity import service as messages
from campaigner.staff import invitations
from campaigner.staff.models import Account
from campaigner.supporters.service import Person
from tests import make
from tests.charters import stage as charters
from tests.letters import stage as letters
from tests.solidarity import people

ENDS = {"paused": "paused", "closed": "closed", "won": "won", "handed_over": "handed-over"}
ACTS = ("petition", "letter", "solidarity")
OFFICE = "kabinet@doel.example"  # the target's
# Words that do not break by themselves: a page must hold them on the smallest phone, in the largest letters.
LONG = "Gezondheidswerkersvakbondsafgevaardigden onderhandelen"
MESSAGES = {
    "nl": "Hou vol. Wij stonden vorig jaar aan dezelfde poort, en wij wonnen.",
    "es": "Fuerza, compañeras. No están solas.",
    "ar": "نحن معكم، من غنت إلى هنا.",
}


def campaign(kind: str, *more: str, office: str = OFFICE, **facts: Any) -> Campaign:
    """An open campaign with these acts; a letter has a target that gets each at once, and words to begin with."""
    made = make.campaign(asks=[Ask(kind=each) for each in (kind, *more)], is_example=True, **facts)
    if "letter" in (kind, *more):
        letters.target(made, name="Ministerie van Arbeid", address=office)
        with transaction():
            for text in made.texts:
                words = Words((f"Onderwerp {text.language}",), f"Begin {text.language}", "Geachte,", "Met groeten,")
                wording.write(wording.ask_of(made), language=text.language, words=words, by=None)
    return made


def build(app: Flask) -> dict[str, str]:
    """Write everything, and return what the addresses of the places hold in their slots."""
    with app.app_context():
        whole = campaign(*ACTS, slug="alles", partner=make.local("Sindicato Ejemplo"))
        slots = {"slug": whole.slug}
        by = people.moderator()
        _life(whole, by=by)
        _news(whole, by=by)
        slots |= _wall(whole, by=by) | _links(whole) | _organisations(whole)
        slots |= _charter()
        slots["welcome"] = invitations.token(_newcomer())
        slots |= {state: in_state(state).slug for state in ENDS}
        over = db.session.query(Campaign).filter_by(slug=slots["won"]).one()
        slots["over_key"] = make.placement(over, sites=()).key
        db.session.commit()
        db.session.remove()
    return slots


def in_state(state: str) -> Campaign:
    """A campaign that two people signed and that then came to this state, with what came of it."""
    made = campaign("petition", slug=f"staat-{ENDS[state]}")
    for name in ("Greet", "Karim"):
        people.confirm(sign(made, name))
    by = people.moderator()
    with transaction():
        end(made, state, by=by)
    return made


def sign(made: Campaign, name: str) -> Outcome:
    """Somebody signs, with a yes to everything, and has not confirmed yet."""
    ask = next(each for each in made.asks if each.kind == "petition")
    with transaction():
        return petitions.sign(
            ask=ask, choices=Choices(public=True, mail_host=True), door=Door("web", "nl", f"{made.slug}-{name}"),
            person=Person("Greet", "Voorbeeld", f"{made.slug}.{name}@voorbeeld.example", "9000", "BE", "nl"),
        )  # fmt: skip


def end(made: Campaign, state: str, *, by: int) -> None:
    """Bring an open campaign to this state, as staff do. Inside transaction()."""
    if state == "paused":
        campaigns.pause(made, by=by)
        return
    endings.conclude(made, outcome=state, by=by)
    told = endings.Told(f"Dit kwam ervan: {LONG}.", "Het hele **verhaal**.", "Dank aan wie tekende.")
    endings.tell(made, language="nl", told=told, shown=True, by=by)


def _life(made: Campaign, *, by: int) -> None:
    """Days that counted, demands that moved, who has moved, and an official petition beside ours."""
    for text in made.texts:
        text.title, text.summary = f"{LONG} in {text.language}", f"Samenvatting {text.language}. {LONG}."
        text.demands = [f"Een contract voor alle {LONG}", "Een veilige kade"]
        text.story = f"Verhaal.\n\n> {LONG}, dag en nacht.\n\n- een\n- twee"
    with transaction():
        milestones.add(made, day=today() - timedelta(days=9), words={"nl": f"{LONG} staakten"}, by=by)
        milestones.judge(made, {"Een veilige kade": "promised"}, by=by)
        milestones.track(
            made, words={"nl": "steden stemden voor"}, as_of=today(),
            names={"done": ["Gent", "Oostende"], "promised": ["Luik"], "not_yet": [LONG]}, by=by,
        )  # fmt: skip
        petition = official.link(made, route="chamber", url="https://www.dekamer.be/x", closes_on=None, by=by)
        official.enter(
            petition, region="flanders", kind="paper", count=1234, day=today(), source="Lijsten van Gent", by=by
        )


def _news(made: Campaign, *, by: int) -> None:
    with transaction():
        text = updates.start(made, language="es", news=News("Primera reunión", f"Hoy. {LONG}", "Sindicato"), by=by)
        updates.check(made, text.number, language="es", seen=updates.version(text), ticked=set(CHECKS), at=None, by=by)


def _wall(made: Campaign, *, by: int) -> dict[str, str]:
    outcomes = [
        people.wrote(made, words, name=f"Naam{number}", public=True, submission=f"wand-{number}", language="nl")
        for number, words in enumerate([*MESSAGES.values(), LONG * 3])
    ]
    people.shown(*outcomes, by=by)
    with transaction():
        line = messages.settle(made, rhythm="off", address="", language="es", by=by)
        return {"booklet": messages.booklet_token(line)}


def _links(made: Campaign) -> dict[str, str]:
    """Tokens of what was written and not confirmed yet, of what was confirmed, and of two receipts."""
    slots = {}
    for name, confirmed in {"petition": False, "done": True, "again": True, "mine": False}.items():
        outcome = sign(made, name)
        if confirmed:
            people.confirm(outcome)
        slots[name] = people.token(outcome)
    brief = campaign("letter", slug="brief", office="stopt@doel.example")  # who says stop, says so for all
    letter = letters.write(brief, submission="form-brief")
    slots["letter"] = signer.sign([letter.action_id, letter.submission], "confirm")
    said = people.wrote(made, f"Hou vol. {LONG}", name="Karim", confirmed=False, submission="form-boodschap")
    slots["message"] = people.token(said)
    typed: Any = SimpleNamespace(
        email=SimpleNamespace(data="greet@voorbeeld.example"), first_name=SimpleNamespace(data="Greet")
    )
    slots["receipt"] = doors.receipt(said, typed)
    slots["contact"] = signer.sign(["C-2345-6789", "local"], "contact receipt")
    slots["request"] = signer.sign(["P-2345-6789", True], "request receipt")
    slots["stop"], slots["stopped"] = (signer.seal(of.targets[0].id, "objection") for of in (made, brief))
    return slots


def _organisations(made: Campaign) -> dict[str, str]:
    local = make.local(LONG)
    placement = make.placement(made, organisation=local)
    assert made.partner is not None
    made.partner.kind = "partner"
    db.session.add(Twinning(local_id=local.id, partner_id=made.partner.id, since=2019))
    return {"local": local.slug, "partner": made.partner.slug, "key": placement.key}


def _charter() -> dict[str, str]:
    """A charter that takes names, one organisation that has not confirmed, and its receipt."""
    made = charters.charter(slug="charter")
    row = charters.sign(made, name=f"Afdeling {LONG}")
    assert row.mailbox is not None
    receipt = signer.sign([row.name, "r•••••@voorbeeld.example"], "charter receipt")
    token = signer.seal([row.id, row.mailbox.hex()[:16]], "charter")
    return {"charter": made.slug, "cosigner": token, "cosigned": receipt}


def _newcomer() -> Account:
    """An account that was invited and has no password yet."""
    newcomer = make.editor(make.local("Afdeling Nieuw"))
    newcomer.password = None
    db.session.commit()
    return newcomer
