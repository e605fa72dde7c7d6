"""Which kinds of files may be published beside the pages, by the endings of their names, and what bytes look like.

An allow-list: what is not in it is not published. The site shares its address with these files, so a file that a
browser runs could act as the site itself. Knows names and first bytes only, never the inside of a document.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class FileKind(NamedTuple):
    """A kind of file: its ``name`` for readers, its ``media_type``, and who looks it through (``family``).

    ``like`` are the answers of :func:`looks_like` that fit it. ``saved`` means that servers have browsers save it
    instead of showing it.
    """

    name: str
    media_type: str
    family: str
    like: frozenset[str]
    saved: bool = False


def _office(name: str, inner: str) -> FileKind:
    media_type = f"application/vnd.openxmlformats-officedocument.{inner}"
    return FileKind(name, media_type, "office", frozenset({"zip"}), True)


def _open(name: str, inner: str) -> FileKind:
    return FileKind(name, f"application/vnd.oasis.opendocument.{inner}", "opendocument", frozenset({"zip"}), True)


def _old(name: str, inner: str) -> FileKind:
    return FileKind(name, f"application/{inner}", "old-office", frozenset({"ole"}), True)


def _text(name: str, media_type: str) -> FileKind:
    return FileKind(name, media_type, "text", frozenset())


_DOTS = frozenset({"png", "jpeg", "gif", "webp"})


def _dots(name: str, media_type: str) -> FileKind:
    return FileKind(f"{name} picture", media_type, "picture", _DOTS)


def _media(name: str, media_type: str, *like: str) -> FileKind:
    return FileKind(name, media_type, "media", frozenset(like))


FILE_KINDS: dict[str, FileKind] = {
    "pdf": FileKind("PDF", "application/pdf", "pdf", frozenset({"pdf"})),
    "docx": _office("Word", "wordprocessingml.document"),
    "xlsx": _office("Excel", "spreadsheetml.sheet"),
    "pptx": _office("PowerPoint", "presentationml.presentation"),
    "odt": _open("OpenDocument text", "text"),
    "ods": _open("OpenDocument spreadsheet", "spreadsheet"),
    "odp": _open("OpenDocument slides", "presentation"),
    "doc": _old("Word", "msword"),
    "xls": _old("Excel", "vnd.ms-excel"),
    "ppt": _old("PowerPoint", "vnd.ms-powerpoint"),
    "rtf": FileKind("Rich text", "application/rtf", "rtf", frozenset({"rtf"}), True),
    "txt": _text("Text", "text/plain"),
    "csv": _text("CSV", "text/csv"),
    "tsv": _text("TSV", "text/tab-separated-values"),
    "vtt": _text("Captions", "text/vtt"),
    "srt": _text("Captions", "text/plain"),
    "ics": _text("Calendar", "text/calendar"),
    "png": _dots("PNG", "image/png"),
    "jpg": _dots("JPEG", "image/jpeg"),
    "jpeg": _dots("JPEG", "image/jpeg"),
    "gif": _dots("GIF", "image/gif"),
    "webp": _dots("WebP", "image/webp"),
    "avif": FileKind("AVIF picture", "image/avif", "avif", frozenset({"avif"})),
    "svg": FileKind("SVG picture", "image/svg+xml", "drawing", frozenset({"svg", "xml"})),
    "mp3": _media("MP3 sound", "audio/mpeg", "mp3"),
    "m4a": _media("M4A sound", "audio/mp4", "mp4"),
    "wav": _media("WAV sound", "audio/wav", "wav"),
    "ogg": _media("Ogg sound", "audio/ogg", "ogg"),
    "oga": _media("Ogg sound", "audio/ogg", "ogg"),
    "opus": _media("Opus sound", "audio/ogg", "ogg"),
    "flac": _media("FLAC sound", "audio/flac", "flac", "mp3"),
    "mp4": _media("MP4 film", "video/mp4", "mp4"),
    "m4v": _media("MP4 film", "video/mp4", "mp4"),
    "webm": _media("WebM film", "video/webm", "webm"),
    "ogv": _media("Ogg film", "video/ogg", "ogg"),
}
"""By ending, in small letters."""

_AS_WORD = "Save it as a Word document without macros (.docx), or as PDF, and name that file instead."
_AS_EXCEL = "Save it as an Excel workbook without macros (.xlsx), or as CSV, and name that file instead."
_AS_SLIDES = "Save it as a PowerPoint presentation without macros (.pptx), or as PDF, and name that file instead."
_AS_JPEG = "Open it, save it as JPEG, put that file into content/files and name it instead."
_AS_PAGE = "Write its text as a page in content/pages, or print it as PDF and name that file instead."
_UNPACK = "Unpack it, put the files themselves into content/files, and name each by itself."
_AS_FILM = "Save it as MP4, and name that file instead."
_AS_SOUND = "Save it as MP3, and name that file instead."
_EXPORT = "Export it as PDF, or as .docx, .xlsx or .pptx, and name that file instead."
_PROGRAM = "A program can't be published here. Take the link out, or give the address where it can be had."

_HINTS: dict[str, str] = {
    **dict.fromkeys(("docm", "dotm", "dotx", "dot", "ott"), _AS_WORD),
    **dict.fromkeys(("xlsm", "xltm", "xltx", "xlt", "xlsb", "xlam", "xla", "ots", "slk", "iqy"), _AS_EXCEL),
    **dict.fromkeys(("pptm", "potm", "potx", "pot", "ppsm", "ppsx", "pps", "ppam", "otp"), _AS_SLIDES),
    **dict.fromkeys(("heic", "heif", "tif", "tiff", "bmp", "psd", "jfif", "jpe", "jp2", "jxl", "dng", "raw"), _AS_JPEG),
    **dict.fromkeys(("svgz", "ai", "eps", "emf", "wmf", "ico"), "Save it as plain SVG or as PNG, and name that file."),
    **dict.fromkeys(("html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "xml", "xsl", "xslt", "md"), _AS_PAGE),
    **dict.fromkeys(("zip", "7z", "rar", "gz", "tgz", "tar", "bz2", "xz", "br", "zst", "cab", "iso", "dmg"), _UNPACK),
    **dict.fromkeys(("mov", "avi", "wmv", "mkv", "mpg", "mpeg", "3gp", "flv"), _AS_FILM),
    **dict.fromkeys(("aac", "aif", "aiff", "wma", "amr", "m4b", "mid"), _AS_SOUND),
    **dict.fromkeys(("pages", "numbers", "key", "epub", "pub", "vsd", "vsdx", "one", "msg", "eml", "xps"), _EXPORT),
    **dict.fromkeys(("json", "geojson", "parquet", "sqlite", "db", "accdb", "mdb"), "Save it as CSV, and name that."),
}
ACTS = frozenset(
    "asp aspx bat cgi cmd exe hta htaccess htm html jar jnlp js jse jsp lnk mjs msi php php3 php5 php7 phar phtml ps1 "
    "scr shtml vbe vbs wasm wsf xht xhtml".split()
)
"""Endings on which a browser, a web server or a computer acts, also before another ending: ``x.php.pdf``."""
ALLOWED = (
    "Files to download may be PDF, Word, Excel, PowerPoint, OpenDocument, text, CSV, captions (.vtt), pictures "
    "(JPEG, PNG, GIF, WebP, AVIF, SVG), sound (MP3, M4A, WAV, Ogg) and film (MP4, WebM)."
)


def ending_of(name: str) -> str:
    """The ending of a file's name in small letters, without its dot; nothing when there is none."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    return ending.lower() if dot and stem else ""


