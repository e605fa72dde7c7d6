"""Plan: which outputs a Site has. Each is an Artifact, the recipe of one output file.

An Artifact names its kind, its template and everything that the template may see; its key is the hash of all that. So
whether it must be made again is one question: does the store hold its key? There are two plans, since pages tell the
size of PDFs: first the print documents, then, with the facts of their PDFs, everything else.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any

import orjson

from sitegen import addresses
from sitegen.artifacts import Artifact, Output
from sitegen.connect import ConnectedFinding, Site
from sitegen.models import Format
from sitegen.problems import Place, Problem, error
from sitegen.records import Entry
from sitegen.sources import CONFIG_FILE
from sitegen.templates import Templates
from sitegen.views import labels, records
from sitegen.views.common import View, Viewer, site_view
from sitegen.views.training import pack_view
from sitegen.views.year_records import years_of
from sitegen.views.years import year_frame, year_view

FINDINGS_IN_A_DIGEST = 20
PACK: Format = "training-pack"
"""A form with a document of its own; the others are one document, laid out in several ways."""


class Plan(ABC):
    """A ``shared`` view and the artifacts that have it in common.

    Artifacts come one by one, so that rendering begins with the first and no more than a few contexts exist at a time.
    """

    def __init__(self, templates: Templates, code: str, shared: View) -> None:
        self.shared = shared
        self._templates = templates
        digest = hashlib.sha256(orjson.dumps(shared, option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._base = f"{code}\0{digest}"
        self._prefixes: dict[tuple[str, str], Any] = {}

    @abstractmethod
    def artifacts(self) -> Iterator[Artifact]:
        """Every artifact of this plan, in the same order each time."""

    def artifact(self, file: str, kind: str, template: str, context: View, sources: Iterable[str]) -> Artifact:
        """One output, keyed by kind, rendering code, template with all that it includes, shared view and context."""
        prefix = self._prefixes.get((kind, template))
        if prefix is None:
            text = f"{self._base}\0{kind}\0{template}\0{self._templates.closure_digest(template)}\0"
            prefix = self._prefixes[kind, template] = hashlib.sha256(text.encode())
        digest = prefix.copy()
        digest.update(orjson.dumps(context, option=orjson.OPT_SORT_KEYS))
        return Artifact(file, kind, template, context, tuple(dict.fromkeys(sources)), digest.hexdigest())


class PrintPlan(Plan):
    """The print HTML of every PDF; ``file`` is the PDF's."""

    def __init__(self, site: Site, templates: Templates, code: str) -> None:
        self.site = site
        self.viewer = Viewer(site, absolute=True)
        super().__init__(templates, code, site_view(self.viewer))

    def artifacts(self) -> Iterator[Artifact]:
        """Every document of reviews, themes, roles, briefings and years."""
        site, viewer = self.site, self.viewer
        for review in site.reviews:
            yield from self._documents(review, "print/review.html", records.review_view(viewer, review))
        for theme in site.themes:
            everything = site.by_theme.get(theme.slug, ())
            place = {found.reference: number for number, found in enumerate(everything)}
            view = records.theme_view(viewer, theme)
            view["findings"] = [
                {**records.finding_card(viewer, found), "place": place[found.reference]}
                for found in _for_digest(site, everything)
            ]
            yield from self._documents(theme, "print/theme.html", view, everything)
        for role in site.roles:
            found = site.by_role.get(role.slug, ())
            view = {
                **records.role_view(viewer, role),
                "findings": [records.to_do_card(viewer, one, role.slug) for one in found],
            }
            yield from self._documents(role, "print/role.html", view, found)
        yield from self._everyone()
        for briefing in site.briefings:
            view = records.briefing_view(viewer, briefing)
            findings = records.findings_about(viewer, briefing)
            yield from self._documents(briefing, "print/briefing.html", view, findings)
            if PACK in site.forms("briefing", briefing.slug):
                yield self._training_pack(briefing, findings)
        for year in years_of(site):
            context = {"year": year_view(viewer, year)}
            frame = year_frame(viewer, year)
            yield from self._forms("year", year.name, "print/year.html", frame, context, year.sources, None)

    def _everyone(self) -> Iterator[Artifact]:
        """The sheet of what everyone is to do, as if everyone were a role."""
        viewer = self.viewer
        found = records.findings_for_everyone(self.site)
        view = {
            **records.everyone_view(viewer, found),
            "findings": [records.to_do_card(viewer, one, "everyone") for one in found],
        }
        shows = list({one.review.slug: one.review for one in found}.values())
        frame = viewer.frame(addresses.EVERYONE, "Everyone", harm=True, shows=shows)
        yield from self._forms("role", "everyone", "print/role.html", frame, {"role": view}, paths_of(found), None)

    def _documents(
        self, entry: Entry[Any], template: str, view: View, findings: Iterable[ConnectedFinding] = ()
    ) -> Iterator[Artifact]:
        """Every form of a record's document, which shows ``findings`` of reviews."""
        found = list(findings)
        path = addresses.of_record(entry.kind, entry.slug)
        # A digest or a sheet is as new as the newest review in it; a briefing has a version of its own.
        shows = list({one.review.slug: one.review for one in found}.values()) if entry.kind != "briefing" else ()
        title, summary = entry.record.title, entry.record.summary
        frame = self.viewer.frame(path, title, description=summary, entry=entry, harm=True, shows=shows)
        sources = (entry.path, *paths_of(found))
        yield from self._forms(entry.kind, entry.slug, template, frame, {entry.kind: view}, sources, entry)

    def _forms(
        self,
        kind: str,
        slug: str,
        template: str,
        frame: View,
        view: View,
        sources: Iterable[str],
        entry: Entry[Any] | None,
    ) -> Iterator[Artifact]:
        sources = tuple(sources) or (CONFIG_FILE,)
        for form in self.site.forms(kind, slug):
            if form != PACK:
                page = self._frame_on_paper(kind, slug, form, frame, entry)
                path = addresses.of_pdf(kind, slug, form)
                yield self.artifact(path, "print", template, {"page": page, **view}, sources)

    def _training_pack(self, entry: Entry[Any], findings: Iterable[ConnectedFinding]) -> Artifact:
        """The pack of a briefing's session; the page that says the same is one of its own."""
        path = addresses.of_training(entry.slug)
        title, summary = entry.record.title, entry.record.summary
        frame = self.viewer.frame(path, title, description=summary, entry=entry, harm=True)
        page = self._frame_on_paper("briefing", entry.slug, PACK, frame, entry)
        page.update(document=labels.DOCUMENT_FORMS[PACK], document_form="")
        context = {"page": page, "pack": pack_view(self.viewer, entry)}
        sources = (entry.path, *paths_of(findings))
        pdf = addresses.of_pdf("briefing", entry.slug, PACK)
        return self.artifact(pdf, "print", "print/training-pack.html", context, sources)

    def _frame_on_paper(self, kind: str, slug: str, form: Format, frame: View, entry: Entry[Any] | None) -> View:
        """The frame of a page with what only paper tells."""
        viewer = self.viewer
        return {
            **frame,
            "document": labels.DOCUMENTS[kind],
            "form": form,
            "document_form": labels.DOCUMENT_FORMS[form],
            "address": viewer.address(frame["path"], entry if form != PACK else None),
            "current_url": f"{frame['canonical']}#{addresses.VERSION_ANCHOR}",
            "formats": [
                {
                    "name": labels.DOCUMENT_FORMS[other] or "A4",
                    "url": viewer.url(addresses.of_pdf(kind, slug, other)),
                }
                for other in self.site.forms(kind, slug)
                if other != form
            ],
        }


