"""What all views share: links, references to other records, dates, lists in sheets, and the frame of every page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sitegen import addresses
from sitegen.connect import ConnectedFinding, Site, instant_of
from sitegen.file_kinds import kind_of_file
from sitegen.links import may_hold_links, split_reference, with_addresses
from sitegen.models import Record, Review
from sitegen.records import Entry
from sitegen.views import labels

View = dict[str, Any]
"""Plain data for a template."""
SHARED_KINDS = ("review", "briefing")
"""Kinds of records that have a page with texts for telling others."""
ItemT = TypeVar("ItemT")


_URLS = {
    name.lower(): getattr(addresses, name)
    for name in (
        "HOME REVIEWS THEMES ROLES EVERYONE GOOD_PRACTICE BRIEFINGS ACTIONS YEARS UPDATES SEARCH GLOSSARY "
        "EXTERNAL DATA "
        "OFFLINE ATOM_FEED JSON_FEED REVIEWS_JSON REVIEWS_SCHEMA FINDINGS_CSV ACTIONS_CSV SERVICE_WORKER PAGEFIND"
    ).split()
}
"""Paths of the pages and files that every site has, by the name under which templates know them."""


class PdfFacts(NamedTuple):
    """What a page says of a PDF: its size in bytes and its number of pages."""

    bytes: int
    pages: int


class Viewer:
    """Makes views of one Site. ``absolute`` links carry the host, for PDFs, feeds and data files."""

    def __init__(self, site: Site, facts: Mapping[str, PdfFacts] | None = None, absolute: bool = False) -> None:
        self.site = site
        self.facts = facts or {}
        self.base = f"{site.config.origin}{site.config.base_path}" if absolute else site.config.base_path
        # A site mentions the same few records and findings thousands of times; each is described once.
        self._links: dict[tuple[str, str], View | None] = {}
        self._lists: dict[tuple[str, tuple[str, ...]], list[View]] = {}
        self._sources: dict[str, View] = {}
        self.findings: dict[str, View] = {}
        """The cards of findings, by reference; kept for ``records.finding_card``."""
        self.lines: dict[str, dict[str, list[str]]] = {}
        """What findings say is to be done, by reference and role; kept for ``records.to_do_lines``."""

    def url(self, path: str) -> str:
        """The link to a path of the site."""
        return self.base + path

    def canonical(self, path: str) -> str:
        """The full address of a path."""
        return f"{self.site.config.origin}{self.site.config.base_path}{path}"

    def text(self, markdown: str | None) -> str | None:
        """Markdown in which references are addresses."""
        if not markdown:
            return None
        return with_addresses(markdown, self._address) if may_hold_links(markdown) else markdown

    def texts(self, lines: Iterable[str]) -> list[str]:
        """The same for several lines."""
        return [with_addresses(line, self._address) if may_hold_links(line) else line for line in lines]

    def _address(self, target: str) -> str | None:
        reference = split_reference(target)
        if reference is None:
            return self.base + target.lstrip("/") if target.startswith("/") and not target.startswith("//") else None
        kind, name, anchor = reference
        path = addresses.of_attachment(name) if kind == "file" else addresses.of_record(kind, name)
        return self.url(path) + (f"#{anchor}" if anchor else "")

    def link(self, kind: str, slug: str) -> View | None:
        """Title and address of a published record; None when it isn't there."""
        key = kind, slug
        if key not in self._links:
            entry = self.site.published(kind, slug)
            path = addresses.of_record(kind, slug)
            self._links[key] = {"title": entry.record.title, "url": self.url(path)} if entry else None
        return self._links[key]

    def links(self, kind: str, slugs: Sequence[str]) -> list[View]:
        """The links to those of the records that are published."""
        key = kind, tuple(slugs)
        if key not in self._lists:
            self._lists[key] = [link for slug in slugs if (link := self.link(kind, slug))]
        return self._lists[key]

    def agencies(self, slugs: Iterable[str]) -> list[str]:
        """Names of agencies."""
        return [self.site.agencies[slug] for slug in slugs if slug in self.site.agencies]

    def finding_url(self, found: ConnectedFinding) -> str:
        """The permanent link of a finding."""
        return f"{self.url(addresses.of_record('review', found.review.slug))}#{found.finding.id}"

    def day(self, value: date | datetime | None) -> str | None:
        """A date or time as the day it falls on in the site's zone: ``2026-05-04``."""
        if isinstance(value, datetime):
            return instant_of(value, self.site.config.zone).astimezone(self.site.config.zone).date().isoformat()
        return value.isoformat() if value else None

    def time(self, value: date | datetime | None) -> str | None:
        """A date or time with its zone, to the second."""
        if value is None:
            return None
        return instant_of(value, self.site.config.zone).isoformat(timespec="seconds")

    def pdf(self, kind: str, slug: str, form: str = "a4") -> View | None:
        """One PDF of a record, when this build makes it."""
        path = addresses.of_pdf(kind, slug, form)
        facts = self.facts.get(path)
        if not facts:
            return None
        name = labels.DOCUMENT_FORMS[form] or labels.DOCUMENTS[kind]
        size = {"bytes": facts.bytes, "pages": facts.pages}
        return {"url": self.url(path), "kind": "PDF", **size, "form": form, "name": name}

    def pdfs(self, kind: str, slug: str) -> list[View]:
        """Every PDF of a record that this build makes."""
        found = (self.pdf(kind, slug, form) for form in self.site.forms(kind, slug))
        return [pdf for pdf in found if pdf]

    def version(self, entry: Entry[Any] | None, shows: Iterable[Entry[Any]] = ()) -> View:
        """Which version of a record, or of what ``shows`` others, this is.

        Its ``name`` is ``Version 4``, or ``Version of 14 September 2026`` when it has no number; its ``date`` is the
        newest of the record and of all that it shows.
        """
        record: Record | None = entry.record if entry else None
        shown = [self.day(other.record.updated or other.record.published) for other in shows]
        own = self.day(record.updated or record.published) if record else None
        day = max((one for one in (own, *shown) if one), default=None)
        number = record.version if record else None
        replaced_by = record.replaced_by if record else None
        name = f"Version {number}" if number is not None else f"Version of {labels.written_day(day)}" if day else ""
        return {
            "name": name,
            "number": number,
            "date": day,
            "published": self.day(record.published) if record else day,
            "review_by": self.day(record.review_by) if record else None,
            "overdue": bool(entry and (entry.kind, entry.slug) in self.site.overdue),
            "note": self.text(record.change_note) if record and record.updated else None,
            "replaced_by": self.link(entry.kind, replaced_by) if entry and replaced_by else None,
        }

    def address(self, path: str, entry: Entry[Any] | None = None) -> str:
        """What is printed for people to type: the short address of a record, or its path, without the scheme."""
        short = entry.record.short_address if entry else None
        return self.canonical(short or path).partition("://")[2].rstrip("/")

    def file(self, name: str) -> View:
        """An attachment: its address, kind and size."""
        kind = kind_of_file(name)
        attachment = self.site.attachments.get(name)
        return {
            "url": self.url(addresses.of_attachment(name)),
            "kind": kind.name if kind else "File",
            "bytes": attachment.size if attachment else 0,
            "pages": None,
        }

    def source(self, review: Entry[Review]) -> View:
        """Where a finding comes from: the review in a line."""
        known = self._sources.get(review.slug)
        if known is None:
            record = review.record
            day = self.day(record.published)
            known = self._sources[review.slug] = {
                "title": record.title,
                "url": self.url(addresses.of_record("review", review.slug)),
                "number": record.number,
                "type_name": labels.REVIEW_TYPES[record.type],
                "published": day,
                "year": day[:4] if day else None,
            }
        return known

    def frame(
        self,
        path: str,
        title: str,
        *,
        description: str | None = None,
        trail: Sequence[tuple[str, str]] = (),
        entry: Entry[Any] | None = None,
        harm: bool = False,
        kind: str = "list",
        feeds: str | None = None,
        shows: Iterable[Entry[Any]] = (),
    ) -> View:
        """What the frame around a page needs.

        ``trail`` is (title, path) of the pages above it; ``harm`` asks for the urgent-help block; ``kind`` is a
        record's kind or one of ``labels.SCHEMA_TYPES``; ``feeds`` is the path whose own feeds the page offers;
        ``shows`` are the records whose content it gathers.
        """
        own = addresses.of_feeds(feeds) if feeds is not None else None
        state = self.site.unpublished.get((entry.kind, entry.slug)) if entry else None
        return {
            "title": title,
            "path": path,
            "url": self.url(path),
            "canonical": self.canonical(path),
            "description": description,
            "language": entry.record.language if entry else None,
            "breadcrumb": [{"title": name, "url": self.url(place)} for name, place in trail],
            "published": self.day(entry.record.published) if entry else None,
            "updated": self.day(entry.record.updated) if entry else None,
            "review_by": self.day(entry.record.review_by) if entry else None,
            "overdue": bool(entry and (entry.kind, entry.slug) in self.site.overdue),
            "version": self.version(entry, shows) if entry or shows else None,
            "unpublished": labels.STATES[state] if state else None,
            "harm": harm,
            "kind": kind,
            "schema": labels.SCHEMA_TYPES.get(kind, "CollectionPage"),
            "feeds": {"atom": self.url(own[0]), "json_feed": self.url(own[1])} if own else None,
            "share": self.url(addresses.of_share(kind, entry.slug)) if entry and _is_shared(kind, entry) else None,
        }


