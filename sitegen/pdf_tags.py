"""Writes a document as tagged PDF: the structure of ``pdf_structure`` in place of WeasyPrint's own tags.

WeasyPrint's tags pass its validators and leave out what people need: languages within a text, scopes of header cells,
what links and fields are called, which marks only decorate; a table, link or list over two pages becomes two. So while
one document is written, three names of ``weasyprint.pdf`` are exchanged: the class of content streams, for one that
asks our tree to what each box belongs; what makes fields, for ``pdf_forms``; what adds tags, for nothing at all. Our
tags follow before the first byte is written. This fits one version of WeasyPrint, and with another no PDF is made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import pydyf
import weasyprint.pdf

from sitegen.machine import BrokenMachine
from sitegen.pdf_elements import KEPT_EMPTY, Node, Run, spoken
from sitegen.pdf_forms import POINT, Fields
from sitegen.pdf_imposition import impose
from sitegen.pdf_stream import TaggedStream
from sitegen.pdf_structure import Tree

FITTING = "70.0"
"""The version of WeasyPrint that this was written for."""


def write_tagged(document: Any, imposed: bool = False, **options: Any) -> bytes:
    """A laid-out document as PDF; ``options`` are WeasyPrint's. Raises BrokenMachine with another version of it.

    When it is to be ``imposed``, two pages come to stand on each sheet, in the order for folding.
    """
    if weasyprint.__version__ != FITTING:
        raise BrokenMachine(
            f"PDFs are made with WeasyPrint {FITTING} and no other version, since screen readers depend on how it\n"
            f"works inside; {weasyprint.__version__} is installed. Install the right one with: "
            "pip install -r requirements.txt"
        )
    tree = Tree(document)
    fields = Fields(tree.source)
    with _in_place_of_its_own(Stream=partial(TaggedStream.of, tree), add_forms=fields.add, add_tags=lambda *_: None):
        data: bytes = document.write_pdf(finisher=partial(_finish, tree, fields, imposed), **options)
    return data


@contextmanager
def _in_place_of_its_own(**ours: Any) -> Iterator[None]:
    """Have WeasyPrint use what is ours instead of what it calls by these names."""
    its_own = {name: getattr(weasyprint.pdf, name) for name in ours}
    try:
        for name, one in ours.items():
            setattr(weasyprint.pdf, name, one)
        yield
    finally:
        for name, one in its_own.items():
            setattr(weasyprint.pdf, name, one)


class Frame(NamedTuple):
    """Where a laid-out page came to stand: a page of the PDF, and how far to the right on it, in points."""

    page: Any
    right: float
    stream: TaggedStream


def _finish(tree: Tree, fields: Fields, imposed: bool, document: Any, pdf: Any) -> None:
    """Add the structure to a PDF that is drawn but not written."""
    pages = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    streams = [pdf.objects[int(page["Contents"].split()[0])] for page in pages]
    places = [(page, 0.0) for page in pages]
    preferences = {"DisplayDocTitle": "true"}
    for box in tree.dropped:
        if box.link_annotation is not None:
            _drop(box.link_annotation.reference, pages)
    fields.finish(pdf)
    if imposed:
        places = impose(pdf, pages, streams)
        preferences |= {"PrintScaling": "/None", "Duplex": "/DuplexFlipShortEdge"}
    frames = [Frame(*place, stream) for place, stream in zip(places, streams, strict=True)]
    _Writer(pdf, tree, frames).write()
    pdf.catalog["ViewerPreferences"] = pydyf.Dictionary(preferences)
    pdf.catalog["MarkInfo"] = pydyf.Dictionary({"Marked": "true"})
    if "Lang" not in pdf.catalog:
        logging.getLogger("weasyprint").error('Missing required "lang" attribute at the root of the document')


def _drop(annotation: bytes, pages: Sequence[Any]) -> None:
    for page in pages:
        if annotation in page.get("Annots", ()):
            page["Annots"].remove(annotation)
            if not page["Annots"]:
                del page["Annots"]


class _Writer:
    """Writes the elements of a tree into a PDF, and from which mark or annotation each of them is reached."""

    def __init__(self, pdf: Any, tree: Tree, frames: Sequence[Frame]) -> None:
        self._pdf = pdf
        self._tree = tree
        self._frames = frames
        self._pages = {frame.stream: frame.page for frame in frames}
        self._sheets: dict[int, list[Frame]] = {}
        for frame in sorted(frames, key=lambda frame: frame.right):
            self._sheets.setdefault(frame.page.number, []).append(frame)
        self._elements: dict[Node, Any] = {}
        self._groups: dict[TaggedStream, int] = {}
        """Streams within pages, with the key under which their elements are found."""
        self._annotations: list[tuple[int, Any]] = []
        self._keys = count(len(self._sheets))
        self._identifiers: dict[str, Any] = {}

    def write(self) -> None:
        root = pydyf.Dictionary({"Type": "/StructTreeRoot"})
        self._pdf.add_object(root)
        root["K"] = self._element(self._tree.root, root.reference)
        found: list[tuple[int, Any]] = []
        for key, number in enumerate(sorted(self._sheets)):
            frames = self._sheets[number]
            frames[0].page["StructParents"] = key
            found.append((key, self._reached([node for frame in frames for node in frame.stream.nodes])))
        found += [(key, self._reached(stream.nodes)) for stream, key in self._groups.items()]
        found += self._annotations
        parents = pydyf.Dictionary({"Nums": pydyf.Array(part for pair in sorted(found) for part in pair)})
        self._pdf.add_object(parents)
        root["ParentTree"] = parents.reference
        root["ParentTreeNextKey"] = len(found)
        if self._identifiers:
            names = [part for name, one in sorted(self._identifiers.items()) for part in (pydyf.String(name), one)]
            root["IDTree"] = pydyf.Dictionary({"Names": pydyf.Array(names)})
        self._pdf.catalog["StructTreeRoot"] = root.reference

    def _reached(self, nodes: Sequence[Node]) -> Any:
        return pydyf.Array(self._elements[node].reference for node in nodes)

    def _element(self, node: Node, parent: bytes) -> bytes | None:
        """Write an element with all that it holds; nothing when it holds nothing."""
        element = pydyf.Dictionary({"S": f"/{node.role}", "P": parent})
        self._pdf.add_object(element)
        self._elements[node] = element
        kids: list[Any] = []
        for kid in node.ordered():
            if isinstance(kid, Run):
                kids += [self._mark(element, stream, mark) for stream, mark in kid.marks]
            elif reference := self._element(kid, element.reference):
                kids.append(reference)
        if node.boxes:
            kids += self._objects(node)
        if not kids and node.role not in KEPT_EMPTY and node.parent is not None:
            self._pdf.objects.pop()
            return None
        if kids:
            element["K"] = kids[0] if len(kids) == 1 else pydyf.Array(kids)
        self._describe(node, element)
        reference = element.reference
        return bytes(reference)

    def _mark(self, element: Any, stream: TaggedStream, mark: Any) -> Any:
        page = self._pages[stream.page].reference
        if stream is stream.page:
            if element.setdefault("Pg", page) == page:
                return mark["MCID"]
            return pydyf.Dictionary({"Type": "/MCR", "Pg": page, "MCID": mark["MCID"]})
        if stream not in self._groups:
            self._groups[stream] = stream.extra["StructParents"] = next(self._keys)
        return pydyf.Dictionary({"Type": "/MCR", "Pg": page, "Stm": stream.reference, "MCID": mark["MCID"]})

    def _objects(self, node: Node) -> list[Any]:
        """References to the links or fields of an element, which get a way back to it and a description."""
        found = []
        for number, box in node.boxes:
            annotation = box.widget_annotation if node.role == "Form" else box.link_annotation
            if annotation is None or node.role not in ("Form", "Link"):
                continue
            annotation["StructParent"] = key = next(self._keys)
            self._annotations.append((key, self._elements[node].reference))
            if node.role == "Link":
                annotation["Contents"] = pydyf.String(_description(node))
            page = self._frames[number].page.reference
            found.append(pydyf.Dictionary({"Type": "/OBJR", "Obj": annotation.reference, "Pg": page}))
        if not found and node.role == "Link":  # its target is missing, as WeasyPrint says
            self._elements[node]["S"] = "/Span"
        return found

    def _describe(self, node: Node, element: Any) -> None:
        if node.language:
            element["Lang"] = pydyf.String(node.language)
        if node.expansion:
            element["E"] = pydyf.String(node.expansion)
        if node.alt:
            element["Alt"] = pydyf.String(node.alt)
        if node.identifier:
            self._identify(node.identifier, element)
        if node.role == "L":
            element["A"] = pydyf.Dictionary({"O": "/List", "ListNumbering": f"/{node.numbering or 'None'}"})
        elif node.role == "Figure" and node.boxes:
            element["A"] = pydyf.Dictionary({"O": "/Layout", "BBox": self._bounds(*node.boxes[0])})
        elif node.role in ("TD", "TH"):
            about: dict[str, Any] = {"Scope": f"/{node.scope}"} if node.scope else {}
            about |= {name: span for name, span in zip(("RowSpan", "ColSpan"), node.spans, strict=True) if span != 1}
            if about:
                element["A"] = pydyf.Dictionary({"O": "/Table", **about})
        elif node.role == "Table":
            self._relate(node)

    def _identify(self, name: str, element: Any) -> str:
        """Give an element a name of its own, like ``name``."""
        unique = next(one for n in count(1) if (one := name if n == 1 else f"{name}-{n}") not in self._identifiers)
        self._identifiers[unique] = element.reference
        element["ID"] = pydyf.String(unique)
        return unique

    def _bounds(self, number: int, box: Any) -> Any:
        """The rectangle of a picture on its page, in points from the lower left corner."""
        frame = self._frames[number]
        height = frame.page["MediaBox"][3]
        left, top = box.content_box_x() * POINT + frame.right, height - box.content_box_y() * POINT
        corners = (left, top - box.height * POINT, left + box.width * POINT, top)
        return pydyf.Array(round(corner, 3) for corner in corners)

    def _relate(self, table: Node) -> None:
        """Name the header cells of each data cell, where their scopes alone don't tell: with cells over several."""
        cells = [[cell for cell in row.kids if isinstance(cell, Node)] for row in _inner(table, "TR")]
        header_rows = sum(all(cell.role == "TH" for cell in row) for row in cells)
        if header_rows < 2 and all(cell.spans == (1, 1) for row in cells for cell in row):
            return
        taken: set[tuple[int, int]] = set()
        headers: list[tuple[str, range, range, str]] = []
        data: list[tuple[Node, range, range]] = []
        for y, row in enumerate(cells):
            x = 0
            for cell in row:
                while (y, x) in taken:
                    x += 1
                down, across = range(y, y + cell.spans[0]), range(x, x + cell.spans[1])
                taken.update((i, j) for i in down for j in across)
                if cell.role == "TH":
                    name = self._identify(f"h{len(self._identifiers) + 1}", self._elements[cell])
                    headers.append((name, down, across, cell.scope))
                else:
                    data.append((cell, down, across))
        for cell, down, across in data:
            names = [
                pydyf.String(name)
                for name, rows_of, columns_of, scope in headers
                if (_meet(rows_of, down) if scope == "Row" else _meet(columns_of, across) and rows_of[0] < down[0])
            ]
            if names:
                element = self._elements[cell]
                element.setdefault("A", pydyf.Dictionary({"O": "/Table"}))["Headers"] = pydyf.Array(names)


def _inner(node: Node, role: str) -> Iterator[Node]:
    for kid in node.kids:
        if isinstance(kid, Node):
            if kid.role == role:
                yield kid
            elif kid.role in ("THead", "TBody", "TFoot"):
                yield from _inner(kid, role)


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _description(link: Node) -> str:
    """What a link is called: the words that its author gave it, else its text."""
    element = link.element
    return " ".join((element.get("aria-label") or element.get("title") or spoken(element) or "Link").split())
