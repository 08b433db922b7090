"""The staff pages on the life of a campaign: progress, official petitions, and how it ended."""

from typing import Any

from flask import render_template, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from campaigner.campaigns import endings, life, milestones, official
from campaigner.campaigns.life_forms import (
    DEMAND_NAMES,
    CountForm,
    MilestoneForm,
    OfficialForm,
    OutcomeForm,
    ReportForm,
    TrackerForm,
)
from campaigner.campaigns.models import OVER, Campaign, Report, Tracker
from campaigner.campaigns.staff_views import Answer, around, campaign_of
from campaigner.core.clock import today
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import LANGUAGES, language
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.staff import guard

bp = guard.blueprint("life_desk", __name__, url_prefix="/staff/campaigns", roles=("admin", "campaigner"))


@bp.get("/<int:campaign_id>/progress")
def progress(campaign_id: int) -> Answer:
    """Milestones, how far each demand is, and who has moved."""
    return _progress(campaign_of(campaign_id))


@bp.post("/<int:campaign_id>/progress/milestones")
def milestone(campaign_id: int) -> Answer:
    """Add a milestone."""
    campaign = campaign_of(campaign_id)
    form = MilestoneForm(prefix="m-")
    if form.validate():
        try:
            with transaction():
                milestones.add(campaign, day=form.day.data or today(), words=form.words(), by=guard.account().id)
            return see_other("life_desk.progress", campaign_id=campaign_id, saved=1)
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
    return _progress(campaign, milestone=form)


@bp.post("/<int:campaign_id>/progress/milestones/<int:milestone_id>/remove")
def forget(campaign_id: int, milestone_id: int) -> Response:
    """Take a milestone away."""
    with transaction():
        milestones.remove(campaign_of(campaign_id), milestone_id, by=guard.account().id)
    return see_other("life_desk.progress", campaign_id=campaign_id, saved=1)


@bp.post("/<int:campaign_id>/progress/demands")
def judge(campaign_id: int) -> Response:
    """Say how far each demand is: the words that were on the page come along, so that no other demand is meant."""
    pairs = zip(request.form.getlist("words"), request.form.getlist("state"), strict=False)
    with transaction():
        milestones.judge(campaign_of(campaign_id), dict(pairs), by=guard.account().id)
    return see_other("life_desk.progress", campaign_id=campaign_id, saved=1, _anchor="demands")


@bp.post("/<int:campaign_id>/progress/tracker")
def track(campaign_id: int) -> Answer:
    """Write down who has moved."""
    campaign = campaign_of(campaign_id)
    form = TrackerForm(prefix="t-")
    if form.validate():
        try:
            with transaction():
                milestones.track(
                    campaign,
                    words=form.words(),
                    names=form.names(),
                    as_of=form.as_of.data or today(),
                    by=guard.account().id,
                )
            return see_other("life_desk.progress", campaign_id=campaign_id, saved=1, _anchor="tracker")
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
    return _progress(campaign, tracker=form)


def _progress(
    campaign: Campaign, *, milestone: MilestoneForm | None = None, tracker: TrackerForm | None = None
) -> Answer:
    source = next((text for text in campaign.texts if text.language == campaign.source_language), None)
    page = render_template(
        "campaigns/staff/progress.html",
        milestone=milestone or MilestoneForm(formdata=None, prefix="m-"),
        tracker=tracker or TrackerForm(formdata=None, prefix="t-", data=_tracked(campaign)),
        days=life.milestones(campaign, language()), ids=milestones.ids(campaign.id),
        demands=[(words, milestones.state_of(campaign.id, words)) for words in (source.demands if source else [])],
        names=DEMAND_NAMES, **around(campaign, "progress"),
    )  # fmt: skip
    return (page, 422) if milestone or tracker else page


def _tracked(campaign: Campaign) -> dict[str, Any]:
    row = db.session.get(Tracker, campaign.id)
    if row is None:
        return {"as_of": today()}
    lists = {
        state: "\n".join(each.name for each in row.items if each.state == state)
        for state in ("done", "promised", "not_yet")
    }
    return {"as_of": row.as_of, **{f"words_{code}": line for code, line in row.words.items()}, **lists}


@bp.route("/<int:campaign_id>/official", methods=["GET", "POST"])
def link(campaign_id: int) -> Answer:
    """The official petitions of a campaign with their counts, and the form that links one."""
    campaign = campaign_of(campaign_id)
    form = OfficialForm()
    if form.validate_on_submit():
        try:
            with transaction():
                official.link(
                    campaign, route=form.route.data, url=form.url.data or "", closes_on=form.closes_on.data,
                    by=guard.account().id,
                )  # fmt: skip
            return see_other("life_desk.link", campaign_id=campaign_id, saved=1)
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.url.errors = [error.sentence]
    return _official(campaign, form=form)


