"""The corpus as a project of this program, built by a copy of the program.

A copy, so that someone who edits the program or its templates meanwhile does not change what is measured. The time is
fixed with ``--now``, after the newest review.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from bench import frame, words
from bench.corpus import Review, markdown_body, with_links
from bench.projects import Project

NOW = "2026-06-01T09:00"
PROGRAM = ("build.py", "sitegen", "templates")


class Ours(Project):
    """Our project, built by the copy in ``program``. ``pdf`` says whether a build makes the PDFs too."""

    name = "Learning Briefings"
    leftovers = (".cache", "output")

    def __init__(self, folder: Path, program: Path) -> None:
        super().__init__(folder)
        self.program = program
        self.pdf = False

    def write(self, reviews: Iterable[Review]) -> None:
        """Write the configuration, the content around the reviews, and the reviews."""
        config = {
            "organisation": frame.ORGANISATION,
            "site": {
                "title": frame.TITLE,
                "base_url": frame.BASE_URL,
                "language": "en-GB",
                "time_zone": "Europe/London",
                "description": frame.DESCRIPTION,
                "banner": frame.BANNER,
            },
            "urgent_help": frame.HELP,
            "brand": {"colour": "#17495a", "accent": "#8a3f14"},
        }
        content = self.folder / "content"
        frame.write(self.folder / "site_config.yaml", frame.yaml(config))
        frame.write(content / "agencies.yaml", frame.yaml(words.AGENCIES))
        terms = "".join(f"- {{term: {term}, meaning: {meaning!r}}}\n" for term, meaning in frame.GLOSSARY.items())
        frame.write(content / "glossary.yaml", terms)
        kept = {"status": "published", "published": "2020-01-06"}
        for kind, titles, summary, body in (
            ("themes", words.THEMES, frame.THEME_SUMMARY, frame.THEME_BODY),
            ("roles", words.ROLES, frame.ROLE_SUMMARY, frame.ROLE_BODY),
        ):
            for slug, title in titles.items():
                fields = {"title": title, **kept, "summary": summary}
                frame.write(content / kind / f"{slug}.md", frame.front_matter(fields, f"{body}\n"))
        for page in frame.PAGES:
            fields = {"title": page.title, **kept, "summary": page.summary, "navigation": page.navigation}
            frame.write(content / "pages" / f"{page.slug}.md", frame.front_matter(fields, page.body))
        for review in reviews:
            self.write_review(review)

    def write_review(self, review: Review) -> None:
        """Write one review in the form with findings in the Markdown body."""
        fields = {
            "title": review.title,
            "number": review.number,
            "type": review.type,
            "status": "published",
            "published": review.published,
            "question": review.question,
            "summary": with_links(review.summary, _link),
            "period": review.period,
            "age_band": review.age_band,
            "themes": list(review.themes),
            "agencies": list(review.agencies),
            "roles": list(review.roles),
        }
        text = frame.front_matter(fields, markdown_body(review, _link, ids=True))
        frame.write(self.folder / "content" / "reviews" / f"{review.slug}.md", text)

    def command(self) -> list[str]:
        """``python build.py build``."""
        command = [sys.executable, str(self.program / "build.py"), "--root", str(self.folder), "build", "--now", NOW]
        return command if self.pdf else [*command, "--no-pdf"]

    def page_of(self, review: Review) -> Path:
        """The page of a review."""
        return self.folder / "output" / "reviews" / review.slug / "index.html"


def _link(slug: str) -> str:
    return f"review:{slug}"


def copy_program(source: Path, target: Path) -> Path:
    """Copy what a build runs. Returns ``target``."""
    target.mkdir()
    for name in PROGRAM:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source / name, target / name)
    return target


def without_search(program: Path) -> None:
    """Take the search index out of a copy of the program, so that a build can be held against one without it."""
    file = program / "sitegen" / "pipeline.py"
    text = file.read_text(encoding="utf-8")
    for line in (
        "    indexing = renderer.search(plan_search(plan.viewer, code, FINDINGS_IN_A_SHEET))\n",
        "    index, found = indexing.finish()\n    pages += index\n    problems += found\n",
        ", *indexing.keys",
    ):
        if line not in text:
            raise LookupError(f"the pipeline has changed: no {line!r} in it")
        text = text.replace(line, "")
    file.write_text(text, encoding="utf-8")
