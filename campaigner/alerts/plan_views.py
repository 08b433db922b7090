"""Pages of an alert that waits for its time, and of two texts that are tried against each other."""

from datetime import datetime
from typing import Any

from flask import current_app, flash, render_template, request
from werkzeug.wrappers import Response

from campaigner.alerts import audience as chosen
from campaigner.alerts import composing, forms, planning, queries, senders, trial, trials, when, words
from campaigner.alerts import service as alerts
from campaigner.alerts.models import BODY_MAX, SUBJECT_MAX, Alert
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.i18n import decimal
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("plans", __name__, url_prefix="/staff/alerts", roles=("admin", "campaigner"))

ONE = "/<int:alert_id>"
PARTS = {"subject": SUBJECT_MAX, "body": BODY_MAX}


@bp.get(f"{ONE}/plan")
def show(alert_id: int) -> Response | str:
    """An alert that waits for its time: when, to how many then and now, and the way back."""
    alert = _mine(alert_id)
    if alert.state != "scheduled":
        return see_other("sending.show", alert_id=alert_id)
    assert alert.plan is not None
    return render_template(
        "alerts/staff/plan.html",
        alert=alert,
        plan=alert.plan,
        title=queries.title_of(alert),
        audience=queries.audience_sum(alert),
        who=chosen.said(alert),
        by=composing.name_of(alert.plan.planned_by or 0),
        moments=when.Slices(alert.plan.slices, alert.plan.minutes).moments(alert.plan.leave_at),
        twice=when.shown_twice(alert.plan.leave_at),
        sender=senders.name_of(alert.organisation, _settings()),
    )


@bp.post(f"{ONE}/plan/back")
def take_out(alert_id: int) -> Response:
    """A draft again."""
    _mine(alert_id)
    with transaction():
        planning.take_out(alert_id)
        _record("alert taken out of the plan", alert_id)
    flash(_("It is a draft again. Nothing leaves before you send or plan it anew."), "ok")
    return see_other("alerts.edit", alert_id=alert_id)


@bp.route(f"{ONE}/trial", methods=["GET", "POST"])
def trial_of(alert_id: int) -> Response | tuple[str, int] | str:
    """Write the second text, and say on how many it is tried and for how long."""
    alert = _mine(alert_id)
    if request.method == "GET" and alert.state != "draft":
        return see_other("sending.show", alert_id=alert_id)
    kept = alert.trial
    form = forms.Trial(data={"share": kept.share, "hours": kept.hours} if kept else {})
    texts = _typed(alert) if form.is_submitted() else (kept.texts if kept else {})
    if form.validate_on_submit():
        with transaction():
            trials.keep(alert_id, share=form.share.data, hours=form.hours.data, texts=texts)
            _record("alert trial written", alert_id, share=form.share.data, hours=form.hours.data)
        return see_other("release.send", alert_id=alert_id)
    page = render_template("alerts/staff/trial.html", alert=alert, form=form, texts=texts, limits=PARTS)
    return (page, 422) if form.is_submitted() else page


@bp.post(f"{ONE}/trial/off")
def one_text(alert_id: int) -> Response:
    """One text for everybody again."""
    _mine(alert_id)
    with transaction():
        trials.drop(alert_id)
        _record("alert trial dropped", alert_id)
    flash(_("Everybody gets the same text."), "ok")
    return see_other("release.send", alert_id=alert_id)


@bp.post(f"{ONE}/trial/<any(a, b):verb>")
def choose(alert_id: int, verb: str) -> Response:
    """The rest gets this text."""
    _mine(alert_id)
    with transaction():
        if trials.choose(alert_id, verb, by=guard.account().id):
            _record("alert text chosen", alert_id, variant=verb)
            flash(_("Chosen. The rest leaves with text %(name)s within a minute.", name=verb.upper()), "ok")
        else:
            flash(_("It was decided before."), "info")
    return see_other("sending.show", alert_id=alert_id, _anchor="trial")


def standing(alert: Alert) -> dict[str, Any] | None:
    """What the page of a send says of its trial; None without one."""
    if alert.trial is None:
        return None
    arms = trials.arms(alert)
    subjects = {"a": alert.subject, "b": trials.words_of(alert, alert.language).subject}
    return {
        "row": alert.trial, "arms": arms, "verdict": trial.judge(arms), "subjects": subjects,
        "rates": {name: decimal(arm.rate * 100) for name, arm in arms.items()},
        "chance": words.chance(trial.judge(arms).chance),
        "open": alert.state in ("sending", "paused") and alert.trial.winner is None,
        "chooser": composing.name_of(alert.trial.decided_by) if alert.trial.decided_by else "",
    }  # fmt: skip


def last_part(alert: Alert) -> datetime | None:
    """When the last part of a send in parts leaves; None when it is past, or there are none."""
    plan = alert.plan
    if plan is None or plan.state != "left" or alert.sent_at is None:
        return None
    at = alert.sent_at + when.Slices(plan.slices, plan.minutes).last
    return at if at > now() else None


def _typed(alert: Alert) -> dict[str, dict[str, str]]:
    """The second text as it stands in the form, per language."""
    found = {}
    for code in alert.languages:
        subject = " ".join(request.form.get(f"subject_{code}", "").split())[:SUBJECT_MAX]
        body = request.form.get(f"body_{code}", "").replace("\r\n", "\n").replace("\x00", "").strip()[:BODY_MAX]
        found[code] = {"subject": subject.replace("\x00", ""), "body": body}
    return found


def _mine(alert_id: int) -> Alert:
    """The alert, for somebody who may send in its sender's name."""
    alert = alerts.get(alert_id)
    senders.check(guard.account(), alert.organisation_id)
    return alert


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


def _record(what: str, alert_id: int, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=f"alert:{alert_id}", detail=detail)
