"""What follows from a mail that came in.

Anybody may write a mail that looks like a bounce or a complaint. So nothing is done to an address
without proof that the mail is about a delivery of ours: an address that we made (`outbox.verp`), or
for what an unsubscribe link could do as well, a Message-ID or link that only its reader can know.
"""

from campaigner.config import Settings
from campaigner.core import addresses
from campaigner.core.crypto import keyring
from campaigner.core.db import db
from campaigner.core.tokens import BadToken, signer
from campaigner.mailroom import events, hung, reading, registry, tongues
from campaigner.mailroom.bounces import Notice
from campaigner.mailroom.complaints import LEAVES, SPAM, Complaint
from campaigner.mailroom.models import InboundMail
from campaigner.mailroom.reading import Reading
from campaigner.outbox import message, returns, verp
from campaigner.outbox.models import Delivery, Mailing
from campaigner.supporters import service as supporters

What = tuple[str, str]  # the kind of mail it was, and what followed


def of(mail: InboundMail, *, settings: Settings) -> What:
    """Do what follows, in the surrounding transaction; return what it was and what became of it.

    Raises UnderWay when it is about a delivery that is not settled yet, NobodyTakes for an answer
    without a room for it.
    """
    raw = (mail.raw or "").encode("latin-1")
    if mail.door == "hook":
        return _event(raw, settings)
    found = reading.read(raw, sender=mail.sender)
    about = addressed_to(mail.recipient or "", found)
    if about is not None and about.purpose == "u":
        return "unsubscribe", _unsubscribed(about, found)
    if found.kind == "bounce":
        return "bounce", _bounced(about, found.notices)
    if found.kind == "complaint" and found.complaint is not None:
        return "complaint", _complained(found.complaint, about, settings)
    if found.kind != "letter":
        return found.kind, "noted"
    return _letter(found, about, raw, settings)


def addressed_to(recipient: str, found: Reading) -> verp.Found | None:
    """The delivery that the mail was addressed to, by its envelope or, where that is lost, by its headers."""
    opened = (verp.opened(address) for address in (recipient, *found.addressed))
    return next((each for each in opened if each is not None), None)


def _bounced(about: verp.Found | None, notices: tuple[Notice, ...]) -> str:
    if about is None or about.purpose != "b":
        return "unproven"
    delivery = returns.delivery(about.mailing_id, about.recipient)
    if delivery is None:
        return "not sent"
    return _came_back(delivery, verdict(delivery.mailbox, notices))


def verdict(mailbox: bytes, notices: tuple[Notice, ...]) -> str:
    """What the notices say of a mailbox. One about another mailbox, where mail was passed on to, ends nothing."""
    theirs = {notice.verdict for notice in notices if mailbox in _fingerprints(notice.addresses)}
    said = theirs or {notice.verdict for notice in notices}
    if "hard" in theirs and "none" not in theirs:
        return "hard"
    return "soft" if said & {"hard", "soft"} else "none"


def _came_back(delivery: Delivery, verdict: str) -> str:
    """Mark a delivery, and shut the mailbox when it is dead or has come back too often."""
    if verdict == "none":
        return "noted"
    returns.mark(delivery, verdict)
    if verdict == "hard" or returns.gives_up(delivery):
        returns.dead(delivery.mailbox)
        return "hard" if verdict == "hard" else "given up"
    return "soft"


def _complained(complaint: Complaint, about: verp.Found | None, settings: Settings) -> str:
    if complaint.kind not in SPAM + LEAVES:
        return "noted"
    proven = about or next((found for each in complaint.senders if (found := verp.opened(each))), None)
    pair = (proven.mailing_id, proven.recipient) if proven else _known(complaint, settings)
    if pair is None:
        return "unproven"
    delivery = returns.delivery(*pair)
    if delivery is None:
        return "not sent"
    if complaint.kind in LEAVES:
        return _stopped(delivery, "opt-out report")
    if proven is None and not returns.sender_of(delivery.mailing_id):
        return "unproven"  # it would shut a mailbox for everybody: only an address of ours is proof enough for that
    return _called_spam(delivery)


def _called_spam(delivery: Delivery) -> str:
    """For the sender's organisation, at once and for good; a service mail has none, so it is for all.

    Other organisations may go on: the person said yes to each of them apart.
    """
    returns.mark(delivery, "complaint")
    organisation_id = returns.sender_of(delivery.mailing_id)
    returns.complained(delivery.mailbox, organisation_id=organisation_id)
    if organisation_id:
        supporters.stop_mail(delivery.mailbox, organisation_id=organisation_id, evidence="spam complaint")
    return "shut"


def _known(complaint: Complaint, settings: Settings) -> tuple[int, str] | None:
    """The delivery, by our unsubscribe link in what was returned, or by its Message-ID and recipient."""
    for token in complaint.links:
        try:
            mailing_id, recipient = signer.unseal(token, "unsubscribe")
        except (BadToken, TypeError, ValueError):
            continue
        return int(mailing_id), str(recipient)
    delivery = _by_message_id(complaint.message_ids, complaint.recipients, settings)
    return (delivery.mailing_id, delivery.recipient) if delivery else None


