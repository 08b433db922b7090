"""Which mail no person wrote to us just now (RFC 3834), and which subjects ask for nothing but to be left alone."""

import re

from campaigner.mailroom.letters import Mail, header

MARKS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id", "X-Loop")
PRECEDENCE = ("bulk", "junk", "list", "auto_reply")
DAEMONS = ("mailer-daemon", "postmaster")
# How mail programs begin the subject of an automatic reply that carries no header to tell it by.
SUBJECTS = (
    "automatic reply:", "automatisch antwoord:", "automatische antwort:", "réponse automatique", "respuesta automática",
    "out of office:", "out of office autoreply:", "autoreply:", "auto:", "risposta automatica",
)  # fmt: skip
ANSWERS = re.compile(r"^(?:(?:re|antw|aw|sv|tr|fw|fwd|rv)\s*:\s*)+", re.IGNORECASE)
OUT = frozenset({
    "unsubscribe", "unsubscribe me", "remove", "remove me", "stop",
    "uitschrijven", "schrijf me uit", "schrijf mij uit", "afmelden", "meld me af",
    "désinscription", "desinscription", "désinscrire", "me désinscrire", "désabonnement", "désabonner", "se désabonner",
    "baja", "darme de baja", "darse de baja", "dar de baja", "cancelar suscripción", "cancelar suscripcion",
})  # fmt: skip


def is_automatic(mail: Mail, *, sender: str | None) -> bool:
    """True when a program answers, or passes on what was written to many.

    `sender` is the envelope's: "" is that of reports (RFC 5321, 4.5.5), None is not known.
    """
    submitted = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        sender == ""
        or submitted not in ("", "no")
        or any(mail.get(name) is not None for name in MARKS)
        or header(mail, "Precedence").lower() in PRECEDENCE
        or is_daemon(sender or "")
        or header(mail, "Subject").lower().startswith(SUBJECTS)
    )


def is_daemon(address: str) -> bool:
    """True for the addresses that mail servers write under."""
    return address.strip().lower().partition("@")[0] in DAEMONS


def wants_out(subject: str) -> bool:
    """True for a subject that says unsubscribe, in one of our languages, and nothing else."""
    plain = ANSWERS.sub("", subject.strip()).strip(" .!<>\"'").lower()
    return plain in OUT