def kind_of_file(name: str) -> FileKind | None:
    """The kind that a file's name promises; None when such files are not published."""
    return FILE_KINDS.get(ending_of(name))


def instead_of(ending: str) -> str:
    """What to do about a file of a kind that isn't published."""
    return _HINTS.get(ending) or (_PROGRAM if ending in ACTS else ALLOWED)


LOOKS: dict[str, str] = {
    "pdf": "a PDF",
    "zip": "a packed folder (ZIP) or a new Office file",
    "ole": "an Office file of the old kind, or one with a password",
    "rtf": "a rich text document",
    "png": "a PNG picture",
    "jpeg": "a JPEG picture",
    "gif": "a GIF picture",
    "webp": "a WebP picture",
    "avif": "an AVIF picture",
    "heic": "a HEIC picture",
    "tiff": "a TIFF picture",
    "mp4": "a film or sound (MP4)",
    "wav": "a sound (WAV)",
    "mp3": "a sound (MP3)",
    "ogg": "a sound or film (Ogg)",
    "flac": "a sound (FLAC)",
    "webm": "a film (WebM)",
    "html": "a web page (HTML)",
    "svg": "a drawing (SVG)",
    "xml": "an XML file",
    "program": "a program",
    "packed": "a packed file",
}
"""What :func:`looks_like` can answer, in words."""

_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"\x1aE\xdf\xa3", "webm"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\0asm", "program"),
    (b"#!", "program"),
    (b"\x1f\x8b", "packed"),
    (b"7z\xbc\xaf\x27\x1c", "packed"),
    (b"Rar!", "packed"),
)
_PAGE = re.compile(
    rb"<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link|img|form|"
    rb"object|embed|center|span|ul)[\s/>]|<!--",
    re.IGNORECASE,
)
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_HEAD = 4096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def looks_like(data: bytes) -> str | None:
    """What the first bytes of a file say that it is, as a key of ``LOOKS``; None when they say nothing."""
    for sign, answer in _SIGNS:
        if data.startswith(sign):
            return answer
    if data[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    frame = data[:2] != _MARKS[1] and len(data) > 2 and data[0] == 0xFF
    if frame and data[1] & 0xE0 == 0xE0 and data[1] & 0x06:
        return "mp3"
    return _markup(data[:_HEAD])


def _by_brand(data: bytes) -> str:
    """The kind of a file in boxes, by the brands that it names."""
    length = int.from_bytes(data[:4], "big")
    brands = {data[at : at + 4] for at in range(8, min(max(length, 16), 256), 4)}
    if brands & {b"avif", b"avis"}:
        return "avif"
    return "heic" if brands & {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"} else "mp4"


def _markup(head: bytes) -> str | None:
    """Whether a browser that guesses would take a file for a web page, a drawing or XML."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode()
    text = head.removeprefix(_MARKS[0]).lstrip(b"\t\n\f\r \0")
    if text[:5].lower() == b"<?xml" or (text[:9].lower() == b"<!doctype" and not _PAGE.match(text)):
        root = _ROOT.search(text)
        name = root[1].lower() if root else b""
        return {b"svg": "svg", b"html": "html"}.get(name, "xml")
    if text.startswith(b"<!--") and (root := _ROOT.search(re.sub(rb"(?s)<!--.*?-->", b"", text))):
        return "svg" if root[1].lower() == b"svg" else "html"
    if _PAGE.match(text):
        return "html"
    root = _ROOT.match(text)
    return "svg" if root and root[1].lower() == b"svg" else None


def is_text(data: bytes) -> bool:
    """Whether bytes are text: no sign that only other files have, in UTF-16 if its mark says so."""
    head = data[:65536]
    if head.startswith(_MARKS[1:]):
        return b"\0" not in head.decode("utf-16", "replace").encode()
    return not re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", head)
