"""The board's own colours: whether people can read what is set in them (WCAG 2.2, contrast)."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.config import Brand
from sitegen.problems import Problem, error, warning
from sitegen.validate import Locate

GROUNDS = ("#fefdfb", "#f4f2ec")
"""What stands behind links and marks in the light: ``--paper`` and ``--wash`` of the style sheet."""
READABLE, EASY, VISIBLE = 4.5, 7.0, 3.0
"""The least contrast of text (level AA), of text that is easy to read (AAA), and of marks."""


def check_brand(brand: Brand, place_of: Locate) -> Iterator[Problem]:
    """Colours that are too pale. In the dark the style sheet sets lightness itself, whatever the brand is."""
    text, mark = contrast(brand.colour), contrast(brand.accent)
    place = place_of(("brand", "colour"), False)
    if text < READABLE:
        message = f"Links in the colour {brand.colour} can't be read by many people: the contrast is {text:.1f} to 1."
        hint = f"Choose a darker one: at least {READABLE} to 1 is required, {EASY:.0f} to 1 is easy to read."
        yield error("accessibility/contrast", place, message, hint)
    elif text < EASY:
        message = f"Links in the colour {brand.colour} are hard to read for some: the contrast is {text:.1f} to 1."
        yield warning(
            "accessibility/contrast", place, message, f"A darker one, {EASY:.0f} to 1 or more, is easy to read."
        )
    if mark < VISIBLE:
        message = f"Marks in the accent {brand.accent} can't be seen by many people: its contrast is {mark:.1f} to 1."
        hint = f"Choose a darker one: at least {VISIBLE:.0f} to 1 is required."
        yield error("accessibility/contrast", place_of(("brand", "accent"), False), message, hint)


def contrast(colour: str) -> float:
    """The contrast of a colour (``#17495a`` or ``#abc``) on the ground where it is weakest, from 1 to 21."""
    return min(_ratio(colour, ground) for ground in GROUNDS)


def _ratio(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    linear = [_linear(int(digits[start : start + 2], 16) / 255) for start in (0, 2, 4)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
