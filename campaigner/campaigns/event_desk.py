"""The staff pages on what is planned in a campaign."""

from typing import Any

from flask import render_template
from werkzeug.wrappers import Response

from campaigner.campaigns import events
from campaigner.campaigns.life_forms import EventForm
from campaigner.campaigns.models import Campaign, Event
from campaigner.campaigns.staff_views import Answer, around, campaign_of
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.web import see_other
from campaigner.staff import guard

bp = guard.blueprint("event_desk", __name__, url_prefix="/staff/campaigns", roles=("admin", "campaigner"))
VERBS = {"cancel": events.call_off, "remove": events.remove}


@bp.route("/<int:campaign_id>/dates", methods=["GET", "POST"])
def index(campaign_id: int) -> Answer:
    """Everything that is planned, and the form that plans something."""
    return _index(campaign_of(campaign_id), None)


@bp.route("/<int:campaign_id>/dates/<int:event_id>", methods=["GET", "POST"])
def edit(campaign_id: int, event_id: int) -> Answer:
    """Change a date."""
    return _index(campaign_of(campaign_id), events.of_campaign(campaign_id, event_id))


@bp.post("/<int:campaign_id>/dates/<int:event_id>/<any(cancel, remove):verb>")
def act(campaign_id: int, event_id: int, verb: str) -> Response:
    """Call it off or let it go on after all; or take it away."""
    with transaction():
        VERBS[verb](events.of_campaign(campaign_id, event_id), by=guard.account().id)
    return see_other("event_desk.index", campaign_id=campaign_id, saved=1)


def _index(campaign: Campaign, row: Event | None) -> Answer:
    form, campaign_id, row_id = EventForm(data=_said(row)), campaign.id, row.id if row else None
    if form.validate_on_submit():
        try:
            with transaction():
                if row is None:
                    events.add(campaign, plan=form.plan(), by=guard.account().id)
                else:
                    events.change(campaign, row, plan=form.plan(), by=guard.account().id)
            return see_other("event_desk.index", campaign_id=campaign_id, saved=1)
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
    page = render_template(
        "campaigns/staff/events.html", form=form, row_id=row_id, rows=events.all_of([campaign_id]), at=now(),
        ends=events.ends, **around(campaign, "dates"),
    )  # fmt: skip
    return (page, 422) if form.is_submitted() else page


def _said(row: Event | None) -> dict[str, Any]:
    if row is None:
        return {}
    words = {f"words_{code}": line for code, line in row.words.items()}
    return {"kind": row.kind, "starts_at": row.starts_at, "ends_at": row.ends_at, "place": row.place, **words}
