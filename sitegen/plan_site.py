"""Plan the website: every address of the content model, from the connected Site and the facts of its PDFs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sitegen import addresses
from sitegen.artifacts import Artifact
from sitegen.connect import Site
from sitegen.plan import Plan, paths_of
from sitegen.records import Entry
from sitegen.sources import CONFIG_FILE, FILES_FOLDER
from sitegen.templates import Templates
from sitegen.views import labels, lists, records
from sitegen.views.common import PdfFacts, View, Viewer, in_sheets, site_view

REVIEWS_IN_A_SHEET = 50
FINDINGS_IN_A_SHEET = 50
RECOMMENDATIONS_IN_A_SHEET = 50
UPDATES_IN_A_SHEET = 100


class SitePlan(Plan):
    """Everything but the PDFs, whose ``facts`` the pages tell."""

    def __init__(self, site: Site, templates: Templates, code: str, facts: Mapping[str, PdfFacts]) -> None:
        self.site = site
        self.templates = templates
        self.viewer = Viewer(site, facts)
        super().__init__(templates, code, {**site_view(self.viewer), "preview": bool(site.unpublished)})
        self.indexed: list[tuple[str, Entry[Any] | None]] = []
        self.reviews_paths = [entry.path for entry in site.reviews]

    def artifacts(self) -> Iterator[Artifact]:
        """The large data files first, so that they are made meanwhile; the sitemap after the pages that it lists."""
        yield from self._data()
        yield from self._home()
        yield from self._reviews()
        yield from self._themes()
        yield from self._roles()
        yield from self._good_practice()
        yield from self._briefings()
        yield from self._actions()
        yield from self._updates()
        yield from self._pages()
        yield from self._notices()
        yield from self._feeds()
        yield from self._copies()

    def _page(
        self, template: str, page: View, context: View, sources: Iterable[str], entry: Entry[Any] | None = None
    ) -> Artifact:
        if page["path"] != addresses.NOT_FOUND:
            self.indexed.append((page["path"], entry))
        return self.artifact(addresses.file_of(page["path"]), "page", template, {"page": page, **context}, sources)

    def _record(self, entry: Entry[Any], template: str, view: View, sources: Iterable[str], trail: str) -> Artifact:
        path = addresses.of_record(entry.kind, entry.slug)
        above = [(trail, addresses.FOLDERS[entry.kind])] if trail else []
        harm = entry.kind in ("review", "briefing", "theme", "role")
        frame = self.viewer.frame(
            path, entry.record.title, description=entry.record.summary, trail=above, entry=entry, harm=harm
        )
        name = "content" if entry.kind == "page" else entry.kind  # "page" is the frame
        return self._page(template, frame, {name: view}, (entry.path, *sources), entry)

    def _home(self) -> Iterator[Artifact]:
        config = self.site.config.site
        frame = self.viewer.frame(addresses.HOME, config.title, description=config.description, harm=True)
        everything = [e.path for group in (self.site.reviews, self.site.themes, self.site.roles) for e in group]
        briefings = [e.path for e in self.site.briefings]
        yield self._page("pages/home.html", frame, lists.home_view(self.viewer), [CONFIG_FILE, *everything, *briefings])

    def _reviews(self) -> Iterator[Artifact]:
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
            yield self._page("pages/reviews.html", frame, context, sources)
        for entry in site.reviews:
            view = records.review_view(viewer, entry)
            related = [other.path for slug in entry.record.related if (other := site.published("review", slug))]
            yield self._record(entry, "pages/review.html", view, related, "Reviews")

    def _themes(self) -> Iterator[Artifact]:
        site, viewer = self.site, self.viewer
        context: View = {"themes": [records.theme_card(viewer, entry) for entry in site.themes]}
        frame = viewer.frame(addresses.THEMES, "Themes")
        yield self._page("pages/themes.html", frame, context, [e.path for e in site.themes] + self.reviews_paths)
        for entry in site.themes:
            path, head = addresses.of_record("theme", entry.slug), records.theme_view(viewer, entry)
            for sheet in in_sheets(viewer, path, site.by_theme.get(entry.slug, ()), FINDINGS_IN_A_SHEET):
                cards = [records.finding_card(viewer, found) for found in sheet.items]
                view = {**head, "findings": cards, "paging": sheet.paging}
                sources = (entry.path, *paths_of(sheet.items))
                yield self._sheet(entry, "pages/theme.html", view, sources, "Themes", sheet.path, sheet.paging)

    def _roles(self) -> Iterator[Artifact]:
        site, viewer = self.site, self.viewer
        everyone = [found for found in site.findings.values() if "everyone" in found.finding.what_to_do]
        context: View = {
            "roles": [records.role_card(viewer, entry) for entry in site.roles],
            "everyone": {"url": viewer.url(addresses.EVERYONE), "findings": len(everyone)},
        }
        frame = viewer.frame(addresses.ROLES, "In my role")
        yield self._page("pages/roles.html", frame, context, [e.path for e in site.roles] + self.reviews_paths)
        for entry in site.roles:
            path, head = addresses.of_record("role", entry.slug), records.role_view(viewer, entry)
            for sheet in in_sheets(viewer, path, site.by_role.get(entry.slug, ()), FINDINGS_IN_A_SHEET):
                cards = [records.to_do_card(viewer, found, entry.slug) for found in sheet.items]
                view = {**head, "findings": cards, "paging": sheet.paging}
                sources = (entry.path, *paths_of(sheet.items))
                yield self._sheet(entry, "pages/role.html", view, sources, "In my role", sheet.path, sheet.paging)
        head = records.everyone_view(viewer, everyone)
        for sheet in in_sheets(viewer, addresses.EVERYONE, everyone, FINDINGS_IN_A_SHEET):
            cards = [records.to_do_card(viewer, found, "everyone") for found in sheet.items]
            view = {**head, "findings": cards, "paging": sheet.paging}
            trail = [("In my role", addresses.ROLES)]
            if sheet.path != addresses.EVERYONE:
                trail.append(("Everyone", addresses.EVERYONE))
            frame = viewer.frame(sheet.path, _titled("Everyone", sheet.paging), trail=trail, harm=True)
            yield self._page("pages/role.html", frame, {"role": view}, tuple(paths_of(sheet.items)))

    def _sheet(
        self,
        entry: Entry[Any],
        template: str,
        view: View,
        sources: Iterable[str],
        trail: str,
        path: str,
        paging: View | None,
    ) -> Artifact:
        """One page of a theme's or role's list of findings; the first is the record's own page."""
        own = addresses.of_record(entry.kind, entry.slug)
        if path == own:
            return self._record(entry, template, view, sources, trail)
        above = [(trail, addresses.FOLDERS[entry.kind]), (entry.record.title, own)]
        title = _titled(entry.record.title, paging)
        frame = self.viewer.frame(path, title, trail=above, entry=entry, harm=True)
        return self._page(template, frame, {entry.kind: view}, sources)

    def _good_practice(self) -> Iterator[Artifact]:
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
            yield self._page("pages/good-practice.html", frame, context, tuple(paths_of(sheet.items)))

    def _briefings(self) -> Iterator[Artifact]:
        site, viewer = self.site, self.viewer
        context = {"briefings": [records.briefing_card(viewer, entry) for entry in site.briefings]}
        frame = viewer.frame(addresses.BRIEFINGS, "Briefings")
        yield self._page("pages/briefings.html", frame, context, [e.path for e in site.briefings])
        for entry in site.briefings:
            view = records.briefing_view(viewer, entry)
            sources = paths_of(records.findings_about(viewer, entry))
            yield self._record(entry, "pages/briefing.html", view, sources, "Briefings")

    def _actions(self) -> Iterator[Artifact]:
        viewer = self.viewer
        items = lists.recommendations(viewer)
        counts = lists.action_counts(viewer)
        for sheet in in_sheets(viewer, addresses.ACTIONS, items, RECOMMENDATIONS_IN_A_SHEET):
            context = {"recommendations": sheet.items, "counts": counts, "total": len(items), "paging": sheet.paging}
            context["csv"] = viewer.url(addresses.ACTIONS_CSV)
            frame = viewer.frame(sheet.path, _titled("Actions", sheet.paging))
            yield self._page("pages/actions.html", frame, context, self.reviews_paths)

    def _updates(self) -> Iterator[Artifact]:
        viewer = self.viewer
        for sheet in in_sheets(viewer, addresses.UPDATES, lists.updates(viewer), UPDATES_IN_A_SHEET):
            frame = viewer.frame(sheet.path, _titled("Updates", sheet.paging))
            yield self._page(
                "pages/updates.html",
                frame,
                {"updates": [view for view, _ in sheet.items], "paging": sheet.paging},
                [path for _, path in sheet.items],
            )

    def _pages(self) -> Iterator[Artifact]:
        viewer = self.viewer
        for entry in self.site.pages:
            yield self._record(entry, "pages/page.html", records.page_view(viewer, entry), (), "")
        frame = viewer.frame(addresses.SEARCH, "A to Z")
        letters = {"letters": lists.index_letters(viewer)}
        everything = [e.path for group in (self.site.themes, self.site.roles, self.site.pages) for e in group]
        yield self._page("pages/search.html", frame, letters, [*self.reviews_paths, *everything])
        frame = viewer.frame(addresses.GLOSSARY, "Glossary")
        yield self._page("pages/glossary.html", frame, {"terms": lists.glossary(viewer)}, ["content/glossary.yaml"])
        frame = viewer.frame(addresses.NOT_FOUND, "Page not found")
        yield self._page("pages/not-found.html", frame, {}, [CONFIG_FILE])

    def _notices(self) -> Iterator[Artifact]:
        """What stands at the address of a withdrawn record, and at old addresses."""
        viewer, site = self.viewer, self.site
        for entry in site.withdrawn:
            path = addresses.of_record(entry.kind, entry.slug)
            kind = labels.RECORD_KINDS[entry.kind].lower()
            frame = viewer.frame(path, f"This {kind} has been withdrawn")
            context = {
                "note": viewer.text(entry.record.change_note),
                "date": viewer.day(entry.record.updated),
                "kind_name": kind,
            }
            file = addresses.file_of(path)
            yield self.artifact(file, "page", "pages/withdrawn.html", {"page": frame, **context}, (entry.path,))
        for group in (site.reviews, site.themes, site.roles, site.briefings, site.pages, site.withdrawn):
            for entry in group:
                for alias in entry.record.aliases:
                    target = addresses.of_record(entry.kind, entry.slug)
                    view = {
                        "title": entry.record.title,
                        "url": viewer.url(target),
                        "canonical": viewer.canonical(target),
                    }
                    file = addresses.file_of_alias(alias)
                    yield self.artifact(file, "page", "pages/moved.html", {"page": view}, (entry.path,))

    def _data(self) -> Iterator[Artifact]:
        absolute, everything = Viewer(self.site, absolute=True), self.reviews_paths
        yield self.artifact(addresses.FINDINGS_CSV, "csv", "table", lists.findings_rows(absolute), everything)
        yield self.artifact(addresses.ACTIONS_CSV, "csv", "table", lists.actions_rows(absolute), everything)
        yield self.artifact(addresses.REVIEWS_JSON, "json", "reviews", lists.reviews_data(absolute), everything)

    def _feeds(self) -> Iterator[Artifact]:
        absolute = Viewer(self.site, absolute=True)
        changing = [*self.reviews_paths, *(e.path for e in self.site.briefings)]
        feed = lists.feed(absolute)
        yield self.artifact(addresses.ATOM_FEED, "text", "feed.xml", {"feed": feed}, changing)
        yield self.artifact(addresses.JSON_FEED, "json", "feed", feed, changing)
        self.indexed.sort(key=lambda item: item[0])
        yield self.artifact(addresses.SITEMAP, "text", "sitemap.xml", lists.sitemap(absolute, self.indexed), changing)
        robots = {"sitemap": absolute.url(addresses.SITEMAP)}
        yield self.artifact(addresses.ROBOTS, "text", "robots.txt", robots, [CONFIG_FILE])

    def _copies(self) -> Iterator[Artifact]:
        for name in self.templates.assets:
            file, source = f"{addresses.ASSETS}{name}", f"templates/assets/{name}"
            if name.endswith(".j2"):  # a template itself: the brand's colours come from the configuration
                yield self.artifact(file.removesuffix(".j2"), "text", f"assets/{name}", {}, [source, CONFIG_FILE])
            else:
                yield self.artifact(file, "copy", f"assets/{name}", {}, [source])
        for name, attachment in self.site.attachments.items():
            context = {"digest": attachment.digest, "location": name}
            source = f"{FILES_FOLDER}/{name}"
            yield self.artifact(f"{addresses.FILES}{name}", "attachment", "", context, [source])


def _titled(title: str, paging: View | None) -> str:
    """A title that is unique for each sheet of a list."""
    return f"{title}, page {paging['number']}" if paging and paging["number"] > 1 else title
