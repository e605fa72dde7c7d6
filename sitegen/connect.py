"""Connect: entries become a Site, in which every reference is resolved both ways.

``published(now)`` is decided here, once: a Site holds only what exists at its moment, and of a review only the edition
that its ``publication_mode`` publishes. So nothing that is made from it can show a draft, an embargoed, an expired or a
withdrawn record, or what a review withholds. Nothing here knows addresses, pages or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import chain
from typing import Any

from sitegen.config import Config
from sitegen.editions import published_entry
from sitegen.links import links_in
from sitegen.models import Briefing, External, Finding, Format, Ongoing, Page, Record, Review, Role, Term, Theme
from sitegen.moment import Moment, local_time_fault
from sitegen.parse import Document
from sitegen.problems import Problem, error
from sitegen.records import Entry, Library
from sitegen.references import Resolver, State
from sitegen.sources import FILES_FOLDER, Attachment
from sitegen.written_links import FILE_SIGNS, files_in_notice, files_named
from sitegen.years import ReportYear, year_of, years_from


@dataclass(frozen=True, eq=False, slots=True)
class ConnectedFinding:
    """A finding with its review, and what it inherits: without themes, agencies or roles of its own, its review's."""

    review: Entry[Review]
    finding: Finding
    themes: tuple[str, ...]
    agencies: tuple[str, ...]
    roles: tuple[str, ...]
    reference: str
    """``review#finding``."""


@dataclass(frozen=True, eq=False)
class Site:
    """Everything that exists at one moment, connected. Reviews are newest first; the rest by title.

    Every entry is the published edition of its record, except those of ``library``, which are for checks only.
    """

    config: Config
    reviews: tuple[Entry[Review], ...]
    themes: tuple[Entry[Theme], ...]
    roles: tuple[Entry[Role], ...]
    pages: tuple[Entry[Page], ...]
    briefings: tuple[Entry[Briefing], ...]
    withdrawn: tuple[Entry[Any], ...]
    agencies: Mapping[str, str]
    glossary: tuple[Term, ...]
    external: tuple[External, ...]
    ongoing: tuple[Ongoing, ...]
    """Reviews under way, also those that have ended since; oldest first."""
    years: Mapping[ReportYear, bool]
    """Every year in which a review was concluded, an action had its state or a review was under way, newest first, and
    whether it has ended."""
    findings: Mapping[str, ConnectedFinding]
    """By ``review#finding``, newest review first."""
    by_theme: Mapping[str, tuple[ConnectedFinding, ...]]
    by_role: Mapping[str, tuple[ConnectedFinding, ...]]
    seen_before: Mapping[str, tuple[ConnectedFinding, ...]]
    seen_again: Mapping[str, tuple[ConnectedFinding, ...]]
    """Later findings that name this one."""
    briefings_on: Mapping[str, tuple[Entry[Briefing], ...]]
    """Briefings by what they are about: a review's slug, ``review#finding`` or ``theme:slug``."""
    attachments: Mapping[str, Attachment]
    """Files that something published leads to, by name."""
    overdue: frozenset[tuple[str, str]]
    """(kind, slug) of records whose ``review_by`` has passed."""
    unpublished: Mapping[tuple[str, str], State]
    """Drafts and embargoed records that a preview shows, by (kind, slug); empty when publishing."""
    editions: Mapping[tuple[str, str], Entry[Any]]
    """Every entry that exists at this moment, by (kind, slug)."""
    library: Library
    """All entries, for checks only."""
    library_files: frozenset[str]
    """Names of all files in ``content/files``, for checks only."""
    states: Mapping[tuple[str, str], State]
    """The state of every entry, for checks only."""

    def forms(self, kind: str, slug: str) -> tuple[Format, ...]:
        """The PDFs of a record, or of ``everyone`` as a role, or of a year."""
        if kind == "briefing":
            formats = self.library.entries[kind][slug].record.formats
            return tuple(form for form in FORMS if form in formats)
        entry = self.editions.get((kind, slug))
        if kind == "page" or (kind == "review" and entry and entry.record.is_signpost):
            return ()
        return ("a4", "large-print") if self.config.pdf.large_print else ("a4",)

    def existing(self, kind: str, slugs: Iterable[str]) -> list[str]:
        """Those of the slugs whose records exist at this moment."""
        return [slug for slug in slugs if self.states.get((kind, slug)) == "published"]

    def published(self, kind: str, slug: str) -> Entry[Any] | None:
        """The entry when it exists at this moment."""
        return self.editions.get((kind, slug))


FORMS: tuple[Format, ...] = ("a4", "large-print", "booklet", "training-pack")


def state_of(record: Record, moment: Moment) -> State:
    """What a record is at a moment. Withdrawn comes before all: it stays withdrawn whatever its dates say."""
    if record.status == "withdrawn":
        return "withdrawn"
    if record.status == "draft":
        return "draft"
    if record.expires is not None and moment.reached(record.expires):
        return "expired"
    if record.published is not None and not moment.reached(record.published):
        return "embargoed"
    return "published"


