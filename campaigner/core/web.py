"""The web's common ground: security headers, error pages in the visitor's language, cache rules, template helpers."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote_from_bytes, urlsplit

import structlog
from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.wrappers import Request as FlaskRequest
from flask_compress import Compress
from flask_talisman import Talisman
from jinja2 import StrictUndefined, select_autoescape
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, IntegerConverter, Map, UnicodeConverter
from werkzeug.wrappers import Response as BaseResponse

from campaigner.config import LANGUAGES, Settings
from campaigner.core import assets, health, i18n
from campaigner.core.art import STRIP, art
from campaigner.core.db import db
from campaigner.core.errors import DomainError
from campaigner.core.i18n import LazyString
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.text import first_sentence, markdown

log = structlog.get_logger()
compress = Compress()
talisman = Talisman()

# Style attributes carry numbers only (how full a bar is); style and script elements come from us alone.
POLICY: dict[str, Any] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "style-src-elem": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
View = TypeVar("View", bound=Callable[..., Any])
Look = tuple[str, dict[str, Any]]  # a template and what it needs besides the error
_looks: dict[str, Callable[[], Look | None]] = {}
ELSEWHERE = '<!doctype html><html lang="en"><title>Campaigner</title><p>This site has another address.</p></html>\n'
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
EVERYONE = "public, max-age=20, stale-while-revalidate=60, stale-if-error=86400"


class Request(FlaskRequest):
    """A request whose query string may hold any bytes: Werkzeug reads it as UTF-8 and fails on what is none.

    A door that takes files says how large they may be (`takes`): the rest keeps to what the settings allow.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain = quote_from_bytes(self.query_string, safe=PRINTABLE)
        self.query_string = plain.encode()
        self.environ["QUERY_STRING"] = plain  # redirects to the right number of slashes copy it from here

    @property
    def max_content_length(self) -> int | None:
        """How many bytes this door takes."""
        view = current_app.view_functions.get(self.endpoint or "") if current_app else None
        own: int | None = getattr(view, "takes_at_most", None)
        return own or super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value


def takes(at_most: int) -> Callable[[View], View]:
    """Say of a view that its body may be so many bytes, more than the rest of the house takes."""

    def told(view: View) -> View:
        view.takes_at_most = at_most  # type: ignore[attr-defined]
        return view

    return told


class Probes:
    """WSGI: whoever asks how we are asks this process, by a number and without TLS: taken as asked of our address."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app = app
        self.ours = urlsplit(settings.public_url)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer, under the name and the scheme of PUBLIC_URL."""
        if environ.get("PATH_INFO") in health.PATHS:
            environ = {**environ, "HTTP_HOST": self.ours.netloc, "wsgi.url_scheme": self.ours.scheme}
        return self.app(environ, start_response)


class Part(UnicodeConverter):
    """A part of an address, its control characters made visible: it then names nothing, and PostgreSQL takes it."""

    def to_python(self, value: str) -> str:
        """Take it, with a mark in place of what cannot be shown (a NUL would be an error of the database)."""
        return "".join(character if character.isprintable() else "\ufffd" for character in value)


class Number(IntegerConverter):
    """A number in an address, no larger than what PostgreSQL can look up; a larger one is an unknown page."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = 2**63 - 1) -> None:
        super().__init__(map, fixed_digits=fixed_digits, min=min, max=max)


class Language(BaseConverter):
    """The language in an address: `/<lang:lang>/...`. Any other two letters are an unknown page."""

    regex = "|".join(LANGUAGES)


def init_app(app: Flask, settings: Settings) -> None:
    """Wire headers, compression, error pages and template helpers into `app`."""
    app.wsgi_app = Probes(app.wsgi_app, settings)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.after_request(_untold)  # the first one here is the last to run: after the headers that every page gets
    talisman.init_app(
        app,
        force_https=settings.secure,
        strict_transport_security=settings.secure,
        session_cookie_secure=settings.secure,
        content_security_policy=POLICY,
        frame_options=None,
        referrer_policy="strict-origin-when-cross-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
        x_xss_protection=False,
    )
    app.config["COMPRESS_MIMETYPES"] = ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"]
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    compress.init_app(app)
    app.request_class = Request
    app.url_map.converters.update(lang=Language, default=Part, string=Part, int=Number)
    app.register_blueprint(assets.bp)
    app.jinja_env.autoescape = select_autoescape(["html", "xml", "svg", "mjml"])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(
        settings=settings,
        languages=LANGUAGES,
        language=i18n.language,
        language_name=i18n.language_name,
        language_here=i18n.language_here,
        asset_url=assets.asset_url,
        art=_art,
        strip_of=STRIP.get,
        here_in=here_in,
    )
    app.jinja_env.filters.update(
        number=i18n.number, day=i18n.day, moment=i18n.moment, clock=i18n.clock, ago=i18n.ago, country=i18n.country,
        markdown=markdown, unbroken=i18n.unbroken, first_sentence=first_sentence,
    )  # fmt: skip
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.after_request(_careful_by_default)


def _art(theme: str, form: str = "card", uid: str = "a") -> Any:
    return Markup(art(theme, form, uid))  # noqa: S704 - our own drawing, no outside text in it


def here_in(language: str) -> str:
    """The address of the page being shown, in another language; home when the page has no language."""
    if request.endpoint and request.view_args and "lang" in request.view_args:
        # Names that url_for gives a meaning of its own ("_scheme", "endpoint") are a visitor's, not ours.
        asked = {name: value for name, value in request.args.items() if name[:1] != "_" and name != "endpoint"}
        return url_for(request.endpoint, **{**asked, **request.view_args, "lang": language})
    return f"/{language}/"


def cached(response: Response | str, rule: str = EVERYONE) -> Response:
    """Let browsers and proxies keep an answer that is the same for everyone."""
    answer = response if isinstance(response, Response) else Response(response, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = rule
    return answer


def see_other(endpoint: str, **values: Any) -> BaseResponse:
    """303 after a POST: the next page is fetched with GET, and a reload does not send the form again."""
    return redirect(url_for(endpoint, **values), 303)


def errors_under(prefix: str, look: Callable[[], Look | None]) -> None:
    """Let a room dress the errors of every address under `prefix`, also of pages that do not exist.

    `look` is asked before a word is written, so it may choose the language; None leaves the page as it always is.
    """
    _looks[prefix] = look


def wants_json() -> bool:
    """True when the client asked for JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json" or request.path.endswith(".json") or request.path.startswith("/api/")


