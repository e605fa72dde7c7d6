"""Drawings (SVG) as they are published: written anew from what was read and judged, without what editors noted.

What stays is the drawing: elements and attributes of SVG, its text, its styles, its title and description. Comments,
``<metadata>``, and whatever is in an editor's own vocabulary (names of layers, of people, of files on their computers)
are left out. Pictures inside are cleaned as pictures are. A pure function; it trusts that ``svg_faults`` found nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes
from xml.parsers import expat
from xml.sax.saxutils import escape

from sitegen.clean_pictures import clean_picture

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_PREFIXES = {_XLINK: "xlink:", _XML: "xml:"}
"""Of attributes, by what they stand for; elements get none."""
_INNER_PICTURE = re.compile(r"(data:image/(?:png|jpeg|gif|webp)[^,]*),([^\"')]*)", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_QUOTED = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def clean_drawing(data: bytes) -> bytes:
    """The drawing as UTF-8. Raises BadPicture when a picture inside it is damaged."""
    writer = _Writer()
    writer.parser.Parse(data, True)
    return "".join([*writer.out, "\n"]).encode()


class _Writer:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._names: list[dict[str, str]] = [{"": _SVG, "xml": _XML}]
        """What prefixes stand for, for each element that is open."""
        self._left_out = 0
        """How many open elements are left out, from the outermost."""
        self._unclosed = False
        self._style: list[str] | None = None
        """The text of the style sheet that is open."""

    def _start(self, name: str, attributes: list[str]) -> None:
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        declared = {key.partition(":")[2]: value for key, value in pairs if key.split(":")[0] == "xmlns"}
        names = {**self._names[-1], **declared} if declared else self._names[-1]
        self._names.append(names)
        prefix, _, local = name.rpartition(":")
        if self._left_out or names.get(prefix) != _SVG or local == "metadata":
            self._left_out += 1
            return
        self._close()
        kept = [(known, value) for key, value in pairs if (known := _attribute(key, names))]
        if not self.out:
            kept[:0] = [("xmlns", _SVG), ("xmlns:xlink", _XLINK)]
        self.out.append(f"<{local}{''.join(f' {key}={_quoted(_cleaned(value))}' for key, value in kept)}")
        self._unclosed = True
        if local == "style":
            self._style = []

    def _end(self, name: str) -> None:
        self._names.pop()
        if self._style is not None and not self._left_out:
            style, self._style = "".join(self._style), None
            self._text(_cleaned(_CSS_COMMENT.sub("", style)))
        if self._left_out:
            self._left_out -= 1
        elif self._unclosed:
            self.out.append("/>")
            self._unclosed = False
        else:
            self.out.append(f"</{name.rpartition(':')[2]}>")

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)
        elif not self._left_out and len(self._names) > 1:
            self._close()
            self.out.append(escape(text, {"\r": "&#13;"}))

    def _close(self) -> None:
        if self._unclosed:
            self.out.append(">")
            self._unclosed = False


def _attribute(name: str, names: dict[str, str]) -> str | None:
    """The name of an attribute as it is written; None for one that is left out."""
    if name == "xmlns" or name.startswith("xmlns:"):
        return None
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return name
    known = _PREFIXES.get(names.get(prefix, ""))
    return f"{known}{local}" if known else None


def _quoted(value: str) -> str:
    return f'"{escape(value, _QUOTED)}"'


def _cleaned(value: str) -> str:
    """The value of an attribute, or a style sheet; pictures in it without their notes."""
    return _INNER_PICTURE.sub(_cleaned_picture, value) if "data:" in value.lower() else value


def _cleaned_picture(match: re.Match[str]) -> str:
    head, coded = match[1], match[2]
    try:
        data = base64.b64decode(coded) if head.lower().endswith(";base64") else unquote_to_bytes(coded)
    except (binascii.Error, ValueError):
        data = b""
    cleaned = clean_picture(data)
    form = {b"\x89P": "png", b"\xff\xd8": "jpeg", b"GI": "gif"}.get(cleaned[:2], "webp")
    return f"data:image/{form};base64,{base64.b64encode(cleaned).decode()}"
