"""`make lighthouse`: what Google's Lighthouse thinks of the pages that most people see, on a slow phone.

It is installed with npm into a folder of the system's temporary directory, never here, and looks through the
system's Chromium. Without npm, Chromium or a line to npm's registry it says so, and claims nothing.
Accessibility, good practice and findability must be 100; speed is the best of at most three looks, because
other work on a machine only ever makes slower.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import report
from bench.house import House

PACKAGE = "lighthouse@12.8.2"
SCRATCH = Path(tempfile.gettempdir()) / "campaigner-lighthouse"
CHROMIUM = "/usr/bin/chromium"
SWITCHES = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
CATEGORIES = {"performance": False, "accessibility": True, "best-practices": True, "seo": True}
CAMPAIGN = "/nl/c/voorbeeld-meloenplukkers"
# The page that thanks is somebody's own, and asks to be left out of search engines.
NOT_FOUND_ON_PURPOSE = {"thanks": "is-crawlable"}
PATIENCE = 240.0  # seconds for one look
LOOKS = 3


def main() -> int:
    """Look at each page. Returns the exit code."""
    began = time.monotonic()
    found = _run()
    return 0 if report.figures("lighthouse", found, time.monotonic() - began) else 1


def _run() -> list[report.Figure]:
    program, why = _installed()
    if program is None:
        return [report.skipped("lighthouse", "of 100", why)]
    with House() as house:
        pages = {
            "home": f"{house.url}/nl/",
            "campaign": f"{house.url}{CAMPAIGN}",
            "letter": f"{house.url}{CAMPAIGN}?act=letter",
            "thanks": house.thanks(CAMPAIGN),
        }
        return [figure for name, address in pages.items() for figure in _page(program, name, address)]


def _installed() -> tuple[Path | None, str]:
    """The program, installed when it is not there yet; or why it cannot be."""
    npm = shutil.which("npm")
    if npm is None or not Path(CHROMIUM).exists():
        return None, f"{'npm' if npm is None else CHROMIUM} is not there"
    program = SCRATCH / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        report.progress(f"installing {PACKAGE} in {SCRATCH}")
        SCRATCH.mkdir(exist_ok=True)
        command = [npm, "install", "--prefix", str(SCRATCH), "--no-audit", "--no-fund", "--loglevel=error", PACKAGE]
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
            return None, "npm could not fetch it"
    return program, ""


def _page(program: Path, name: str, address: str) -> list[report.Figure]:
    """The best of a few looks at a page: no more once all is as it should be."""
    best: list[report.Figure] = []
    for look in range(LOOKS):
        report.progress(f"looking at {name}{', once more' if look else ''}")
        found = _look(program, name, address)
        if not best or _sum(found) > _sum(best):
            best = found
        if all(figure.ok for figure in best):
            break
    return best


def _sum(figures: list[report.Figure]) -> float:
    return sum(figure.value or 0 for figure in figures)


def _look(program: Path, name: str, address: str) -> list[report.Figure]:
    command = [str(program), address, "--output=json", "--quiet", f"--chrome-flags={SWITCHES}"]
    if name in NOT_FOUND_ON_PURPOSE:
        command.append(f"--skip-audits={NOT_FOUND_ON_PURPOSE[name]}")
    done = subprocess.run(
        command, check=True, capture_output=True, timeout=PATIENCE, env={**os.environ, "CHROME_PATH": CHROMIUM}
    )
    said = json.loads(done.stdout)
    return [_figure(name, said, category, must=must) for category, must in CATEGORIES.items()]


def _figure(name: str, said: dict[str, Any], category: str, *, must: bool) -> report.Figure:
    told = said["categories"][category]
    score = round(100 * told["score"])
    lacking = [
        audit["id"]
        for audit in (said["audits"][each["id"]] for each in told["auditRefs"] if each["weight"])
        if audit["score"] is not None and audit["score"] < 1
    ]
    note = ", ".join(lacking)
    return report.Figure(f"{name}: {category}", score, "of 100", target="100", ok=score == 100, must=must, note=note)


if __name__ == "__main__":
    sys.exit(main())
