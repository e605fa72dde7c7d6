"""Plan: which outputs a Site has. Each is an Artifact, the recipe of one output file.

An Artifact names its kind, its template and everything that the template may see; its key is the hash of all that. So
whether it must be made again is one question: does the store hold its key? There are two plans, since pages tell the
size of PDFs: first the print documents, then, with the facts of their PDFs, everything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from sitegen import addresses
from sitegen.artifacts import Artifact
from sitegen.connect import ConnectedFinding, Site
from sitegen.problems import Problem, error
from sitegen.records import Entry
from sitegen.sources import CONFIG_FILE, FILES_FOLDER
from sitegen.templates import Templates
from sitegen.views import labels, lists, records
from sitegen.views.common import PdfFacts, View, Viewer, in_sheets, site_view

REVIEWS_IN_A_SHEET = 50
FINDINGS_IN_A_SHEET = 50
RECOMMENDATIONS_IN_A_SHEET = 50
UPDATES_IN_A_SHEET = 100
FINDINGS_IN_A_DIGEST = 12


class Planner:
    """Collects artifacts, and keys each: kind, rendering code, template closure, the shared view, its own context."""

    def __init__(self, templates: Templates, code: str, shared: View) -> None:
        self._templates = templates
        self._base = f"{code}\0".encode()
        self._shared = hashlib.sha256(orjson.dumps(shared, option=orjson.OPT_SORT_KEYS)).hexdigest()
        self.shared = shared
        self.artifacts: list[Artifact] = []
        self._prefixes: dict[tuple[str, str], Any] = {}

    def add(self, file: str, kind: str, template: str, context: View, sources: Iterable[str]) -> None:
        """Plan one output."""
        prefix = self._prefixes.get((kind, template))
        if prefix is None:
            text = f"{kind}\0{template}\0{self._templates.closure_digest(template)}\0{self._shared}\0"
            prefix = self._prefixes[kind, template] = hashlib.sha256(self._base + text.encode())
        digest = prefix.copy()
        digest.update(orjson.dumps(context, option=orjson.OPT_SORT_KEYS))
        unique = tuple(dict.fromkeys(sources))
        self.artifacts.append(Artifact(file, kind, template, context, unique, digest.hexdigest()))


def plan_print(site: Site, templates: Templates, code: str) -> tuple[View, list[Artifact]]:
    """The shared view and the print HTML of every PDF; ``file`` is the PDF's."""
    viewer = Viewer(site, absolute=True)
    planner = Planner(templates, code, site_view(viewer))

    def add(entry: Entry[Any], template: str, name: str, view: View, sources: Iterable[str]) -> None:
        path = addresses.of_record(entry.kind, entry.slug)
        page = viewer.frame(path, entry.record.title, description=entry.record.summary, entry=entry, harm=True)
        page["document"] = name
        context = {"page": page, entry.kind: view}
        planner.add(addresses.of_pdf(entry.kind, entry.slug), "print", template, context, (entry.path, *sources))

    for review in site.reviews:
        add(review, "print/review.html", "Review briefing", records.review_view(viewer, review), ())
    for theme in site.themes:
        findings = _for_digest(site, site.by_theme.get(theme.slug, ()))
        view = records.theme_view(viewer, theme)
        view["findings"] = [
            {**records.finding_card(viewer, found), "what_to_do": records.what_to_do(viewer, found.finding)[:1]}
            for found in findings
        ]
        add(theme, "print/theme.html", "Theme digest", view, _paths(findings))
    for briefing in site.briefings:
        if "a4" in briefing.record.formats:
            findings = records.findings_about(viewer, briefing)
            view = records.briefing_view(viewer, briefing)
            add(briefing, "print/briefing.html", "Briefing", view, _paths(findings))
    return planner.shared, planner.artifacts


def _for_digest(site: Site, findings: Iterable[ConnectedFinding]) -> list[ConnectedFinding]:
    """The findings that a digest has room for: those that recur first, then the newest."""
    ranked = sorted(findings, key=lambda found: found.reference not in site.seen_before)
    return ranked[:FINDINGS_IN_A_DIGEST]


def _paths(findings: Iterable[ConnectedFinding]) -> Iterator[str]:
    return (found.review.path for found in findings)


def plan_site(
    site: Site, templates: Templates, code: str, facts: Mapping[str, PdfFacts]
) -> tuple[View, list[Artifact]]:
    """The shared view and everything but the PDFs."""
    web = _WebPlan(site, templates, code, facts)
    web.home()
    web.reviews()
    web.themes()
    web.roles()
    web.good_practice()
    web.briefings()
    web.actions()
    web.updates()
    web.pages()
    web.notices()
    web.data()
    web.copies()
    return web.planner.shared, web.planner.artifacts


