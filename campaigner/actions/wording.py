"""What a refusal says, by the kind of act: who wrote a letter is not told about a signature."""

from campaigner.core.i18n import LazyString
from campaigner.core.i18n import lazy_gettext as _l

TAKES_NONE: dict[str, LazyString] = {
    "petition": _l("This campaign takes no signatures at the moment."),
    "letter": _l("This campaign takes no letters at the moment."),
    "solidarity": _l("This campaign takes no messages at the moment."),
}
TAKEN_BACK: dict[str, LazyString] = {
    "petition": _l("This signature was taken back. You can sign again on the campaign page."),
    "letter": _l("This letter was taken back. You can write again on the campaign page."),
    "solidarity": _l("This message was taken back. You can write again on the campaign page."),
}
TOO_LATE: dict[str, LazyString] = {
    "petition": _l("The signatures have been handed over already: yours came too late for this list."),
    "letter": _l("The letters have been handed over already: yours came too late."),
    "solidarity": _l("The messages have been passed on already: yours came too late."),
}
NOTHING = _l("We have nothing of yours under this link (any more). You can take part again on the campaign page.")
