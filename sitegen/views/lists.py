"""Views of pages that gather many records: home, good practice, actions, updates, A to Z, glossary, and the feeds."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sitegen import addresses
from sitegen.connect import ConnectedFinding, instant_of
from sitegen.models import Record, Review
from sitegen.records import Entry
from sitegen.views import labels
from sitegen.views.common import View, Viewer
from sitegen.views.records import (
    briefing_card,
    external_view,
    finding_card,
    recommendation_view,
    review_card,
    role_card,
    theme_card,
)

NEWEST_ON_HOME = 5
EXTERNAL_ON_HOME = 3
IN_FEEDS = 50
IN_OWN_FEEDS = 20
"""In the feed of a theme or a role."""


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
        "progress": action_counts(recommendations(viewer)),
        "external": [external_view(viewer, item) for item in site.external[:EXTERNAL_ON_HOME]],
    }


class Grouped(NamedTuple):
    """A finding in the group of one of its themes; ``theme`` is None for a finding without any."""

    theme: View | None
    found: ConnectedFinding


def good_practice(viewer: Viewer) -> list[Grouped]:
    """Good practice theme by theme, newest first; with several themes it stands under the first in the alphabet."""
    order = {viewer.url(addresses.of_record("theme", e.slug)): n for n, e in enumerate(viewer.site.themes)}
    grouped = []
    for found in viewer.site.findings.values():
        if found.finding.kind == "good-practice":
            themes = sorted(viewer.links("theme", found.themes), key=lambda link: order[link["url"]])
            grouped.append(Grouped(themes[0] if themes else None, found))
    return sorted(grouped, key=lambda one: order[one.theme["url"]] if one.theme else len(order))


def good_practice_view(viewer: Viewer, one: Grouped) -> View:
    """One piece of good practice, with the title of its ``group`` and its other themes."""
    themes = [link for link in viewer.links("theme", one.found.themes) if link != one.theme]
    return {
        **finding_card(viewer, one.found),
        "group": one.theme["title"] if one.theme else None,
        "themes": themes,
    }


def good_practice_groups(viewer: Viewer, sheets: Iterable[tuple[str, Sequence[Grouped]]]) -> list[View]:
    """The groups, in order: ``{theme, id, url, count}``. ``sheets`` are the (path, items) of the whole list."""
    groups: dict[str, View] = {}
    for path, items in sheets:
        for one in items:
            name = one.theme["title"] if one.theme else ""
            identifier = f"part-group-{len(groups) + 1}"
            new = {"theme": one.theme, "id": identifier, "url": f"{viewer.url(path)}#{identifier}", "count": 0}
            groups.setdefault(name, new)["count"] += 1
    return list(groups.values())


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
            add(entry, record.updated, labels.CHANGES[record.change], record.change_note)
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


class Listed(NamedTuple):
    """A recommendation in the list of actions, with what it can be filtered by."""

    view: View
    states: frozenset[str]
    """The states of its actions; ``rejected`` when it was not accepted, ``none`` when there is no action."""
    agencies: frozenset[str]
    year: str | None


def recommendations(viewer: Viewer) -> list[Listed]:
    """Every recommendation with its review, newest review first."""
    listed = []
    for entry in viewer.site.reviews:
        source = viewer.source(entry)
        for recommendation in entry.record.recommendations:
            states: set[str] = {action.status for action in recommendation.actions}
            if recommendation.response == "rejected":
                states.add("rejected")
            view = {"review": source, **recommendation_view(viewer, entry, recommendation)}
            known = frozenset(recommendation.addressed_to) & viewer.site.agencies.keys()
            listed.append(Listed(view, frozenset(states or {"none"}), known, source["year"]))
    return listed


STATES: dict[str, str] = {**labels.ACTION_STATES, "rejected": labels.NOT_ACCEPTED, "none": labels.NO_ACTION}


class Filter(NamedTuple):
    """One part of the list of actions: its ``name`` (``State``), ``title`` (``Complete``), ``path`` and items."""

    name: str
    title: str
    path: str
    items: Sequence[Listed]


def action_filters(viewer: Viewer, items: Sequence[Listed]) -> list[Filter]:
    """The list by state, by agency and by year; parts without any item are left out."""
    agencies = sorted(viewer.site.agencies.items(), key=lambda item: item[1].casefold())
    years = sorted({item.year for item in items if item.year}, reverse=True)
    filters = [
        *(
            Filter("State", name, addresses.of_actions("state", s), [i for i in items if s in i.states])
            for s, name in STATES.items()
        ),
        *(
            Filter("Agency", name, addresses.of_actions("agency", a), [i for i in items if a in i.agencies])
            for a, name in agencies
        ),
        *(
            Filter("Year", year, addresses.of_actions("year", year), [i for i in items if i.year == year])
            for year in years
        ),
    ]
    return [one for one in filters if one.items]


def filters_view(viewer: Viewer, filters: Sequence[Filter], chosen: Filter | None) -> list[View]:
    """The filters as links with counts: ``{name, items: [{title, url, count, current}]}``."""
    return [
        {
            "name": name,
            "items": [
                {"title": f.title, "url": viewer.url(f.path), "count": len(f.items), "current": f is chosen}
                for f in group
            ],
        }
        for name, group in groupby(filters, lambda f: f.name)
    ]


def action_counts(items: Sequence[Listed]) -> list[View]:
    """How many actions are in each state: ``{status, name, count}``, all states, in a fixed order."""
    counts: Counter[str] = Counter(action["status"] for item in items for action in item.view["actions"])
    return [{"status": status, "name": name, "count": counts[status]} for status, name in labels.ACTION_STATES.items()]


class Letter(NamedTuple):
    """One letter of the A to Z: ``identifier`` for its anchor or address, and ``items`` {title, url, kind_name}."""

    letter: str
    identifier: str
    items: Sequence[View]


def index_letters(viewer: Viewer) -> list[Letter]:
    """Every title by its first letter."""
    items = [
        {
            "title": entry.record.title,
            "url": viewer.url(addresses.of_record(entry.kind, entry.slug)),
            "kind_name": labels.RECORD_KINDS[entry.kind],
        }
        for entry in _published(viewer)
    ]
    items.sort(key=lambda item: (_letter(item["title"]), item["title"].casefold(), item["url"]))
    return [
        Letter("0–9" if letter == "#" else letter, _letter_id(letter), list(group))
        for letter, group in groupby(items, lambda i: _letter(i["title"]))
    ]


def _letter(title: str) -> str:
    """The letter that a title is filed under, without its accent; # for anything else."""
    first = unicodedata.normalize("NFD", title.strip()[:1]).upper()[:1]
    return first if first.isalpha() else "#"


