"""What the search knows: a record for each page and file that can be found, and the choices of its filters.

A record is plain data: ``url``, ``title``, ``source`` (the file that it comes from), ``date``, ``kind_name``,
``filters`` (name → values), ``words`` that find it and are not shown, and ``sections``. A section is what a result
leads to: its ``id`` is the anchor, its ``title`` and ``texts`` are Markdown (or it is a whole ``body``), and a finding
tells its kind, themes, roles and agencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sitegen import addresses
from sitegen.connect import ConnectedFinding
from sitegen.models import Briefing, Review
from sitegen.records import Entry
from sitegen.sources import FILES_FOLDER
from sitegen.views import labels, lists, records
from sitegen.views.common import View, Viewer

FINDABLE = {**labels.RECORD_KINDS, "glossary": "Glossary", "external": "From other bodies", "file": "File"}
"""What can be found, as the filter ``record`` calls it, and in words."""
_UNDATED: View = {"date": None, "year": None}


def search_records(viewer: Viewer, external_in_a_sheet: int) -> list[View]:
    """Everything published that the search finds, but files to download, in a fixed order."""
    site = viewer.site
    found = [_review(viewer, entry) for entry in site.reviews]
    found += [_briefing(viewer, entry) for entry in site.briefings]
    found += [_theme_or_role(viewer, entry) for entry in (*site.themes, *site.roles)]
    found += [_record(viewer, entry, [_section("", "", (entry.record.summary,), viewer)], {}) for entry in site.pages]
    return [*found, *_glossary(viewer), *_external(viewer, external_in_a_sheet)]


def _section(identifier: str, title: str, texts: Iterable[str | None], viewer: Viewer, **more: Any) -> View:
    return {"id": identifier, "title": title, "texts": viewer.texts(text for text in texts if text), **more}


def _record(viewer: Viewer, entry: Entry[Any], sections: list[View], filters: View) -> View:
    """What records have in common: their text and its headings, their date, their PDF."""
    record = entry.record
    path = addresses.of_record(entry.kind, entry.slug)
    day = viewer.day(record.published)
    if record.body:
        sections.append({"body": viewer.text(record.body)})
    number = getattr(record, "number", None)
    words = [*record.tags, str(number)] if number is not None else list(record.tags)
    return {
        "url": viewer.url(path),
        "title": record.title,
        "source": entry.path,
        "words": " ".join(words),
        **_dated(day),
        "kind_name": FINDABLE[entry.kind],
        "filters": {"record": [entry.kind], **({"year": [day[:4]]} if day else {}), **filters},
        "pdf": next(iter(viewer.pdfs(entry.kind, entry.slug)), None),
        "sections": sections,
    }


def _dated(day: str | None) -> View:
    return {"date": day, "year": day[:4]} if day else _UNDATED


def _review(viewer: Viewer, entry: Entry[Review]) -> View:
    record, site = entry.record, viewer.site
    found = [site.findings[f"{entry.slug}#{finding.id}"] for finding in record.findings]
    opening = (record.question, record.summary, *(addendum.text for addendum in record.addenda))
    about = (record.methodology, record.family_contribution, record.publication_reason, record.delay_reason)
    sections = [_section("", "", (*opening, record.period, *about), viewer)]
    sections += [_finding(viewer, one) for one in found]
    for item in record.recommendations:
        said, _, more = item.text.partition("\n\n")
        texts = [more, item.not_implemented_reason, item.measure_of_success]
        for action in item.actions:
            texts += [action.what, action.owner, action.evidence, action.impact]
        title = viewer.text(f"Recommendation {item.number}: {said}") or ""
        sections.append(_section(f"part-recommendation-{item.number}", title, texts, viewer))
    filters = {
        "type": [record.type],
        "kind": _each(one.finding.kind for one in found),
        "theme": _each((*site.existing("theme", record.themes), *(slug for one in found for slug in one.themes))),
        "role": _each((*site.existing("role", record.roles), *(slug for one in found for slug in _roles(one)))),
        "agency": _each((*record.agencies, *(slug for one in found for slug in one.agencies))),
    }
    made = _record(viewer, entry, sections, filters)
    return {**made, "kind_name": labels.REVIEW_TYPES[record.type]}


def _roles(found: ConnectedFinding) -> tuple[str, ...]:
    return (*found.roles, "everyone") if "everyone" in found.finding.what_to_do else found.roles


def _finding(viewer: Viewer, found: ConnectedFinding) -> View:
    finding = found.finding
    texts: list[str | None] = [finding.why, finding.question]
    for slug, lines in records.to_do_lines(viewer, found).items():
        role = viewer.link("role", slug)
        if role or slug == "everyone":
            texts += [f"{role['title'] if role else 'Everyone'}:", *lines]
    return {
        "id": finding.id,
        "title": viewer.text(finding.statement),
        "texts": viewer.texts(text for text in texts if text),
        "kind": finding.kind,
        "theme": list(found.themes),
        "role": list(_roles(found)),
        "agency": list(found.agencies),
    }


def _each(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _briefing(viewer: Viewer, entry: Entry[Briefing]) -> View:
    record, site = entry.record, viewer.site
    texts = (record.summary, *record.key_messages, *record.questions, *record.next_steps)
    named = [reference.removeprefix("theme:") for reference in record.about if reference.startswith("theme:")]
    found = records.findings_about(viewer, entry)
    filters = {
        "theme": _each((*site.existing("theme", named), *(slug for one in found for slug in one.themes))),
        "role": site.existing("role", record.audience),
    }
    return _record(viewer, entry, [_section("", "", texts, viewer)], filters)


def _theme_or_role(viewer: Viewer, entry: Entry[Any]) -> View:
    texts = (getattr(entry.record, "statement", None), entry.record.summary)
    return _record(viewer, entry, [_section("", "", texts, viewer)], {entry.kind: [entry.slug]})


def _glossary(viewer: Viewer) -> list[View]:
    terms = lists.glossary(viewer)
    if not terms:
        return []
    return [
        {
            **_page(viewer, addresses.GLOSSARY, "Glossary", "glossary", "content/glossary.yaml"),
            "sections": [
                {"id": term["id"], "title": term["term"], "texts": [*term["aliases"], term["meaning"] or ""]}
                for term in terms
            ],
        }
    ]


def _external(viewer: Viewer, in_a_sheet: int) -> list[View]:
    made = []
    for index, item in enumerate(viewer.site.external):
        path = addresses.of_sheet(addresses.EXTERNAL, index // in_a_sheet + 1)
        page = _page(viewer, path, item.title, "external", "content/external.yaml")
        day = viewer.day(item.date)
        page["filters"]["theme"] = viewer.site.existing("theme", item.themes)
        if day:
            page["filters"]["year"] = [day[:4]]
        made.append({**page, **_dated(day), "sections": [_section("", "", (item.publisher, item.summary), viewer)]})
    return made


def _page(viewer: Viewer, path: str, title: str, kind: str, source: str) -> View:
    return {
        "url": viewer.url(path),
        "title": title,
        "source": source,
        "words": "",
        **_UNDATED,
        "kind_name": FINDABLE[kind],
        "filters": {"record": [kind]},
        "pdf": None,
    }


def file_records(viewer: Viewer) -> list[tuple[str, View]]:
    """Names of the PDFs to download, each with its record; its pages are added as sections once they are read."""
    site = viewer.site
    documents: dict[str, list[tuple[Entry[Review], str, date | datetime | None]]] = {}
    for entry in site.reviews:
        for document in entry.record.documents:
            if document.file:
                when = document.date or entry.record.published
                documents.setdefault(document.file, []).append((entry, document.title, when))
    made = []
    for name in site.attachments:
        if not name.lower().endswith(".pdf"):
            continue
        named = documents.get(name, [])
        title, when = (named[0][1], named[0][2]) if named else (name, None)
        page = _page(viewer, addresses.of_attachment(name), title, "file", f"{FILES_FOLDER}/{name}")
        day = viewer.day(when)
        reviews = [entry for entry, _, _ in named]
        page["filters"] |= {
            "type": _each(entry.record.type for entry in reviews),
            "theme": _each(slug for e in reviews for slug in site.existing("theme", e.record.themes)),
            "role": _each(slug for e in reviews for slug in site.existing("role", e.record.roles)),
            "agency": _each(slug for e in reviews for slug in e.record.agencies),
            "year": [day[:4]] if day else [],
        }
        made.append((name, {**page, **_dated(day)}))
    return made


def search_filters(viewer: Viewer) -> list[View]:
    """The choices that the search page offers: ``{name, title, options: [{value, title}]}``, those with a choice."""
    site = viewer.site
    used = {entry.record.type for entry in site.reviews}
    dated: list[Entry[Any]] = [*site.reviews, *site.briefings, *site.themes, *site.roles, *site.pages]
    years = {day[:4] for entry in dated if (day := viewer.day(entry.record.published))}
    years |= {day[:4] for item in site.external if (day := viewer.day(item.date))}
    agencies = {slug for found in site.findings.values() for slug in found.agencies}
    agencies |= {slug for entry in site.reviews for slug in entry.record.agencies}
    everyone = any("everyone" in found.finding.what_to_do for found in site.findings.values())
    filters: list[tuple[str, str, Sequence[tuple[str, str]]]] = [
        ("kind", "What was found", list(labels.FINDING_KINDS.items()) if site.findings else []),
        ("theme", "Theme", [(e.slug, e.record.title) for e in site.themes]),
        (
            "role",
            "Role",
            [*([("everyone", "Everyone")] if everyone else []), *((e.slug, e.record.title) for e in site.roles)],
        ),
        (
            "agency",
            "Agency",
            sorted(
                ((slug, name) for slug, name in site.agencies.items() if slug in agencies),
                key=lambda pair: pair[1].casefold(),
            ),
        ),
        ("type", "Type of review", [(slug, name) for slug, name in labels.REVIEW_TYPES.items() if slug in used]),
        ("year", "Year", [(year, year) for year in sorted(years, reverse=True)]),
        ("record", "Sort of page", list(FINDABLE.items())),
    ]
    return [
        {"name": name, "title": title, "options": [{"value": value, "title": text} for value, text in options]}
        for name, title, options in filters
        if len(options) > 1
    ]
