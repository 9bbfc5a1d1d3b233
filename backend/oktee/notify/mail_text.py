"""The words of a mail: Jinja templates by name and language; the HTML part is made of the text through one layout."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, UndefinedError
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent / "mails"
LINK = re.compile(r"https?://[^\s<>]+")
ANYTHING = re.compile(r"[\r\n\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it leaves."""

    to: str
    subject: str
    text: str
    html: str


@cache
def _words() -> Environment:
    """Text is not escaped: it is text. What becomes HTML is escaped by `_as_html`."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701 - plain text; see above
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


@cache
def _pages() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)


def compose(to: str, template: str, locale: str, values: dict[str, Any], workspace: str | None) -> Letter:
    """The mail in that language (English where it has none). Raises LookupError for a missing template or value."""
    language = locale if (FOLDER / f"{template}.{locale}.txt").is_file() else "en"
    known = values | {"workspace": workspace}
    try:
        subject, _, text = _words().get_template(f"{template}.{language}.txt").render(known).partition("\n")
        footer = _words().get_template(f"_footer.{language}.txt").render(known)
        inside = _as_html(text)
        if (FOLDER / f"{template}.{language}.html").is_file():
            inside = Markup(_pages().get_template(f"{template}.{language}.html").render(known))  # noqa: S704 - autoescaped
        html = (
            _pages()
            .get_template("_layout.html")
            .render(subject=subject, language=language, inside=inside, footer=_as_html(footer))
        )
    except TemplateNotFound as missing:
        raise LookupError(f"there is no mail {missing.name}") from None
    except UndefinedError as missing:
        raise LookupError(f"the mail {template} lacks a value: {missing.message}") from None
    return Letter(to, ANYTHING.sub(" ", subject).strip(), f"{text.strip()}\n\n-- \n{footer.strip()}\n", html)


def _as_html(text: str) -> Markup:
    """Paragraphs of a plain text; addresses become links."""
    return Markup("\n").join(_paragraph(each) for each in re.split(r"\n\s*\n", text.strip()))


def _paragraph(text: str) -> Markup:
    pieces, place = [], 0
    for found in LINK.finditer(text):
        pieces += [escape(text[place : found.start()]), Markup('<a href="{0}">{0}</a>').format(found.group())]
        place = found.end()
    pieces.append(escape(text[place:]))
    return Markup("<p>{}</p>").format(Markup("").join(pieces).replace("\n", Markup("<br>\n")))
