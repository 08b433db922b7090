"""The site with the sample campaigns in it, as a visitor finds it: for what looks at pages from outside.

with House() as house:
    house.url, house.thanks("/nl/c/voorbeeld-meloenplukkers")
"""

import re
import subprocess
import sys
import urllib.parse
import urllib.request

from bench.stage import TOP, Stage

PARTS = ("sink", "web", "worker-urgent", "worker-default", "reconciler")
PATIENCE = 60.0  # seconds until the pages answer


class House(Stage):
    """The stage of the bench, with sample data. Campaigns that are not said to be examples, as a real site has them."""

    def __init__(self, *, examples: bool = False, more: tuple[str, ...] = ()) -> None:
        super().__init__(only=(*PARTS, *more))
        self.examples = examples

    @property
    def url(self) -> str:
        """The address of the site."""
        return f"http://127.0.0.1:{self.port}"

    def _open(self) -> None:
        super()._open()
        command = [sys.executable, "-m", "campaigner.cli", "demo-data"]
        done = subprocess.run(command, cwd=TOP, env=self.environ, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        if not self.examples:
            self.command("UPDATE campaign SET is_example = false")
        self.until(lambda: self.fetch("/nl/") != "", seconds=PATIENCE)

    def fetch(self, path: str) -> str:
        """A page; nothing when the site does not answer yet."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def thanks(self, path: str) -> str:
        """Sign on a campaign's page. Returns the address of the page that thanks."""
        token = re.search(r'name="form_token"[^>]*value="([^"]+)"', self.fetch(path))
        assert token, f"no form on {path}"
        typed = {
            "form_token": token[1], "first_name": "Greet", "last_name": "Voorbeeld", "email": "greet@bench.example",
            "postcode": "9000", "country": "BE", "mail_host": "yes", "agree": "y", "website": "",
            "unchanged": "ongewijzigd",
        }  # fmt: skip
        request = urllib.request.Request(f"{self.url}{path}", data=urllib.parse.urlencode(typed).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            address = str(answer.geturl())
        assert "/thanks?" in address, address
        return address
