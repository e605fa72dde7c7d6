"""The year in numbers, and which list of a year's report answers which duty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sitegen.views import labels
from sitegen.views.common import View
from sitegen.views.year_records import GROUPS, Year, acted_in, group_of

_NOT_ANSWERED = "none"


def tables(year: Year) -> list[View]:
    """The year in numbers: tables of ``{id, caption, head, rows: [{name, mark, counts, total}], most}``.

    ``counts`` has a number for each group; ``mark`` is the code that a row counts, or None for the row of sums.
    """
    kinds: Counter[tuple[str, str]] = Counter()
    answers: Counter[tuple[str, str]] = Counter()
    states: Counter[tuple[str, str]] = Counter()
    types: Counter[tuple[str, str]] = Counter()
    for entry in year.reviews:
        group = group_of(entry.record)
        types[group, entry.record.type] += 1
        kinds.update((group, finding.kind) for finding in entry.record.findings)
        answers.update((group, one.response or _NOT_ANSWERED) for one in entry.record.recommendations)
        states.update((group, acted.action.status) for acted in acted_in(entry))
    seen = {kind for _, kind in types}
    reviews: dict[str, str] = {kind: name for kind, name in labels.REVIEW_TYPES.items() if kind in seen}
    responses = {**labels.RESPONSES, "rejected": labels.NOT_ACCEPTED, _NOT_ANSWERED: "No response recorded"}
    return [
        _table("Reviews", "type", reviews, types),
        _table("Findings", "kind", labels.FINDING_KINDS, kinds),
        _table("Recommendations", "response", responses, answers),
        _table("Actions", "state", labels.ACTION_STATES, states),
    ]


def _table(what: str, by: str, names: Mapping[str, str], numbers: Counter[tuple[str, str]]) -> View:
    def row(name: str, mark: str | None, counts: list[int]) -> View:
        return {"name": name, "mark": mark, "counts": counts, "total": sum(counts)}

    rows = [row(name, mark, [numbers[group, mark] for group in GROUPS]) for mark, name in names.items()]
    sums = [sum(one["counts"][number] for one in rows) for number in range(len(GROUPS))]
    return {
        "id": by,
        "caption": f"{what} by {by}",
        "head": by.capitalize(),
        "rows": [*rows, row("All", None, sums)],
        "most": max((one["total"] for one in rows), default=0),
    }


class _Duty(NamedTuple):
    """What a law asks a report to tell, and the list that tells it: None when no list of ours does."""

    words: str
    part: str | None


_DUTIES = (
    (
        "adults",
        "Safeguarding adults boards: Care Act 2014, schedule 2, paragraph 4",
        (
            _Duty("What safeguarding adult reviews found that ended in the year, whenever they began", "learned"),
            _Duty("Safeguarding adult reviews that are still under way when the year ends", "ongoing"),
            _Duty("What the board did in the year to act on what such reviews found", "done"),
            _Duty("Where the board decided in the year not to act on a finding: its reasons", "not_done"),
            _Duty("What the board did for its aims and its plan, and what each member did for the plan", None),
        ),
    ),
    (
        "children",
        "Safeguarding partners: Children Act 2004, section 16G; Working Together 2023",
        (
            _Duty("What was done because of local child safeguarding practice reviews, and what became better", "done"),
            _Duty("Decisions on recommendations, and actions that are planned", "to_do"),
            _Duty("Decisions not to carry out a recommendation", "not_done"),
            _Duty("What was done because of national child safeguarding practice reviews", None),
            _Duty("What else the arrangements achieved, and how well they work", None),
        ),
    ),
)
_COUNTED = {"learned": "review", "ongoing": "review", "done": "action", "to_do": "item", "not_done": "item"}


def duties(lists: dict[str, list[View]]) -> list[View]:
    """Duty by duty, the part of the report that answers it and how much is recorded there."""

    def row(group: str, duty: _Duty) -> View:
        if duty.part is None:
            return {"duty": duty.words, "part": None}
        listed = next(one for one in lists[duty.part] if one["group"] == group)
        number = listed["total"] if "total" in listed else len(listed.get("reviews") or listed.get("items", ()))
        word = _COUNTED[duty.part]
        recorded = f"{number:,} {word}{'' if number == 1 else 's'} listed" if number else "None recorded"
        part = duty.part.replace("_", "-")
        return {"duty": duty.words, "part": part, "group": group, "title": GROUPS[group], "recorded": recorded}

    return [{"caption": caption, "rows": [row(group, duty) for duty in asked]} for group, caption, asked in _DUTIES]
