"""The mails whose outcome nobody knows, a page at a time, and what staff press about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from campaigner.core.errors import DomainError
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.i18n import ngettext, number
from campaigner.outbox import queries as ledger

EACH = 50  # on a page


class NothingChosen(DomainError):
    """A button was pressed, and nothing was ticked for it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them. `number` counts from 1."""

    rows: Sequence[Any]
    total: int
    number: int
    pages: int
    progress: ledger.Progress


@dataclass(frozen=True, slots=True)
class Press:
    """What was decided; about all when `recipients` is None."""

    resend: bool
    recipients: list[str] | None


def page(mailing_id: int, asked: str) -> Page:
    """The page that was asked for, or the nearest there is."""
    progress = ledger.progress(mailing_id)
    pages = max(1, -(-progress.unknown // EACH))
    at = min(pages, max(1, int(asked))) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    rows = ledger.uncertain(mailing_id, limit=EACH, offset=(at - 1) * EACH)
    return Page(rows=rows, total=progress.unknown, number=at, pages=pages, progress=progress)


def pressed(form: MultiDict[str, str]) -> Press:
    """Read the buttons: `ticked` or `all` holds what to do, `who` holds the ticked ones. Raises NothingChosen."""
    ticked, everyone = form.get("ticked"), form.get("all")
    how = everyone or ticked
    if how not in ("resend", "accept"):
        raise NothingChosen(_l("Choose: send again, or count as delivered."))
    if everyone:
        return Press(how == "resend", None)
    chosen = [text.replace("\x00", "") for text in form.getlist("who")[:EACH]]
    if not chosen:
        raise NothingChosen(_l("Tick at least one line first, or use the buttons for all of them."))
    return Press(how == "resend", chosen)


def done(press: Press, count: int) -> Any:
    """What came of it, in a sentence."""
    if not count:
        return _("Nothing was left to decide: somebody did it before, or there is no address any more.")
    if press.resend:
        return ngettext("%(n)s mail goes out again.", "%(n)s mails go out again.", count, n=number(count))
    return ngettext(
        "%(n)s mail is counted as delivered.", "%(n)s mails are counted as delivered.", count, n=number(count)
    )
