"""`make shots`: the pictures of docs/images, taken of the demo as it is now, through the system's Chromium.

Each stays under 100 kB: flat print-shop colours need no more than 128 of them. The data are the sample data;
the inbox gets a few messages through the form, and the alert goes to the sample supporters, in this machine alone.
"""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench import report
from bench.house import House
from campaigner.demo import known, local_site, ports, processes

IMAGES = Path(__file__).parent.parent / "docs" / "images"
HEAVIEST = 100_000  # bytes
COLOURS = 128
GAP, WALL = 24, "#d6c9b0"
CAMPAIGN, WITH_WALL = "/nl/c/voorbeeld-meloenplukkers", "/nl/c/voorbeeld-geneesmiddelen-dorp"
DESK, PHONE = (1280, 860), (390, 844)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
MESSAGES = {
    "local": "Onze afdeling wil de affiche met een eigen code ophangen in de kantine. Kan dat tegen vrijdag?",
    "campaign": "Ik werkte twintig jaar in de tuinbouw. Kan ik op een vergadering vertellen waarom ik tekende?",
    "press": "Wij maken een stuk over de meloenplukkers. Met wie kunnen we bellen?",
}


def main() -> int:
    """Take them all. Returns the exit code."""
    with House(examples=True, more=("worker-bulk-1",)) as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=SWITCHES)
        local = _local(house)
        _public(house, browser)
        _phones(house, browser)
        _widget(browser, local)
        _staff(house, browser)
        browser.close()
    heavy = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size >= HEAVIEST]
    report.progress("")
    print("\n".join(f"  {path.name:24}{path.stat().st_size / 1000:6.0f} kB" for path in sorted(IMAGES.glob("*.png"))))
    return 1 if heavy else 0


def _local(house: House) -> str:
    """The example site of a local, on the port that its placement allows. Returns its address."""
    port = ports.keep(house.folder / "local-port")
    address = f"http://127.0.0.1:{port}"
    house.command("UPDATE placement SET sites = sites || to_jsonb(CAST(:site AS text)) WHERE key = :key",
                  site=address, key=known.WIDGET_KEY)  # fmt: skip
    command = [sys.executable, local_site.__file__, str(port), known.WIDGET_KEY]
    log = house.folder / "local.log"
    house.beside.append(processes.spawn(command, log=log, cwd=house.folder, env=house.environ))
    return address


@contextmanager
def _seen(browser: Browser, size: tuple[int, int], scheme: str = "light") -> Iterator[Page]:
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="nl-BE", color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def _public(house: House, browser: Browser) -> None:
    with _seen(browser, DESK) as page:
        page.goto(house.url + "/nl/")
        _keep("home", _shot(page))
        page.goto(house.url + CAMPAIGN)
        _keep("campaign", _shot(page))
        page.goto(f"{house.url}{CAMPAIGN}?act=letter#write")
        _keep("letter", _shot(page))
        page.goto(f"{house.url}{WITH_WALL}/messages")
        _keep("wall", _shot(page))


def _phones(house: House, browser: Browser) -> None:
    """Three phones beside each other: the form, the thanks, and the campaign at night."""
    with _seen(browser, PHONE) as page:
        page.goto(f"{house.url}{CAMPAIGN}#act")
        form = _shot(page)
        page.goto(house.thanks(CAMPAIGN))
        thanks = _shot(page)
    with _seen(browser, PHONE, "dark") as page:
        page.goto(house.url + CAMPAIGN)
        night = _shot(page)
    _keep("phones", _beside(night, form, thanks))


def _widget(browser: Browser, local: str) -> None:
    with _seen(browser, (1280, 960)) as page:
        page.goto(local)
        page.frame_locator("iframe.campaigner-widget").locator("button[type=submit]").wait_for()
        _keep("widget", _shot(page))


def _staff(house: House, browser: Browser) -> None:
    with _seen(browser, DESK) as page:
        for topic, words in MESSAGES.items():
            _write(page, house, topic, words)
        page.goto(house.url + "/staff/")
        page.locator("[name=email]").fill(known.STAFF_EMAIL)
        page.locator("[name=password]").fill(known.STAFF_PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_url(re.compile("/staff/$"))
        _keep("desk", _shot(page))
        page.goto(house.url + "/staff/inbox/")
        _keep("inbox", _shot(page))
        _send(page, house)


def _write(page: Page, house: House, topic: str, words: str) -> None:
    """A message through the contact form, as slowly as people write."""
    page.goto(f"{house.url}/nl/contact?topic={topic}")
    page.locator("[name=name]").fill("Greet Voorbeeld")
    page.locator("[name=email]").fill(f"greet.{topic}@voorbeeld.example")
    page.locator("[name=message]").fill(words)
    page.wait_for_timeout(3500)
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/thanks"))


def _send(page: Page, house: House) -> None:
    """Write an alert, send it to everybody who said yes, and look on while it goes out."""
    page.goto(house.url + "/staff/alerts/new")
    page.locator("[name=campaign]").select_option(index=0)
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/edit"))
    page.locator("[name=subject]").first.fill("De koper heeft gebeld")
    page.locator("[name=preheader]").first.fill("Eén duw nog.")
    page.locator("[name=body]").first.fill("Dag {{voornaam}},\n\nMaandag belde de **eerste koper**. Bedankt.")
    page.locator("button[name=then_send]").click()
    page.wait_for_url(re.compile("/send"))
    house.tell_sink(delay=0.05)
    page.locator(".action-bar button").click()
    page.wait_for_url(re.compile(r"/staff/alerts/\d+$"))
    page.wait_for_timeout(8000)
    _keep("send", _shot(page))
    house.tell_sink()


def _shot(page: Page) -> Image.Image:
    page.wait_for_load_state("networkidle") if "/staff/" not in page.url else page.wait_for_timeout(300)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _beside(*pictures: Image.Image) -> Image.Image:
    """Side by side on a wall."""
    width = sum(each.width for each in pictures) + GAP * (len(pictures) + 1)
    wall = Image.new("RGB", (width, max(each.height for each in pictures) + 2 * GAP), WALL)
    left = GAP
    for each in pictures:
        wall.paste(each, (left, GAP))
        left += each.width + GAP
    return wall


def _keep(name: str, picture: Image.Image) -> None:
    report.progress(f"{name}.png")
    few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
