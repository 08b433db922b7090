"""The first page after logging in, and one's own account. Logging in and out is in `security`."""

from flask import g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.web import see_other
from campaigner.staff import guard, panels, queries
from campaigner.staff import service as staff
from campaigner.staff.messages import EVENTS
from campaigner.staff.models import ANYBODY, ROLES

bp = guard.blueprint("staff", __name__, url_prefix="/staff", roles=ANYBODY)


@bp.get("/")
def today() -> str | Response:
    """What is known of today, and what waits for somebody. Who belongs to one local's desk only is led there."""
    me = guard.account()
    if not me.has_any(ROLES):
        return redirect(panels.desks(me)[0].href)
    return render_template("staff/today.html", **_shown())


@bp.get("/today")
@guard.fragment("staff.today")
def figures() -> str:
    """The figures alone: what the page asks for every ten seconds."""
    return render_template("staff/figures.html", **_shown())


@bp.get("/account")
def account() -> str:
    """One's own account: language, password, passkeys, authenticator app, and what was done with it."""
    events = queries.events(f"account:{guard.account().id}", limit=8)
    return render_template("staff/account.html", events=events, event_words=EVENTS)


@bp.post("/account/language")
def speak() -> Response:
    """Choose the language of the staff pages, for good."""
    me = guard.account()
    with transaction():
        staff.speak(me, language=request.form.get("language", ""))
        g.language = me.language
    session.pop("lang", None)
    return see_other("staff.account")


def _shown() -> dict[str, object]:
    shown = panels.shown_to(guard.account())
    return {
        "figures": [item for item in shown if isinstance(item, panels.Figure)],
        "tasks": [item for item in shown if isinstance(item, panels.Task)],
        "panels": [item for item in shown if isinstance(item, panels.Panel)],
        "at": now(),
    }
