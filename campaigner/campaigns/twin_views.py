"""The public pages of those who carry the struggle: partners in the South, and the locals here."""

from flask import Blueprint, Response, render_template

from campaigner.campaigns import carried
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import cached

bp = Blueprint("twins", __name__)


@bp.get("/<lang:lang>/partners/<slug>")
def partner(lang: str, slug: str) -> Response:
    """A partner: who they are, what they fight for, what they said last, and who is twinned with them."""
    found = carried.public("partner", slug)
    if found is None:
        raise NotFound(
            _l("We do not know this partner. Perhaps the link was cut off; all partners are on the home page.")
        )
    cards = carried.of_partner(found, lang)
    page = render_template(
        "campaigns/partner.html",
        partner=found, cards=cards, news=carried.news(found, cards, lang), twins=carried.twins(partner_id=found.id),
    )  # fmt: skip
    return cached(page)


@bp.get("/<lang:lang>/locals/<slug>")
def local(lang: str, slug: str) -> Response:
    """A local: its sister union, what it carries, and how many people came through it."""
    found = carried.public("local", slug)
    if found is None:
        raise NotFound(_l("We do not know this local. Perhaps the link was cut off; ask them for it."))
    campaigns = carried.of_local(found, lang)
    page = render_template(
        "campaigns/local.html", local=found, campaigns=campaigns, twins=carried.twins(local_id=found.id)
    )
    return cached(page)
