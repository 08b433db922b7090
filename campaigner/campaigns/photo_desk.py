"""The staff pages on the photo of a piece of news: uploading, saying what is on it, looking at it, and agreeing."""

from typing import Any

from flask import Response as FlaskResponse
from flask import render_template, request
from werkzeug.wrappers import Response

from campaigner.campaigns import photos, updates
from campaigner.campaigns.models import Campaign
from campaigner.campaigns.photo_forms import LookForm, PhotoForm
from campaigner.campaigns.photo_models import Photo
from campaigner.campaigns.staff_views import Answer, around, campaign_of
from campaigner.core import web
from campaigner.core.db import transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.web import see_other
from campaigner.staff import guard
from campaigner.staff import queries as staff

bp = guard.blueprint("photo_desk", __name__, url_prefix="/staff/campaigns", roles=("admin", "campaigner"))
PATH = "/<int:campaign_id>/news/<int:number>/photo"


@bp.route(PATH, methods=["GET", "POST"])
@web.takes(photos.UPLOAD_AT_MOST + 64 * 1024)
def upload(campaign_id: int, number: int) -> Answer:
    """The photo of a piece of news: another file, other words, or both."""
    campaign, row = _both(campaign_id, number)
    form = PhotoForm(data=_said(row))
    if form.validate_on_submit():
        data, credit, by = form.data_of(), form.credit.data or "", guard.account().id
        try:
            with transaction():
                if data is not None:
                    photos.put(campaign, number, data=data, alt=form.words(), credit=credit, by=by)
                elif row is not None:
                    photos.describe(campaign, row, alt=form.words(), credit=credit, by=by)
            return see_other("photo_desk.upload", campaign_id=campaign_id, number=number, saved=1)
        except DomainError as error:
            campaign, row = _both(campaign_id, number)
            form.form_errors.append(error.sentence)
    return _page(campaign, number, row, form=form)


@bp.post(f"{PATH}/look")
def look(campaign_id: int, number: int) -> Answer:
    """Say what is on it, and let it go online."""
    campaign, row = _both(campaign_id, number)
    form = LookForm()
    try:
        with transaction():
            photos.check(
                campaign, photos.needed(campaign_id, number), seen=form.seen.data or "", faces=form.faces.data or "",
                ticked=set(form.checks.data or ()), by=guard.account().id,
            )  # fmt: skip
    except DomainError as error:
        campaign, row = _both(campaign_id, number)
        form.form_errors.append(error.sentence)
        return _page(campaign, number, row, looking=form)
    return see_other("photo_desk.upload", campaign_id=campaign_id, number=number, saved=1)


@bp.post(f"{PATH}/agree")
def agree(campaign_id: int, number: int) -> Response:
    """Agree as the second person."""
    with transaction():
        photos.approve(photos.needed(campaign_id, number), seen=request.form.get("seen", ""), by=guard.account().id)
    return see_other("photo_desk.upload", campaign_id=campaign_id, number=number, saved=1)


@bp.post(f"{PATH}/erase")
def erase(campaign_id: int, number: int) -> Response:
    """Throw it away, also from the page."""
    with transaction():
        photos.erase(campaign_id, number, by=guard.account().id)
    return see_other("photo_desk.upload", campaign_id=campaign_id, number=number, saved=1)


@bp.get(f"{PATH}/<int:width>.webp")
def preview(campaign_id: int, number: int, width: int) -> FlaskResponse:
    """The photo as it would be shown, for staff alone."""
    return FlaskResponse(photos.file(photos.needed(campaign_id, number), width), content_type="image/webp")


def _both(campaign_id: int, number: int) -> tuple[Campaign, Photo | None]:
    campaign = campaign_of(campaign_id)
    if not updates.piece(campaign_id, number).texts:
        raise NotFound(updates.GONE)
    return campaign, photos.of(campaign_id, number)


def _said(row: Photo | None) -> dict[str, Any]:
    return {} if row is None else {"credit": row.credit, **{f"words_{code}": line for code, line in row.alt.items()}}


def _page(
    campaign: Campaign,
    number: int,
    row: Photo | None,
    *,
    form: PhotoForm | None = None,
    looking: LookForm | None = None,
) -> Answer:
    mine = row is not None and guard.account().id in (row.uploaded_by, row.checked_by)
    shown = looking or LookForm(formdata=None)
    shown.seen.data = photos.version(row) if row is not None else ""
    page = render_template(
        "campaigns/staff/photo.html",
        form=form or PhotoForm(formdata=None, data=_said(row)), looking=shown, photo=row, number=number, mine=mine,
        piece=updates.piece(campaign.id, number), faces=photos.FACE_NAMES, checks=photos.CHECKS,
        names={each.id: each.name for each in staff.accounts()}, **around(campaign, "news"),
    )  # fmt: skip
    return (page, 422) if looking or (form is not None and form.is_submitted()) else page
