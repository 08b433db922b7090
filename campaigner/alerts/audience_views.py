"""Who gets the alert: the page with its conditions, and the audiences that have a name.

One form, several buttons: add, remove and show change nothing that is kept; only "save" does. With the
script the answer of the same form takes the place of the builder; without it the page is loaded again.
"""

from dataclasses import replace
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from campaigner.alerts import audience, people, queries, rows, sentence, writing
from campaigner.alerts import rule as rules
from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.core import places
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import LANGUAGES, language, language_here
from campaigner.core.web import see_other
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("audience", __name__, url_prefix="/staff/alerts", roles=("admin", "campaigner"))


@bp.route("/<int:alert_id>/audience", methods=["GET", "POST"])
def build(alert_id: int) -> Response | str | tuple[str, int]:
    """The builder of one alert."""
    alert = alerts.get(alert_id)
    if alert.mailing_id is not None:
        raise writing.AlreadySent
    if request.method == "GET":
        return _page(alert, rows.of_rule(queries.call_of(alert).rule))
    lines = _fit(_pressed(rows.typed(request.form)))
    if "load" in request.form and request.form.get("audience", "").isdigit():
        return _page(alert, rows.of_rule(rules.read(audience.take(int(request.form["audience"][:18])).rule)))
    try:
        return _save(alert, lines)
    except DomainError as error:
        return _page(alert, lines, error=error), error.status


def _pressed(lines: list[rows.Row]) -> list[rows.Row]:
    """The lines after "add" or "remove"."""
    gone = request.form.get("remove", "")
    if gone.isdigit() and len(gone) < 4:
        lines = [row for at, row in enumerate(lines) if at != int(gone)]
    if "add" in request.form and len(lines) < rules.MOST:
        lines = [*lines, rows.Row(kind="language", value=LANGUAGES[0])]
    return lines


def _fit(lines: list[rows.Row]) -> list[rows.Row]:
    """A line of another kind than before begins with the first value of its menu."""
    choices = _choices(audience.menus())
    return [
        replace(row, value=choices[row.kind][0][0])
        if choices.get(row.kind) and not rows.is_complete(replace(row, n="1"))
        else row
        for row in lines
    ]


def _save(alert: Alert, lines: list[rows.Row]) -> Response | str:
    """What "save" and "keep" do; the other buttons only show. Raises DomainError."""
    if "save" in request.form:
        rule = rows.to_rule(lines)
        with transaction():
            audience.choose(alert.id, rule)
            _record("audience chosen", f"alert:{alert.id}", rule=rules.write(rule))
        return see_other("alerts.edit", alert_id=alert.id)
    if "keep" in request.form:
        rule = rows.to_rule(lines)
        with transaction():
            kept = audience.keep(request.form.get("name", ""), rule, account_id=guard.account().id)
            _record("audience saved", f"audience:{kept}", rule=rules.write(rule))
        return _page(alert, lines, kept=request.form.get("name", ""))
    return _page(alert, lines)


@bp.get("/audiences")
def index() -> str:
    """The audiences with a name, each said in a sentence."""
    names = audience.menus().names
    found = [(each, sentence.say(rules.read(each.rule), names)) for each in audience.saved()]
    return render_template("alerts/staff/audiences.html", audiences=found)


@bp.post("/audiences/<int:audience_id>/drop")
def drop(audience_id: int) -> Response:
    """Take a name away."""
    with transaction():
        name = audience.drop(audience_id)
        _record("audience dropped", f"audience:{audience_id}", name=name)
    return see_other(".index")


def _page(
    alert: Alert, lines: list[rows.Row] | None, *, error: DomainError | None = None, kept: str = ""
) -> str:  # fmt: skip
    menus = audience.menus()
    choices = _choices(menus)
    rule: rules.Node | None = None
    try:
        rule = queries.call_of(alert).rule if lines is None else rows.to_rule(lines)
    except rows.BadRow as bad:
        error = error or bad
    call = audience.call(alert, rule) if rule else None
    return render_template(
        "alerts/staff/audience.html",
        alert=alert,
        rows=lines,
        kinds=[kind for kind in rows.SHOWS if choices.get(kind, True)],
        choices=choices,
        menus=menus,
        sum_=queries.Audience(**people.add_up(call)) if call else None,
        sentence=sentence.say(rule, menus.names) if rule else "",
        glimpses=people.glimpses(call) if call and "sample" in request.form else None,
        saved=audience.saved(),
        error=error,
        bad=error.at if isinstance(error, rows.BadRow) else None,
        kept=kept,
        may_add=len(lines or ()) < rules.MOST,
    )


def _choices(menus: audience.Menus) -> dict[str, list[tuple[str, str]]]:
    """The values of the kinds that have a menu."""
    return {
        "acted": [("any", "")] + [(f"c:{id_}", title) for id_, title in menus.campaigns]
        + [(f"a:{id_}", words) for id_, words in menus.asks],
        "language": [(code, language_here(code)) for code in LANGUAGES],
        "province": places.provinces(language()),
        "local": [(str(id_), name) for id_, name in menus.locals],
        "said_yes": [(str(id_), name) for id_, name in menus.organisations],
        "came": [(name, str(words)) for name, words in sentence.CHANNELS.items()]
        + [(f"p:{id_}", words) for id_, words in menus.placements],
        "active": [(value, value) for value in rows.PERIODS],
        "tag": [(tag, tag) for tag in menus.tags],
    }  # fmt: skip


def _record(what: str, about: str, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=about, detail=detail)
