"""Writing an alert: saving without losing anybody's words, languages, versions, copies.

Two people may have the same text open. The text is the one that was saved first; what the other one
wrote is kept beside it as a version, and both are told. A version can be looked at and taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from campaigner.alerts import queries, words
from campaigner.alerts.models import WORDS, Alert, AlertPlan, AlertText, AlertVersion
from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l

TOGETHER = timedelta(minutes=10)  # what one person saves within this is one version
OWN = {  # columns that belong to one alert alone; whatever else a row says is copied, and is part of a release
    "id", "mailing_id", "audience_then", "audience_seen", "created_by", "created_at", "changed_at", "tested_at",
    "sent_at",
}  # fmt: skip


class AlreadySent(Conflict):
    """The alert is on its way: its words can no longer change, and it does not leave twice."""

    def __init__(self) -> None:
        super().__init__(
            _l("This alert has been sent. What people have in their mailbox cannot change; write a new one.")
        )


class Planned(Conflict):
    """It waits for its time: what was checked and released is what leaves."""

    def __init__(self) -> None:
        super().__init__(_l("This alert is planned. Take it out of the plan first, then you can change it."))


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: the text as it is now, and the version that keeps what came too late."""

    text: AlertText
    aside: AlertVersion | None = None


def open_draft(alert_id: int) -> Alert:
    """The alert, locked, if its words can still change. Raises NotFound, AlreadySent, Planned."""
    alert = queries.get(alert_id)
    if alert is None:
        raise NotFound(_l("There is no such alert."))
    db.session.refresh(alert, with_for_update={"of": Alert})
    if alert.mailing_id is not None:
        raise AlreadySent
    plan = db.session.get(AlertPlan, alert_id, populate_existing=True)
    if plan is not None and plan.state == "waiting":
        raise Planned
    return alert


def text_of(alert: Alert, language: str) -> AlertText:
    """What it says in that language. Raises NotFound where it is not written."""
    text = alert.text(language)
    if text is None:
        raise NotFound(_l("This alert is not written in that language yet."))
    return text


def save(alert_id: int, *, language: str, typed: Mapping[str, str], by: int, seen: int | None = None) -> Saved:
    """Keep what was written. `seen` is the version it was written upon; when a colleague saved meanwhile it is put
    aside, and the text stays as it is. Raises NotFound, AlreadySent."""
    alert = open_draft(alert_id)
    text = text_of(alert, language)
    db.session.refresh(text)
    if all(getattr(text, name) == typed[name] for name in WORDS):
        return Saved(text)
    if seen is not None and seen != text.version:
        return Saved(text, _aside(text, typed, by))
    _change(alert, text, typed, by)
    return Saved(text)


def _change(alert: Alert, text: AlertText, typed: Mapping[str, str], by: int, *, apart: bool = False) -> None:
    """Write it into the text, and into its history: a version of its own when `apart`."""
    last = _last(text)
    if last is None:
        _keep(text, text.changed_by)  # what was there before there were versions
    for name in WORDS:
        setattr(text, name, typed[name])
    text.version, text.changed_by, text.changed_at = text.version + 1, by, now()
    alert.changed_at = text.changed_at
    if last is not None and not apart and last.saved_by == by and last.began_at > now() - TOGETHER:
        for name in WORDS:
            setattr(last, name, typed[name])
        last.saved_at = now()
    else:
        _keep(text, by)


def _last(text: AlertText) -> AlertVersion | None:
    query = select(AlertVersion).filter_by(alert_id=text.alert_id, language=text.language, aside=False)
    return db.session.scalar(query.order_by(AlertVersion.id.desc()).limit(1))


def _keep(text: AlertText, by: int) -> None:
    said = {name: getattr(text, name) for name in WORDS}
    db.session.add(AlertVersion(alert_id=text.alert_id, language=text.language, saved_by=by, **said))
    db.session.flush()