def _letter_id(letter: str) -> str:
    """What an address can hold: the letter itself, or its number where it isn't one of the English alphabet."""
    if letter == "#":
        return "other"
    return letter.lower() if letter.isascii() else f"u{ord(letter):x}"


def glossary(viewer: Viewer) -> list[View]:
    """The terms, by name, each with an anchor of its own."""
    terms: dict[str, View] = {}
    for term in viewer.site.glossary:
        anchor = plain = f"term-{_anchor(term.term)}"
        number = 1
        while anchor in terms:
            number += 1
            anchor = f"{plain}-{number}"
        terms[anchor] = {
            "term": term.term,
            "id": anchor,
            "url": f"{viewer.url(addresses.GLOSSARY)}#{anchor}",
            "meaning": viewer.text(term.meaning),
            "aliases": list(term.aliases),
        }
    return list(terms.values())


def _anchor(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "-".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()) or "term"


def feed(viewer: Viewer) -> View:
    """The newest reviews and briefings, and what was withdrawn, for the feeds; what has no date has no place there."""
    site = viewer.site
    withdrawn = _withdrawn(viewer, lambda _: True)
    return _feed(viewer, (*site.reviews, *site.briefings, *withdrawn), addresses.HOME, None, IN_FEEDS)


def theme_feed(viewer: Viewer, slug: str, title: str) -> View:
    """The reviews with findings on a theme, the briefings about it, and which of them were withdrawn."""
    site = viewer.site
    briefings = site.briefings_on.get(f"theme:{slug}", ())
    path = addresses.of_record("theme", slug)
    records = (*_reviews_of(site.by_theme.get(slug, ())), *briefings, *_withdrawn(viewer, lambda e: slug in _themes(e)))
    return _feed(viewer, records, path, title, IN_OWN_FEEDS)


