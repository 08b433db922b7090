"""The desk of a local."""

from flask import render_template

from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import queries
from campaigner.organisations.models import DESKS
from campaigner.staff import guard

HOST = ("admin", "campaigner")
bp = guard.blueprint("local_desk", __name__, url_prefix="/staff/local/<slug>", roles=HOST, of_organisation=True)


@bp.get("/")
def index(slug: str) -> str:
    """What the local brought."""
    local = queries.by_slug(slug)
    if local is None or local.kind not in DESKS:
        raise NotFound(_l("There is no such local."))
    return render_template("organisations/staff/local.html", local=local)
