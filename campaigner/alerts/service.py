"""The verbs of an alert: draft, test, send, and the buttons of a send that runs. Writing is in `writing`.

Who gets it is decided by the database at the moment of the freeze, from consent and suppressions;
nothing a member of staff types can add a person.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import update

from campaigner.alerts import around, checks, queries, release, render, spread, trials, writing
from campaigner.alerts import rule as rules
from campaigner.alerts.models import Alert, AlertPlan, AlertText
from campaigner.alerts.when import AT_ONCE, Slices
from campaigner.alerts.writing import AlreadySent
from campaigner.campaigns.models import Campaign
from campaigner.config import LANGUAGES, Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import queries as organisations
from campaigner.outbox import doubts, slots
from campaigner.outbox import service as outbox


class NotReady(Conflict):
    """A check stops it."""


class AudienceChanged(Conflict):
    """Many more or fewer people than the sender confirmed. `total` is how many it is now."""

    def __init__(self, total: int) -> None:
        super().__init__(_l("The number of people changed while you were looking. Check it and confirm once more."))
        self.total = total


def get(alert_id: int) -> Alert:
    """The alert. Raises NotFound."""
    alert = queries.get(alert_id)
    if alert is None:
        raise NotFound(_l("There is no such alert."))
    return alert


def sent(alert_id: int) -> Alert:
    """The alert, which has left. Raises NotFound, or Conflict for a draft."""
    alert = get(alert_id)
    if alert.mailing_id is None:
        raise Conflict(_l("This alert has not been sent yet."))
    return alert


def draft(*, campaign_id: int, language: str, account_id: int, organisation_id: int | None = None) -> Alert:
    """A new alert to those who acted on a campaign, with a greeting to start from. `organisation_id`: in whose name.

    Without one it is the host's. Raises NotFound for a campaign or a language that is not there.
    """
    if db.session.get(Campaign, campaign_id) is None or language not in LANGUAGES:
        raise NotFound(_l("There is no such campaign."))
    alert = Alert(
        campaign_id=campaign_id,
        organisation_id=organisation_id or organisations.host().id,
        language=language,
        rule=rules.write(rules.default(campaign=campaign_id)),
        created_by=account_id,
    )
    db.session.add(alert)
    db.session.flush()
    writing.begin(alert.id, language=language, by=account_id)
    return alert


def write(
    alert_id: int,
    *,
    subject: str,
    preheader: str,
    body: str,
    button_label: str,
    language: str | None = None,
    by: int = 0,
) -> AlertText:
    """Keep these words whatever a colleague does: for programs. Raises NotFound, AlreadySent."""
    typed = {"subject": subject, "preheader": preheader, "body": body, "button_label": button_label}
    return writing.save(alert_id, language=language or get(alert_id).language, typed=typed, by=by).text


def test(alert_id: int, *, to: Sequence[str], first_name: str, settings: Settings, language: str | None) -> None:
    """Mail the alert to members of staff, as the audience would get it. Its unsubscribe link does nothing.

    Raises AlreadySent, NotReady.
    """
    alert = get(alert_id)
    spoken = language or alert.language
    if alert.mailing_id is not None:
        raise AlreadySent
    said = writing.text_of(alert, spoken)
    if not said.subject or not said.body:
        raise NotReady(_l("Write a subject and a message first."))
    try:
        content = render.content(alert, spoken, settings)
    except slots.BadSlots as error:
        raise NotReady(_l("Nobody can fill in %(mark)s", mark=", ".join(error.marks))) from error
    content["subject"] = f"Test: {content['subject']}"
    for address in to:
        outbox.send_test(
            cause=f"{alert.id}/{uuid4().hex}",
            to=address,
            first_name=first_name,
            language=spoken,
            content=content,
            unsubscribe=f"{settings.public_url}/u/test",
        )
    alert.tested_at = now()


def send(
    alert_id: int, *, policy: str, confirmed: int, settings: Settings, by: int | None = None, seen: str | None = None,
    slices: Slices = AT_ONCE,
) -> Alert:  # fmt: skip
    """Freeze the audience, put the words into the ledger and let it go out: all in one transaction.

    `confirmed` is the number the sender saw, `seen` the digest of what the page showed (`release.digest`), `by`
    who presses, `slices` in how many equal parts. Pressing twice sends once: the row is locked and taken by a
    conditional update, the second press finds nothing to take and what it prepared is rolled back.
    Raises AlreadySent, Planned, NotReady, AudienceChanged, ChangedSince, NotReleased.
    """
    alert = writing.open_draft(alert_id)
    mailing = outbox.draft_mailing(organisation_id=alert.organisation_id, unknown_policy=policy)
    _take(alert, mailing.id)
    if seen is not None and seen != release.digest(alert):
        raise release.ChangedSince
    one_spread(alert, slices)
    audience = must_fit(alert, settings=settings)
    total = _freeze(alert, mailing.id, slices, settings)
    if abs(total - confirmed) > max(10, confirmed // 20):
        raise AudienceChanged(total)
    answered = release.clear(alert, people=total, by=by)
    if answered is not None:
        mailing.unknown_policy = answered.policy
    alert.audience_then = audience.as_json()
    if slices.number > 1:
        kept = {"policy": mailing.unknown_policy, "digest": release.digest(alert), "planned_by": by, "reason": None}
        parts = {"slices": slices.number, "minutes": slices.minutes, "seen": audience.as_json()}
        db.session.merge(AlertPlan(alert_id=alert.id, state="left", leave_at=now(), **kept, **parts))
    outbox.start(mailing.id)
    return alert


def leave(alert: Alert, plan: AlertPlan, *, settings: Settings) -> Alert:
    """The time of a plan has come: look again, freeze, start. Both rows are locked by whoever calls.

    Raises NotReady with the reason when it may not leave any more.
    """
    audience = must_fit(alert, settings=settings)
    if plan.digest != release.digest(alert):
        raise NotReady(_l("It was changed after it was planned."))
    if not release.stands(alert, people=audience.total):
        raise NotReady(_l("So many people need a second pair of eyes. Ask a colleague to release it."))
    mailing = outbox.draft_mailing(organisation_id=alert.organisation_id, unknown_policy=plan.policy)
    _take(alert, mailing.id)
    _freeze(alert, mailing.id, Slices(plan.slices, plan.minutes), settings)
    alert.audience_then, plan.state = audience.as_json(), "left"
    outbox.start(mailing.id)
    return alert


def one_spread(alert: Alert, slices: Slices) -> None:
    """Raise NotReady for a trial in slices: nobody could say which hour of the day brought the acts."""
    if alert.trial is not None and slices.number > 1:
        raise NotReady(_l("Two texts are tried on this alert: it leaves at once, the rest when a text is chosen."))


def must_fit(alert: Alert, *, settings: Settings, moment: datetime | None = None) -> queries.Audience:
    """Its sum as it is now. Raises NotReady with the first check that stops it."""
    audience = queries.audience_sum(alert)
    found = checks.run(alert, audience, around.look(alert, closely=False), settings=settings, moment=moment)
    for check in checks.blocking(found):
        raise NotReady(f"{check.sentence}. {check.advice}")
    return audience


def _freeze(alert: Alert, mailing_id: int, slices: Slices, settings: Settings) -> int:
    """Its words and its people into the ledger: tried on a share first, in slices, or all at once."""
    outbox.set_content(mailing_id, trials.content(alert, settings))
    people = queries.audience(alert)
    if alert.trial is not None:
        trials.begin(alert.id, at=now())
        share = alert.trial.share / 100
        people = spread.trial(people, lot=f"trial {alert.id}", variants=trials.VARIANTS, share=share)
    elif slices.number > 1:
        people = spread.sliced(people, lot=f"slices {alert.id}", moments=slices.moments(now()))
    return outbox.freeze(mailing_id, people)


def _take(alert: Alert, mailing_id: int) -> None:
    """Give the draft its mailing, or find that another press did. Waits for that other press to commit."""
    taken = db.session.execute(
        update(Alert)
        .where(Alert.id == alert.id, Alert.mailing_id.is_(None))
        .values(mailing_id=mailing_id, sent_at=now())
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.expire_all()  # what waited for the other press may have changed meanwhile
    if taken is None:
        raise AlreadySent


def pause(alert_id: int) -> None:
    """Hold the send. Raises NotFound, Conflict."""
    outbox.pause(_mailing(alert_id))


def resume(alert_id: int) -> None:
    """Let the send go on. Raises NotFound, Conflict."""
    outbox.resume(_mailing(alert_id))


def stop(alert_id: int) -> None:
    """End the send for good: whoever has not been written to is not written to. Raises NotFound, Conflict."""
    outbox.cancel(_mailing(alert_id))


def resolve(alert_id: int, *, resend: bool, recipients: Sequence[str] | None = None) -> int:
    """Send again to those whose outcome nobody knows (or to these of them), or take them as delivered.

    Returns how many: none when somebody decided before. Raises NotFound, Conflict.
    """
    return doubts.resolve(_mailing(alert_id), resend=resend, recipients=recipients)


def _mailing(alert_id: int) -> int:
    mailing_id = sent(alert_id).mailing_id
    assert mailing_id is not None
    return mailing_id
