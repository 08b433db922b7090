"""One alert as the engine would write it, made without a database, and looked at as a receiver does."""

import time
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

from markupsafe import Markup

from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.outbox import dkim, message, relays, render, smtp
from campaigner.outbox.models import Delivery, Mailing
from campaigner.outbox.records import Finding
from campaigner.spelling import Relay

LONGEST_LINE = 998  # RFC 5322, 2.1.1
CLIPPED = 102 * 1024  # Gmail hides what comes after so many bytes, and the unsubscribe link stands last
LANGUAGE = "en"
RECIPIENT = "check"  # of mailing 0, which no database holds: its unsubscribe link is whole and leads nowhere
WORDS = (
    "Dear {{voornaam|reader}}: this is what an alert looks like. Zoë, Renée and José Núñez arrive whole, “quotes” too.",
    "You asked for this mail with campaigner mail check. Its unsubscribe link belongs to nobody.",
)


def written(settings: Settings, *, to: str, eight_bit: bool = False) -> smtp.Letter:
    """The message, through the templates of alerts and the writer of the engine. Needs an application context."""
    moment = now()
    mailing = Mailing(id=0, queue="bulk", organisation_id=0, content={LANGUAGE: _content(settings)})
    delivery = Delivery(
        mailing_id=0, recipient=RECIPIENT, address=to, first_name="Zoë", language=LANGUAGE, created_at=moment,
        offered_at=moment,
    )  # fmt: skip
    return message.Writer(mailing, settings).letter(delivery, eight_bit=eight_bit)


def _content(settings: Settings) -> dict[str, str]:
    values = {
        "alert_subject": "A test of your mail, é and ñ included",
        "preheader": "Nothing to do: you asked for this mail.",
        "kicker": "",
        "body_html": Markup("").join(Markup("<p>{}</p>").format(words) for words in WORDS),
        "body_text": "\n\n".join(WORDS),
        "button": "To the site",
        "button_url": settings.public_url,
        "title": "A test of your mail",
        "sender": settings.host_name,
        "pillar": "work",
        "count": 2048,
        "goal": 5000,
    }
    parts = render.parts("alerts/mails/alert", language=LANGUAGE, values=values)
    return {"subject": parts.subject, "text": parts.text, "html": parts.html}


def looked_at(text: bytes, signer: dkim.Signer | None) -> list[Finding]:
    """What receivers of mass mail demand of a message (RFC 5322, 6376, 8058)."""
    return [_signed(text, signer), _leaving(text, signer), _dated(text), _sized(text)]


def _signed(text: bytes, signer: dkim.Signer | None) -> Finding:
    subject = "Signature"
    if signer is None:
        return Finding(subject, "unsure", "none of ours, as MAIL_DKIM_KEY is empty: your relay must sign")
    proof = dkim.verify(text, domain=signer.domain, selector=signer.selector, key=signer.public_key)
    if proof.fault:
        return Finding(subject, "wrong", proof.fault)
    return Finding(subject, "ok", f"verified, d={signer.domain} s={signer.selector}")


def _leaving(text: bytes, signer: dkim.Signer | None) -> Finding:
    """RFC 8058: one https address, the mark of the single click, and both under the signature."""
    subject = "Unsubscribing by one click"
    mail = message_from_bytes(text, policy=policy.default)
    addresses = [part.strip() for part in str(mail["List-Unsubscribe"] or "").split(",")]
    secure = [part for part in addresses if part.startswith("<https://")]
    if str(mail["List-Unsubscribe-Post"] or "") != "List-Unsubscribe=One-Click" or not any(addresses):
        return Finding(subject, "missing", "List-Unsubscribe or List-Unsubscribe-Post is not there")
    if len(secure) != 1:
        return Finding(subject, "wrong", "the address is not https: PUBLIC_URL must be, or the button is not shown")
    if signer is None:
        return Finding(subject, "unsure", "both headers are there; whether your relay signs them is not known here")
    proof = dkim.verify(text, domain=signer.domain, selector=signer.selector, key=signer.public_key)
    if not {"list-unsubscribe", "list-unsubscribe-post"} <= proof.covered:
        return Finding(subject, "wrong", "the signature does not cover both headers")
    return Finding(subject, "ok", "both headers are there, and signed")


def _dated(text: bytes) -> Finding:
    subject = "Date and Message-ID"
    mail = message_from_bytes(text, policy=policy.default)
    try:
        parsedate_to_datetime(str(mail["Date"]))
    except ValueError:
        return Finding(subject, "missing", "there is no Date that can be read")
    if not str(mail["Message-ID"] or "").endswith(">"):
        return Finding(subject, "missing", "there is no Message-ID")
    return Finding(subject, "ok", str(mail["Message-ID"]))


def _sized(text: bytes) -> Finding:
    longest = max(map(len, text.split(b"\r\n")))
    words = f"{len(text):,} bytes, longest line {longest}"
    if longest > LONGEST_LINE:
        return Finding("Size", "wrong", f"{words}: servers cut lines over {LONGEST_LINE}")
    if len(text) > CLIPPED:
        return Finding("Size", "wrong", f"{words}: Gmail hides the end of mails over {CLIPPED:,}")
    return Finding("Size", "ok", words)


def sent(settings: Settings, *, to: str) -> list[Finding]:
    """Send it to `to` through every relay, on the engine's own line, and say what each answered."""
    return [_sent(settings, relay, to) for relay in relays.all_of(settings)]


def _sent(settings: Settings, relay: Relay, to: str) -> Finding:
    subject = f"Test mail by relay {relay.name}"
    with smtp.Line(relay) as line:
        try:
            line.open()
        except smtp.RelayAway as error:
            return Finding(subject, "wrong", str(error))
        letter = written(settings, to=to, eight_bit=line.eight_bit)
        outcome = line.offer([letter], until=time.monotonic() + smtp.MESSAGE_SECONDS)[letter.key]
    return Finding(subject, "ok" if outcome.state == "sent" else "wrong", f"{outcome.state}: {outcome.reply}")
