"""What there is to say about a printed document, in plain words, before its place in the content is known.

A worker process has the document alone. So it says which words to look for; ``print_places`` finds them in the files.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from sitegen.problems import Severity, quoted

_ABOUT_MACHINE = "HarfBuzz-Subset"
"""A remark on what is not installed; the build says it once."""


class Remark(NamedTuple):
    """A Problem without its place: ``words`` are to be looked for in the content, the surest first.

    ``path`` and ``line`` name a file when it is known.
    """

    code: str
    severity: Severity
    message: str
    hint: str
    words: tuple[str, ...] = ()
    path: str = ""
    line: int = 0


def of_log(entries: Iterable[tuple[int, str]], base_url: str) -> Iterator[Remark]:
    """What the PDF library logged about a document: (level, line)."""
    for level, line in dict.fromkeys(entries):
        if _ABOUT_MACHINE not in line:
            yield _of_line(level, line, base_url)


def _of_line(level: int, line: str, base_url: str) -> Remark:
    subject = re.search(r"""['"]([^'"]+)['"]""", line)
    address = subject[1] if subject else ""
    if "Failed to load image" in line or "Failed to render SVG image" in line:
        address = address or line.rpartition(" ")[2]
        name = unquote(address.removeprefix(f"{base_url}files/"))
        known = address != name and address.startswith(base_url)
        message = f"A picture can't be shown in the PDF: {_short(name)}."
        hint = "Put the picture into content/files and name it as file:NAME; check that it opens on your computer."
        words = (f"file:{name}", name) if known else (address, unquote(address))
        return Remark("content/picture", "error", message, hint, words)
    if "no anchor" in line.lower():
        anchor = re.search(r"#\S+", line)
        name = anchor[0] if anchor else ""
        message = f"A link leads to {quoted(name)}, and the PDF has no such place."
        hint = "Correct the link, or link to the page: (review:NAME#PLACE)."
        return Remark("reference/anchor", "error", message, hint, (name, unquote(name)))
    if "alt description" in line:
        name = unquote(address.rpartition("/")[2])
        message = "A picture has no text for people who can't see it."
        hint = "Write it in the brackets: ![what it shows](file:NAME)."
        return Remark("accessibility/alternative-text", "error", message, hint, (f"file:{name}", name))
    missing = re.search(r"\.notdef glyph.*\(U\+([0-9A-F]+)\)", line)
    if missing:
        return of_letter(chr(int(missing[1], 16)))
    what = "An error" if level >= logging.ERROR else "A remark"
    return Remark("accessibility/pdf", "warning", f"{what} while making the PDF: {line}.", "", ())


def of_letter(letter: str) -> Remark:
    """A character that no print font has."""
    name = unicodedata.name(letter, "").lower()
    shown = f"{letter} (U+{ord(letter):04X}{', ' + name if name else ''})"
    message = f"The print fonts have no sign for {shown}, so the PDF would show an empty box."
    hint = "Write it in words, or choose another sign."
    if unicodedata.category(letter).startswith("L"):
        hint = "Write the word in Latin or Arabic letters, or add a font for it to templates/print/print.css."
    code = ord(letter)
    numbers = (f"&#{code};", f"&#x{code:x};", f"&#x{code:X};", f"\\U{code:08X}", f"\\u{code:04X}", f"\\u{code:04x}")
    words = (letter, unicodedata.normalize("NFD", letter), *numbers)
    return Remark("content/letters", "error", message, hint, words)


def _short(address: str) -> str:
    return address if len(address) <= 80 else f"{address[:79]}…"
