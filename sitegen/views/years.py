"""Views of the year reports: what was learned and what was done in a year, in the lists that a board has to give.

A list holds what the records say and no more; whether the records are complete is for the board. Nothing here asks
which day it is: which years there are, and whether a year has ended, is decided in ``connect``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sitegen import addresses
from sitegen.connect import day_concluded
from sitegen.models import Action, Ongoing, Recommendation, Review
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer
from sitegen.views.data import Column, table
from sitegen.views.records import action_view, finding_card, recommendation_view
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
_ABOUT_GROUPS = {
    "adults": "Safeguarding adult reviews",
    "children": "Local child safeguarding practice reviews, rapid reviews and serious case reviews",
    "other": "Every other kind of review and audit",
}
_OPEN = ("in-progress", "not-started", "no-update")
_NO_RESPONSE = "No response recorded"
_NO_OWNER = "Owner not recorded"


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


def years_of(viewer: Viewer) -> list[Year]:
    """Every year that has a report, newest first."""
    site = viewer.site
    first_month, zone = site.config.year_report.first_month, site.config.zone
    reviews: dict[ReportYear, list[Entry[Review]]] = {}
    done: dict[ReportYear, list[Acted]] = {}
    dropped: dict[ReportYear, list[Acted]] = {}
    for entry in site.reviews:
        concluded = day_concluded(entry.record, zone)
        if concluded:
            reviews.setdefault(year_of(concluded, first_month), []).append(entry)
        for acted in _acted(entry):
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


def _acted(entry: Entry[Review]) -> Iterator[Acted]:
    for recommendation in entry.record.recommendations:
        for action in recommendation.actions:
            yield Acted(entry, recommendation, action)


def year_frame(viewer: Viewer, year: Year) -> View:
    """What the frame around a year's report needs. Its version is the newest date that it shows."""
    first, last = (labels.written_day(day.isoformat()) for day in (year.first, year.last))
    description = f"What reviews found from {first} to {last}, what was done about it, and what is still to do."
    trail = [("Year reports", addresses.YEARS)]
    frame = viewer.frame(year.path, year.title, description=description, trail=trail, harm=True, kind="year")
    day = _newest_day(viewer, year)
    frame["version"] = {
        "name": f"Version of {labels.written_day(day)}" if day else "",
        "number": None,
        "date": day,
        "published": day,
        "review_by": None,
        "overdue": False,
        "note": None,
        "replaced_by": None,
    }
    return frame


def _newest_day(viewer: Viewer, year: Year) -> str | None:
    days: set[date | datetime | None] = {day for one in year.ongoing for day in (one.began, one.concluded)}
    days.update(one.concluded for one in year.finished)
    for entry in year.reviews:
        days |= {entry.record.published, entry.record.updated, entry.record.concluded}
        days.update(acted.action.status_date for acted in _acted(entry))
    days.update(acted.action.status_date for acted in (*year.done, *year.dropped))
    return max((text for day in days if (text := viewer.day(day))), default=None)


def year_card(viewer: Viewer, year: Year) -> View:
    """A year in the list of years."""
    return {
        "name": year.name,
        "title": year.title,
        "url": viewer.url(year.path),
        "first": year.first.isoformat(),
        "last": year.last.isoformat(),
        "ended": year.ended,
        "reviews": len(year.reviews),
        "findings": sum(len(entry.record.findings) for entry in year.reviews),
        "completed": len(year.done),
        "csv": viewer.url(addresses.of_year_csv(year.name)),
        "pdfs": viewer.pdfs("year", year.name),
    }


def year_view(viewer: Viewer, year: Year) -> View:
    """A year's report in full. Each list comes in groups: ``{group, title, …}``, adults, children, other."""
    lists = {
        "learned": _learned(viewer, year),
        "done": _by_owner(_action_item(viewer, acted) for acted in year.done),
        "to_do": _by_owner(_still_to_do(viewer, year)),
        "not_done": _grouped(_not_done(viewer, year)),
        "ongoing": _under_way(viewer, year),
    }
    return {**year_card(viewer, year), **lists, "tables": _tables(year), "duties": _duties(lists)}


