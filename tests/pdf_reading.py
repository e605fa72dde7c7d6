"""PDFs read back: what a reader with a screen reader is given, as plain Python values.

A structure tree is ``Node`` s; the text in it is decoded from the pages' content by the fonts' own tables, as a screen
reader or a search does it, not taken from what we meant to write.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from fontTools.agl import AGL2UV

HEADING = re.compile(r"H[1-6]")
NUMBER = re.compile(r"[\W_]*(?:\d+|[a-zA-Z]|[ivxlcIVXLC]+)[\W_]*")
"""A label that the style has counted; the term of a description list is a label too."""


@dataclass(frozen=True)
class Text:
    """Marked content in the tree: its letters, and the language that it is marked with itself."""

    text: str
    page: int
    language: str | None = None


@dataclass(frozen=True)
class Annotation:
    """A link or form field on a page.

    ``target`` is the address or the place in the document to which a link leads, ``name`` what a form field is called
    aloud, ``id`` tells annotations apart.
    """

    kind: str
    page: int
    contents: str
    target: str = ""
    is_address: bool = False
    name: str = ""
    id: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Node:
    """An element of the structure tree. ``attributes`` has those of all owners: {"Scope": "Row", "ColSpan": 2}."""

    kind: str
    kids: tuple[Node | Text | Annotation, ...]
    language: str | None = None
    alternative: str | None = None
    actual_text: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def nodes(self) -> list[Node]:
        return [kid for kid in self.kids if isinstance(kid, Node)]

    @property
    def annotations(self) -> list[Annotation]:
        return [kid for kid in self.kids if isinstance(kid, Annotation)]

    def walk(self) -> Iterator[Node]:
        """This element and all below, in reading order."""
        yield self
        for node in self.nodes:
            yield from node.walk()

    def find(self, *kinds: str) -> list[Node]:
        return [node for node in self.walk() if node.kind in kinds]

    def runs(self, language: str | None = None) -> Iterator[tuple[str | None, str]]:
        """The text in reading order with the language that holds there.

        Without what the style has counted (the numbers of list items, and of the pages that a list of contents names)
        and without what stands in a picture that has other words to be read instead.
        """
        language = self.language or language
        if (self.kind == "Lbl" and NUMBER.fullmatch(self.label)) or (self.kind == "Figure" and self.alternative):
            return
        if self.actual_text is not None:
            yield language, self.actual_text
            return
        texts = [kid for kid in self.kids if isinstance(kid, Text)]
        counted = texts[-1] if texts and self._leads_within() else None
        for kid in self.kids:
            if isinstance(kid, Text) and not (kid is counted and kid.text.strip().isdecimal()):
                yield kid.language or language, kid.text
            elif isinstance(kid, Node):
                yield from kid.runs(language)

    def _leads_within(self) -> bool:
        """Whether this is a link to another place of the document."""
        return self.kind == "Link" and any(note.kind == "Link" and not note.is_address for note in self.annotations)

    @property
    def text(self) -> str:
        """The text in reading order as ``runs`` has it, with a space after each line."""
        return " ".join(text for _, text in self.runs())

    @property
    def label(self) -> str:
        """The text that stands directly in this element."""
        return " ".join(kid.text for kid in self.kids if isinstance(kid, Text)).strip()


@dataclass(frozen=True)
class Bookmark:
    """An entry of the outline; the first level is 1."""

    level: int
    title: str


@dataclass(frozen=True)
class Pdf:
    """What is in a file.

    Text by page that is not in the tree: ``decorations`` (artifacts), ``loose`` (marked as nothing), and ``strays``
    (marked as content that no element of the tree has).
    """

    file: Path
    title: str
    title_shown: bool
    author: str
    language: str | None
    tree: Node
    decorations: list[str]
    loose: list[str]
    strays: list[str]
    annotations: list[Annotation]
    bookmarks: list[Bookmark]
    unfit: list[str]
    """What a document to read has no need of: encryption, scripts, attached files."""

    @property
    def pages(self) -> int:
        return len(self.loose)


@cache
def read_pdf(file: Path) -> Pdf:
    """Everything about a file, read once."""
    with pikepdf.open(file) as pdf:
        content = _Content()
        for number, sheet in enumerate(pdf.pages):
            content.read(number, sheet.obj)
        pages = {sheet.objgen: number for number, sheet in enumerate(pdf.pages)}
        notes = {
            note.objgen: _annotation(note, number)
            for number, sheet in enumerate(pdf.pages)
            for note in sheet.get("/Annots", [])
        }
        root = pdf.Root.get("/StructTreeRoot")
        roles = (
            {} if root is None else {str(name)[1:]: str(kind)[1:] for name, kind in root.get("/RoleMap", {}).items()}
        )
        reader = _Tree(content, pages, notes, roles)
        author = str(pdf.docinfo.get("/Author", ""))
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            title = str(metadata.get("dc:title", "")) or str(pdf.docinfo.get("/Title", ""))
        with pdf.open_outline() as outline:
            bookmarks = list(_bookmarks(outline.root, 1))
        tree = Node("Root", () if root is None else tuple(reader.kids(root, None)))
        return Pdf(
            file=file,
            title=title,
            author=author,
            title_shown=bool(pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)),
            language=_text(pdf.Root.get("/Lang")),
            tree=tree,
            decorations=[" ".join(content.decorations.get(number, [])) for number in range(len(pages))],
            loose=[" ".join(content.loose.get(number, [])) for number in range(len(pages))],
            strays=[" ".join(reader.strays(number)) for number in range(len(pages))],
            annotations=list(notes.values()),
            bookmarks=bookmarks,
            unfit=_unfit(pdf),
        )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _annotation(note: pikepdf.Object, page: int) -> Annotation:
    action = note.get("/A", {})
    target = action.get("/URI", note.get("/Dest", action.get("/D", "")))
    field_of = note if "/TU" in note or "/Parent" not in note else note.Parent  # radio buttons share their field
    return Annotation(
        kind=str(note.Subtype)[1:],
        page=page,
        contents=str(note.get("/Contents", "")),
        target=str(target) if isinstance(target, pikepdf.String | str) else "",
        is_address="/URI" in action,
        name=str(field_of.get("/TU", "")),
        id=note.objgen,
    )


def _bookmarks(items: list[Any], level: int) -> Iterator[Bookmark]:
    for item in items:
        yield Bookmark(level, item.title)
        yield from _bookmarks(item.children, level + 1)


def _unfit(pdf: pikepdf.Pdf) -> list[str]:
    found = ["it is encrypted"] if pdf.is_encrypted else []
    names = pdf.Root.get("/Names", {})
    found += [f"it has {what}" for key, what in _UNFIT_NAMES.items() if key in names]
    found += [f"its catalogue has {key}" for key in ("/AA", "/AF") if key in pdf.Root]
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != "/GoTo":
        found.append("it does something when it is opened")
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Dictionary):
            continue
        if item.get("/S") in _UNFIT_ACTIONS:
            found.append(f"it has an action {item.S}")
        if item.get("/Type") == "/Filespec" or item.get("/Subtype") == "/FileAttachment":
            found.append("it has a file attached")
        if item.get("/Type") == "/Annot":
            found += [f"an annotation has {key}" for key in ("/AA",) if key in item]
    return found


_UNFIT_NAMES = {"/JavaScript": "scripts", "/EmbeddedFiles": "files attached"}
_UNFIT_ACTIONS = ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/GoToR", "/GoToE")


class _Content:
    """The text of the pages by its marks: ``marked`` by (page or form, number), the rest by page."""

    def __init__(self) -> None:
        self.marked: dict[tuple[tuple[int, int], int], list[tuple[str, int, str | None]]] = {}
        self.decorations: dict[int, list[str]] = {}
        self.loose: dict[int, list[str]] = {}
        self._fonts: dict[tuple[int, int], _Letters] = {}

    def read(self, page: int, content: pikepdf.Object, resources: Any = None, marks: tuple[Any, ...] = ()) -> None:
        """Read a page, or a form that is drawn on a page; ``marks`` are those around the form."""
        resources = content.get("/Resources", resources)
        stack, font, fonts = list(marks), None, []
        for words, operator in pikepdf.parse_content_stream(content, _OPERATORS):
            match str(operator):
                case "q":
                    fonts.append(font)
                case "Q":
                    font = fonts.pop()
                case "Tf":
                    font = self._font(resources.Font[words[0]])
                case "BMC" | "BDC":
                    stack.append(self._mark(content.objgen, words, resources))
                case "EMC":
                    stack.pop()
                case "Do":
                    drawn = resources.XObject[words[0]]
                    if drawn.get("/Subtype") == "/Form":
                        self.read(page, drawn, resources, tuple(stack))
                case _:
                    assert font is not None
                    self._note(page, stack, font.read(words[-1]))

    def _font(self, font: pikepdf.Object) -> _Letters:
        if font.objgen not in self._fonts:
            self._fonts[font.objgen] = _Letters(font)
        return self._fonts[font.objgen]

    def _mark(self, owner: tuple[int, int], words: Any, resources: Any) -> dict[str, Any]:
        if str(words[0]) == "/Artifact":
            return {"artifact": True}
        named = words[1] if len(words) > 1 else {}
        about = resources.Properties[named] if isinstance(named, pikepdf.Name) else named
        mark: dict[str, Any] = {"language": _text(about.get("/Lang"))}
        if "/MCID" in about:
            mark["key"] = (owner, int(about["/MCID"]))
        if "/ActualText" in about:
            mark["instead"] = [str(about["/ActualText"])]
        return mark

    def _note(self, page: int, stack: list[dict[str, Any]], text: str) -> None:
        if any("artifact" in mark for mark in stack):
            self.decorations.setdefault(page, []).append(text)
            return
        instead = next((mark["instead"] for mark in stack if "instead" in mark), None)
        if instead is not None:  # said once, however many pieces it is drawn in
            text = instead.pop() if instead else ""
        key = next((mark["key"] for mark in reversed(stack) if "key" in mark), None)
        language = next((mark["language"] for mark in reversed(stack) if mark["language"]), None)
        if key is None:
            self.loose.setdefault(page, []).append(text)
        else:
            self.marked.setdefault(key, []).append((text, page, language))


_OPERATORS = "q Q Tf BMC BDC EMC Do Tj TJ ' \""


class _Letters:
    """What the codes of a font mean, by its own table."""

    def __init__(self, font: pikepdf.Object) -> None:
        self._width = 2 if font.get("/Subtype") == "/Type0" else 1
        self._table = _character_map(font.ToUnicode.read_bytes()) if "/ToUnicode" in font else {}

    def read(self, shown: Any) -> str:
        """The letters of a string, or of the strings of an array."""
        pieces = (
            [bytes(piece) for piece in shown if isinstance(piece, pikepdf.String)]
            if _is_array(shown)
            else [bytes(shown)]
        )
        codes = (
            int.from_bytes(piece[at : at + self._width]) for piece in pieces for at in range(0, len(piece), self._width)
        )
        return "".join(self._table.get(code, "\ufffd") for code in codes)


def _is_array(value: Any) -> bool:
    return isinstance(value, pikepdf.Array | list)


def _character_map(data: bytes) -> dict[int, str]:
    """Code to letters, from the text of a ToUnicode table."""
    text, table = data.decode("latin-1"), {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>", block):
            table[int(code, 16)] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, start in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for offset, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                table[code] = chr(int(start, 16) + offset)
        for first, letters in re.findall(r"<(\w+)>\s*<\w+>\s*\[([^]]*)\]", block):
            for offset, one in enumerate(re.findall(r"<(\w+)>", letters)):
                table[int(first, 16) + offset] = bytes.fromhex(one).decode("utf-16-be")
    return table


class _Tree:
    def __init__(
        self,
        content: _Content,
        pages: dict[tuple[int, int], int],
        notes: dict[tuple[int, int], Annotation],
        roles: dict[str, str],
    ) -> None:
        self._content = content
        self._pages = pages
        self._notes = notes
        self._roles = roles
        self._taken: set[tuple[tuple[int, int], int]] = set()

    def strays(self, page: int) -> list[str]:
        """Text of a page that is marked as content and that the elements read so far don't have."""
        return [
            text
            for key, pieces in self._content.marked.items()
            if key not in self._taken
            for text, number, _ in pieces
            if number == page
        ]

    def kids(self, element: pikepdf.Object, page: Any) -> Iterator[Node | Text | Annotation]:
        page = element.get("/Pg", page)
        kids = element.get("/K", [])
        for kid in kids if _is_array(kids) else [kids]:
            if not isinstance(kid, pikepdf.Dictionary):
                yield from self._marked(page, int(kid))
            elif kid.get("/Type") == "/MCR":
                yield from self._marked(kid.get("/Stm", kid.get("/Pg", page)), int(kid.MCID))
            elif kid.get("/Type") == "/OBJR":
                assert kid.Obj.objgen in self._notes, "the tree names an annotation that is on no page"
                yield self._notes[kid.Obj.objgen]
            else:
                yield self._node(kid, page)

    def _marked(self, owner: pikepdf.Object, number: int) -> Iterator[Text]:
        key = (owner.objgen, number)
        assert key not in self._taken, f"two elements of the tree have the same content {key}"
        self._taken.add(key)
        for text, page, language in self._content.marked.get(key, []):
            yield Text(text, page, language)

    def _node(self, element: pikepdf.Object, page: Any) -> Node:
        kind = str(element.S)[1:]
        owned = element.get("/A", [])
        attributes = {
            str(key)[1:]: _plain(value)
            for owner in (owned if _is_array(owned) else [owned])
            if isinstance(owner, pikepdf.Dictionary)
            for key, value in owner.items()
        }
        return Node(
            kind=self._roles.get(kind, kind),
            kids=tuple(self.kids(element, page)),
            language=_text(element.get("/Lang")),
            alternative=_text(element.get("/Alt")),
            actual_text=_text(element.get("/ActualText")),
            attributes=attributes,
        )