class _WebPlan:
    def __init__(self, site: Site, templates: Templates, code: str, facts: Mapping[str, PdfFacts]) -> None:
        self.site = site
        self.templates = templates
        self.viewer = Viewer(site, facts)
        shared = site_view(self.viewer)
        shared["preview"] = bool(site.unpublished)
        self.planner = Planner(templates, code, shared)
        self.indexed: list[tuple[str, Entry[Any] | None]] = []
        self.reviews_paths = [entry.path for entry in site.reviews]

    def page(self, template: str, page: View, context: View, sources: Iterable[str], entry: Entry[Any] | None = None) -> None:
        self.planner.add(addresses.file_of(page["path"]), "page", template, {"page": page, **context}, sources)
        if page["path"] != addresses.NOT_FOUND:
            self.indexed.append((page["path"], entry))

    def record(self, entry: Entry[Any], template: str, view: View, sources: Iterable[str], trail: str) -> None:
        path = addresses.of_record(entry.kind, entry.slug)
        above = [(trail, addresses.FOLDERS[entry.kind])] if trail else []
        harm = entry.kind in ("review", "briefing", "theme", "role")
        frame = self.viewer.frame(
            path, entry.record.title, description=entry.record.summary, trail=above, entry=entry, harm=harm
        )
        name = "content" if entry.kind == "page" else entry.kind  # "page" is the frame
        self.page(template, frame, {name: view}, (entry.path, *sources), entry)

    def home(self) -> None:
        config = self.site.config.site
        frame = self.viewer.frame(addresses.HOME, config.title, description=config.description, harm=True)
        everything = [e.path for group in (self.site.reviews, self.site.themes, self.site.roles) for e in group]
        briefings = [e.path for e in self.site.briefings]
        self.page("pages/home.html", frame, lists.home_view(self.viewer), [CONFIG_FILE, *everything, *briefings])

    def reviews(self) -> None:
        site, viewer = self.site, self.viewer
        external = [records.external_view(viewer, item) for item in site.external]
        for sheet in in_sheets(viewer, addresses.REVIEWS, site.reviews, REVIEWS_IN_A_SHEET):
            context = {
                "reviews": [records.review_card(viewer, entry) for entry in sheet.items],
                "total": len(site.reviews),
                "external": external if sheet.path == addresses.REVIEWS else [],
                "paging": sheet.paging,
            }
            frame = viewer.frame(sheet.path, _titled("Reviews", sheet.paging))
            sources = [*(e.path for e in sheet.items), "content/external.yaml"]
            self.page("pages/reviews.html", frame, context, sources)
        for entry in site.reviews:
            view = records.review_view(viewer, entry)
            related = [other.path for slug in entry.record.related if (other := site.published("review", slug))]
            self.record(entry, "pages/review.html", view, related, "Reviews")

    def themes(self) -> None:
        site, viewer = self.site, self.viewer
        context: View = {"themes": [records.theme_card(viewer, entry) for entry in site.themes]}
        frame = viewer.frame(addresses.THEMES, "Themes")
        self.page("pages/themes.html", frame, context, [e.path for e in site.themes] + self.reviews_paths)
        for entry in site.themes:
            path, head = addresses.of_record("theme", entry.slug), records.theme_view(viewer, entry)
            for sheet in in_sheets(viewer, path, site.by_theme.get(entry.slug, ()), FINDINGS_IN_A_SHEET):
                cards = [records.finding_card(viewer, found) for found in sheet.items]
                view = {**head, "findings": cards, "paging": sheet.paging}
                sources = (entry.path, *_paths(sheet.items))
                self._sheet(entry, "pages/theme.html", view, sources, "Themes", sheet.path, sheet.paging)

    def roles(self) -> None:
        site, viewer = self.site, self.viewer
        everyone = [found for found in site.findings.values() if "everyone" in found.finding.what_to_do]
        context: View = {
            "roles": [records.role_card(viewer, entry) for entry in site.roles],
            "everyone": {"url": viewer.url(addresses.EVERYONE), "findings": len(everyone)},
        }
        frame = viewer.frame(addresses.ROLES, "In my role")
        self.page("pages/roles.html", frame, context, [e.path for e in site.roles] + self.reviews_paths)
        for entry in site.roles:
            path, head = addresses.of_record("role", entry.slug), records.role_view(viewer, entry)
            for sheet in in_sheets(viewer, path, site.by_role.get(entry.slug, ()), FINDINGS_IN_A_SHEET):
                cards = [records.to_do_card(viewer, found, entry.slug) for found in sheet.items]
                view = {**head, "findings": cards, "paging": sheet.paging}
                sources = (entry.path, *_paths(sheet.items))
                self._sheet(entry, "pages/role.html", view, sources, "In my role", sheet.path, sheet.paging)
        head = records.everyone_view(viewer, everyone)
        for sheet in in_sheets(viewer, addresses.EVERYONE, everyone, FINDINGS_IN_A_SHEET):
            cards = [records.to_do_card(viewer, found, "everyone") for found in sheet.items]
            view = {**head, "findings": cards, "paging": sheet.paging}
            trail = [("In my role", addresses.ROLES)]
            frame = viewer.frame(sheet.path, _titled("Everyone", sheet.paging), trail=trail, harm=True)
            self.page("pages/role.html", frame, {"role": view}, tuple(_paths(sheet.items)))

    def _sheet(
        self, entry: Entry[Any], template: str, view: View, sources: Iterable[str], trail: str, path: str, paging: View | None
    ) -> None:
        """One page of a theme's or role's list of findings; the first is the record's own page."""
        if path == addresses.of_record(entry.kind, entry.slug):
            self.record(entry, template, view, sources, trail)
            return
        above = [(trail, addresses.FOLDERS[entry.kind])]
        title = _titled(entry.record.title, paging)
        frame = self.viewer.frame(path, title, trail=above, entry=entry, harm=True)
        self.page(template, frame, {entry.kind: view}, sources)

    def good_practice(self) -> None:
        viewer = self.viewer
        good = [found for found in self.site.findings.values() if found.finding.kind == "good-practice"]
        for sheet in in_sheets(viewer, addresses.GOOD_PRACTICE, good, FINDINGS_IN_A_SHEET):
            context = {
                "findings": [
                    {**records.finding_card(viewer, found), "themes": viewer.links("theme", found.themes)}
                    for found in sheet.items
                ],
                "total": len(good),
                "paging": sheet.paging,
            }
            frame = viewer.frame(sheet.path, _titled("Good practice", sheet.paging), harm=True)
            self.page("pages/good-practice.html", frame, context, tuple(_paths(sheet.items)))

    def briefings(self) -> None:
        site, viewer = self.site, self.viewer
        context = {"briefings": [records.briefing_card(viewer, entry) for entry in site.briefings]}
        frame = viewer.frame(addresses.BRIEFINGS, "Briefings")
        self.page("pages/briefings.html", frame, context, [e.path for e in site.briefings])
        for entry in site.briefings:
            view = records.briefing_view(viewer, entry)
            sources = _paths(records.findings_about(viewer, entry))
            self.record(entry, "pages/briefing.html", view, sources, "Briefings")

    def actions(self) -> None:
        viewer = self.viewer
        items = lists.recommendations(viewer)
        counts = lists.action_counts(viewer)
        for sheet in in_sheets(viewer, addresses.ACTIONS, items, RECOMMENDATIONS_IN_A_SHEET):
            context = {"recommendations": sheet.items, "counts": counts, "total": len(items), "paging": sheet.paging}
            context["csv"] = viewer.url(addresses.ACTIONS_CSV)
            frame = viewer.frame(sheet.path, _titled("Actions", sheet.paging))
            self.page("pages/actions.html", frame, context, self.reviews_paths)

    def updates(self) -> None:
        viewer = self.viewer
        sources = [*self.reviews_paths, *(e.path for e in self.site.briefings)]
        for sheet in in_sheets(viewer, addresses.UPDATES, lists.updates(viewer), UPDATES_IN_A_SHEET):
            frame = viewer.frame(sheet.path, _titled("Updates", sheet.paging))
            self.page("pages/updates.html", frame, {"updates": sheet.items, "paging": sheet.paging}, sources)

    def pages(self) -> None:
        viewer = self.viewer
        for entry in self.site.pages:
            self.record(entry, "pages/page.html", records.page_view(viewer, entry), (), "")
        frame = viewer.frame(addresses.SEARCH, "A to Z")
        letters = {"letters": lists.index_letters(viewer)}
        everything = [e.path for group in (self.site.themes, self.site.roles, self.site.pages) for e in group]
        self.page("pages/search.html", frame, letters, [*self.reviews_paths, *everything])
        frame = viewer.frame(addresses.GLOSSARY, "Glossary")
        self.page("pages/glossary.html", frame, {"terms": lists.glossary(viewer)}, ["content/glossary.yaml"])
        frame = viewer.frame(addresses.NOT_FOUND, "Page not found")
        self.page("pages/not-found.html", frame, {}, [CONFIG_FILE])

    def notices(self) -> None:
        """What stands at the address of a withdrawn record, and at old addresses."""
        viewer, site = self.viewer, self.site
        for entry in site.withdrawn:
            path = addresses.of_record(entry.kind, entry.slug)
            kind = labels.RECORD_KINDS[entry.kind].lower()
            frame = viewer.frame(path, f"This {kind} has been withdrawn")
            context = {"note": viewer.text(entry.record.change_note), "date": viewer.day(entry.record.updated), "kind_name": kind}
            file = addresses.file_of(path)
            self.planner.add(file, "page", "pages/withdrawn.html", {"page": frame, **context}, (entry.path,))
        for group in (site.reviews, site.themes, site.roles, site.briefings, site.pages):
            for entry in group:
                for alias in entry.record.aliases:
                    target = addresses.of_record(entry.kind, entry.slug)
                    view = {"title": entry.record.title, "url": viewer.url(target), "canonical": viewer.canonical(target)}
                    self.planner.add(alias_file(alias), "page", "pages/moved.html", {"page": view}, (entry.path,))

    def data(self) -> None:
        absolute = Viewer(self.site, absolute=True)
        add, everything = self.planner.add, self.reviews_paths
        changing = [*everything, *(e.path for e in self.site.briefings)]
        feed = lists.feed(absolute)
        add(addresses.ATOM_FEED, "text", "feed.xml", {"feed": feed}, changing)
        add(addresses.JSON_FEED, "json", "feed", feed, changing)
        self.indexed.sort(key=lambda item: item[0])
        add(addresses.SITEMAP, "text", "sitemap.xml", lists.sitemap(absolute, self.indexed), changing)
        add(addresses.ROBOTS, "text", "robots.txt", {"sitemap": absolute.url(addresses.SITEMAP)}, [CONFIG_FILE])
        add(addresses.REVIEWS_JSON, "json", "plain", lists.reviews_data(absolute), everything)
        add(addresses.FINDINGS_CSV, "csv", "table", lists.findings_rows(absolute), everything)
        add(addresses.ACTIONS_CSV, "csv", "table", lists.actions_rows(absolute), everything)

    def copies(self) -> None:
        for name in self.templates.assets:
            file, source = f"{addresses.ASSETS}{name}", f"templates/assets/{name}"
            if name.endswith(".j2"):  # a template itself: the brand's colours come from the configuration
                self.planner.add(file.removesuffix(".j2"), "text", f"assets/{name}", {}, [source, CONFIG_FILE])
            else:
                self.planner.add(file, "copy", f"assets/{name}", {}, [source])
        for name, attachment in self.site.attachments.items():
            context = {"digest": attachment.digest, "location": name}
            source = f"{FILES_FOLDER}/{name}"
            self.planner.add(f"{addresses.FILES}{name}", "attachment", "", context, [source])


