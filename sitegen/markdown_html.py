"""Markdown becomes sanitised HTML, or plain text.

Python-Markdown has no safe mode, so everything that it makes is cleaned by nh3: content can hold no script, style,
form or frame. Plain paragraphs and headings, most of what authors write, are recognised by their characters and take a
short way with the same result; the converter is loaded only for the rest.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Any

_PLAIN_LINE = re.compile(r"(?!\d+[.)](?:\s|$))[\w(‘“'\"£€][^\\`*_{}\[\]<>&!|~\n]*(?<!\s)", re.UNICODE)
_PLAIN_HEADING = re.compile(r"(#{2,6}) ([\w(‘“][^\\`*_{}\[\]<>&!|~#\n]*(?<![\s#]))", re.UNICODE)
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_TAG = re.compile(r"<[^>]*>")
_HEADING_TAG = re.compile(r"<(/?)h([1-6])\b")
_UNSAFE_SPACE = re.compile(r"[ \t]{2,}\n|\t|\n[ \t]|^[ \t]")

_FOOTNOTE = re.compile(r'(id="|href="#)(fn(ref\d*)?:[^"]*)"')
_RESERVED_ID = re.compile(r' id="(?:main|part-[^"]*)"')
MOST_STEPS = 4_000_000
"""What the converter may take for one text; about a second."""
_OPENING = re.compile(r"\[|\]\(?|[()]|<[A-Za-z]|\n[ \t]*\n")

INLINE_TAGS = {"a", "abbr", "b", "br", "code", "em", "i", "q", "s", "small", "span", "strong", "sub", "sup"}
BLOCK_TAGS = INLINE_TAGS | {
    "blockquote", "dd", "div", "dl", "dt", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id", "lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_URL_SCHEMES = {"http", "https", "mailto", "tel"}


def heading_id(title: str, separator: str = "-") -> str:
    """The anchor of a heading: small letters without accents, and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^\w\s-]", "", plain).strip().lower()
    anchor = re.sub(rf"[{separator}\s]+", separator, words)
    return f"section-{anchor}" if anchor == "main" or anchor.startswith("part-") else anchor or "section"


@lru_cache(maxsize=1)
def _converter() -> Any:
    import markdown

    extensions = ["tables", "sane_lists", "def_list", "fenced_code", "footnotes", "attr_list", "toc"]
    settings: dict[str, dict[str, Any]] = {
        "toc": {"slugify": heading_id},
        "footnotes": {"BACKLINK_TEXT": "Back to the text"},
    }
    converter = markdown.Markdown(extensions=extensions, extension_configs=settings, output_format="html")
    converter.ESCAPED_CHARS.append("<")  # so that a backslash keeps what looks like a tag
    return converter


