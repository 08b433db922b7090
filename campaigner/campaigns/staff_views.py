"""The staff pages on campaigns: the list with live numbers, writing one, its life cycle, its places."""

from typing import Any, TypeVar

from flask import current_app, render_template, request
from werkzeug.wrappers import Response

from campaigner.campaigns import numbers, service
from campaigner.campaigns.forms import FactsForm, NewForm, PlacementForm, SitesForm, TextForm, listed
from campaigner.campaigns.models import Campaign, CampaignText
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import LANGUAGES, language
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.organisations import queries as organisations
from campaigner.staff import guard, panels

bp = guard.blueprint("campaign_desk", __name__, url_prefix="/staff/campaigns", roles=("admin", "campaigner"))
PLACED = ("local", "coalition", "mutual", "party", "host")  # which kinds of organisation carry a campaign elsewhere
VERBS = {"open": service.open_, "pause": service.pause, "close": service.close}
Form = TypeVar("Form", bound=FactsForm)
Answer = str | Response | tuple[str, int]


@bp.get("/")
@guard.also("translator")
def index() -> str:
    """Every campaign with its numbers."""
    return render_template("campaigns/staff/index.html", rows=numbers.rows(language()), at=now())


@bp.get("/rows")
@guard.also("translator")
@guard.fragment("campaign_desk.index")
def rows() -> str:
    """The rows of the list alone: what the list asks for every ten seconds."""
    return render_template("campaigns/staff/live.html", rows=numbers.rows(language()), at=now())


@bp.route("/new", methods=["GET", "POST"])
def new() -> Answer:
    """A new campaign, as a draft; then its Dutch text."""
    form = _with_lists(NewForm())
    if form.validate_on_submit():
        try:
            with transaction():
                campaign = service.create(title=form.title.data or "", facts=form.facts(), by=guard.account().id)
                campaign_id = campaign.id
        except DomainError as error:
            form.title.errors = [error.sentence]
        else:
            return see_other("campaign_desk.text", campaign_id=campaign_id, code=LANGUAGES[0])
    return _page("campaigns/staff/new.html", form=form)


@bp.route("/<int:campaign_id>/", methods=["GET", "POST"])
def facts(campaign_id: int) -> Answer:
    """What a campaign is, what it lacks, and the buttons of its life cycle."""
    campaign = campaign_of(campaign_id)
    form = _with_lists(FactsForm(data=_facts_of(campaign)))
    if form.validate_on_submit():
        try:
            with transaction():
                service.edit(campaign, facts=form.facts(), slug=form.slug.data, by=guard.account().id)
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.slug.errors = [error.sentence]
        else:
            return see_other("campaign_desk.facts", campaign_id=campaign_id, saved=1)
    return _page("campaigns/staff/facts.html", form=form, **around(campaign, "facts"))


@bp.route("/<int:campaign_id>/text/<code>", methods=["GET", "POST"])
@guard.also("translator")
def text(campaign_id: int, code: str) -> Answer:
    """What a campaign says in one language, with the Dutch above each field of the others."""
    campaign = campaign_of(campaign_id)
    if code not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    there = numbers.text_in(campaign, code)
    form = TextForm(data=_words_of(there))
    if form.validate_on_submit():
        shown = {"show": True, "hide": False}.get(form.then.data or "", bool(there and there.state == "published"))
        try:
            with transaction():
                service.write(
                    campaign, language=code, words=form.words(), shown=shown, by=guard.account().id,
                    may_show=guard.account().has_any(bp.roles),
                )  # fmt: skip
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.form_errors.append(_incomplete(form, error))
        else:
            return see_other("campaign_desk.text", campaign_id=campaign_id, code=code, saved=1)
    source = numbers.text_in(campaign, campaign.source_language) if code != campaign.source_language else None
    there = numbers.text_in(campaign, code)
    return _page("campaigns/staff/text.html", form=form, code=code, text=there, source=source, **around(campaign, code))


@bp.get("/<int:campaign_id>/<any(open, pause, close):verb>")
def ask(campaign_id: int, verb: str) -> str:
    """Say what opening, pausing or closing does, with the button that does it."""
    return render_template("campaigns/staff/ask.html", verb=verb, **around(campaign_of(campaign_id), "facts"))


@bp.post("/<int:campaign_id>/<any(open, pause, close):verb>")
def act(campaign_id: int, verb: str) -> Response:
    """Open, pause or close."""
    with transaction():
        VERBS[verb](campaign_of(campaign_id), by=guard.account().id)
    return see_other("campaign_desk.facts", campaign_id=campaign_id)


