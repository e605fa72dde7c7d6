"""The content of a page, in which each piece is marked as part of a structure element or as an artifact.

Takes the place of WeasyPrint's class while a document is drawn, and asks the tree of ``pdf_structure`` to which element
each box belongs. Also mends what makes text hard to read out: spaces that layout takes out where a line ends.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pydyf
from weasyprint.pdf.fonts import TTFont
from weasyprint.pdf.stream import Stream

from sitegen.pdf_elements import Node
from sitegen.pdf_structure import Tree

_END = b"EMC"
_SHOW = b"] TJ"
_ARTIFACT: dict[str, str] = {}
_RUNNING = {
    "@top": {"Type": "/Pagination", "Subtype": "/Header"},
    "@bottom": {"Type": "/Pagination", "Subtype": "/Footer"},
    "": {"Type": "/Pagination"},
}


_SPACES: dict[str, tuple[int, int]] = {}


def _space_of(name: str, font: Any) -> tuple[int, int]:
    """The glyph and width of a font's space."""
    if name not in _SPACES:
        file = TTFont(io.BytesIO(font.file_content), fontNumber=font.index, lazy=True)
        glyph = file.getBestCmap()[ord(" ")]
        width = file["hmtx"].metrics[glyph][0]
        _SPACES[name] = file.getGlyphID(glyph), round(width * 1000 / font.upem)
    return _SPACES[name]


class TaggedStream(Stream):  # type: ignore[misc]
    """A content stream that marks each piece as part of a structure element or as an artifact.

    Pieces of the same element that follow each other share one mark.
    """

    tree: Tree
    page: TaggedStream
    """The stream of the whole page; a group within it has marks of its own."""
    within: bool
    """In the midst of a mark: what is drawn now belongs to it."""
    font: tuple[str, float]
    """The name and size of the font that was chosen last."""
    last: object
    """What the mark that ended last belongs to."""
    nodes: list[Node]
    """The element of each mark, in turn."""
    marks: list[Any]
    """The marks, which bear their numbers."""
    patterns: list[Any]

    @classmethod
    def of(cls, tree: Tree, *arguments: Any, **named: Any) -> TaggedStream:
        """The stream of a page."""
        stream = cls(*arguments, **named)
        return stream._begin(tree, stream, False)

    def _begin(self, tree: Tree, page: TaggedStream, within: bool) -> TaggedStream:
        self.tree = tree
        self.page = page
        self.within = within
        self.last = None
        self.font = "", 0.0
        self.nodes = []
        self.marks = []
        self.patterns = []
        return self

    def clone(self, **named: Any) -> Any:
        """A stream for a group or pattern."""
        stream = super().clone(**named)
        stream.__class__ = TaggedStream
        return stream._begin(self.tree, self.page, self.within)

    @contextmanager
    def marked(self, box: Any, tag: str) -> Iterator[None]:
        """Draw a box as what the tree says that it is."""
        if self.within:
            yield
            return
        run = self.tree.owners[box]
        if run is None:
            margin = self.tree.margins.get(box)
            kind = _ARTIFACT if margin is None else _RUNNING.get(margin.partition("-")[0], _RUNNING[""])
            with self._piece(kind, "Artifact", kind):
                yield
        else:
            mark = None
            if not self._continues(run):
                mark = pydyf.Dictionary({"MCID": len(self.nodes)})
                self.nodes.append(run.node)
                self.marks.append(mark)
                run.marks.append((self, mark))
            with self._piece(run, "Span", mark):
                start = len(self.stream)
                yield
                if box in self.tree.spaced:
                    self._add_space(box, start)

    def _add_space(self, box: Any, start: int) -> None:
        """Write the space that a text ends with: layout leaves it out, and two words would be read as one.

        ``start`` is where the text begins in this stream.
        """
        name, size = self.font
        font = next((font for font in self._fonts.values() if font.hash == name), None)
        if font is None:
            return
        glyph = next((glyph for glyph, text in font.to_unicode.items() if text == " "), None)
        if glyph is None:
            glyph, width = _space_of(name, font)
            font.to_unicode[glyph], font.widths[glyph] = " ", width
        shown = next((at for at in range(len(self.stream) - 1, start - 1, -1) if self._shows_text(at)), None)
        if shown is not None:
            self.stream[shown] = self.stream[shown].removesuffix(_SHOW) + f"<{glyph:04x}>".encode() + _SHOW
            return
        self.begin_text()
        self.set_text_matrix(1, 0, 0, -1, box.position_x, box.position_y + box.baseline)
        self.set_font_size(name, size)
        self.show_text(f"<{glyph:04x}>")
        self.end_text()

    def _shows_text(self, place: int) -> bool:
        item = self.stream[place]
        return isinstance(item, bytes) and item.endswith(_SHOW)

    def set_font_size(self, font: str, size: float) -> None:
        """Choose a font; remembered beyond the end of a text."""
        super().set_font_size(font, size)
        self.font = font, size

    def show_text(self, text: str) -> None:
        """Show glyphs; the library writes a distance of nothing between most of them, which we leave out."""
        super().show_text(text.replace(">0<", ""))

    def add_pattern(self, *arguments: Any, **named: Any) -> Any:
        """A pattern; on a page its place is relative to the sheet, so it is kept for the imposition."""
        pattern = super().add_pattern(*arguments, **named)
        if self is self.page:
            self.patterns.append(pattern)
        return pattern

    def shift(self, right: float, width: float, height: float, marks: int) -> int:
        """Move what a page shows to the right, clip it to its own size, and number its marks from ``marks`` on.

        Returns how many marks it has.
        """
        for mark in self.marks:
            mark["MCID"] += marks
        for pattern in self.patterns:
            pattern.extra["Matrix"][4] += right
        # Fixed, not :g, which writes small numbers with an exponent; readers of PDFs drop the page then.
        area = f"q 1 0 0 1 {right:.3f} 0 cm 0 0 {width:.3f} {height:.3f} re W n"
        self.stream[:] = [area, *self.stream, "Q"]
        return len(self.marks)

    def _continues(self, owner: object) -> bool:
        return self.last is owner and bool(self.stream) and self.stream[-1] is _END

    @contextmanager
    def _piece(self, owner: object, tag: str, properties: Mapping[str, Any] | None) -> Iterator[None]:
        if self._continues(owner):
            self.stream.pop()
        elif properties:
            self.begin_marked_content(tag, pydyf.Dictionary(properties) if properties is owner else properties)
        else:
            self.begin_marked_content(tag)
        self.within = True
        try:
            yield
        finally:
            self.within = False
            self.stream.append(_END)
            self.last = owner
