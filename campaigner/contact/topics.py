"""What people write about: what they may expect, who answers, and by when.

The table is the whole of routing: another topic or another clock is another line here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigner.core.clock import BRUSSELS
from campaigner.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One line of the form: its label, what to expect, the staff role that answers, its clock."""

    label: str  # translated when it is written, like the next one
    expect: str
    role: str
    urgent: bool = False
    at_once: bool = False  # a human hears of it now, day and night, also by the operator's own channel
    working_days: int = 2
    days: int | None = None  # a clock in calendar days, in place of working days


TOPICS: dict[str, Topic] = {
    "campaign": Topic(
        label=_l("A campaign or action"),
        expect=_l("A question, a correction, news from the workplace."),
        role="campaigner",
    ),
    "local": Topic(
        label=_l("Our local wants to join"),
        expect=_l("The form on your site, or a link of your own: we help you start."),
        role="campaigner",
    ),
    "speaker": Topic(
        label=_l("Invite a speaker"),
        expect=_l("Say where, when and for how many people."),
        role="campaigner",
        working_days=5,
    ),
    "press": Topic(
        label=_l("Press"),
        expect=_l("Add your telephone number and your deadline: we call back."),
        role="campaigner",
        urgent=True,
        at_once=True,
        working_days=1,
    ),
    "partner": Topic(
        label=_l("Partner in the South"),
        expect=_l(
            "Is somebody in danger? Say so first. The team gets a mail at once, but does not read it day and night."
        ),
        role="campaigner",
        urgent=True,
        at_once=True,
        working_days=1,
    ),
    # GDPR article 12(3): an answer within one month; we keep to 30 days.
    "privacy": Topic(
        label=_l("My data"),
        expect=_l("See, correct or erase. You have an answer within 30 days."),
        role="admin",
        urgent=True,
        days=30,
    ),
    "technical": Topic(
        label=_l("Something does not work"),
        expect=_l("Say which page, and which telephone or computer."),
        role="admin",
    ),
    "other": Topic(
        label=_l("Something else"),
        expect=_l("A thought, a thank-you, a complaint."),
        role="inbox",
    ),
}


def answer_by(topic: str, *, since: datetime) -> datetime:
    """When an answer is due: calendar days for a legal clock, else working days, Monday to Friday in Brussels."""
    chosen = TOPICS[topic]
    if chosen.days is not None:
        return since + timedelta(days=chosen.days)
    due, left = since, chosen.working_days
    while left:
        due += timedelta(days=1)
        left -= due.astimezone(BRUSSELS).weekday() < 5
    return due