def keep_untold() -> None:
    """Tell no other site the address of the page being answered: it is somebody's own. Also for links to ourselves."""
    g.untold = True


def _untold(response: Response) -> Response:
    if g.get("untold"):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _careful_by_default(response: Response) -> Response:
    """Whatever did not say otherwise is not to be stored by anyone."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.vary.add("Accept-Encoding")
    return response


def _answer(status: int, title: str | LazyString, sentence: str | LazyString) -> Response:
    template, values = _look(status)
    if wants_json():
        response = jsonify(error=str(sentence))
        response.status_code = status
        return response
    page = render_template(template, status=status, title=title, sentence=sentence, **values)
    return Response(page, status=status, content_type="text/html; charset=utf-8")


def _look(status: int) -> Look:
    """What stands in a frame brings its own page; so does a room, unless what it needs may be what broke."""
    rooms = (look for prefix, look in _looks.items() if request.path.startswith(prefix))
    found = next(rooms, None) if status < 500 else None
    view = current_app.view_functions.get(request.endpoint or "")
    return (found() if found else None) or (getattr(view, "error_page", "core/error.html"), {})


def _domain_error(error: DomainError) -> Response:
    db.session.rollback()
    return _answer(error.status, _l("That did not work"), error.sentence)


def _foreign_host(error: SecurityError) -> Response:
    """Asked under a name that is not ours (TRUSTED_HOSTS): a bare page, because no link can be made under that name."""
    return Response(ELSEWHERE, 400, content_type="text/html; charset=utf-8")


def _http_error(error: HTTPException) -> BaseResponse:
    if error.code is None or error.code < 400:
        return error.get_response()
    texts = {
        400: (
            _l("That did not arrive complete"),
            _l("Go back and try once more. If it keeps failing, tell us through the contact form."),
        ),
        403: (_l("This page is not for you"), _l("Log in with an account that may see it, or ask a colleague.")),
        404: (
            _l("We cannot find this page"),
            _l("Perhaps the link was cut off or the page has moved. All campaigns are on the home page."),
        ),
        405: (_l("That is not how this page works"), _l("Open the page again and use the button on it.")),
        413: (
            _l("That is too much at once"),
            _l("What you sent is larger than we can take. Shorten the text and try again."),
        ),
        429: (
            _l("Very many people are on this page"),
            _l("From your network came more requests than we can handle. Nothing is lost: try again in a few minutes."),
        ),
    }
    title, sentence = texts.get(
        error.code, (_l("That did not work"), _l("Something is wrong on our side. We look into it."))
    )
    if error.code >= 500:
        db.session.rollback()
    return _answer(error.code, title, sentence)


def _database_away(error: OperationalError) -> Response:
    """PostgreSQL restarts or is out of reach: say so, keep the visitor's hope, never a bare 500."""
    db.session.rollback()
    db.engine.dispose()
    log.error("database away", reason=str(error.orig))
    response = _answer(
        503, _l("One moment"), _l("Our database restarts. Wait a minute, go back and press the button again.")
    )
    response.headers["Retry-After"] = "15"
    return response


def remember_language(language: str) -> None:
    """Speak this language for the rest of the request: for pages whose address does not say one."""
    g.language = language


def absolute(endpoint: str, **values: Any) -> str:
    """A full address for mails and sharing, under PUBLIC_URL: never under the host a stranger's request names."""
    settings: Settings = current_app.extensions["campaigner"]
    public = urlsplit(settings.public_url)
    adapter = current_app.url_map.bind(public.netloc, script_name=public.path or "/", url_scheme=public.scheme)
    return adapter.build(endpoint, values, force_external=True)
