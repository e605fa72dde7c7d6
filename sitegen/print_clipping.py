"""Lines that would be cut off at the edge of the paper: after the layout each line is held against its page.

Reads the boxes of WeasyPrint's layout, which are no public interface: they are asked only for what every box has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sitegen.print_remarks import Remark
from sitegen.problems import quoted

_SLACK = 3.0
"""Pixels that a line may go over the edge of the text: marks and italics do."""
_WIDE_TABLE = 7
"""So many columns are more than a sheet has room for; with fewer it is a long word that is at fault."""
_CELLS_TO_FIND = 3


def clipped(pages: Iterable[Any]) -> Iterator[Remark]:
    """A remark for each table, text or picture that is wider than its page, or goes on below it."""
    told: set[tuple[int, str]] = set()
    for page in pages:
        sheet = page._page_box
        right = sheet.content_box_x() + sheet.width + _SLACK
        bottom = sheet.content_box_y() + sheet.height + _SLACK
        for child in sheet.children:
            edges = (right, bottom)
            if type(child).__name__ == "MarginBox":
                edges = (sheet.margin_width(), sheet.margin_height())
            for box, table in _outside(child, None, *edges):
                element = (id((table or box).element), getattr(child, "at_keyword", ""))
                if element not in told:  # once for a table over pages, and for all lines of a text
                    told.add(element)
                    yield _of_line(box) if table is None else _of_table(table)


def _outside(box: Any, table: Any, right: float, bottom: float) -> Iterator[tuple[Any, Any]]:
    """The lines and pictures below a box that go over an edge, each with the table that it is in."""
    stack = [(box, table)]
    while stack:
        box, table = stack.pop()
        kind = type(box).__name__
        if kind == "TextBox" or hasattr(box, "replacement"):
            ends = box.position_x + box.margin_width(), box.position_y + box.margin_height()
            cut_left = box.position_x < 0 < ends[0]
            if (ends[0] > right or ends[1] > bottom or cut_left or box.position_y < 0) and _is_visible(box):
                yield box, table
            continue
        if kind in ("TableBox", "InlineTableBox"):
            table = box
        stack += [(child, table) for child in reversed(getattr(box, "children", ()))]


def _is_visible(box: Any) -> bool:
    return bool(getattr(box, "text", "x").strip()) and box.style["visibility"] == "visible"


def _of_line(box: Any) -> Remark:
    text = getattr(box, "text", None)
    if text is None:
        message = "A picture is larger than its page, so a part of it would be cut off."
        source = box.element.get("src", "") if box.element is not None else ""
        hint = "Save it smaller, or leave out its width and height."
        return Remark("accessibility/clipped", "error", message, hint, (source.rpartition("/")[2],))
    words = text.split()
    message = f"The words {quoted(text)} don't fit on their page, so a part of them would be cut off."
    hint = "Shorten them, or divide them into shorter words and lines."
    needles = (text, " ".join(words[:3]), max(words, key=len))
    return Remark("accessibility/clipped", "error", message, hint, needles)


def _of_table(table: Any) -> Remark:
    row = _first_row(table)
    cells = [_text(cell) for cell in row]
    columns = sum(getattr(cell, "colspan", 1) for cell in row)
    if columns >= _WIDE_TABLE:
        message = f"This table has {columns} columns, which don't fit on paper."
        hint = "Divide it into tables of a few columns each, or offer it as a file to download."
    else:
        message = "This table is too wide for paper: a word in it is too long to stand beside the others."
        hint = "Shorten the longest word or address of the table."
    filled = [cell for cell in cells if cell]
    needles = (" ".join(filled[:_CELLS_TO_FIND]), *filled[:_CELLS_TO_FIND])
    return Remark("accessibility/clipped", "error", message, hint, needles)


def _first_row(table: Any) -> list[Any]:
    for group in table.children:
        for row in group.children:
            return list(row.children)
    return []


def _text(box: Any) -> str:
    """The text below a box, on one line."""
    parts, stack = [], [box]
    while stack:
        box = stack.pop()
        parts.append(getattr(box, "text", ""))
        stack += reversed(getattr(box, "children", ()))
    return " ".join(" ".join(parts).split())
