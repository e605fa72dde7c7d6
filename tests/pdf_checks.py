"""What we hold a PDF to beyond what validators see: each check gives its faults in words, none when all is well.

The PDF is held against the print HTML that it was made from, and that HTML against the page of the website.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from lxml.html import HtmlElement

from tests import print_reading
from tests.pdf_reading import HEADING, Bookmark, Node, Pdf, Text, fonts, poppler_text
from tests.print_reading import squash, words


class Printed(NamedTuple):
    """A PDF with the print HTML that it was made from. ``allowed_fonts`` are the families that we declare."""

    pdf: Pdf
    html: HtmlElement
    allowed_fonts: tuple[str, ...]


def expect_none(found: Mapping[str, list[str]]) -> None:
    """Fail with a line for each fault, behind the file that has it."""
    told = [f"{file}: {fault}" for file, faults in found.items() for fault in faults]
    assert not told, "\n".join(["", *told])


def differences(what: str, wanted: Iterable[object], found: Iterable[object]) -> list[str]:
    """The first place where two sequences part."""
    wanted, found = list(wanted), list(found)
    for number, (want, have) in enumerate(itertools.zip_longest(wanted, found), 1):
        if want != have:
            return [f"{what} {number} should be {want!r} and is {have!r} ({len(wanted)} wanted, {len(found)} found)"]
    return []


def parting(what: str, wanted: str, found: str) -> list[str]:
    """The first place where two texts part, with what stands around it."""
    if wanted == found:
        return []
    at = next((n for n, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found)))
    start = max(0, at - 30)
    return [f"{what} part after {at} letters: {wanted[start : at + 40]!r} should be, {found[start : at + 40]!r} is"]


def headings_of_print(html: HtmlElement) -> list[tuple[int, HtmlElement]]:
    return [(int(node.tag[1]), node) for node in html.body.iter("h1", "h2", "h3", "h4", "h5", "h6")]


# The whole document


def title_and_language(made: Printed) -> list[str]:
    """The title is that of the HTML and shown by the reader; language and author are told."""
    title = " ".join((made.html.findtext(".//title") or "").split())
    found = differences("the title", [title], [made.pdf.title])
    found += [] if title else ["there is no title"]
    found += [] if made.pdf.title_shown else ["readers show the file's name, not the title"]
    found += differences("the language", [made.html.get("lang")], [made.pdf.language])
    return found + differences("the author", made.html.xpath("//meta[@name='author']/@content"), [made.pdf.author])


def unfit_parts(made: Printed) -> list[str]:
    """No encryption, no scripts, no attached files."""
    return made.pdf.unfit


def embedded_fonts(made: Printed) -> list[str]:
    """Every font is one of ours, embedded, and tells its letters."""
    found = []
    for name, embedded, tells in fonts(made.pdf.file):
        if not squash(name).replace("-", "").casefold().startswith(made.allowed_fonts):
            found.append(f"the font {name} is not one of ours")
        if not embedded or not tells:
            found.append(f"the font {name} is not embedded, or does not tell its letters")
    return found


# What a screen reader goes by


def headings(made: Printed) -> list[str]:
    """One h1, first; no level skipped; each heading of the HTML in the tree, in order, with the same text."""
    found = []
    nodes = [node for node in made.pdf.tree.walk() if HEADING.fullmatch(node.kind)]
    levels = [int(node.kind[1]) for node in nodes]
    if levels[:1] != [1] or levels.count(1) != 1:
        found.append(f"there should be one heading of level 1, and first: {levels}")
    for node, (before, after) in zip(nodes[1:], itertools.pairwise(levels), strict=True):
        if after > before + 1:
            found.append(f"level {before} is followed by level {after}: {node.text!r}")
    wanted = [(level, squash(print_reading.text(node))) for level, node in headings_of_print(made.html)]
    return found + differences("heading", wanted, [(int(node.kind[1]), squash(node.text)) for node in nodes])


def bookmarks(made: Printed) -> list[str]:
    """The bookmarks are the headings: their order, their level, their text or the shorter one that they ask for."""
    wanted = [
        Bookmark(level, squash(node.get("data-bookmark") or print_reading.text(node)))
        for level, node in headings_of_print(made.html)
    ]
    return differences("bookmark", wanted, [Bookmark(one.level, squash(one.title)) for one in made.pdf.bookmarks])


def lists(made: Printed) -> list[str]:
    """Lists are lists: as many, with as many items; in each item a body, and before it the number that is shown."""
    found = []
    wanted = [_items(node) for node in made.html.body.iter("ul", "ol", "dl") if _is_read(node)]
    nodes = made.pdf.tree.find("L")
    found += differences(
        "the number of items of list", wanted, [sum(item.kind == "LI" for item in node.nodes) for node in nodes]
    )
    for node in nodes:
        found += [f"a list has {kid.kind} in it" for kid in node.nodes if kid.kind not in ("LI", "L", "Caption")]
    for item in made.pdf.tree.find("LI"):
        kinds = [kid.kind for kid in item.nodes]
        if not re.fullmatch("(Lbl )*(LBody )+", "".join(f"{kind} " for kind in kinds)) or len(item.kids) != len(kinds):
            found.append(f"an item of a list is made of {kinds}: {item.text[:60]!r}")
    stray = [
        kid.kind
        for node in made.pdf.tree.walk()
        for kid in node.nodes
        if (kid.kind == "LI" and node.kind != "L") or (kid.kind in ("Lbl", "LBody") and node.kind not in ("LI", "Note"))
    ]
    found += [f"{kind} stands outside a list" for kind in stray]
    if not found:  # the lists of both sides are the same, so they can be told apart
        sources = [node for node in made.html.body.iter("ul", "ol", "dl") if _is_read(node)]
        for source, node in zip(sources, nodes, strict=True):
            if source.tag == "ol":
                items = [item for item in node.nodes if item.kind == "LI"]
                found += [
                    f"an item of a numbered list has no number: {item.text[:60]!r}"
                    for item in items
                    if [kid.kind for kid in item.nodes] != ["Lbl", "LBody"]
                ]
    return found


def _items(node: HtmlElement) -> int:
    """The items of a list; in a description list, terms that follow each other share one."""
    if node.tag == "dl":
        parts = ["dd", *(part.tag for part in node.iter("dt", "dd"))]
        return sum(pair == ("dd", "dt") for pair in itertools.pairwise(parts))
    return len(node.findall("li"))


def _is_read(node: HtmlElement) -> bool:
    """Whether an element is read, though pictures are not text."""
    around = all(print_reading.is_read(one) for one in node.iterancestors())
    if node.tag == "svg":
        return around and node.get("aria-hidden") != "true"
    return around and print_reading.is_read(node)


def tables(made: Printed) -> list[str]:
    """A table is one table with the cells of the HTML, and each header cell says what it is the header of."""
    wanted = [_cells_of_html(node) for node in made.html.body.iter("table") if _is_read(node)]
    found = differences("table", wanted, [_cells(node) for node in made.pdf.tree.find("Table")])
    for cell in made.pdf.tree.find("TH"):
        if cell.attributes.get("Scope") not in ("Row", "Column", "Both"):
            found.append(f"a header cell does not say whether it heads a row or a column: {cell.text!r}")
    return found


def _cells_of_html(table: HtmlElement) -> list[list[tuple[str, str]]]:
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    return [
        [(cell.tag.upper(), squash(print_reading.text(cell))) for cell in row.iterchildren("th", "td")] for row in rows
    ]


def _cells(table: Node) -> list[list[tuple[str, str]]]:
    groups = [kid for kid in table.nodes if kid.kind in ("THead", "TBody", "TFoot")] or [table]
    rows = [row for group in groups for row in group.nodes if row.kind == "TR"]
    return [[(cell.kind, squash(cell.text)) for cell in row.nodes] for row in rows]


def figures(made: Printed) -> list[str]:
    """Each picture of the HTML that says something is a figure with the same words for who can't see it."""
    wanted = [words(_alternative(node)) for node in made.html.body.iter("img", "svg") if _is_picture(node)]
    nodes = made.pdf.tree.find("Figure")
    found = [f"a figure has no words for who can't see it: {node.text!r}" for node in nodes if not node.alternative]
    return found + differences("the words for figure", wanted, [words(node.alternative or "") for node in nodes])


