"""An alert that leaves later: planned by a press that does all a send does, and looked at again when it leaves.

While it waits nothing of it can change, so what was checked and released is what goes. Who gets it is asked
once more at its time: who said yes meanwhile is in, who said no is out.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from campaigner.alerts import queries, release, service, writing
from campaigner.alerts.models import Alert, AlertPlan
from campaigner.alerts.when import Slices
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError
from campaigner.core.i18n import force_locale
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import service as staff


def schedule(
    alert_id: int, *, at: datetime, slices: Slices, policy: str, confirmed: int, settings: Settings, by: int,
    seen: str,
) -> AlertPlan:  # fmt: skip
    """Let it leave at that moment, after every check and the release that a send needs.

    Raises NotFound, AlreadySent, Planned, ChangedSince, NotReady, AudienceChanged, NotReleased.
    """
    alert = writing.open_draft(alert_id)
    if seen != release.digest(alert):
        raise release.ChangedSince
    service.one_spread(alert, slices)
    audience = service.must_fit(alert, settings=settings, moment=at)
    if abs(audience.total - confirmed) > max(10, confirmed // 20):
        raise service.AudienceChanged(audience.total)
    answered = release.clear(alert, people=audience.total, by=by)
    values: dict[str, Any] = {
        "state": "waiting", "leave_at": at, "slices": slices.number, "minutes": slices.minutes, "digest": seen,
        "policy": answered.policy if answered else policy, "seen": audience.as_json(), "planned_by": by,
        "planned_at": now(), "reason": None,
    }  # fmt: skip
    plan = db.session.merge(AlertPlan(alert_id=alert_id, **values))
    db.session.flush()
    db.session.refresh(alert, ["plan"])
    return plan


def take_out(alert_id: int) -> Alert:
    """A draft again; what was released has to be released again. Raises NotFound, AlreadySent, Conflict."""
    alert = queries.get(alert_id)
    plan = _locked(alert_id)
    if alert is not None and alert.mailing_id is not None:
        raise writing.AlreadySent
    if alert is None or plan is None or plan.state != "waiting":
        raise Conflict(_l("This alert is not planned."))
    db.session.delete(plan)
    db.session.flush()
    db.session.refresh(alert, ["plan"])
    return alert


def _locked(alert_id: int) -> AlertPlan | None:
    """The plan, both rows locked: a press and a round wait for each other."""
    alert = db.session.get(Alert, alert_id)
    if alert is not None:
        db.session.refresh(alert, with_for_update={"of": Alert})
    return db.session.get(AlertPlan, alert_id, populate_existing=True)


def due() -> int | None:
    """The alert whose time has come, the longest ago first."""
    rows = select(AlertPlan.alert_id).where(AlertPlan.state == "waiting", AlertPlan.leave_at <= now())
    return db.session.scalar(rows.order_by(AlertPlan.leave_at, AlertPlan.alert_id).limit(1))


def start(alert_id: int, *, settings: Settings) -> bool:
    """Let it leave. When a check stops it: a draft again, with the reason. Returns whether it left."""
    plan = _locked(alert_id)
    alert = queries.get(alert_id)
    if plan is None or alert is None or plan.state != "waiting":
        return False
    try:
        with force_locale(alert.language), db.session.begin_nested():
            service.leave(alert, plan, settings=settings)
    except DomainError as error:
        with force_locale(alert.language):
            reason = str(error.sentence)
        plan.state, plan.reason = "refused", reason
        _record("alert plan refused", alert_id, plan, reason=reason)
        return False
    _record("alert sent", alert_id, plan, mailing=alert.mailing_id, audience=alert.audience_then)
    return True


def _record(what: str, alert_id: int, plan: AlertPlan, **detail: Any) -> None:
    detail |= {"planned_for": plan.leave_at.isoformat(), "digest": plan.digest}
    staff.record(account_id=plan.planned_by, what=what, about=f"alert:{alert_id}", detail=detail)


def refused() -> list[int]:
    """Alerts that could not leave at their time and are still drafts, the oldest first."""
    rows = select(AlertPlan.alert_id).join(Alert, Alert.id == AlertPlan.alert_id)
    rows = rows.where(AlertPlan.state == "refused", Alert.mailing_id.is_(None))
    return list(db.session.scalars(rows.order_by(AlertPlan.leave_at)))