@bp.post("/<int:campaign_id>/official/<int:petition_id>/count")
def count(campaign_id: int, petition_id: int) -> Answer:
    """Enter a count."""
    campaign = campaign_of(campaign_id)
    form = CountForm()
    form.offer(official.of_campaign(campaign_id, petition_id).route)
    if form.validate():
        try:
            with transaction():
                official.enter(
                    official.of_campaign(campaign_id, petition_id), region=form.region.data, kind=form.kind.data,
                    count=form.count.data or 0, day=form.day.data or today(), source=form.source.data or "",
                    by=guard.account().id,
                )  # fmt: skip
            return see_other("life_desk.link", campaign_id=campaign_id, saved=1, _anchor=f"petition-{petition_id}")
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(error.sentence)
    return _official(campaign, counting=(petition_id, form))


@bp.post("/<int:campaign_id>/official/<int:petition_id>/unlink")
def unlink(campaign_id: int, petition_id: int) -> Response:
    """Take an official petition off the page."""
    with transaction():
        official.unlink(campaign_of(campaign_id), petition_id, by=guard.account().id)
    return see_other("life_desk.link", campaign_id=campaign_id, saved=1)


@bp.post("/<int:campaign_id>/official/<int:petition_id>/counts/<int:batch_id>/strike")
def strike(campaign_id: int, petition_id: int, batch_id: int) -> Response:
    """Take out a count that was entered by mistake."""
    with transaction():
        official.strike(official.of_campaign(campaign_id, petition_id), batch_id, by=guard.account().id)
    return see_other("life_desk.link", campaign_id=campaign_id, saved=1, _anchor=f"petition-{petition_id}")


def _official(
    campaign: Campaign, *, form: OfficialForm | None = None, counting: tuple[int, CountForm] | None = None
) -> Answer:
    standings = official.standings(campaign.id)
    forms = {each.petition.id: CountForm(formdata=None, day=today()) for each in standings}
    forms |= dict([counting]) if counting else {}
    for each in standings:
        forms[each.petition.id].offer(each.petition.route)
    page = render_template(
        "campaigns/staff/official.html",
        form=form or OfficialForm(formdata=None), standings=standings, forms=forms,
        wrong=counting[0] if counting else None, **around(campaign, "official"),
    )  # fmt: skip
    return (page, 422) if counting or (form is not None and form.is_submitted()) else page


@bp.route("/<int:campaign_id>/ending", methods=["GET", "POST"])
def ending(campaign_id: int) -> Answer:
    """How the campaign ended: what it became, and in which languages that is told."""
    campaign = campaign_of(campaign_id)
    form = OutcomeForm(outcome=campaign.state if campaign.state in OVER else None)
    if form.validate_on_submit():
        try:
            with transaction():
                endings.conclude(campaign, outcome=form.outcome.data, by=guard.account().id)
            return see_other("life_desk.ending", campaign_id=campaign_id, saved=1)
        except Conflict as error:
            campaign = campaign_of(campaign_id)
            form.outcome.errors = [error.sentence]
    return _page("campaigns/staff/ending.html", campaign, form=form, reports=endings.reports(campaign_id))


@bp.route("/<int:campaign_id>/ending/<code>", methods=["GET", "POST"])
def report(campaign_id: int, code: str) -> Answer:
    """What came of it, in one language."""
    campaign = campaign_of(campaign_id)
    if code not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    there = endings.reports(campaign_id)
    form = ReportForm(data=_told(there.get(code)))
    if form.validate_on_submit():
        row = there.get(code)
        shown = {"show": True, "hide": False}.get(request.form.get("then", ""), bool(row and row.shown_at))
        try:
            with transaction():
                endings.tell(campaign, language=code, told=form.told(), shown=shown, by=guard.account().id)
            return see_other("life_desk.ending", campaign_id=campaign_id, saved=1)
        except DomainError as error:
            campaign, there = campaign_of(campaign_id), endings.reports(campaign_id)
            form.story.errors = [error.sentence]
    source = there.get(campaign.source_language) if code != campaign.source_language else None
    return _page("campaigns/staff/report.html", campaign, form=form, code=code, row=there.get(code), source=source)


def _told(row: Report | None) -> dict[str, str]:
    return {} if row is None else {"result": row.result, "story": row.story, "thanks": row.thanks}


def _page(template: str, campaign: Campaign, *, form: FlaskForm, **values: Any) -> Answer:
    page = render_template(template, form=form, **values, **around(campaign, "ending"))
    return (page, 422) if form.is_submitted() else page
