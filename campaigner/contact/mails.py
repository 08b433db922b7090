"""The e-mails of the contact room. Neither holds a word of what the sender wrote.

Not even the name: whoever types a stranger's address must not be able to have us deliver a text to it.
"""

from campaigner.contact.models import ContactMessage
from campaigner.contact.topics import TOPICS
from campaigner.outbox import service as outbox

NOTICE, URGENT_NOTICE = "contact.notify", "contact.alarm"
RECEIPTS_A_DAY = 3  # per mailbox
NOTICES_A_DAY = 100  # a flood fills the inbox, not the team's mailbox
URGENT_NOTICES_A_DAY = 300  # what is urgent goes on for longer; beyond it the inbox still shows everything


def receipt(message: ContactMessage, *, reply_to: str) -> str:
    """Tell the sender that the message is with us, in their language. Returns what the outbox said.

    Marked as an automatic reply (RFC 3834), so that no other program answers it.
    """
    return outbox.put(
        kind="contact.receipt",
        cause=str(message.id),
        to=message.email,
        language=message.language,
        template="contact/mails/receipt",
        values={"reference": message.reference, "topic": message.topic, "label": TOPICS[message.topic].label,
                "due_at": message.due_at},
        queue="default",
        reply_to=reply_to,
        headers={"Auto-Submitted": "auto-replied"},
        per_day=RECEIPTS_A_DAY,
    )  # fmt: skip


def notice(message: ContactMessage, *, to: str, language: str, at_once: bool = False) -> str:
    """Tell the team that there is a message: what about, and where to read it. Returns what the outbox said.

    A reply goes to the sender, so that somebody who presses "reply" in a hurry reaches a person. What
    must reach a human `at_once` leaves by the queue for that, and overtakes all receipts.
    """
    return outbox.put(
        kind=URGENT_NOTICE if at_once else NOTICE,
        cause=str(message.id),
        to=to,
        language=language,
        template="contact/mails/notice",
        values={"reference": message.reference, "label": TOPICS[message.topic].label, "urgent": message.urgent,
                "message_id": message.id, "state": message.state, "due_at": message.due_at,
                "spoken": message.written_in or message.language},
        queue="urgent" if at_once else "default",
        reply_to=message.email,
        headers={"Auto-Submitted": "auto-generated"},
        per_day=URGENT_NOTICES_A_DAY if message.urgent else NOTICES_A_DAY,
    )  # fmt: skip