def instant_of(value: date | datetime | None, zone: tzinfo) -> datetime:
    """A date or time as a comparable time; None comes before all."""
    if value is None:
        return datetime.min.replace(tzinfo=zone)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime.combine(value, time.min, zone)


def connect(
    library: Library,
    attachments: Mapping[str, Attachment],
    config: Config,
    config_document: Document,
    moment: Moment,
    preview: bool = False,
) -> tuple[Site, list[Problem]]:
    """The Site at ``moment``, and every reference that leads nowhere. ``preview`` shows drafts and embargoes too."""
    states: dict[tuple[str, str], State] = {}
    unpublished: dict[tuple[str, str], State] = {}
    for kind, entries in library.entries.items():
        for slug, entry in entries.items():
            state = state_of(entry.record, moment)
            if preview and state in ("draft", "embargoed"):
                unpublished[kind, slug] = state
                state = "published"
            states[kind, slug] = state
    files = {path[len(FILES_FOLDER) + 1 :]: file for path, file in attachments.items()}
    resolver = Resolver(library, states, files)
    problems = list(_time_problems(library, config.zone))
    for entry in _all_entries(library):
        problems += resolver.problems_of(entry)
    for entry in library.faulty:
        problems += resolver.problems_of(entry)
    problems += resolver.link_problems(
        config_document.path, config_document.text, links_in(config_document.text), config, published=True
    )
    if config.organisation.logo and config.organisation.logo not in files:
        place = config_document.locate(("organisation", "logo"))
        problems.append(resolver.unknown("file", config.organisation.logo, place))
    for special in (library.glossary, library.external, library.ongoing):
        problems += resolver.markdown_problems(special, published=True)
    problems += resolver.external_problems(library.external)
    return _site(library, files, config, moment, states, unpublished), problems


def _all_entries(library: Library) -> Iterator[Entry[Any]]:
    for entries in library.entries.values():
        yield from entries.values()


def _site(
    library: Library,
    files: Mapping[str, Attachment],
    config: Config,
    moment: Moment,
    states: Mapping[tuple[str, str], State],
    unpublished: Mapping[tuple[str, str], State],
) -> Site:
    editions = {
        (entry.kind, entry.slug): published_entry(entry)
        for entry in _all_entries(library)
        if states[entry.kind, entry.slug] == "published"
    }

    def existing(kind: str) -> list[Entry[Any]]:
        return [entry for entry in editions.values() if entry.kind == kind]

    def by_title(kind: str) -> tuple[Entry[Any], ...]:
        return tuple(sorted(existing(kind), key=lambda e: (e.record.title.casefold(), e.slug)))

    zone = config.zone
    reviews = sorted(existing("review"), key=lambda e: e.slug)
    reviews.sort(key=lambda e: (instant_of(e.record.published, zone), e.record.number or -1), reverse=True)
    briefings = sorted(existing("briefing"), key=lambda e: e.slug)
    briefings.sort(key=lambda e: instant_of(e.record.published, zone), reverse=True)
    links = _connected_findings(reviews, states)
    by_theme: dict[str, list[ConnectedFinding]] = {}
    by_role: dict[str, list[ConnectedFinding]] = {}
    seen_before: dict[str, tuple[ConnectedFinding, ...]] = {}
    seen_again: dict[str, list[ConnectedFinding]] = {}
    for reference, found in links.items():
        for theme in found.themes:
            by_theme.setdefault(theme, []).append(found)
        for role in found.roles:
            by_role.setdefault(role, []).append(found)
        earlier = tuple(links[r] for r in found.finding.seen_before if r in links)
        if earlier:
            seen_before[reference] = earlier
            for other in earlier:
                seen_again.setdefault(other.reference, []).append(found)
    overdue = {
        (e.kind, e.slug)
        for e in _all_entries(library)
        if states[e.kind, e.slug] == "published" and e.record.review_by and moment.over(e.record.review_by)
    }
    withdrawn = sorted((published_entry(e) for e in _all_entries(library) if states[_key(e)] == "withdrawn"), key=_key)
    named = _named_files(editions.values(), withdrawn, library, config)
    ongoing = sorted(library.ongoing.record.items, key=lambda item: (item.began, item.type))
    return Site(
        config=config,
        reviews=tuple(reviews),
        themes=by_title("theme"),
        roles=by_title("role"),
        pages=by_title("page"),
        briefings=tuple(briefings),
        withdrawn=tuple(withdrawn),
        agencies=library.agencies.record.names,
        glossary=tuple(sorted(library.glossary.record.terms, key=lambda t: t.term.casefold())),
        external=tuple(
            sorted(library.external.record.items, key=lambda x: (x.date or date.min, x.title), reverse=True)
        ),
        ongoing=tuple(ongoing),
        years=_years(reviews, ongoing, config, moment),
        findings=links,
        by_theme={theme: tuple(found) for theme, found in by_theme.items()},
        by_role={role: tuple(found) for role, found in by_role.items()},
        seen_before=seen_before,
        seen_again={reference: tuple(found) for reference, found in seen_again.items()},
        briefings_on=_briefings_on(briefings, editions, links),
        attachments={name: files[name] for name in sorted(named) if name in files},
        overdue=frozenset(overdue),
        unpublished=unpublished,
        editions=editions,
        library=library,
        library_files=frozenset(files),
        states=states,
    )


