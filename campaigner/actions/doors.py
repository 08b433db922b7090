"""What the doors of the acts share: the campaign page and the widget take in an act in the same way."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from wtforms.fields.choices import SelectChoice

from campaigner.actions import registry
from campaigner.actions.forms import COUNTRIES, ActForm
from campaigner.actions.registry import Act
from campaigner.actions.service import Choices, Door, Outcome
from campaigner.campaigns import coalitions
from campaigner.campaigns.models import Ask, Campaign, Placement
from campaigner.campaigns.queries import Page
from campaigner.core import addresses, limits
from campaigner.core.crypto import keyring
from campaigner.core.db import db, transaction
from campaigner.core.i18n import country as country_name
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import language
from campaigner.core.tokens import BadToken, signer
from campaigner.supporters import texts
from campaigner.supporters.service import Person

NETWORK_RATES = ("120 per minute", "3000 per hour")  # a congress behind one address signs faster than a household
TRY_RATES = ("1200 per minute",)  # forms that come back with a mistake must not shut the others out
MAILBOX_RATES = ("12 per hour",)
RECEIPT_LIFETIME = timedelta(hours=2)
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")  # of a placement


@dataclass(frozen=True, slots=True)
class Question:
    """A consent question as the page asks it: two equal answers, nothing chosen beforehand."""

    name: str
    legend: str
    text: str
    yes: str
    no: str


def offers(campaign: Campaign, *, framed: bool = False) -> list[tuple[Ask, Act]]:
    """The asks of an open campaign that people can act on, each with its act; `framed`: in a widget."""
    if campaign.state != "open":
        return []
    found = [(ask, registry.of(ask.kind)) for ask in campaign.asks if ask.kind in registry.kinds()]
    return [(ask, act) for ask, act in found if act.framed or not framed]


def offered(campaign: Campaign, kind: str | None = None, *, framed: bool = False) -> tuple[Ask, Act] | None:
    """The ask of that kind with its act, the first when that is not offered; None when there is none."""
    found = offers(campaign, framed=framed)
    return next((each for each in found if each[0].kind == kind), found[0] if found else None)


def sections(page: Page) -> list[tuple[str, dict[str, Any]]]:
    """What the acts of a campaign add to its page, also when it is over: a template and its values."""
    acts = [registry.of(ask.kind) for ask in page.campaign.asks if ask.kind in registry.kinds()]
    told = [(act.section, act.around(page)) for act in acts if act.around is not None]
    return [(template, values) for template, values in [*told, *registry.parts(page)] if values is not None]


def placed(key: str | None, campaign: Campaign) -> Placement | None:
    """The placement of a key, if it is one of this campaign's. A bare name of a local is never trusted."""
    if not key or not KEY.fullmatch(key):
        return None
    return db.session.scalar(select(Placement).filter_by(key=key, campaign_id=campaign.id, closed_at=None))


def fresh_form(act: Act, placement: Placement | None, campaign: Campaign) -> ActForm:
    """The act's form, without the local's question where there is no local, countries in the page's language."""
    form = act.form()
    if placement is None or placement.organisation_id == campaign.lead_id:
        del form.mail_local
    if campaign.safety_mode:
        del form.public
    if act.prepare is not None:
        act.prepare(form, campaign)
    elsewhere = [SelectChoice(code, country_name(code)) for code in COUNTRIES[1:]]
    form.country.choices = [SelectChoice("BE", country_name("BE")), *sorted(elsewhere, key=lambda choice: choice.label)]
    return form


def questions(form: ActForm, placement: Placement | None, campaign: Campaign) -> list[Question]:
    """The mail questions of this form: the host's, and under it the local's."""
    asked: list[tuple[str, str, str | None]] = [("mail_host", campaign.lead.name, None)] if "mail_host" in form else []
    if placement is not None and "mail_local" in form:
        asked.append(("mail_local", placement.organisation.name, coalitions.question(placement, language())))
    return [
        Question(
            name,
            _("May %(organisation)s e-mail you?", organisation=organisation),
            own or texts.words("mail", language(), organisation=organisation),
            _("Yes, keep me posted"),
            {"solidarity": _("No, only this message"), "letter": _("No, only this letter")}.get(
                form.kind, _("No, I only sign")
            ),
        )
        for name, organisation, own in asked
    ]