def role_feed(viewer: Viewer, slug: str, title: str, findings: Iterable[ConnectedFinding]) -> View:
    """The reviews with something for a role to do, the briefings for it, and which of them were withdrawn."""
    briefings = [entry for entry in viewer.site.briefings if slug in entry.record.audience]
    path = addresses.of_record("role", slug)
    records = (*_reviews_of(findings), *briefings, *_withdrawn(viewer, lambda e: slug in _roles(e)))
    return _feed(viewer, records, path, title, IN_OWN_FEEDS)


def _withdrawn(viewer: Viewer, concerns: Callable[[Entry[Any]], bool]) -> list[Entry[Any]]:
    """Withdrawn reviews and briefings that a feed has told of."""
    return [entry for entry in viewer.site.withdrawn if entry.kind in ("review", "briefing") and concerns(entry)]


def _themes(entry: Entry[Any]) -> set[str]:
    record = entry.record
    if not isinstance(record, Review):
        return {reference.removeprefix("theme:") for reference in record.about if reference.startswith("theme:")}
    return {*record.themes, *(theme for finding in record.findings for theme in finding.themes)}


def _roles(entry: Entry[Any]) -> set[str]:
    record = entry.record
    if not isinstance(record, Review):
        return set(record.audience)
    named = (role for finding in record.findings for role in (*finding.roles, *finding.what_to_do))
    return {*record.roles, *named}


def _reviews_of(findings: Iterable[ConnectedFinding]) -> Iterable[Entry[Review]]:
    """The reviews of findings, each once."""
    return {found.review.slug: found.review for found in findings}.values()


def _feed(viewer: Viewer, records: Iterable[Entry[Any]], path: str, title: str | None, most: int) -> View:
    dated = [e for e in records if e.record.published or (e.record.status == "withdrawn" and e.record.updated)]
    dated.sort(key=lambda e: (e.kind, e.slug))
    dated.sort(key=lambda e: _changed(viewer, e.record), reverse=True)
    entries = [_feed_entry(viewer, entry) for entry in dated[:most]]
    atom, json_feed = (viewer.url(p) for p in addresses.of_feeds(path))
    return {
        "title": title,
        "updated": entries[0]["updated"] if entries else None,
        "entries": entries,
        "url": viewer.canonical(path),
        "atom": atom,
        "json_feed": json_feed,
    }


def _feed_entry(viewer: Viewer, entry: Entry[Any]) -> View:
    """One entry. Of a withdrawn record it says no more than that, at the address that readers know it by."""
    record = entry.record
    changed = _changed(viewer, record).isoformat(timespec="seconds")
    kind = labels.RECORD_KINDS[entry.kind]
    withdrawn = record.status == "withdrawn"
    later = record.updated if withdrawn or record.updated != record.published else None
    what = "Withdrawn" if withdrawn else labels.CHANGES[record.change]
    return {
        "title": f"A {kind.lower()} was withdrawn" if withdrawn else record.title,
        "url": viewer.url(addresses.of_record(entry.kind, entry.slug)),
        "kind_name": kind,
        "published": changed if withdrawn else viewer.time(record.published),
        "updated": changed,
        "question": None if withdrawn else viewer.text(getattr(record, "question", None)),
        "summary": None if withdrawn else viewer.text(record.summary),
        "change": {"what": what, "date": viewer.day(later), "note": viewer.text(record.change_note)} if later else None,
        "themes": [] if withdrawn else [link["title"] for link in viewer.links("theme", getattr(record, "themes", ()))],
    }


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
