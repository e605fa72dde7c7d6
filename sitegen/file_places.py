"""Where the content names a file of ``content/files``: the place at which a Problem about that file is told.

Looked for only when there is something to tell. A published record comes before any other file, and the configuration
is the last that is looked through.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import unquote

from sitegen.connect import Site
from sitegen.links import links_in, split_reference
from sitegen.parse import Document, place_at
from sitegen.problems import Place
from sitegen.records import Entry
from sitegen.sources import FILES_FOLDER


class FilePlaces:
    """The places at which files are named in what is published."""

    def __init__(self, site: Site, config_document: Document) -> None:
        self._site = site
        self._config = config_document

    def first(self, name: str) -> Place:
        """Where a file is named first; the file itself when nothing that we know of names it."""
        return self.by_name.get(_folded(name)) or Place(f"{FILES_FOLDER}/{name}")

    @cached_property
    def by_name(self) -> dict[str, Place]:
        """The first place of every file that is named."""
        found: dict[str, Place] = {}
        for name, place in chain(self._in_records(), self._in_config()):
            found.setdefault(_folded(name), place)
        return found

    def _in_records(self) -> Iterator[tuple[str, Place]]:
        site = self._site
        published = (
            entry
            for (kind, slug), state in sorted(site.states.items())
            if state == "published" and (entry := site.library.entries[kind].get(slug))
        )
        for entry in chain(published, (site.library.glossary, site.library.external)):
            yield from _in_fields(entry)
            for link in entry.links:
                if name := _named(link.target):
                    yield name, place_at(entry.path, entry.text, link.offset)

    def _in_config(self) -> Iterator[tuple[str, Place]]:
        logo = self._site.config.organisation.logo
        if logo:
            yield logo, self._config.locate(("organisation", "logo"))
        for link in links_in(self._config.text):
            if name := _named(link.target):
                yield name, place_at(self._config.path, self._config.text, link.offset)


def _in_fields(entry: Entry[Any]) -> Iterator[tuple[str, Place]]:
    for index, document in enumerate(getattr(entry.record, "documents", ())):
        if document.file:
            yield document.file, entry.place("documents", index, "file")


def _named(target: str) -> str | None:
    reference = split_reference(target)
    return reference[1] if reference and reference[0] == "file" else None


def _folded(name: str) -> str:
    """A name as it is compared: some programs write the space as %20, some systems an accent as a sign of its own."""
    return unicodedata.normalize("NFC", unquote(name))
