"""Which addresses never get an automatic answer: programs and lists would answer back, or pass it on to hundreds.

RFC 3834 section 2 (when not to respond automatically), RFC 2142 (role mailboxes), RFC 2919 and the
common list programs for the names.
"""

import re

ROLES = {
    "abuse", "bounce", "bounces", "daemon", "listserv", "mailerdaemon", "mailman", "majordomo", "nobody",
    "postmaster", "root",
}  # fmt: skip
SILENT = (
    "noreply", "donotreply", "dontreply", "nietantwoorden", "nepasrepondre", "noresponder", "autoreply", "automailer",
)  # fmt: skip
LIST_NAME = re.compile(r"^owner-|[-+](?:request|owner|bounces?|subscribe|unsubscribe|confirm|join|leave|list|l)$")
LIST_DOMAIN = re.compile(r"^(?:lists?|groups|listserv)\.|(?:^|\.)(?:googlegroups\.com|groups\.io|freelists\.org)$")


def is_automaton(address: str) -> bool:
    """True when a program or a list seems to read that mailbox."""
    local, _, domain = address.lower().rpartition("@")
    plain = re.sub(r"[^a-z0-9]", "", local.partition("+")[0])
    return (
        plain in ROLES or plain.startswith(SILENT) or bool(LIST_NAME.search(local)) or bool(LIST_DOMAIN.search(domain))
    )
