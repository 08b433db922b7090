"""The alert pages of staff: list, write, test, send. In the order in which they are used; `sending_views` follows."""

from typing import Any

from flask import current_app, render_template, request
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from campaigner.alerts import audience as chosen
from campaigner.alerts import checks, forms, queries, render, words
from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.config import Settings
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.web import see_other, talisman
from campaigner.outbox import slots
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("alerts", __name__, url_prefix="/staff/alerts", roles=("admin", "campaigner"))

ONE = "/<int:alert_id>"

# A mail brings its own styles and nothing else: no script, no picture, no form, no request to anyone.
MAIL_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "sandbox": "",
}


@bp.get("/")
def index() -> str:
    """All alerts, the newest first."""
    return render_template("alerts/staff/index.html", alerts=queries.latest(), titles=queries.titles(), words=words)


@bp.route("/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int] | str:
    """For whom? A campaign and a language make a draft."""
    form = forms.NewAlert()
    form.campaign.choices = [SelectChoice(id_, title) for id_, title, _state in queries.campaigns()]
    if form.validate_on_submit():
        with transaction():
            alert = alerts.draft(
                campaign_id=form.campaign.data, language=form.language.data, account_id=guard.account().id
            )
            _record("alert drafted", alert.id, campaign=alert.campaign_id, language=alert.language)
        return see_other(".edit", alert_id=alert.id)
    page = render_template("alerts/staff/new.html", form=form)
    return (page, 422) if form.is_submitted() else page


@bp.route(f"{ONE}/edit", methods=["GET", "POST"])
def edit(alert_id: int) -> Response | tuple[str, int] | str:
    """Write. A draft may be as unfinished as it likes; the checks beside it say what it still needs."""
    alert = alerts.get(alert_id)
    form = forms.Words(obj=alert, test_name=_my_first_name())
    if alert.mailing_id is not None:
        if form.is_submitted():
            raise alerts.AlreadySent
        return see_other("sending.show", alert_id=alert_id)
    if form.validate_on_submit():
        with transaction():
            alerts.write(alert_id, **_typed(form))
            _record("alert written", alert_id)
        if "then_send" in request.form:
            return see_other(".send", alert_id=alert_id)
        return see_other(".edit", alert_id=alert_id)
    page = _edit_page(alert, form)
    return (page, 422) if form.is_submitted() else page


def _edit_page(alert: Alert, form: forms.Words) -> str:
    audience = queries.audience_sum(alert)
    return render_template(
        "alerts/staff/edit.html",
        alert=alert,
        title=queries.title_of(alert),
        form=form,
        address=guard.account().email,
        audience=audience,
        who=chosen.said(alert),
        checks=checks.run(alert, audience),
        sample_name=_my_first_name(),
        tested=request.args.get("tested"),
    )


@bp.route(f"{ONE}/preview", methods=["GET", "POST"])
@talisman(content_security_policy=MAIL_POLICY)  # type: ignore[untyped-decorator]
def preview(alert_id: int) -> str:
    """The real mail for one reader: as it is kept, or (POST) as it stands in the form. Changes nothing."""
    alert = _imagined(alert_id)
    try:
        content = render.content(alert, _settings())
    except slots.BadSlots as error:
        return render_template("alerts/staff/no_preview.html", marks=error.marks)
    name = _my_first_name() if request.values.get("reader", "named") == "named" else ""
    mail = render.sample(content, first_name=name, unsubscribe=_no_unsubscribe())
    if request.values.get("form") == "text":
        return render_template("alerts/staff/text_preview.html", mail=mail)
    return mail["html"]


@bp.post(f"{ONE}/checks")
def look_over(alert_id: int) -> str:
    """The list of checks for what stands in the form. Changes nothing."""
    alert = _imagined(alert_id)
    found = checks.run(alert, queries.audience_sum(alert))
    return render_template("alerts/staff/checks.html", checks=found, alert=alert)


@bp.post(f"{ONE}/test")
def test(alert_id: int) -> Response | tuple[str, int]:
    """Keep what stands in the form and mail it to the one who is logged in."""
    form = forms.Words()
    if not form.validate_on_submit():
        return _edit_page(alerts.get(alert_id), form), 422
    with transaction():
        alerts.write(alert_id, **_typed(form))
        alerts.test(alert_id, to=guard.account().email, first_name=form.test_name.data or "", settings=_settings())
        _record("alert tested", alert_id)
    return see_other(".edit", alert_id=alert_id, tested=1, _anchor="test")


@bp.route(f"{ONE}/send", methods=["GET", "POST"])
@guard.fresh
def send(alert_id: int) -> Response | tuple[str, int] | str:
    """The last step: who gets it, exactly how many, and the button."""
    alert = alerts.get(alert_id)
    form = forms.Send()
    if alert.mailing_id is not None:
        return see_other("sending.show", alert_id=alert_id)
    if not form.validate_on_submit():
        page = _send_page(alert, form)
        return (page, 422) if form.is_submitted() else page
    try:
        with transaction():
            sent = alerts.send(alert_id, policy=form.policy.data, confirmed=form.confirmed.data, settings=_settings())
            detail = {"mailing": sent.mailing_id, "audience": sent.audience_then, "policy": form.policy.data}
            _record("alert sent", alert_id, **detail)
    except alerts.AlreadySent:
        return see_other("sending.show", alert_id=alert_id)
    except DomainError as error:
        return _send_page(alerts.get(alert_id), form, error=error), error.status
    return see_other("sending.show", alert_id=alert_id)


def _send_page(alert: Alert, form: forms.Send, error: DomainError | None = None) -> str:
    audience = queries.audience_sum(alert)
    found = checks.run(alert, audience)
    return render_template(
        "alerts/staff/send.html",
        alert=alert,
        title=queries.title_of(alert),
        form=form,
        audience=audience,
        who=chosen.said(alert),
        checks=[check for check in found if check.level != "ok"],
        blocked=any(check.level == "bad" for check in found),
        error=error,
    )


def _imagined(alert_id: int) -> Alert:
    """The alert, with what stands in the form when there is one. Detached: nothing of it can be kept."""
    alert = alerts.get(alert_id)
    if request.method == "POST":
        typed = _typed(forms.Words())
        queries.detach(alert)
        for name, value in typed.items():
            setattr(alert, name, value[: words.LIMITS[name]])
    return alert


def _typed(form: forms.Words) -> dict[str, str]:
    return {name: form[name].data or "" for name in ("subject", "preheader", "body", "button_label")}


def _my_first_name() -> str:
    """How the one who is logged in is called in a preview or a test."""
    return guard.account().name.partition(" ")[0].partition("@")[0]


def _no_unsubscribe() -> str:
    return f"{_settings().public_url}/u/test"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


def _record(what: str, alert_id: int, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=f"alert:{alert_id}", detail=detail)
