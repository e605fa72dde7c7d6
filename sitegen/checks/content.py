"""What a published record should say, beyond what its model asks."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from sitegen.connect import Site
from sitegen.models import Briefing, Review
from sitegen.problems import Problem, error, warning
from sitegen.records import Entry
from sitegen.validate import Locate


def check_content(site: Site) -> Iterator[Problem]:
    """Dates that readers need, numbers that are given twice, and dates that have passed."""
    numbers: dict[tuple[str, int], Entry[Any]] = {}
    for entries in site.library.entries.values():
        for entry in entries.values():
            key = entry.kind, entry.slug
            published = site.states[key] == "published" and key not in site.unpublished
            if published and isinstance(entry.record, Review | Briefing) and entry.record.published is None:
                message = "This is published without a date, so nobody can tell how current it is."
                hint = "Add the day on which it was first published, for example 'published: 2026-05-04'."
                yield warning("content/no-date", entry.place("title", key=True), message, hint)
            if key in site.overdue:
                message = f"This was to be looked at again by {entry.record.review_by}; its page says that it is overdue."
                hint = "Check it, then give a new date in 'review_by'."
                yield warning("lifecycle/overdue", entry.place("review_by"), message, hint)
            if isinstance(entry.record, Review) and entry.record.number is not None:
                other = numbers.setdefault((entry.record.type, entry.record.number), entry)
                if other is not entry:
                    message = f"The number {entry.record.number} is also that of {other.path}."
                    yield warning("content/repeated-number", entry.place("number"), message, "Give each its own number.")


def check_codes(site: Site, known: Collection[str], place_of: Locate) -> Iterator[Problem]:
    """Codes in the configuration that no check has."""
    for code in site.config.checks:
        if code not in known:
            near = difflib.get_close_matches(code, known, 1, 0.5)
            hint = f"Did you mean '{near[0]}'?" if near else "Codes are shown in each Problem, before its message."
            yield error("content/unknown-check", place_of(("checks", code), True), f"There is no check '{code}'.", hint)
