"""Every public page and every state of it, in one table: what the checks of this folder walk through.

A new page that is not in it makes `test_places.py` fail, and that one runs with `make test`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORM = "main form button[type=submit]:not([name])"


@dataclass(frozen=True, slots=True)
class Place:
    """One page in one state. `path` has slots, filled by `world.build`; `press`: a button to press there first."""

    name: str
    view: str  # the endpoint
    path: str
    status: int = 200
    press: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    framed: bool = False  # stands in a frame on another site


def _framed(name: str, path: str, **more: Any) -> Place:
    return Place(name, more.pop("view", "widget.show"), path, framed=True, **more)


DOCUMENTS = ("convictions", "decent-work", "health", "what-we-do", "privacy", "accessibility")
WRITER = {
    "first_name": "Greet", "last_name": "Voorbeeld", "email": "greet@voorbeeld.example", "postcode": "9000",
    "sign_as": "town", "agree": "y",
}  # fmt: skip
PAGE = "actions.campaign"

PLACES = [
    Place("home, with the archive", "campaigns.home", "/nl/"),
    *[Place(name, "campaigns.document", f"/nl/{name}") for name in DOCUMENTS],
    Place("campaign with a story", PAGE, "/nl/c/voorbeeld-meloenplukkers"),
    Place("campaign with a letter", PAGE, "/nl/c/voorbeeld-meloenplukkers?act=letter"),
    Place("campaign in another language", PAGE, "/es/c/voorbeeld-meloenplukkers"),
    Place("campaign with every part", PAGE, "/nl/c/{slug}"),
    Place("campaign through a local", PAGE, "/nl/c/{slug}?p={key}"),
    Place("letter", PAGE, "/nl/c/{slug}?act=letter"),
    Place("message", PAGE, "/nl/c/{slug}?act=solidarity"),
    *[
        Place(f"{act} with mistakes", PAGE, f"/nl/c/{{slug}}?act={act}", 422, FORM)
        for act in ("petition", "letter", "solidarity")
    ],
    Place("letter seen first", PAGE, "/nl/c/{slug}?act=letter", press="[name=preview]", typed=WRITER),
    *[Place(f"campaign {state}", PAGE, f"/nl/c/{{{state}}}") for state in ("paused", "closed", "won", "handed_over")],
    Place("a personal link that is cut off", "personal.act", "/nl/do/half", 404),
    Place("thanks", "actions.thanks", "/nl/c/{slug}/thanks?r={receipt}"),
    Place("thanks, the mail sent again", "actions.thanks", "/nl/c/{slug}/thanks?r={receipt}&again=queued"),
    Place("thanks, too late for another mail", "actions.thanks", "/nl/c/{slug}/thanks?again=late"),
    Place("confirm a signature", "actions.confirm", "/confirm/{petition}"),
    Place("confirm a letter", "actions.confirm", "/confirm/{letter}"),
    Place("confirm a message", "actions.confirm", "/confirm/{message}"),
    Place("confirm what is confirmed", "actions.confirm", "/confirm/{done}"),
    Place("a link cut in two", "actions.confirm", "/confirm/half", 404),
    Place("confirmed", "actions.counted", "/confirm/{done}/done"),
    Place("not me", "actions.not_me", "/confirm/{mine}/not-me"),
    Place("not me, erased", "actions.not_me", "/confirm/{again}/not-me", press=FORM),
    Place("the wall", "solidarity.wall", "/nl/c/{slug}/messages"),
    Place("the wall in one language", "solidarity.wall", "/nl/c/{slug}/messages?in=nl"),
    Place("the booklet", "solidarity.booklet", "/booklet/{booklet}"),
    Place("a partner", "twins.partner", "/nl/partners/{partner}"),
    Place("a local", "twins.local", "/nl/locals/{local}"),
    Place("a local of the samples", "twins.local", "/nl/locals/leiestreek"),
    Place("a charter", "charters.charter", "/nl/c/{charter}/charter"),
    Place("a charter with mistakes", "charters.charter", "/nl/c/{charter}/charter", 422, FORM),
    Place("a charter signed", "charters.thanks", "/nl/c/{charter}/charter/thanks?r={cosigned}"),
    Place("an organisation confirms", "charters.own", "/charter/{cosigner}"),
    Place("an organisation leaves", "charters.take_back", "/charter/{cosigner}/take-back"),
    Place("the ladder of a local", "ladder.show", "/nl/c/{slug}/locals/{key}"),
    Place("a desk asked for", "desk_requests.ask", "/nl/locals/request"),
    Place("a desk asked for with mistakes", "desk_requests.ask", "/nl/locals/request", 422, "main form button"),
    Place("a desk asked for, thanks", "desk_requests.thanks", "/nl/locals/request/thanks"),
    Place("welcome, choose a password", "welcome.choose", "/nl/welcome/{welcome}"),
    Place("contact", "contact.write", "/nl/contact"),
    Place("contact with mistakes", "contact.write", "/nl/contact", 422, "main form button"),
    Place("contact, thanks", "contact.thanks", "/nl/contact/thanks?r={contact}"),
    Place("request", "requests.ask", "/nl/partners/request"),
    Place("request with mistakes", "requests.ask", "/nl/partners/request", 422, "main form button"),
    Place("request, thanks", "requests.thanks", "/nl/partners/request/thanks?r={request}"),
    Place("unsubscribe", "supporters.unsubscribe", "/u/test"),
    Place("unsubscribed", "supporters.unsubscribe", "/u/test", press="main form button"),
    Place("stop the letters", "letters.objection", "/letters/stop/{stop}"),
    Place("letters stopped", "letters.objection", "/letters/stop/{stopped}", press="main form button"),
    _framed("widget", "/w/{key}"),
    _framed("widget, a strip", "/w/{key}?size=strip"),
    _framed("widget with mistakes", "/w/{key}", status=422, press="form button[type=submit]"),
    _framed("widget, thanks", "/w/{key}/thanks?r={receipt}", view="widget.thanks"),
    _framed("widget of what is over", "/w/{over_key}"),
    _framed("widget that is none", "/w/unknown", status=404),
    Place("unknown page", "error", "/nl/c/unknown", 404),
    Place("a form's address", "error", "/nl/c/{slug}/again", 405),
]

# What public addresses give besides pages, each with the kind of answer.
NO_PAGES = {
    "assets.serve": "style sheets and scripts",
    "campaigns.count": "JSON",
    "campaigns.front_door": "a redirection",
    "campaigns.robots": "text",
    "campaigns.sitemap": "XML",
    "feeds.calendar": "a calendar",
    "feeds.campaign": "Atom",
    "feeds.dates": "a calendar",
    "feeds.everything": "Atom",
    "feeds.picture": "PNG",
    "health.alive": "text",
    "ladder.poster": "PDF",
    "photos.picture": "WebP",
    "health.ready": "text",
    "solidarity.booklet_pdf": "PDF",
    "static": "files",
    "widgets.badge": "SVG or PNG",
    "widgets.embed": "a script",
    "widgets.oembed": "JSON",
    "widgets.qr": "SVG or PNG",
    "widgets.short": "a redirection",
}
