"""Every theme, light and dark, can be read by everyone: WCAG 2.2, 1.4.3 and 1.4.11."""

import itertools
import re

import pytest

from campaigner.core import assets
from campaigner.widgets import look

RULE = re.compile(r'(:root|\[data-theme="(\w+)"\]) \{([^}]*)\}')
COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{3,6})")
TEXTS = [("ink", "paper"), ("soft", "paper"), ("text", "paper"), ("text", "tint"), ("ink", "tint"), ("ink", "input")]
BUTTON = [("on", "red"), ("on", "deep")]
CONTROLS = [("red", "paper"), ("edge", "paper"), ("edge", "input"), ("focus", "paper"), ("ok", "paper")]


def colours(theme: str, *, dark: bool) -> dict[str, str]:
    """The colours in force, as the cascade would have them."""
    sheets = ["widget.css", "widget-dark.css"] if dark else ["widget.css"]
    there: dict[str, str] = {}
    themed: dict[str, str] = {}
    for sheet in sheets:
        for selector, named, body in RULE.findall(assets.text(sheet)):
            if selector == ":root":
                there |= dict(COLOUR.findall(body))
            elif named == theme:
                themed |= dict(COLOUR.findall(body))
    return there | themed


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "dark"), list(itertools.product(look.THEMES, (False, True))))
def test_every_theme_can_be_read(theme: str, dark: bool) -> None:
    there = colours(theme, dark=dark)
    for pairs, least in ((TEXTS + BUTTON, 4.5), (CONTROLS, 3.0)):
        for front, back in pairs:
            found = contrast(there[front], there[back])
            assert found >= least, f"{front} on {back}: {found:.2f}"


def test_every_theme_but_the_first_has_colours_of_its_own() -> None:
    for theme, dark in itertools.product(tuple(look.THEMES)[1:], (False, True)):
        assert colours(theme, dark=dark) != colours("red", dark=dark)


def test_an_address_chooses_names_and_nothing_else() -> None:
    asked = {"theme": "blue", "mode": "dark", "lang": "fr", "size": "strip", "act": "letter"}
    assert look.chosen(asked) == {"lang": "fr", "act": "letter", "size": "strip", "theme": "blue", "mode": "dark"}
    for evil in ("red;}", 'x"', "", "RED", "url(//elders.example)"):
        assert look.chosen(dict.fromkeys(asked, evil)) == {}