def _learned(viewer: Viewer, year: Year) -> list[View]:
    """The reviews concluded in the year with their findings, those of one kind together."""
    order = list(labels.FINDING_KINDS)
    groups: dict[str, list[View]] = {group: [] for group in GROUPS}
    for entry in year.reviews:
        record = entry.record
        cards = [finding_card(viewer, viewer.site.findings[f"{entry.slug}#{finding.id}"]) for finding in record.findings]
        groups[_group(record)].append(
            {
                **_source(viewer, entry),
                "question": viewer.text(record.question),
                "concluded": viewer.day(record.concluded),
                "findings": [
                    {name: card[name] for name in ("statement", "kind", "kind_name", "url", "seen_in")}
                    for card in sorted(cards, key=lambda card: order.index(card["kind"]))
                ],
            }
        )
    return [
        {"group": group, "title": GROUPS[group], "about": _ABOUT_GROUPS[group], "reviews": reviews}
        for group, reviews in groups.items()
    ]


def _group(record: Review | Ongoing) -> str:
    return _GROUP_OF.get(record.type, "other")


def _source(viewer: Viewer, entry: Entry[Review]) -> View:
    return {**viewer.source(entry), "slug": entry.slug, "type": entry.record.type}


def _item(viewer: Viewer, entry: Entry[Review], recommendation: Recommendation) -> View:
    """What each line about a recommendation tells: its group, and where it comes from."""
    url = viewer.url(addresses.of_record("review", entry.slug))
    return {
        "group": _group(entry.record),
        "review": _source(viewer, entry),
        "recommendation": recommendation.number,
        "url": f"{url}#part-recommendation-{recommendation.number}",
    }


def _action_item(viewer: Viewer, acted: Acted) -> View:
    entry, recommendation, action = acted
    view = action_view(viewer, action)
    reason = None
    if action.status == "not-implemented":
        reason = view["evidence"] or viewer.text(recommendation.not_implemented_reason)
        view["evidence"] = None
    return {**_item(viewer, entry, recommendation), **view, "kind": "action", "reason": reason}


def _recommendation_item(viewer: Viewer, entry: Entry[Review], recommendation: Recommendation, state: str) -> View:
    """A recommendation in a list of actions, which has none of its own to show."""
    view = recommendation_view(viewer, entry, recommendation)
    return {
        **_item(viewer, entry, recommendation),
        "kind": "recommendation",
        "what": view["text"],
        "owner": labels.listed(view["addressed_to"]) or _NO_OWNER,
        "due": None,
        "status": "rejected" if recommendation.response in ("rejected", "partly-accepted") else "no-update",
        "status_name": state,
        "status_date": None,
        "evidence": None,
        "impact": None,
        "reason": view["not_implemented_reason"],
    }


def _still_to_do(viewer: Viewer, year: Year) -> list[View]:
    """Open actions of the year's reviews, and recommendations that nobody has recorded an action for."""
    items = []
    for entry in year.reviews:
        items += [_action_item(viewer, acted) for acted in _acted(entry) if acted.action.status in _OPEN]
        for recommendation in entry.record.recommendations:
            if not recommendation.actions and recommendation.response != "rejected":
                awaited = recommendation.response == "awaited"
                state = labels.RESPONSES["awaited"] if awaited else labels.NO_ACTION
                items.append({**_recommendation_item(viewer, entry, recommendation, state), "reason": None})
    return items


def _not_done(viewer: Viewer, year: Year) -> list[View]:
    """Recommendations of the year's reviews that were not accepted as they stood, and actions dropped in the year."""
    answered = {"rejected": labels.NOT_ACCEPTED, "partly-accepted": labels.RESPONSES["partly-accepted"]}
    items = [
        _recommendation_item(viewer, entry, recommendation, answered[recommendation.response])
        for entry in year.reviews
        for recommendation in entry.record.recommendations
        if recommendation.response in answered
    ]
    return items + [_action_item(viewer, acted) for acted in year.dropped]


