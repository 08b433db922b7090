"""What is typed or chosen about an open thread: an answer, a note, another owner, topic or day, two joined, a file.

Nothing that was typed is ever lost: a form that cannot be taken comes back with its words and says why.
"""

from collections.abc import Callable
from datetime import date

from flask import Response, flash, jsonify, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from campaigner.contact import desk, inbox, queries, snippets, threads
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_forms import LongerForm, NoteForm, ReplyForm
from campaigner.contact.thread_models import ContactAttachment
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other, talisman
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("thread", __name__, url_prefix="/staff/inbox", roles=desk.ROLES)
FILE_POLICY = {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}


@bp.post("/<int:message_id>/reply")
def reply(message_id: int) -> BaseResponse:
    """Answer by mail; or put a saved reply into what is being written."""
    message, form = _message(message_id), ReplyForm()
    if request.form.get("insert"):
        return _inserted(message, form)
    if not form.validate_on_submit():
        return _shown(message, "reply", form, 422)
    me, seen = guard.account().id, form.last_seen
    try:
        with transaction():
            inbox.reply(
                message_id, account_id=me, body=form.body.data, nonce=form.nonce.data, seen=seen,
                keep_open=form.keep.data, settings=desk.settings(),
            )  # fmt: skip
            _record("reply", message)
    except DomainError as error:
        form.seen.data = threads.last_news(message_id)  # what happened is on the page now
        return _shown(_message(message_id), "reply", form, error.status, error)
    flash(_("Your answer is on its way."), "ok")
    return see_other("inbox.show", message_id=message_id)


def _inserted(message: ContactMessage, form: ReplyForm) -> BaseResponse:
    """The form with a saved reply behind what was typed. Nothing is sent."""
    number = request.form.get("insert", 0, type=int) or 0
    snippet = snippets.by_id(number if 0 < number < 2**63 else 0)
    words, _language = snippets.filled(snippet, message, writer=guard.account().name, host=desk.settings().host_name)
    form.body.data = f"{form.body.data}\n\n{words}".strip() if form.body.data else words
    return _shown(message, "reply", form, 200)


@bp.post("/<int:message_id>/note")
def note(message_id: int) -> BaseResponse:
    """Words for colleagues."""
    message, form = _message(message_id), NoteForm()
    if not form.validate_on_submit():
        return _shown(message, "note", form, 422)
    with transaction():
        inbox.note(message_id, account_id=guard.account().id, body=form.body.data, nonce=form.nonce.data)
        _record("note", message)
    return see_other("inbox.show", message_id=message_id, _anchor="said")


@bp.post("/<int:message_id>/assign")
def assign(message_id: int) -> BaseResponse:
    """In somebody's hands, or in nobody's."""
    typed = request.form.get("to", "")
    to = int(typed) if typed.isdecimal() and len(typed) < 18 else None
    if to is not None and to not in {account.id for account in queries.answerers(desk.ROLES)}:
        raise DomainError(_l("Choose a colleague from the list."))
    return _done(message_id, "assign", lambda me: inbox.assign(message_id, account_id=me, to=to))


@bp.post("/<int:message_id>/topic")
def move(message_id: int) -> BaseResponse:
    """It is about something else."""
    topic = request.form.get("topic", "")
    return _done(message_id, "topic", lambda me: inbox.move(message_id, account_id=me, topic=topic))


@bp.post("/<int:message_id>/snooze")
def snooze(message_id: int) -> BaseResponse:
    """Put it off to a day."""
    try:
        until = date.fromisoformat(request.form.get("until", ""))
    except ValueError as error:
        raise DomainError(_l("Choose a day that is still to come, within half a year.")) from error
    return _done(message_id, "snooze", lambda me: inbox.snooze(message_id, account_id=me, until=until))


@bp.post("/<int:message_id>/wake")
def wake(message_id: int) -> BaseResponse:
    """Bring it back."""
    return _done(message_id, "wake", lambda me: inbox.wake(message_id, account_id=me))


@bp.post("/<int:message_id>/merge")
def merge(message_id: int) -> BaseResponse:
    """Go on with it in another thread."""
    into = request.form.get("into", "")
    return _done(message_id, "merge", lambda me: inbox.merge(message_id, account_id=me, into=into))


@bp.post("/<int:message_id>/longer")
def longer(message_id: int) -> BaseResponse:
    """Take two more months for a request about personal data, and say why."""
    message, form = _message(message_id), LongerForm()
    if not form.validate_on_submit():
        return _shown(message, "longer", form, 422)
    try:
        with transaction():
            inbox.extend(
                message_id, account_id=guard.account().id, reason=form.body.data, nonce=form.nonce.data,
                settings=desk.settings(),
            )  # fmt: skip
            _record("longer", message)
    except DomainError as error:
        return _shown(_message(message_id), "longer", form, error.status, error)
    return see_other("inbox.show", message_id=message_id)


@bp.post("/<int:message_id>/here")
def here(message_id: int) -> Response:
    """The page says that somebody writes; the answer says who else does, and whether something happened since."""
    me = guard.account().id
    seen = request.form.get("seen", 0, type=int) or 0
    with transaction():
        _message(message_id)
        inbox.here(message_id, account_id=me)
    return jsonify(
        others=inbox.others(message_id, account_id=me), news=threads.last_news(message_id, of_others_than=me) > seen
    )


@bp.get("/files/<int:file_id>")
@talisman(content_security_policy=FILE_POLICY)  # type: ignore[untyped-decorator]
def download(file_id: int) -> Response:
    """A file that hung on a mail: as a download under a name of ours, never shown by the browser."""
    found = db.session.get(ContactAttachment, file_id)
    if found is None:
        raise NotFound(_l("This file is no longer here."))
    name = desk.file_name(_message(found.message_id).reference, found.number, found.kind)
    response = Response(found.content.encode("latin-1"), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _done(message_id: int, what: str, verb: Callable[[int], ContactMessage]) -> BaseResponse:
    """One verb, its line in the audit trail, and the thread that it leads to."""
    me = guard.account().id
    with transaction():
        before = _message(message_id).reference
        after = verb(me)
        staff.record(account_id=me, what=f"contact {what}", about=f"contact:{before}")
    return see_other("inbox.show", message_id=after.id)


def _record(what: str, message: ContactMessage) -> None:
    staff.record(account_id=guard.account().id, what=f"contact {what}", about=f"contact:{message.reference}")


def _message(message_id: int) -> ContactMessage:
    message = queries.by_id(message_id)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return message


def _shown(
    message: ContactMessage, name: str, form: FlaskForm, status: int, error: DomainError | None = None
) -> BaseResponse:
    """The thread, with a form as it came and what was wrong with it."""
    if error is not None:
        form.form_errors.append(error.sentence)
    page = desk.page(queries.pile_of(message), message=message, forms={name: form})
    return Response(page, status=status, content_type="text/html; charset=utf-8")
