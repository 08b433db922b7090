"""The photo with a piece of news: made anew from its pixels, looked at, and shown only beside words that are published.

What a camera writes beside the pixels (where, when, which telephone) can lead to a person: none of it is kept. Faces
can too, so somebody says what is on it before it goes online; in safety mode a second person agrees, and no face that
can be known goes online at all. The truth is in PostgreSQL, so that a backup holds it and every machine serves it.
"""

import io
import secrets
import warnings
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import undefer

from campaigner.campaigns import turns
from campaigner.campaigns.life import best
from campaigner.campaigns.models import Campaign, Update
from campaigner.campaigns.photo_models import FACES, Photo, PhotoFile
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import service as staff

UPLOAD_AT_MOST = 12 * 1024 * 1024  # bytes
PIXELS_AT_MOST = 50_000_000
SMALLEST = 320  # pixels wide and high: less is a thumbnail
SIZES = {640: 20_000, 1280: 110_000}  # pixels wide: how many bytes it may weigh
QUALITIES = (74, 62, 50, 38, 26, 16)
KINDS = ("JPEG", "PNG", "WEBP")
CHECKS = {
    "place": _l("No house number, number plate, name badge, screen or street by which a person can be found."),
    "right": _l("Whoever took it lets us show it."),
}
FACE_NAMES = {
    "none": _l("No, there is nobody on it"),
    "hidden": _l("No, nobody can be known by it: from behind, far away, or made unrecognisable"),
    "agreed": _l("Yes, and every one of them agreed that it goes online"),
    "no": _l("Yes, and we do not know whether they agree"),
}
GONE = _l("This photo is no longer here.")
UNREADABLE = _l("We cannot read this picture. Save it as JPEG, PNG or WebP and try again.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo as a reader gets it: the small one on the page, with its size, and how wide the large one is."""

    key: str
    width: int
    height: int
    large: int
    alt: str
    language: str
    credit: str


def put(campaign: Campaign, number: int, *, data: bytes, alt: dict[str, str], credit: str, by: int) -> Photo:
    """Give a piece of news its photo, as a draft; the one before goes. Raises DomainError for what is no picture."""
    files = made(data)
    turns.take(campaign)
    words = _alt(campaign, number, alt)
    db.session.execute(delete(Photo).filter_by(campaign_id=campaign.id, number=number))
    row = Photo(
        campaign_id=campaign.id, number=number, key=secrets.token_urlsafe(12), alt=words, credit=credit, uploaded_by=by,
        files=files,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _record(row, "photo uploaded", by=by)
    return row


def describe(campaign: Campaign, row: Photo, *, alt: dict[str, str], credit: str, by: int) -> None:
    """Change what is said of a photo. It is a draft afterwards: what was checked is what goes online."""
    words = _alt(campaign, row.number, alt)
    if (words, credit) == (row.alt, row.credit):
        return
    row.alt, row.credit, row.uploaded_by = words, credit, by
    _back(row, "draft")
    _record(row, "photo described", by=by)


def check(campaign: Campaign, row: Photo, *, seen: str, faces: str, ticked: set[str], by: int) -> None:
    """Say what is on it: it goes online, or waits for a second person in safety mode.

    Raises DomainError when it may not go online, Conflict when it is not the one that was `seen`.
    """
    _is(row, seen, "draft", "withdrawn")
    if faces not in FACES:
        raise DomainError(_l("Ask them first, or choose another photo: a face that did not agree does not go online."))
    if campaign.safety_mode and faces == "agreed":
        raise DomainError(_l("In safety mode no face that can be known goes online, also when somebody agreed."))
    if not CHECKS.keys() <= ticked:
        raise DomainError(_l("Tick every point of the list once you are sure of it."))
    row.faces, row.checked_by, row.approved_by = faces, by, None
    row.state = "waiting" if campaign.safety_mode else "published"
    _record(row, "photo checked", by=by, faces=faces, state=row.state)


def approve(row: Photo, *, seen: str, by: int) -> None:
    """Agree, as the second person. Raises Conflict for who uploaded, described or checked it."""
    _is(row, seen, "waiting")
    if by in (row.uploaded_by, row.checked_by):
        raise Conflict(_l("Somebody else must agree: you uploaded or checked this photo yourself."))
    row.approved_by, row.state = by, "published"
    _record(row, "photo approved", by=by)


def withdraw(campaign_id: int, number: int, *, by: int) -> None:
    """Take the photo of a piece of news off the page at once, if it has one."""
    row = of(campaign_id, number)
    if row is not None and row.state in ("published", "waiting"):
        _back(row, "withdrawn")
        _record(row, "photo withdrawn", by=by)


def hold(campaign_id: int, *, by: int | None) -> None:
    """Safety mode begins: a photo of one person's word waits for a second, and a face that can be known goes."""
    rows = select(Photo).where(Photo.campaign_id == campaign_id, Photo.state.in_(("published", "waiting")))
    for row in db.session.scalars(rows):
        if row.faces == "agreed":
            _back(row, "withdrawn")
        elif row.approved_by is None:
            row.state = "waiting"
        else:
            continue
        _record(row, "photo held", by=by, state=row.state)


def erase(campaign_id: int, number: int, *, by: int) -> None:
    """Throw the photo of a piece of news away for good, if it has one."""
    row = of(campaign_id, number)
    if row is not None:
        _record(row, "photo erased", by=by)
        db.session.delete(row)
        db.session.flush()


def of(campaign_id: int, number: int) -> Photo | None:
    """The photo of a piece of news."""
    return db.session.scalar(select(Photo).filter_by(campaign_id=campaign_id, number=number))


def all_of(campaign_id: int) -> dict[int, Photo]:
    """The photos of a campaign, by the number of the update."""
    return {row.number: row for row in db.session.scalars(select(Photo).filter_by(campaign_id=campaign_id))}


def needed(campaign_id: int, number: int) -> Photo:
    """The photo of a piece of news. Raises NotFound."""
    found = of(campaign_id, number)
    if found is None:
        raise NotFound(GONE)
    return found


def version(row: Photo) -> str:
    """A name for exactly this photo with exactly these words."""
    return sha256(repr((row.key, sorted(row.alt.items()), row.credit)).encode()).hexdigest()[:16]


def shown(campaign: Campaign, language: str) -> dict[int, Shown]:
    """The photos that may be seen beside published words, by the number of the update."""
    rows = select(Photo).filter_by(campaign_id=campaign.id, state="published")
    return {row.number: _as_read(row, campaign, language) for row in db.session.scalars(rows)}


def public_file(key: str, width: int) -> bytes | None:
    """The picture at an address; None unless it is checked and stands beside words that are on the page now."""
    words = exists().where(
        Update.campaign_id == Photo.campaign_id, Update.number == Photo.number, Update.state == "published",
        Update.published_at <= now(),
    )  # fmt: skip
    rows = select(PhotoFile.webp).join(Photo, Photo.id == PhotoFile.photo_id)
    return db.session.scalar(rows.where(Photo.key == key, Photo.state == "published", PhotoFile.width == width, words))


def file(row: Photo, width: int) -> bytes:
    """The picture at a size, for staff. Raises NotFound."""
    found = db.session.get(PhotoFile, (row.id, width), options=[undefer(PhotoFile.webp)])
    if found is None:
        raise NotFound(GONE)
    return found.webp


def made(data: bytes) -> list[PhotoFile]:
    """A picture at each of our sizes, from its pixels alone. Raises DomainError for what is none, or too small."""
    if len(data) > UPLOAD_AT_MOST:
        raise DomainError(_l("This picture is larger than 12 MB. Make it smaller and try again."))
    picture = _pixels(data)
    if min(picture.size) < SMALLEST:
        raise DomainError(_l("This picture is too small: use one of at least %(n)s pixels.", n=SMALLEST))
    widths = {min(width, picture.width): weight for width, weight in SIZES.items()}
    return [_file(picture, width, weight) for width, weight in widths.items()]


def _pixels(data: bytes) -> Image.Image:
    """Upright, in plain red, green and blue, on white where it was clear."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=KINDS)
            if opened.width * opened.height > PIXELS_AT_MOST:
                raise DomainError(_l("This picture has too many pixels. Make it smaller and try again."))
            profile = opened.info.get("icc_profile")
            upright = ImageOps.exif_transpose(opened)
            layered = upright.convert("RGBA")
    except (
        UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:  # fmt: skip
        raise DomainError(UNREADABLE) from error
    plain = Image.new("RGB", layered.size, "white")
    plain.paste(layered, mask=layered.getchannel("A"))
    return _standard(plain, profile)


def _standard(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Its colours as screens show them without a profile; as they are when the profile is of no use."""
    if not profile:
        return picture
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(picture, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return found or picture


def _file(picture: Image.Image, width: int, weight: int) -> PhotoFile:
    """One size, as good as its weight allows."""
    height = max(1, round(picture.height * width / picture.width))
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    small.info = {}
    kept = b""
    for quality in QUALITIES:
        file = io.BytesIO()
        small.save(file, "WEBP", quality=quality, method=4)
        kept = file.getvalue()
        if len(kept) <= weight:
            break
    return PhotoFile(width=width, height=height, webp=kept)


def _as_read(row: Photo, campaign: Campaign, language: str) -> Shown:
    small, large = row.files[0], row.files[-1]
    code = best(row.alt, language, campaign.source_language)
    credit = "" if campaign.safety_mode else row.credit  # whoever took it is somebody who was there
    return Shown(row.key, small.width, small.height, large.width, row.alt[code], code, credit)


def _alt(campaign: Campaign, number: int, alt: dict[str, str]) -> dict[str, str]:
    """What the photo shows, per language. Raises DomainError when the news' own language is missing."""
    words = {code: line for code, line in alt.items() if line}
    rows = select(Update.language).filter_by(campaign_id=campaign.id, number=number)
    original = db.session.scalar(rows.order_by(Update.is_original.desc(), Update.id).limit(1))
    if original is None:
        raise NotFound(_l("This text is no longer here."))
    if original not in words:
        raise DomainError(_l("Say in the language of the news what the photo shows: some readers cannot see it."))
    return words


def _is(row: Photo, seen: str, *states: str) -> None:
    if version(row) != seen or row.state not in states:
        raise Conflict(_l("A colleague did something with this photo meanwhile. Load the page again."))


def _back(row: Photo, state: str) -> None:
    row.state, row.faces, row.checked_by, row.approved_by = state, None, None, None


def _record(row: Photo, what: str, *, by: int | None, **detail: object) -> None:
    about = {"number": row.number, **detail}
    staff.record(account_id=by, what=what, about=f"campaign:{row.campaign_id}", detail=about)
