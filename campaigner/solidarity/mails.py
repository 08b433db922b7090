"""The digest that the partner gets: what is new on the wall, in the words it was written in."""

import re

from campaigner.campaigns import queries as campaigns
from campaigner.core import web
from campaigner.outbox import service as outbox
from campaigner.solidarity import queries
from campaigner.solidarity.models import Issue, PartnerLine
from campaigner.solidarity.queries import Shown

AT_MOST = 60  # messages in one mail; the booklet holds all of them
# A space of no width where mail programs would see an address and make a link of it.
_LINKABLE = re.compile(r"(?<=://)|(?<=\w)(?=\.\w)|(?<=@)(?=\w)")


def digest(issue: Issue, *, line: PartnerLine, token: str, messages: list[Shown]) -> str:
    """Pass new messages on to the partner. Returns what the outbox said, or "untold" for a campaign without a text."""
    page = campaigns.page(line.campaign.slug, line.language, hidden=True)
    if page is None:  # nothing is written about it any more; the other partners still get theirs
        return "untold"
    return outbox.put(
        kind=queries.DIGEST,
        cause=queries.cause(issue),
        to=line.address or "",
        language=line.language,
        template="solidarity/mails/digest",
        values={
            "title": page.title,
            "text_language": page.text_language,
            "pillar": page.campaign.pillar,
            "messages": [_plain(each) for each in messages[:AT_MOST]],
            "number": len(messages),
            "more": max(0, len(messages) - AT_MOST),
            "wall_url": web.absolute("solidarity.wall", lang=line.language, slug=page.campaign.slug),
            "booklet_url": web.absolute("solidarity.booklet", token=token),
        },
        queue="default",
        headers={"Auto-Submitted": "auto-generated"},
    )


def _plain(message: Shown) -> dict[str, str | None]:
    """A message for a mail, in which nothing becomes a link."""
    return {
        "text": _LINKABLE.sub("\u200b", message.text), "language": message.language, "direction": message.direction,
        "signature": ", ".join(part for part in (message.name, message.place) if part),
    }  # fmt: skip
