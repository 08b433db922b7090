"""Photos as visitors get them, from our own house."""

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.campaigns import photos
from campaigner.core import web

bp = Blueprint("photos", __name__)
RULE = "public, max-age=60"  # one that was taken off is gone within a minute, also where it was kept


@bp.get("/picture/<key>/<int:width>.webp")
def picture(key: str, width: int) -> BaseResponse:
    """A photo that is on the page now."""
    found = photos.public_file(key, width) if width < photos.PIXELS_AT_MOST else None
    if found is None:
        abort(404)
    response = Response(found, content_type="image/webp")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # feed readers show it too
    response.add_etag()
    return web.cached(response, RULE).make_conditional(request)
