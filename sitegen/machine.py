"""The machine: what is installed, and what to say when something is missing.

The only place that knows names of system packages.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PDF_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


PDF_CODE = (
    "no-machine-fonts.xml",
    "pdf_elements.py",
    "pdf_forms.py",
    "pdf_imposition.py",
    "pdf_stream.py",
    "pdf_structure.py",
    "pdf_tags.py",
    "print_clipping.py",
    "print_letters.py",
    "print_pictures.py",
    "print_remarks.py",
    "render_pdf.py",
)
"""Our own files that shape a PDF."""


class BrokenMachine(Exception):
    """Something outside the content stops the work; the message says what, and what to do."""


def _pdf_advice() -> str:
    if sys.platform == "darwin":
        line = "brew install pango"
    elif sys.platform == "win32":
        line = "winget install MSYS2.MSYS2, then in its terminal: pacman -S mingw-w64-x86_64-pango"
    else:
        line = f"sudo apt-get install {PDF_PACKAGES}"
    return f"Install it with: {line}\nOr build the website alone with: python build.py build --no-pdf"


def no_pdf_libraries(reason: object) -> BrokenMachine:
    """The machine lacks what WeasyPrint needs."""
    return BrokenMachine(
        f"PDFs can't be made here: the text layout library Pango is missing ({reason}).\n{_pdf_advice()}"
    )


def worker_died() -> BrokenMachine:
    """A worker process came to an end that it didn't choose."""
    return BrokenMachine(
        "A process that made pages came to a sudden end, perhaps for want of memory.\n"
        "What was published stays as it was. Build again with: python build.py build --jobs 1"
    )


_LIBRARIES = {
    "pango": (("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"), "pango_version_string"),
    "harfbuzz": (("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"), "hb_version_string"),
}
_SUBSETTER = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll")


def pdf_libraries() -> str:
    """The versions of the system libraries that shape a PDF. Raises BrokenMachine on Linux when they are missing."""
    from ctypes import c_char_p

    versions = []
    for name, (files, function) in _LIBRARIES.items():
        library = _first_library(files)
        if library is None:
            if sys.platform.startswith("linux"):
                raise no_pdf_libraries(f"no {files[0]}")
            versions.append(f"{name} unknown")  # elsewhere WeasyPrint knows more places to look than we do
            continue
        version = getattr(library, function)
        version.restype = c_char_p
        versions.append(f"{name} {version().decode()}")
    versions.append(f"subsetter {'harfbuzz' if _first_library(_SUBSETTER) else 'fonttools'}")
    return ", ".join(versions)


SUBSETTER_ADVICE = (
    "The font library 'harfbuzz-subset' is missing. PDFs are made all the same, three times slower, and their bytes\n"
    "differ from build to build. On Debian and Ubuntu install it with: sudo apt-get install libharfbuzz-subset0"
)


def slow_subsetter() -> bool:
    """True when PDFs will be made the slow way, with bytes that depend on the clock."""
    return _first_library(_SUBSETTER) is None


def _first_library(names: tuple[str, ...]) -> Any:
    import ctypes

    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def code_digest() -> str:
    """A digest of our own source and of :func:`library_digest`."""
    digest = hashlib.sha256(library_digest().encode())
    package = Path(__file__).resolve().parent
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def library_digest() -> str:
    """A digest of the versions of Python and of all packages that are installed beside us, fonts among them.

    Taken from the names of the folders in which installers note what they installed: no package is loaded for it.
    """
    return hashlib.sha256("\0".join([sys.version, *sorted(_installed())]).encode()).hexdigest()


def pdf_code_digest() -> str:
    """A digest of everything besides a document that shapes its PDF. Raises BrokenMachine."""
    digest = hashlib.sha256(f"{pdf_libraries()}\0{library_digest()}\0".encode())
    for name in PDF_CODE:
        digest.update(Path(__file__).resolve().with_name(name).read_bytes())
    return digest.hexdigest()


def _installed() -> Iterator[str]:
    for folder in sys.path:
        if folder.endswith("-packages") and os.path.isdir(folder):
            with os.scandir(folder) as entries:
                yield from (entry.name for entry in entries if entry.name.endswith(".dist-info"))


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
