"""How the doors of the acts reach the letter, and the door by which a target stops us."""

import random

from flask import Blueprint, render_template
from wtforms.fields.choices import SelectChoice

from campaigner.actions import doors
from campaigner.actions.followers import Followers
from campaigner.actions.forms import ActForm
from campaigner.actions.registry import Act
from campaigner.actions.service import Door, Outcome
from campaigner.campaigns.models import Ask, Campaign, Target
from campaigner.core import web
from campaigner.core.db import db, transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import language
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.letters import queries, service
from campaigner.letters.forms import LetterForm

bp = Blueprint("letters", __name__)
DAMAGED = _l("This link is incomplete. Copy it again from the mail, or write to us through the contact form.")


def _prepare(form: ActForm, campaign: Campaign) -> None:
    """Put what is offered into a fresh form: whom one can write to, a subject, a text to begin with."""
    assert isinstance(form, LetterForm)
    ask = next(each for each in campaign.asks if each.kind == "letter")
    offer = form.letter = queries.offer(ask, language())
    if offer.rule == "pick":
        form.target.choices = [SelectChoice(str(each.id), each.name) for each in offer.targets]
    else:
        del form.target
    form.safe = campaign.safety_mode
    if campaign.safety_mode:
        del form.sign_as
    else:
        form.name_words = tuple(
            service.name_words(list(offer.targets), language(), reply=reply) for reply in (True, False)
        )
    if not form.is_submitted():
        form.subject.data = random.choice(offer.subjects) if offer.subjects else ""  # noqa: S311 - which one is no secret
        form.body.data = offer.body


def _perform(form: ActForm, ask: Ask, door: Door) -> Outcome:
    assert isinstance(form, LetterForm)
    return service.write(
        ask=ask, person=doors.person(form, door), choices=doors.choices(form), door=door, draft=form.draft()
    )


ACT = Act(
    kind="letter", form=LetterForm, perform=_perform, button=_l("Send my letter"), template="letters/fields.html",
    prepare=_prepare, wide=True, framed=True, followers=Followers(service.confirmed, service.disowned, service.going),
)  # fmt: skip


@bp.get("/letters/stop/<token>")
def objection(token: str) -> str:
    """A page with one button. Opening it changes nothing: mail scanners open links."""
    return _page(_of(token), token, done=False)


@bp.post("/letters/stop/<token>")
def stop(token: str) -> str:
    """No more mail to this target, from this moment. Again and again is harmless."""
    target = _of(token)
    if target is not None:
        with transaction():
            service.object_(target)
    return _page(_of(token), token, done=True)


def _page(target: Target | None, token: str, *, done: bool) -> str:
    box = queries.postbox(target.id) if target is not None else None
    stopped = done or (box is not None and queries.is_stopped(box))
    return render_template("letters/stop.html", token=token, target=target, stopped=stopped)


def _of(token: str) -> Target | None:
    """The target that a link is about, and from here on its language is spoken. Raises NotFound.

    None is the target of a test mail to staff: its button stops nobody.
    """
    if token == "test":  # noqa: S105
        return None
    try:
        target = db.session.get(Target, int(signer.unseal(token, "objection")))
    except (BadToken, TypeError, ValueError) as error:
        raise NotFound(DAMAGED) from error
    if target is None:
        raise NotFound(DAMAGED)
    web.remember_language(queries.language_for(target))
    return target
