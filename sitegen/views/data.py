"""Views of the data that others reuse: what each file holds, its columns and what they mean, and the rows.

The table of columns makes the files and the page that explains them, so the two can't differ.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from sitegen import addresses
from sitegen.connect import ConnectedFinding
from sitegen.models import Recommendation, Review
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer
from sitegen.views.records import action_view, recommendation_view, to_do_lines


class Column(NamedTuple):
    """A column of a table: its ``name``, its ``meaning`` in words, and whether it holds ``markdown``."""

    name: str
    meaning: str
    markdown: bool = False


FINDING_COLUMNS = (
    Column("review", "Short name of the review; part of its address."),
    Column("number", "The board's own number of the review, if it has one."),
    Column("published", "Day of publication: 2026-05-04."),
    Column("finding", "Short name of the finding, unique in its review; part of its address."),
    Column("kind", "improvement, good-practice or system."),
    Column("statement", "What was found, as plain text.", True),
    Column("themes", "Short names of themes, with a space between them."),
    Column("agencies", "Short names of agencies, with a space between them."),
    Column("roles", "Short names of roles, with a space between them."),
    Column("everyone_to_do", "What everyone is to do, one thing on each line.", True),
    Column("url", "Permanent link to the finding."),
)
ACTION_COLUMNS = (
    Column("review", "Short name of the review."),
    Column("recommendation", "Number of the recommendation in its review."),
    Column("recommendation_text", "What was recommended, as plain text.", True),
    Column("response", "accepted, partly-accepted, rejected or awaited."),
    Column("not_implemented_reason", "Why it was not taken up or not carried out.", True),
    Column("action", "What is done about it. Empty when no action has been recorded.", True),
    Column("owner", "The role or agency that does it.", True),
    Column("due", "Day by which it is to be done."),
    Column("status", "not-started, in-progress, complete, not-implemented or no-update."),
    Column("status_date", "Day on which that was so."),
    Column("evidence", "How we know.", True),
    Column("impact", "What has changed.", True),
    Column("url", "Permanent link to the recommendation."),
)


def reviews_data(viewer: Viewer) -> View:
    """Every published review as open data, with the content model's names: one line of JSON each.

    As text a review takes a tenth of the room that it takes as dicts, and there may be ten thousand.
    """
    return {"reviews": [orjson.dumps(_review_data(viewer, entry)).decode() for entry in viewer.site.reviews]}


def _review_data(viewer: Viewer, entry: Entry[Review]) -> View:
    record, site = entry.record, viewer.site
    return {
        "slug": entry.slug,
        "url": viewer.url(addresses.of_record("review", entry.slug)),
        "title": record.title,
        "number": record.number,
        "type": record.type,
        "published": viewer.day(record.published),
        "updated": viewer.day(record.updated),
        "publication_mode": record.publication_mode,
        "publication_reason": viewer.text(record.publication_reason),
        "question": viewer.text(record.question),
        "summary": viewer.text(record.summary),
        "period": viewer.text(record.period),
        "age_band": record.age_band,
        "themes": site.existing("theme", record.themes),
        "agencies": list(record.agencies),
        "roles": site.existing("role", record.roles),
        "findings": [_finding_data(viewer, site.findings[f"{entry.slug}#{f.id}"]) for f in record.findings],
        "recommendations": [_recommendation_data(viewer, r) for r in record.recommendations],
    }


def _finding_data(viewer: Viewer, found: ConnectedFinding) -> View:
    finding = found.finding
    shown = [slug for slug in finding.what_to_do if slug == "everyone" or viewer.link("role", slug)]
    return {
        "id": finding.id,
        "url": viewer.finding_url(found),
        "kind": finding.kind,
        "statement": viewer.text(finding.statement),
        "why": viewer.text(finding.why),
        "question": viewer.text(finding.question),
        "themes": list(found.themes),
        "agencies": list(found.agencies),
        "roles": list(found.roles),
        "what_to_do": {slug: viewer.texts(finding.what_to_do[slug]) for slug in shown},
        "seen_before": [other.reference for other in viewer.site.seen_before.get(found.reference, ())],
    }


def _recommendation_data(viewer: Viewer, recommendation: Recommendation) -> View:
    return {
        "number": recommendation.number,
        "text": viewer.text(recommendation.text),
        "addressed_to": list(recommendation.addressed_to),
        "findings": list(recommendation.findings),
        "response": recommendation.response,
        "not_implemented_reason": viewer.text(recommendation.not_implemented_reason),
        "measure_of_success": viewer.text(recommendation.measure_of_success),
        "actions": [
            {key: value for key, value in action_view(viewer, action).items() if key != "status_name"}
            for action in recommendation.actions
        ],
    }


def findings_rows(viewer: Viewer) -> View:
    """One row for each finding."""
    rows = []
    for found in viewer.site.findings.values():
        everyone = to_do_lines(viewer, found).get("everyone", [])
        rows.append(
            [
                found.review.slug,
                found.review.record.number,
                viewer.day(found.review.record.published),
                found.finding.id,
                found.finding.kind,
                viewer.text(found.finding.statement),
                " ".join(found.themes),
                " ".join(found.agencies),
                " ".join(found.roles),
                "\n".join(everyone),
                viewer.finding_url(found),
            ]
        )
    return table(FINDING_COLUMNS, rows)


def actions_rows(viewer: Viewer) -> View:
    """One row for each action; a recommendation without any has a row with empty cells."""
    rows = []
    for entry in viewer.site.reviews:
        for recommendation in entry.record.recommendations:
            view = recommendation_view(viewer, entry, recommendation)
            first = [entry.slug, view["number"], view["text"], view["response"], view["not_implemented_reason"]]
            names = ("what", "owner", "due", "status", "status_date", "evidence", "impact")
            rows += [[*first, *(action[name] for name in names), view["url"]] for action in view["actions"]]
            if not view["actions"]:
                rows.append([*first, *(None for _ in names), view["url"]])
    return table(ACTION_COLUMNS, rows)


def table(columns: tuple[Column, ...], rows: list[list[Any]]) -> View:
    """Rows under their columns, as ``render_csv`` takes them."""
    return {
        "header": [column.name for column in columns],
        "markdown": [column.name for column in columns if column.markdown],
        "rows": rows,
    }


def data_view(viewer: Viewer) -> View:
    """Each data file with what it holds: ``{title, url, kind, about, schema, columns: [{name, meaning}]}``."""

    def columns(table: tuple[Column, ...]) -> list[View]:
        return [{"name": column.name, "meaning": column.meaning} for column in table]

    properties = REVIEW_SCHEMA["properties"].items()
    return {
        "files": [
            {
                "title": "Reviews",
                "url": viewer.url(addresses.REVIEWS_JSON),
                "kind": "JSON",
                "about": "Every published review with its findings, recommendations and actions. Texts are Markdown.",
                "schema": viewer.url(addresses.REVIEWS_SCHEMA),
                "columns": [{"name": name, "meaning": value["description"]} for name, value in properties],
            },
            {
                "title": "Findings",
                "url": viewer.url(addresses.FINDINGS_CSV),
                "kind": "CSV",
                "about": "One row for each finding.",
                "schema": None,
                "columns": columns(FINDING_COLUMNS),
            },
            {
                "title": "Recommendations and actions",
                "url": viewer.url(addresses.ACTIONS_CSV),
                "kind": "CSV",
                "about": "One row for each action. A recommendation without an action has a row of its own.",
                "schema": None,
                "columns": columns(ACTION_COLUMNS),
            },
        ]
    }


_MODES = ("full", *labels.PUBLICATION_MODES)
_TEXT = {"type": ["string", "null"]}
_DAY = {"type": ["string", "null"], "format": "date"}


def _described(meaning: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"description": meaning, **value}


def _names(meaning: str) -> dict[str, Any]:
    return _described(meaning, {"type": "array", "items": {"type": "string"}})


def _object(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


_ACTION_SCHEMA = _object(
    {
        "what": _described("What is done.", {"type": "string"}),
        "owner": _described("The role or agency that does it.", _TEXT),
        "due": _described("Day by which it is to be done.", _DAY),
        "status": _described("How far it is.", {"enum": list(labels.ACTION_STATES)}),
        "status_date": _described("Day on which that was so.", _DAY),
        "evidence": _described("How we know.", _TEXT),
        "impact": _described("What has changed.", _TEXT),
    }
)
_RECOMMENDATION_SCHEMA = _object(
    {
        "number": _described("Its number in the review.", {"type": "integer"}),
        "text": _described("What was recommended.", {"type": "string"}),
        "addressed_to": _names("Short names of agencies."),
        "findings": _names("Short names of the findings that it rests on."),
        "response": _described("How it was answered.", {"enum": [*labels.RESPONSES, None]}),
        "not_implemented_reason": _described("Why it was not taken up or not carried out.", _TEXT),
        "measure_of_success": _described("How we will know that it has worked.", _TEXT),
        "actions": _described("What is done about it.", {"type": "array", "items": _ACTION_SCHEMA}),
    }
)
_FINDING_SCHEMA = _object(
    {
        "id": _described("Its short name, unique in its review.", {"type": "string"}),
        "url": _described("Permanent link.", {"type": "string", "format": "uri"}),
        "kind": _described("What kind of finding it is.", {"enum": list(labels.FINDING_KINDS)}),
        "statement": _described("What was found.", {"type": "string"}),
        "why": _described("Why it happened.", _TEXT),
        "question": _described("A question for practitioners.", _TEXT),
        "themes": _names("Short names of themes."),
        "agencies": _names("Short names of agencies."),
        "roles": _names("Short names of roles."),
        "what_to_do": _described(
            "What to do, for each role or for everyone.",
            {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        ),
        "seen_before": _names("Earlier findings of the same, each as review#finding."),
    }
)
REVIEW_SCHEMA = _object(
    {
        "slug": _described("Its short name; part of its address.", {"type": "string"}),
        "url": _described("Its address.", {"type": "string", "format": "uri"}),
        "title": _described("Its title.", {"type": "string"}),
        "number": _described("The board's own number.", {"type": ["integer", "null"]}),
        "type": _described("What kind of review it is.", {"enum": list(labels.REVIEW_TYPES)}),
        "published": _described("Day of publication.", _DAY),
        "updated": _described("Day of the last change.", _DAY),
        "publication_mode": _described("How much of it is published.", {"enum": list(_MODES)}),
        "publication_reason": _described("Why it isn't published in full.", _TEXT),
        "question": _described("The question that it puts to the reader.", _TEXT),
        "summary": _described("What it is about, in short.", _TEXT),
        "period": _described("The season or year that it looks at.", _TEXT),
        "age_band": _described("The age of the person, in bands.", {"enum": [*labels.AGE_BANDS, None]}),
        "themes": _names("Short names of themes."),
        "agencies": _names("Short names of agencies."),
        "roles": _names("Short names of roles."),
        "findings": _described("What was found.", {"type": "array", "items": _FINDING_SCHEMA}),
        "recommendations": _described(
            "What was recommended and done.", {"type": "array", "items": _RECOMMENDATION_SCHEMA}
        ),
    }
)


def reviews_schema(viewer: Viewer) -> View:
    """The JSON Schema of ``data/reviews.json``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": viewer.canonical(addresses.REVIEWS_SCHEMA),
        "title": "Published reviews",
        **_object({"reviews": _described("Newest first.", {"type": "array", "items": REVIEW_SCHEMA})}),
    }