def _is_shared(kind: str, entry: Entry[Any]) -> bool:
    return kind in SHARED_KINDS and not (isinstance(entry.record, Review) and entry.record.is_signpost)


class Sheet(NamedTuple):
    """One page of a long list: its ``items``, its ``path``, and ``paging`` for the template (None for a single one)."""

    items: Sequence[Any]
    path: str
    paging: View | None


def in_sheets(viewer: Viewer, path: str, items: Sequence[ItemT], size: int) -> list[Sheet]:
    """A list in pages of ``size`` items; an empty list is one empty page."""
    count = max(1, math.ceil(len(items) / size))
    sheets = []
    for number in range(1, count + 1):
        start = (number - 1) * size
        paging = None
        if count > 1:
            paging = {
                "number": number,
                "of": count,
                "first": start + 1,
                "last": min(start + size, len(items)),
                "total": len(items),
                "previous": viewer.url(addresses.of_sheet(path, number - 1)) if number > 1 else None,
                "next": viewer.url(addresses.of_sheet(path, number + 1)) if number < count else None,
            }
        sheets.append(Sheet(items[start : start + size], addresses.of_sheet(path, number), paging))
    return sheets


def site_view(viewer: Viewer) -> View:
    """What every page of the website knows of the site as a whole."""
    site, config = viewer.site, viewer.site.config

    def pages(where: str) -> list[View]:
        entries = [entry for entry in site.pages if entry.record.navigation == where]
        entries.sort(key=lambda e: (e.record.order if e.record.order is not None else 10**9, e.record.title.casefold()))
        return [{"title": e.record.title, "url": viewer.url(addresses.of_record("page", e.slug))} for e in entries]

    sections = [
        ("Reviews", addresses.REVIEWS),
        ("Themes", addresses.THEMES),
        ("In my role", addresses.ROLES),
        ("Good practice", addresses.GOOD_PRACTICE),
        ("Briefings", addresses.BRIEFINGS),
        ("Actions", addresses.ACTIONS),
    ]
    more = [
        *([("Year reports", addresses.YEARS)] if site.years else []),
        ("Updates", addresses.UPDATES),
        ("Search and A to Z", addresses.SEARCH),
        ("Glossary", addresses.GLOSSARY),
        ("From other bodies", addresses.EXTERNAL),
        ("Open data", addresses.DATA),
        *([("Without a signal", addresses.OFFLINE)] if config.site.offline else []),
    ]
    organisation = config.organisation
    return {
        "title": config.site.title,
        "description": viewer.text(config.site.description),
        "language": config.site.language,
        "banner": viewer.text(config.site.banner),
        "base": viewer.base,
        "base_url": viewer.canonical(""),
        "home": viewer.url(addresses.HOME),
        "urls": {name: viewer.url(path) for name, path in _URLS.items()},
        "offline": config.site.offline,
        "search": viewer.url(addresses.SEARCH),
        "atom": viewer.url(addresses.ATOM_FEED),
        "json_feed": viewer.url(addresses.JSON_FEED),
        "navigation": [{"title": title, "url": viewer.url(path)} for title, path in sections] + pages("main"),
        "footer": [{"title": title, "url": viewer.url(path)} for title, path in more] + pages("footer"),
        "organisation": {
            "name": organisation.name,
            "short_name": organisation.short_name,
            "url": organisation.url,
            "logo": viewer.url(addresses.of_attachment(organisation.logo)) if organisation.logo else None,
            "email": organisation.email,
            "telephone": organisation.telephone,
        },
        "urgent_help": {
            "text": viewer.text(config.urgent_help.text),
            "contacts": [
                {"label": c.label, "telephone": c.telephone, "url": c.url} for c in config.urgent_help.contacts
            ],
        },
        "brand": {"colour": config.brand.colour, "accent": config.brand.accent},
        "paper": config.pdf.paper,
    }
