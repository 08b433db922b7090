"""Two texts of one alert: the second one, how many acts each brought, and who decides what the rest gets.

Only acts count that came through the personal link of the mail and were confirmed. When chance is a likely
reason for the difference nothing is decided by itself: the rest waits until somebody chooses.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Text, cast, func, select, update

from campaigner.actions.models import Action, PersonalAct
from campaigner.alerts import queries, render, trial, writing
from campaigner.alerts.models import Alert, AlertTrial
from campaigner.alerts.render import Words
from campaigner.alerts.trial import Arm, Verdict
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.outbox import service as outbox
from campaigner.outbox import trials as ledger
from campaigner.outbox.models import Delivery, Mailing

VARIANTS = ("a", "b")
PORTIONS = 5  # in one round: at most a hundred thousand mails


def keep(alert_id: int, *, share: int, hours: int, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Try this second text. An empty part is the same as in the first one. Raises NotFound, AlreadySent, Planned."""
    alert = writing.open_draft(alert_id)
    said = {code: {name: value for name, value in parts.items() if value} for code, parts in texts.items()}
    db.session.merge(AlertTrial(alert_id=alert_id, share=share, hours=hours, texts=said))
    alert.changed_at = now()
    db.session.flush()
    db.session.refresh(alert, ["trial"])


def drop(alert_id: int) -> None:
    """One text for everybody again. Raises NotFound, AlreadySent, Planned."""
    alert = writing.open_draft(alert_id)
    row = db.session.get(AlertTrial, alert_id)
    if row is not None:
        db.session.delete(row)
        alert.changed_at = now()
    db.session.flush()
    db.session.refresh(alert, ["trial"])


def words_of(alert: Alert, code: str) -> Words:
    """What the second text says in a language: its own parts, the rest from the first one."""
    first = render.words_of(alert, code)
    own = alert.trial.texts.get(code, {}) if alert.trial else {}
    return Words(own.get("subject", ""), first.preheader, own.get("body") or first.body, first.button_label)


def content(alert: Alert, settings: Settings) -> dict[str, dict[str, str]]:
    """What the ledger keeps: by language, and `nl/b` for the second text."""
    kept = {code: render.content(alert, code, settings) for code in alert.languages}
    if alert.trial is not None:
        kept |= {f"{code}/b": render.content(alert, code, settings, words=words_of(alert, code)) for code in [*kept]}
    return kept


def begin(alert_id: int, *, at: datetime) -> None:
    """It leaves: from now on the hours run."""
    row = db.session.get_one(AlertTrial, alert_id)
    row.decide_at = at + timedelta(hours=row.hours)


def arms(alert: Alert) -> dict[str, Arm]:
    """What each text brought: as it was when it was decided, else as it is now (one pass over the deliveries)."""
    if alert.trial is not None and alert.trial.result is not None:
        return {name: Arm(*numbers) for name, numbers in alert.trial.result.items()}
    mine = (Delivery.mailing_id == alert.mailing_id, Delivery.variant.in_(VARIANTS), Delivery.state == "sent")
    reached = _numbers(select(Delivery.variant, func.count()).where(*mine).group_by(Delivery.variant))
    acted = _numbers(
        select(Delivery.variant, func.count(Delivery.recipient.distinct()))
        .join(PersonalAct, PersonalAct.mailing_id == Delivery.mailing_id)
        .join(Action, Action.id == PersonalAct.action_id)
        .where(*mine, Action.state == "confirmed", Delivery.recipient == cast(Action.supporter_id, Text))
        .group_by(Delivery.variant)
    )
    return {name: Arm(reached.get(name, 0), acted.get(name, 0)) for name in VARIANTS}


def _numbers(query: Select[str, int]) -> dict[str, int]:
    return {variant: int(number) for variant, number in db.session.execute(query)}


def verdict(alert: Alert) -> Verdict:
    """What the acts say."""
    return trial.judge(arms(alert))


def choose(alert_id: int, variant: str, *, by: int | None) -> bool:
    """The rest gets this one. Returns False when it was decided before. Raises Conflict once the send has ended."""
    alert = db.session.get_one(Alert, alert_id)
    if alert.trial is None or alert.mailing_id is None or variant not in VARIANTS:
        raise Conflict(_l("There is nothing to choose here."))
    outbox.in_state(alert.mailing_id, "sending", "paused")
    result = {name: [arm.reached, arm.acted] for name, arm in arms(alert).items()}
    taken: Any = db.session.execute(
        update(AlertTrial)
        .where(AlertTrial.alert_id == alert_id, AlertTrial.winner.is_(None))
        .values(winner=variant, decided_at=now(), decided_by=by, result=result)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(alert.trial)
    if taken.rowcount:
        outbox.note(alert.mailing_id, "text chosen" if by else "text decided", variant.upper())
    return bool(taken.rowcount)


def judge_due() -> int:
    """Look at the trials whose hours are over: decide, or leave it to people. Returns how many."""
    rows = select(AlertTrial.alert_id).join(Alert, Alert.id == AlertTrial.alert_id)
    rows = rows.join(Mailing, Mailing.id == Alert.mailing_id).where(
        Mailing.state.in_(("sending", "paused")), AlertTrial.winner.is_(None), AlertTrial.judged_at.is_(None),
        AlertTrial.decide_at <= now(),
    )  # fmt: skip
    due = db.session.scalars(rows.order_by(AlertTrial.decide_at)).all()
    for alert_id in due:
        found = verdict(db.session.get_one(Alert, alert_id))
        if found.winner is not None:
            choose(alert_id, found.winner, by=None)
        else:
            db.session.get_one(AlertTrial, alert_id).judged_at = now()
    return len(due)


def let_go() -> None:
    """Those who waited get what was decided, in portions: the next round does the rest."""
    rows = select(AlertTrial, Alert.mailing_id).join(Alert, Alert.id == AlertTrial.alert_id)
    rows = rows.join(Mailing, Mailing.id == Alert.mailing_id).where(
        Mailing.state.in_(("sending", "paused")), AlertTrial.winner.is_not(None), AlertTrial.let_go_at.is_(None)
    )
    for row, mailing_id in db.session.execute(rows).all():
        assert row.winner is not None
        assert mailing_id is not None
        for _portion in range(PORTIONS):
            if not ledger.let_go(mailing_id, variant=row.winner):
                if not ledger.held_back(mailing_id):
                    row.let_go_at = now()
                break


def undecided() -> list[int]:
    """Alerts whose rest waits for somebody to choose, the oldest first."""
    rows = select(AlertTrial.alert_id).join(Alert, Alert.id == AlertTrial.alert_id)
    rows = rows.join(Mailing, Mailing.id == Alert.mailing_id).where(
        Mailing.state.in_(("sending", "paused")), AlertTrial.winner.is_(None), AlertTrial.judged_at.is_not(None)
    )
    return list(db.session.scalars(rows.order_by(AlertTrial.judged_at)))


def of(alert_id: int) -> Alert | None:
    """The alert, when it has a trial."""
    alert = queries.get(alert_id)
    return alert if alert is not None and alert.trial is not None else None
