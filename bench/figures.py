"""A figure with its target, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from bench.measure import Times

HEADINGS = ("what", "ours", "theirs", "figure", "target", "")


class Figure(NamedTuple):
    """One measured ``value`` and the ``limit`` that it should not pass, if it has one; ``unit`` is ``×`` or a word."""

    what: str
    ours: str
    theirs: str
    value: float
    limit: float | None
    unit: str = "×"

    @property
    def passes(self) -> bool:
        """Whether the value keeps to the limit."""
        return self.limit is None or self.value <= self.limit

    def row(self) -> tuple[str, ...]:
        """The figure as words of a table."""
        form = "{:.0f} {}" if self.unit in ("MB", "PDFs") else "{:.2f} {}"
        target = "" if self.limit is None else f"≤ {self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else "pass" if self.passes else "OVER"
        return (
            self.what,
            self.ours,
            self.theirs,
            form.format(self.value, self.unit),
            target,
            verdict,
        )


def ratio(what: str, ours: Times, theirs: Times, limit: float | None) -> Figure:
    """Our median time over theirs."""
    return Figure(what, str(ours), str(theirs), ours.median / theirs.median, limit)


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned columns."""
    rows = [HEADINGS, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_data(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """The figures for a JSON file."""
    return [{**figure._asdict(), "passes": figure.passes} for figure in figures]
