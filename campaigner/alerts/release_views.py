"""The last step of an alert: who gets it, what stands against it, one press or two people. And the rules for all."""

from typing import Any

from flask import abort, current_app, flash, render_template, request
from werkzeug.wrappers import Response

from campaigner.alerts import around, checks, composing, forms, planning, queries, release, senders, writing
from campaigner.alerts import audience as chosen
from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.alerts.when import Slices, moment_of
from campaigner.config import Settings
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.staff import guard
from campaigner.staff import service as staff

SENDERS = ("admin", "campaigner")
bp = guard.blueprint("release", __name__, url_prefix="/staff/alerts", roles=SENDERS)

ONE = "/<int:alert_id>"


@bp.route(f"{ONE}/send", methods=["GET", "POST"])
@guard.fresh
def send(alert_id: int) -> Response | tuple[str, int] | str:
    """The last step: who gets it, exactly how many, and the button."""
    alert, me = _mine(alert_id), guard.account().id
    form = forms.Send()
    if alert.mailing_id is not None:
        return see_other("sending.show", alert_id=alert_id)
    if alert.state == "scheduled":
        return see_other("plans.show", alert_id=alert_id)
    if not form.validate_on_submit():
        page = _page(alert, form)
        return (page, 422) if form.is_submitted() else page
    choice = {"policy": form.policy.data, "confirmed": form.confirmed.data, "seen": form.seen.data or ""}
    choice["slices"] = Slices(form.parts.data, form.apart.data if form.parts.data > 1 else 0)
    try:
        with transaction():
            if form.when.data == "at":
                at = moment_of(form.at.data or "")
                plan = planning.schedule(alert_id, at=at, settings=_settings(), by=me, **choice)
                _record("alert planned", alert_id, digest=plan.digest, at=at.isoformat(), audience=plan.seen)
                return see_other("plans.show", alert_id=alert_id)
            choice["seen"] = choice["seen"] or None
            sent = alerts.send(alert_id, settings=_settings(), by=me, **choice)
            assert sent.mailing is not None
            detail = {"mailing": sent.mailing_id, "audience": sent.audience_then, "policy": sent.mailing.unknown_policy}
            _record("alert sent", alert_id, digest=release.digest(sent), **detail)
    except writing.AlreadySent:
        return see_other("sending.show", alert_id=alert_id)
    except DomainError as error:
        return _page(_mine(alert_id), form, error=error), error.status
    return see_other("sending.show", alert_id=alert_id)


@bp.post(f"{ONE}/ask")
@guard.fresh
def ask(alert_id: int) -> Response | tuple[str, int]:
    """Ask a colleague to release it, as it is now."""
    alert, form = _mine(alert_id), forms.Send()
    if not form.validate_on_submit():
        return _page(alert, form), 422
    try:
        with transaction():
            question = {"people": form.confirmed.data, "policy": form.policy.data, "seen": form.seen.data or ""}
            release.ask(alert_id, by=guard.account().id, **question)
            _record("alert release asked", alert_id, digest=question["seen"], people=question["people"])
    except DomainError as error:
        return _page(_mine(alert_id), form, error=error), error.status
    flash(_("Asked. A colleague finds it on the first page; you cannot release it yourself."), "ok")
    return see_other(".send", alert_id=alert_id)


@bp.post(f"{ONE}/ask/back")
def take_away(alert_id: int) -> Response:
    """Take the question back."""
    _mine(alert_id)
    with transaction():
        release.take_away(alert_id)
        _record("alert release taken back", alert_id)
    return see_other("alerts.edit", alert_id=alert_id)


@bp.route("/rules", methods=["GET", "POST"])
def rules() -> Response | tuple[str, int] | str:
    """From how many people two are needed, and what the senders are called. Administrators only."""
    if not guard.account().has_any(("admin",)):
        abort(403)
    form = forms.Rules(data={"two_people_from": release.two_people_from()})
    named = forms.Sender() if "organisation" in request.form else None
    if named is not None and named.validate_on_submit() and named.organisation.data in _known():
        with transaction():
            senders.call(named.organisation.data, name=named.name.data or "")
            about = f"organisation:{named.organisation.data}"
            staff.record(
                account_id=guard.account().id, what="sender named", about=about, detail={"name": named.name.data}
            )
        flash(_("Saved."), "ok")
        return see_other(".rules")
    if named is None and form.validate_on_submit():
        with transaction():
            release.decide(two_people_from=form.two_people_from.data)
            detail = {"two_people_from": form.two_people_from.data}
            staff.record(account_id=guard.account().id, what="alert rules changed", about="alerts", detail=detail)
        flash(_("Saved."), "ok")
        return see_other(".rules")
    page = render_template("alerts/staff/rules.html", form=form, named=named, known=senders.known())
    return (page, 422) if request.method == "POST" else page


def _known() -> set[int]:
    return {organisation.id for organisation, _name in senders.known()}


def _page(alert: Alert, form: forms.Send, error: DomainError | None = None) -> str:
    audience = queries.audience_sum(alert)
    found = checks.run(alert, audience, around.look(alert), settings=_settings())
    question = release.asked(alert)
    return render_template(
        "alerts/staff/send.html",
        alert=alert,
        title=queries.title_of(alert),
        form=form,
        audience=audience,
        checks=[check for check in found if check.level != "ok"],
        blocked=bool(checks.blocking(found)),
        error=error,
        digest=release.digest(alert),
        sender=senders.name_of(alert.organisation, _settings()),
        two=release.needs_two(audience.total),
        question=question,
        asker=composing.name_of(question.asked_by) if question else "",
        mine=question is not None and question.asked_by == guard.account().id,
        stale=release.stale(alert),
        policy_words=forms.POLICY_WORDS,
        who=chosen.said(alert),
    )


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
