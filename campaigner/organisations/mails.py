"""The two e-mails about a partner's request. Neither holds a word of what was typed: it may endanger its sender."""

from campaigner.organisations.models import PartnerRequest
from campaigner.outbox import service as outbox

RECEIPTS_A_DAY = 3  # per mailbox
NOTICES_A_DAY = 100


def receipt(request: PartnerRequest, *, reply_to: str) -> str:
    """Tell the partner that the request is with us. Returns what the outbox said. Marked as automatic (RFC 3834)."""
    return outbox.put(
        kind="partner.receipt",
        cause=str(request.id),
        to=request.email,
        language=request.language,
        template="organisations/mails/receipt",
        values={"reference": request.reference, "urgent": request.urgent},
        reply_to=reply_to,
        headers={"Auto-Submitted": "auto-replied"},
        per_day=RECEIPTS_A_DAY,
    )


def notice(request: PartnerRequest, *, to: str, language: str) -> str:
    """Tell the team that there is a request, at once: somebody may be in danger. Returns what the outbox said."""
    return outbox.put(
        kind="partner.notice",
        cause=str(request.id),
        to=to,
        language=language,
        template="organisations/mails/notice",
        values={"reference": request.reference, "urgent": request.urgent, "request_id": request.id,
                "spoken": request.language},
        headers={"Auto-Submitted": "auto-generated"},
        per_day=None if request.urgent else NOTICES_A_DAY,
    )  # fmt: skip
