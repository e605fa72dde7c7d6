"""Views of pages that gather many records: home, updates, actions, A to Z, and the data that others reuse."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson

from sitegen import addresses
from sitegen.connect import ConnectedFinding, instant_of
from sitegen.models import Recommendation, Record, Review
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer
from sitegen.views.records import (
    action_view,
    briefing_card,
    recommendation_view,
    review_card,
    role_card,
    theme_card,
    to_do_lines,
)

NEWEST_ON_HOME = 5
IN_FEEDS = 50


def home_view(viewer: Viewer) -> View:
    """The front page: the newest learning, what changed, and the ways in."""
    site = viewer.site
    return {
        "newest": [review_card(viewer, entry) for entry in site.reviews[:NEWEST_ON_HOME]],
        "reviews": len(site.reviews),
        "findings": len(site.findings),
        "themes": [theme_card(viewer, entry) for entry in site.themes],
        "roles": [role_card(viewer, entry) for entry in site.roles],
        "briefings": [briefing_card(viewer, entry) for entry in site.briefings[:NEWEST_ON_HOME]],
        "updates": [view for view, _ in updates(viewer)[:NEWEST_ON_HOME]],
    }


def updates(viewer: Viewer) -> list[tuple[View, str]]:
    """What was published, changed, added or withdrawn, newest first: each dated event, and the file it is in."""
    events: list[tuple[datetime, str, View]] = []
    zone = viewer.site.config.zone

    def add(entry: Entry[Any], when: Any, what: str, note: str | None, title: str | None = None) -> None:
        if when is not None:
            address = addresses.of_record(entry.kind, entry.slug)
            view = {
                "date": viewer.day(when),
                "what": what,
                "kind_name": labels.RECORD_KINDS[entry.kind],
                "title": title or entry.record.title,
                "url": viewer.url(address),
                "note": viewer.text(note),
            }
            events.append((instant_of(when, zone), entry.path, view))

    for entry in _published(viewer):
        record: Record = entry.record
        add(entry, record.published, "Published", None if record.updated else record.change_note)
        if record.updated and record.updated != record.published:
            add(entry, record.updated, "Updated", record.change_note)
        if isinstance(record, Review):
            for addendum in record.addenda:
                add(entry, addendum.date, "Addition", addendum.text)
    for entry in viewer.site.withdrawn:
        kind = labels.RECORD_KINDS[entry.kind].lower()
        add(entry, entry.record.updated, "Withdrawn", entry.record.change_note, f"A {kind} was withdrawn")
    events.sort(key=lambda event: (event[1], event[2]["what"]))
    events.sort(key=lambda event: event[0], reverse=True)
    return [(view, path) for _, path, view in events]


def _published(viewer: Viewer) -> list[Entry[Any]]:
    site = viewer.site
    return [*site.reviews, *site.briefings, *site.themes, *site.roles, *site.pages]


def recommendations(viewer: Viewer) -> list[View]:
    """Every recommendation with its review, newest review first."""
    return [
        {"review": viewer.source(entry), **recommendation_view(viewer, entry, recommendation)}
        for entry in viewer.site.reviews
        for recommendation in entry.record.recommendations
    ]


def action_counts(viewer: Viewer) -> list[View]:
    """How many actions are in each state: ``{status, name, count}``, all states, in a fixed order."""
    counts: Counter[str] = Counter(
        action.status
        for entry in viewer.site.reviews
        for recommendation in entry.record.recommendations
        for action in recommendation.actions
    )
    return [{"status": status, "name": name, "count": counts[status]} for status, name in labels.ACTION_STATES.items()]


def index_letters(viewer: Viewer) -> list[View]:
    """Every title by its first letter: ``{letter, items: [{title, url, kind_name}]}``."""
    items = [
        {
            "title": entry.record.title,
            "url": viewer.url(addresses.of_record(entry.kind, entry.slug)),
            "kind_name": labels.RECORD_KINDS[entry.kind],
        }
        for entry in _published(viewer)
    ]
    items.sort(key=lambda item: (_letter(item["title"]), item["title"].casefold(), item["url"]))
    return [{"letter": letter, "items": list(group)} for letter, group in groupby(items, lambda i: _letter(i["title"]))]


def _letter(title: str) -> str:
    """The letter that a title is filed under, without its accent; # for anything else."""
    first = unicodedata.normalize("NFD", title.strip()[:1]).upper()[:1]
    return first if first.isalpha() else "#"


