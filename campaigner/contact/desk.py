"""The page of the inbox: a pile, and the thread that is open beside it. Only these pages decrypt what people wrote."""

from datetime import date, timedelta
from typing import Any

from flask import current_app, render_template, request
from flask_wtf import FlaskForm

from campaigner.config import LANGUAGES, Settings
from campaigner.contact import inbox, queries, snippets, threads, wording
from campaigner.contact.models import STEPS, ContactMessage
from campaigner.contact.queries import Wish
from campaigner.contact.scoring import WEIGHTS
from campaigner.contact.thread_forms import LongerForm, NoteForm, ReplyForm
from campaigner.contact.topics import TOPICS
from campaigner.core.clock import now, today
from campaigner.core.text import one_line
from campaigner.staff import guard

ROLES = ("admin", "campaigner", "inbox")
LAST_PAGE = 10_000
LONGEST_SEARCH = 200


def settings() -> Settings:
    """The settings in force."""
    found: Settings = current_app.extensions["campaigner"]
    return found


def wish(pile: str) -> Wish:
    """What the address asks for beside the pile. What is not known is not asked for."""
    args = request.args
    owner = args.get("owner", "")
    number = guard.account().id if pile == "mine" or owner == "me" else int(owner) if owner.isdecimal() else None
    return Wish(
        pile="open" if pile == "mine" else pile,
        topic=args.get("topic") if args.get("topic") in TOPICS else None,
        language=args.get("language") if args.get("language") in LANGUAGES else None,
        owner=number if number is None or number < 2**63 else None,
        urgent=args.get("urgent") == "1",
    )


def page(pile: str, *, message: ContactMessage | None, forms: dict[str, FlaskForm] | None = None) -> str:
    """The inbox with a pile or what was searched for, and with a thread when one is open. `forms`: as they came."""
    pile = pile if pile in wording.PILES else "open"
    asked = one_line(request.args.get("q", request.args.get("reference", "")))[:LONGEST_SEARCH]
    chosen = wish(pile)
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    rows, cut = inbox.search(asked) if asked else (queries.chosen(chosen, page=number), False)
    return render_template(
        "contact/staff/inbox.html", pile=pile, rows=rows[: queries.PAGE], more=len(rows) > queries.PAGE and not asked,
        number=number, counts=queries.counts(), message=message, now=now(), words=wording, topics=TOPICS, asked=asked,
        cut=cut or len(rows) > queries.PAGE, wish=chosen, kept=_kept(pile, asked), codes=LANGUAGES,
        colleagues=queries.answerers(ROLES), owners=_owners(rows, message),
        **(_thread(message, forms or {}) if message else {}),
    )  # fmt: skip


def _kept(pile: str, asked: str) -> dict[str, Any]:
    """What the next address keeps of this one."""
    if asked:
        return {"q": asked}
    chosen = ("topic", "language", "owner", "urgent")
    return {"pile": pile, **{name: request.args[name] for name in chosen if request.args.get(name)}}


def _owners(rows: list[ContactMessage], message: ContactMessage | None) -> dict[int, str]:
    ids = {row.owner_id for row in rows} | {message.owner_id if message else None}
    return {each.id: each.name for each in queries.accounts(ids - {None})}


def _thread(message: ContactMessage, forms: dict[str, FlaskForm]) -> dict[str, Any]:
    """All that the page says of one message."""
    names = queries.names(message)
    seen = threads.last_news(message.id)
    reply = forms.get("reply") or ReplyForm(formdata=None)
    if "reply" not in forms:
        reply.seen.data = seen
    merged_into = queries.by_id(message.merged_into_id) if message.merged_into_id else None
    others = [each for each in queries.from_mailbox(message.mailbox) if each.id != message.id]
    return {
        "steps": STEPS, "events": queries.history(message.id), "names": names, "weights": WEIGHTS,
        "said": threads.said(message, names), "files": threads.files_of(message), "merged_into": merged_into,
        "others": others, "here": inbox.others(message.id, account_id=guard.account().id), "seen": seen,
        "reply": reply, "note_form": forms.get("note") or NoteForm(formdata=None),
        "longer": forms.get("longer") or LongerForm(formdata=None), "snippets": snippets.fitting(message),
        "days": _days(message), "left": (message.due_at - now()).days if message.due_at else None,
        "first": threads.unquoted(message.body), "answerable": message.state in inbox.ANSWERABLE and not merged_into,
        "comes_back": bool(settings().mail_return_address), "suggested": _suggested(message),
    }  # fmt: skip


def _suggested(message: ContactMessage) -> str | None:
    """The topic that its words speak of, while it lies under "something else" as its sender chose."""
    return queries.detail(message.id, "routed").get("suggested") if message.topic == "other" else None


def _days(message: ContactMessage) -> list[date]:
    """Days to put it off to: tomorrow, in three days, next Monday, in two weeks."""
    day = today()
    monday = day + timedelta(days=7 - day.weekday())
    return sorted({day + timedelta(days=1), day + timedelta(days=3), monday, day + timedelta(days=14)})


def file_name(reference: str, number: int, kind: str) -> str:
    """What a file is called when it is downloaded: never what its sender called it."""
    return f"{reference}-{number}.{kind}"
