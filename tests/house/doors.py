"""Every door of the house, read off the application itself, so that a new one cannot be forgotten."""

from collections.abc import Iterable

from flask import Flask
from werkzeug.routing import Rule

PARTS = {
    "lang": "nl", "slug": "onbekend", "token": "onbekend", "key": "onbekend", "name": "privacy", "filename": "x",
    "alert_id": 1, "message_id": 1, "campaign_id": 1, "placement_id": 1, "mailing_id": 1, "suppression_id": 1,
    "audience_id": 1, "import_id": 1, "what": "start",
    "target_id": 1, "number": 1, "petition_id": 1, "batch_id": 1, "milestone_id": 1, "request_id": 1,
    "code": "nl", "verb": None, "account_id": 1, "organisation_id": 1,
    "row_id": 1, "width": 640, "event_id": 1, "ending": "svg", "file_id": 1, "snippet_id": 1, "version_id": 1,
}  # fmt: skip


def rules(app: Flask) -> list[Rule]:
    """Every route, in the order of its address."""
    return sorted(app.url_map.iter_rules(), key=str)


def is_staff(rule: Rule) -> bool:
    """True for what stands under /staff."""
    return str(rule).startswith("/staff")


def is_library(rule: Rule) -> bool:
    """True for the routes that Flask-Security brings: its own forms carry their tokens."""
    return rule.endpoint.startswith("security.")


def path(app: Flask, rule: Rule) -> str:
    """An address that leads to this route."""
    values = {name: PARTS[name] for name in rule.arguments}
    if "verb" in values:
        values["verb"] = str(rule).partition("any(")[2].partition(",")[0]
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(methods(rule))))


def methods(rule: Rule) -> Iterable[str]:
    """The methods a route was made for."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def named(found: list[Rule]) -> list[str]:
    """How tests are told apart."""
    return [f"{' '.join(methods(rule))} {rule}" for rule in found]
