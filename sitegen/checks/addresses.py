"""Addresses: which there are before anything is planned, and which two records would share.

The plan looks once more, at every output; here the Problem has the place of the line that is at fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sitegen import addresses
from sitegen.connect import Site
from sitegen.problems import Place, Problem, error
from sitegen.records import Entry

_FOLDERS_ONLY = (addresses.ASSETS, addresses.FILES, addresses.PAGEFIND)
_KEPT = (addresses.ASSETS, addresses.PAGEFIND, addresses.DEPLOY)
"""Folders in which web servers treat files in a way of their own: for pages it would be wrong."""
BUILT_IN = frozenset(
    value
    for name, value in vars(addresses).items()
    if name.isupper() and isinstance(value, str) and value not in _FOLDERS_ONLY
)
"""Paths of the lists, feeds and data files that every site has."""


def check_addresses(site: Site) -> Iterator[Problem]:
    """Records and old addresses that would be published where something else is, also when only capitals differ."""
    taken = {addresses.file_of(path): "a page that every site has" for path in BUILT_IN}
    folders = {folder for file in taken for folder in _folders_of(file)}
    for file, entry, place in _claims(site):
        name = file.casefold()
        if not place and name.startswith(_KEPT):
            message = f"This would be published at /{addresses.path_of(file)}, among the site's own files."
            yield error("content/same-address", Place(entry.path), message, "Rename the file, or its folder.")
            continue
        other = next((taken[part] for part in (name, *_folders_of(name)) if part in taken), None)
        if other is None and name in folders:
            other = "another page"
        if other is not None:
            message = f"This would be published at /{addresses.path_of(file)}, where {other} is published already."
            hint = "Rename the file, or take the other address out of 'aliases' or 'short_address'."
            yield error("content/same-address", entry.place(*place) if place else Place(entry.path), message, hint)
            continue
        taken[name] = f"'{entry.path}'"
        folders.update(_folders_of(name))


def _claims(site: Site) -> Iterator[tuple[str, Entry[Any], tuple[str | int, ...]]]:
    """(output file, entry, field) of every record, which no field names, then of every other address."""
    entries = [*site.reviews, *site.themes, *site.roles, *site.briefings, *site.pages]
    for entry in (*entries, *site.withdrawn):
        yield addresses.file_of(addresses.of_record(entry.kind, entry.slug)), entry, ()
    for entry in entries:
        for index, alias in enumerate(entry.record.aliases):
            yield addresses.file_of_alias(alias), entry, ("aliases", index)
        if (short := entry.record.short_address) and short not in entry.record.aliases:
            yield addresses.file_of_alias(short), entry, ("short_address",)


def _folders_of(file: str) -> Iterator[str]:
    while "/" in file:
        file = file.rsplit("/", 1)[0]
        yield file
