"""What there is to say about a file to download, before it is known where the content names it.

A worker process has the file alone. Messages go on after the file's name: ``The file 'x.docx' holds macros, so …``.
They name sorts of things, never a name or a word that was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sitegen.problems import Place, Problem, Severity

UNREADABLE_PDF = "content/unreadable-pdf"


class FileRemark(NamedTuple):
    """A Problem without its place; ``message`` goes on after the name of the file."""

    code: str
    severity: Severity
    message: str
    hint: str

    def problem(self, name: str, place: Place) -> Problem:
        """The remark about the file of this name, told at a place."""
        return Problem(self.code, self.severity, *place, f"The file '{name}' {self.message}.", self.hint)


def macros(what: str) -> FileRemark:
    """Something in a document that can act on a reader's computer."""
    message = f"holds {what}, so it isn't published"
    hint = "Take that out, or save the file as PDF, and name the new file instead."
    return FileRemark("security/file-macros", "error", message, hint)


def not_what_it_says(what: str) -> FileRemark:
    """Bytes of another kind than the ending of the name says."""
    message = f"is {what}, which the ending of its name does not say, so it isn't published"
    hint = "Open it in the program that made it, save it as the kind that you want, and put that into content/files."
    return FileRemark("security/file-content", "error", message, hint)


def too_much() -> FileRemark:
    """Small when packed, without end when unpacked."""
    message = "is larger inside than any document is, so it isn't published"
    hint = "Make it smaller: fewer or smaller pictures, or several files."
    return FileRemark("security/file-content", "error", message, hint)


def too_slow() -> FileRemark:
    """Looking through the file took too long, or ended the process that did it."""
    message = "can't be looked through in any sensible time, so it isn't published"
    hint = "Open it on your computer and save it again, or make several smaller files of it."
    return FileRemark("security/file-content", "error", message, hint)


def unreadable() -> FileRemark:
    """A document that can't be opened; whoever downloads it can't either."""
    message = "is damaged or not what the ending of its name says; what it holds can't be looked through"
    hint = "Open it on your computer and save it again."
    return FileRemark("content/unreadable-file", "warning", message, hint)


def locked() -> FileRemark:
    """A document with a password."""
    message = "is locked with a password, so readers can't open it and nobody can look it through; it isn't published"
    hint = "Save it without a password, and put that file into content/files."
    return FileRemark("security/file-content", "error", message, hint)


def carries(what: Sequence[str], hint: str) -> FileRemark:
    """What a file tells beyond its text."""
    listed = f"{', '.join(what[:-1])} and {what[-1]}" if len(what) > 1 else what[0]
    return FileRemark("anonymity/file-metadata", "warning", f"carries {listed}, which readers can see", hint)
