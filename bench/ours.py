"""The corpus as a project of this program, built by a copy of the program.

A copy, so that someone who edits the program or its templates meanwhile does not change what is measured. The time is
fixed with ``--now``, after the newest review.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

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

    def write_long_briefing(self, reviews: Sequence[Review]) -> None:
        """Write a briefing whose training pack has some eighty pages: 20 activities, and a handout for each review."""
        activities = [
            {
                "title": f"{ordinal}. {review.title}",
                "minutes": 10,
                "purpose": review.summary,
                "resources": [f"The handout on review {review.number}", "Pens and paper"],
                "instructions": "".join(f"{n}. {to_do}\n" for n, (_, to_do) in enumerate(_steps(review), 1)),
            }
            for ordinal, review in enumerate(reviews[:20], 1)
        ]
        handouts = [
            {"title": f"Review {review.number}: {review.title}", "text": markdown_body(review, _link, ids=False)}
            for review in reviews
        ]
        fields = {
            "title": "A year of learning",
            "status": "published",
            "published": reviews[0].published,
            "version": 1,
            "summary": "A course over several days on what reviews have found.",
            "about": [review.slug for review in reviews[:10]],
            "key_messages": [review.findings[0].statement for review in reviews[:5]],
            "questions": [review.question for review in reviews],
            "formats": ["training-pack"],
            "training": {
                "duration": 10 * len(activities),
                "aims": [review.narrative for review in reviews[:5]],
                "ground_rules": ["We speak about work, never about people."],
                "activities": activities,
                "handouts": handouts,
                "facilitator_notes": "\n\n".join(review.narrative for review in reviews),
            },
        }
        frame.write(self.folder / "briefings" / "a-year-of-learning.md", frame.front_matter(fields, ""))

    def command(self) -> list[str]:
        """``python build.py build``."""
        command = [sys.executable, str(self.program / "build.py"), "--root", str(self.folder), "build", "--now", NOW]
        return command if self.pdf else [*command, "--no-pdf"]

    def page_of(self, review: Review) -> Path:
        """The page of a review."""
        return self.folder / "output" / "reviews" / review.slug / "index.html"

    def outputs(self, kind: str) -> dict[str, dict[str, Any]]:
        """By file, what the record of the last build that did anything says of outputs of a kind."""
        recorded = self._note("last-build.json")["outputs"]
        return {file: output for file, output in recorded.items() if output["kind"] == kind}

    def unchanged(self) -> bool:
        """Whether the last build found nothing to do."""
        return bool(self._note("last-run.json")["unchanged"])

    def _note(self, name: str) -> dict[str, Any]:
        text = (self.folder / ".cache" / name).read_text(encoding="utf-8")
        value: dict[str, Any] = json.loads(text.partition("\n")[2])
        return value


def _steps(review: Review) -> list[tuple[str, str]]:
    return [step for finding in review.findings for step in finding.steps]


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
