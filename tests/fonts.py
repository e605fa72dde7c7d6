"""The fonts of the tests' browsers, whatever the machine has: a set of narrow ones and a set of wide ones.

People's machines have other fonts than ours, and a layout must hold with theirs. The narrow set has the widths of Arial
and Times, as most people's; the wide one is as wide as Verdana. Chromium asks fontconfig for its fonts on Linux; on
other systems it can't be told which to take.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
GENERIC = {
    "sans": ("sans-serif", "Arial", "Helvetica", "sans"),
    "serif": ("serif", "Times New Roman", "Times"),
    "mono": ("monospace", "Courier New", "Courier", "mono"),
}
"""What style sheets, and Chromium for its own defaults, call the three sorts of fonts."""


@dataclass(frozen=True)
class FontSet:
    """Fonts of one width, and the only ones that a browser sees: the first is for text, others for letters it lacks."""

    name: str
    sans: str
    serif: str
    mono: str
    files: tuple[str, ...]


_DEJAVU = tuple(f"DejaVu{face}{bold}.ttf" for face in ("Sans", "Serif", "SansMono") for bold in ("", "-Bold"))
_LIBERATION = tuple(
    f"Liberation{face}-{style}.ttf" for face in ("Sans", "Serif", "Mono") for style in ("Regular", "Bold", "Italic")
)
WIDE = FontSet("wide", "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", _DEJAVU)
NARROW = FontSet(
    "narrow",
    "Liberation Sans",
    "Liberation Serif",
    "Liberation Mono",
    (*_LIBERATION, "DejaVuSans.ttf"),  # it lacks Arabic letters
)


def environment(fonts: FontSet) -> dict[str, str]:
    """The environment of a process that shall see these fonts alone."""
    if sys.platform != "linux":
        return dict(os.environ)
    return {**os.environ, "FONTCONFIG_FILE": str(_configuration(fonts))}


@functools.cache
def file_of(name: str) -> Path:
    """Where a font file lies on this machine."""
    found = next((file for place in PLACES for file in sorted(Path(place).expanduser().rglob(name))), None)
    assert found, f"The tests need the font {name}: sh setup/system-packages.sh test python"
    return found


@functools.cache
def _configuration(fonts: FontSet) -> Path:
    """A configuration of fontconfig, beside a folder with links to the files of the set."""
    made = tempfile.TemporaryDirectory(prefix=f"fonts-{fonts.name}-")
    atexit.register(made.cleanup)
    folder = Path(made.name)
    (folder / "fonts").mkdir()
    for name in fonts.files:
        (folder / "fonts" / name).symlink_to(file_of(name))
    configuration = folder / "fonts.conf"
    configuration.write_text("\n".join(_lines(fonts, folder)), encoding="utf-8")
    return configuration


def _lines(fonts: FontSet, folder: Path) -> Iterator[str]:
    yield '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
    yield f"<dir>{escape(str(folder / 'fonts'))}</dir>"
    yield f"<cachedir>{escape(str(folder / 'cache'))}</cachedir>"
    for sort, names in GENERIC.items():
        for name in names:  # bound strongly, or Chromium takes the answer for a makeshift and asks for the next name
            yield f'<alias binding="strong"><family>{name}</family><prefer><family>{getattr(fonts, sort)}</family></prefer></alias>'
    yield "</fontconfig>\n"
