"""What staff read: states, steps, outcomes, reasons and roles in words, in their own language."""

from campaigner.core.i18n import lazy_gettext as _l

# state -> word, and the tone of its mark
STATES = {
    "new": (_l("New"), ""),
    "check": (_l("To check"), "warn"),
    "quarantine": (_l("Quarantine"), "bad"),
    "open": (_l("In hand"), "warn"),
    "answered": (_l("Answered"), "ok"),
    "closed": (_l("Settled"), "ok"),
}
PILES = {
    "open": _l("To answer"),
    "mine": _l("Mine"),
    "check": _l("To check"),
    "quarantine": _l("Quarantine"),
    "snoozed": _l("Put off"),
    "done": _l("Done"),
}
EMPTY = {
    "open": _l("Nobody is waiting for an answer."),
    "mine": _l("You have no messages in hand. Take one from the open pile."),
    "check": _l("Nothing to check."),
    "quarantine": _l("The quarantine is empty."),
    "snoozed": _l("Nothing is put off."),
    "done": _l("Nothing has been answered yet."),
}
ROLES = {"campaigner": _l("campaign team"), "admin": _l("administrators"), "inbox": _l("inbox team")}
STEPS = {
    "stored": _l("Stored, encrypted"),
    "scored": _l("Checked for spam"),
    "language": _l("Language of the text"),
    "routed": _l("Passed to the right team"),
    "acknowledged": _l("Receipt for the sender"),
    "notified": _l("Mail to the team"),
    "taken": _l("Taken in hand"),
    "released": _l("Not spam"),
    "spam": _l("Marked as spam"),
    "answered": _l("Answered"),
    "closed": _l("Settled"),
    "reopened": _l("Opened again"),
    "replied": _l("Answered by mail"),
    "received": _l("The sender wrote again"),
    "noted": _l("Note for colleagues"),
    "assigned": _l("Handed on"),
    "moved": _l("Is about something else"),
    "snoozed": _l("Put off"),
    "woken": _l("Back from being put off"),
    "merged": _l("Merged"),
    "extended": _l("Two more months, and the sender was told why"),
}
# What became of a mail of ours, and the tone of its mark.
FATES = {
    "waiting": (_l("On its way"), ""),
    "sent": (_l("Sent"), "ok"),
    "returned": (_l("Came back: the mailbox does not take it"), "bad"),
    "failed": (_l("Refused by the mail server"), "bad"),
    "unknown": (_l("Perhaps sent: the mail server did not answer"), "warn"),
    "suppressed": (_l("Not sent: this mailbox must not be written to"), "bad"),
    "cancelled": (_l("Not sent"), "bad"),
}
OUTCOMES = {
    "queued": _l("put in the queue"),
    "repeated": _l("was in the queue already"),
    "quota": _l("not sent: this mailbox got enough of these mails today"),
    "suppressed": _l("not sent: this mailbox must not be written to"),
    "automaton": _l("not sent: a program or a list reads this address"),
}
REASONS = {
    "decoy_filled": _l("filled in the field that must stay empty"),
    "decoy_changed": _l("changed the field that must stay unchanged"),
    "too_fast": _l("sent within three seconds"),
    "no_language": _l("the browser names no language"),
    "burst": _l("many messages from one network"),
    "many_links": _l("three links or more"),
    "link_in_name": _l("a link in the name"),
    "short_link": _l("a link that hides where it leads"),
    "markup": _l("code for links in the text"),
    "seen_before": _l("the same text came in the last 24 hours"),
    "all_capitals": _l("almost all capitals"),
    "other_script": _l("a script that our languages do not use"),
    "throwaway_address": _l("a throw-away address"),
    "mostly_link": _l("a link with next to no words"),
    "mixed_script": _l("letters of another script that look like ours"),
    "mail_headers": _l("lines that would be headers of a mail"),
    "spam_words": _l("words like those of what you marked as spam"),
    "doubtful_words": _l("some words like those of what you marked as spam"),
}