def steps(text: str) -> tuple[int, int]:
    """About how many steps the converter takes for a text, and where in it most of them begin.

    From each square bracket it looks for the one that closes it, to the end of the paragraph if it must, and from what
    may be a tag for its end, to the end of the text. For each link or emphasis it copies the paragraph; each footnote
    it compares with all others.
    """
    costs = [(end - start, start) for start, end in _searches(text)]
    start = 0
    for blank in chain(_BLANK_LINES.finditer(text), (None,)):
        end = blank.start() if blank else len(text)
        signs = sum(text.count(sign, start, end) for sign in "[<`*_")
        costs.append((signs * (100 + (end - start) // 4000), start))
        start = blank.end() if blank else end
    return sum(cost for cost, _ in costs) + text.count("[^") ** 2 // 16, max(costs, key=lambda cost: cost[0])[1]


def _searches(text: str) -> Iterator[tuple[int, int]]:
    """From where to where the converter looks for the end of something."""
    brackets: list[int] = []
    targets: list[int | None] = []
    """Where round brackets were opened; None for those that open no link's target."""

    def unclosed(end: int) -> Iterator[tuple[int, int]]:
        yield from ((start, end) for start in (*brackets, *targets) if start is not None)
        brackets.clear()
        targets.clear()

    for match in _OPENING.finditer(text):
        sign, start = match[0], match.start()
        if sign == "[":
            brackets.append(start)
        elif sign[0] == "]":
            if brackets:
                yield brackets.pop(), start
            if sign == "](":
                targets.append(start)
        elif sign == "(":
            targets.append(None)
        elif sign == ")":
            opened = targets.pop() if targets else None
            if opened is not None:
                yield opened, start
        elif sign[0] == "<":
            end = text.find(">", start)
            yield start, end if end >= 0 else len(text)
        else:
            yield from unclosed(start)
    yield from unclosed(len(text))


def converted(text: str) -> str | None:
    """The HTML of a text before it is sanitised, never to be published; None when the text is too much to convert."""
    if steps(text)[0] > MOST_STEPS:
        return None
    converter = _converter()
    converter.reset()
    try:
        return str(converter.convert(text))
    except RecursionError:  # thousands of nested quotes or lists
        return None


def attributes_of(tag: str) -> set[str]:
    """The attributes that an element may have when it is published."""
    return _ATTRIBUTES["*"] | _ATTRIBUTES.get(tag, set())


def _converted(text: str) -> str:
    """The HTML of a text; of one that ``markdown_faults`` refuses, its words as they were written."""
    made = converted(text)
    return f"<p>{html.escape(text, quote=False)}</p>" if made is None else made


def _clean(source: str, tags: set[str]) -> str:
    import nh3

    return nh3.clean(source, tags=tags, attributes=_ATTRIBUTES, url_schemes=_URL_SCHEMES, link_rel=None)


@lru_cache(maxsize=4096)
def block(text: str, shift: int = 0) -> str:
    """Markdown of any length as HTML; headings begin at level 2, or lower by ``shift``."""
    short = _plain_blocks(text, shift)
    if short is not None:
        return short
    made = _HEADING_TAG.sub(lambda m: f"<{m[1]}h{min(6, max(2, int(m[2])) + shift)}", _converted(text))
    return _RESERVED_ID.sub("", _clean(made.replace("<th>", '<th scope="col">'), BLOCK_TAGS)).strip()


@lru_cache(maxsize=16384)
def inline(text: str) -> str:
    """One line of Markdown as HTML that can stand inside a paragraph or a heading."""
    text = text.strip()
    if _PLAIN_LINE.fullmatch(text):
        return html.escape(text, quote=False)
    made = _converted(text)
    return " ".join(_clean(made, INLINE_TAGS).split())


def plain(text: str) -> str:
    """Markdown as plain text, without its marks."""
    stripped = text.strip()
    if _PLAIN_LINE.fullmatch(stripped):
        return stripped
    short = _plain_blocks(text, 0)
    made = short if short is not None else _clean(_converted(text), BLOCK_TAGS)
    return " ".join(html.unescape(_TAG.sub(" ", made)).split())


def distinct_footnotes(page: str) -> str:
    """A page with the texts of several fields, in which no two footnotes share an id: later ones get a number."""
    if page.count('id="fn:') < 2:
        return page
    text, listed = 1, False

    def renamed(found: re.Match[str]) -> str:
        nonlocal text, listed
        if found[1].startswith("id"):
            if found[3] and listed:  # a reference after the notes of a text: the next text has begun
                text += 1
            listed = not found[3]
        return found[0] if text == 1 else f'{found[1]}{found[2]}-{text}"'

    return _FOOTNOTE.sub(renamed, page)


def anchors(text: str) -> set[str]:
    """Every id that the HTML of a text has."""
    return set(re.findall(r'\sid="([^"]+)"', block(text)))


def _plain_blocks(text: str, shift: int) -> str | None:
    """The HTML of a text of plain paragraphs and headings only, else None."""
    text = text.strip("\n")
    if _UNSAFE_SPACE.search(text):
        return None
    made: list[str] = []
    ids: set[str] = set()
    for part in _BLANK_LINES.split(text):
        heading = _PLAIN_HEADING.fullmatch(part)
        if heading:
            anchor = heading_id(heading[2])
            if anchor in ids:
                return None
            ids.add(anchor)
            level = min(6, len(heading[1]) + shift)
            made.append(f'<h{level} id="{anchor}">{html.escape(heading[2], quote=False)}</h{level}>')
            continue
        if not all(_PLAIN_LINE.fullmatch(line) for line in part.split("\n")):
            return None
        made.append(f"<p>{html.escape(part, quote=False)}</p>")
    return "\n".join(made)
