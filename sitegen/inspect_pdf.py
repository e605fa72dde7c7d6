"""PDFs to download: what acts on a reader's computer, and what tells more than the pages do.

Every object of the file is looked at, so it doesn't matter from where an action is called. Answers with remarks that
know no place and name sorts of things, never what was found.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator
from typing import Any

from sitegen.clean_pictures import is_noted
from sitegen.file_remarks import UNREADABLE_PDF, FileRemark, carries, locked, macros, too_much

MOST_OBJECTS = 1_000_000

_ACTS = {
    "/JavaScript": "a program (JavaScript)",
    "/Launch": "an action that starts another program",
    "/ImportData": "an action that reads a file of the reader",
    "/RichMedia": "a film or program inside it",
    "/Rendition": "a film or sound with a program",
    "/FileAttachment": "another file inside it",
    "/EmbeddedFile": "another file inside it",
}
_COMMENTS = {
    f"/{name}"
    for name in (
        "Text FreeText Highlight Underline Squiggly StrikeOut Caret Ink Stamp Popup Line Square Circle Polygon "
        "PolyLine Redact"
    ).split()
}
_UNREAD_SIGNS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia)\b")
_HINT = (
    "Make the PDF again from the document, after its author and comments were taken out there; or in Acrobat: Redact "
    "a PDF, Sanitize Document."
)
_PERSON = re.compile(
    rb"<dc:creator>.*?<rdf:li[^>]*>\s*([^<]+?)\s*</rdf:li>|<(?:\w+:)?(?:Author|OwnerName|CaptionWriter)>\s*([^<]+?)\s*<|"
    rb"\bpdf:Author=\"([^\"]+)\"",
    re.DOTALL,
)


def inspect_pdf(data: bytes, organisation: Collection[str]) -> Iterator[FileRemark]:
    """What there is to say about a PDF; nothing when all is well."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as document:
            if len(document.objects) > MOST_OBJECTS:
                yield too_much()
                return
            yield from _of_objects(document, organisation)
    except pikepdf.PasswordError:
        yield locked()
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, OverflowError, RecursionError):
        # qpdf's and pikepdf's ways of saying that a file can't be made sense of
        if _UNREAD_SIGNS.search(data):
            yield macros("a program or another file")
        else:
            message = "can't be read, so the search will not find it, and what it holds can't be looked through"
            hint = "Open it on your computer and save it again."
            yield FileRemark(UNREADABLE_PDF, "warning", message, hint)


def _of_objects(document: Any, organisation: Collection[str]) -> Iterator[FileRemark]:
    import pikepdf

    acts: set[str] = set()
    tells: set[str] = set()
    for thing in document.objects:
        for found in _dictionaries(thing):
            acts.update(_acts(found))
            if str(found.get("/Subtype")) in _COMMENTS and "/Rect" in found and _says_something(found):
                tells.add("comments")
        if isinstance(thing, pikepdf.Stream):
            tells.update(_told_by_stream(thing, organisation))
    info = document.docinfo
    for key, what in (("/Author", "an author"), ("/Company", "a company"), ("/Manager", "a manager")):
        name = str(info.get(key, "")).strip()
        if name and name.casefold() not in organisation:
            tells.add(what)
    for what in sorted(acts)[:1]:
        yield macros(what)
    if tells:
        yield carries(sorted(tells), _HINT)


def _dictionaries(thing: Any, depth: int = 0) -> Iterator[Any]:
    """A dictionary, and those that lie directly in it; what it refers to comes by itself."""
    import pikepdf

    if isinstance(thing, pikepdf.Stream):
        thing = thing.stream_dict
    if depth > 30:
        return
    if isinstance(thing, pikepdf.Dictionary):
        yield thing
        inner = [thing.get(key) for key in thing.keys()]  # noqa: SIM118 - a pikepdf dictionary isn't a dict
    elif isinstance(thing, pikepdf.Array):
        inner = list(thing)
    else:
        return
    for one in inner:
        if isinstance(one, pikepdf.Dictionary | pikepdf.Array) and not one.is_indirect:
            yield from _dictionaries(one, depth + 1)


def _acts(found: Any) -> Iterator[str]:
    for key in ("/S", "/Subtype", "/Type"):
        what = _ACTS.get(str(found.get(key)))
        if what:
            yield what
    if "/JS" in found or "/JavaScript" in found:
        yield _ACTS["/JavaScript"]
    if "/EF" in found or "/EmbeddedFiles" in found:
        yield _ACTS["/EmbeddedFile"]
    if "/XFA" in found:
        yield "a form with programs (XFA)"


def _says_something(annotation: Any) -> bool:
    """Whether an annotation of a reviewer's kind shows words, or who made it."""
    return any(str(annotation.get(key, "")).strip() for key in ("/Contents", "/T", "/RC"))


def _told_by_stream(stream: Any, organisation: Collection[str]) -> Iterator[str]:
    if stream.get("/Type") == "/Metadata":
        for match in _PERSON.finditer(stream.read_bytes()):
            name = next(group for group in match.groups() if group).decode("utf-8", "replace")
            if name.casefold() not in organisation:
                yield "an author"
    elif stream.get("/Subtype") == "/Image":
        photograph = str(stream.get("/Filter")) == "/DCTDecode"
        if photograph and is_noted(stream.read_raw_bytes()):
            yield "pictures with notes of the camera"
