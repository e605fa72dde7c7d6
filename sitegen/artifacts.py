"""Artifacts: one output file each, as a recipe. Light, since worker processes load it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Artifact(NamedTuple):
    """The recipe of one output: its ``file`` in the output folder, how it is made, and what of.

    ``kind`` is ``page``, ``text`` (XML or plain text from a template), ``json``, ``csv``, ``copy`` (the bytes of a file
    of the template folder), ``style`` (a style sheet of that folder without its comments and spare space),
    ``picture``, ``attachment``, ``brotli`` or ``gzip`` (another output, compressed), or ``print`` (the HTML from which
    a PDF is made; ``file`` is the PDF's).
    ``context`` is all that the template sees besides the shared view. ``sources`` are the paths of the content that it
    shows. ``key`` is the hash of everything that shapes its bytes.
    """

    file: str
    kind: str
    template: str
    context: dict[str, Any]
    sources: tuple[str, ...]
    key: str


class Output(NamedTuple):
    """One file of the site, ready in the store under ``key``."""

    file: str
    kind: str
    template: str
    sources: tuple[str, ...]
    key: str
