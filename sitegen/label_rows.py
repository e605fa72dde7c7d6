"""How many lines a label takes in the column of labels of a printed document.

Labels are out of the flow of text, so the room that they need has to be known before the layout. It is added up from
the widths of the letters of the print font; it knows nothing of templates.
"""

from __future__ import annotations

import re
from functools import cache

COLUMN = 34 / 25.4 * 72 / 12
"""The width of the column, 34 mm, in letters' heights of 12 points."""
_OTHER = 0.7
"""The width of a letter that this font lacks; those of the other print font are narrower."""
_UNSURE = 1.01
"""Pairs of letters may be set a little wider than they are one by one."""
_PIECE = re.compile(r"\s+|[^\s-]*-|[^\s-]+")


def label_rows(label: str, size: float = 1, indent: float = 0) -> int:
    """The lines of a label of plain text in letters ``size`` times 12 points high; at least 1.

    ``indent`` is how much narrower than the column it stands, in heights of 12 points.
    """
    room = (COLUMN - indent) / size
    rows, used = 1, 0.0
    for piece in _PIECE.findall(label.strip()):
        width = _width(piece)
        if used and used + width > room and not piece.isspace():
            rows, used = rows + 1, 0.0
        used += width
        if used > room and not piece.isspace():  # a word wider than the column is broken where it must be
            more = int(used // (room - 1))
            rows, used = rows + more, used - more * (room - 1)
    return rows


@cache
def _widths() -> dict[int, float]:
    import fontpkg
    from fontTools.ttLib import TTFont

    with TTFont(fontpkg.path("Fira Sans", 600), lazy=True) as font:
        height = font["head"].unitsPerEm
        return {letter: font["hmtx"][name][0] / height for letter, name in font.getBestCmap().items()}


def _width(text: str) -> float:
    if text.isspace():
        return _widths()[32]
    return _UNSURE * sum(_widths().get(ord(letter), _OTHER) for letter in text)
