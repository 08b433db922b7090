"""The lead's page on a coalition: who carries the campaign, with which question, and whose page may open."""

from flask import render_template, request
from werkzeug.wrappers import Response

from campaigner.actions import queries as actions
from campaigner.campaigns import coalitions
from campaigner.campaigns.models import Campaign
from campaigner.campaigns.staff_views import around, campaign_of
from campaigner.core.db import transaction
from campaigner.core.web import see_other
from campaigner.locals import queries
from campaigner.organisations import queries as organisations
from campaigner.staff import guard

bp = guard.blueprint("coalition_desk", __name__, url_prefix="/staff/campaigns", roles=("admin", "campaigner"))
VERBS = {"approve": coalitions.approve, "end": coalitions.leave}


@bp.get("/<int:campaign_id>/coalition")
def index(campaign_id: int) -> str:
    """Every member with its question and its counts, and the one total."""
    campaign = campaign_of(campaign_id)
    members = coalitions.members(campaign_id)
    return render_template(
        "locals/staff/coalitions.html", members=members, questions=queries.questions(campaign), free=_free(campaign),
        brought={each.organisation_id: actions.brought(each.organisation_id).get(campaign_id, 0) for each in members},
        **around(campaign, "coalition"),
    )  # fmt: skip


@bp.post("/<int:campaign_id>/coalition")
def invite(campaign_id: int) -> Response:
    """Ask an organisation in."""
    chosen = request.form.get("organisation", type=int) or 0
    with transaction():
        coalitions.invite(campaign_of(campaign_id), organisation_id=chosen, by=guard.account().id)
    return see_other("coalition_desk.index", campaign_id=campaign_id)


@bp.post("/<int:campaign_id>/coalition/<int:organisation_id>/<any(approve, end):verb>")
def act(campaign_id: int, organisation_id: int, verb: str) -> Response:
    """Let a member's page open, or end its part."""
    with transaction():
        VERBS[verb](coalitions.member(campaign_id, organisation_id), by=guard.account().id)
    return see_other("coalition_desk.index", campaign_id=campaign_id)


def _free(campaign: Campaign) -> list[tuple[int, str]]:
    """Who can still be asked in."""
    there = {each.organisation_id for each in coalitions.members(campaign.id) if each.left_at is None}
    return [(each.id, each.name) for each in organisations.with_desks() if each.id not in there | {campaign.lead_id}]