@bp.route("/<int:campaign_id>/places", methods=["GET", "POST"])
def places(campaign_id: int) -> Answer:
    """Where the campaign stands: a link and a widget per local, with what each brought; and a new one."""
    campaign = campaign_of(campaign_id)
    form = PlacementForm()
    form.organisation.choices = listed((each.id, each.name) for kind in PLACED for each in organisations.of_kind(kind))
    if form.validate_on_submit():
        try:
            with transaction():
                made = service.place(
                    campaign,
                    organisation_id=form.organisation.data,
                    sites=(form.sites.data or "").split("\n"),
                    language=form.language.data,
                    by=guard.account().id,
                )
                made_id = made.id
        except DomainError as error:
            campaign = campaign_of(campaign_id)
            form.sites.errors = [error.sentence]
        else:
            return see_other("campaign_desk.places", campaign_id=campaign_id, made=made_id, _anchor=f"place-{made_id}")
    placed = numbers.placements(campaign_id)
    counted = numbers.placed([each.id for each in placed])
    return _page(
        "campaigns/staff/places.html", form=form, placements=placed, counted=counted, public=_settings().public_url,
        **around(campaign, "places"),
    )  # fmt: skip


@bp.post("/<int:campaign_id>/places/<int:placement_id>/sites")
def sites(campaign_id: int, placement_id: int) -> Response:
    """Change the sites on which a place may stand."""
    form = SitesForm()
    if not form.validate_on_submit():
        raise DomainError(next(iter(form.sites.errors), _l("That did not work.")))
    with transaction():
        placement = numbers.placement(campaign_id, placement_id)
        if placement is None:
            raise NotFound(_l("This place is no longer here."))
        service.allow(placement, sites=(form.sites.data or "").split("\n"), by=guard.account().id)
    return see_other("campaign_desk.places", campaign_id=campaign_id, saved=1, _anchor=f"place-{placement_id}")


def today() -> panels.Panel:
    """The campaigns that people can act on now, for the first staff page."""
    listed = numbers.rows(language(), states=("open", "paused"))
    return panels.Panel("campaigns/staff/today.html", {"rows": listed, "at": now()})


def campaign_of(campaign_id: int) -> Campaign:
    """The campaign with everything on it. Raises NotFound."""
    campaign = numbers.by_id(campaign_id)
    if campaign is None:
        raise NotFound(_l("There is no such campaign."))
    return campaign


def _page(template: str, *, form: Any, **values: Any) -> Answer:
    """The page; a 422 when what was sent cannot be used."""
    page = render_template(template, form=form, **values)
    return (page, 422) if form.is_submitted() else page


def around(campaign: Campaign, tab: str) -> dict[str, Any]:
    """What every page of one campaign shows: its head, its tabs, what it lacks, and the way to see it."""
    return {
        "campaign": campaign,
        "title": numbers.title(campaign, language()),
        "tab": tab,
        "texts": {each.language: each for each in campaign.texts},
        "lacks": service.missing(campaign),
        "stats": numbers.stats_of([campaign.id])[campaign.id],
        "preview": service.preview_token(campaign),
        "saved": request.args.get("saved") == "1",
    }


def _with_lists(form: Form) -> Form:
    partners = [(each.id, each.name) for each in organisations.of_kind("partner")]
    form.offer(partners=partners, kinds=service.offered())
    return form


def _facts_of(campaign: Campaign) -> dict[str, Any]:
    target = campaign.targets[0] if campaign.targets else None
    return {
        "pillar": campaign.pillar,
        "art": campaign.art,
        "country": campaign.country or "",
        "place_label": campaign.place_label or "",
        "partner": campaign.partner_id or 0,
        "safety_mode": campaign.safety_mode,
        "target_name": target.name if target else "",
        "target_role": target.role if target else "",
        "target_country": (target.country if target else None) or "",
        "goal": campaign.goal,
        "minimum_age": campaign.minimum_age,
        "instrument_note": campaign.instrument_note or "",
        "asks": [ask.kind for ask in campaign.asks],
        "slug": campaign.slug,
    }


def _words_of(text: CampaignText | None) -> dict[str, Any]:
    if text is None:
        return {}
    return {
        "title": text.title,
        "summary": text.summary,
        "story": text.story,
        "demands": "\n".join(text.demands),
        "share_text": text.share_text,
    }


def _incomplete(form: TextForm, error: DomainError) -> Any:
    """Mark the fields that are empty, and give the sentence for the top of the page."""
    for field in (form.title, form.summary, form.story, form.demands):
        if not field.data:
            field.errors = [_l("Fill this in before the text can be shown.")]
    return error.sentence


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
