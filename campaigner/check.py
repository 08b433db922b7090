"""What `campaigner check` looks at: templates and catalogues. Quick, needs no database, changes nothing.

Each function returns findings as sentences, an empty list when all is well. The walls in tests/house call the same.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import TemplateSyntaxError

from campaigner.config import LANGUAGES

TOP = Path(__file__).parent.parent
TRANSLATIONS = Path(__file__).parent / "translations"
TEMPLATES = TOP / "templates"
INLINE = frozenset({
    # The document in the frame of a widget carries its bundle inside, under a hash in its policy.
    "widgets/layout.html", "widgets/frame.html",
    # The preview of a mail stands under the policy of a mail: styles of its own, and no script at all.
    "alerts/staff/no_preview.html", "alerts/staff/text_preview.html",
})  # fmt: skip
MAILS = "*.mjml"  # mails bring their styles with them
# Enough to build the application; nothing behind these addresses is ever asked.
SETTINGS = {
    "CAMPAIGNER_ENV": "test", "DATABASE_URL": "postgresql://nowhere.invalid/none", "REDIS_URL": "redis://nowhere.invalid",
    "SECRET_KEY": "check", "PASSWORD_SALT": "check", "TOTP_SECRET": "check", "PII_KEYS": f"k1:{'A' * 43}=",
    "FINGERPRINT_KEY": f"{'A' * 43}=", "PUBLIC_URL": "http://nowhere.invalid", "MAIL_SERVER": "nowhere.invalid",
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
# French sets a no-break space inside quotes and before double signs, and writes its apostrophe curved.
ADDRESS = re.compile(r"https?:\S+")
UNFRENCH = {
    "a straight apostrophe": re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])"),
    "no no-break space before a sign": re.compile(r"(?<![\u00a0\u202f])(?!(?<=\d):\d)[:;?!»]"),  # 09:30 is a time
    "no no-break space after «": re.compile(r"«(?![\u00a0\u202f])"),
}
# Facts for search engines are data: no browser runs them, and no policy stops them.
SCRIPT = re.compile(
    r"<script(?![^>]*(?:\bsrc=|type=\"application/ld\+json\"))[^>]*>(?!\s*</script>)|<style[\s>]|\son[a-z]+=\"", re.I
)


def run(app: Flask) -> list[str]:
    """Every finding, templates first."""
    return [*compiled(app), *inline(), *catalogues(), *typography(), *extracted(), *binaries()]


def compiled(app: Flask) -> list[str]:
    """Templates that do not compile in the application's own environment."""
    found = []
    for name in names():
        try:
            app.jinja_env.get_template(name)
        except TemplateSyntaxError as error:
            found.append(f"templates/{error.name or name}:{error.lineno}: {error.message}")
    return found


def names() -> list[str]:
    """Every template, by the name under which it is rendered."""
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())


def inline() -> list[str]:
    """Pages with a script, a style sheet or an event handler written into them: our policy would not run it."""
    return [
        f"templates/{name}: {match[0]!r} stands in the page; put it in a file under static/"
        for name in names()
        if name not in INLINE and not Path(name).match(MAILS)
        for match in SCRIPT.finditer((TEMPLATES / name).read_text(encoding="utf-8"))
    ]


def catalogue(language: str) -> Catalog:
    """The catalogue of a language, as it stands in the tree."""
    with _po(language).open("rb") as file:
        return read_po(file, locale=language)


def catalogues() -> list[str]:
    """Sentences that are missing, uncertain, or whose placeholders differ from the English."""
    return [finding for language in LANGUAGES for finding in _incomplete(language)]


def _incomplete(language: str) -> Iterator[str]:
    there = catalogue(language)
    for message in there:
        if not message.id:
            continue
        texts = _forms(message.string)
        if message.fuzzy or not all(texts):
            yield f"{language}: {_shown(message)} is {'fuzzy' if message.fuzzy else 'not translated'}"
        elif message.pluralizable and len(texts) != there.num_plurals:
            yield f"{language}: {_shown(message)} has {len(texts)} plural forms, not {there.num_plurals}"
        elif wrong := _placeholders_wrong(message, texts):
            yield f"{language}: {_shown(message)} {wrong}"


def typography() -> list[str]:
    """French sentences that are not set as French is: a line would begin with a sign, or an apostrophe is straight."""
    return [
        f"fr: {_shown(message)} has {what}"
        for message in (catalogue("fr") if "fr" in LANGUAGES else ())
        if message.id
        for what, mark in UNFRENCH.items()
        if any(mark.search(_words_only(text)) for text in _forms(message.string))
    ]


def _words_only(text: str) -> str:
    """A sentence without its placeholders and web addresses, whose signs are not punctuation."""
    return ADDRESS.sub("x", PLACEHOLDER.sub("x", text))


def _placeholders_wrong(message: Message, texts: tuple[str, ...]) -> str:
    """A plural form may leave out the number ("one person"), never name what is not there."""
    ids = _forms(message.id)
    allowed = set().union(*map(_placeholders, ids))
    for text in texts:
        used = _placeholders(text)
        if not used <= allowed:
            return f"names {', '.join(sorted(used - allowed))}, which the English does not"
        if not message.pluralizable and used != allowed:
            return f"leaves out {', '.join(sorted(allowed - used))}"
        if allowed and "%" in PLACEHOLDER.sub("", text).replace("%%", ""):
            return "holds a bare % beside placeholders"
    return ""


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text),)


def extracted() -> list[str]:
    """Sentences of the source that a catalogue does not know yet."""
    asked = dict(_sentences())
    return [
        f"{language}: {sentence!r} of {place} is not in the catalogue"
        for language in LANGUAGES
        for known in [_said(language)]
        for sentence, place in sorted(asked.items())
        if sentence not in known
    ]


def _sentences() -> Iterator[tuple[str, str]]:
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None}
    for folder, method in (("campaigner", [("**.py", "python")]), ("templates", [("**", "jinja2")])):
        for path, _line, text, _comments, _context in extract_from_dir(
            TOP / folder, method, options_map={"**": {"encoding": "utf-8"}}, keywords=keywords
        ):
            yield _forms(text)[0], f"{folder}/{path}"


def binaries() -> list[str]:
    """Compiled catalogues that say something else than their source: `make catalogues` was forgotten."""
    return [
        f"{language}: the compiled catalogue is {'older than its source' if _mo(language).exists() else 'missing'}; "
        "run make catalogues"
        for language in LANGUAGES
        if not _mo(language).exists() or _said(language) != _compiled(language)
    ]


def _said(language: str) -> dict[str, tuple[str, ...]]:
    return {_forms(message.id)[0]: _forms(message.string) for message in catalogue(language) if message.id}


def _compiled(language: str) -> dict[str, tuple[str, ...]]:
    with _mo(language).open("rb") as file:
        return {_forms(message.id)[0]: _forms(message.string) for message in read_mo(file) if message.id}


def _po(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def _mo(language: str) -> Path:
    return _po(language).with_suffix(".mo")


def _shown(message: Message) -> str:
    return repr(_forms(message.id)[0][:60])
