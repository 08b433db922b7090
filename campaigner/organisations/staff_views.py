"""The staff pages on partners' requests: those that wait, the urgent ones on top, and one request whole."""

from flask import render_template
from werkzeug.wrappers import Response

from campaigner.core.db import transaction
from campaigner.core.i18n import country, ngettext
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.organisations import requests
from campaigner.organisations.forms import HASTE, KINDS, SHOWN, TESTED
from campaigner.organisations.models import PartnerRequest
from campaigner.staff import guard, panels
from campaigner.staff import queries as staff

ROLES = ("admin", "campaigner")
bp = guard.blueprint("request_desk", __name__, url_prefix="/staff/partners", roles=ROLES)
VERBS = {"take": requests.take, "close": requests.close}


@bp.get("/")
def index() -> str:
    """Every request that waits, and those that are done with."""
    rows = [(each, requests.said(each)) for each in requests.waiting()]
    done = [(each, requests.said(each)) for each in requests.closed()]
    return render_template("organisations/staff/index.html", rows=rows, done=done, haste=HASTE, names=_names())


@bp.get("/<int:request_id>")
def show(request_id: int) -> str:
    """One request with everything that was filled in."""
    found = requests.by_id(request_id)
    return render_template(
        "organisations/staff/request.html", request=found, said=_readable(found), names=_names(),
        answers=requests.said(found), me=guard.account().id,
    )  # fmt: skip


@bp.post("/<int:request_id>/<any(take, close):verb>")
def act(request_id: int, verb: str) -> Response:
    """Take it, or be done with it."""
    with transaction():
        VERBS[verb](request_id, by=guard.account().id)
    return see_other("request_desk.show", request_id=request_id)


def badge() -> int:
    """How many nobody took yet."""
    return requests.new_count()


def urgent() -> panels.Task | None:
    """The urgent ones that nobody took, for the first staff page."""
    count = requests.new_count(urgent=True)
    if not count:
        return None
    label = ngettext("A partner needs help fast", "Partners need help fast", count)
    return panels.Task(count, str(label), "/staff/partners/", state=_("urgent"), tone="bad")


def _names() -> dict[int, str]:
    return {each.id: each.name for each in staff.accounts()}


def _readable(found: PartnerRequest) -> dict[str, str]:
    """The answers, with the words of the choices in place of their codes."""
    said = requests.said(found)
    choices = {"kind": KINDS, "haste": HASTE, "tested": TESTED, "shown": SHOWN}
    worded = {name: str(words.get(said[name], said[name])) for name, words in choices.items()}
    return {**said, **worded, "country": country(said["country"])}
