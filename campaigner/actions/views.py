"""The doors of the acts, in the order of the visitor's journey: the page, the form, thanks, the mailed link."""

import secrets

from flask import Blueprint, Response, g, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.actions import doors, queries, service, shares
from campaigner.actions.forms import ActForm
from campaigner.actions.models import Action
from campaigner.actions.registry import Act
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns import service as campaign_service
from campaigner.campaigns.models import Placement
from campaigner.campaigns.queries import Page
from campaigner.core import limits, web
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, ExpiredToken, signer

bp = Blueprint("actions", __name__)
UNKNOWN = _l("We do not know this campaign. Perhaps the link was cut off; all campaigns are on the home page.")
AGAIN_RATES = ("3 per hour",)  # of one form; the mailbox has its share of mails a day besides


@bp.route("/<lang:lang>/c/<slug>", methods=["GET", "POST"])
def campaign(lang: str, slug: str) -> Response | BaseResponse:
    """The campaign page; a POST to it acts."""
    page = _page(slug, lang)
    wanted = request.args.get("act")
    offer = doors.offered(page.campaign, wanted)
    placement = doors.placed(request.args.get("p"), page.campaign)
    if offer is None:
        return shown(page, None, None, placement, 409 if request.method == "POST" else 200)
    ask, act = offer
    if request.method == "POST" and wanted not in (None, ask.kind):  # what it agreed to was something else
        raise Conflict(_l("This campaign does not ask that any more. Open its page again to see what you can do."))
    form = doors.fresh_form(act, placement, page.campaign)
    if request.method != "POST":
        return shown(page, form, act, placement, 200)
    status = doors.accepted(form)
    if status != 200 or form.rehearsal:
        return shown(page, form, act, placement, status)
    door = service.Door("web", lang, doors.submission(form), placement, via=shares.heard(request.args.get("via")))
    outcome = doors.perform(act, form, ask.id, door)
    return web.see_other("actions.thanks", lang=lang, slug=slug, r=doors.receipt(outcome, form))


def _page(slug: str, lang: str) -> Page:
    """The page of a campaign that is public, or that the visitor has a staff member's preview link for."""
    token = request.args.get("preview")
    page = campaigns.page(slug, lang, hidden=bool(token))
    if page is None or (token and not campaign_service.previews(token, campaign=page.campaign)):
        raise NotFound(UNKNOWN)
    return page


def shown(page: Page, form: ActForm | None, act: Act | None, placement: Placement | None, status: int) -> Response:
    """The page in whatever state it is in. The plain page is the same for everyone, and may be kept for a moment."""
    campaign = page.campaign
    html = render_template(
        "campaigns/page.html",
        page=page, form=form, act=act, placement=placement, status=status, pending=0,
        offers=doors.offers(campaign), sections=doors.sections(page),
        count=queries.count(campaign.id),
        paper=queries.paper(campaign.id),
        signers=queries.signers(campaign.id) if page.kind == "petition" and not campaign.safety_mode else [],
        **doors.asked(form, placement, campaign),
    )  # fmt: skip
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    asked = [item for item in request.args.items(multi=True) if item[0] != "via"]  # changes nothing on the page
    plain = status == 200 and request.method != "POST" and asked in ([], [("act", act.kind if act else None)])
    return web.cached(response) if plain else response


@bp.get("/<lang:lang>/c/<slug>/thanks")
def thanks(lang: str, slug: str) -> str:
    """What to do now. It says only what the form said: whether an address was known before is nobody's business."""
    page = _page(slug, lang)
    token = request.args.get("r", "")
    receipt = doors.received(token)
    form = (receipt.action_id, receipt.submission) if receipt else (0, "")
    kind = (queries.kind_of(receipt.action_id) if receipt else None) or page.kind
    return render_template(
        "actions/thanks.html",
        page=page, count=queries.count(page.campaign.id), token=token, kind=kind,
        next_ask=queries.next_ask(page.campaign.id, {kind}),
        first_name=receipt.first_name if receipt else None, masked=receipt.masked if receipt else None,
        can_resend=receipt is not None,
        share_url=shares.link(form[0], submission=form[1], language=lang, slug=slug),
        share_text=page.text.share_text or page.title, next_campaigns=_others(page, lang),
    )  # fmt: skip


def _others(page: Page, lang: str) -> list[campaigns.Card]:
    """Two other open campaigns: with a text in this language first, then of the same pillar."""
    cards = [card for card in campaigns.cards(lang) if card.state == "open" and card.slug != page.campaign.slug]
    return sorted(cards, key=lambda card: (card.text_language != lang, card.pillar != page.campaign.pillar))[:2]


