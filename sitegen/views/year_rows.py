"""The lists of a year's report as one table, with what its columns mean."""

from __future__ import annotations

from collections.abc import Sequence

from sitegen import addresses
from sitegen.views.common import View, Viewer
from sitegen.views.data import Column, table
from sitegen.views.year_records import Year
from sitegen.views.years import year_view

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
    newest = {
        "title": f"Year report {years[0].name}",
        "url": viewer.url(addresses.of_year_csv(years[0].name)),
        "kind": "CSV",
        "about": "One row for each item of the report. Each year has such a file; its page leads to it.",
        "schema": None,
        "columns": [{"name": column.name, "meaning": column.meaning} for column in YEAR_COLUMNS],
    }
    return [newest]
