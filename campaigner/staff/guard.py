"""The guard on every staff page: who is logged in, whether they may be here, and that the form is ours.

A staff blueprint is made with `blueprint(...)` and nothing else, so no page can forget its guard:
not logged in leads to the login page, the wrong role to a 403, a POST without our token to a 400.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort, current_app, g, request, session
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from campaigner.config import DEMO_LOGIN
from campaigner.core.db import db
from campaigner.core.i18n import LANGUAGES
from campaigner.core.web import Look, see_other
from campaigner.staff import panels
from campaigner.staff.models import Account

FRESH = 30  # minutes


class StaffBlueprint(Blueprint):
    """A blueprint behind the guard. `roles` is who may come in; the walls in tests/house read it.

    With `of_organisation` the address names an organisation by its slug, and its own editors come in too.
    """

    roles: tuple[str, ...]
    of_organisation: bool = False


_found: list[Callable[[str], int | None]] = []


def blueprint(
    name: str, import_name: str, *, url_prefix: str, roles: tuple[str, ...], of_organisation: bool = False
) -> StaffBlueprint:
    """A blueprint whose every view demands a logged-in account with one of `roles`, and our token with every POST.

    With `of_organisation` its addresses hold `<slug>`, and it also admits the editors of exactly that organisation;
    for anybody else such a page does not exist (404), whether there is an organisation of that slug or not.
    """
    bp = StaffBlueprint(name, import_name, url_prefix=url_prefix)
    bp.roles = roles
    bp.of_organisation = of_organisation
    bp.before_request(lambda: _admit(bp))
    bp.context_processor(surroundings)
    return bp


def organisations_by(find: Callable[[str], int | None]) -> None:
    """Have the id of an organisation told by `find`, by its slug. Joined once, in `rooms.join`."""
    _found[:] = [find]


def also(*roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view that opens to these roles too, beside those of its blueprint. Right below the route."""

    def opened(view: Callable[..., Any]) -> Callable[..., Any]:
        view.also = roles  # type: ignore[attr-defined]
        return view

    return opened


def account() -> Account:
    """The account that is logged in. Only behind the guard."""
    logged_in: Account = current_user._get_current_object()
    return logged_in


def fresh(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view for dangerous acts: asks for the password or passkey again when the login is older than half an hour.

    Put it on the page with the button as well as on the POST behind it: a POST cannot be repeated after the question.
    """
    return wraps(view)(auth_required("session", within=FRESH, grace=5)(view))


def pass_of() -> Callable[[], bool]:
    """For an answer that goes on for a while: says, each time it is asked, whether its reader may still see it.

    Logging out, another password, a closed account or a role taken away end it. Asks the database.
    """
    me, mark, roles, desk = account().id, account().fs_uniquifier, _roles_here(), _desk_here()

    def valid() -> bool:
        now = db.session.get(Account, me, populate_existing=True)
        if now is None or now.disabled_at is not None or now.fs_uniquifier != mark:
            return False
        db.session.expire(now, ["roles", "memberships"])
        return now.has_any(roles) or (desk is not None and now.edits(desk))

    return valid


def _roles_here() -> tuple[str, ...]:
    """Who may open the page that is asked for, by roles of the house."""
    here = current_app.blueprints[request.blueprint or ""]
    more: tuple[str, ...] = getattr(current_app.view_functions.get(request.endpoint or ""), "also", ())
    return (*here.roles, *more) if isinstance(here, StaffBlueprint) else ()


def _desk_here() -> int | None:
    """The organisation whose own desk the page that is asked for belongs to; None for a page of the house."""
    here = current_app.blueprints[request.blueprint or ""]
    if not (isinstance(here, StaffBlueprint) and here.of_organisation and _found):
        return None
    return _found[0](str((request.view_args or {}).get("slug", "")))


def fragment(page: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view that is a part of `page`, fetched by its script: whoever opens it by itself is led to the page.

    Browsers tell the two apart with Sec-Fetch-Mode (W3C Fetch Metadata), over https and on localhost.
    """

    def part_of(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def shown(**values: Any) -> Any:
            opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
            return see_other(page, **values) if opened else view(**values)

        return shown

    return part_of


def errors() -> Look | None:
    """The look of an error under /staff/: with the menu and the way back, for somebody who is logged in."""
    speak()
    return ("staff/error.html", surroundings()) if current_user.is_authenticated else None


def surroundings() -> dict[str, Any]:
    """What the staff layout needs: the account and its menu."""
    logged_in = account() if current_user.is_authenticated else None
    menu = panels.menu(logged_in) if logged_in else []
    return {"account": logged_in, "menu": menu, "demo_login": DEMO_LOGIN}


def speak() -> None:
    """Choose the language of a staff page: asked for with ?lang, else the account's own, else the browser's."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
    chosen = session.get("lang") or (account().language if current_user.is_authenticated else None)
    if chosen in LANGUAGES:
        g.language = chosen


def _admit(bp: StaffBlueprint) -> Response | None:
    speak()
    refused: Response | None = auth_required("session")(_nothing)()
    if refused is not None:
        return refused
    if not account().has_any(_roles_here()):
        desk = _desk_here()
        if desk is None or not account().edits(desk):
            abort(404 if bp.of_organisation else 403)
    if request.method not in ("GET", "HEAD", "OPTIONS") and not _ours():
        abort(400)
    return None


def _nothing() -> None:
    """The view behind Flask-Security's decorator when only its refusal is wanted."""


def _ours() -> bool:
    """True when CSRFProtect, which runs before every view, has seen our token; an exempted page stays shut."""
    return bool(g.get("csrf_valid")) or not current_app.config["WTF_CSRF_ENABLED"]