def day_concluded(review: Review, zone: tzinfo) -> date | None:
    """The day that decides to which year a review belongs."""
    return day_published(review, zone) if review.concluded is None else review.concluded


def day_published(review: Review, zone: tzinfo) -> date | None:
    """The day of publication in the site's zone."""
    published = review.published
    return instant_of(published, zone).astimezone(zone).date() if isinstance(published, datetime) else published


def _years(
    reviews: Iterable[Entry[Review]], ongoing: Iterable[Ongoing], config: Config, moment: Moment
) -> dict[ReportYear, bool]:
    first_month = config.year_report.first_month
    days: set[date | None] = {item.concluded for item in ongoing}
    for entry in reviews:
        days.add(day_concluded(entry.record, config.zone))
        for recommendation in entry.record.recommendations:
            days.update(action.status_date for action in recommendation.actions)
    years = {year_of(day, first_month) for day in days if day is not None}
    for item in ongoing:  # a review that is under way at the end of a year is in its report
        for year in years_from(item.began, first_month):
            if not moment.reached(year.first) or (item.concluded and item.concluded < year.first):
                break
            years.add(year)
    begun = [year for year in years if moment.reached(year.first)]
    return {year: moment.over(year.last) for year in sorted(begun, key=lambda year: year.first, reverse=True)}


def _key(entry: Entry[Any]) -> tuple[str, str]:
    return entry.kind, entry.slug


def _connected_findings(
    reviews: Iterable[Entry[Review]], states: Mapping[tuple[str, str], State]
) -> dict[str, ConnectedFinding]:
    there = {
        kind: {slug for (k, slug), state in states.items() if k == kind and state == "published"}
        for kind in ("theme", "role")
    }
    result: dict[str, ConnectedFinding] = {}
    for review in reviews:
        record = review.record
        for finding in record.findings:
            roles = tuple(dict.fromkeys((*finding.roles, *(r for r in finding.what_to_do if r != "everyone"))))
            found = ConnectedFinding(
                review,
                finding,
                tuple(slug for slug in finding.themes or record.themes if slug in there["theme"]),
                finding.agencies or record.agencies,
                tuple(slug for slug in roles or record.roles if slug in there["role"]),
                f"{review.slug}#{finding.id}",
            )
            result.setdefault(found.reference, found)
    return result


def _briefings_on(
    briefings: Iterable[Entry[Briefing]],
    editions: Mapping[tuple[str, str], Entry[Any]],
    findings: Mapping[str, ConnectedFinding],
) -> dict[str, tuple[Entry[Briefing], ...]]:
    """Briefings by what they are about; about a finding that isn't published, they are about its review."""
    found: dict[str, dict[str, Entry[Briefing]]] = {}
    for briefing in briefings:
        for reference in briefing.record.about:
            slug, _, anchor = reference.partition("#")
            withheld = anchor and reference not in findings and ("review", slug) in editions
            found.setdefault(slug if withheld else reference, {})[briefing.slug] = briefing
    return {reference: tuple(about.values()) for reference, about in found.items()}


def _named_files(
    shown: Iterable[Entry[Any]], withdrawn: Iterable[Entry[Any]], library: Library, config: Config
) -> set[str]:
    """Names of files that pages lead to; what stands in a comment or in a field that no page shows leads nobody."""
    names = {config.organisation.logo} if config.organisation.logo else set()
    names.update(files_named(config, config))
    for entry in shown:
        documents = isinstance(entry.record, Review) and entry.record.documents
        if documents or entry.mentions(*FILE_SIGNS):
            names.update(files_named(entry.record, config))
    for entry in withdrawn:
        names.update(files_in_notice(entry.record, config))
    lists = (library.glossary.record.terms, library.external.record.items, library.ongoing.record.items)
    for item in chain.from_iterable(lists):
        names.update(files_named(item, config))
    return names


def _time_problems(library: Library, zone: tzinfo) -> Iterator[Problem]:
    for entry in _all_entries(library):
        for name in ("published", "updated", "expires"):
            value = getattr(entry.record, name)
            if not isinstance(value, datetime) or value.tzinfo:
                continue
            why = local_time_fault(value, zone)
            if why == "impossible":
                message = f"There is no such time: on that day the clocks go forward past {value:%H:%M}."
                yield error("content/impossible-time", entry.place(name), message, "Choose a time an hour later.")
            elif why == "ambiguous":
                message = f"This time comes twice: on that day the clocks go back past {value:%H:%M}."
                hint = f"Say which one is meant: {value:%Y-%m-%d %H:%M}+01:00 or {value:%Y-%m-%d %H:%M}Z."
                yield error("content/ambiguous-time", entry.place(name), message, hint)
