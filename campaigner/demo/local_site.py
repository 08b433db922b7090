"""The site of a fictional union local, with the widget in it: another origin than the campaign's own.

It shows what a local does by hand: paste the embed snippet into a page of its own. The page knows
nothing of Campaigner but that snippet. The demo runs this file as a script, `local_site.py PORT KEY`
with PUBLIC_URL in the environment: it needs none of the platform, whose import takes a second.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PAGES = {"/": "local_site.html", "/examples": "local_examples.html"}  # its front page, and one with every rung
PLACE = "{{widget}}"
SNIPPET = (
    '<a class="campaigner-widget" href="{public_url}/w/{key}">Teken mee met de meloenplukkers</a>'
    '<script async src="{public_url}/embed.js"></script>'
)


def page(*, public_url: str, key: str, path: str = "/") -> bytes:
    """A page of the local, with the snippet for the placement `key` where a local would paste it."""
    home = public_url.rstrip("/")
    written = Path(__file__).with_name(PAGES[path]).read_text(encoding="utf-8")
    written = written.replace(PLACE, SNIPPET.format(public_url=home, key=key))
    return written.replace("{{public_url}}", home).replace("{{key}}", key).encode()


def serve(*, port: int, public_url: str, key: str) -> None:
    """Serve its pages on 127.0.0.1 until the process ends."""

    class Local(BaseHTTPRequestHandler):
        """Answers its pages and nothing else."""

        def do_GET(self) -> None:
            """Send the page."""
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            """Send its headers."""
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            path = urlsplit(self.path).path
            known = path in PAGES
            body = page(public_url=public_url, key=key, path=path) if known else b"Deze pagina bestaat niet.\n"
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8" if known else "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", port), Local) as server:
        server.serve_forever()


if __name__ == "__main__":
    serve(port=int(sys.argv[1]), public_url=os.environ["PUBLIC_URL"], key=sys.argv[2])
