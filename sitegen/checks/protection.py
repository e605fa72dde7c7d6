"""Fields that promise protection and have no rule behind them yet.

A board that writes ``sexual_offence: true`` or a sign-off may believe that the program acts on it. Until it does, each
build says that it does not, and who has to: two people who read. No setting turns this off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sitegen.connect import Site
from sitegen.models import Briefing, Review
from sitegen.problems import Problem, warning
from sitegen.records import Entry
from sitegen.validate import Locate

CODE = "publish/no-effect"


def check_protection(site: Site, place_of: Locate) -> Iterator[Problem]:
    """A warning for each value that nothing is done with. ``place_of`` gives places in ``site_config.yaml``."""
    for entries in site.library.entries.values():
        for entry in entries.values():
            if isinstance(entry.record, Review | Briefing) and entry.record.status != "withdrawn":
                yield from _of_record(entry, entry.record)
    for review_type in site.config.retention:
        message = "This rule is noted, and nothing is done with it yet: no review is kept or removed by it."
        hint = "Two people have to check which reviews must stay available, and which must go."
        yield warning(CODE, place_of(("retention", review_type), True), message, hint)
    for code, setting in site.config.checks.items():
        if setting.allow:
            message = "'allow' is noted, and nothing is done with it yet: the check reports all that it finds."
            hint = "Two people have to read what the check reports. To change all of it, use 'severity'."
            yield warning(CODE, place_of(("checks", code, "allow"), True), message, hint)


def _of_record(entry: Entry[Any], record: Review | Briefing) -> Iterator[Problem]:
    if record.identification_check is not None:
        message = "This sign-off is noted, and nothing is done with it yet: changing the text does not cancel it."
        hint = "Two people have to read it again after each change, and agree that nobody can be identified."
        yield warning(CODE, entry.place("identification_check", key=True), message, hint)
    if not isinstance(record, Review):
        return
    if record.sexual_offence:
        message = "'sexual_offence' is noted, and nothing is done with it yet: nothing looks for names or places."
        hint = "Two people have to read the review and its files, and agree that nothing in them can identify anyone."
        yield warning(CODE, entry.place("sexual_offence", key=True), message, hint)
    if record.available_until is not None:
        message = (
            "'available_until' is noted, and nothing is done with it yet: the review stays until it is taken back."
        )
        hint = "Two people have to check when it may go. To hide it from a day on, use 'expires'."
        yield warning(CODE, entry.place("available_until", key=True), message, hint)