def _for_digest(site: Site, findings: Iterable[ConnectedFinding]) -> list[ConnectedFinding]:
    """The findings that a digest has room for, the most needed first.

    The kinds take turns, so that what worked well neither is pushed out nor pushes out; within a kind those that recur
    come first, then the newest.
    """
    kinds: dict[str, list[ConnectedFinding]] = {kind: [] for kind in labels.FINDING_SECTIONS}
    recurring = site.seen_before.keys() | site.seen_again.keys()
    for found in sorted(findings, key=lambda one: one.reference not in recurring):
        kinds[found.finding.kind].append(found)
    turns = zip_longest(*kinds.values())
    return [found for turn in turns for found in turn if found is not None][:FINDINGS_IN_A_DIGEST]


def paths_of(findings: Iterable[ConnectedFinding]) -> Iterator[str]:
    """The files of the reviews in which findings stand."""
    return (found.review.path for found in findings)


def clashes(outputs: Iterable[Output], place: Callable[[str], Place]) -> list[Problem]:
    """Outputs that would have one address, also when only capitals differ. ``place`` gives a source's Place."""
    taken: dict[str, Output] = {}
    folders: dict[str, Output] = {}
    problems = []
    for output in outputs:
        file = output.file.casefold()
        other = taken.setdefault(file, output)
        if other is output:
            other = folders.get(file) or next((taken[f] for f in _parents(file) if f in taken), output)
        for folder in _parents(file):
            folders.setdefault(folder, output)
        if other is not output:
            address = "/" + addresses.path_of(output.file)
            theirs = (
                f"'{other.sources[0]}'" if other.sources and len(other.sources) == 1 else "another page of the site"
            )
            message = f"This would be published at {address}, where {theirs} is published already."
            hint = "Rename one of the files, or take the old address out of 'aliases'."
            source = output.sources[0] if output.sources else CONFIG_FILE
            problems.append(error("content/same-address", place(source), message, hint))
    return problems


def _parents(file: str) -> Iterator[str]:
    while "/" in file:
        file = file.rsplit("/", 1)[0]
        yield file
