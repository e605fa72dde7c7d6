"""References between records: which of them lead nowhere, and what would have been right.

Knows the entries and their states. What is done with references that hold is ``connect``'s.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sitegen.editions import edition_of, publishes
from sitegen.links import Link, split_reference
from sitegen.models import RECORDS, Briefing, Record, Review, Strict
from sitegen.parse import DataPath, place_at
from sitegen.problems import Place, Problem, error, quoted, warning
from sitegen.records import Entry, Library
from sitegen.sources import Attachment
from sitegen.written_links import holds_link

State = Literal["published", "draft", "embargoed", "expired", "withdrawn"]

STATE_WORDS = {
    "draft": "is a draft",
    "embargoed": "is not published yet",
    "expired": "has expired",
    "withdrawn": "has been withdrawn",
}
LATER = "It appears by itself once that record is published; until then it is left out."
NEVER = "It is left out. Take it away here, or name another record."


@dataclass(slots=True)
class Resolver:
    """Finds each reference's target, and says what is wrong with those that have none."""

    library: Library
    states: Mapping[tuple[str, str], State]
    files: Mapping[str, Attachment]
    good: Mapping[str, set[str]] = field(init=False)
    """For each kind of reference, the names that can be used without another look."""
    _finding_ids: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        good = {
            kind: {slug for slug in entries if self.states[kind, slug] == "published"}
            for kind, entries in self.library.entries.items()
        }
        good["finding"] = {
            f"{slug}#{finding.id}"
            for slug in good["review"]
            for finding in edition_of(self.library.entries["review"][slug].record).findings
        }
        self.good = {**good, "agency": set(self.library.agencies.record.names), "file": set(self.files)}

    def problems_of(self, entry: Entry[Any]) -> Iterator[Problem]:
        """Everything that is wrong with what an entry refers to, in its fields and in its text."""
        record, published = entry.record, self.states.get((entry.kind, entry.slug)) == "published"
        for path, kind, name in _references(record, self.good):
            yield from self._field(entry, path, kind, name, published and publishes(record, path))
        if isinstance(record, Review):
            yield from self._own_findings(entry, record, published)
        yield from self.markdown_problems(entry, published)

    def _field(self, entry: Entry[Any], path: DataPath, kind: str, name: str, published: bool) -> Iterator[Problem]:
        if kind == "finding":
            slug, _, anchor = name.partition("#")
            kind, name = "review", slug
        else:
            anchor = ""
        if not self._exists(kind, name):
            yield self.unknown(kind, name, entry.place(*path))
        elif anchor and (kind, name) not in self.library.broken and anchor not in self._ids(name):
            yield self._unknown_finding(name, anchor, entry.place(*path))
        elif published and self.states.get((kind, name), "published") != "published":
            yield self._left_out(kind, name, entry.place(*path))
        elif published and anchor and (kind, name) not in self.library.broken:
            yield self._withheld(name, anchor, entry.place(*path))

    def _left_out(self, kind: str, name: str, place: Place) -> Problem:
        state = self.states[kind, name]
        message = f"The {kind} '{name}' {STATE_WORDS[state]}, so this page can't point to it."
        return warning("reference/not-published", place, message, LATER if state in ("draft", "embargoed") else NEVER)

    def _withheld(self, review: str, anchor: str, place: Place) -> Problem:
        mode = self.library.entries["review"][review].record.publication_mode
        message = f"The review '{review}' is published as '{mode}', without its finding '{anchor}'."
        hint = "It is left out. Take it away here, or change the review's 'publication_mode'."
        return warning("reference/not-published", place, message, hint)

    def _exists(self, kind: str, name: str) -> bool:
        if kind == "agency":
            return name in self.library.agencies.record.names or ("agency", "*") in self.library.broken
        if kind == "file":
            return name in self.files
        return name in self.library.entries[kind] or (kind, name) in self.library.broken

    def _ids(self, slug: str) -> set[str]:
        if slug not in self._finding_ids:
            review = self.library.entries["review"].get(slug)
            self._finding_ids[slug] = {f.id for f in review.record.findings} if review else set()
        return self._finding_ids[slug]

    def unknown(self, kind: str, name: str, place: Place) -> Problem:
        """The Problem of a name that nothing has, with the nearest that something has."""
        lists: dict[str, Iterable[str]] = {"agency": self.library.agencies.record.names, "file": self.files}
        known = list(lists[kind] if kind in lists else self.library.entries[kind])
        near = difflib.get_close_matches(name, known, 1, 0.5)
        where = {"agency": "content/agencies.yaml", "file": "content/files", "briefing": "briefings"}
        folder = where.get(kind, f"content/{kind}s")
        hint = f"Did you mean '{near[0]}'?" if near else f"Look in {folder} for the names that exist, or add it there."
        return error(f"reference/unknown-{kind}", place, f"There is no {kind} {quoted(name)}.", hint)

    def _unknown_finding(self, review: str, anchor: str, place: Place) -> Problem:
        near = difflib.get_close_matches(anchor, self._ids(review), 1, 0.5)
        known = ", ".join(sorted(self._ids(review)))
        hint = f"Did you mean '{review}#{near[0]}'?" if near else f"Its findings are: {known}."
        message = f"The review '{review}' has no finding {quoted(anchor)}."
        return error("reference/unknown-finding", place, message, hint)

    def _own_findings(self, entry: Entry[Any], record: Review, published: bool) -> Iterator[Problem]:
        shown = self.good["finding"]
        seen: set[str] = set()
        for number, finding in enumerate(record.findings):
            if finding.id in seen:
                message = f"Two findings of this review have the id '{finding.id}'."
                hint = "Give one of them another id; links lead to the first."
                yield error("content/repeated-id", entry.place("findings", number, "id"), message, hint)
            seen.add(finding.id)
        numbers: set[int] = set()
        for position, recommendation in enumerate(record.recommendations):
            if recommendation.number in numbers:
                message = f"Two recommendations have the number {recommendation.number}."
                place = entry.place("recommendations", position, "number")
                yield error("content/repeated-number", place, message, "Give each recommendation its own number.")
            numbers.add(recommendation.number)
            for index, anchor in enumerate(recommendation.findings):
                path = "recommendations", position, "findings", index
                if anchor not in seen:
                    yield self._unknown_finding(entry.slug, anchor, entry.place(*path))
                elif published and publishes(record, path) and f"{entry.slug}#{anchor}" not in shown:
                    yield self._withheld(entry.slug, anchor, entry.place(*path))

    def external_problems(self, entry: Entry[Any]) -> Iterator[Problem]:
        """Themes that the list of other bodies' material names."""
        for number, item in enumerate(entry.record.items):
            for index, theme in enumerate(item.themes):
                place = entry.place(number, "themes", index)
                if not self._exists("theme", theme):
                    yield self.unknown("theme", theme, place)
                elif self.states.get(("theme", theme), "published") != "published":
                    yield self._left_out("theme", theme, place)

    def markdown_problems(self, entry: Entry[Any], published: bool) -> Iterator[Problem]:
        """Links in the text of an entry's file that lead to no record."""
        if entry.links:
            # What could be read of a record with faults may lack the fields that its links are in.
            record = None if entry in self.library.faulty else entry.record
            yield from self.link_problems(entry.path, entry.text, entry.links, record, published)

    def link_problems(
        self, path: str, text: str, links: Iterable[Link], record: Strict | None, published: bool
    ) -> Iterator[Problem]:
        """Links in the text of a file that lead to no record. Anchors of headings and plain paths are checked later.

        Without a ``record`` every link counts, else those that its fields hold: a comment's lead nobody anywhere.
        """
        for link in links:
            reference = split_reference(link.target)
            if reference is None:
                continue
            kind, name, _ = reference
            place = place_at(path, text, link.offset)
            state = self.states.get((kind, name), "published")
            exists = self._exists(kind, name)
            if (exists and state == "published") or (record and not holds_link(record, link.target)):
                continue
            if not exists:
                yield self.unknown(kind, name, place)
                continue
            if record and isinstance(record, Record) and not holds_link(edition_of(record), link.target):
                continue
            if published and state == "withdrawn":
                message = f"The {kind} '{name}' has been withdrawn; readers will find only a note that says so."
                yield warning("reference/withdrawn", place, message, "Take the link out, or point it elsewhere.")
            elif published and state != "published":
                message = f"The {kind} '{name}' {STATE_WORDS[state]}, so this link would lead nowhere."
                yield error("reference/not-published", place, message, "Publish it first, or take the link out.")


