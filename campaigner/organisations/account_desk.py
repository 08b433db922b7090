"""The administrators' page on accounts: who works here, with which roles, at whose desk; letting in and closing.

It stands in this room because it joins accounts with organisations, which the staff room does not know.
"""

from flask import current_app, flash, render_template, request
from werkzeug.wrappers import Response

from campaigner.config import Settings
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import gettext as _
from campaigner.core.web import absolute, see_other
from campaigner.organisations import accounts, queries
from campaigner.organisations.account_forms import InvitationForm
from campaigner.staff import guard
from campaigner.staff import queries as staff_queries
from campaigner.staff import service as staff
from campaigner.staff.messages import EVENTS, ROLE_WORDS
from campaigner.staff.models import ROLES

bp = guard.blueprint("accounts", __name__, url_prefix="/staff/accounts", roles=("admin",))
Answer = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """Everybody who has an account."""
    rows = staff_queries.accounts()
    desks = {each.id: each.name for each in queries.with_desks()}
    return render_template("organisations/staff/accounts.html", rows=rows, desks=desks, role_words=ROLE_WORDS)


@bp.route("/new", methods=["GET", "POST"])
@guard.fresh
def invite() -> Answer:
    """Let somebody in by mail."""
    form = InvitationForm(data={"language": LANGUAGES[0]})
    form.offer(queries.with_desks(), chosen=request.args.get("local", type=int))
    if form.validate_on_submit():
        try:
            with transaction():
                made = accounts.invite(**form.invitation(), by=guard.account().id, around=around())
                made_id = made.id
        except DomainError as error:
            form.form_errors.append(error.sentence)
        else:
            flash(_("The invitation leaves by mail."), "ok")
            return see_other("accounts.show", account_id=made_id)
    page = render_template("organisations/staff/invite.html", form=form, role_words=ROLE_WORDS)
    return (page, 422) if form.errors else page


@bp.get("/<int:account_id>")
@guard.fresh
def show(account_id: int) -> str:
    """One account: its roles, its desks, what was done with it."""
    return render_template(
        "organisations/staff/account.html", one=accounts.by_id(account_id), desks=queries.with_desks(), roles=ROLES,
        role_words=ROLE_WORDS, event_words=EVENTS, events=staff_queries.events(f"account:{account_id}", limit=20),
        names={each.id: each.name for each in staff_queries.accounts()}, me=guard.account().id,
    )  # fmt: skip


@bp.post("/<int:account_id>/roles")
@guard.fresh
def roles(account_id: int) -> Response:
    """Give and take roles of the house."""
    with transaction():
        staff.give_roles(accounts.by_id(account_id), roles=request.form.getlist("roles"), by=guard.account().id)
    return see_other("accounts.show", account_id=account_id)


@bp.post("/<int:account_id>/desks")
@guard.fresh
def join(account_id: int) -> Response:
    """Let it in at the desk of a local."""
    chosen = request.form.get("organisation", type=int) or 0
    with transaction():
        accounts.let_in(accounts.by_id(account_id), organisation_id=chosen, by=guard.account().id)
    return see_other("accounts.show", account_id=account_id)


@bp.post("/<int:account_id>/desks/<int:organisation_id>/leave")
@guard.fresh
def leave(account_id: int, organisation_id: int) -> Response:
    """Take it off the desk of a local."""
    with transaction():
        staff.leave(accounts.by_id(account_id), organisation_id=organisation_id, by=guard.account().id)
    return see_other("accounts.show", account_id=account_id)


@bp.post("/<int:account_id>/<any(again, close, reopen):verb>")
@guard.fresh
def act(account_id: int, verb: str) -> Response:
    """Mail the invitation again, close the account, or open it again."""
    with transaction():
        one = accounts.by_id(account_id)
        if verb == "again":
            accounts.send(one, around=around())
        elif verb == "close":
            staff.disable(email=one.email, by=guard.account().id)
        else:
            staff.enable(one, by=guard.account().id)
    if verb == "again":
        flash(_("The invitation leaves by mail."), "ok")
    return see_other("accounts.show", account_id=account_id)


def around() -> accounts.Around:
    """What the mail of an invitation needs to know of the web."""
    settings: Settings = current_app.extensions["campaigner"]
    return accounts.Around(
        login=absolute("security.login"),
        welcome=lambda lang, token: absolute("welcome.choose", lang=lang, token=token),
        reply_to=settings.host_contact,
    )