def _grouped(items: Iterable[View]) -> list[View]:
    groups: dict[str, list[View]] = {group: [] for group in GROUPS}
    for item in items:
        groups[item["group"]].append(item)
    return [{"group": group, "title": GROUPS[group], "items": kept} for group, kept in groups.items()]


def _by_owner(items: Iterable[View]) -> list[View]:
    """The groups with their items by owner: ``{group, title, owners: [{owner, items}]}``; owners by name."""
    groups = _grouped(items)
    for group in groups:
        owners: dict[str, list[View]] = {}
        for item in group.pop("items"):
            owners.setdefault(item["owner"], []).append(item)
        group["owners"] = [{"owner": owner, "items": owners[owner]} for owner in sorted(owners, key=str.casefold)]
    return groups


def _under_way(viewer: Viewer, year: Year) -> list[View]:
    """Reviews under way at the end of the year, and those of the list that were concluded in it."""

    def described(one: Ongoing) -> View:
        return {
            "group": _group(one),
            "type": one.type,
            "type_name": labels.REVIEW_TYPES[one.type],
            "began": one.began.isoformat(),
            "note": viewer.text(one.note),
        }

    groups = _grouped(described(one) for one in year.ongoing)
    for group, finished in zip(groups, _grouped(described(one) for one in year.finished), strict=True):
        group["finished"] = finished["items"]
    return groups


def _tables(year: Year) -> list[View]:
    """The year in numbers: tables of ``{id, caption, head, rows: [{name, mark, counts, total}], most}``.

    ``counts`` has a number for each group; ``mark`` is what a row's sign stands for, or None for a row of sums.
    """
    findings: Counter[tuple[str, str]] = Counter()
    answers: Counter[tuple[str, str]] = Counter()
    states: Counter[tuple[str, str]] = Counter()
    reviews = Counter(_group(entry.record) for entry in year.reviews)
    for entry in year.reviews:
        group = _group(entry.record)
        findings.update((group, finding.kind) for finding in entry.record.findings)
        answers.update((group, one.response or "") for one in entry.record.recommendations)
        states.update((group, acted.action.status) for acted in _acted(entry))
    head = _row("Reviews concluded", None, [reviews[group] for group in GROUPS])
    responses = {**labels.RESPONSES, "rejected": labels.NOT_ACCEPTED, "": _NO_RESPONSE}
    return [
        _table("Findings", "kind", labels.FINDING_KINDS, findings, [head]),
        _table("Recommendations", "response", responses, answers, []),
        _table("Actions", "state", labels.ACTION_STATES, states, []),
    ]


class _Duty(NamedTuple):
    """What a law asks a report to tell, and the list that tells it: None when no list of ours does."""

    words: str
    part: str | None


