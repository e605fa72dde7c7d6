"""Views of the year reports: what was learned and what was done in a year, in the lists that a board has to give.

A list holds what the records say and no more; whether the records are complete is for the board.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sitegen import addresses
from sitegen.models import Ongoing, Recommendation, Review
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer
from sitegen.views.records import action_view, finding_card, recommendation_view
from sitegen.views.year_records import GROUPS, Acted, Year, acted_in, group_of
from sitegen.views.year_sums import duties, tables

_ABOUT_GROUPS = {
    "adults": "Safeguarding adult reviews",
    "children": "Local child safeguarding practice reviews, rapid reviews and serious case reviews",
    "other": "Every other kind of review and audit",
}
_OPEN = ("in-progress", "not-started", "no-update")
_NO_OWNER = "Owner not recorded"


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
    # Of a review under way readers see the month alone, here too.
    days: set[date | datetime | None] = {one.began.replace(day=1) for one in (*year.ongoing, *year.finished)}
    days.update(one.concluded.replace(day=1) for one in year.finished if one.concluded)
    for entry in year.reviews:
        days |= {entry.record.published, entry.record.updated, entry.record.concluded}
        days.update(acted.action.status_date for acted in acted_in(entry))
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
    open_items = _still_to_do(viewer, year)
    lists = {
        "learned": _learned(viewer, year),
        "done": _by_owner(_action_item(viewer, acted) for acted in year.done),
        "to_do": _by_owner(open_items),
        "not_done": _grouped(_not_done(viewer, year)),
        "ongoing": _under_way(viewer, year),
    }
    seen_before = viewer.site.seen_before
    recurring = sum(f"{e.slug}#{finding.id}" in seen_before for e in year.reviews for finding in e.record.findings)
    sums = {"recurring": recurring, "open": len(open_items), "tables": tables(year), "duties": duties(lists)}
    return {**year_card(viewer, year), **sums, **lists}


def _learned(viewer: Viewer, year: Year) -> list[View]:
    """The reviews concluded in the year with their findings, those of one kind together."""
    order = list(labels.FINDING_KINDS)
    shown = ("statement", "kind", "kind_name", "url", "seen_in")
    groups: dict[str, list[View]] = {group: [] for group in GROUPS}
    for entry in year.reviews:
        found = [viewer.site.findings[f"{entry.slug}#{finding.id}"] for finding in entry.record.findings]
        cards = sorted((finding_card(viewer, one) for one in found), key=lambda card: order.index(card["kind"]))
        view = {
            **_source(viewer, entry),
            "question": viewer.text(entry.record.question),
            "concluded": viewer.day(entry.record.concluded),
            "findings": [{name: card[name] for name in shown} for card in cards],
        }
        groups[group_of(entry.record)].append(view)
    return [
        {"group": group, "title": GROUPS[group], "about": _ABOUT_GROUPS[group], "reviews": reviews}
        for group, reviews in groups.items()
    ]


def _source(viewer: Viewer, entry: Entry[Review]) -> View:
    record = entry.record
    return {**viewer.source(entry), "slug": entry.slug, "type": record.type, "language": record.language}


def _item(viewer: Viewer, entry: Entry[Review], recommendation: Recommendation) -> View:
    """What each line about a recommendation tells: its group, and where it comes from."""
    url = viewer.url(addresses.of_record("review", entry.slug))
    return {
        "group": group_of(entry.record),
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
        items += [_action_item(viewer, acted) for acted in acted_in(entry) if acted.action.status in _OPEN]
        for recommendation in entry.record.recommendations:
            if not recommendation.actions and recommendation.response != "rejected":
                awaited = recommendation.response == "awaited"
                state = labels.RESPONSES["awaited"] if awaited else labels.NO_ACTION
                items.append({**_recommendation_item(viewer, entry, recommendation, state), "reason": None})
    return items


def _not_done(viewer: Viewer, year: Year) -> list[View]:
    """Recommendations of the year's reviews that were not accepted as they stood, and actions dropped in the year."""
    answered = {"rejected": labels.NOT_ACCEPTED, "partly-accepted": labels.RESPONSES["partly-accepted"]}
    items = []
    for entry in year.reviews:
        for recommendation in entry.record.recommendations:
            if recommendation.response in answered:
                item = _recommendation_item(viewer, entry, recommendation, answered[recommendation.response])
                if not item["reason"]:  # then that of the action that was given up, if there is one
                    dropped = (a.evidence for a in recommendation.actions if a.status == "not-implemented")
                    item["reason"] = viewer.text(next(dropped, None))
                items.append(item)
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
        listed = group.pop("items")
        for item in listed:
            owners.setdefault(item["owner"], []).append(item)
        group["total"] = len(listed)
        group["owners"] = [{"owner": owner, "items": owners[owner]} for owner in sorted(owners, key=str.casefold)]
    return groups


def _under_way(viewer: Viewer, year: Year) -> list[View]:
    """Reviews under way at the end of the year, and those of the list that were concluded in it."""

    def described(one: Ongoing) -> View:
        return {
            "group": group_of(one),
            "type": one.type,
            "type_name": labels.REVIEW_TYPES[one.type],
            "began": one.began.isoformat(),
            "note": viewer.text(one.note),
        }

    groups = _grouped(described(one) for one in year.ongoing)
    for group, finished in zip(groups, _grouped(described(one) for one in year.finished), strict=True):
        group["finished"] = finished["items"]
    return groups
