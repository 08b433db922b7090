"""A look at each relay as the engine would open it: reached, secured, logged in. Nothing is sent."""

import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta

from campaigner.core.clock import now
from campaigner.core.text import one_line
from campaigner.outbox.records import Finding, State
from campaigner.spelling import Relay

SECONDS = 10.0
SOON = timedelta(days=14)


def look(relay: Relay, *, near: bool) -> Finding:
    """Whether mail to that relay crosses the network encrypted, to the server that it is meant for.

    `near`: it stands in our own network, where a relay without TLS is the operator's choice.
    """
    subject = f"Relay {relay.name} ({relay.host}:{relay.port})"
    context = ssl.create_default_context()
    smtp: smtplib.SMTP | None = None
    state: State
    try:
        smtp = _connected(relay, context)
        state, words = _secured(relay, smtp, context, near=near)
        if state == "ok" and relay.username and relay.password:
            smtp.login(relay.username, relay.password)
            words += ", and lets us log in"
    except ssl.SSLCertVerificationError as error:
        state, words = "wrong", f"its certificate is not to be trusted: {error.verify_message}"
    except socket.gaierror as error:
        state = "unanswered" if error.errno == socket.EAI_AGAIN else "wrong"
        words = "no name server answers for its name" if state == "unanswered" else "its name does not exist"
    except smtplib.SMTPAuthenticationError as error:
        state, words = "wrong", f"does not let us log in ({error.smtp_code})"
    except (smtplib.SMTPException, OSError) as error:
        state, words = "wrong", f"cannot be used: {type(error).__name__}: {one_line(str(error))}"
    finally:
        if smtp is not None:
            _goodbye(smtp)
    return Finding(subject, state, words)


def _connected(relay: Relay, context: ssl.SSLContext) -> smtplib.SMTP:
    if relay.use_ssl:
        return smtplib.SMTP_SSL(relay.host, relay.port, timeout=SECONDS, context=context)
    return smtplib.SMTP(relay.host, relay.port, timeout=SECONDS)


def _secured(relay: Relay, smtp: smtplib.SMTP, context: ssl.SSLContext, *, near: bool) -> tuple[State, str]:
    """EHLO, and STARTTLS where it is offered: tried even if the settings do not ask for it, to say whether they may."""
    smtp.ehlo_or_helo_if_needed()
    if relay.use_ssl:
        return "ok", f"TLS from the first byte{_until(smtp)}"
    offered = smtp.has_extn("starttls")
    if relay.use_tls and not offered:
        return "wrong", "TLS is asked for by the settings, and it does not offer STARTTLS: no mail will leave"
    if relay.use_tls:
        smtp.starttls(context=context)
        smtp.ehlo()
        return "ok", f"STARTTLS{_until(smtp)}"
    if near:
        return "ok", "without TLS, within your own network"
    if not offered:
        return "wrong", "offers no TLS, so names and addresses cross the network in clear"
    return "wrong", "offers STARTTLS, and the settings do not use it: MAIL_USE_TLS=true (tls=1 in MAIL_RELAYS)"


def _until(smtp: smtplib.SMTP) -> str:
    """Until when the certificate holds; a word when that is soon."""
    assert isinstance(smtp.sock, ssl.SSLSocket)
    certificate = smtp.sock.getpeercert() or {}
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    return f", certificate valid until {end:%Y-%m-%d}{' (soon)' if end - now() < SOON else ''}"


def _goodbye(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()
