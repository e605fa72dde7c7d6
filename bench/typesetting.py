"""The same documents for Typst: print HTML becomes a Typst source with the same text, which is compiled in-process.

The source is made from the HTML that our renderer and Chromium get, so not a word differs. Its layout is comparable,
not equal: A4 with the same margins, sizes and fonts, a running head and foot with page x of y, headings with bookmarks,
lists, tables, links, pictures, labels in a column on the left. It claims PDF/UA-1 as ours do. Links within a document
are plain text, and forms are empty boxes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_NAMESPACE = "{http://www.w3.org/2000/xmlns/}xmlns"
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
"""All punctuation of ASCII: Typst takes any of it literally behind a backslash."""
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SILENT = {"head", "script", "style", "template", "datalist"}
_BLOCKS = {"blockquote", "dd", "dl", "dt", "fieldset", "figcaption", "form", "legend", "p", "pre", "tr"}
_CONTAINERS = {"article", "aside", "div", "figure", "footer", "header", "main", "nav", "section"}
_LONGEST_UNBROKEN = 1200
"""Characters of a part that is kept on one page."""

_FRAME = """\
#set document(title: %(title)s, author: %(author)s, date: none)
#set text(font: %(font)s, size: 12pt, lang: %(language)s, fill: rgb("#16191b"))
#set par(leading: 0.5em, spacing: 0.85em)
#set page(
  paper: "a4",
  margin: (x: 17mm, top: 17mm, bottom: 18mm),
  header: context if counter(page).get().first() > 1 {
    text(size: 9pt)[#%(title)s #h(1fr) #%(document)s]
  },
  footer: context text(size: 9pt)[
    #%(version)s \\ #%(address)s #h(1fr) Page #counter(page).display() of #counter(page).final().first()
  ],
)
#set list(marker: [•], indent: 0pt, body-indent: 2.5mm, spacing: 0.65em)
#set heading(bookmarked: true)
#show heading: set text(size: 12pt, weight: 600)
#show heading.where(level: 1): set text(size: 25pt, fill: rgb("#17495a"))
#show heading.where(level: 2): set text(size: 15pt, fill: rgb("#17495a"))
#show heading.where(level: 2): set block(above: 5mm)
#show strong: set text(weight: 600)
#show link: underline
#let part(breaks, body) = block(inset: (left: 36mm), width: 100%%, breakable: breaks, body)
#let side(down, body) = place(top + left, dx: -36mm, dy: down, block(width: 33mm, body))
#let tick = box(width: 8pt, height: 8pt, stroke: 0.75pt)
"""


@lru_cache(maxsize=1)
def _compiler(fonts: str) -> Any:
    import typst

    only_ours = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
    return typst.Compiler(b"", font_paths=only_ours)


def compile_source(source: bytes, fonts: str) -> bytes:
    """The PDF of a source, with the fonts of one folder only. The compiler keeps what it has loaded."""
    pdf: bytes = _compiler(fonts).compile(input=source, format="pdf", pdf_standards="ua-1")
    return pdf


def typst_source(html: bytes, font: str) -> bytes:
    """The Typst source of a document of print HTML, in a font family."""
    from tinyhtml5 import parse  # type: ignore[import-untyped]

    root = parse(html.decode(), namespace_html_elements=False)
    body = root.find("body")
    author = next((meta.get("content", "") for meta in root.iter("meta") if meta.get("name") == "author"), "")
    frame = {
        "title": _string(_words(root.find("head/title"))),
        "author": _string(author),
        "font": _string(font),
        "language": _string(root.get("lang", "en").partition("-")[0]),
        **{name: _string(body.get(f"data-{name}", "")) for name in ("document", "version", "address")},
    }
    return f"{_FRAME % frame}\n{_content(body)}\n".encode()


def _content(element: Any) -> str:
    """What is in an element, without the element itself."""
    parts = [_text(element.text)]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(_markup(child))
        parts.append(_text(child.tail))
    return "".join(parts)


def _markup(element: Any) -> str:
    tag, classes = element.tag, element.get("class", "").split()
    if tag in _SILENT:
        return ""
    if tag == f"{{{_SVG}}}svg":
        return _picture(element)
    if tag in ("ul", "ol"):
        markup = _list(element, "tick" in classes)
    elif tag == "table":
        markup = _table(element)
    elif tag in ("input", "textarea", "select", "button"):
        return _field(element)
    elif tag == "br":
        return "#linebreak();"
    elif tag == "img":
        return _text(element.get("alt", ""))
    else:
        markup = _dressed(element, _content(element))
    if "side" in classes:
        down = "34.6pt" if "lower" in classes else "17.8pt" if "under" in classes else "0pt"
        markup = f"\n\n#side({down})[{markup}]\n\n"
    return markup


def _dressed(element: Any, content: str) -> str:
    tag = element.tag
    if tag in _HEADINGS:
        return f"\n\n#heading(level: {_HEADINGS[tag]})[{content}]\n\n"
    if tag in _CONTAINERS:
        if "sheet" in element.get("class", "").split():
            content = f"#pagebreak(weak: true)\n\n{content}"
        if any("side" in child.get("class", "").split() for child in element):
            breaks = "true" if len(content) > _LONGEST_UNBROKEN else "false"
            return f"\n\n#part({breaks})[{content}]\n\n"
        return f"\n\n{content}\n\n"
    if tag in _BLOCKS:
        return f"\n\n{content}\n\n"
    if tag in ("strong", "b"):
        return f"#strong[{content}]"
    if tag in ("em", "i"):
        return f"#emph[{content}]"
    href = element.get("href", "")
    if tag == "a" and href and not href.startswith("#") and content.strip():
        return f"#link({_string(href)})[{content}]"
    return content


def _list(element: Any, ticks: bool) -> str:
    items = ", ".join(f"[{_content(item)}]" for item in element if item.tag == "li")
    call = "enum(" if element.tag == "ol" else "list(marker: tick, " if ticks else "list("
    return f"\n\n#{call}{items})\n\n"


def _table(element: Any) -> str:
    rows = list(element.iter("tr"))
    head = [row for row in rows if all(cell.tag == "th" for cell in row)][:1]
    columns = max((sum(int(cell.get("colspan", 1)) for cell in row) for row in rows), default=1)
    header = "".join(f"table.header({', '.join(map(_cell, row))}), " for row in head)
    cells = ", ".join(_cell(cell) for row in rows if row not in head for cell in row)
    caption = element.find("caption")
    title = "" if caption is None else _content(caption)
    return f"\n\n{title}\n\n#table(columns: {columns}, {header}{cells})\n\n"


def _cell(element: Any) -> str:
    span = element.get("colspan", "1")
    content = _content(element)
    content = f"#strong[{content}]" if element.tag == "th" else content
    return f"[{content}]" if span == "1" else f"table.cell(colspan: {span})[{content}]"


def _field(element: Any) -> str:
    if element.get("type") in ("checkbox", "radio"):
        return "#tick;"
    height = "60pt" if element.tag == "textarea" else "16pt"
    return f"#box(width: 60mm, height: {height}, stroke: 0.5pt);"


def _picture(element: Any) -> str:
    ElementTree.register_namespace("", _SVG)
    title = element.get("aria-label") or _words(element.find(f"{{{_SVG}}}title")) or "Picture"
    element.attrib.pop(_NAMESPACE, None)  # written again with the names
    svg = _string(ElementTree.tostring(element, encoding="unicode").rpartition(">")[0] + ">")
    return f'#box(image(bytes({svg}), format: "svg", width: 25mm, alt: {_string(title)}));'


def _words(element: Any) -> str:
    return "" if element is None else _SPACE.sub(" ", "".join(element.itertext())).strip()


def _text(text: str | None) -> str:
    return _SPECIAL.sub(r"\\\1", _SPACE.sub(" ", text or ""))


def _string(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{quoted}"'
