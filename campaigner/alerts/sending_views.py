"""The page of a send: where it stands, its buttons, and deciding about the mails whose outcome nobody knows."""

from typing import Any

from flask import Response as Answer
from flask import current_app, flash, render_template, request
from werkzeug.wrappers import Response

from campaigner.alerts import live, paces, plan_views, queries, sendings, uncertain, words
from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.i18n import language
from campaigner.core.web import see_other
from campaigner.outbox import queries as ledger
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("sending", __name__, url_prefix="/staff/alerts", roles=("admin", "campaigner"))

ONE = "/<int:alert_id>"


@bp.get(ONE)
def show(alert_id: int) -> Response | str:
    """Where the send stands. A draft has nothing to show yet."""
    alert = alerts.get(alert_id)
    if alert.mailing_id is None:
        return see_other("alerts.edit", alert_id=alert_id)
    return render_template("alerts/staff/show.html", **_standing(alert), after=_after(alert), at=now(),
        trial=plan_views.standing(alert))  # fmt: skip


@bp.get(f"{ONE}/progress")
@guard.fragment("sending.show")
def progress(alert_id: int) -> str:
    """The part of that page that moves, for a browser that cannot be told by itself."""
    return _fragment(alerts.sent(alert_id)).html


@bp.get(f"{ONE}/stream")
@guard.fragment("sending.show")
def stream(alert_id: int) -> Answer:
    """The same part each time it changes, as server-sent events, until the send ends or nobody listens."""
    alerts.sent(alert_id)
    still_allowed = guard.pass_of()
    return live.stream(lambda: _fragment(alerts.sent(alert_id)) if still_allowed() else None)


@bp.get(f"{ONE}/after")
@guard.fragment("sending.show")
def after(alert_id: int) -> str:
    """What happened since it left: asked for now and then, because it looks at many rows."""
    alert = alerts.sent(alert_id)
    assert alert.mailing_id is not None
    values = {"after": _after(alert), "progress": ledger.progress(alert.mailing_id), "words": words}
    return render_template("alerts/staff/after.html", **values)


@bp.post(f"{ONE}/pause")
def pause(alert_id: int) -> Response:
    """Hold the send."""
    with transaction():
        alerts.pause(alert_id)
        _record("alert paused", alert_id)
    return see_other(".show", alert_id=alert_id)


@bp.post(f"{ONE}/resume")
def resume(alert_id: int) -> Response:
    """Let it go on."""
    with transaction():
        alerts.resume(alert_id)
        _record("alert resumed", alert_id)
    return see_other(".show", alert_id=alert_id)


@bp.post(f"{ONE}/stop")
def stop(alert_id: int) -> Response:
    """End it for good."""
    with transaction():
        alerts.stop(alert_id)
        _record("alert stopped", alert_id)
    return see_other(".show", alert_id=alert_id)


@bp.get(f"{ONE}/uncertain")
def unsure(alert_id: int) -> str:
    """The mails whose outcome nobody knows: to whom, when, and what happened."""
    alert = alerts.sent(alert_id)
    assert alert.mailing_id is not None
    page = uncertain.page(alert.mailing_id, request.args.get("page", ""))
    people = sendings.people([row.recipient for row in page.rows], language=language())
    return render_template(
        "alerts/staff/uncertain.html",
        alert=alert,
        title=queries.title_of(alert),
        page=page,
        people=people,
        words=words,
        names=paces.NAMES,
    )


@bp.post(f"{ONE}/uncertain")
def resolve(alert_id: int) -> Response:
    """Decide about them, or about those that were ticked: send again, or take them as delivered."""
    try:
        press = uncertain.pressed(request.form)
    except uncertain.NothingChosen as error:
        flash(error.sentence, "warn")
        return see_other(".unsure", alert_id=alert_id)
    with transaction():
        count = alerts.resolve(alert_id, resend=press.resend, recipients=press.recipients)
        if count:
            what = "alert uncertain resent" if press.resend else "alert uncertain accepted"
            _record(what, alert_id, count=count, who=press.recipients or "all")
    flash(uncertain.done(press, count), "ok" if count else "info")
    return see_other(".unsure", alert_id=alert_id)


def _after(alert: Alert) -> sendings.After:
    return sendings.after(alert, settings=current_app.extensions["campaigner"])


def _fragment(alert: Alert) -> live.Look:
    """The moving part as text. Straight from the template: it needs none of what a whole page is given (the menu)."""
    values = _standing(alert)
    html = current_app.jinja_env.get_template("alerts/staff/progress.html").render(**values)
    return live.Look(html, values["sending"].progress.state in ("sending", "paused"))


def _standing(alert: Alert) -> dict[str, Any]:
    """Everything the page says, from the ledger and nowhere else."""
    settings: Settings = current_app.extensions["campaigner"]
    assert alert.mailing_id is not None
    return {
        "alert": alert,
        "plan": alert.plan,
        "last": plan_views.last_part(alert),
        "tried": alert.trial is not None and alert.trial.let_go_at is None,
        "title": queries.title_of(alert),
        "sending": sendings.standing(alert.mailing_id, settings=settings, alert_id=alert.id),
        "words": words,
    }


def _record(what: str, alert_id: int, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=f"alert:{alert_id}", detail=detail)
