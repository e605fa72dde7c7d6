"""The letters of the print fonts, and those of a document that none of them has.

Looked up before the layout, since the layout draws an empty box for such a letter, or nothing.
"""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Iterable

_NOT_SHOWN = re.compile(r"<(title|style|script)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_PRINTED_ATTRIBUTE = re.compile(r"""\sdata-[a-z-]+="([^"]*)\"""")
_TAG = re.compile(r"<[^>]*>")
_FONTS = (b"\0\1\0\0", b"OTTO", b"true", b"wOFF", b"wOF2")
"""What the files of fonts begin with."""
_DEFAULT_IGNORABLE = (
    (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Beside controls and format signs, what a font need not have: it is not shown by itself."""


def letters_of(font: bytes) -> frozenset[str]:
    """Every character that a font file has; none when it isn't one."""
    from fontTools.ttLib import TTFont

    if font[:4] not in _FONTS:
        return frozenset()
    with TTFont(io.BytesIO(font), lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap() or ()))


def missing_letters(document: str, known: Iterable[str]) -> list[str]:
    """The characters of print HTML that are shown and that are not among the ``known`` ones, in their order."""
    strange = set(document).difference(known)
    if not strange and "&" not in document:
        return []
    shown = _NOT_SHOWN.sub("", document)
    text = "".join(_PRINTED_ATTRIBUTE.findall(shown)) + _TAG.sub("", shown)
    normal = unicodedata.normalize("NFC", html.unescape(text))
    return [letter for letter in dict.fromkeys(normal) if letter not in known and _is_shown(letter)]


def _is_shown(letter: str) -> bool:
    if letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return False
    code = ord(letter)
    return not any(first <= code <= last for first, last in _DEFAULT_IGNORABLE)
