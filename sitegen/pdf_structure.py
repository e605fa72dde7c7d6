"""What each piece of a laid-out document is for someone who doesn't see it: a tree of structure elements.

Built from WeasyPrint's boxes before anything is drawn, in the order of the HTML, whatever the styles put where: a
paragraph, a table or a link that goes over two pages is one element, a header row that is repeated is none. What only
decorates is an artifact: running titles, drawn marks and bullets, pictures without alternative text, all that has
``aria-hidden``. Wrappers without a meaning leave no trace, so the tree stays small. ``pdf_tags`` writes it.
"""

from __future__ import annotations

import logging
import re
from typing import Any, NamedTuple

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

from sitegen.pdf_elements import (
    BLOCKS,
    FIELDS,
    GROUPS,
    INLINES,
    NUMBERING,
    PICTURES,
    Node,
    Run,
    Source,
    alternative,
    describe_cell,
)

_LOG = logging.getLogger("weasyprint")  # whoever listens to the library hears this too

_WITHIN_LINES = {"Link", "Span", "Quote", "Code", "Form"}

_LABEL = re.compile(r"[\W_]*(?:[\d.]+|[^\W\d_]|[ivxlcdmIVXLCDM]+)[\W_]*")
"""A number or a letter before an item of a list."""
_SPEAKING = re.compile(r"[^\W_]|[,.;:?!()\[\]“”‘’\"'«»…–—/£€%+=-]")
"""What makes generated text more than a drawing."""


class _Place(NamedTuple):
    """Where an element's content goes: the node, the block that holds its text, and the language around it."""

    node: Node
    block: Any
    language: str