def _is_picture(node: HtmlElement) -> bool:
    return _is_read(node) and node.get("alt") != ""


def _alternative(node: HtmlElement) -> str:
    if node.tag == "img":
        return str(node.get("alt"))
    told = [one.text_content() for one in node.iterchildren("title", "desc")]
    return str(node.get("aria-label") or " ".join(told))


def links(made: Printed) -> list[str]:
    """Each link of the HTML is one link in the tree, can be followed, and says in words where it leads."""
    found = []
    nodes = made.pdf.tree.find("Link")
    wanted = [squash(print_reading.text(node)) for node in made.html.body.iter("a") if node.get("href")]
    found += differences("link", wanted, [squash(node.text) for node in nodes])
    used = Counter(note.id for node in nodes for note in node.annotations if note.kind == "Link")
    for note in made.pdf.annotations:
        if note.kind == "Link" and used[note.id] != 1:
            found.append(f"the link to {note.target} on page {note.page + 1} is in {used[note.id]} links of the tree")
    for node in nodes:
        notes = [note for note in node.annotations if note.kind == "Link"]
        if not notes:
            found.append(f"a link can't be followed: {node.text!r}")
        for note in notes:
            address = re.match(r"(?:https?://|mailto:|tel:)(.*)", note.contents)
            if not note.contents:
                found.append(f"a link does not say where it leads: {node.text!r}")
            elif address and squash(node.text).strip("/") not in (address[1].strip("/"), note.contents.strip("/")):
                found.append(f"the link {node.text!r} says only the address {note.contents}")
    return found


