"""Our own words: the standing pages and the home page, from the files in `pages/`.

`<page>.<language>.md` opens with `# Title`, then a paragraph that is the lead. `home.toml` holds
the home page per language. `{host}`, `{host_long}` and `{host_contact}` stand for the host.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from campaigner.config import LANGUAGES, Settings
from campaigner.core.text import markdown

FOLDER = Path(__file__).parent / "pages"
# The address of a page and the pillar whose colours it wears.
PAGES: dict[str, str | None] = {
    "convictions": None,
    "decent-work": "work",
    "health": "health",
    "what-we-do": None,
    "privacy": None,
    "accessibility": None,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A standing page, its body as safe HTML. `language` is the one it is written in."""

    name: str
    language: str
    pillar: str | None
    title: str
    lead: str
    body: Markup


@cache
def document(name: str, language: str, settings: Settings) -> Document:
    """The standing page `name`, in Dutch when it does not exist in `language`.

    Raises KeyError for a name that is none of PAGES.
    """
    pillar = PAGES[name]
    written = language if (FOLDER / f"{name}.{language}.md").exists() else LANGUAGES[0]
    source = _named((FOLDER / f"{name}.{written}.md").read_text(encoding="utf-8"), settings)
    title, lead, *rest = source.split("\n\n", 2)
    return Document(
        name=name,
        language=written,
        pillar=pillar,
        title=title.removeprefix("# ").strip(),
        lead=" ".join(lead.split()),
        body=markdown(rest[0] if rest else ""),
    )


@cache
def home(language: str, settings: Settings) -> dict[str, Any]:
    """The words of the home page: headline, lead, colophon, pillars, convictions, partners."""
    everything = tomllib.loads(_named((FOLDER / "home.toml").read_text(encoding="utf-8"), settings))
    words: dict[str, Any] = everything[language]
    return words


def _named(text: str, settings: Settings) -> str:
    names = {"{host}": settings.host_name, "{host_long}": settings.host_long, "{host_contact}": settings.host_contact}
    for mark, name in names.items():
        text = text.replace(mark, name)
    return text
