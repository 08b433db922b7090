"""An alert becomes a mail: its words into the poster look once per language, with the slots left open for each person.

What staff write is Markdown and nothing else; no template language of theirs is ever run. A preview is
written by the engine itself, from the same content, so that what staff see is what leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from campaigner.actions import queries as actions
from campaigner.alerts import markup, queries, senders
from campaigner.alerts.models import WORDS, Alert
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.i18n import country, force_locale, number
from campaigner.core.i18n import gettext as _
from campaigner.outbox import message, render, slots
from campaigner.outbox.models import Delivery, Mailing

FIELDS = ("voornaam",)  # differs from one person to the next
FACTS = ("aantal", "doel", "campagne")  # the same for everybody: the campaign's count, goal and title
READER = "voorbeeld@voorbeeld.example"


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says in one language: as it is kept, or as it stands in a form."""

    subject: str = ""
    preheader: str = ""
    body: str = ""
    button_label: str = ""

    @property
    def marked(self) -> tuple[str, ...]:
        """The parts that may hold marks."""
        return self.subject, self.preheader, self.body, self.button_label


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as one reader gets it."""

    sender: str
    subject: str
    preheader: str
    text: str
    html: str
    weight: int  # bytes of its HTML


def words_of(alert: Alert, language: str) -> Words:
    """What is kept in a language; nothing where it is not written yet."""
    text = alert.text(language)
    return Words(**{name: getattr(text, name) for name in WORDS}) if text else Words()


def content(alert: Alert, language: str, settings: Settings, *, words: Words | None = None) -> dict[str, str]:
    """What the outbox keeps of an alert in one language, with {{voornaam}}, {{knop}} and {{afmelden}} still in it.

    The count in the tally box is the one of this moment. Raises BadSlots for a field that is none.
    """
    typed = words or words_of(alert, language)
    for part in typed.marked:
        slots.check(part, allowed=(*FIELDS, *FACTS))
    with force_locale(language):
        values = _values(alert, language, typed, settings)
        sender = senders.name_of(alert.organisation, settings)
    parts = render.parts("alerts/mails/alert", language=language, values=values)
    act = f"{alert.campaign_id}/{alert.act}" if alert.act else str(alert.campaign_id)
    page = f"{settings.public_url}/{language}/c/{alert.campaign.slug}"
    url = f"{page}?act={alert.act}#act" if alert.act else page
    return {
        "subject": parts.subject, "text": parts.text, "html": parts.html,
        "from_name": sender, "act": act, "button_url": url,
    }  # fmt: skip


def _values(alert: Alert, language: str, words: Words, settings: Settings) -> dict[str, Any]:
    """What the templates of the mail are filled with, in the language in force."""
    campaign = alert.campaign
    text = queries.campaign_text(campaign.id, language=language)
    place = campaign.place_label or (country(campaign.country) if campaign.country else "")
    title = text.title.replace("\u00ad", "") if text else campaign.slug
    count = actions.count(campaign.id)
    facts = {"aantal": number(count), "doel": number(campaign.goal), "campagne": title}
    subject, preheader, body, label = (_told(part, facts) for part in words.marked)
    return {
        "alert_subject": subject,
        "preheader": preheader,
        "kicker": _("News from %(place)s", place=place) if place else "",
        "body_html": markup.styled(body, ours=settings.public_url),
        "body_text": markup.plain(body),
        "button": label or _("To the campaign"),
        "button_url": markup.SLOT,
        "title": title,
        "sender": alert.organisation.name,
        "pillar": campaign.pillar,
        "count": count,
        "goal": campaign.goal,
    }


def _told(part: str, facts: Mapping[str, str]) -> str:
    """A text with what is the same for everybody filled in."""
    return slots.MARK.sub(lambda found: facts.get(found["name"], found[0]), part)


def mail(alert: Alert, language: str, settings: Settings, *, first_name: str, words: Words | None = None) -> Mail:
    """The mail that a person of this name gets, written by the engine. Its links belong to nobody.

    Raises BadSlots for a field that is none.
    """
    typed = words or words_of(alert, language)
    kept = {**content(alert, language, settings, words=typed), "act": ""}
    moment = now()
    mailing = Mailing(id=0, queue="bulk", organisation_id=alert.organisation_id, content={language: kept})
    delivery = Delivery(
        mailing_id=0, recipient="preview", address=READER, first_name=first_name, language=language,
        created_at=moment, offered_at=moment,
    )  # fmt: skip
    letter = message.Writer(mailing, settings).letter(delivery, eight_bit=True)
    read: Any = message_from_bytes(letter.text, policy=policy.default)
    html = _part(read, "html")
    seen = sample_line(typed.preheader, first_name=first_name)
    return Mail(kept["from_name"], str(read["Subject"]), seen, _part(read, "plain"), html, len(html.encode()))


def sample_line(line: str, *, first_name: str) -> str:
    """One line as a person of this name reads it in the list of a mailbox."""
    values = {"voornaam": first_name} | dict.fromkeys(slots.names(line) - {"voornaam"}, "")
    return slots.fill(line, values, "header")


def _part(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
