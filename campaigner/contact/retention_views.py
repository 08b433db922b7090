"""How long messages are kept: the terms, what goes next, and erasing one thread at once. For administrators."""

from flask import Response, flash, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.contact import retention
from campaigner.contact.topics import TOPICS
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.staff import guard
from campaigner.staff import service as staff

ROLES = ("admin",)
bp = guard.blueprint("contact_retention", __name__, url_prefix="/staff/inbox", roles=ROLES)


@bp.get("/retention")
def shown() -> str:
    """The terms, and what they mean for what is here now."""
    return _page()


@bp.post("/retention")
def choose() -> BaseResponse:
    """Other terms. They hold from the next round on, within an hour."""
    days = {topic: request.form.get(topic, 0, type=int) or 0 for topic in retention.DEFAULTS if topic in request.form}
    me = guard.account().id
    try:
        with transaction():
            changed = retention.choose(days, account_id=me)
            if changed:
                staff.record(account_id=me, what="contact terms chosen", about="contact", detail=changed)
    except DomainError as error:
        page = _page(typed=request.form.to_dict(), error=error)
        return Response(page, status=error.status, content_type="text/html; charset=utf-8")
    flash(_("Saved."), "ok")
    return see_other("contact_retention.shown")


@bp.post("/<int:message_id>/forget")
def forget(message_id: int) -> BaseResponse:
    """Erase one thread now, because its sender asked for it."""
    me = guard.account().id
    with transaction():
        reference = retention.erase(message_id)
        staff.record(account_id=me, what="contact erased", about=f"contact:{reference}")
    flash(_("%(reference)s is erased.", reference=reference), "ok")
    return see_other("inbox.pile")


def _page(*, typed: dict[str, str] | None = None, error: DomainError | None = None) -> str:
    return render_template(
        "contact/staff/retention.html",
        plan=retention.plan(),
        topics=TOPICS,
        typed=typed or {},
        error=error,
    )