def _by_message_id(ids: tuple[str, ...], addressed: tuple[str, ...], settings: Settings) -> Delivery | None:
    """The delivery to one of these addresses that has one of these Message-IDs: keyed hashes, nobody can guess one."""
    if not ids:
        return None
    for mailbox in _fingerprints(addressed[:10]):
        for delivery in returns.recent(mailbox):
            ours = message.message_id(settings, mailing_id=delivery.mailing_id, recipient=delivery.recipient)
            if ours in ids:
                return delivery
    return None


def _fingerprints(written: tuple[str, ...]) -> set[bytes]:
    found = set()
    for address in written:
        try:
            found.add(addresses.fingerprint(addresses.normal(address)))
        except addresses.NotAnAddress:
            continue
    return found


def _unsubscribed(about: verp.Found, found: Reading) -> str:
    """A mail to the address for it is enough, whatever it says; a report that came there by mistake is no wish."""
    if found.kind in ("bounce", "complaint", "disposition"):
        return "noted"
    delivery = returns.any_delivery(about.mailing_id, about.recipient)
    return _stopped(delivery, "unsubscribe mail") if delivery else "not sent"


def _stopped(delivery: Delivery, evidence: str) -> str:
    organisation_id = returns.sender_of(delivery.mailing_id)
    if not organisation_id:
        return "noted"
    supporters.stop_mail(delivery.mailbox, organisation_id=organisation_id, evidence=evidence)
    return "stopped"


def _letter(found: Reading, about: verp.Found | None, raw: bytes, settings: Settings) -> What:
    """A person wrote. To be left alone, with proof that it is theirs to say; else for the inbox."""
    ours = {settings.mail_sender.lower(), settings.mail_return_address.lower()} - {""}
    if {(found.author or "").lower(), (found.email or "").lower()} & ours:
        return "automatic", "noted"  # our own mail, sent back to us
    answered = returns.any_delivery(about.mailing_id, about.recipient) if about else None
    answered = answered or _by_message_id(found.answers, (found.author or "",), settings)
    if found.wants_out and answered is not None and returns.sender_of(answered.mailing_id):
        return "unsubscribe", _stopped(answered, "unsubscribe mail")
    if found.email is None:
        return "letter", "no sender"
    kind, cause = _service_mail(about, answered)
    registry.hand_on(registry.Reply(
        nonce=_nonce(found), name=found.name or found.email.partition("@")[0], email=found.email, subject=found.subject,
        text=found.text, language=answered.language if answered else tongues.guess(f"{found.subject}\n{found.text}"),
        kind=kind, cause=cause, mail_id=found.mail_id,
        attachments=hung.files(raw, at_most=settings.contact_attachments) if settings.contact_attachments else (),
    ))  # fmt: skip
    return "reply", "handed on"


def _service_mail(about: verp.Found | None, answered: Delivery | None) -> tuple[str | None, str | None]:
    """Which service mail of ours a letter answers: its kind and its cause, also when its delivery is erased by now."""
    ours = about or answered
    mailing = db.session.get(Mailing, ours.mailing_id) if ours is not None else None
    return (mailing.kind, ours.recipient) if ours is not None and mailing is not None and mailing.kind else (None, None)


def _nonce(found: Reading) -> str:
    """The same for the same mail by two doors; another for the same words sent again, by their Message-ID."""
    said = "\0".join((found.author or "", found.subject, *found.answers, found.text, found.mail_id))
    return f"mail-{keyring.fingerprint(said, 'mailroom.reply').hex()[:40]}"


def _event(raw: bytes, settings: Settings) -> What:
    """What a provider told us over the signed web door: its signature is the proof."""
    event = events.read(raw)
    delivery = _meant(event, settings)
    if event.kind == "bounce":
        if delivery is not None:
            return "bounce", _came_back(delivery, event.verdict)
        if event.verdict == "hard" and event.mailbox is not None:
            returns.dead(event.mailbox)
            return "bounce", "hard"
    elif event.kind == "complaint":
        if delivery is not None:
            return "complaint", _called_spam(delivery)
        if event.mailbox is not None:  # nobody says whose mailing it was: then nobody's
            returns.complained(event.mailbox, organisation_id=0)
            return "complaint", "shut"
    elif event.kind == "unsubscribe" and delivery is not None:
        return "unsubscribe", _stopped(delivery, "unsubscribed at the provider")
    return event.kind, "noted"


def _meant(event: events.Event, settings: Settings) -> Delivery | None:
    about = verp.opened(event.return_address)
    if about is not None:
        return returns.delivery(about.mailing_id, about.recipient)
    found = _by_message_id((event.message_id,), (event.address,), settings) if event.message_id else None
    return returns.delivery(found.mailing_id, found.recipient) if found else None
