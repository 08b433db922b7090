"""Style sheets and scripts, served from memory under a name that holds their hash, for ever cacheable.

A bundle is a plain concatenation with comments taken out: no build step, one request a page.
"""

import base64
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, abort

STATIC = Path(__file__).parent.parent / "static"
BUNDLES = {
    "site.css": (
        "css/tokens.css",
        "css/base.css",
        "css/public.css",
        "css/after.css",
        "css/solidarity.css",
        "css/life.css",
    ),
    "staff.css": (
        "css/tokens.css",
        "css/base.css",
        "css/staff.css",
        "css/alerts.css",
        "css/audience.css",
        "css/moderation.css",
        "css/inbox.css",
        "css/life_desk.css",
        "css/locals.css",
    ),
    "widget.css": ("css/widget.css",),
    "widget-dark.css": ("css/widget-dark.css",),
    "widget-strip.css": ("css/widget-strip.css",),
    "ladder.css": ("css/ladder.css",),
    "widget.js": ("js/widget.js",),
    "embed.js": ("js/embed.js",),
    "site.js": ("js/site.js",),
    "proof.js": ("js/proof.js",),
    "staff.js": ("js/staff.js",),
    "passkeys.js": ("js/passkeys.js",),
    "alerts.js": ("js/alerts.js",),
    "compose.js": ("js/compose.js",),
    "personal.js": ("js/personal.js",),
    "audience.js": ("js/audience.js",),
    "imports.js": ("js/imports.js",),
    "moderation.js": ("js/moderation.js",),
    "inbox.js": ("js/inbox.js",),
    "booklet.css": ("css/booklet.css",),
}
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
bp = Blueprint("assets", __name__)


@cache
def text(name: str) -> str:
    """The content of a bundle. Raises KeyError for a name that is none."""
    source = "\n".join((STATIC / part).read_text() for part in BUNDLES[name])
    if name.endswith(".css"):
        source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
        source = re.sub(r"\s*\n\s*", "\n", source)
    else:
        source = re.sub(r"^\s*(//.*)?\n", "", source, flags=re.M)
    return source.strip() + "\n"


@cache
def version(name: str) -> str:
    """Ten characters that change when the content does."""
    return sha256(text(name).encode()).hexdigest()[:10]


@cache
def csp_hash(name: str) -> str:
    """The Content-Security-Policy source expression for the bundle written inline (CSP level 2)."""
    return "'sha256-" + base64.b64encode(sha256(text(name).encode()).digest()).decode() + "'"


def asset_url(name: str) -> str:
    """The address of a bundle. Built by hand: an error page needs it also where the request could not be read."""
    stem, _, ending = name.rpartition(".")
    return f"/assets/{stem}.{version(name)}.{ending}"


@bp.get("/assets/<name>")
def serve(name: str) -> Response:
    """A bundle by its hashed name; an old name is gone, not wrong content under a right one."""
    stem, _, ending = name.rpartition(".")
    plain, _, given = stem.rpartition(".")
    bundle = f"{plain}.{ending}"
    if bundle not in BUNDLES or given != version(bundle):
        abort(404)
    response = Response(text(bundle), content_type=TYPES[ending])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
