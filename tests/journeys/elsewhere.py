"""A site of somebody else: another origin, that sends what a test puts there, under the policy that the test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HEAD = '<!doctype html><html lang="nl"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'


@dataclass
class Elsewhere:
    """The site. `put` a page, then open the address that it returns."""

    url: str
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    def put(self, inside: str, path: str = "/", **headers: str) -> str:
        """Show this under a path, with these headers (`Content_Security_Policy="..."`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (
            f"{HEAD}<title>Afdeling</title><main><h1>Afdeling</h1>{inside}</main></html>".encode(),
            named,
        )
        return f"{self.url}{path}"


@contextmanager
def site() -> Iterator[Elsewhere]:
    """Run one, on a port of its own."""
    found: list[Elsewhere] = []

    class Site(BaseHTTPRequestHandler):
        """Sends the page, as it is at this moment."""

        def do_GET(self) -> None:
            """Answer."""
            body, headers = found[0].pages.get(self.path, (b"", {}))
            self.send_response(200 if body else 204)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    found.append(Elsewhere(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
