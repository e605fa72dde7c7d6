"""Pictures that weigh too much for people who read on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sitegen.connect import Site
from sitegen.parse import place_at
from sitegen.problems import Place, Problem, warning
from sitegen.sources import FILES_FOLDER, PICTURES
from sitegen.written_links import file_named, holds_link

LARGE = 2_000_000
"""Bytes. At 2 Mbit/s this takes eight seconds."""


def check_pictures(site: Site) -> Iterator[Problem]:
    """Each place at which a published record shows or names a large picture."""
    large = {
        name: attachment
        for name, attachment in site.attachments.items()
        if attachment.size > LARGE and name.lower().endswith(PICTURES)
    }
    if not large:
        return
    told = set()
    for entry in chain(site.editions.values(), (site.library.glossary, site.library.external)):
        for link in entry.links:
            name = file_named(link.target, site.config)
            if name in large and holds_link(entry.record, link.target):
                told.add(name)
                yield _too_large(name, large[name].size, place_at(entry.path, entry.text, link.offset))
    for name in sorted(large.keys() - told):
        yield _too_large(name, large[name].size, Place(f"{FILES_FOLDER}/{name}"))


def _too_large(name: str, size: int, place: Place) -> Problem:
    message = f"The picture '{name}' has {size / 1e6:.0f} MB, for which readers on a phone wait long."
    hint = "Save it as JPEG, about 1,600 pixels wide; in the PDF it is made smaller anyway."
    return warning("content/large-picture", place, message, hint)
