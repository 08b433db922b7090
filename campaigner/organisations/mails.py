"""The e-mails about a request, of a partner or of a local. None holds a word of what was typed: it may endanger
its sender, and a stranger's words must not go out in our name.
"""

from campaigner.organisations.models import DeskRequest, PartnerRequest
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


def desk_receipt(request: DeskRequest, *, reply_to: str) -> str:
    """Tell a local's steward that the request is with us. Returns what the outbox said. Automatic (RFC 3834)."""
    return _to_steward(
        request,
        kind="desk.receipt",
        template="organisations/mails/desk_receipt",
        reply_to=reply_to,
        automatic="auto-replied",
    )


def desk_refusal(request: DeskRequest, *, reply_to: str) -> str:
    """Tell them that there is no desk for them. Returns what the outbox said."""
    return _to_steward(
        request,
        kind="desk.refusal",
        template="organisations/mails/desk_refusal",
        reply_to=reply_to,
        automatic="auto-generated",
    )


def desk_notice(request: DeskRequest, *, to: str, language: str) -> str:
    """Tell the team that a local asks for a desk. Returns what the outbox said."""
    return outbox.put(
        kind="desk.notice",
        cause=str(request.id),
        to=to,
        language=language,
        template="organisations/mails/desk_notice",
        values={"request_id": request.id, "spoken": request.language},
        headers={"Auto-Submitted": "auto-generated"},
        per_day=NOTICES_A_DAY,
    )


def _to_steward(request: DeskRequest, *, kind: str, template: str, reply_to: str, automatic: str) -> str:
    return outbox.put(
        kind=kind,
        cause=str(request.id),
        to=request.email,
        language=request.language,
        template=template,
        values={},
        reply_to=reply_to,
        headers={"Auto-Submitted": automatic},
        per_day=RECEIPTS_A_DAY,
    )
