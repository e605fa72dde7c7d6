"""Plan the website: every address of the content model, from the connected Site and the facts of its PDFs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from sitegen import addresses
from sitegen.artifacts import Artifact
from sitegen.connect import Site
from sitegen.plan import Plan, paths_of
from sitegen.records import Entry
from sitegen.sources import CONFIG_FILE, FILES_FOLDER
from sitegen.templates import ASSETS_FOLDER, Templates
from sitegen.views import data, labels, lists, records, years
from sitegen.views.common import PdfFacts, Sheet, View, Viewer, in_sheets, site_view
from sitegen.views.related import Related
from sitegen.views.search import search_filters
from sitegen.views.training import pack_view
from sitegen.views.year_records import ONGOING_FILE, years_of
from sitegen.views.year_rows import year_rows, years_data_file

REVIEWS_IN_A_SHEET = 50
FINDINGS_IN_A_SHEET = 50
RECOMMENDATIONS_IN_A_SHEET = 20
RECOMMENDATIONS_IN_A_FILTERED_SHEET = 50
"""A filtered list has a line for each; the whole list tells them in full."""
UPDATES_IN_A_SHEET = 50
TITLES_IN_A_SHEET = 250
PICTURE = "share.png"
"""The picture that stands for the site where its pages are shared."""


class SitePlan(Plan):
    """Everything but the PDFs, whose ``facts`` the pages tell."""

    def __init__(
        self, site: Site, templates: Templates, code: str, facts: Mapping[str, PdfFacts], preview: bool
    ) -> None:
        """``preview`` says so on every page, and has browsers keep none."""
        self.site = site
        self.templates = templates
        self.viewer = Viewer(site, facts)
        shared = {**site_view(self.viewer), "preview": preview, "glossary": lists.glossary(self.viewer)}
        picture = {
            "title": site.config.site.title,
            "organisation": site.config.organisation.name,
            "colour": site.config.brand.colour,
        }
        files = [templates.digest(f"{ASSETS_FOLDER}{name}") for name in templates.assets]
        seen = orjson.dumps([code, files, shared], option=orjson.OPT_SORT_KEYS)
        self._assets = templates.published_assets(hashlib.sha256(seen).hexdigest(), code)
        drawn = hashlib.sha256(orjson.dumps([code, picture], option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._picture = (f"share.{drawn[:10]}.png", picture)
        names = {**self._assets, PICTURE: self._picture[0]}
        shared["asset"] = {name: self.viewer.url(f"{addresses.ASSETS}{made}") for name, made in names.items()}
        super().__init__(templates, code, shared)
        self.related = Related(self.viewer)
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
        yield from self._years()
        yield from self._updates()
        yield from self._pages()
        yield from self._search()
        yield from self._references()
        yield from self._notices()
        yield from self._feeds()
        yield from self._copies()

    def _page(
        self, template: str, page: View, context: View, sources: Iterable[str], entry: Entry[Any] | None = None
    ) -> Artifact:
        page["image"] = self.viewer.canonical(f"{addresses.ASSETS}{self._picture[0]}")
        if page["path"] not in (addresses.NOT_FOUND, addresses.OFFLINE) and page["kind"] != "share":
            self.indexed.append((page["path"], entry))
        return self.artifact(addresses.file_of(page["path"]), "page", template, {"page": page, **context}, sources)

    def _record(self, entry: Entry[Any], template: str, view: View, sources: Iterable[str], trail: str) -> Artifact:
        path = addresses.of_record(entry.kind, entry.slug)
        above = [(trail, addresses.FOLDERS[entry.kind])] if trail else []
        harm = entry.kind in ("review", "briefing", "theme", "role")
        frame = self.viewer.frame(
            path,
            entry.record.title,
            description=entry.record.summary,
            trail=above,
            entry=entry,
            harm=harm,
            kind=entry.kind,
            feeds=path if entry.kind in ("theme", "role") else None,
            shows=self._gathered(entry),
        )
        name = "content" if entry.kind == "page" else entry.kind  # "page" is the frame
        return self._page(template, frame, {name: view}, (entry.path, *sources), entry)

    def _gathered(self, entry: Entry[Any]) -> list[Entry[Any]]:
        """The reviews whose findings a theme's or role's page gathers: it is as new as the newest."""
        of_kind = {"theme": self.site.by_theme, "role": self.site.by_role}.get(entry.kind, {})
        return list({found.review.slug: found.review for found in of_kind.get(entry.slug, ())}.values())

    def _home(self) -> Iterator[Artifact]:
        config = self.site.config.site
        frame = self.viewer.frame(addresses.HOME, config.title, description=config.description, harm=True, kind="home")
        everything = [e.path for group in (self.site.reviews, self.site.themes, self.site.roles) for e in group]
        briefings = [e.path for e in self.site.briefings]
        yield self._page("pages/home.html", frame, lists.home_view(self.viewer), [CONFIG_FILE, *everything, *briefings])

    def _reviews(self) -> Iterator[Artifact]:
        site, viewer = self.site, self.viewer
        for sheet in in_sheets(viewer, addresses.REVIEWS, site.reviews, REVIEWS_IN_A_SHEET):
            context = {
                "reviews": [records.review_card(viewer, entry) for entry in sheet.items],
                "total": len(site.reviews),
                "paging": sheet.paging,
            }
            frame = viewer.frame(sheet.path, _titled("Reviews", sheet.paging))
            yield self._page("pages/reviews.html", frame, context, [e.path for e in sheet.items])
        for entry in site.reviews:
            near = self.related.of(entry)
            view = {**records.review_view(viewer, entry), "related": self.related.cards(entry, near)}
            yield self._record(entry, "pages/review.html", view, [other.path for other in near], "Reviews")
            if not entry.record.is_signpost:
                yield self._share(entry, "Reviews")

    def _share(self, entry: Entry[Any], trail: str) -> Artifact:
        """The page with texts for telling others of a record."""
        view = records.share_view(self.viewer, entry)
        path = addresses.of_share(entry.kind, entry.slug)
        above = [
            (trail, addresses.FOLDERS[entry.kind]),
            (entry.record.title, addresses.of_record(entry.kind, entry.slug)),
        ]
        frame = self.viewer.frame(path, f"Share: {entry.record.title}", trail=above, kind="share")
        return self._page("pages/share.html", frame, {"share": view}, (entry.path,))

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
        everyone = records.findings_for_everyone(site)
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
            feeds = addresses.EVERYONE
            if sheet.path != addresses.EVERYONE:
                trail.append(("Everyone", addresses.EVERYONE))
            title = _titled("Everyone", sheet.paging)
            shows = list({found.review.slug: found.review for found in everyone}.values())
            frame = viewer.frame(sheet.path, title, trail=trail, harm=True, kind="role", feeds=feeds, shows=shows)
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
        shows = self._gathered(entry)
        frame = self.viewer.frame(
            path, title, trail=above, entry=entry, harm=True, kind=entry.kind, feeds=own, shows=shows
        )
        return self._page(template, frame, {entry.kind: view}, sources)

    def _good_practice(self) -> Iterator[Artifact]:
        viewer = self.viewer
        good = lists.good_practice(viewer)
        sheets = in_sheets(viewer, addresses.GOOD_PRACTICE, good, FINDINGS_IN_A_SHEET)
        groups = lists.good_practice_groups(viewer, [(sheet.path, sheet.items) for sheet in sheets])
        for sheet in sheets:
            context = {
                "findings": [lists.good_practice_view(viewer, one) for one in sheet.items],
                "groups": groups,
                "total": len(good),
                "paging": sheet.paging,
            }
            frame = viewer.frame(sheet.path, _titled("Good practice", sheet.paging), harm=True)
            sources = tuple(paths_of(one.found for one in sheet.items))
            yield self._page("pages/good-practice.html", frame, context, sources)

    def _briefings(self) -> Iterator[Artifact]:
        site, viewer = self.site, self.viewer
        context = {"briefings": [records.briefing_card(viewer, entry) for entry in site.briefings]}
        frame = viewer.frame(addresses.BRIEFINGS, "Briefings")
        yield self._page("pages/briefings.html", frame, context, [e.path for e in site.briefings])
        for entry in site.briefings:
            view = records.briefing_view(viewer, entry)
            sources = paths_of(records.findings_about(viewer, entry))
            yield self._record(entry, "pages/briefing.html", view, sources, "Briefings")
            yield self._share(entry, "Briefings")
            if "training-pack" in site.forms("briefing", entry.slug):
                yield self._training_pack(entry)

    def _training_pack(self, entry: Entry[Any]) -> Artifact:
        """The page with all that a training pack says on paper."""
        viewer = self.viewer
        above = [
            ("Briefings", addresses.BRIEFINGS),
            (entry.record.title, addresses.of_record("briefing", entry.slug)),
        ]
        frame = viewer.frame(
            addresses.of_training(entry.slug),
            f"Training pack: {entry.record.title}",
            description=entry.record.summary,
            trail=above,
            entry=entry,
            harm=True,
            kind="training",
        )
        sources = (entry.path, *paths_of(records.findings_about(viewer, entry)))
        return self._page("pages/training-pack.html", frame, {"pack": pack_view(viewer, entry)}, sources)

    def _actions(self) -> Iterator[Artifact]:
        """Every recommendation in full, then the parts of that list in short: one for each state, agency and year."""
        items = lists.recommendations(self.viewer)
        filters = lists.action_filters(self.viewer, items)
        for sheet in in_sheets(self.viewer, addresses.ACTIONS, items, RECOMMENDATIONS_IN_A_SHEET):
            yield self._action_sheet(sheet, items, filters, None)
        for one in filters:
            for sheet in in_sheets(self.viewer, one.path, one.items, RECOMMENDATIONS_IN_A_FILTERED_SHEET):
                yield self._action_sheet(sheet, one.items, filters, one)

    def _action_sheet(
        self, sheet: Sheet, items: Sequence[lists.Listed], filters: Sequence[lists.Filter], chosen: lists.Filter | None
    ) -> Artifact:
        viewer = self.viewer
        context = {
            "recommendations": [item.view for item in sheet.items],
            "counts": lists.action_counts(items),
            "filters": lists.filters_view(viewer, filters, chosen),
            "chosen": {"name": chosen.name, "title": chosen.title} if chosen else None,
            "total": len(items),
            "paging": sheet.paging,
            "csv": viewer.url(addresses.ACTIONS_CSV),
        }
        title = f"Actions: {chosen.title}" if chosen else "Actions"
        trail = [("Actions", addresses.ACTIONS)] if sheet.path != addresses.ACTIONS else []
        frame = viewer.frame(sheet.path, _titled(title, sheet.paging), trail=trail)
        return self._page("pages/actions.html", frame, context, self.reviews_paths)

    def _years(self) -> Iterator[Artifact]:
        """The list of year reports, and each of them as a page and as a table."""
        viewer, absolute = self.viewer, Viewer(self.site, absolute=True)
        every = years_of(self.site)
        cards = [years.year_card(viewer, year) for year in every]
        frame = viewer.frame(addresses.YEARS, "Year reports")
        yield self._page("pages/years.html", frame, {"years": cards}, [*self.reviews_paths, ONGOING_FILE])
        for year in every:
            context = {"year": years.year_view(viewer, year)}
            yield self._page("pages/year.html", years.year_frame(viewer, year), context, year.sources)
            rows = year_rows(absolute, year)
            yield self.artifact(addresses.of_year_csv(year.name), "csv", "table", rows, year.sources)

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
        frame = viewer.frame(addresses.NOT_FOUND, "Page not found", kind="notice")
        yield self._page("pages/not-found.html", frame, {}, [CONFIG_FILE])
        frame = viewer.frame(addresses.OFFLINE, "Without a signal", kind="notice")
        yield self._page("pages/offline.html", frame, {}, [CONFIG_FILE])

    def _search(self) -> Iterator[Artifact]:
        """The page to search from, with everything from A to Z; of a long list each letter has pages of its own."""
        site, viewer = self.site, self.viewer
        letters = lists.index_letters(viewer)
        everything = [
            *self.reviews_paths,
            *(e.path for group in (site.briefings, site.themes, site.roles, site.pages) for e in group),
        ]
        long = sum(len(letter.items) for letter in letters) > TITLES_IN_A_SHEET
        views = [
            {
                "letter": letter.letter,
                "id": f"part-letter-{letter.identifier}",
                "count": len(letter.items),
                "url": viewer.url(addresses.of_letter(letter.identifier))
                if long
                else f"#part-letter-{letter.identifier}",
                "items": [] if long else letter.items,
            }
            for letter in letters
        ]
        frame = viewer.frame(addresses.SEARCH, "Search and A to Z", kind="search")
        context: View = {"letters": views, "filters": search_filters(viewer)}
        yield self._page("pages/search.html", frame, context, everything)
        for letter in letters if long else ():
            for sheet in in_sheets(viewer, addresses.of_letter(letter.identifier), letter.items, TITLES_IN_A_SHEET):
                title = _titled(f"A to Z: {letter.letter}", sheet.paging)
                frame = viewer.frame(sheet.path, title, trail=[("Search and A to Z", addresses.SEARCH)])
                shown = {"letter": letter.letter, "items": sheet.items}
                context = {"letters": views, "letter": shown, "paging": sheet.paging}
                yield self._page("pages/a-to-z.html", frame, context, everything)

    def _references(self) -> Iterator[Artifact]:
        """Glossary, other bodies' material, and what the data files hold."""
        site, viewer = self.site, self.viewer
        frame = viewer.frame(addresses.GLOSSARY, "Glossary", kind="glossary")
        yield self._page("pages/glossary.html", frame, {"terms": self.shared["glossary"]}, ["content/glossary.yaml"])
        external = [records.external_view(viewer, item) for item in site.external]
        for sheet in in_sheets(viewer, addresses.EXTERNAL, external, FINDINGS_IN_A_SHEET):
            frame = viewer.frame(sheet.path, _titled("From other bodies", sheet.paging))
            context = {"external": sheet.items, "total": len(external), "paging": sheet.paging}
            yield self._page("pages/external.html", frame, context, ["content/external.yaml"])
        frame = viewer.frame(addresses.DATA, "Open data")
        files = [*data.data_view(viewer)["files"], *years_data_file(viewer, years_of(self.site))]
        yield self._page("pages/data.html", frame, {"files": files}, [CONFIG_FILE])

    def _notices(self) -> Iterator[Artifact]:
        """What stands at the address of a withdrawn record, and at old addresses."""
        viewer, site = self.viewer, self.site
        for entry in site.withdrawn:
            path = addresses.of_record(entry.kind, entry.slug)
            kind = labels.RECORD_KINDS[entry.kind].lower()
            frame = viewer.frame(path, f"This {kind} has been withdrawn", kind="notice")
            frame["image"] = None
            context = {
                "note": viewer.text(entry.record.change_note),
                "date": viewer.day(entry.record.updated),
                "kind_name": kind,
                "replaced_by": viewer.version(entry)["replaced_by"],
            }
            file = addresses.file_of(path)
            yield self.artifact(file, "page", "pages/withdrawn.html", {"page": frame, **context}, (entry.path,))
        for group in (site.reviews, site.themes, site.roles, site.briefings, site.pages, site.withdrawn):
            for entry in group:
                for alias in entry.record.other_addresses:
                    target = addresses.of_record(entry.kind, entry.slug)
                    withdrawn = entry.record.status == "withdrawn"
                    kind = labels.RECORD_KINDS[entry.kind].lower()
                    view = {
                        "title": f"This {kind} has been withdrawn" if withdrawn else entry.record.title,
                        "url": viewer.url(target),
                        "canonical": viewer.canonical(target),
                    }
                    file = addresses.file_of_alias(alias)
                    yield self.artifact(file, "page", "pages/moved.html", {"page": view}, (entry.path,))

    def _data(self) -> Iterator[Artifact]:
        absolute, everything = Viewer(self.site, absolute=True), self.reviews_paths
        yield self.artifact(addresses.FINDINGS_CSV, "csv", "table", data.findings_rows(absolute), everything)
        yield self.artifact(addresses.ACTIONS_CSV, "csv", "table", data.actions_rows(absolute), everything)
        yield self.artifact(addresses.REVIEWS_JSON, "json", "reviews", data.reviews_data(absolute), everything)
        yield self.artifact(addresses.REVIEWS_SCHEMA, "json", "schema", data.reviews_schema(absolute), [CONFIG_FILE])

    def _feeds(self) -> Iterator[Artifact]:
        site, absolute = self.site, Viewer(self.site, absolute=True)
        changing = [*self.reviews_paths, *(e.path for e in site.briefings)]
        yield from self._feed(addresses.HOME, lists.feed(absolute), changing)
        for theme in site.themes:
            feed = lists.theme_feed(absolute, theme.slug, theme.record.title)
            yield from self._feed(addresses.of_record("theme", theme.slug), feed, (theme.path, *changing))
        for role in site.roles:
            feed = lists.role_feed(absolute, role.slug, role.record.title, site.by_role.get(role.slug, ()))
            yield from self._feed(addresses.of_record("role", role.slug), feed, (role.path, *changing))
        everyone = records.findings_for_everyone(site)
        yield from self._feed(addresses.EVERYONE, lists.role_feed(absolute, "everyone", "Everyone", everyone), changing)
        self.indexed.sort(key=lambda item: item[0])
        yield self.artifact(addresses.SITEMAP, "text", "sitemap.xml", lists.sitemap(absolute, self.indexed), changing)
        robots = {"sitemap": absolute.url(addresses.SITEMAP)}
        yield self.artifact(addresses.ROBOTS, "text", "robots.txt", robots, [CONFIG_FILE])

    def _feed(self, path: str, feed: View, sources: Iterable[str]) -> Iterator[Artifact]:
        atom, json_feed = addresses.of_feeds(path)
        yield self.artifact(atom, "text", "feed.xml", {"feed": feed}, sources)
        yield self.artifact(json_feed, "json", "feed", feed, sources)

    def _copies(self) -> Iterator[Artifact]:
        for name in self.templates.assets:
            source = f"templates/assets/{name}"
            file = f"{addresses.ASSETS}{self._assets[name.removesuffix('.j2')]}"
            if name.endswith(".j2"):  # a template itself: the brand's colours come from the configuration
                yield self.artifact(file, "text", f"assets/{name}", {}, [source, CONFIG_FILE])
            else:
                kind = "style" if name.endswith(".css") else "copy"
                yield self.artifact(file, kind, f"assets/{name}", {}, [source])
        file, picture = self._picture
        yield self.artifact(f"{addresses.ASSETS}{file}", "picture", "", picture, [CONFIG_FILE])


class FilePlan(Plan):
    """The files to download that a published record names. They depend on no page, and are made before them."""

    def __init__(self, site: Site, templates: Templates, code: str) -> None:
        self.site = site
        super().__init__(templates, code, {})

    def artifacts(self) -> Iterator[Artifact]:
        """A file for each attachment."""
        organisation = self.site.config.organisation
        names = {name.strip().casefold() for name in (organisation.name, organisation.short_name) if name}
        for name, attachment in self.site.attachments.items():
            context = {"digest": attachment.digest, "name": name, "organisation": sorted(names)}
            source = f"{FILES_FOLDER}/{name}"
            yield self.artifact(f"{addresses.FILES}{name}", "attachment", "", context, [source])


def _titled(title: str, paging: View | None) -> str:
    """A title that is unique for each sheet of a list."""
    return f"{title}, page {paging['number']}" if paging and paging["number"] > 1 else title
