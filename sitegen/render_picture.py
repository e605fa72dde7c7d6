"""The picture that stands for the site where a page of it is shared: its name on the brand's colour.

A pure function of words and a colour. The letters are those of the print font, so no machine draws others.
"""

from __future__ import annotations

import io
from typing import Any

SIZE = (1200, 630)
"""What the services that show previews ask for, in pixels."""
_MARGIN = 96
_LARGEST, _SMALLEST = 96, 32


def render_picture(context: dict[str, Any]) -> bytes:
    """A PNG with ``title`` above ``organisation`` on ``colour``, in white or black, whichever can be read on it."""
    import fontpkg
    from PIL import Image, ImageDraw, ImageFont, features

    def face(weight: int, size: int) -> Any:
        path = str(fontpkg.path("Fira Sans", weight))
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)

    assert features.check("freetype2"), "Pillow comes with FreeType"
    picture = Image.new("RGB", SIZE, context["colour"])
    draw = ImageDraw.Draw(picture)
    ink = "#ffffff" if picture.convert("L").tobytes()[0] < 140 else "#1b2225"
    room = SIZE[0] - 2 * _MARGIN
    if not all(_has(face(400, 20), letter) for letter in set(context["title"] + context["organisation"])):
        context = {**context, "title": "", "organisation": ""}  # better no words than empty boxes
    title, size = _wrapped(draw, context["title"], lambda points: face(700, points), room)
    draw.multiline_text((_MARGIN, _MARGIN), title, ink, face(700, size), spacing=size // 4)
    name, size = _wrapped(draw, context["organisation"], lambda points: face(400, min(points, 44)), room)
    draw.multiline_text((_MARGIN, SIZE[1] - _MARGIN), name, ink, face(400, min(size, 44)), anchor="ld", spacing=12)
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=False)
    return made.getvalue()


def _wrapped(draw: Any, text: str, face: Any, room: int) -> tuple[str, int]:
    """The text over at most three lines, and the largest size at which they fit."""
    for size in range(_LARGEST, _SMALLEST, -8):
        lines = _lines(draw, text, face(size), room)
        if len(lines) <= 3:
            return "\n".join(lines), size
    return "\n".join(_lines(draw, text, face(_SMALLEST), room)[:3]), _SMALLEST


def _lines(draw: Any, text: str, face: Any, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, face) <= room:
            lines[-1] = longer
        else:
            while draw.textlength(word, face) > room:
                word = f"{word[:-2]}…"
            lines.append(word)
    return lines


def _has(face: Any, letter: str) -> bool:
    """Whether the font has a letter; what it lacks it draws as it draws a character that is none."""
    return letter.isascii() or bytes(face.getmask(letter)) != bytes(face.getmask("\uffff"))
