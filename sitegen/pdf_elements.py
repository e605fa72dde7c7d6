"""Elements of a tagged PDF: which there are, what each of them holds, and what an HTML element says about it."""

from __future__ import annotations

import re
from typing import Any

from weasyprint.formatting_structure import boxes

SVG = "{http://www.w3.org/2000/svg}"

BLOCKS = {f"h{level}": f"H{level}" for level in range(1, 7)} | {
    "p": "P", "pre": "P", "blockquote": "BlockQuote", "section": "Sect", "article": "Art", "aside": "Sect",
    "nav": "Sect", "main": "Part", "figure": "Div", "figcaption": "Caption", "caption": "Caption", "table": "Table",
    "thead": "THead", "tbody": "TBody", "tfoot": "TFoot", "tr": "TR", "td": "TD", "th": "TH",
    "ul": "L", "ol": "L", "dl": "L", "menu": "L",
}  # fmt: skip
INLINES = {"code": "Code", "q": "Quote"}
PICTURES = {"img", "object", "embed", "video", "canvas", f"{SVG}svg"}
FIELDS = {"input", "textarea", "select"}

GROUPS = {"Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Note"}
"""Elements that hold text only within others: a paragraph is put round it."""
KEPT_EMPTY = {"TR", "TH", "TD", "LBody"}
"""Elements that say something even without content."""

NUMBERING = {
    "decimal": "Decimal", "decimal-leading-zero": "Decimal", "lower-alpha": "LowerAlpha", "lower-latin": "LowerAlpha",
    "upper-alpha": "UpperAlpha", "upper-latin": "UpperAlpha", "lower-roman": "LowerRoman", "upper-roman": "UpperRoman",
    "disc": "Disc", "circle": "Circle", "square": "Square",
}  # fmt: skip
_SPACES = re.compile(r"[ \t\n\r\f]+")


class Run:
    """Text boxes that follow each other within one element, and where they were drawn: a stream and a mark there."""

    __slots__ = ("marks", "node", "order")

    def __init__(self, node: Node, order: float) -> None:
        self.node = node
        self.order = order
        self.marks: list[tuple[Any, dict[str, int]]] = []


class Node:
    """A structure element. ``role`` is its type in PDF, ``order`` its place in the HTML."""

    __slots__ = (
        "alt",
        "boxes",
        "element",
        "expansion",
        "identifier",
        "kids",
        "language",
        "last",
        "numbering",
        "order",
        "parent",
        "role",
        "scope",
        "spans",
        "unsorted",
    )

    def __init__(self, role: str, parent: Node | None, order: float, element: Any) -> None:
        self.role = role
        self.parent = parent
        self.order = order
        self.element = element
        self.kids: list[Node | Run] = []
        self.last = -1.0
        self.unsorted = False
        self.boxes: list[tuple[int, Any]] = []
        """Of links, fields and figures: the boxes with their place, by page."""
        self.alt = self.expansion = self.language = self.identifier = self.numbering = self.scope = ""
        self.spans = (1, 1)
        if parent is not None:
            parent.add(self)

    def add(self, kid: Node | Run) -> None:
        """Take a kid in; one that the styles moved goes to its place when the tree is finished."""
        if kid.order < self.last:
            self.unsorted = True
        else:
            self.last = kid.order
        self.kids.append(kid)

    def holds(self, role: str) -> bool:
        """Whether one of the kids is of this type."""
        return any(isinstance(kid, Node) and kid.role == role for kid in self.kids)

    def ordered(self) -> list[Node | Run]:
        """The kids in the order of the HTML."""
        if self.unsorted:
            self.kids.sort(key=lambda kid: kid.order)
        return self.kids


_UNSEEN = re.compile("[\u00ad\u200b]")
"""Where a word may be divided."""


def spoken(element: Any) -> str:
    """All text of an HTML element in one line, alternative texts of pictures included."""
    parts: list[str] = []
    for one in element.iter():
        if one.tag in PICTURES and one.get("alt"):
            parts.append(one.get("alt"))
    return " ".join(_UNSEEN.sub("", " ".join(["".join(element.itertext()), *parts])).split())


class Source:
    """The text of HTML elements, followed along as their pieces come by in lines."""

    def __init__(self) -> None:
        self._texts: dict[Any, str] = {}
        self._ends: dict[Any, int] = {}

    def before(self, box: Any) -> bool:
        """Whether white space or a line break stands before a piece; unsure means that it does."""
        element = box.element
        text = self._texts.get(element)
        if text is None:
            parts = [element.text or ""]
            for kid in element:
                parts += ["\n" if kid.tag == "br" else "\0", kid.tail or ""]
            text = self._texts[element] = _SPACES.sub(" ", "".join(parts))
        end = self._ends.get(element, 0)
        piece = _SPACES.sub(" ", box.text).strip(" ")
        start = text.find(piece, end)
        if not piece or start < 0:  # changed by a style
            return True
        self._ends[element] = start + len(piece)
        return " " in text[end:start]

    def after(self, box: Any) -> bool:
        """Whether white space or a line break stands after the last piece of an element."""
        end = self._ends.get(box.element, 0)
        return not box.text.strip() or self._texts.get(box.element, "")[end : end + 1] == " "


def alternative(element: Any) -> str | None:
    """The alternative text of a picture: nothing when it only decorates, None when it was forgotten."""
    label = element.get("aria-label")
    if label:
        return " ".join(label.split())
    if element.tag != f"{SVG}svg":
        alternative = element.get("alt")
        return alternative if alternative is None else " ".join(alternative.split())
    texts = [element.find(f"{SVG}{name}") for name in ("title", "desc")]
    words = [" ".join("".join(one.itertext()).split()) for one in texts if one is not None]
    return ". ".join(word.rstrip(".") for word in words if word) or None


def describe_cell(node: Node, box: Any) -> None:
    """Note how many rows and columns a cell spans, and of which a header cell is the header."""
    if isinstance(box, boxes.TableCellBox):
        node.spans = (box.rowspan, box.colspan)
    if node.role == "TH":
        row = node.parent.element if node.parent else None
        before_data = row is not None and row[0] is node.element and any(cell.tag == "td" for cell in row)
        scope = (node.element.get("scope") or "").lower()
        node.scope = "Row" if scope in ("row", "rowgroup") or (not scope and before_data) else "Column"