def _titled(title: str, paging: View | None) -> str:
    """A title that is unique for each sheet of a list."""
    return f"{title}, page {paging['number']}" if paging and paging["number"] > 1 else title


def alias_file(alias: str) -> str:
    """The output file that answers an old address."""
    last = alias.rsplit("/", 1)[-1]
    return alias if last.endswith((".html", ".htm")) else f"{alias}/index.html"


def clashes(artifacts: Iterable[Artifact], place: Any) -> list[Problem]:
    """Outputs that would have one address, also when only capitals differ. ``place`` gives a source's Place."""
    taken: dict[str, Artifact] = {}
    folders: dict[str, Artifact] = {}
    problems = []
    for artifact in artifacts:
        file = artifact.file.casefold()
        other = taken.setdefault(file, artifact)
        if other is artifact:
            other = folders.get(file) or next((taken[f] for f in _parents(file) if f in taken), artifact)
        for folder in _parents(file):
            folders.setdefault(folder, artifact)
        if other is not artifact:
            address = "/" + addresses.path_of(artifact.file)
            theirs = f"'{other.sources[0]}'" if other.sources and len(other.sources) == 1 else "another page of the site"
            message = f"This would be published at {address}, where {theirs} is published already."
            hint = "Rename one of the files, or take the old address out of 'aliases'."
            source = artifact.sources[0] if artifact.sources else CONFIG_FILE
            problems.append(error("content/same-address", place(source), message, hint))
    return problems


def _parents(file: str) -> Iterator[str]:
    while "/" in file:
        file = file.rsplit("/", 1)[0]
        yield file