_DUTIES = (
    (
        "adults",
        "Safeguarding adults boards: Care Act 2014, schedule 2, paragraph 4",
        (
            _Duty("What safeguarding adult reviews found that were concluded in the year, whenever they began", "learned"),
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


def _duties(lists: dict[str, list[View]]) -> list[View]:
    """Duty by duty, the part of the report that answers it and how much is recorded there."""

    def row(group: str, duty: _Duty) -> View:
        if duty.part is None:
            return {"duty": duty.words, "part": None}
        listed = next(one for one in lists[duty.part] if one["group"] == group)
        number = len(listed.get("reviews", ())) + len(listed.get("items", ()))
        number += sum(len(owner["items"]) for owner in listed.get("owners", ()))
        word = _COUNTED[duty.part]
        recorded = f"{number:,} {word}{'' if number == 1 else 's'} listed" if number else "None recorded"
        part = duty.part.replace("_", "-")
        return {"duty": duty.words, "part": part, "group": group, "title": GROUPS[group], "recorded": recorded}

    return [
        {"caption": caption, "rows": [row(group, duty) for duty in duties]} for group, caption, duties in _DUTIES
    ]


def _row(name: str, mark: str | None, counts: Sequence[int]) -> View:
    return {"name": name, "mark": mark, "counts": list(counts), "total": sum(counts)}


def _table(
    what: str, by: str, names: dict[str, str], counts: Counter[tuple[str, str]], first: list[View]
) -> View:
    rows = [_row(name, mark, [counts[group, mark] for group in GROUPS]) for mark, name in names.items()]
    sums = [sum(row["counts"][number] for row in rows) for number in range(len(GROUPS))]
    return {
        "id": by,
        "caption": f"{what} by {by}",
        "head": by.capitalize(),
        "rows": [*first, *rows, _row(f"All {what.lower()}", None, sums)],
        "most": max(row["total"] for row in rows),
    }


YEAR_COLUMNS = (
    Column("list", "learned, done, to-do, not-implemented or ongoing: the part of the report that the row is from."),
    Column("about", "adults, children or other: the group that the row is listed under."),
    Column("review", "Short name of the review. Empty for a review that is under way."),
    Column("review_title", "Title of the review.", True),
    Column("review_type", "Kind of review, as in the data file of reviews."),
    Column("item", "finding, recommendation, action or review."),
    Column("kind", "For a finding: improvement, good-practice or system."),
    Column("text", "What was found, recommended or done, as plain text.", True),
    Column("also_found_in", "For a finding: other years in which the same was found, with a space between them."),
    Column("recommendation", "Number of the recommendation in its review."),
    Column("owner", "The role or agency that does it.", True),
    Column("state", "How far it is, in words."),
    Column("date", "Day on which that was so, or on which the review was concluded. Month in which a review began."),
    Column("reason", "Why it is not carried out, as plain text.", True),
    Column("evidence", "How we know.", True),
    Column("impact", "What has changed.", True),
    Column("url", "Permanent link. Empty for a review that is under way."),
)


def year_rows(viewer: Viewer, year: Year) -> View:
    """One row for each item of a year's report, in the order of the page."""
    view = year_view(viewer, year)
    rows = [
        {
            "list": "learned",
            "about": group["group"],
            **_review_cells(review),
            "item": "finding",
            "kind": finding["kind"],
            "text": finding["statement"],
            "also_found_in": " ".join(finding["seen_in"]),
            "date": review["concluded"] or review["published"],
            "url": finding["url"],
        }
        for group in view["learned"]
        for review in group["reviews"]
        for finding in review["findings"]
    ]
    for name, groups in (("done", view["done"]), ("to-do", view["to_do"])):
        rows += [_item_cells(name, i) for group in groups for owner in group["owners"] for i in owner["items"]]
    rows += [_item_cells("not-implemented", item) for group in view["not_done"] for item in group["items"]]
    rows += [
        {
            "list": "ongoing",
            "about": group["group"],
            "review_type": item["type"],
            "item": "review",
            "text": item["note"],
            "state": "Under way",
            "date": item["began"][:7],
        }
        for group in view["ongoing"]
        for item in group["items"]
    ]
    return table(YEAR_COLUMNS, [[row.get(column.name) for column in YEAR_COLUMNS] for row in rows])


def _review_cells(source: View) -> View:
    return {"review": source["slug"], "review_title": source["title"], "review_type": source["type"]}


def _item_cells(name: str, item: View) -> View:
    return {
        "list": name,
        "about": item["group"],
        **_review_cells(item["review"]),
        "item": item["kind"],
        "text": item["what"],
        "recommendation": item["recommendation"],
        "owner": item["owner"],
        "state": item["status_name"],
        "date": item["status_date"],
        "reason": item["reason"],
        "evidence": item["evidence"],
        "impact": item["impact"],
        "url": item["url"],
    }


def years_data_file(viewer: Viewer, years: Sequence[Year]) -> list[View]:
    """What the page on open data says of the reports' files; nothing when there is no report."""
    if not years:
        return []
    newest: dict[str, Any] = {
        "title": f"Year report {years[0].name}",
        "url": viewer.url(addresses.of_year_csv(years[0].name)),
        "kind": "CSV",
        "about": "One row for each item of the report. Each year has such a file; its page leads to it.",
        "schema": None,
        "columns": [{"name": column.name, "meaning": column.meaning} for column in YEAR_COLUMNS],
    }
    return [newest]
