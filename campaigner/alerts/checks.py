"""Does everything fit? What stops an alert from leaving, what is worth a second look, and what is fine.

Given an alert, its audience and the numbers around it, the same answer every time. The page shows it, and
the send asks it again. Each line says why, and what to do about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from campaigner.alerts import links, markup, render, suggest, trials, words
from campaigner.alerts.around import Around
from campaigner.alerts.models import Alert
from campaigner.alerts.queries import Audience
from campaigner.alerts.render import FACTS, FIELDS, Words
from campaigner.config import Settings
from campaigner.core.clock import BRUSSELS, now
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import language_here, ngettext, number
from campaigner.outbox import slots

SUBJECT_SEEN = 40  # characters: what a small phone shows of a subject
SUBJECT_MOST = 60  # and a large one
CLIPPED = 102 * 1024  # bytes of HTML after which Gmail hides the rest, and the way out stands last
FEWEST_TRIED = 1000  # people, both texts together: fewer hardly ever tell a difference
FEWEST_WORDS = 3  # a greeting alone is no message
DAY = range(7, 21)  # hours in Brussels at which a mail wakes nobody
Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: how bad, what, what to do about it, and a way there.

    `language` is what a press of `press` is about: "translate" starts that language, "skip" leaves it out.
    """

    level: Level
    sentence: str
    advice: str = ""
    language: str = ""
    presses: tuple[str, ...] = ()


def run(
    alert: Alert, audience: Audience, around: Around, *, settings: Settings, typed: Mapping[str, Words] | None = None,
    moment: datetime | None = None,
) -> list[Check]:  # fmt: skip
    """The list for an alert, what stops it first. `typed` stands in a form; `moment` is when it would leave."""
    said = {code: (typed or {}).get(code) or render.words_of(alert, code) for code in alert.languages}
    found: list[Check | None] = []
    for code, each in said.items():
        found += [_named(check, code, alert) for check in _of_text(alert, code, each, audience, settings) if check]
    found += _trial(alert, audience, settings)
    found += [*_translations(around), _people(audience), _more_than_ever(audience, around), _lately(around)]
    found += [_night(moment or now()), _test(alert)]
    order = {"bad": 0, "warn": 1, "ok": 2}
    return sorted((check for check in found if check), key=lambda check: order[check.level])


def _trial(alert: Alert, audience: Audience, settings: Settings) -> Iterator[Check]:
    """What stands against the second text, when there is one."""
    if alert.trial is None:
        return
    for code in alert.languages:
        for check in _of_text(alert, code, trials.words_of(alert, code), audience, settings):
            if check is not None and check.level != "ok":
                sentence = _("Second text: %(what)s", what=check.sentence)
                yield from filter(None, [_named(Check(check.level, sentence, check.advice), code, alert)])
    tried = audience.total * alert.trial.share // 100
    if tried < FEWEST_TRIED:
        sentence = ngettext("It is tried on %(n)s person", "It is tried on %(n)s people", tried, n=number(tried))
        yield Check("warn", sentence, _("That is too few to tell two texts apart: you will have to choose yourself."))


def blocking(checks: list[Check]) -> list[Check]:
    """Only what stops it."""
    return [check for check in checks if check.level == "bad"]


def _named(check: Check, code: str, alert: Alert) -> Check:
    """With the language before it, where there is more than one."""
    if len(alert.languages) < 2:
        return check
    sentence = f"{language_here(code).capitalize()}: {check.sentence}"
    return Check(check.level, sentence, check.advice, check.language, check.presses)


def _of_text(alert: Alert, code: str, said: Words, audience: Audience, settings: Settings) -> Iterator[Check | None]:
    yield _subject(said)
    yield _body(said)
    yield from _fields(said)
    yield _greeting(said, code, audience)
    yield _preheader(said)
    yield from _links(said, settings)
    yield from _pictures(said, settings)
    yield from _mail(alert, code, said, settings)


def _subject(said: Words) -> Check:
    length = len(slots.spoken(said.subject))
    if not length:
        return Check("bad", _("There is no subject yet"), _("Say in a few words what happened."))
    sentence = ngettext("The subject is %(n)s character", "The subject is %(n)s characters", length, n=length)
    if length > SUBJECT_MOST:
        return Check("warn", sentence, _("On phones the last words fall off. Up to %(n)s is safe.", n=SUBJECT_SEEN))
    if length > SUBJECT_SEEN:
        return Check(
            "warn", sentence, _("On small phones the last word falls off. Up to %(n)s is safe.", n=SUBJECT_SEEN)
        )
    return Check("ok", sentence)


def _body(said: Words) -> Check:
    if len(slots.MARK.sub("", said.body).split()) < FEWEST_WORDS:
        return Check("bad", _("There is no message yet"), _("Write what happened and what people can do now."))
    count, seconds = reading(said.body)
    return Check("ok", _("%(words)s words, %(seconds)s seconds to read", words=number(count), seconds=number(seconds)))


def reading(body: str) -> tuple[int, int]:
    """Words, and seconds to read them at 220 a minute."""
    count = len(body.split())
    return count, max(1, round(count / 220 * 60))


def _fields(said: Words) -> Iterator[Check]:
    for mark in bad_marks(said):
        meant = suggest.field(mark)
        advice = (
            _("Did you mean %(field)s?", field=f"{{{{{meant}}}}}")
            if meant
            else _("You may use %(fields)s. Correct it or take it out.", fields=suggest.all_fields())
        )
        yield Check("bad", _("Nobody can fill in %(mark)s", mark=mark), advice)


def bad_marks(said: Words) -> tuple[str, ...]:
    """The marks in a text that are no fields."""
    try:
        slots.check(" \n".join(said.marked), allowed=(*FIELDS, *FACTS))
    except slots.BadSlots as error:
        return error.marks
    return ()


