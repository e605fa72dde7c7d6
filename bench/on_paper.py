"""The cases about PDFs: one document, a long one, a whole build, what an edit makes anew, and memory.

Only what Chromium is needed for is left out where there is no Chromium.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.chromium import browser
from bench.corpus import Review, corpus, edited
from bench.figures import Figure, ratio
from bench.measure import alternate, build_seconds, peak_memory
from bench.ours import Ours
from bench.printing import Made, as_files, jobs_of, make_in_turn, print_jobs
from bench.projects import BuildFailed, Project
from bench.rivals import HugoWithChromium

ONE_TAB, TWO_TABS, LONG, LONG_MB, WHOLE = 0.6, 1.0, 1.2, 300.0, 0.6
DOCUMENTS, HANDOUTS, PAGES = 60, 21, 80
FLAT, FEW = 1.2, 10
"""Memory over all documents may be this many times the memory over a ``FEW``\\ th of them."""
LONG_RUNS = 2
"""Runs of what takes minutes."""

Say = Callable[[str], None]
Show = Callable[[Figure], None]


class OnPaper:
    """Runs the cases about PDFs, in work folders below ``place``. ``ours`` holds the whole corpus."""

    def __init__(self, place: Path, ours: Ours, reviews: list[Review], runs: int, say: Say, show: Show) -> None:
        self.place = place
        self.ours = ours
        self.reviews = reviews
        self.runs = runs
        self.say = say
        self.show = show
        self.numbers = itertools.count(500)

    def one_document(self) -> None:
        """Review briefings over two processes of ours, against Chromium in one tab and in two, and against Typst."""
        few = Ours(self.place / "briefings", self.ours.program)
        few.write(corpus(DOCUMENTS))
        made = self._make(jobs_of(print_jobs(few), "Review briefing"), few.folder / "files")
        if made is None:
            return
        ours = made["ours"].times
        self.show(ratio("a briefing, one Chromium tab", ours, made["chromium"].times, ONE_TAB))
        self.show(ratio("a briefing, two Chromium tabs", ours, made["chromium twice"].times, TWO_TABS))
        self.show(ratio("a briefing, Typst", ours, made["typst"].times, None))
        self._tell_pages(made)

    def long_document(self) -> None:
        """A training pack, made by one process of ours; and the memory that its build takes."""
        few = Ours(self.place / "pack", self.ours.program)
        reviews = corpus(HANDOUTS)
        few.write(reviews)
        few.write_long_briefing(reviews)
        made = self._make(jobs_of(print_jobs(few), "Training pack", "training-pack"), few.folder / "files")
        if made is not None:
            ours = made["ours"].times
            self.show(ratio("a long training pack, Chromium", ours, made["chromium"].times, LONG))
            self.show(ratio("a long training pack, Typst", ours, made["typst"].times, None))
            self._tell_pages(made)
            if made["ours"].pages < PAGES:
                raise BuildFailed(f"the training pack has {made['ours'].pages:.0f} pages, fewer than {PAGES}")
        few.pdf = True
        found = peak_memory(few)
        if found:
            words = f"{found.largest:.0f} MB in {found.seconds:.1f} s"
            self.show(Figure("memory, long training pack", words, "", found.largest, LONG_MB, "MB"))
        few.clean()

    def whole_build(self) -> None:
        """A cold build with all PDFs against Hugo and one tab of Chromium that prints the same pages in turn."""
        if browser() is None:
            self.say("There is no Chromium, or no Playwright, to print with.")
            return
        rival = HugoWithChromium(self.place / "hugo and chromium")
        rival.write(self.reviews)
        printed = as_files(print_jobs(self.ours), rival.folder / rival.print_pages)
        self.say(f"All of the site with {len(printed):,} PDFs, {LONG_RUNS} runs of each, in turn …")
        self.ours.pdf = True
        ours, theirs = alternate((self.ours, rival), LONG_RUNS, _cold, self.numbers, warm_up=False)
        self.ours.pdf = False
        rival.check(self.reviews[0])
        if len(list((rival.folder / rival.print_pages).glob("*.pdf"))) != len(printed):
            raise BuildFailed("Chromium did not print every page")
        self.show(ratio("cold with all PDFs, Hugo and Chromium", ours, theirs, WHOLE))
        shutil.rmtree(rival.folder)

    def rendered_again(self) -> None:
        """How many PDFs are made when nothing has changed, after an edit of a page, and after one of a finding.

        All PDFs must have been made before.
        """
        self.ours.pdf = True
        build_seconds(self.ours)
        build_seconds(self.ours)
        every = self.ours.outputs("pdf")
        self._rendered("PDFs made, nothing changed", [] if self.ours.unchanged() else _made(every), 0, len(every))
        page = self.ours.folder / "content" / "pages" / "privacy.md"
        page.write_text(page.read_text(encoding="utf-8") + "\nWe keep no list of visitors.\n", encoding="utf-8")
        build_seconds(self.ours)
        self._rendered("PDFs made, a page edited", _made(self.ours.outputs("pdf")), 0, len(every))
        review = edited(self.reviews[len(self.reviews) // 2], next(self.numbers))
        self.ours.write_review(review)
        build_seconds(self.ours)
        new = review.findings[0].statement.split()[1]
        showing = [file for file in every if _shows(self.ours.folder / "output" / file, new)]
        self._rendered("PDFs made, one finding edited", _made(self.ours.outputs("pdf")), len(showing), len(every))
        self.ours.pdf = False

    def flat_memory(self) -> None:
        """The peak over all documents of twice the corpus against the peak when one in ten is made again.

        Both times the whole site is in memory, so what differs is the number of documents made.
        """
        reviews = corpus(2 * len(self.reviews))
        large = Ours(self.place / "twice", self.ours.program)
        large.write(reviews)
        large.pdf = True
        self.say(f"Memory over {len(reviews):,} documents and over {len(reviews) // FEW:,} …")
        many = peak_memory(large)
        for review in reviews[::FEW]:
            large.write_review(edited(review, next(self.numbers)))
        few = peak_memory(large)
        made = len(_made(large.outputs("pdf")))
        shutil.rmtree(large.folder)
        if many is None or few is None:
            self.say("Memory can't be measured on this system.")
            return
        if made < len(reviews) // FEW:
            raise BuildFailed(f"only {made} PDFs were made where one in {FEW} of {len(reviews)} reviews was edited")
        for what, most, least in (("a worker", many.worker, few.worker), ("the main process", many.main, few.main)):
            words = f"{most:.0f} MB", f"{least:.0f} MB"
            self.show(Figure(f"memory of {what}, {len(reviews):,} documents to {made:,}", *words, most / least, FLAT))

    def _make(self, jobs: Sequence[Any], folder: Path) -> dict[str, Made] | None:
        if browser() is None:
            self.say("There is no Chromium, or no Playwright, to print with.")
            return None
        self.say(f"Printing {len(jobs)} {'document' if len(jobs) == 1 else 'documents'}, {self.runs} rounds …")
        return asyncio.run(make_in_turn(jobs, folder, self.runs))

    def _tell_pages(self, made: Mapping[str, Made]) -> None:
        self.say("   Pages of a document: " + ", ".join(f"{name} {one.pages:.2f}" for name, one in made.items()) + ".")

    def _rendered(self, what: str, made: Sequence[str], wanted: int, of: int) -> None:
        self.show(Figure(what, f"{len(made):,} of {of:,}", f"{wanted:,} show it", len(made), wanted, "PDFs"))


def _made(outputs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [file for file, output in outputs.items() if output["rendered"]]


def _shows(file: Path, word: str) -> bool:
    """Whether a PDF has a word in its text."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(file)
    try:
        return any(word in page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def _cold(project: Project, number: int) -> None:
    project.clean()