def glossary(viewer: Viewer) -> list[View]:
    """The terms, by name, each with an anchor."""
    return [
        {
            "term": term.term,
            "id": f"term-{_anchor(term.term)}",
            "meaning": viewer.text(term.meaning),
            "aliases": list(term.aliases),
        }
        for term in viewer.site.glossary
    ]


def _anchor(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "-".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()) or "term"


def feed(viewer: Viewer) -> View:
    """The newest reviews and briefings for the Atom and JSON feeds; entries without a date have no place there."""
    site = viewer.site
    dated = [e for e in (*site.reviews, *site.briefings) if e.record.published]
    dated.sort(key=lambda e: (e.kind, e.slug))
    dated.sort(key=lambda e: _changed(viewer, e.record), reverse=True)
    entries = [
        {
            "title": entry.record.title,
            "url": viewer.url(addresses.of_record(entry.kind, entry.slug)),
            "kind_name": labels.RECORD_KINDS[entry.kind],
            "published": viewer.time(entry.record.published),
            "updated": _changed(viewer, entry.record).isoformat(timespec="seconds"),
            "question": viewer.text(getattr(entry.record, "question", None)),
            "summary": viewer.text(entry.record.summary),
            "themes": [link["title"] for link in viewer.links("theme", getattr(entry.record, "themes", ()))],
        }
        for entry in dated[:IN_FEEDS]
    ]
    updated = entries[0]["updated"] if entries else None
    return {"updated": updated, "entries": entries, "url": viewer.canonical(addresses.HOME)}


def _changed(viewer: Viewer, record: Record) -> datetime:
    zone = viewer.site.config.zone
    return max(instant_of(record.published, zone), instant_of(record.updated, zone))


def sitemap(viewer: Viewer, paths: Sequence[tuple[str, Entry[Any] | None]]) -> View:
    """Canonical addresses, with the date of the last change where a record has one."""
    return {
        "urls": [
            {
                "url": viewer.url(path),
                "changed": viewer.day(entry.record.updated or entry.record.published) if entry else None,
            }
            for path, entry in paths
        ]
    }


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
        "question": viewer.text(record.question),
        "summary": viewer.text(record.summary),
        "period": record.period,
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
    header = [
        "review",
        "number",
        "published",
        "finding",
        "kind",
        "statement",
        "themes",
        "agencies",
        "roles",
        "everyone_to_do",
        "url",
    ]
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
    return {"header": header, "markdown": ["statement", "everyone_to_do"], "rows": rows}


def actions_rows(viewer: Viewer) -> View:
    """One row for each action; a recommendation without any has a row with empty cells."""
    header = [
        "review",
        "recommendation",
        "recommendation_text",
        "response",
        "not_implemented_reason",
        "action",
        "owner",
    ]
    header += ["due", "status", "status_date", "evidence", "impact", "url"]
    rows = []
    for entry in viewer.site.reviews:
        for recommendation in entry.record.recommendations:
            view = recommendation_view(viewer, entry, recommendation)
            first = [entry.slug, view["number"], view["text"], view["response"], view["not_implemented_reason"]]
            names = ("what", "owner", "due", "status", "status_date", "evidence", "impact")
            rows += [[*first, *(action[name] for name in names), view["url"]] for action in view["actions"]]
            if not view["actions"]:
                rows.append([*first, *(None for _ in names), view["url"]])
    markdown = ["recommendation_text", "not_implemented_reason", "action", "owner", "evidence", "impact"]
    return {"header": header, "markdown": markdown, "rows": rows}