def _greeting(said: Words, code: str, audience: Audience) -> Check | None:
    bare = any(found["name"] == "voornaam" and not found["fallback"] for found in slots.MARK.finditer(said.body))
    if not audience.nameless or not bare:
        return None
    n = audience.nameless
    sentence = ngettext("%(n)s person left no first name", "%(n)s people left no first name", n, n=number(n))
    greeting = slots.fill(words.GREETINGS[code], {"voornaam": ""}, "text")
    advice = _(
        "They read “%(greeting)s”, for example. Or write %(field)s.", greeting=greeting, field="{{voornaam|...}}"
    )
    return Check("ok", sentence, advice)


def _preheader(said: Words) -> Check | None:
    if said.preheader:
        return None
    return Check("warn", _("There is no first line"), _("Mailboxes then show the start of the mail's top."))


def _links(said: Words, settings: Settings) -> Iterator[Check]:
    found = links.of(said.body, settings=settings)
    for link in found:
        if link.kind == "broken":
            yield Check(
                "bad",
                _("There is no page at %(address)s", address=link.address),
                _("Correct the link, or take it out."),
            )
        elif link.kind == "unusable":
            yield Check(
                "bad",
                _("“%(words)s” leads nowhere", words=link.words or link.address),
                _("Write the whole address, with https:// in front."),
            )
        elif link.kind == "closed":
            yield Check(
                "warn",
                _("The campaign at %(address)s takes no acts now", address=link.address),
                _("Choose another page, or open the campaign first."),
            )
    insecure = _sites(found, "insecure")
    if insecure:
        yield Check(
            "warn",
            _("Not a safe link: %(sites)s", sites=insecure),
            _("It begins with http://. Try https:// in its place."),
        )
    elsewhere = _sites(found, "elsewhere")
    if elsewhere:
        yield Check(
            "warn",
            _("You link to another site: %(sites)s", sites=elsewhere),
            _("We did not open it. Try it yourself; what people do there we do not see."),
        )
    fine = sum(link.kind in ("ours", "act", "mail") for link in found)
    if fine and fine == len(found):
        yield Check("ok", ngettext("The link works", "All %(n)s links work", fine, n=number(fine)))


def _sites(found: list[links.Link], kind: str) -> str:
    return ", ".join(dict.fromkeys(link.site for link in found if link.kind == kind))


def _pictures(said: Words, settings: Settings) -> Iterator[Check]:
    for address, alt in markup.links(said.body).pictures:
        if not markup.is_ours(address, settings.public_url):
            yield Check(
                "bad", _("A picture of another site is left out: %(address)s", address=address),
                _("It would tell that site who opens the mail. Use a picture of ours, or none."),
            )  # fmt: skip
        elif not alt:
            yield Check(
                "bad", _("A picture has no words"),
                _("Many mailboxes hide pictures, and some people cannot see. Write between [ and ] what it shows."),
            )  # fmt: skip


def _mail(alert: Alert, code: str, said: Words, settings: Settings) -> Iterator[Check]:
    """What can only be seen on the finished mail."""
    if bad_marks(said):
        return
    made = render.content(alert, code, settings, words=said)
    weight = len(made["html"].encode())
    if weight > CLIPPED:
        kilos = number(round(weight / 1024))
        yield Check(
            "bad",
            _("The mail weighs %(n)s kB", n=kilos),
            _("Gmail hides everything after 102 kB, the way to unsubscribe too. Make it shorter."),
        )
    if all("{{afmelden}}" in made[part] for part in ("text", "html")):
        yield Check("ok", _("Unsubscribing is at the bottom and works at once"))
    else:
        yield Check(
            "bad",
            _("There is no way to unsubscribe"),
            _("The footer of the mail was changed. Ask whoever runs the server."),
        )


def _translations(around: Around) -> Iterator[Check]:
    for code, people in around.unspoken.items():
        yield Check(
            "bad", _("There is no version in this language yet: %(language)s", language=language_here(code)),
            ngettext("%(n)s person gets nothing now.", "%(n)s people get nothing now.", people, n=number(people)),
            code, ("translate", "skip"),
        )  # fmt: skip


def _people(audience: Audience) -> Check | None:
    if audience.total:
        return None
    return Check("bad", _("Nobody gets this alert"), _("The sum shows why. Choose another campaign or language."))


def _more_than_ever(audience: Audience, around: Around) -> Check | None:
    if not around.most or audience.total <= around.most:
        return None
    n = number(around.most)
    return Check(
        "warn",
        _("More people than ever before"),
        _("Your largest alert went to %(n)s. Look at the sum once more.", n=n),
    )


def _lately(around: Around) -> Check | None:
    if not around.lately:
        return None
    n = around.lately
    sentence = ngettext(
        "%(n)s of them had a mail in the last three days",
        "%(n)s of them had a mail in the last three days",
        n,
        n=number(n),
    )
    return Check("warn", sentence, _("Wait a few days, or choose fewer people: who gets too many mails unsubscribes."))


def _night(moment: datetime) -> Check | None:
    there = moment.astimezone(BRUSSELS)
    if there.hour in DAY:
        return None
    return Check(
        "warn",
        _("It is %(time)s at night in Brussels", time=f"{there:%H:%M}"),
        _("A mail at night wakes people, and fewer read it. Wait until the morning."),
    )


def _test(alert: Alert) -> Check:
    if alert.tested_at is None:
        return Check("warn", _("You have not sent a test yet"), _("Look at it in your own mailbox first."))
    if alert.tested_at < alert.changed_at:
        return Check("warn", _("You changed it after the test"), _("Send yourself another one."))
    return Check("ok", _("You sent yourself a test of this version"))
