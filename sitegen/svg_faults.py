"""What a drawing (SVG) must not hold, since it is published as a file of the site: programs, and what fetches.

A browser that opens the file by itself runs what is in it. Read as a stream, so that no file is too deep or too long.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from sitegen.problems import Place, Problem, error, quoted

_PROGRAMS = {"script", "handler", "listener"}
_FOREIGN = {"foreignobject", "iframe", "embed", "object", "audio", "video", "canvas", "html", "body", "link", "meta"}
_URL = re.compile(r"""url\(\s*["']?\s*([^"')\s]*)|@import\s*["']([^"']*)""", re.IGNORECASE)
_INSIDE = re.compile(r"#|data:image/(?:png|jpeg|gif|webp)[;,]", re.IGNORECASE)
_PROGRAM_ADDRESS = re.compile(r"\s*(?:javascript|vbscript|data)\s*:", re.IGNORECASE)
_HINT = "Open it in a drawing program, take that out, and save it as plain SVG; or save it as PNG."


class _Found(Exception):
    """Stops the reading at the first fault."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def svg_problem(path: str, data: bytes) -> Problem | None:
    """What is wrong with the drawing at ``path``, at its line and column; None when nothing is."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except _Found as found:
        place = Place(path, reader.parser.CurrentLineNumber, reader.parser.CurrentColumnNumber + 1)
        return error("security/picture", place, f"This drawing has {found.what}, so it isn't published.", _HINT)
    except expat.ExpatError as fault:
        place = Place(path, fault.lineno, fault.offset + 1)
        message = "This drawing is damaged, or is not what the ending of its name says."
        return error("content/picture", place, message, "Open it on your computer and save it again.")
    except LookupError:  # an encoding that Python doesn't know
        message = "This drawing says that it is written in an encoding that can't be read here."
        return error("content/picture", Place(path, 1, 1), message, "Save it again as plain SVG in UTF-8, or as PNG.")
    return None


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._element
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self.parser.ProcessingInstructionHandler = self._instruction
        self._style: list[str] | None = None

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        if local in _PROGRAMS:
            raise _Found(f"a program (<{name}>)")
        if local in _FOREIGN:
            raise _Found(f"a piece of a web page (<{name}>)")
        for key, value in attributes.items():
            self._attribute(local, key, value)
        if local == "style":
            self._style = []

    def _attribute(self, element: str, name: str, value: str) -> None:
        local = name.rpartition(":")[2].lower()
        if local.startswith("on"):
            raise _Found(f"a program (in '{name}')")
        if local in ("href", "src"):
            leads_out = _PROGRAM_ADDRESS.match(value) if element == "a" else not _INSIDE.match(value.strip())
            if value.strip() and leads_out:
                raise _Found(f"something from outside itself ({quoted(value)})")
        elif local == "attributename" and re.match(r"on|(?:.*:)?href$", value.strip(), re.IGNORECASE):
            raise _Found(f"a program (it changes '{value}')")
        else:
            _judge_style(value)

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def _end(self, name: str) -> None:
        if self._style is not None and name.rpartition(":")[2].lower() == "style":
            _judge_style("".join(self._style))
            self._style = None

    def _entity(self, name: str, *_: Any) -> None:
        raise _Found(f"a declaration of its own (<!ENTITY {name}>)")

    def _instruction(self, target: str, data: str) -> None:
        if target.lower() == "xml-stylesheet":
            raise _Found("a style sheet from outside itself")


def _judge_style(text: str) -> None:
    if "\\" in text:  # letters may be written as numbers
        text = re.sub(r"\\0*([0-9a-fA-F]{1,6})\s?", lambda m: chr(min(int(m[1], 16), 0x10FFFF)), text)
    for match in _URL.finditer(text):
        target = match[1] or match[2] or ""
        if target and not _INSIDE.match(target):
            raise _Found(f"something from outside itself ({quoted(target)})")