def _references(record: Record, good: Mapping[str, set[str]]) -> Iterator[tuple[DataPath, str, str]]:
    """(place, kind, name) of each reference in a record's fields that isn't among the ``good`` ones of its kind."""

    def bad(values: Iterable[str], kind: str, *path: str | int) -> Iterator[tuple[DataPath, str, str]]:
        if not good[kind].issuperset(values):
            for index, value in enumerate(values):
                if value not in good[kind]:
                    yield (*path, index), kind, value

    for name, kind in (("themes", "theme"), ("roles", "role"), ("agencies", "agency"), ("audience", "role")):
        yield from bad(getattr(record, name, ()), kind, name)
    if record.replaced_by is not None:
        kind = next(kind for kind, model in RECORDS.items() if isinstance(record, model))
        if record.replaced_by not in good[kind]:
            yield ("replaced_by",), kind, record.replaced_by
    if isinstance(record, Review):
        yield from bad(record.related, "review", "related")
        for index, document in enumerate(record.documents):
            if document.file and document.file not in good["file"]:
                yield ("documents", index, "file"), "file", document.file
        for number, finding in enumerate(record.findings):
            yield from bad(finding.themes, "theme", "findings", number, "themes")
            yield from bad(finding.agencies, "agency", "findings", number, "agencies")
            yield from bad(finding.roles, "role", "findings", number, "roles")
            yield from bad(finding.seen_before, "finding", "findings", number, "seen_before")
            for slug in finding.what_to_do:
                if slug != "everyone" and slug not in good["role"]:
                    yield ("findings", number, "what_to_do", slug), "role", slug
        for number, recommendation in enumerate(record.recommendations):
            yield from bad(recommendation.addressed_to, "agency", "recommendations", number, "addressed_to")
    elif isinstance(record, Briefing):
        for index, value in enumerate(record.about):
            kind = "theme" if value.startswith("theme:") else "finding" if "#" in value else "review"
            name = value.removeprefix("theme:")
            if name not in good[kind]:
                yield ("about", index), kind, name
