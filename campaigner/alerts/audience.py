"""The verbs of an audience: choose it for an alert, give it a name, take it up again; and the names in its menus."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from campaigner.alerts import people, queries, sentence, writing
from campaigner.alerts import rule as rules
from campaigner.alerts.models import Alert
from campaigner.alerts.reach import SavedAudience
from campaigner.campaigns.models import Ask, Placement
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.models import Organisation
from campaigner.supporters.models import SupporterTag

NAME_MAX = 80
PLACES_MAX = 300  # in a menu, the newest
TAGS_MAX = 500
ASK_WORDS: dict[str, Any] = {
    "petition": _l("Petition"), "letter": _l("Letter"), "solidarity": _l("Solidarity message"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Menus:
    """What there is to choose from, each as (value, words)."""

    campaigns: Sequence[tuple[int, str]]
    asks: Sequence[tuple[int, str]]
    organisations: Sequence[tuple[int, str]]
    locals: Sequence[tuple[int, str]]
    placements: Sequence[tuple[int, str]]
    tags: Sequence[str]

    @property
    def names(self) -> sentence.Names:
        """The same, to say a rule with."""
        return sentence.Names(
            dict(self.campaigns), dict(self.asks), dict(self.organisations), dict(self.placements)
        )  # fmt: skip


def menus() -> Menus:
    """Everything that a condition can name, read now."""
    titles = queries.titles()
    asks = db.session.execute(select(Ask.id, Ask.campaign_id, Ask.kind).order_by(Ask.campaign_id.desc(), Ask.id))
    everyone = db.session.execute(
        select(Organisation.id, Organisation.name, Organisation.kind).order_by(Organisation.name)
    )
    organisations = [(id_, name, kind) for id_, name, kind in everyone]
    places = db.session.execute(
        select(Placement.id, Placement.kind, Organisation.name, Placement.campaign_id)
        .join(Organisation, Organisation.id == Placement.organisation_id)
        .order_by(Placement.id.desc())
        .limit(PLACES_MAX)
    )
    return Menus(
        campaigns=list(titles.items()),
        asks=[(id_, f"{titles[on]}: {ASK_WORDS[kind]}") for id_, on, kind in asks if on in titles],
        organisations=[(id_, name) for id_, name, _kind in organisations],
        locals=[(id_, name) for id_, name, kind in organisations if kind == "local"],
        placements=[(id_, f"{name}, {kind}: {titles.get(on, '')}") for id_, kind, name, on in places],
        tags=list(db.session.scalars(select(SupporterTag.tag).distinct().order_by(SupporterTag.tag).limit(TAGS_MAX))),
    )


def said(alert: Alert) -> str:
    """Who gets it, in a sentence: the rule, and that nobody gets it who did not say yes to its sender."""
    yes = _("Nobody gets it who did not say yes to mails from %(name)s.", name=alert.organisation.name)
    return f"{sentence.say(queries.call_of(alert).rule, menus().names)} {yes}"


def call(alert: Alert, rule: rules.Node) -> people.Call:
    """What that rule asks for this alert."""
    kept = queries.call_of(alert)
    return people.Call(rule, kept.sender, kept.languages, kept.fallback, kept.skips)


def choose(alert_id: int, rule: rules.Node) -> Alert:
    """Store the rule with the alert, and the sum as it is now. Raises NotFound, or Conflict once it has left."""
    alert = queries.get(alert_id)
    if alert is None:
        raise NotFound(_l("There is no such alert."))
    if alert.state == "scheduled":
        raise writing.Planned
    seen = people.add_up(call(alert, rule))
    chosen = db.session.execute(
        update(Alert)
        .where(Alert.id == alert_id, Alert.mailing_id.is_(None))
        .values(rule=rules.write(rule), audience_seen=seen)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(alert)
    if chosen is None:
        raise Conflict(_l("This alert has been sent: who gets it cannot change any more."))
    return alert


def saved() -> Sequence[SavedAudience]:
    """The audiences that have a name."""
    return db.session.scalars(select(SavedAudience).order_by(SavedAudience.name)).all()


def take(audience_id: int) -> SavedAudience:
    """One of them. Raises NotFound."""
    found = db.session.get(SavedAudience, audience_id)
    if found is None:
        raise NotFound(_l("There is no such audience any more."))
    return found


def keep(name: str, rule: rules.Node, *, account_id: int) -> int:
    """Give a rule a name; a name that is there already gets the new rule. Returns its id. Raises DomainError."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise DomainError(_l("Give the audience a name of at most %(n)s characters.", n=NAME_MAX))
    row = insert(SavedAudience).values(name=name, rule=rules.write(rule), owner_id=account_id)
    saved_as = row.on_conflict_do_update(
        index_elements=["name"], set_={"rule": row.excluded.rule, "owner_id": account_id, "changed_at": now()}
    )
    return int(db.session.execute(saved_as.returning(SavedAudience.id)).scalar_one())


def drop(audience_id: int) -> str:
    """Take the name away; alerts keep their own rule. Returns the name. Raises NotFound."""
    found = take(audience_id)
    db.session.delete(found)
    return found.name
