"""The host's pages on locals: requests for a desk, every local and under whom it stands, the league table's switch."""

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import ngettext
from campaigner.core.web import see_other
from campaigner.organisations import desk_requests, queries
from campaigner.organisations import service as organisations
from campaigner.organisations.account_desk import around
from campaigner.organisations.desk_forms import DecisionForm
from campaigner.organisations.models import Organisation
from campaigner.staff import guard, panels
from campaigner.staff import queries as staff

ROLES = ("admin", "campaigner")
bp = guard.blueprint("locals", __name__, url_prefix="/staff/locals", roles=ROLES)
Answer = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """Who asks for a desk, and who has one."""
    rows = [(each, desk_requests.said(each)) for each in desk_requests.waiting()]
    editors: dict[int, list[str]] = {}
    for account in staff.accounts():
        for desk in account.desks if account.disabled_at is None else []:
            editors.setdefault(desk, []).append(account.name)
    return render_template(
        "organisations/staff/locals.html", rows=rows, desks=queries.with_desks(), editors=editors,
        parents=queries.parents(), host=queries.host(),
    )  # fmt: skip


@bp.route("/requests/<int:request_id>", methods=["GET", "POST"])
def decide(request_id: int) -> Answer:
    """One request, with the button that lets its steward in."""
    found = desk_requests.by_id(request_id)
    said = desk_requests.said(found)
    form = DecisionForm(data={"name": said["local"]})
    form.offer(queries.with_desks())
    if form.validate_on_submit():
        try:
            with transaction():
                desk_requests.approve(
                    request_id, name=form.name.data or said["local"], parents=form.parents(),
                    known=form.known.data or None, by=guard.account().id, around=around(),
                )  # fmt: skip
        except DomainError as error:
            found = desk_requests.by_id(request_id)
            form.form_errors.append(error.sentence)
        else:
            flash(_("The desk is open, and the invitation leaves by mail."), "ok")
            return see_other("locals.index")
    page = render_template("organisations/staff/desk_request.html", form=form, request=found, said=said)
    return (page, 422) if form.errors else page


@bp.post("/requests/<int:request_id>/refuse")
def refuse(request_id: int) -> Response:
    """No desk for this one; a mail tells them."""
    with transaction():
        desk_requests.refuse(request_id, by=guard.account().id, team=around().reply_to)
    return see_other("locals.index")


@bp.route("/<int:organisation_id>/parents", methods=["GET", "POST"])
def parents(organisation_id: int) -> Answer:
    """Under which centrale and gewest a local stands."""
    local = db.session.get(Organisation, organisation_id)
    if local is None or local.kind != "local":
        raise NotFound(_l("There is no such local."))
    above = queries.parents().get(organisation_id, [])
    now = {each.kind: each.id for each in above}
    form = DecisionForm(data={"centrale": now.get("centrale", 0), "gewest": now.get("gewest", 0), "known": 0})
    form.offer(queries.with_desks())
    if form.validate_on_submit():
        with transaction():
            desk_requests.stand_under(local, parents=form.parents())
        return see_other("locals.index")
    return render_template("organisations/staff/parents.html", local=local, form=form)


@bp.post("/league")
def league() -> Response:
    """A league table for everybody who wants one, or for nobody."""
    with transaction():
        organisations.compare(queries.host(), shown=request.form.get("shown") == "yes", by=guard.account().id)
    return see_other("locals.index")


def badge() -> int:
    """How many requests wait."""
    return desk_requests.new_count()


def asked() -> panels.Task | None:
    """Requests that nobody decided, for the first staff page."""
    count = desk_requests.new_count()
    if not count:
        return None
    label = ngettext("A local asks for a desk", "Locals ask for a desk", count)
    return panels.Task(count, str(label), "/staff/locals/", state=_("to decide"), tone="warn")
