"""Files to download, by their names: kinds that aren't published, names that mislead, and sizes beyond all use."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from sitegen.connect import Site
from sitegen.file_kinds import ACTS, ending_of, instead_of, kind_of_file
from sitegen.file_places import FilePlaces
from sitegen.problems import Problem, error

LARGEST_FILE = 100_000_000
"""Bytes. Hosts of code and of pages take no more in one file."""
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing, so that a name seems to end otherwise than it does."""


def check_files(site: Site, places: FilePlaces) -> Iterator[Problem]:
    """Each file that a published record names and that can't be published, where it is named first."""
    for name, attachment in site.attachments.items():
        fault = _fault_of_name(name) or _fault_of_kind(name) or _fault_of_size(name, attachment.size)
        if fault:
            code, message, hint = fault
            yield error(code, places.first(name), message, hint)


def _fault_of_name(name: str) -> tuple[str, str, str] | None:
    shown = "".join(letter if letter.isprintable() else "·" for letter in name)
    for part in name.split("/"):
        if part != part.rstrip(". ") or part != part.lstrip(" "):
            message = (
                f"The name of the file '{shown}' begins or ends in a space or a full stop, which computers leave out."
            )
            return "content/file-name", message, "Rename the file without it, and name it so here."
    if any(letter in _TURNS or unicodedata.category(letter) == "Cc" for letter in name):
        message = f"The name of the file '{shown}' has invisible signs, so it may read otherwise than it is."
        return "content/file-name", message, "Type a new name for the file, and name it so here."
    return None


def _fault_of_kind(name: str) -> tuple[str, str, str] | None:
    ending = ending_of(name)
    if kind_of_file(name) is None:
        what = f"ends in '.{ending}'" if ending else "has no ending that says what it is"
        message = (
            f"The file '{name}' {what}. Such files are not published, since they could act on a reader's computer."
        )
        if ending not in ACTS:
            message = f"The file '{name}' {what}. Such files are not published."
        return "security/file-kind", message, instead_of(ending)
    inner = {part.lower() for part in name.rpartition("/")[2].split(".")[1:-1]}
    if inner & ACTS:
        first = sorted(inner & ACTS)[0]
        message = f"The file '{name}' has '.{first}' within its name, on which some web servers act."
        return "security/file-kind", message, f"Rename the file without '.{first}', and name it so here."
    return None


def _fault_of_size(name: str, size: int) -> tuple[str, str, str] | None:
    if size <= LARGEST_FILE:
        return None
    message = f"The file '{name}' has {size / 1e6:,.0f} MB; more than {LARGEST_FILE // 10**6} MB is not published."
    hint = "Make it smaller, or put it where films are shown and give its address instead."
    return "content/too-large", message, hint