def _plain(value: Any) -> Any:
    if isinstance(value, pikepdf.Name):
        return str(value)[1:]
    if _is_array(value):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, pikepdf.String) else value


def poppler_text(file: Path) -> tuple[list[str], list[str]]:
    """The text of each page as poppler extracts it, in the order in which it is drawn; and what it complains of."""
    done = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1], done.stderr.decode(errors="replace").splitlines()


def fonts(file: Path) -> list[tuple[str, bool, bool]]:
    """Each font's name without its subset's mark, whether it is embedded, and whether it tells its letters."""
    done = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True, check=True)
    found = []
    for line in done.stdout.splitlines()[2:]:
        name, *_, embedded, _, table, number, generation = line.split()
        tells = table == "yes" or _letters_by_name(file, (int(number), int(generation)))
        found.append((name.partition("+")[2] or name, embedded == "yes", tells))
    return found


def _letters_by_name(file: Path, number: tuple[int, int]) -> bool:
    """Whether a font without a table, as form fields have it, calls its letters by names that everyone knows."""
    with pikepdf.open(file) as pdf:
        encoding = pdf.get_object(number).get("/Encoding", {})
        if isinstance(encoding, pikepdf.Name):
            return encoding in ("/WinAnsiEncoding", "/MacRomanEncoding")
        names = [str(name)[1:] for name in encoding.get("/Differences", []) if isinstance(name, pikepdf.Name)]
        known = encoding.get("/BaseEncoding") in ("/WinAnsiEncoding", "/MacRomanEncoding")
        return known and all(name in AGL2UV for name in names)


def show(node: Node | Text | Annotation, depth: int = 0) -> str:
    """A tree for people to look at."""
    inset = "  " * depth
    if isinstance(node, Text):
        return f"{inset}{node.text!r} (page {node.page + 1})"
    if isinstance(node, Annotation):
        return f"{inset}[{node.kind}: {node.contents}]"
    about = {"lang": node.language, "alt": node.alternative, "actual": node.actual_text, **node.attributes}
    told = " ".join(f"{name}={value}" for name, value in about.items() if value)
    return "\n".join([f"{inset}{node.kind} {told}".rstrip(), *(show(kid, depth + 1) for kid in node.kids)])
