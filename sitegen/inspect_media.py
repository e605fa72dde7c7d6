"""Sound and film to download: names, comments and places in their tags.

Tags stand in front or at the end of a file, in parts of their own. Only those that tell of people or places are looked
for; a title is none of them. What plays is never decoded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sitegen.file_remarks import FileRemark, carries

_FRAMES = {
    b"TPE1": "an artist",
    b"TPE2": "an artist",
    b"TPE3": "an artist",
    b"TCOM": "a composer",
    b"TOWN": "an owner",
    b"TEXT": "an author",
    b"COMM": "a comment",
    b"USLT": "words",
    b"GEOB": "another file",
}
_ATOMS = (
    (rb"\xa9xyz|loci|ISO6709", "the place where it was recorded"),
    (rb"\xa9ART|aART|\xa9aut|auth|perf", "an artist"),
    (rb"\xa9cmt|\xa9des|desc", "a comment"),
    (rb"\xa9mod|\xa9mak|com\.apple\.quicktime\.(?:model|make)", "the device that recorded it"),
)
_WORDS = re.compile(
    rb"(ARTIST|PERFORMER|AUTHOR|COMPOSER|COMMENT|DESCRIPTION|CONTACT|LOCATION|ORGANIZATION)=([^\0]*)", re.IGNORECASE
)
_TAG_NAME = re.compile(
    rb"\x45\xa3[\x80-\xff](ARTIST|AUTHOR|COMPOSER|COMMENT|DESCRIPTION|LOCATION|RECORDING_LOCATION)", re.IGNORECASE
)
_WAV_PARTS = {b"IART": "an artist", b"ICMT": "a comment", b"IENG": "an engineer", b"ITCH": "a technician"}
_EDGE = 262_144
"""Bytes at either end of a file in which tags of Ogg, FLAC and WebM are looked for."""
_HINT = (
    "Take the tags out: in Windows, Properties, Details, Remove Properties and Personal Information; elsewhere, in the "
    "program with which you cut sound or film. Then put the new file into content/files."
)


def inspect_media(form: str, data: bytes, organisation: Collection[str]) -> Iterator[FileRemark]:
    """What there is to say about a file whose first bytes look like ``form``."""
    if form == "mp3":
        found = _id3(data, organisation)
    elif form == "mp4":
        inner = b"".join(_notes(data))
        found = (what for sign, what in _ATOMS if re.search(sign, inner))
    elif form == "wav":
        found = (what for sign, what in _WAV_PARTS.items() if sign in data[:_EDGE] + data[-_EDGE:])
    elif form == "webm":
        names = _TAG_NAME.findall(data[:_EDGE] + data[-_EDGE:])
        found = (_in_words(name) for name in names)
    else:
        found = (
            _in_words(name)
            for name, value in _WORDS.findall(data[:_EDGE])
            if value[:80].decode("utf-8", "replace").strip().casefold() not in organisation
        )
    told = sorted(set(filter(None, found)))
    if told:
        yield carries(told, _HINT)


def _in_words(tag: bytes) -> str:
    name = tag.decode("ascii").lower()
    if "location" in name:
        return "the place where it was recorded"
    return "a comment" if name in ("comment", "description") else "an artist"


def _id3(data: bytes, organisation: Collection[str]) -> Iterator[str]:
    """What the tags in front of an MP3, and the short ones at its end, tell."""
    if data[-128:-125] == b"TAG":
        for start, what in ((-95, "an artist"), (-31, "a comment")):
            name = data[start : start + 30].split(b"\0")[0].decode("latin-1").strip()
            if name and name.casefold() not in organisation:
                yield what
    if data[:3] != b"ID3" or len(data) < 10:
        return
    end = 10 + sum((data[6 + n] & 0x7F) << 7 * (3 - n) for n in range(4))
    at = 10
    while at + 10 <= min(end, len(data)) and data[at : at + 4].strip(b"\0"):
        frame, size = data[at : at + 4], data[at + 4 : at + 8]
        length = int.from_bytes(size, "big")
        if data[3] == 4:
            length = sum((size[n] & 0x7F) << 7 * (3 - n) for n in range(4))
        text = data[at + 10 : at + 10 + length]
        at += 10 + length
        if frame in _FRAMES and not _harmless(frame, text, organisation):
            yield _FRAMES[frame]


def _harmless(frame: bytes, text: bytes, organisation: Collection[str]) -> bool:
    """Whether a frame says nothing, only what players note for themselves, or the organisation's own name."""
    plain = text[1:].replace(b"\0", b"").strip(b"\xff\xfe ").decode("latin-1").strip().casefold()
    return not plain or (frame == b"COMM" and "itun" in plain[:12]) or plain in organisation


def _notes(data: bytes) -> Iterator[bytes]:
    """The parts of an MP4 in which programs note things, wherever they stand."""
    at = 0
    while at + 8 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start = at + 8
        if length == 1:
            length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
        end = at + length if length else len(data)
        if end <= at:
            return
        if name in (b"moov", b"trak", b"moof"):
            yield from _notes(data[start:end])
        elif name in (b"udta", b"meta", b"uuid"):
            yield data[start:end]
        at = end
