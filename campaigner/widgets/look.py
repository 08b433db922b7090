"""How a widget may look: names to choose from, never values. Each pair of colours is checked for contrast by the tests.

The colours are in `widget.css` (light) and `widget-dark.css`. Nothing from an address ever reaches a style.
"""

from collections.abc import Mapping

from campaigner.config import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l

THEMES = {"red": _l("Red"), "blue": _l("Blue"), "green": _l("Green"), "plum": _l("Plum"), "ink": _l("Black and white")}
MODES = {"auto": _l("As the visitor's device"), "light": _l("Always light"), "dark": _l("Always dark")}
ACTS = ("petition", "letter", "solidarity")
# What an embedding address may choose; anything else in it is not looked at.
CHOICES: dict[str, tuple[str, ...]] = {
    "lang": LANGUAGES, "act": ACTS, "size": ("strip",), "theme": tuple(THEMES)[1:], "mode": tuple(MODES)[1:],
}  # fmt: skip


def chosen(asked: Mapping[str, str]) -> dict[str, str]:
    """What an address chose, in one order; what it did not choose is not there."""
    return {name: asked[name] for name, values in CHOICES.items() if asked.get(name) in values}
