"""Everything that leaves by mail, on one page: service mail, limits of mail servers and providers, shut mailboxes.

It stands in this room because alerts share its words, its limits and its way of deciding about the
uncertain ones; the outbox itself lies below the staff's guard and can have no page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, current_app, flash, render_template, request
from werkzeug.wrappers import Response

from campaigner.alerts import forms, outgoing, paces, uncertain, words
from campaigner.config import Settings
from campaigner.core.db import transaction
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.outbox import doubts, suppressions
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("mail", __name__, url_prefix="/staff/mail", roles=("admin", "campaigner"))

KIND = "/<int:mailing_id>/uncertain"
SHUT = "/shut/<int:suppression_id>"


@bp.get("/")
def index() -> str:
    """How all outgoing mail stands."""
    return _page(forms.LookUp())


@bp.post("/")
def look_up() -> str | tuple[str, int]:
    """Is this mailbox shut, and why? The address is in no link and no log; that somebody asked is in the trail."""
    form = forms.LookUp()
    if not form.validate_on_submit():
        return _page(form), 422
    found = suppressions.of(form.email.data or "")
    with transaction():
        _record("mailbox looked up", "mail", shut=[row.reason for row in found])
    return _page(forms.LookUp(data={"email": form.email.data}), found=found, asked=form.email.data)


def _page(form: forms.LookUp, **answer: Any) -> str:
    settings: Settings = current_app.extensions["campaigner"]
    found = answer.get("found") or []
    return render_template(
        "alerts/staff/mail.html",
        form=form,
        lines=outgoing.lines(),
        under_way=outgoing.under_way(),
        limits=outgoing.limits(settings),
        shut=suppressions.by_reason(),
        senders=outgoing.senders(found),
        is_admin=_is_admin(),
        words=words,
        speed=paces.speed,
        **{"found": None, "asked": None, **answer},
    )


@bp.get(KIND)
def unsure(mailing_id: int) -> str:
    """The mails of one kind whose outcome nobody knows."""
    mailing = outgoing.service_mailing(mailing_id)
    page = uncertain.page(mailing_id, request.args.get("page", ""))
    return render_template(
        "alerts/staff/mail_uncertain.html", mailing=mailing, page=page, words=words, names=paces.NAMES
    )


@bp.post(KIND)
def resolve(mailing_id: int) -> Response:
    """Decide about them, or about those that were ticked: send again, or take them as delivered."""
    mailing = outgoing.service_mailing(mailing_id)
    try:
        press = uncertain.pressed(request.form)
    except uncertain.NothingChosen as error:
        flash(error.sentence, "warn")
        return see_other(".unsure", mailing_id=mailing_id)
    with transaction():
        count = doubts.resolve(mailing_id, resend=press.resend, recipients=press.recipients)
        if count:
            what = "service mail uncertain resent" if press.resend else "service mail uncertain accepted"
            _record(what, f"mailing:{mailing_id}", kind=mailing.kind, count=count, who=press.recipients or "all")
    flash(uncertain.done(press, count), "ok" if count else "info")
    return see_other(".unsure", mailing_id=mailing_id)


def _admins_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Others of this page may look, but not do this."""

    @wraps(view)
    def shown(**values: Any) -> Any:
        return view(**values) if _is_admin() else abort(403)

    return shown


@bp.route(SHUT, methods=["GET", "POST"])
@_admins_only
@guard.fresh
def reopen(suppression_id: int) -> Response | tuple[str, int] | str:
    """Write again to an address that was taken for dead. Administrators only, and they say why."""
    row, form = suppressions.dead(suppression_id), forms.Reopen()
    if form.validate_on_submit():
        with transaction():
            suppressions.revive(suppression_id)
            _record("dead address opened again", f"suppression:{suppression_id}", why=form.why.data)
        flash(_("The mailbox is open again: from now on mails may go there."), "ok")
        return see_other(".index")
    page = render_template("alerts/staff/reopen.html", row=row, form=form, words=words)
    return (page, 422) if form.is_submitted() else page


def _is_admin() -> bool:
    return guard.account().has_any(("admin",))


def _record(what: str, about: str, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=about, detail=detail)
