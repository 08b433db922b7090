"""What the stage is filled with: campaigns and people, through the services that staff and visitors use."""

from bench.stage import Stage
from campaigner.actions.models import Action
from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Campaign
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.organisations import queries as organisations
from campaigner.supporters import service as supporters

BATCH = 200


def campaign(stage: Stage, title: str = "Een eerlijk loon voor wie onze bananen plukt") -> str:
    """An open campaign with a petition, in Dutch. Returns its slug."""
    facts = campaigns.Facts(pillar="work", art="hands", goal=5000, country="HN", target_name="Voorbeeld Fruit NV")
    words = campaigns.Words(title, "In het kort.", "Het hele verhaal.", ("Betaal een leefbaar loon.",), "Teken mee")
    with stage.app.app_context(), transaction():
        made = campaigns.create(title=title, facts=facts, by=None)
        campaigns.write(made, language="nl", words=words, shown=True, by=None)
        campaigns.open_(made, by=None)
        return made.slug


def supporters_of(stage: Stage, slug: str, number: int) -> None:
    """People with a confirmed act on the campaign who said yes to mails from the host."""
    with stage.app.app_context():
        for start in range(0, number, BATCH):
            with transaction():
                ask = db.session.query(Campaign).filter_by(slug=slug).one().asks[0]
                for n in range(start, min(start + BATCH, number)):
                    _supporter(ask.id, n)
            db.session.remove()


def _supporter(ask_id: int, n: int) -> None:
    email = f"ontvanger{n}@voorbeeld.example"
    host = organisations.host()
    who = supporters.enrol(supporters.Person("Luc", f"Voorbeeld {n}", email, "9000", "BE", "nl"))
    act = Action(ask_id=ask_id, supporter_id=who.id, state="confirmed", language="nl", confirmed_at=now())
    db.session.add(act)
    source = supporters.Source(language="nl", channel="web", evidence="chaos")
    supporters.note(who.id, [supporters.Answer("mail", host.id, host.name, True)], source=source, verified=True)
