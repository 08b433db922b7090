"""From a template and a language to the parts of a message: subject, text for reading, HTML for phones."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from mjml import mjml2html

from campaigner.core.i18n import force_locale
from campaigner.core.text import one_line


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mail says. `subject` is one line, `text` ends with a line end, `html` is a whole document."""

    subject: str
    text: str
    html: str


def parts(template: str, *, language: str, values: dict[str, Any]) -> Parts:
    """Render `<template>.subject.txt`, `.txt` and `.mjml` in that language."""
    with force_locale(language):
        subject = one_line(render_template(f"{template}.subject.txt", **values))
        text = render_template(f"{template}.txt", **values).strip() + "\n"
        html = compiled(render_template(f"{template}.mjml", subject=subject, **values))
    return Parts(subject=subject, text=text, html=html)


def compiled(mjml: str) -> str:
    """HTML that mail programs understand, from MJML. Raises ValueError for MJML that is none."""
    # No fonts: by default a font that is only named is fetched from Google by whoever opens the mail.
    return str(mjml2html(mjml, fonts={}))
