"""What a local pastes into its page, its chat and its newsletter: every rung of the ladder, ready to copy."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlencode

import segno
from markupsafe import escape

from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Placement
from campaigner.campaigns.queries import Page
from campaigner.core import web
from campaigner.core.i18n import force_locale
from campaigner.core.i18n import gettext as _

# Of a plain frame that is 390 CSS pixels wide; embed.js begins with the first and then follows the frame.
HEIGHTS = {"petition": 1050, "solidarity": 1180, "letter": 1700}
CHOICE, STRIP = 60, 132  # the row in which a visitor chooses between acts; the whole of a strip
BADGE = (360, 120)  # CSS pixels
_LINK = '<a class="campaigner-widget" href="{url}">{text}</a>\n<script async src="{script}"></script>'
_FRAME = (
    '<iframe src="{url}" title="{text}" width="{width}" height="{height}" style="border:0" loading="lazy" '
    'referrerpolicy="strict-origin-when-cross-origin"></iframe>'
)
_BADGE = '<a href="{link}"><img src="{image}" alt="{text}" width="{width}" height="{height}"></a>'
_FIELD = '  <p><label>{label}<br><input name="{name}"{more} required></label></p>\n'
_FORM = '<form action="{link}" method="post">\n{fields}  <p><button>{button}</button></p>\n</form>'
_CARD = '<blockquote class="campaigner-card"><a href="{link}">{text}</a></blockquote>'


@dataclass(frozen=True, slots=True)
class Words:
    """Ready texts in one language. `language` is the one they are in."""

    language: str
    whatsapp: str
    facebook: str
    subject: str
    newsletter: str


def frame_url(placement: Placement, chosen: Mapping[str, str] | None = None) -> str:
    """The address of the document in the frame, as it was chosen to look."""
    return web.absolute("widget.show", key=placement.key, **(chosen or {}))


def short_link(placement: Placement, language: str | None = None) -> str:
    """The address for a chat, a bulletin or a page that takes nothing but links."""
    more = {"lang": language} if language and language != placement.language else {}
    return web.absolute("widgets.short", key=placement.key, **more)


def snippet(placement: Placement, chosen: Mapping[str, str] | None = None) -> str:
    """What a local pastes: a link that works by itself, and the script that turns it into the widget."""
    return _LINK.format(
        url=escape(frame_url(placement, chosen)), text=words(placement, chosen),
        script=escape(web.absolute("widgets.embed")),
    )  # fmt: skip


def plain_frame(
    placement: Placement, chosen: Mapping[str, str] | None = None, *, width: str = "100%", height: int | None = None
) -> str:
    """The same as a bare iframe, for sites that let a frame through and no script."""
    return _FRAME.format(
        url=escape(frame_url(placement, chosen)), text=words(placement, chosen), width=width,
        height=height or usual_height(placement, chosen),
    )  # fmt: skip


def usual_height(placement: Placement, chosen: Mapping[str, str] | None = None) -> int:
    """How high a frame must be to hold the form, in CSS pixels."""
    asked, kinds = chosen or {}, [ask.kind for ask in placement.campaign.asks]
    if asked.get("size") == "strip":
        return STRIP
    kind = asked["act"] if asked.get("act") in kinds else (kinds or ["petition"])[0]
    return HEIGHTS[kind] + (CHOICE if len(kinds) > 1 else 0)


def badge(placement: Placement, ending: str = "png", chosen: Mapping[str, str] | None = None) -> str:
    """An image with the live count that leads to the campaign: for sites that strip frames, forms and scripts."""
    spoken = {name: value for name, value in (chosen or {}).items() if name == "lang"}
    image = web.absolute("widgets.badge", key=placement.key, ending=ending, **spoken)
    link = escape(short_link(placement, spoken.get("lang")))
    return _BADGE.format(link=link, image=escape(image), text=words(placement, chosen), width=BADGE[0], height=BADGE[1])


def plain_form(placement: Placement) -> str:
    """A form for a static page. It asks who you are; what you agree to is asked by us, on the page after it."""
    with force_locale(placement.language):
        asked = (
            ("first_name", _("First name"), ' autocomplete="given-name"'),
            ("last_name", _("Last name"), ' autocomplete="family-name"'),
            ("email", _("E-mail"), ' type="email" autocomplete="email"'),
            ("postcode", _("Postcode"), ' autocomplete="postal-code"'),
        )
        fields = "".join(_FIELD.format(name=name, label=escape(label), more=more) for name, label, more in asked)
        return _FORM.format(link=escape(short_link(placement)), fields=fields, button=escape(_("Go on")))


def card(placement: Placement, chosen: Mapping[str, str] | None = None) -> str:
    """A link and nothing else: what stands where a frame cannot."""
    spoken = (chosen or {}).get("lang")
    return _CARD.format(link=escape(short_link(placement, spoken)), text=words(placement, chosen))


def words(placement: Placement, chosen: Mapping[str, str] | None = None) -> str:
    """The words of the link, escaped, in the language it leads to; they become the frame's title."""
    spoken = (chosen or {}).get("lang") or placement.language
    page = campaigns.page(placement.campaign.slug, spoken, hidden=True)
    with force_locale(spoken):
        return str(escape(_("Sign along: %(title)s", title=page.title) if page else _("Sign along")))


def oembed(url: str) -> str:
    """Where programs learn what to show for this address (oembed.com)."""
    return f"{web.absolute('widgets.oembed')}?{urlencode({'url': url, 'format': 'json'})}"


def texts(placement: Placement, page: Page, language: str) -> Words:
    """Ready texts about a page for a chat, a timeline and a newsletter, in the language of the page."""
    link = short_link(placement, language)
    about = {"title": page.title, "summary": page.text.summary.replace(campaigns.SOFT_HYPHEN, ""), "link": link}
    about["local"] = placement.organisation.name
    with force_locale(language):
        told = (page.text.share_text or about["summary"]).replace(campaigns.SOFT_HYPHEN, "")
        return Words(
            language=language,
            whatsapp=f"*{page.title}*\n{told}\n\n" + _("It takes a minute: %(link)s", link=link),
            facebook=f"{told}\n\n" + _("%(local)s joins in. You too? It takes a minute: %(link)s", **about),
            subject=page.title,
            newsletter=f"{about['summary']}\n\n"
            + _("%(local)s carries this campaign. One minute and your name is on it:", **about)
            + f"\n{link}\n\n"
            + _("You decide yourself whether you get mail afterwards. Pass it on to one colleague."),
        )  # fmt: skip


def qr(link: str, ending: str) -> bytes:
    """The QR code of an address: SVG, or PNG of about 600 pixels, with the margin that scanners need (ISO 18004)."""
    code, out = segno.make(link, error="m", micro=False), BytesIO()
    if ending == "svg":
        code.save(out, kind="svg", border=4, dark="#1c1613", light="#fff", xmldecl=False, omitsize=True)
    else:
        code.save(out, kind="png", border=4, scale=max(1, 600 // (code.symbol_size(border=4)[0])), dark="#1c1613")
    return out.getvalue()


def qr_uri(link: str) -> str:
    """The QR code as an address that holds it, for a picture in our own page."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr(link, "svg")).decode()
