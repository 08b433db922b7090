"""A browser, and the house running behind it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_core_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect, sync_playwright

from tests.conftest import Services
from tests.journeys import stage as stages
from tests.journeys import world as worlds
from tests.journeys.places import Place
from tests.journeys.stage import Stage

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

STICKS_OUT = """() => {
  const edge = document.documentElement.clientWidth;
  const beyond = (each) => each.getBoundingClientRect().right > edge + 0.5;
  const out = [...document.querySelectorAll("body *:not(svg *, .decoy *)")].filter(beyond);
  return out.filter((each) => !out.some((other) => other !== each && each.contains(other)))
    .map((each) => each.outerHTML.slice(0, 160));
}"""


expect.set_options(timeout=20_000)  # ms; the machine may be busy


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window. Where it is missing the journey is skipped, unless that is forbidden."""
    if not CHROMIUM.exists():
        assert os.environ.get("CAMPAIGNER_NO_SKIP") != "1", f"{CHROMIUM} is not there (apt install chromium)"
        pytest.skip(f"{CHROMIUM} is not there (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def stage(
    app: Flask, environ: dict[str, str], services: Services, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The house, running."""
    house = {**environ, "MAIL_RETURN_ADDRESS": "bounces@fos.example"}
    with stages.play(app, house, services, tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture(scope="package")
def world(stage: Stage) -> dict[str, str]:
    """What the slots in the addresses of the places stand for."""
    return worlds.build(stage.app)


@dataclass
class Visit:
    """A visitor with a browser of their own, and what that browser noticed."""

    page: Page
    context: BrowserContext
    home: str
    complaints: list[str] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    bytes: int = 0
    zoom: Any = None  # a line to the browser itself, where a test needs one

    def watch(self) -> None:
        """Listen to everything the browser says."""
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.on("request", self._asked)
        self.context.on("requestfinished", self._weighed)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.home).netloc:
            self.foreign.add(parts.netloc)

    def _weighed(self, request: Request) -> None:
        sizes = request.sizes()
        self.bytes += sizes["responseBodySize"] + sizes["responseHeadersSize"]

    def goto(self, path: str) -> Any:
        """Open a page of ours, or a whole address."""
        return self.page.goto(path if path.startswith("http") else f"{self.home}{path}")

    def arrive(self, place: Place, world: dict[str, str]) -> Any:
        """Open a place of the table, in the state that it names. Returns the last answer."""
        answer = self.goto(place.path.format(**world))
        if place.press:
            self.page.evaluate("for (const form of document.forms) form.noValidate = true")
            for name, words in place.typed.items():
                _put(self.page.locator(f"main [name={name}]"), words)
            with self.page.expect_navigation() as waiting:
                self.page.locator(place.press).first.click()
            answer = waiting.value
        return answer

    def flaws(self, *rules: str) -> list[str]:
        """What axe finds wrong on the page as it is now; only these rules, if any are named."""
        found = Axe().run(self.page, options={"runOnly": list(rules)} if rules else None)["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]

    def fits(self) -> bool:
        """True when nothing sticks out at the side."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))

    def sticks_out(self) -> list[str]:
        """The innermost elements that stick out at the side, when the page can be scrolled sideways."""
        return [] if self.fits() else list(self.page.evaluate(STICKS_OUT)) or ["something"]


def _put(field: Locator, words: str) -> None:
    """Fill in a field, or choose among its boxes."""
    if field.first.get_attribute("type") in ("radio", "checkbox"):
        field.and_(field.page.locator(f"[value={words}]")).check()
    else:
        field.fill(words)


@pytest.fixture
def visit(chromium: Browser, stage: Stage) -> Iterator[Callable[..., Visit]]:
    """Make a visitor: `visit(width=390, lang="nl", scheme="dark", scripts=False)`."""
    open_: list[BrowserContext] = []

    def arrive(*, width: int = 390, lang: str = "nl", scheme: Any = "light", scripts: bool = True) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 860}, locale=lang, color_scheme=scheme, java_script_enabled=scripts
        )
        context.set_default_timeout(20_000)
        open_.append(context)
        visitor = Visit(context.new_page(), context, stage.url)
        visitor.watch()
        return visitor

    yield arrive
    for context in open_:
        context.close()
