"""Office files (Word, Excel, PowerPoint, OpenDocument): what they hold that readers should not get.

New Office files are packed folders. Their parts are looked through as bytes, with limits on what is unpacked; no part
is run, rendered or changed. Answers with remarks that know no place. A remark names the sort of a thing, never the
thing: what is told of a file may be read by people who should not know what is in it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from html import unescape

from sitegen.clean_pictures import is_noted
from sitegen.file_remarks import FileRemark, carries, locked, macros, not_what_it_says, too_much, unreadable

MOST_PARTS = 20_000
LARGEST_PART = 60_000_000
"""Bytes of one part, unpacked."""
LARGEST_WHOLE = 300_000_000
"""Bytes of all parts, unpacked."""

_OFFICE_ROOTS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_WORD_HINT = (
    "In Word, Excel or PowerPoint: File, Info, Check for Issues, Inspect Document; remove what it finds, save, and put "
    "the new file into content/files."
)
_OPEN_HINT = (
    "In LibreOffice: File, Properties, Reset Properties; accept or reject all changes, delete comments and hidden "
    "parts; save, and put the new file into content/files."
)
_EVENTS = re.compile(rb"<script:event-listener\b")
_MODULES = r"(?:Basic/.*/(?!script-lb\.xml|dialog-lb\.xml)|Scripts/).+"
"""Programs in OpenDocument; the two files are lists that may be empty."""


class _TooMuch(Exception):
    """More is packed into the file than any document has."""


class _Parts:
    """The parts of a packed file, by name. Raises _TooMuch, and what zipfile raises for damaged files."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        infos = self._zip.infolist()
        whole = sum(info.file_size for info in infos)
        if len(infos) > MOST_PARTS or whole > LARGEST_WHOLE:
            raise _TooMuch
        self.names = [info.filename.lstrip("/") for info in infos if not info.is_dir()]
        self._by_name = {info.filename.lstrip("/").lower(): info for info in infos}
        self.encrypted = any(info.flag_bits & 1 for info in infos)
        self._left = LARGEST_WHOLE

    def read(self, name: str) -> bytes:
        """The bytes of a part; nothing when there is none."""
        info = self._by_name.get(name.lower())
        if info is None:
            return b""
        with self._zip.open(info) as part:
            data = part.read(LARGEST_PART + 1)
        self._left -= len(data)
        if len(data) > LARGEST_PART or self._left < 0:
            raise _TooMuch
        return data

    def like(self, pattern: str) -> list[str]:
        """Names that fit a pattern, whatever their capitals."""
        fits = re.compile(pattern, re.IGNORECASE).fullmatch
        return [name for name in self.names if fits(name)]

    def any_has(self, pattern: str, sign: bytes) -> bool:
        """Whether any part of such a name holds such bytes."""
        return any(re.search(sign, self.read(name)) for name in self.like(pattern))


def inspect_packed(ending: str, data: bytes, organisation: Collection[str]) -> Iterator[FileRemark]:
    """What there is to say about a docx, xlsx, pptx, odt, ods or odp file; nothing when all is well."""
    try:
        parts = _Parts(data)
        if parts.encrypted:
            yield locked()
        elif ending in _OFFICE_ROOTS:
            yield from _office(ending, parts, organisation)
        else:
            yield from _open_document(ending, parts, organisation)
    except _TooMuch:
        yield too_much()
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError, OSError, RuntimeError):
        # what zipfile raises for what is cut short, altered, or packed in ways that it doesn't know
        yield macros("macros") if b"vbaProject" in data else unreadable()


def _office(ending: str, parts: _Parts, organisation: Collection[str]) -> Iterator[FileRemark]:
    root = _OFFICE_ROOTS[ending]
    if not parts.like(r"\[Content_Types\]\.xml") or not parts.like(f"{root}.*"):
        yield not_what_it_says("a packed folder (ZIP)")
        return
    types = parts.read("[Content_Types].xml")
    if (
        parts.like(r".*vba(?:Project|Data).*")
        or b"macroEnabled" in types
        or parts.like(r"xl/(?:macro|dialog)sheets/.*")
    ):
        yield macros("macros")
    elif parts.like(r".*/activeX/.*"):
        yield macros("controls that run programs (ActiveX)")
    elif parts.like(r".*/embeddings/.*\.(?!(?:xlsx|docx|pptx)$)[^./]+"):
        yield macros("another file inside it, which may be a program")
    elif _leads_out(parts):
        yield macros("a template or an object that is fetched from elsewhere")
    found = [
        *_people(parts, organisation),
        *_told_in_parts(ending, parts),
        *(["pictures with notes of the camera"] if _has_noted_pictures(parts, f"{root}media/.*") else []),
    ]
    if found:
        yield carries(found, _WORD_HINT)