@bp.post("/<lang:lang>/c/<slug>/again")
def again(lang: str, slug: str) -> BaseResponse:
    """Send the confirmation mail of this form once more, to its own address.

    The answer is the same whether it left, the day's share was used up or there is nothing to confirm any more.
    """
    token = request.form.get("r", "")
    receipt = doors.received(token)
    if receipt is None:
        return web.see_other("actions.thanks", lang=lang, slug=slug, again="late")
    if limits.allowed("act-again", receipt.submission, *AGAIN_RATES):
        with transaction():
            service.again(receipt.action_id, submission=receipt.submission, turn=secrets.token_urlsafe(6))
    return web.see_other("actions.thanks", lang=lang, slug=slug, r=token, again="queued")


@bp.get("/confirm/<token>")
def confirm(token: str) -> Response | BaseResponse | str:
    """One button. Opening the link changes nothing: mail scanners open links."""
    try:
        action, submission = service.of_token(token)
    except (BadToken, TypeError, ValueError) as error:
        return _broken(error)
    page = _of(action, submission)
    return render_template(
        "actions/confirm.html", page=page, token=token, already=action.state == "confirmed", kind=action.ask.kind,
        written=service.said(action, submission).comment if action.ask.kind == "solidarity" else None,
        first_name=service.said(action, submission).first_name,
        answers=queries.yes_to(action.id, submission=submission),
        extras=queries.extras(action.id, submission=submission),
        pending=queries.is_pending(action.id, submission=submission),
    )  # fmt: skip


@bp.post("/confirm/<token>")
def confirmed(token: str) -> Response | BaseResponse:
    """Confirm, and show the result. Again and again is harmless."""
    try:
        with transaction():
            service.confirm(token, only_sign="only_sign" in request.form)
    except (BadToken, TypeError, ValueError) as error:
        return _broken(error)
    return web.see_other("actions.counted", token=token)


@bp.get("/confirm/<token>/done")
def counted(token: str) -> Response | BaseResponse | str:
    """You are on the list, as number so many: the count includes an act that the counter has not seen yet."""
    try:
        action, submission = service.of_token(token)
    except (BadToken, TypeError, ValueError) as error:
        return _broken(error)
    if action.state != "confirmed":
        return web.see_other("actions.confirm", token=token)
    page = _of(action, submission)
    return render_template(
        "actions/confirmed.html",
        page=page, number=queries.count_now(action.ask_id), kind=action.ask.kind, choices=queries.choices(action),
        next_ask=queries.next_ask(page.campaign.id, queries.done(action)),
        placement=action.placement, first_name=action.supporter.first_name,
        share_url=shares.link(action.id, submission=submission, language=g.language, slug=page.campaign.slug),
        came=shares.shown(shares.brought(action, submission=submission)), came_from=shares.SHOWN_FROM,
        share_text=page.text.share_text or page.title, next_campaigns=_others(page, action.language),
    )  # fmt: skip


@bp.route("/confirm/<token>/not-me", methods=["GET", "POST"])
def not_me(token: str) -> Response | BaseResponse | str:
    """Somebody else used this mailbox: one button, and everything under it is erased."""
    try:
        signer.read(token, "confirm")
        if request.method == "POST":
            with transaction():
                service.not_me(token)
    except (BadToken, TypeError, ValueError) as error:
        return _broken(error)
    return render_template("actions/not_me.html", token=token, done=request.method == "POST")


def _of(action: Action, submission: str) -> Page:
    """The page of an action's campaign, in the language of the form, also when the campaign has left the public eye."""
    spoken = service.said(action, submission).language
    web.remember_language(spoken)
    page = campaigns.page(action.ask.campaign.slug, spoken, hidden=True)
    if page is None:
        raise NotFound(UNKNOWN)
    return page


def _broken(error: Exception) -> Response:
    """A damaged or late link gets a page that helps, never a bare error."""
    page = None
    if isinstance(error, ExpiredToken):
        action = db.session.get(Action, error.value[0])
        page = _of(action, error.value[1]) if action is not None else None
    problem = "expired" if isinstance(error, ExpiredToken) else "damaged"
    html = render_template("actions/link.html", problem=problem, page=page)
    return Response(html, status=410 if problem == "expired" else 404, content_type="text/html; charset=utf-8")