def form_fields(made: Printed) -> list[str]:
    """Each field of the HTML can be filled, says what belongs in it, and is in the tree as a form."""
    fields = [note for note in made.pdf.annotations if note.kind == "Widget"]
    controls = [
        node
        for node in made.html.body.iter("input", "textarea", "select")
        if node.get("type") not in ("hidden", "submit", "reset", "button")
    ]
    found = differences("the number of form fields", [len(controls)], [len(fields)])
    found += [f"a form field on page {note.page + 1} has no name" for note in fields if not note.name.strip()]
    forms = Counter(note.id for node in made.pdf.tree.find("Form") for note in node.annotations)
    found += [f"the form field {note.name!r} is not in the tree" for note in fields if forms[note.id] != 1]
    others = sorted({note.kind for note in made.pdf.annotations} - {"Link", "Widget"})
    return found + [f"there is an annotation of the kind {kind}" for kind in others]


# The text


def reading_order(made: Printed) -> list[str]:
    """The text of the tree is that of the HTML, in the same order; the numbers of list items aside."""
    wanted = "".join(squash(text) for _, text in print_reading.runs(made.html.body))
    return parting("the tree and the HTML", wanted, squash(made.pdf.tree.text))


def inner_languages(made: Printed) -> list[str]:
    """What the HTML marks as another language is marked so in the tree, to the letter."""
    whole = made.html.get("lang")
    wanted = _in_other_languages(print_reading.runs(made.html.body, whole), whole)
    tree = made.pdf.tree.runs(made.pdf.language)
    return differences("the passage in another language", wanted, _in_other_languages(tree, whole))


def _in_other_languages(runs: Iterable[tuple[str | None, str]], whole: str | None) -> list[tuple[str | None, str]]:
    lettered = [(language, squash(text)) for language, text in runs if squash(text)]
    grouped = itertools.groupby(lettered, key=lambda run: run[0])
    return [(language, "".join(text for _, text in group)) for language, group in grouped if language != whole]


def letters(made: Printed) -> list[str]:
    """What poppler extracts from each page has the letters of the tree and of the decorations, no more and no others.

    Letters that lie outside the page, or that are never drawn since something before them can't be, are missing there.
    """
    known = [Counter[str]() for _ in range(made.pdf.pages)]
    for node in made.pdf.tree.walk():
        for kid in node.kids:
            if isinstance(kid, Text):
                known[kid.page].update(_compatible(kid.text))
    pages, complaints = poppler_text(made.pdf.file)
    found = [f"poppler says: {line}" for line in complaints]
    for number, text in enumerate(pages):
        for more in (made.pdf.decorations, made.pdf.loose, made.pdf.strays):
            known[number].update(_compatible(more[number]))
        extracted = Counter(_compatible(text))
        if extracted != known[number]:
            more, less = extracted - known[number], known[number] - extracted
            found.append(f"page {number + 1}: extracted are also {dict(more)}, missing are {dict(less)}")
    return found


def _compatible(text: str) -> str:
    return squash(unicodedata.normalize("NFKC", text))


def margins(made: Printed) -> list[str]:
    """What repeats in the margins is marked as decoration, on every page; nothing is marked as nothing."""
    found = []
    numbers: list[tuple[int, int]] = []
    for number in range(made.pdf.pages):
        for others in (made.pdf.loose[number], made.pdf.strays[number]):
            if others.strip():
                found.append(f"page {number + 1} has text that is neither in the tree nor decoration: {others!r}")
        told = re.findall(r"Page\s+(\d+)\s+of\s+(\d+)", made.pdf.decorations[number])
        numbers += [(int(one), int(of)) for one, of in told]
    if made.html.get("data-form") == "booklet":  # two pages on each side of a sheet, in the order for folding
        pages = len(numbers)
        if not 2 * made.pdf.pages - 4 < pages <= 2 * made.pdf.pages:
            found.append(f"{made.pdf.pages} sides of sheets don't fit a booklet of {pages} pages")
        return found + differences("page number", [(one, pages) for one in range(1, pages + 1)], sorted(numbers))
    pages = made.pdf.pages
    return found + differences("page number", [(one, pages) for one in range(1, pages + 1)], numbers)


CHECKS: tuple[Callable[[Printed], list[str]], ...] = (
    title_and_language,
    unfit_parts,
    embedded_fonts,
    headings,
    bookmarks,
    lists,
    tables,
    figures,
    links,
    form_fields,
    reading_order,
    inner_languages,
    letters,
    margins,
)
