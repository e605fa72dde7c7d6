"""Plan: which outputs a Site has. Each is an Artifact, the recipe of one output file.

An Artifact names its kind, its template and everything that the template may see; its key is the hash of all that. So
whether it must be made again is one question: does the store hold its key? There are two plans, since pages tell the
size of PDFs: first the print documents, then, with the facts of their PDFs, everything else.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from sitegen import addresses
from sitegen.artifacts import Artifact, Output
from sitegen.connect import ConnectedFinding, Site
from sitegen.problems import Place, Problem, error
from sitegen.records import Entry
from sitegen.sources import CONFIG_FILE
from sitegen.templates import Templates
from sitegen.views import records
from sitegen.views.common import View, Viewer, site_view

FINDINGS_IN_A_DIGEST = 12


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
        """Reviews, themes, briefings."""
        site, viewer = self.site, self.viewer
        for review in site.reviews:
            view = records.review_view(viewer, review)
            yield self._document(review, "print/review.html", "Review briefing", view, ())
        for theme in site.themes:
            findings = _for_digest(site, site.by_theme.get(theme.slug, ()))
            view = records.theme_view(viewer, theme)
            view["findings"] = [
                {**records.finding_card(viewer, found), "what_to_do": records.what_to_do(viewer, found)[:1]}
                for found in findings
            ]
            yield self._document(theme, "print/theme.html", "Theme digest", view, paths_of(findings))
        for briefing in site.briefings:
            if "a4" in briefing.record.formats:
                findings = records.findings_about(viewer, briefing)
                view = records.briefing_view(viewer, briefing)
                yield self._document(briefing, "print/briefing.html", "Briefing", view, paths_of(findings))

    def _document(self, entry: Entry[Any], template: str, name: str, view: View, sources: Iterable[str]) -> Artifact:
        path = addresses.of_record(entry.kind, entry.slug)
        page = self.viewer.frame(path, entry.record.title, description=entry.record.summary, entry=entry, harm=True)
        page["document"] = name
        context = {"page": page, entry.kind: view}
        return self.artifact(
            addresses.of_pdf(entry.kind, entry.slug), "print", template, context, (entry.path, *sources)
        )


def _for_digest(site: Site, findings: Iterable[ConnectedFinding]) -> list[ConnectedFinding]:
    """The findings that a digest has room for: those that recur first, then the newest."""
    ranked = sorted(findings, key=lambda found: found.reference not in site.seen_before)
    return ranked[:FINDINGS_IN_A_DIGEST]


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
