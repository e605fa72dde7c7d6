"""Search everything that was published for a marker word, in every place where one can hide.

A marker is a word that occurs nowhere else, of small letters, such as ``zqmethodologyzq``: no stemmer shortens it and
no font joins its letters. Use ``where_published(folder, marker)`` for one of them, ``Published(folder)`` for many.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import re
import shutil
import subprocess
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import brotli
import cbor2
import pikepdf
from PIL import ExifTags, Image

from tests.conftest import tree

DEEPEST = 8
"""An archive in an archive in an archive … is opened so far."""

_PAGEFIND = b"pagefind_dcd"
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-9a-fA-F]{1,6})[ \t\n]?)")
_TAG = re.compile(r"<[^<>]*>")
_GAPS = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]+|-\s+|[‐‑]\s*")
_BASE64 = re.compile(rb"base64,([A-Za-z0-9+/=\s]+)")


class Layer(NamedTuple):
    """One way to read a published file: ``where`` says which, ``data`` is lower-case bytes, ``texts`` are its text."""

    where: str
    data: bytes
    texts: tuple[str, ...]


class Published:
    """All layers of an output folder, or of its files by path, read once."""

    def __init__(self, published: Path | Mapping[str, bytes]) -> None:
        files = tree(published) if isinstance(published, Path) else published
        self.layers = [layer for path, data in sorted(files.items()) for layer in _layers(path, data, 0)]
        self.layers += [Layer(f"{path}: its name", b"", _readings(path)) for path in sorted(files)]

    def where(self, marker: str) -> list[str]:
        """Where the marker was found, such as ``reviews/17/17-briefing.pdf: text``; each place once."""
        word = marker.casefold()
        encoded = [word.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be")]
        return [
            layer.where
            for layer in self.layers
            if any(code in layer.data for code in encoded) or any(word in text for text in layer.texts)
        ]


def where_published(published: Path | Mapping[str, bytes], marker: str) -> list[str]:
    """Where one marker was found in everything that was published."""
    return Published(published).where(marker)


def _layers(where: str, data: bytes, depth: int) -> Iterator[Layer]:
    """A file as it is, and all that is inside it."""
    yield Layer(where, data.lower(), _texts(data))
    if depth < DEEPEST:
        for part, inner in _inside(where, data):
            if isinstance(inner, str):
                yield Layer(f"{where}: {part}", b"", _readings(inner))
            else:
                yield from _layers(f"{where}: {part}", inner, depth + 1)


def _inside(where: str, data: bytes) -> Iterator[tuple[str, bytes | str]]:
    """What is packed, printed or noted in a file: (what it is, bytes or text)."""
    if data.startswith(b"\x1f\x8b"):
        yield "unpacked", gzip.decompress(data)
    elif where.endswith(".br"):
        yield "unpacked", brotli.decompress(data)
    elif data.startswith(_PAGEFIND):
        packed = data[len(_PAGEFIND) :]
        if not packed.startswith((b"{", b"[{")):  # a fragment is JSON, everything else CBOR
            yield "CBOR", "\n".join(_words(cbor2.loads(packed)))
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield "names of members", "\n".join(f"{one.filename}\n{one.comment!r}" for one in archive.infolist())
            for one in archive.infolist():
                yield one.filename, archive.read(one)
    elif data.startswith(b"%PDF-"):
        yield from _in_pdf(data)
    elif data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")):
        yield from _in_picture(data)
    for number, found in enumerate(_BASE64.findall(data)):
        try:
            yield f"base64 {number}", base64.b64decode(found, validate=False)
        except binascii.Error:
            continue


def _in_pdf(data: bytes) -> Iterator[tuple[str, bytes | str]]:
    program = shutil.which("pdftotext")
    assert program, "these tests need pdftotext: sh setup/system-packages.sh test"
    for order in ("-layout", "-raw"):
        done = subprocess.run([program, order, "-", "-"], input=data, capture_output=True, check=False)
        assert done.returncode == 0, f"pdftotext can't read it: {done.stderr.decode()}"
        yield f"text ({order[1:]})", done.stdout.decode("utf-8", "replace")
    with pikepdf.open(io.BytesIO(data)) as document:
        with document.open_metadata() as metadata:
            yield "XMP", str(metadata)
        yield "Info", "\n".join(f"{name} {value}" for name, value in document.docinfo.items())
        for number, thing in enumerate(document.objects, 1):
            yield f"object {number}", "\n".join(_pdf_strings(thing))
            if isinstance(thing, pikepdf.Stream):
                try:
                    yield f"stream {number}", thing.read_bytes()
                except pikepdf.PdfError:  # a picture, whose own format is what is stored
                    yield f"stream {number}", thing.read_raw_bytes()


def _pdf_strings(thing: Any, depth: int = 0) -> Iterator[str]:
    """Every string and name of an object, as text; what it refers to is an object of its own."""
    if isinstance(thing, pikepdf.String | pikepdf.Name):
        yield str(thing)
    elif depth and isinstance(thing, pikepdf.Object) and thing.is_indirect:
        return
    elif isinstance(thing, pikepdf.Array):
        for one in thing:
            yield from _pdf_strings(one, depth + 1)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for name in thing.keys():  # noqa: SIM118, a stream can't be walked otherwise
            yield str(name)
            yield from _pdf_strings(thing[name], depth + 1)


def _in_picture(data: bytes) -> Iterator[tuple[str, bytes | str]]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            exif = picture.getexif()
            parts = [exif, *(exif.get_ifd(one) for one in ExifTags.IFD)]
            notes = [*picture.info.values(), *getattr(picture, "text", {}).values()]
            notes += [value for part in parts for value in part.values()]
    except (OSError, SyntaxError, ValueError):  # not a picture after all; its bytes were read
        return
    yield "metadata", "\n".join(note for one in notes for note in _note(one))
    for number, note in enumerate(one for one in notes if isinstance(one, bytes)):
        yield f"metadata {number}", note


def _note(value: Any) -> Iterator[str]:
    if isinstance(value, bytes):
        for coding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield value.decode(coding, "replace")
    else:
        yield str(value)


def _words(value: Any) -> Iterator[str]:
    """Every text of a CBOR value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _words(pair)
    elif isinstance(value, Iterable):
        for one in value:
            yield from _words(one)


def _texts(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _readings(data.decode("utf-16", "replace"))
    try:
        return _readings(data.decode("utf-8"))
    except UnicodeDecodeError:
        return ()


def _readings(text: str) -> tuple[str, ...]:
    """A text, without its escapes, without its tags, and without what may stand between the letters of a word."""
    readings = [text]
    for _ in range(3):  # an address in an attribute in JSON has escapes of three sorts
        last = readings[-1]
        plain = _ESCAPE.sub(_letter, unquote(html.unescape(last)))
        if plain == last:
            break
        readings.append(plain)
    folded = [unicodedata.normalize("NFKC", one).casefold() for one in readings]
    bare = _TAG.sub("", folded[-1])
    return tuple(dict.fromkeys((*folded, bare, _GAPS.sub("", bare))))


def _letter(found: re.Match[str]) -> str:
    number = int(found[1] or found[2] or found[3], 16)
    return chr(number) if number < 0x110000 else ""


def png_note(key: bytes, text: bytes) -> bytes:
    """A compressed text chunk of a PNG, for planting."""
    data = b"zTXt" + key + b"\0\0" + zlib.compress(text)
    return (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
