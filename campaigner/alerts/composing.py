"""What the page on which an alert is written needs: its form, readers to try it on, versions side by side."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from flask import request
from wtforms.fields.choices import SelectChoice

from campaigner.alerts import around, forms, render, senders, words
from campaigner.alerts.models import WORDS, Alert
from campaigner.alerts.render import Words
from campaigner.config import Settings
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import queries as accounts
from campaigner.staff.models import Account

# The worst readers. The long name is cut to the length of the longest one in the audience: nobody's name is shown.
LONG = "Maximiliana-Wilhelmina-Alexandrina-Constantina-Josephina-Theodora"
OTHER_ALPHABET = "Ольга علياء"
TESTERS = ("admin", "campaigner", "translator")
ACTS: dict[str, Any] = {
    "petition": _l("the petition, filled in for the reader"),
    "letter": _l("the letter, filled in for the reader"),
    "solidarity": _l("the message, filled in for the reader"),
}
DARK = "(prefers-color-scheme: dark)"


def language_of(alert: Alert, asked: str | None) -> str:
    """The language that is written now: the one that was asked for, or the first."""
    return asked if asked in alert.languages else alert.language


def form_of(alert: Alert, code: str, me: Account) -> forms.Words:
    """The form of one language."""
    text = alert.text(code)
    kept = {name: getattr(text, name) for name in WORDS} if text else {}
    now = {"act": alert.act or "", "seen": text.version if text else None, "to": [me.id], "test_name": first_name(me)}
    form = forms.Words(data={**kept, **now})
    page = SelectChoice("", _("the page of the campaign"))
    form.act.choices = [
        page,
        *(SelectChoice(ask.kind, str(ACTS.get(ask.kind, ask.kind))) for ask in alert.campaign.asks),
    ]
    form.to.choices = [SelectChoice(each.id, each.name) for each in testers(me)]
    return form


def typed(form: forms.Words) -> dict[str, str]:
    """The words in a form."""
    return {name: form[name].data or "" for name in WORDS}


def seen_now(form: forms.Words, version: int) -> None:
    """Let the form be sent again upon the version that its page tells of."""
    form.seen.data, form.seen.raw_data = version, None


def as_typed(alert: Alert, code: str) -> Words:
    """What stands in the form that was sent, cut to what can be kept; else what is kept."""
    if request.method != "POST":
        return render.words_of(alert, code)
    return Words(**{name: value[: words.LIMITS[name]] for name, value in typed(forms.Words()).items()})


def testers(me: Account) -> list[Account]:
    """Whom a test may go to: people of staff who write or send alerts, whoever is logged in first."""
    others = [each for each in accounts.accounts() if each.active and each.has_any(TESTERS) and each.id != me.id]
    return [me, *others]


def addresses(ids: Iterable[int], me: Account) -> list[str]:
    """The mailboxes of those who were ticked; one's own when nobody was."""
    chosen = set(ids) or {me.id}
    return [each.email for each in testers(me) if each.id in chosen]


def first_name(account: Account) -> str:
    """How somebody is called in a preview or a test."""
    return account.name.partition(" ")[0].partition("@")[0]


def names() -> dict[int, str]:
    """What every account is called, by its id."""
    return {account.id: account.name for account in accounts.accounts()}


def name_of(account_id: int) -> str:
    """What an account is called."""
    return names().get(account_id) or str(_("A colleague"))


def reader(alert: Alert, asked: str, me: str) -> str:
    """The first name of the reader to try it on: one's own, none, as long as the longest, another alphabet."""
    if asked == "nameless":
        return ""
    if asked == "longest":
        return LONG[: max(around.longest_name(alert), 12)]
    return OTHER_ALPHABET if asked == "alphabet" else me


def inbox(alert: Alert, said: Words, name: str, settings: Settings) -> dict[str, str]:
    """What the list of a mailbox shows of it."""
    return {
        "sender": senders.name_of(alert.organisation, settings),
        "subject": render.sample_line(said.subject, first_name=name),
        "line": render.sample_line(said.preheader, first_name=name),
    }


def lit(html: str, *, dark: bool) -> str:
    """The mail as a mailbox in the light or in the dark shows it, whatever the device of the editor likes."""
    scheme = "dark" if dark else "light"
    return html.replace(DARK, "all" if dark else "not all").replace(
        "color-scheme: light dark", f"color-scheme: {scheme}"
    )


def compare(now: Words, then: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a version says, part by part: pieces that are the same (""), only there ("del") or only now ("ins")."""
    both = [(name, str(getattr(then, name)), str(getattr(now, name))) for name in WORDS]
    return [(name, _pieces(old, new)) for name, old, new in both if old or new]


def _pieces(then: str, now: str) -> list[tuple[str, str]]:
    before, after = then.split(" "), now.split(" ")
    found: list[tuple[str, str]] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("", " ".join(before[a:b]) + " "))
        else:
            found += [("del", " ".join(before[a:b]) + " ")] if b > a else []
            found += [("ins", " ".join(after[c:d]) + " ")] if d > c else []
    return found
