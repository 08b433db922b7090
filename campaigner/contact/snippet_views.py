"""Saved replies: the list, and one of them in four languages."""

from flask import Response, flash, render_template
from werkzeug.wrappers import Response as BaseResponse

from campaigner.contact import desk, snippets
from campaigner.contact.thread_forms import SnippetForm
from campaigner.contact.topics import TOPICS
from campaigner.core.db import transaction
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.staff import guard
from campaigner.staff import service as staff

bp = guard.blueprint("snippets", __name__, url_prefix="/staff/inbox/snippets", roles=desk.ROLES)


@bp.get("/")
def listed() -> str:
    """All of them, and in which languages they are."""
    return render_template("contact/staff/snippets.html", snippets=snippets.every(), topics=TOPICS, codes=LANGUAGES)


@bp.post("/examples")
def examples() -> BaseResponse:
    """Begin with ours."""
    me = guard.account().id
    with transaction():
        number = snippets.begin(account_id=me)
        staff.record(account_id=me, what="snippets begun", about="contact", detail={"number": number})
    return see_other("snippets.listed")


@bp.route("/new", methods=["GET", "POST"])
def new() -> BaseResponse | str:
    """An empty one."""
    return _edited(None, SnippetForm())


@bp.route("/<int:snippet_id>", methods=["GET", "POST"])
def edit(snippet_id: int) -> BaseResponse | str:
    """One of them."""
    found = snippets.by_id(snippet_id)
    return _edited(snippet_id, SnippetForm(name=found.name, topic=found.topic or "", **found.texts))


@bp.post("/<int:snippet_id>/remove")
def remove(snippet_id: int) -> BaseResponse:
    """Throw it away."""
    me = guard.account().id
    with transaction():
        name = snippets.remove(snippet_id)
        staff.record(account_id=me, what="snippet removed", about=f"snippet:{snippet_id}", detail={"name": name})
    flash(_("“%(name)s” is gone.", name=name), "ok")
    return see_other("snippets.listed")


def _edited(snippet_id: int | None, form: SnippetForm) -> BaseResponse | str:
    """The form, or what follows from it."""
    if not form.validate_on_submit():
        page = render_template(
            "contact/staff/snippet.html", form=form, snippet_id=snippet_id, fields=snippets.FIELDS, codes=LANGUAGES
        )
        return Response(page, status=422 if form.errors else 200, content_type="text/html; charset=utf-8")
    me, topic = guard.account().id, form.topic.data if form.topic.data in TOPICS else None
    with transaction():
        kept = snippets.save(snippet_id, name=form.name.data, topic=topic, texts=form.texts, account_id=me)
        staff.record(account_id=me, what="snippet saved", about=f"snippet:{kept.id}")
    flash(_("Saved."), "ok")
    return see_other("snippets.listed")
