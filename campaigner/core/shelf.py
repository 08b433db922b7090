"""A shelf before the application: answers that are the same for everyone, kept in this process for some seconds.

A widget and a badge are loaded by every visitor of every site that carries them. Each is made once, and
given out from here until it is `seconds` old; while it is made anew the one before is given out. Only
what says of itself that everyone may keep it is laid on the shelf, under everything that it depends on.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

AT_MOST = 600  # answers, some kilobytes each
GRACE = 10.0  # seconds for which others get the older answer while one request makes the newer
ENCODINGS = ("br", "gzip")
QUERY = re.compile(r"([a-z]{2,8}=[a-z]{2,12}(&[a-z]{2,8}=[a-z]{2,12}){0,4})?")  # short words alone are choices
Key = tuple[str, ...]
Start = Callable[..., Any]


@dataclass
class Answer:
    """An answer as it was sent."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    made: float
    tag: str = ""
    stale_at: float = 0.0  # of what is not kept


class Shelf:
    """WSGI. `paths` says what may lie here, `by_site` which of it depends on the site that shows it."""

    def __init__(self, app: Any, *, paths: re.Pattern[str], by_site: re.Pattern[str], seconds: float) -> None:
        self.app, self.paths, self.by_site, self.seconds = app, paths, by_site, seconds
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Answer from the shelf, or ask the application and keep what everyone may keep."""
        key = self._key(environ) if self.seconds else None
        if key is None:
            answered: Iterable[bytes] = self.app(environ, start_response)
            return answered
        found = self._fresh(key) or self._made(key, environ)
        if found.tag and found.tag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response("304 NOT MODIFIED", [each for each in found.headers if each[0] not in OF_THE_BODY])
            return []
        age = [("Age", str(int(time.monotonic() - found.made)))] if found.stale_at else []
        start_response(found.status, [*found.headers, *age])
        return [found.body]

    def _key(self, environ: dict[str, Any]) -> Key | None:
        """Everything that the answer depends on; None for what is not kept here."""
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] != "GET" or not self.paths.fullmatch(path) or not QUERY.fullmatch(query):
            return None
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        encoding = next((each for each in ENCODINGS if each in accepted and ";" not in accepted), "")
        site = _site(environ.get("HTTP_REFERER", "")) if self.by_site.fullmatch(path) else ""
        asked = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_ORIGIN")
        return (path, query, encoding, site, *(environ.get(name, "") for name in asked))

    def _fresh(self, key: Key) -> Answer | None:
        """What lies there and is young enough, or is being made anew by another request."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            if time.monotonic() < found.stale_at:
                return found
            found.stale_at = time.monotonic() + GRACE
            return None

    def _made(self, key: Key, environ: dict[str, Any]) -> Answer:
        """Ask the application, without what would make the answer this visitor's own."""
        plain = {name: value for name, value in environ.items() if name not in PERSONAL}
        plain["HTTP_ACCEPT_ENCODING"], plain["HTTP_REFERER"] = key[2], key[3]
        told: list[Any] = []
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], Any]:
            told[:] = [status, headers]
            return written.append

        parts = self.app(plain, start)
        try:
            body = b"".join([*written, *parts])
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = told
        named = {name.lower(): value for name, value in headers}
        keeps = status.startswith("200") and "public" in named.get("cache-control", "") and "set-cookie" not in named
        now = time.monotonic()
        answer = Answer(status, headers, body, now)
        with self._lock:
            if keeps:
                answer.tag, answer.stale_at = named.get("etag", ""), now + self.seconds
                self._kept[key] = answer
                while len(self._kept) > AT_MOST:
                    self._kept.popitem(last=False)
            elif not status.startswith("5"):  # a place that is closed: what was kept of it is true no more
                self._kept.pop(key, None)
        return answer


PERSONAL = {"HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_AUTHORIZATION"}
OF_THE_BODY = {"Content-Length", "Content-Encoding", "Content-Type"}


def _site(referrer: str) -> str:
    """The beginning of an address, as far as it says who shows the widget."""
    try:
        parts = urlsplit(referrer[:2000])
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in ("http", "https") else ""
