"""The alert pages of staff: list, start, write, look, test. `release_views` and `sending_views` follow."""

from typing import Any

from flask import Response as Answer
from flask import current_app, flash, jsonify, render_template, request
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from campaigner.alerts import around, checks, composing, forms, queries, render, senders, trials, words, writing
from campaigner.alerts import audience as chosen
from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.config import Settings
from campaigner.core.db import transaction
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import moment
from campaigner.core.web import see_other, talisman
from campaigner.outbox import slots
from campaigner.staff import guard
from campaigner.staff import service as staff

WRITERS = ("admin", "campaigner")
bp = guard.blueprint("alerts", __name__, url_prefix="/staff/alerts", roles=WRITERS)

ONE = "/<int:alert_id>"

# A mail brings its own styles and pictures of ours: no script, no form, no request to anyone else.
MAIL_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "sandbox": "",
}


@bp.get("/")
def index() -> str:
    """All alerts that are mine to see, the newest first."""
    mine = {organisation.id for organisation in senders.of(guard.account())}
    found = [alert for alert in queries.latest() if alert.organisation_id in mine or _translates()]
    return render_template("alerts/staff/index.html", alerts=found, titles=queries.titles(), words=words)


@bp.route("/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int] | str:
    """For whom, and in whose name? A campaign and a language make a draft."""
    form = forms.NewAlert()
    form.campaign.choices = [SelectChoice(id_, title) for id_, title, _state in queries.campaigns()]
    form.sender.choices = [SelectChoice(each.id, each.name) for each in senders.of(guard.account())]
    if form.sender.data is None and form.sender.choices:
        form.sender.data = form.sender.choices[0].value
    if form.validate_on_submit():
        senders.check(guard.account(), form.sender.data)
        with transaction():
            alert = alerts.draft(
                campaign_id=form.campaign.data, language=form.language.data, account_id=guard.account().id,
                organisation_id=form.sender.data,
            )  # fmt: skip
            _record("alert drafted", alert.id, campaign=alert.campaign_id, language=alert.language)
        return see_other(".edit", alert_id=alert.id)
    page = render_template("alerts/staff/new.html", form=form)
    return (page, 422) if form.is_submitted() else page


@bp.route(f"{ONE}/edit", methods=["GET", "POST"])
def edit(alert_id: int) -> Response | tuple[str, int] | str:
    """Write. A draft may be as unfinished as it likes; the checks beside it say what it still needs."""
    alert = _mine(alert_id)
    if alert.mailing_id is not None:
        if request.method == "POST":
            raise writing.AlreadySent
        return see_other("sending.show", alert_id=alert_id)
    if alert.state == "scheduled" and request.method != "POST":
        return see_other("plans.show", alert_id=alert_id)
    code = composing.language_of(alert, request.args.get("text"))
    form = composing.form_of(alert, code, guard.account())
    if not form.validate_on_submit():
        page = _edit_page(alert, code, form)
        return (page, 422) if form.is_submitted() else page
    saved = _save(alert, code, form)
    if saved.aside is not None:
        composing.seen_now(form, saved.text.version)
        return _edit_page(_mine(alert_id), code, form, overtaken=saved), 409
    if "then_send" in request.form:
        return see_other("release.send", alert_id=alert_id)
    return see_other(".edit", alert_id=alert_id, text=code)


@bp.post(f"{ONE}/save")
def save(alert_id: int) -> tuple[Answer, int]:
    """The same for a page that saves by itself: says what became of it."""
    alert = _mine(alert_id)
    code = composing.language_of(alert, request.args.get("text"))
    form = composing.form_of(alert, code, guard.account())
    if not form.validate():
        return jsonify(state="invalid", sentence=_("Not saved yet: something is too long.")), 422
    saved = _save(alert, code, form)
    at = moment(saved.text.changed_at)
    if saved.aside is None:
        return jsonify(state="saved", version=saved.text.version, sentence=_("Saved at %(moment)s.", moment=at)), 200
    sentence = _(
        "%(name)s saved this text at %(moment)s, while you were writing. Your words are kept as a version.",
        name=composing.name_of(saved.text.changed_by),
        moment=at,
    )
    return jsonify(state="overtaken", sentence=sentence), 409


def _save(alert: Alert, code: str, form: forms.Words) -> writing.Saved:
    me = guard.account().id
    with transaction():
        before = (alert.act, alert.changed_at)
        if "act" in request.form:
            writing.aim(alert.id, act=form.act.data or None)
        saved = writing.save(alert.id, language=code, typed=composing.typed(form), by=me, seen=form.seen.data)
        if saved.aside is not None:
            _record("alert written at the same time", alert.id, language=code, version=saved.aside.id)
        elif (alert.act, alert.changed_at) != before:
            _record("alert written", alert.id, language=code)
    return saved


def _edit_page(alert: Alert, code: str, form: forms.Words, *, overtaken: writing.Saved | None = None) -> str:
    audience = queries.audience_sum(alert)
    about = around.look(alert)
    typed = {code: render.Words(**composing.typed(form))}
    return render_template(
        "alerts/staff/edit.html",
        alert=alert, code=code, title=queries.title_of(alert), form=form, audience=audience, about=about,
        checks=checks.run(alert, audience, about, settings=_settings(), typed=typed),
        shown=composing.inbox(alert, typed[code], _me(), _settings()),
        me=_me(), overtaken=overtaken, names=composing.names(), tested=request.args.get("tested", type=int),
        source=alert.text() if code != alert.language else None,
        may_send=not _translates(), who=chosen.said(alert),
    )  # fmt: skip


@bp.route(f"{ONE}/preview", methods=["GET", "POST"])
@talisman(content_security_policy=MAIL_POLICY)  # type: ignore[untyped-decorator]
def preview(alert_id: int) -> str:
    """The real mail for one reader: as it is kept, or (POST) as it stands in the form. Changes nothing."""
    alert = _mine(alert_id)
    code = composing.language_of(alert, request.args.get("text"))
    second = alert.trial is not None and request.args.get("second") == "1"
    said = trials.words_of(alert, code) if second else composing.as_typed(alert, code)
    name = composing.reader(alert, request.values.get("reader", "me"), _me())
    try:
        mail = render.mail(alert, code, _settings(), first_name=name, words=said)
    except slots.BadSlots as error:
        return render_template("alerts/staff/no_preview.html", marks=error.marks)
    if request.values.get("view") == "text":
        return render_template("alerts/staff/text_preview.html", mail=mail)
    return composing.lit(mail.html, dark=request.values.get("look") == "dark")


@bp.post(f"{ONE}/checks")
def look_over(alert_id: int) -> str:
    """The list of checks for what stands in the form. Changes nothing."""
    alert = _mine(alert_id)
    code = composing.language_of(alert, request.args.get("text"))
    said = composing.as_typed(alert, code)
    about = around.look(alert, closely=False)
    found = checks.run(alert, queries.audience_sum(alert), about, settings=_settings(), typed={code: said})
    name = composing.reader(alert, request.values.get("reader", "me"), _me())
    shown = composing.inbox(alert, said, name, _settings())
    return render_template("alerts/staff/checks.html", checks=found, alert=alert, shown=shown)


@bp.post(f"{ONE}/test")
def test(alert_id: int) -> Response | tuple[str, int]:
    """Keep what stands in the form and mail it to those of staff who were ticked."""
    alert = _mine(alert_id)
    code = composing.language_of(alert, request.args.get("text"))
    form = composing.form_of(alert, code, guard.account())
    if not form.validate_on_submit():
        return _edit_page(alert, code, form), 422
    saved = _save(alert, code, form)
    if saved.aside is not None:
        composing.seen_now(form, saved.text.version)
        return _edit_page(_mine(alert_id), code, form, overtaken=saved), 409
    to = composing.addresses(form.to.data or [], guard.account())
    with transaction():
        alerts.test(alert_id, to=to, first_name=form.test_name.data or "", settings=_settings(), language=code)
        _record("alert tested", alert_id, language=code, tests=len(to))
    return see_other(".edit", alert_id=alert_id, text=code, tested=len(to), _anchor="test")


@bp.post(f"{ONE}/duplicate")
def duplicate(alert_id: int) -> Response:
    """The same again, as a new draft."""
    old = _mine(alert_id)
    senders.check_writer(guard.account(), old)
    with transaction():
        alert = writing.duplicate(alert_id, by=guard.account().id)
        _record("alert drafted", alert.id, copy_of=alert_id)
    flash(_("This is a copy, in all its languages. Nobody has got it yet."), "ok")
    return see_other(".edit", alert_id=alert.id)


@bp.post(f"{ONE}/begin/<code>")
def begin(alert_id: int, code: str) -> Response:
    """Start another language."""
    _mine(alert_id)
    with transaction():
        writing.begin(alert_id, language=code, by=guard.account().id)
        _record("alert language begun", alert_id, language=code)
    return see_other(".edit", alert_id=alert_id, text=code)


@bp.post(f"{ONE}/skip/<code>")
def skip(alert_id: int, code: str) -> Response:
    """Leave a language out."""
    alert = _mine(alert_id)
    senders.check(guard.account(), alert.organisation_id)
    with transaction():
        writing.skip(alert_id, language=code)
        _record("alert language left out", alert_id, language=code)
    return see_other(".edit", alert_id=alert_id)


@bp.get(f"{ONE}/versions")
def versions(alert_id: int) -> str:
    """What a text said before."""
    alert = _mine(alert_id)
    code = composing.language_of(alert, request.args.get("text"))
    found = writing.versions(alert_id, language=code)
    return render_template(
        "alerts/staff/versions.html", alert=alert, code=code, versions=found, names=composing.names()
    )


@bp.get(f"{ONE}/versions/<int:version_id>")
def version(alert_id: int, version_id: int) -> str:
    """One of them, beside what the text says now."""
    alert = _mine(alert_id)
    found = writing.version(alert_id, version_id)
    lines = composing.compare(render.words_of(alert, found.language), found)
    values = {"alert": alert, "version": found, "lines": lines, "names": composing.names()}
    return render_template("alerts/staff/version.html", **values)


@bp.post(f"{ONE}/versions/<int:version_id>")
def take_back(alert_id: int, version_id: int) -> Response:
    """Let the text say that again."""
    _mine(alert_id)
    with transaction():
        text = writing.take_back(alert_id, version_id, by=guard.account().id)
        _record("alert version taken back", alert_id, version=version_id, language=text.language)
    flash(_("The text says that again. What it said before is in its versions."), "ok")
    return see_other(".edit", alert_id=alert_id, text=text.language)


def _mine(alert_id: int) -> Alert:
    """The alert, for somebody who may write it."""
    alert = alerts.get(alert_id)
    senders.check_writer(guard.account(), alert)
    return alert


def _translates() -> bool:
    """Whether whoever is logged in writes, and never sends."""
    return not senders.of(guard.account()) and guard.account().has_any(("translator",))


def _me() -> str:
    return composing.first_name(guard.account())


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


def _record(what: str, alert_id: int, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=f"alert:{alert_id}", detail=detail)
