"""Bringing people in, for admins: a file, its columns and what proves the yes, the dry run, the import, undo."""

from typing import Any

from flask import flash, render_template, request
from flask_security import current_user
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import gettext as _
from campaigner.core.web import see_other
from campaigner.imports import forms, presets, reading
from campaigner.imports import service as imports
from campaigner.imports.models import BUSY, PeopleImport
from campaigner.organisations import queries as organisations
from campaigner.staff import guard
from campaigner.staff import service as staff

ROLES = ("admin",)
bp = guard.blueprint("imports", __name__, url_prefix="/staff/people", roles=ROLES)
ONE = "/<int:import_id>"
SHOWN = 3  # lines of the file on its page


@bp.url_value_preprocessor
def _room_for_a_file(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be larger than a form, for those who may send one; before anything reads it."""
    if request.endpoint == "imports.index" and current_user.is_authenticated and current_user.has_any(ROLES):
        request.max_content_length = imports.LARGEST + 1024 * 1024


@bp.route("/", methods=["GET", "POST"])
@guard.fresh
def index() -> Response | str | tuple[str, int]:
    """All imports, and the form for a new one."""
    form = forms.Upload()
    askers = (organisations.host(), *organisations.of_kind("local"), *organisations.of_kind("coalition"))
    form.organisation.choices = [SelectChoice(each.id, each.name) for each in askers]
    error: DomainError | None = None
    if form.validate_on_submit() and form.file.data:
        try:
            with transaction():
                made = imports.upload(
                    form.file.data.stream, name=form.file.data.filename or "", organisation_id=form.organisation.data,
                    account_id=guard.account().id,
                )  # fmt: skip
                _record("people uploaded", made.id, bytes=made.bytes, organisation=made.organisation_id)
            return see_other(".show", import_id=made.id)
        except DomainError as found:
            error = found
        finally:
            form.file.data.close()
    elif form.is_submitted():
        error = DomainError(_("Choose a file first."))
    page = render_template("imports/staff/index.html", form=form, imports=imports.latest(), words=WORDS, error=error)
    return (page, error.status) if error else page


@bp.get(ONE)
@guard.fresh
def show(import_id: int) -> str:
    """One import: the mapping, the dry run, how far it is, what it brought."""
    return _page(imports.get(import_id))


@bp.get(f"{ONE}/progress")
@guard.fragment("imports.show")
def progress(import_id: int) -> str:
    """How far it is, for the script of the page."""
    return render_template("imports/staff/progress.html", made=imports.get(import_id), busy=BUSY, words=WORDS)


@bp.post(f"{ONE}/reading")
@guard.fresh
def read_as(import_id: int) -> Response | tuple[str, int]:
    """Read the file in another way."""
    form = forms.Reading()
    form.validate()
    with transaction():
        imports.read_as(
            import_id, encoding=form.encoding.data, delimiter=form.delimiter.data, preset=form.preset.data or ""
        )
    return see_other(".show", import_id=import_id)


@bp.post(f"{ONE}/check")
@guard.fresh
def check(import_id: int) -> Response | tuple[str, int]:
    """Keep what the columns are and what proves the yes, and begin the dry run."""
    form = forms.Proof()
    made = imports.get(import_id)
    if not form.validate_on_submit():
        return _page(made, form), 422
    try:
        with transaction():
            imports.describe(import_id, columns=_columns(len(made.reading["header"])), evidence=_evidence(form))
            imports.check(import_id)
            _record("people checking", import_id)
    except DomainError as error:
        return _page(imports.get(import_id), form, error=error), error.status
    return see_other(".show", import_id=import_id)


@bp.post(f"{ONE}/<any(start, undo, throw_away):what>")
@guard.fresh
def press(import_id: int, what: str) -> Response:
    """Bring them in, take them out again, or throw the file away."""
    verbs = {"start": imports.start, "undo": imports.undo, "throw_away": imports.throw_away}
    with transaction():
        verbs[what](import_id)
        _record(f"people import {what}", import_id)
    if what == "throw_away":
        flash(_("The file is gone."), "success")
        return see_other(".index")
    return see_other(".show", import_id=import_id)


def _columns(width: int) -> dict[str, list[int]]:
    """Field -> its columns, as chosen: `column-0`, `column-1`, ... each name a field or nothing."""
    found: dict[str, list[int]] = {}
    for at in range(min(width, reading.COLUMNS_MAX)):
        field = request.form.get(f"column-{at}", "")
        if field in presets.FIELDS:
            found.setdefault(field, []).append(at)
    return found


def _evidence(form: forms.Proof) -> imports.Evidence:
    day = form.said_on.data.isoformat() if form.said_on.data else ""
    return imports.Evidence(
        form.words.data or "", day, form.channel.data, form.source.data or "", form.language.data, form.tag.data or ""
    )


def _page(made: PeopleImport, form: forms.Proof | None = None, *, error: DomainError | None = None) -> str:
    how = imports.how(made)
    known = {at: field for field, columns in how.columns.items() for at in columns}
    mapping = made.state in ("uploaded", "checked")
    return render_template(
        "imports/staff/show.html",
        made=made,
        busy=BUSY,
        words=WORDS,
        form=form or forms.Proof(data=_kept(made)),
        reading=forms.Reading(data={"encoding": how.encoding, "delimiter": how.delimiter, "preset": how.preset}),
        columns=[(at, name, known.get(at, "")) for at, name in enumerate(how.header)] if mapping else [],
        samples=imports.sample(made.id, SHOWN) if mapping else [],
        fields=presets.FIELDS,
        error=error,
    )


def _kept(made: PeopleImport) -> dict[str, Any]:
    return {**(made.evidence or {}), "said_on": imports.day_of(made)}


def _record(what: str, import_id: int, **detail: Any) -> None:
    staff.record(account_id=guard.account().id, what=what, about=f"import:{import_id}", detail=detail)


class Words:
    """What the pages call things, said when a page is written."""

    @property
    def states(self) -> dict[str, Any]:
        """How far an import is."""
        return {
            "uploaded": _("Not tried yet"), "checking": _("Dry run"), "checked": _("Dry run done"),
            "importing": _("Bringing in"), "done": _("Brought in"), "undoing": _("Undoing"), "undone": _("Undone"),
        }  # fmt: skip

    @property
    def fields(self) -> dict[str, Any]:
        """What a column can hold."""
        return {
            "email": _("E-mail address"), "first_name": _("First name"), "last_name": _("Last name"),
            "name": _("Whole name"), "postcode": _("Postcode"), "country": _("Country"), "language": _("Language"),
            "said_at": _("When they said yes"), "status": _("Whether they left"),
        }  # fmt: skip

    @property
    def counts(self) -> dict[str, Any]:
        """What became of the lines."""
        return {
            "new": _("New people"), "known": _("Known already"), "twice": _("Twice in the file"),
            "mailable": _("Say yes to mails from now on"), "shut": _("Stay unsubscribed or unreachable"),
            "refused": _("Said no before: that stands"), "unproven": _("No proof: get no mail"),
            "forgotten": _("Taken out again"), "kept": _("Stay, because they are here for another reason"),
        }  # fmt: skip

    @property
    def faults(self) -> dict[str, Any]:
        """Why a line was left out."""
        return {
            "missing": _("nothing there"), "no address": _("no e-mail address"), "left": _("left in the other program"),
            "unknown status": _("a status we do not know"), "holds a link": _("holds a web address"),
            "too long": _("too long"),
        }  # fmt: skip


WORDS = Words()
