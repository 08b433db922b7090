"""Does everything fit? What stops an alert from leaving, what is worth a second look, and what is fine.

Pure: given an alert and its audience, the same answer every time. The page shows it, and the send
asks it again.
"""

from dataclasses import dataclass
from typing import Literal

from campaigner.alerts import words
from campaigner.alerts.models import Alert
from campaigner.alerts.queries import Audience
from campaigner.alerts.render import FIELDS
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import ngettext, number
from campaigner.outbox import slots

SUBJECT_SEEN = 60  # characters: phones cut a subject off somewhere between 40 and 60
FEWEST_WORDS = 3  # a greeting alone is no message
Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: how bad, what, and what to do about it."""

    level: Level
    sentence: str
    advice: str = ""


def run(alert: Alert, audience: Audience) -> list[Check]:
    """The list for an alert, what stops it first."""
    found = [
        _subject(alert),
        _body(alert),
        *_fields(alert),
        _greeting(alert, audience),
        _people(audience),
        _test(alert),
    ]
    found += [_preheader(alert), Check("ok", _("Unsubscribing is at the bottom and works at once"))]
    order = {"bad": 0, "warn": 1, "ok": 2}
    return sorted((check for check in found if check), key=lambda check: order[check.level])


def blocking(alert: Alert, audience: Audience) -> list[Check]:
    """Only what stops it."""
    return [check for check in run(alert, audience) if check.level == "bad"]


def _subject(alert: Alert) -> Check:
    length = len(alert.subject)
    if not length:
        return Check("bad", _("There is no subject yet"), _("Say in a few words what happened."))
    sentence = ngettext("The subject is %(n)s character", "The subject is %(n)s characters", length, n=length)
    if length > SUBJECT_SEEN:
        return Check("warn", sentence, _("On phones the last words fall off. Up to %(n)s is safe.", n=SUBJECT_SEEN))
    return Check("ok", sentence)


def _body(alert: Alert) -> Check:
    if len(slots.MARK.sub("", alert.body).split()) < FEWEST_WORDS:
        return Check("bad", _("There is no message yet"), _("Write what happened and what people can do now."))
    count, seconds = reading(alert.body)
    return Check("ok", _("%(words)s words, %(seconds)s seconds to read", words=number(count), seconds=number(seconds)))


def reading(body: str) -> tuple[int, int]:
    """Words, and seconds to read them at 220 a minute."""
    count = len(body.split())
    return count, max(1, round(count / 220 * 60))


def _fields(alert: Alert) -> list[Check]:
    try:
        slots.check(" \n".join([alert.subject, alert.preheader, alert.body]), allowed=FIELDS)
    except slots.BadSlots as error:
        advice = _("Only %(field)s exists. Correct it or take it out.", field="{{voornaam}}")
        return [Check("bad", _("Nobody can fill in %(mark)s", mark=mark), advice) for mark in error.marks]
    return []


def _greeting(alert: Alert, audience: Audience) -> Check | None:
    if not audience.nameless:
        return None
    n = audience.nameless
    sentence = ngettext("%(n)s person left no first name", "%(n)s people left no first name", n, n=number(n))
    greeting = slots.fill(words.GREETINGS[alert.language], {"voornaam": ""}, "text")
    advice = _(
        "They read “%(greeting)s”, for example. Or write %(field)s.", greeting=greeting, field="{{voornaam|...}}"
    )
    return Check("ok", sentence, advice)


def _people(audience: Audience) -> Check | None:
    if audience.total:
        return None
    return Check("bad", _("Nobody gets this alert"), _("The sum shows why. Choose another campaign or language."))


def _test(alert: Alert) -> Check:
    if alert.tested_at is None:
        return Check("warn", _("You have not sent a test yet"), _("Look at it in your own mailbox first."))
    if alert.tested_at < alert.changed_at:
        return Check("warn", _("You changed it after the test"), _("Send yourself another one."))
    return Check("ok", _("You sent yourself a test of this version"))


def _preheader(alert: Alert) -> Check | None:
    if alert.preheader:
        return None
    return Check("warn", _("There is no first line"), _("Mailboxes then show the start of the mail's top."))