class Tree:
    """The structure of one laid-out document, and to which element each drawn box belongs."""

    def __init__(self, document: Any) -> None:
        self.source = document._html.etree_element
        self.owners: dict[Any, Run | None] = {}
        """Of each box that is drawn; None for an artifact."""
        self.margins: dict[Any, str] = {}
        """The boxes of running titles, and on which side of the page they stand."""
        self.dropped: list[Any] = []
        """Boxes whose link says nothing that another doesn't say."""
        self.spaced: set[Any] = set()
        """Texts that a space belongs to which the library doesn't draw: at the end of a line, or alone."""
        self._source = Source()
        self._last_text: tuple[Any, Node | None, Any] = (None, None, None)
        self._line_begins = self._ends_in_space = False
        self._parents = {kid: parent for parent in self.source.iter() for kid in parent}
        self._orders = {element: float(order) for order, element in enumerate(self.source.iter())}
        self.root = Node("Document", None, 0.0, self.source)
        self._places: dict[Any, _Place | None] = {
            self.source: _Place(self.root, self.source, self.source.get("lang") or "")
        }
        self._hidden: set[Any] = set()
        self._items: dict[Any, Node] = {}
        self._repeated: dict[Any, int] = {}
        """Header rows and fixed boxes that stand on several pages, and the first of these."""
        self._page = 0
        for self._page, page in enumerate(document.pages):
            for box in page._page_box.children:
                if isinstance(box, boxes.MarginBox):
                    self._hide(box, box.at_keyword)
                else:
                    self._walk(box, None)
            self._links(page.links)

    # Boxes

    def _walk(self, box: Any, element: Any) -> None:
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        if isinstance(box, boxes.TextBox):
            return self._text(box)
        if box.element is not element:
            element = box.element
            row_group = isinstance(box, boxes.TableRowGroupBox)
            repeats = (row_group and (box.is_header or box.is_footer)) or box.style["position"] == "fixed"
            place = None if repeats and self._seen_before(element) else self._place(element, box)
            if place is None:
                return self._hide(box)
            if place.node.role == "Form" and place.node.element is element:
                place.node.boxes.append((self._page, box))
                return self._hide(box)
        if isinstance(box, boxes.ReplacedBox):
            return self._picture(box)
        if isinstance(box, boxes.LineBox):
            self._line_begins = True
        for child in box.children:
            self._walk(child, element)
        return None

    def _seen_before(self, element: Any) -> bool:
        return self._repeated.setdefault(element, self._page) != self._page

    def _hide(self, box: Any, margin: str = "") -> None:
        """Have all that a box holds drawn as an artifact."""
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        self._hidden.add(box)
        if isinstance(box, boxes.TextBox | boxes.ReplacedBox):
            self.owners[box] = None
            if margin:
                self.margins[box] = margin
        for child in box.children:
            self._hide(child, margin)

    def _text(self, box: Any) -> None:
        place = self._place(box.element)
        if place is None or box.style["visibility"] != "visible":
            return self._hide(box)
        generated = "::" in box.element_tag
        if generated:
            node = self._generated(box, place)
        elif place.node.role in GROUPS and not box.text.strip() and self._paragraph(place) is None:
            node = None  # white space between blocks
        else:
            node = self._holder(place)
        if node is None:
            return self._hide(box)
        self._note_gap(box, node, None if generated else place.block)
        return self._draw(box, node)

    def _note_gap(self, box: Any, node: Node, block: Any) -> None:
        """At the beginning of a line, note that the line before ended with a space, which layout has taken out.

        ``block`` is that of the HTML; there is none for text of a style.
        """
        while node.role in _WITHIN_LINES and node.parent is not None:
            node = node.parent
        before = block is None or self._source.before(box)
        last, last_node, last_block = self._last_text
        goes_on = self._line_begins and last_node is node and not self._ends_in_space
        if goes_on and (before or last_block is not block or self._source.after(last)):
            self.spaced.add(last)
        self._line_begins = False
        self._last_text = box, node, block
        if box.text.isspace():  # is not drawn
            self.spaced.add(box)
            self._ends_in_space = True
        elif box.text:
            self._ends_in_space = box.pango_layout.text[-1:].isspace()

    def _generated(self, box: Any, place: _Place) -> Node | None:
        """The element that text of a style belongs to: a label of a list item, a part of the text, or none."""
        pseudo = box.element_tag.rpartition("::")[2]
        item = self._items.get(box.element)
        if item is not None and (pseudo == "marker" or (pseudo == "before" and _LABEL.fullmatch(box.text))):
            if not any(letter.isalnum() for letter in box.text):
                return None
            whole = item.parent
            if whole is not None and not whole.numbering:
                whole.numbering = "Decimal"
            first = item.kids[0] if item.kids else None
            return first if isinstance(first, Node) and first.role == "Lbl" else Node("Lbl", item, -1.0, item.element)
        if box.is_leader or not (box.text.isspace() or _SPEAKING.search(box.text)):
            if item is not None and item.parent is not None and not item.parent.numbering:
                item.parent.numbering = "Disc"
            return None
        return self._holder(place)

    def _picture(self, box: Any) -> None:
        place = self._place(box.element)
        if place is None or place.node.role != "Figure" or "::" in box.element_tag:
            return self._hide(box)
        place.node.boxes.append((self._page, box))
        return self._draw(box, place.node)

    def _draw(self, box: Any, node: Node) -> None:
        last = node.kids[-1] if node.kids else None
        if not isinstance(last, Run):
            last = Run(node, max(node.last, node.order))
            node.add(last)
        self.owners[box] = last

    def _links(self, links: list[tuple[str, str, Any, Any]]) -> None:
        for kind, _, _, box in links:
            if isinstance(box, AbsolutePlaceholder):
                box = box._box
            place = self._place(box.element) if kind != "attachment" else None
            inner = isinstance(box, boxes.InlineBox) or "::" in box.element_tag
            within = box.link is None and inner  # a link is made of what stands in one too
            if place is None or within or box in self._hidden:
                self.dropped.append(box)
                continue
            node: Node | None = place.node
            while node is not None and node.role != "Link":
                node = node.parent
            if node is None:  # made a link by a style
                node = Node("Link", self._holder(place), self._orders[box.element], box.element)
                self._places[box.element] = place._replace(node=node)
            node.boxes.append((self._page, box))

    # Elements

    def _place(self, element: Any, box: Any = None) -> _Place | None:
        """Where the content of an element goes, or None for an artifact. ``box`` is the first that it has."""
        if element in self._places:
            return self._places[element]
        around = self._place(self._parents[element])
        place = None if around is None else self._made(element, around, box)
        self._places[element] = place
        return place

    def _made(self, element: Any, around: _Place, box: Any) -> _Place | None:
        tag = element.tag
        if element.get("aria-hidden") == "true":
            return None
        language = element.get("lang") or around.language
        other = language.lower() != around.language.lower()
        inline = box is None or isinstance(box, boxes.InlineLevelBox) or tag in FIELDS
        block = around.block if inline else element
        inner = _Place(around.node, block, language)
        if tag in PICTURES:
            node = self._figure(element, around._replace(block=block))
        elif tag in ("li", "dt", "dd") and around.node.role == "L":
            node = self._list_part(element, around.node, box)
        elif tag in BLOCKS:
            node = self._node(BLOCKS[tag], around.node, element)
            if tag in ("td", "th"):
                describe_cell(node, box)
        else:
            role = INLINES.get(tag, "")
            if tag == "a" and element.get("href"):
                role = "Link"
            elif tag in FIELDS and box is not None and box.is_input():
                role = "Form"
            elif tag == "abbr" and element.get("title"):
                role = "Span"
            if not role and other:
                role = "Span" if inline else "Div"
            if not role:
                return inner
            node = self._node(role, around.node if role == "Div" else self._holder(inner), element)
            if tag == "abbr":
                node.expansion = element.get("title") or ""
        if node is None:
            return None
        if other:
            node.language = language
        return _Place(node, block, language)

    def _node(self, role: str, parent: Node, element: Any) -> Node:
        return Node(role, parent, self._orders[element], element)

    def _holder(self, place: _Place) -> Node:
        """The element that text at a place belongs to: in a group, a paragraph for each block of the HTML."""
        node = place.node
        if node.role not in GROUPS:
            return node
        paragraph = self._paragraph(place)
        if paragraph is not None:
            return paragraph
        order = self._orders[place.block]
        if order < node.last < order + sum(1 for _ in place.block.iter()):  # it goes on after a block within it
            order = node.last
        return Node("P", node, order, place.block)

    @staticmethod
    def _paragraph(place: _Place) -> Node | None:
        """The paragraph that a group ends with, when it is of the same block."""
        last = place.node.kids[-1] if place.node.kids else None
        same = isinstance(last, Node) and last.role == "P" and last.element is place.block
        return last if same and isinstance(last, Node) else None

    def _figure(self, element: Any, place: _Place) -> Node | None:
        text = alternative(element)
        if text == "" or element.get("role") in ("presentation", "none"):
            return None
        if text is None:
            name = element.get("src") or "drawing"
            _LOG.error('Image "%s" has no required alt description', name)
        node = self._node("Figure", self._paragraph(place) or place.node, element)
        node.alt = text or ""
        return node

    def _list_part(self, element: Any, whole: Node, box: Any) -> Node:
        """The body or label of a list item. A term and what is said of it make one item."""
        last = whole.kids[-1] if whole.kids else None
        item = last if isinstance(last, Node) and last.role == "LI" else None
        if element.tag == "li":
            item = self._items[element] = self._node("LI", whole, element)
            if box is not None and not whole.numbering:
                style = box.style["list_style_type"]
                if isinstance(style, str):
                    whole.numbering = NUMBERING.get(style, "")
                elif not any(letter.isalnum() for letter in style[1]):
                    whole.numbering = "Disc"
        elif item is None or (element.tag == "dt" and item.holds("LBody")):
            item = self._node("LI", whole, element)
        body = self._node("Lbl" if element.tag == "dt" else "LBody", item, element)
        identifier = element.get("id") or ""
        if element.tag == "li" and identifier.startswith("fn:"):
            body = self._node("Note", body, element)
            body.identifier = identifier
        return body