def _leads_out(parts: _Parts) -> bool:
    """Whether opening the file would fetch a template or an object from the network."""
    for name in parts.like(r".*\.rels"):
        for relationship in re.findall(rb"<Relationship\b[^>]*>", parts.read(name)):
            outside = re.search(rb"""TargetMode\s*=\s*["']External""", relationship)
            kind = re.search(
                rb"""Type\s*=\s*["'][^"']*/(?:attachedTemplate|oleObject|frame|subDocument)["']""", relationship
            )
            local = re.search(rb"""Target\s*=\s*["'](?:file:///|[A-Za-z]:\\)""", relationship)
            if outside and kind and not local:
                return True
    return False


def _people(parts: _Parts, organisation: Collection[str]) -> Iterator[str]:
    """Who is named in the properties of a document."""
    core = parts.read("docProps/core.xml")
    yield from _named_people(core, "dc:creator", "an author", organisation)
    yield from _named_people(core, "cp:lastModifiedBy", "who saved it last", organisation)
    more = parts.read("docProps/app.xml")
    yield from _named_people(more, "Manager", "a manager", organisation)
    yield from _named_people(more, "Company", "a company", organisation)
    if re.search(rb"<(?:\w+:)?property\b", parts.read("docProps/custom.xml")):
        yield "properties of its own"


def _named_people(data: bytes, element: str, what: str, organisation: Collection[str]) -> Iterator[str]:
    text = re.search(rf"<{element}(?:\s[^>]*)?>([^<]*)<".encode(), data)
    name = unescape(text[1].decode("utf-8", "replace")).strip() if text else ""
    if name and name.casefold() not in organisation:
        yield what


_SIGNS: dict[str, tuple[tuple[str, str, bytes], ...]] = {
    "docx": (
        ("comments", r"word/comments[^/]*\.xml", rb"<(?:\w+:)?comment[\s>/]"),
        (
            "tracked changes",
            r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml",
            rb"<w:(?:ins|del|moveFrom|moveTo|rPrChange|pPrChange|cellIns|cellDel)[\s>/]",
        ),
        ("hidden text", r"word/document\.xml", rb"<w:(?:vanish|specVanish)(?:\s+w:val=\"(?:1|true|on)\")?\s*/>"),
        ("names of people who worked on it", r"word/people\.xml", rb"<w15:person[\s>]"),
        ("the path of its template", r"word/_rels/settings\.xml\.rels", rb"(?i)\"(?:file:///|[a-z]:\\)"),
        ("a workbook behind a chart", r"word/embeddings/[^/]*\.xlsx", rb""),
    ),
    "xlsx": (
        (
            "comments",
            r"xl/(?:comments[^/]*|threadedComments/[^/]*)\.xml",
            rb"<(?:\w+:)?(?:comment|threadedComment)[\s>/]",
        ),
        ("hidden sheets", r"xl/workbook\.xml", rb"<sheet\b[^>]*\bstate=\"(?:hidden|veryHidden)\""),
        ("hidden rows or columns", r"xl/worksheets/[^/]*\.xml", rb"<(?:row|col)\b[^>]*\bhidden=\"(?:1|true)\""),
        ("the data behind a pivot table", r"xl/pivotCache/pivotCache(?:Records|Definition)[^/]*\.xml", rb""),
        ("links to other workbooks or databases", r"xl/(?:externalLinks/[^/]*\.xml|connections\.xml)", rb""),
        ("names of people who worked on it", r"xl/persons/[^/]*\.xml", rb"<(?:\w+:)?person[\s>]"),
        ("tracked changes", r"xl/revisions/.*", rb""),
    ),
    "pptx": (
        ("comments", r"ppt/comments/[^/]*\.xml", rb"<(?:p|p188):cm[\s>]"),
        (
            "names of people who worked on it",
            r"ppt/(?:commentAuthors|authors)\.xml",
            rb"<(?:p|p188):(?:cmAuthor|author)[\s>]",
        ),
        ("notes for the speaker", r"ppt/notesSlides/[^/]*\.xml", rb"<a:t>(?!\s*\d*\s*</a:t>)"),
        ("hidden slides", r"ppt/slides/[^/]*\.xml", rb"<p:sld\b[^>]*\bshow=\"(?:0|false)\""),
        ("a workbook behind a chart", r"ppt/embeddings/[^/]*\.xlsx", rb""),
    ),
}
"""For each kind: what it is in words, the parts in which it stands, and what tells it there."""


