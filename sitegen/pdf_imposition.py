"""Puts pages two to a sheet, in the order in which the folded and stapled sheets read as a booklet.

Works on a PDF that is drawn but not written. Contents, links, fields, bookmarks and named places move with their page;
the structure stays in reading order, since it refers to marks, and these are numbered anew where two pages share one
sheet. Says nothing of how the pages are laid out: their size is that of the style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pydyf

PAGES_OF_A_SHEET = 4
"""On the two sides of a folded one."""


def order(pages: int) -> Iterator[tuple[int, int]]:
    """For each side of each sheet the pages on the left and right, counted from 0; those beyond ``pages`` are blank."""
    whole = -(-pages // PAGES_OF_A_SHEET) * PAGES_OF_A_SHEET
    for first in range(0, whole // 2, 2):
        yield whole - 1 - first, first
        yield first + 1, whole - 2 - first


def sides(pages: int) -> int:
    """How many sides of sheets so many pages take."""
    return sum(1 for _ in order(pages))


def impose(pdf: Any, pages: Sequence[Any], streams: Sequence[Any]) -> list[tuple[Any, float]]:
    """Replace the pages of a PDF by sheets that hold two of them, which meet at the fold.

    Returns for each page the sheet that it stands on, and how far to the right, in points. ``streams`` are the pages'
    contents, which can ``shift`` themselves.
    """
    width, height = pages[0]["MediaBox"][2:]
    sheet_width = _sheet_width(width, height)
    kept = {key: pages[0][key] for key in ("Type", "Parent", "Resources", "Tabs") if key in pages[0]}
    pdf.pages["Kids"], pdf.pages["Count"] = pydyf.Array(), 0
    moved: dict[int, tuple[Any, float]] = {}
    for sides in order(len(pages)):
        sheet = pydyf.Dictionary({**kept, "MediaBox": pydyf.Array([0, 0, sheet_width, height])})
        pdf.add_page(sheet)
        contents, notes, marks = pydyf.Array(), pydyf.Array(), 0
        for right, page in zip((sheet_width / 2 - width, sheet_width / 2), sides, strict=True):
            if page >= len(pages):
                continue
            moved[page] = (sheet, right)
            contents.append(streams[page].reference)
            notes += pages[page].get("Annots", ())
            marks += streams[page].shift(right, width, height, marks)
        if contents:
            sheet["Contents"] = contents
        if notes:
            sheet["Annots"] = notes
    _move_targets(pdf, pages, moved)
    for number, page in enumerate(pages):
        for note in page.get("Annots", ()):
            _move_annotation(pdf.objects[int(note.split()[0])], *moved[number])
        page.clear()
    return [moved[number] for number in range(len(pages))]


def _sheet_width(width: float, height: float) -> float:
    """Twice the width of a page, or that of the paper when this is a little wider: A4 has 297 mm, two A5 have 296."""
    millimetre = 72 / 25.4
    paper = round(height / millimetre * math.sqrt(2)) * millimetre
    return paper if 0 < paper - 2 * width < 1.5 * millimetre else 2 * width


def _move_annotation(annotation: Any, sheet: Any, right: float) -> None:
    x1, y1, x2, y2 = annotation["Rect"]
    annotation["Rect"] = pydyf.Array([x1 + right, y1, x2 + right, y2])
    if "P" in annotation:
        annotation["P"] = sheet.reference


def _move_targets(pdf: Any, pages: Sequence[Any], moved: dict[int, tuple[Any, float]]) -> None:
    """Have bookmarks and named places lead to the sheets."""
    by_reference = {page.reference: moved[number] for number, page in enumerate(pages)}
    names = pdf.catalog.get("Names", {}).get("Dests", {}).get("Names", ())[1::2]
    bookmarks = [one["Dest"] for one in pdf.objects if isinstance(one, pydyf.Dictionary) and "Title" in one]
    for target in (*names, *bookmarks):
        sheet, right = by_reference[target[0]]
        target[0] = sheet.reference
        target[2] += right
