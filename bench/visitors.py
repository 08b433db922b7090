"""People at the doors: they load a page, fill in its form, and press the button until it worked, as people do.

Each comes from a network address of their own (the stage trusts one proxy), so the limits behave as in life.
"""

import http.client
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

TOKEN = re.compile(r'name="form_token"[^>]*value="([^"]+)"')
AGAIN = 1.0  # seconds until somebody who got no page presses again
PATIENCE = 90.0  # seconds for which somebody goes on pressing
_numbers = itertools.count(1)


@dataclass
class Visitor:
    """One person with one browser, and every answer they got: 303, 503, ... and 0 for a line that broke."""

    port: int
    number: int = field(default_factory=lambda: next(_numbers))
    answers: Counter[int] = field(default_factory=Counter)
    form_token: str | None = None  # of the page that they have open
    cookie: str = ""  # what they send, if they are logged in
    told_cookie: str = ""  # the last Set-Cookie they got

    @property
    def email(self) -> str:
        """Their address."""
        return f"chaos{self.number}@voorbeeld.example"

    @property
    def network(self) -> str:
        """Where they come from."""
        return f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """One request. Status 0 when no answer came: nobody knows then what became of it."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"X-Forwarded-For": self.network, "Accept-Language": "nl", "Accept": "text/html"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            self.told_cookie = answer.getheader("Set-Cookie") or self.told_cookie
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()

    def open(self, path: str) -> str | None:
        """Have a page with its form open. Returns the form's token, None when patience ended."""
        self.form_token = self.form_token or self._load(path)
        return self.form_token

    def _load(self, path: str) -> str | None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, page = self.ask("GET", path)
            found = TOKEN.search(page)
            if found:
                return found[1]
            if status not in (0, 503):
                self.answers[status] += 1  # a page without its form is no honest answer
            time.sleep(0.3)
        return None

    def press(self, path: str, fields: dict[str, str], *, until: int = 303) -> bool:
        """Press the button, with the same form, until it worked."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, _ = self.ask("POST", path, fields)
            self.answers[status] += 1
            if status == until:
                return True
            if status not in (0, 503):
                return False
            time.sleep(AGAIN)
        return False


def sign(visitor: Visitor, slug: str) -> bool:
    """Sign a petition. Returns whether the site said that it has the signature."""
    path = f"/nl/c/{slug}"
    token = visitor.open(path)
    return token is not None and visitor.press(path, signature(visitor, token))


def signature(visitor: Visitor, token: str) -> dict[str, str]:
    """The petition's form, filled in."""
    return {
        "first_name": "Fatiha", "last_name": f"Voorbeeld {visitor.number}", "email": visitor.email,
        "postcode": "9000", "country": "BE", "agree": "y", "mail_host": "yes", "website": "",
        "unchanged": "ongewijzigd", "form_token": token,
    }  # fmt: skip


def write(visitor: Visitor) -> bool:
    """Send a message through the contact form. Returns whether the site said that it has it."""
    path = "/nl/contact"
    token = visitor.open(path)
    return token is not None and visitor.press(path, message(visitor, token))


def message(visitor: Visitor, token: str) -> dict[str, str]:
    """The contact form, filled in."""
    return {
        "topic": "campaign", "name": "Greet", "email": visitor.email, "website": "", "unchanged": "ongewijzigd",
        "message": f"Dag, ik heb een vraag over actie nummer {visitor.number}.", "form_token": token,
    }  # fmt: skip


class Crowd:
    """A few people at a time at one door, one after the other, until told to stop."""

    def __init__(self, port: int, act: Callable[[Visitor], bool], *, abreast: int = 3, pause: float = 0.15) -> None:
        self.port, self.act, self.pause = port, act, pause
        self.accepted: list[Visitor] = []  # the site told them that it has what they sent
        self.refused: list[Visitor] = []
        self.readers: list[Visitor] = []
        self._enough = threading.Event()
        self._threads: list[threading.Thread] = [
            threading.Thread(target=self._come, daemon=True) for _ in range(abreast)
        ]

    def __enter__(self) -> "Crowd":
        for thread in list(self._threads):
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def read(self, number: int, path: str) -> None:
        """So many people have the page open, and have not pressed yet."""
        self.readers = [Visitor(self.port) for _ in range(number)]
        for visitor in self.readers:
            visitor.open(path)

    def press_in(self, seconds: float) -> None:
        """After so many seconds they all press, whatever happens then."""
        for visitor in self.readers:
            timer = threading.Timer(seconds, self._go, [visitor])
            self._threads.append(timer)
            timer.start()

    def stop(self) -> None:
        """Nobody else comes; those at the door finish."""
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _come(self) -> None:
        while not self._enough.is_set():
            self._go(Visitor(self.port))
            self._enough.wait(self.pause)

    def _go(self, visitor: Visitor) -> None:
        (self.accepted if self.act(visitor) else self.refused).append(visitor)

    @property
    def answers(self) -> Counter[int]:
        """All answers to all of them."""
        total: Counter[int] = Counter()
        for visitor in [*self.accepted, *self.refused]:
            total += visitor.answers
        return total
