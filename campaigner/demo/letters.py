"""The letters of the sample campaigns: what people can write, and how it reaches targets that do not exist."""

from typing import Any

from campaigner.campaigns.models import Campaign
from campaigner.core.i18n import LANGUAGES
from campaigner.letters import targets, wording
from campaigner.letters.targets import Face, Line
from campaigner.letters.wording import Words


def load(campaign: Campaign, entry: dict[str, Any]) -> None:
    """Give a sample campaign the letter that its file describes; the first target is there, others are added.

    All addresses end in `.example` (RFC 2606), and the demo's mail never leaves the machine.
    """
    ask = wording.ask_of(campaign)
    wording.aim(ask, rule=entry["rule"], written_in=entry["written_in"] or None, by=None)
    for code in LANGUAGES:
        if code in entry["words"]:
            words = entry["words"][code]
            spoken = Words(
                subjects=tuple(words["subjects"]), opening=words["opening"], body=words["body"].strip(),
                closing=words["closing"], tips=tuple(words["tips"]),
            )  # fmt: skip
            wording.write(ask, language=code, words=spoken, by=None)
    first, *others = entry["targets"]
    target = campaign.targets[0]
    there = Face(target.name, target.role, target.organisation, target.country, target.province, target.language)
    targets.edit(target, face=there, line=_line(first), by=None)
    for other in others:
        face = Face(
            other["name"], other["role"], other["organisation"], other["country"] or None, None, other["language"]
        )
        targets.add(campaign, face=face, line=_line(other), by=None)


def _line(entry: dict[str, Any]) -> Line:
    return Line(
        address=entry["address"], fallback=entry["fallback"] or None, person=entry["person"], mode=entry["mode"],
        timezone=entry["timezone"],
    )  # fmt: skip
