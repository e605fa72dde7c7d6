"""Picture files part by part: only the parts that shape the look are kept, byte for byte.

JPEG, PNG, GIF and WebP are rows of parts with a name and a length. What a camera or a program noted (Exif, XMP, IPTC,
comments, small copies of the picture, the maker's own parts) lies in parts of its own, or behind the end of the
picture. These lists name what stays; everything else is left out, whatever it is called. Pure functions; nothing is
decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG_SIGN = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sRGB sBIT bKGD pHYs cICP mDCV cLLI acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_NOTES = 0x0C
"""In the flags of VP8X: there is Exif, there is XMP."""
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
"""How often a moving picture is repeated, and its colours."""
_JFIF = b"\xff\xe0\x00\x10JFIF\x00"


class Broken(Exception):
    """A part that ends before its length says."""


def only_the_picture(form: str, data: bytes) -> bytes:
    """The file without what isn't the picture. ``form`` is jpeg, png, gif or webp. Raises Broken."""
    keep = {"jpeg": _jpeg, "png": _png, "gif": _gif, "webp": _webp}[form]
    try:
        return b"".join(keep(data))
    except (struct.error, IndexError) as failure:
        raise Broken(str(failure)) from failure


def _cut(data: bytes, start: int, end: int) -> bytes:
    if end > len(data) or end < start:
        raise Broken("a part is cut short")
    return data[start:end]


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Tables, frames and scans; of the application's own segments JFIF, Adobe's colours and the colour profile."""
    yield _cut(data, 0, 2)
    at = 2
    while True:
        while data[at] != 0xFF:  # decoders skip what stands between segments
            at += 1
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # signs without a length
            continue
        (length,) = struct.unpack_from(">H", data, at)
        segment = bytes((0xFF, marker)) + _cut(data, at, at + length)
        at += length
        if marker == 0xDA:
            end = _end_of_scan(data, at)
            yield segment + data[at:end]
            at = end
        elif kept := _jpeg_segment(marker, segment):
            yield kept


def _jpeg_segment(marker: int, segment: bytes) -> bytes:
    inner = segment[4:]
    if marker == 0xE0:  # without the small copy that may follow
        return _JFIF + inner[5:12] + b"\0\0" if inner.startswith(b"JFIF\0") and len(inner) >= 14 else b""
    if marker == 0xE2:
        return segment if inner.startswith(b"ICC_PROFILE\0") else b""
    if marker == 0xEE:
        return b"\xff\xee\x00\x0eAdobe" + inner[5:12] if inner.startswith(b"Adobe") and len(inner) >= 12 else b""
    return b"" if 0xE0 <= marker <= 0xEF or 0xF0 <= marker <= 0xFE else segment


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the coded picture ends: at the first marker that isn't a stuffed byte or a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Broken("a scan without its end")
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0x00 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def _png(data: bytes) -> Iterator[bytes]:
    if not data.startswith(_PNG_SIGN):
        raise Broken("no PNG")
    yield _PNG_SIGN
    at = len(_PNG_SIGN)
    name = b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        chunk = _cut(data, at, at + 12 + length)
        at += 12 + length
        if name in _PNG_KEPT:
            yield chunk


def _gif(data: bytes) -> Iterator[bytes]:
    start = 13 + _colours(data[10])
    yield _cut(data, 0, start)
    at = start
    while True:
        sign = data[at]
        if sign == 0x3B:
            yield b"\x3b"
            return
        if sign == 0x2C:
            first = at + 10 + _colours(data[at + 9]) + 1
            end = _end_of_blocks(data, first)
            yield _cut(data, at, end)
        elif sign == 0x21:
            end = _end_of_blocks(data, at + 2)
            timing = data[at + 1] == 0xF9
            if timing or (data[at + 1] == 0xFF and data[at + 3 : at + 14] in _GIF_KEPT):
                yield _cut(data, at, end)
        else:
            raise Broken("an unknown block")
        at = end


def _colours(flags: int) -> int:
    """Bytes of the table of colours that flags announce."""
    return 3 * 2 << (flags & 7) if flags & 0x80 else 0


def _end_of_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> Iterator[bytes]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Broken("no WebP")
    (length,) = struct.unpack_from("<I", data, 4)
    inner = b"".join(_webp_chunks(_cut(data, 12, 8 + length)))
    yield b"RIFF" + struct.pack("<I", len(inner) + 4) + b"WEBP" + inner


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        inner = _cut(data, at + 8, at + 8 + length)
        at += 8 + length + length % 2
        if name == b"VP8X":
            inner = bytes((inner[0] & ~_WEBP_NOTES,)) + inner[1:]
        elif name == b"ANMF":
            inner = inner[:16] + b"".join(_webp_chunks(inner[16:]))
        if name in _WEBP_KEPT:
            yield name + struct.pack("<I", len(inner)) + inner + b"\0" * (len(inner) % 2)


def notes_in_avif(data: bytes) -> bool:
    """Whether an AVIF file holds anything but the picture. Raises Broken.

    Its parts refer to each other by their places, so nothing can be taken out of it here.
    """
    for name, inner in _boxes(data):
        if name == b"meta":
            if _notes_in_meta(inner[4:]):
                return True
        elif name == b"moov":
            if b"udta" in inner or b"meta" in inner:
                return True
        elif name not in (b"ftyp", b"mdat"):
            return True
    return False


def _notes_in_meta(data: bytes) -> bool:
    for name, inner in _boxes(data):
        if name == b"iinf":
            start = 6 if inner[0] == 0 else 8
            for _, item in _boxes(inner[start:]):
                at = 8 if item[0] < 3 else 10
                if item[at : at + 4] in (b"Exif", b"mime", b"uri "):
                    return True
        elif name in (b"uuid", b"udta", b"xml ", b"bxml"):
            return True
    return False


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        try:
            length, name = struct.unpack_from(">I4s", data, at)
            start = at + 8
            if length == 1:
                (length,) = struct.unpack_from(">Q", data, start)
                start += 8
        except struct.error as failure:
            raise Broken(str(failure)) from failure
        end = at + length if length else len(data)
        yield name, _cut(data, start, end)
        at = end
