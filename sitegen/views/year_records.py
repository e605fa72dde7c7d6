"""Which year's report each review and action belongs to.

Nothing here asks which day it is: which years there are, and whether a year has ended, is decided in ``connect``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sitegen import addresses
from sitegen.connect import Site, day_concluded
from sitegen.models import Action, Ongoing, Recommendation, Review
from sitegen.records import Entry
from sitegen.years import ReportYear, year_of

ONGOING_FILE = "content/ongoing.yaml"
GROUPS = {"adults": "Adults", "children": "Children", "other": "Other local learning"}
"""The lists are given separately for each, since different laws ask for them."""
_GROUP_OF = {
    "safeguarding-adult-review": "adults",
    "local-child-safeguarding-practice-review": "children",
    "rapid-review": "children",
    "serious-case-review": "children",
}


class Acted(NamedTuple):
    """An action with the recommendation and the review that it comes from."""

    review: Entry[Review]
    recommendation: Recommendation
    action: Action


class Year(NamedTuple):
    """A year of reports and what belongs to it; reviews are newest first."""

    name: str
    first: date
    last: date
    ended: bool
    reviews: tuple[Entry[Review], ...]
    """Concluded in the year."""
    done: tuple[Acted, ...]
    """Completed in the year, whatever year their review is of."""
    dropped: tuple[Acted, ...]
    """Not implemented, so decided in the year."""
    ongoing: tuple[Ongoing, ...]
    """Under way at the end of the year."""
    finished: tuple[Ongoing, ...]
    """Listed as under way before, and concluded in the year."""

    @property
    def path(self) -> str:
        """The path of its page."""
        return addresses.of_record("year", self.name)

    @property
    def title(self) -> str:
        """The title of its page."""
        return f"What we learned and what we did in {self.name}"

    @property
    def sources(self) -> list[str]:
        """The files that it is made from."""
        acted = [one.review.path for one in (*self.done, *self.dropped)]
        return list(dict.fromkeys([*(entry.path for entry in self.reviews), *acted, ONGOING_FILE]))


def years_of(site: Site) -> list[Year]:
    """Every year that has a report, newest first."""
    first_month, zone = site.config.year_report.first_month, site.config.zone
    reviews: dict[ReportYear, list[Entry[Review]]] = {}
    done: dict[ReportYear, list[Acted]] = {}
    dropped: dict[ReportYear, list[Acted]] = {}
    for entry in site.reviews:
        concluded = day_concluded(entry.record, zone)
        if concluded:
            reviews.setdefault(year_of(concluded, first_month), []).append(entry)
        for acted in acted_in(entry):
            kept = {"complete": done, "not-implemented": dropped}.get(acted.action.status)
            # Without a date of its own an action would be in no report at all; it goes with its review.
            day = acted.action.status_date or concluded
            if kept is not None and day:
                kept.setdefault(year_of(day, first_month), []).append(acted)
    return [
        Year(
            year.name,
            year.first,
            year.last,
            ended,
            tuple(reviews.get(year, ())),
            tuple(done.get(year, ())),
            tuple(dropped.get(year, ())),
            tuple(o for o in site.ongoing if o.began <= year.last and not (o.concluded and o.concluded <= year.last)),
            tuple(o for o in site.ongoing if o.concluded and year.first <= o.concluded <= year.last),
        )
        for year, ended in site.years.items()
    ]


def acted_in(entry: Entry[Review]) -> Iterator[Acted]:
    """Every action of a review."""
    for recommendation in entry.record.recommendations:
        for action in recommendation.actions:
            yield Acted(entry, recommendation, action)


def group_of(record: Review | Ongoing) -> str:
    """The group in which a review is listed."""
    return _GROUP_OF.get(record.type, "other")
