"""The verbs of an alert: draft, write, test, send, and the buttons of a send that runs.

Who gets it is decided by the database at the moment of the freeze, from consent and suppressions;
nothing a member of staff types can add a person.
"""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import update

from campaigner.alerts import checks, queries, render, words
from campaigner.alerts.models import Alert
from campaigner.campaigns.models import Campaign
from campaigner.config import LANGUAGES, Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import queries as organisations
from campaigner.outbox import doubts, slots
from campaigner.outbox import service as outbox


class AlreadySent(Conflict):
    """The alert is on its way: its words can no longer change, and it does not leave twice."""

    def __init__(self) -> None:
        super().__init__(
            _l("This alert has been sent. What people have in their mailbox cannot change; write a new one.")
        )


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


def draft(*, campaign_id: int, language: str, account_id: int) -> Alert:
    """A new alert of the host to those who acted on a campaign, with a greeting to start from.

    Raises NotFound for a campaign or a language that is not there.
    """
    if db.session.get(Campaign, campaign_id) is None or language not in LANGUAGES:
        raise NotFound(_l("There is no such campaign."))
    alert = Alert(
        campaign_id=campaign_id,
        organisation_id=organisations.host().id,
        language=language,
        body=words.GREETINGS[language] + "\n\n",
        created_by=account_id,
    )
    db.session.add(alert)
    db.session.flush()
    return alert


def write(alert_id: int, *, subject: str, preheader: str, body: str, button_label: str) -> Alert:
    """Keep what was written. Raises NotFound, or AlreadySent: the row is locked, so a send that starts now waits."""
    alert = get(alert_id)
    db.session.refresh(alert, with_for_update={"of": Alert})
    if alert.mailing_id is not None:
        raise AlreadySent
    typed = {"subject": subject, "preheader": preheader, "body": body, "button_label": button_label}
    if any(getattr(alert, name) != value for name, value in typed.items()):
        for name, value in typed.items():
            setattr(alert, name, value)
        alert.changed_at = now()
    return alert


def test(alert_id: int, *, to: str, first_name: str, settings: Settings) -> None:
    """Mail the alert to one member of staff, as the audience would get it. Its unsubscribe link does nothing.

    Raises AlreadySent, NotReady.
    """
    alert = get(alert_id)
    if alert.mailing_id is not None:
        raise AlreadySent
    if not alert.subject or not alert.body:
        raise NotReady(_l("Write a subject and a message first."))
    try:
        content = render.content(alert, settings)
    except slots.BadSlots as error:
        raise NotReady(_l("Nobody can fill in %(mark)s", mark=", ".join(error.marks))) from error
    content["subject"] = f"Test: {content['subject']}"
    outbox.send_test(
        cause=f"{alert.id}/{uuid4().hex}",
        to=to,
        first_name=first_name,
        language=alert.language,
        content=content,
        unsubscribe=f"{settings.public_url}/u/test",
    )
    alert.tested_at = now()


def send(alert_id: int, *, policy: str, confirmed: int, settings: Settings) -> Alert:
    """Freeze the audience, put the words into the ledger and let it go out: all in one transaction.

    `confirmed` is the number the sender saw. Pressing twice sends once: the row is taken by a
    conditional update, the second press finds nothing to take and what it prepared is rolled back.
    Raises AlreadySent, NotReady, AudienceChanged.
    """
    alert = get(alert_id)
    mailing = outbox.draft_mailing(organisation_id=alert.organisation_id, unknown_policy=policy)
    _take(alert, mailing.id)
    audience = queries.audience_sum(alert)
    for check in checks.blocking(alert, audience):
        raise NotReady(f"{check.sentence}. {check.advice}")
    outbox.set_content(mailing.id, {alert.language: render.content(alert, settings)})
    total = outbox.freeze(mailing.id, queries.audience(alert))
    if abs(total - confirmed) > max(10, confirmed // 20):
        raise AudienceChanged(total)
    alert.audience_then = audience.as_json()
    outbox.start(mailing.id)
    return alert


def _take(alert: Alert, mailing_id: int) -> None:
    """Give the draft its mailing, or find that another press did. Waits for that other press to commit."""
    taken = db.session.execute(
        update(Alert)
        .where(Alert.id == alert.id, Alert.mailing_id.is_(None), Alert.subject != "", Alert.body != "")
        .values(mailing_id=mailing_id, sent_at=now())
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(alert)
    if taken is None:
        raise AlreadySent if alert.mailing_id is not None else NotReady(_l("Write a subject and a message first."))


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
