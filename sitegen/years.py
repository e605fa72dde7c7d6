"""The years of reports: a day belongs to one, and each has an end.

Pure arithmetic with dates. Knows no records and no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple


class ReportYear(NamedTuple):
    """A year from its ``first`` to its ``last`` day, with the ``name`` that is also its address.

    ``2025-26`` when it begins after January, else ``2025``.
    """

    name: str
    first: date
    last: date


def year_of(day: date, first_month: int) -> ReportYear:
    """The year in which a day lies, when years begin on the first of ``first_month`` (1 to 12)."""
    start = day.year if day.month >= first_month else day.year - 1
    first = date(max(start, 1), first_month, 1)
    last = date.max if first.year == date.max.year else date(first.year + 1, first_month, 1) - timedelta(days=1)
    name = f"{first.year:04}" if first_month == 1 else f"{first.year:04}-{(first.year + 1) % 100:02}"
    return ReportYear(name, first, last)


def years_from(day: date, first_month: int) -> Iterator[ReportYear]:
    """The year in which a day lies, and all that follow."""
    year = year_of(day, first_month)
    yield year
    while year.last < date.max:
        year = year_of(year.last + timedelta(days=1), first_month)
        yield year