def asked(form: ActForm | None, placement: Placement | None, campaign: Campaign) -> dict[str, Any]:
    """The words around the form that people say yes or no to, exactly as the ledger keeps them."""
    kind = form.kind if form is not None else "petition"
    return {
        "questions": questions(form, placement, campaign) if form is not None else [],
        "sign_text": texts.words("sign", language(), kind=kind, organisation=campaign.lead.name),
        "public_text": texts.words("public", language()),
        "age_text": texts.words("age", language(), age=str(campaign.minimum_age)),
    }


def person(form: ActForm, door: Door) -> Person:
    """Who the form says they are."""
    return Person(
        first_name=form.first_name.data or "", last_name=form.last_name.data or "", email=form.email.data or "",
        postcode=(form.postcode.data or "").upper(), country=form.country.data, language=door.language,
    )  # fmt: skip


def choices(form: ActForm) -> Choices:
    """What the form answers to the separate questions."""
    return Choices(
        public=bool(form.public.data) if "public" in form else None,
        mail_host=form.answer("mail_host"),
        mail_local=form.answer("mail_local"),
    )


def submission(form: ActForm) -> str:
    """The name of what was sent: the same for a double press, another for other people or other answers.

    A page from a cache gives many visitors one form token, so the token alone would not tell them apart.
    """
    said = {field.name: field.data for field in form if field.name not in ("form_token", "website", "unchanged")}
    return keyring.fingerprint(f"{form.nonce}\0{sorted(said.items())!r}", "submission")[:12].hex()


def accepted(form: ActForm) -> int:
    """Check what was sent: 200 when it may be performed, 422 or 429 with the form saying why.

    A tripped decoy is said plainly: people whose browser filled it press once more, programs do not.
    """
    if not limits.allowed("act-try", limits.network(), *TRY_RATES):
        return _too_many(form)
    valid = form.validate()
    if form.decoy_tripped:
        form.reset_decoys()
        form.form_errors.append(
            _("A hidden field was filled in, perhaps by your browser. We emptied it: press the button again.")
        )
        return 422
    if not valid:
        return 422
    if form.rehearsal:
        return 200
    if not limits.allowed("act", limits.network(), *NETWORK_RATES):
        return _too_many(form)
    if not limits.allowed("act-mailbox", addresses.quota_fingerprint(form.email.data or "").hex(), *MAILBOX_RATES):
        form.form_errors.append(_("This address was used very often in the last hour. Try again later."))
        return 429
    return 200


def _too_many(form: ActForm) -> int:
    form.form_errors.append(_("Very many people sign from your network at this moment. Try again in a few minutes."))
    return 429


def perform(act: Act, form: ActForm, ask_id: int, door: Door) -> Outcome:
    """Take the act in, in one transaction; once more when the database dropped the line in the middle.

    Trying twice is safe: the same form is the same act and the same mail.
    """
    placement_id = door.placement.id if door.placement else None
    try:
        return _perform(act, form, ask_id, door)
    except OperationalError:
        db.session.rollback()
        db.engine.dispose()
        db.session.expire_all()
        if placement_id is not None:
            db.session.get_one(Placement, placement_id)
        return _perform(act, form, ask_id, door)


def _perform(act: Act, form: ActForm, ask_id: int, door: Door) -> Outcome:
    with transaction():
        return act.perform(form, db.session.get_one(Ask, ask_id), door)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the thanks page may say: only what this very form said, whoever the mailbox belongs to."""

    action_id: int
    submission: str
    first_name: str
    masked: str


def receipt(outcome: Outcome, form: ActForm) -> str:
    """A sealed token for the thanks page: says nothing of what was there before, and cannot be read in the address."""
    email = form.email.data or ""
    said = [outcome.action_id, outcome.submission, form.first_name.data, addresses.masked(email)]
    sealed = urlsafe_b64encode(keyring.encrypt(json.dumps(said), "receipt")).decode()
    return signer.sign(sealed, "receipt")


def received(token: str) -> Receipt | None:
    """What a receipt says; None for a damaged or late one."""
    try:
        sealed = signer.read(token, "receipt", RECEIPT_LIFETIME)
        return Receipt(*json.loads(keyring.decrypt(urlsafe_b64decode(sealed), "receipt")))
    except (BadToken, TypeError, ValueError, LookupError, InvalidTag):
        return None