def _told_in_parts(ending: str, parts: _Parts) -> Iterator[str]:
    for what, names, sign in _SIGNS[ending]:
        if parts.any_has(names, sign):
            yield what


def _has_noted_pictures(parts: _Parts, pattern: str) -> bool:
    return any(is_noted(parts.read(name)) for name in parts.like(pattern))


def _open_document(ending: str, parts: _Parts, organisation: Collection[str]) -> Iterator[FileRemark]:
    media_type = parts.read("mimetype").strip()
    kinds = {"odt": b"opendocument.text", "ods": b"opendocument.spreadsheet", "odp": b"opendocument.presentation"}
    if not parts.like(r"content\.xml") or kinds[ending] not in media_type:
        yield not_what_it_says("a packed folder (ZIP)")
        return
    if b"encryption-data" in parts.read("META-INF/manifest.xml"):
        yield locked()
        return
    content, styles = parts.read("content.xml"), parts.read("styles.xml")
    if parts.like(_MODULES) or _EVENTS.search(content):
        yield macros("macros")
    elif parts.like(r"(?:Object [^/]*|ObjectReplacements/.*)\.(?:exe|bin)") or b"<draw:object-ole" in content:
        yield macros("another file inside it, which may be a program")
    meta = parts.read("meta.xml")
    found = [
        *_named_people(meta, "meta:initial-creator", "an author", organisation),
        *_named_people(meta, "dc:creator", "who saved it last", organisation),
        *_named_people(meta, "meta:printed-by", "who printed it", organisation),
    ]
    signs = (
        ("properties of its own", rb"<meta:user-defined\b", meta),
        ("comments", rb"<office:annotation[\s>]", content),
        ("tracked changes", rb"<text:changed-region\b", content),
        ("hidden text", rb"<text:hidden-(?:text|paragraph)\b|text:display=\"none\"", content + styles),
        ("hidden sheets", rb"\btable:display=\"false\"", content + styles),
        ("hidden rows or columns", rb"\btable:visibility=\"(?:collapse|filter)\"", content),
        (
            "notes for the speaker",
            rb"<presentation:notes\b[^>]*>(?:(?!</presentation:notes>).)*?<text:p\b[^>]*>[^<]",
            content,
        ),
    )
    found += [what for what, sign, where in signs if re.search(sign, where, re.DOTALL)]
    if _has_noted_pictures(parts, "Pictures/.*"):
        found.append("pictures with notes of the camera")
    if found:
        yield carries(list(dict.fromkeys(found)), _OPEN_HINT)


def inspect_old(ending: str, data: bytes) -> Iterator[FileRemark]:
    """What there is to say about a doc, xls or ppt file: macros, a password, and that nobody can look further."""
    names = {name: name.encode("utf-16-le") for name in ("EncryptedPackage", "_VBA_PROJECT", "Macros")}
    if names["EncryptedPackage"] in data:
        yield locked()
        return
    slides = re.search(rb"\x1f\x00\xff\x03\x14\0\0\0\x02\0\0\x04\x0c\0\0\0.{4}\x01", data, re.DOTALL)
    if names["_VBA_PROJECT"] in data or names["Macros"] in data or slides:
        yield macros("macros")
        return
    new = {"doc": "a Word document (.docx)", "xls": "an Excel workbook (.xlsx)"}.get(ending, "a presentation (.pptx)")
    message = "is of an old kind, in which the author, comments and earlier words of a document can't be looked for"
    hint = f"Open it, save it as {new} or as PDF, and name that file instead."
    yield FileRemark("anonymity/file-metadata", "warning", message, hint)


def inspect_rich_text(data: bytes, organisation: Collection[str]) -> Iterator[FileRemark]:
    """What there is to say about an rtf file."""
    if re.search(rb"\\obj(?:data|emb|link|autlink|ocx|html)\b|\\\*\\template\b", data):
        yield macros("another file inside it, or one that is fetched from elsewhere,")
    found = []
    for word, what in (("author", "an author"), ("operator", "who saved it last"), ("company", "a company")):
        text = re.search(rf"\{{(?:\\\*)?\\{word}\s+([^{{}}\\]+)".encode(), data)
        name = text[1].decode("cp1252", "replace").strip() if text else ""
        if name and name.casefold() not in organisation:
            found.append(what)
    for sign, what in ((rb"\\atnid|\\annotation\b", "comments"), (rb"\\revised\b|\\deleted\b", "tracked changes")):
        if re.search(sign, data):
            found.append(what)
    if re.search(rb"\\v(?![a-z0-9])", data):
        found.append("hidden text")
    if found:
        yield carries(found, _WORD_HINT)
