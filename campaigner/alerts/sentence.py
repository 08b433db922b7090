"""A rule said in a sentence, in the language in force: what staff read before they send, and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

from campaigner.alerts import rule as rules
from campaigner.core import places
from campaigner.core.i18n import day, language, language_here, ngettext, number
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l

CHANNELS: dict[str, Any] = {
    "web": _l("the campaign page"), "widget": _l("a widget on a site"), "paper": _l("paper"),
    "event": _l("an event"), "api": _l("another program"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers in a rule are called."""

    campaigns: Mapping[int, str] = field(default_factory=dict)
    asks: Mapping[int, str] = field(default_factory=dict)
    organisations: Mapping[int, str] = field(default_factory=dict)
    placements: Mapping[int, str] = field(default_factory=dict)


def say(rule: rules.Node, names: Names) -> Any:
    """People who signed ..., and who ..., but not who ...: one sentence."""
    parts = rule.parts if isinstance(rule, rules.All) else (rule,)
    if not parts:
        return _("Everybody who ever acted or said yes to mails.")
    wanted = [_part(part, names) for part in parts if not isinstance(part, rules.Not)]
    denied = [_part(part.part, names) for part in parts if isinstance(part, rules.Not)]
    people = _("People %(who)s", who=reduce(_and_also, wanted)) if wanted else _("Everybody")
    if denied:
        people = _("%(people)s, but not %(who)s", people=people, who=reduce(_or, denied))
    return f"{people}."


def _and_also(one: str, other: str) -> Any:
    return _("%(one)s and %(other)s", one=one, other=other)


def _or(one: str, other: str) -> Any:
    return _("%(one)s or %(other)s", one=one, other=other)


def _part(node: rules.Node, names: Names) -> Any:
    match node:
        case rules.All(parts):
            return reduce(_and_also, [_part(each, names) for each in parts]) if parts else _("whoever they are")
        case rules.Any_(parts):
            return reduce(_or, [_part(each, names) for each in parts])
        case rules.Not(part):
            return _("not %(who)s", who=_part(part, names))
    return _condition(node, names)


def _condition(condition: rules.Condition, names: Names) -> Any:
    unknown = _("something that is gone")
    match condition:
        case rules.Acted(None, None, since, until):
            return _("who acted on any campaign") + _period(since, until)
        case rules.Acted(campaign, None, since, until):
            title = names.campaigns.get(campaign or 0, unknown)
            return _("who acted on “%(title)s”", title=title) + _period(since, until)
        case rules.Acted(_campaign, ask, since, until):
            return _("who did “%(act)s”", act=names.asks.get(ask or 0, unknown)) + _period(since, until)
        case rules.Speaks(code):
            return _("whose language is %(language)s", language=language_here(code))
        case rules.Lives(province):
            return _("who live in %(place)s", place=places.region_name(province, language()))
        case rules.OfLocal(organisation):
            return _("who belong to %(name)s", name=names.organisations.get(organisation, unknown))
        case rules.SaidYes(organisation):
            return _("who also said yes to mails from %(name)s", name=names.organisations.get(organisation, unknown))
        case rules.YesAge(None, most):
            n = most or 0
            return ngettext("who said yes in the last %(n)s day", "who said yes in the last %(n)s days", n, n=number(n))
        case rules.YesAge(more, _most):
            n = more or 0
            return ngettext(
                "who said yes more than %(n)s day ago", "who said yes more than %(n)s days ago", n, n=number(n)
            )
        case rules.Came(None, placement):
            return _("who came through %(place)s", place=names.placements.get(placement or 0, unknown))
        case rules.Came(channel, _placement):
            return _("who came through %(place)s", place=CHANNELS[channel or "web"])
        case rules.Active(acts, days):
            did = ngettext("who acted at least %(n)s time", "who acted at least %(n)s times", acts, n=number(acts))
            if days is None:
                return did
            return f"{did} " + ngettext("in the last %(n)s day", "in the last %(n)s days", days, n=number(days))
        case rules.FirstAct(since, until):
            return _("who acted for the first time") + _period(since, until)
        case rules.Tagged(tag):
            return _("who carry the tag “%(tag)s”", tag=tag)
        case rules.Mailed(days):
            return ngettext(
                "who had an alert in the last %(n)s day", "who had an alert in the last %(n)s days", days,
                n=number(days),
            )  # fmt: skip
    raise AssertionError(condition)  # pragma: no cover - every kind stands above


def _period(since: date | None, until: date | None) -> str:
    if since and until:
        words = _("between %(first)s and %(last)s", first=day(since), last=day(until))
    elif since:
        words = _("since %(day)s", day=day(since))
    elif until:
        words = _("until %(day)s", day=day(until))
    else:
        return ""
    return f" {words}"