def _aside(text: AlertText, typed: Mapping[str, str], by: int) -> AlertVersion:
    """Keep what came too late; what one person goes on typing is one version."""
    query = select(AlertVersion).filter_by(alert_id=text.alert_id, language=text.language, aside=True, saved_by=by)
    version = db.session.scalar(query.order_by(AlertVersion.id.desc()).limit(1))
    said: dict[str, Any] = {name: typed[name] for name in WORDS}
    if version is not None and version.began_at > now() - TOGETHER:
        for name, value in said.items():
            setattr(version, name, value)
        version.saved_at = now()
    else:
        version = AlertVersion(alert_id=text.alert_id, language=text.language, aside=True, saved_by=by, **said)
        db.session.add(version)
    db.session.flush()
    return version


def versions(alert_id: int, *, language: str, limit: int = 50) -> list[AlertVersion]:
    """What a text said before, the newest first."""
    query = select(AlertVersion).filter_by(alert_id=alert_id, language=language)
    return list(db.session.scalars(query.order_by(AlertVersion.id.desc()).limit(limit)))


def version(alert_id: int, version_id: int) -> AlertVersion:
    """One of them. Raises NotFound."""
    found = db.session.get(AlertVersion, version_id)
    if found is None or found.alert_id != alert_id:
        raise NotFound(_l("There is no such version."))
    return found


def take_back(alert_id: int, version_id: int, *, by: int) -> AlertText:
    """Let the text say again what it said then. What it says now stays in the list. Raises NotFound, AlreadySent."""
    alert = open_draft(alert_id)
    then = version(alert_id, version_id)
    text = text_of(alert, then.language)
    _change(alert, text, {name: getattr(then, name) for name in WORDS}, by, apart=True)
    return text


def aim(alert_id: int, *, act: str | None) -> Alert:
    """Choose what the button leads to: an act of the campaign, or its page. Raises NotFound, AlreadySent."""
    alert = open_draft(alert_id)
    if act is not None and act not in {ask.kind for ask in alert.campaign.asks}:
        raise NotFound(_l("This campaign does not ask that."))
    if alert.act != act:
        alert.act, alert.changed_at = act, now()
    return alert


def begin(alert_id: int, *, language: str, by: int) -> AlertText:
    """Start a language with its greeting; harmless where it is there. Raises NotFound, AlreadySent."""
    alert = open_draft(alert_id)
    if language not in LANGUAGES:
        raise NotFound(_l("There is no such language."))
    there = alert.text(language)
    if there is not None:
        return there
    text = AlertText(language=language, body=words.GREETINGS[language] + "\n\n", changed_by=by)
    alert.texts.append(text)
    alert.skips = [code for code in alert.skips if code != language]
    alert.changed_at = now()
    db.session.flush()
    _keep(text, by)
    return text


def skip(alert_id: int, *, language: str) -> Alert:
    """Leave a language out: who speaks it gets nothing, and the checks know that it is meant so.

    What was written in it stays in its versions. Raises NotFound, AlreadySent, or Conflict for the first language.
    """
    alert = open_draft(alert_id)
    if language not in LANGUAGES:
        raise NotFound(_l("There is no such language."))
    if language == alert.language:
        raise Conflict(_l("An alert always has the language it was written in first."))
    text = alert.text(language)
    if text is not None:
        alert.texts.remove(text)
    alert.skips = sorted({*alert.skips, language})
    alert.changed_at = now()
    return alert


def duplicate(alert_id: int, *, by: int) -> Alert:
    """A new draft that says the same to the same people. Raises NotFound."""
    old = queries.get(alert_id)
    if old is None:
        raise NotFound(_l("There is no such alert."))
    same = {column.key: getattr(old, column.key) for column in Alert.__table__.columns if column.key not in OWN}
    new = Alert(created_by=by, **same)
    for text in old.texts:
        said = {name: getattr(text, name) for name in WORDS}
        new.texts.append(AlertText(language=text.language, changed_by=by, **said))
    db.session.add(new)
    db.session.flush()
    for text in new.texts:
        _keep(text, by)
    return new
