"""The cases of the benchmark: the states that a timed build starts from, and what its time is held against.

"Again" and "edited" builds of Hugo keep its output folder, as its users do; Hugo has no other memory of its last build.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from bench.corpus import corpus, edited
from bench.figures import Figure, ratio
from bench.measure import Prepare, alternate, peak_memory
from bench.ours import Ours, copy_program, without_search
from bench.projects import Project
from bench.rivals import Hugo, HugoWithPagefind, LeanMkDocs, MkDocs, Pelican
from bench.searching import search_in_browser

TWICE_HUGO, SLOWER_RIVALS = 2.0, 1.0
UNCHANGED, EDITED, EDITED_WITH_PDFS = 0.5, 0.7, 2.0
SEARCH_INDEX, FIRST_RESULT_KB, SEARCH_MS = 1.3, 150.0, 100.0
MEMORY_MB, TENFOLD_TIME, TENFOLD_MEMORY = 300.0, 11.0, 6.0

Say = Callable[[str], None]
Show = Callable[[Figure], None]


class Bench:
    """Runs cases on one corpus, in work folders below ``place``. Each figure is shown as soon as it is known."""

    def __init__(self, place: Path, program: Path, count: int, runs: int, say: Say, show: Show) -> None:
        self.place = place
        self.runs = runs
        self.say = say
        self.show = show
        self.reviews = corpus(count)
        self.last_edit = self.reviews[0]
        self.numbers = itertools.count(1)
        self.ours = Ours(place / "ours", copy_program(program, place / "program"))
        self.hugo = Hugo(place / "hugo")
        for project in (self.ours, self.hugo):
            project.write(self.reviews)

    def cold(self) -> None:
        """Nothing is there but the project: no output, no cache."""
        self._against("cold HTML, Hugo", self.hugo, _cold, TWICE_HUGO, self.runs)

    def with_search(self) -> None:
        """A cold build and an edit against Hugo and the search that its users would add. Our builds always have one."""
        rival = HugoWithPagefind(self.place / "hugo and pagefind")
        rival.write(self.reviews)
        self._against("cold HTML, Hugo and Pagefind", rival, _cold, TWICE_HUGO, self.runs)
        self._against("one finding edited, Hugo and Pagefind", rival, self._edit, EDITED, self.runs)
        rival.check(self.last_edit)

    def cold_slower_rivals(self) -> None:
        """The same for Pelican and MkDocs; three runs will do where the distance is large."""
        for rival in (Pelican(self.place / "pelican"), LeanMkDocs(self.place / "lean"), MkDocs(self.place / "mkdocs")):
            rival.write(self.reviews)
            self._against(f"cold HTML, {rival.name}", rival, _cold, SLOWER_RIVALS, min(self.runs, 3))
            rival.check(self.reviews[0])

    def unchanged(self) -> None:
        """Build again without any change."""
        self._against("nothing changed, Hugo", self.hugo, _as_it_is, UNCHANGED, self.runs)

    def edited(self) -> None:
        """One word of one finding's statement is new, in the middle of the corpus; HTML only."""
        self._against("one finding edited, Hugo", self.hugo, self._edit, EDITED, self.runs)
        self._check_edit()

    def edited_with_pdfs(self) -> None:
        """The same, and its PDFs are made. Hugo makes none. All PDFs must have been made before."""
        self.ours.pdf = True
        what = "one finding edited, with PDFs, Hugo"
        self._against(what, self.hugo, self._edit, EDITED_WITH_PDFS, self.runs)
        self._check_edit()
        self.ours.pdf = False

    def search(self) -> None:
        """What the search index adds to a cold build; then searching in a browser."""
        bare = Ours(self.place / "bare", copy_program(self.ours.program, self.place / "program without search"))
        without_search(bare.program)
        bare.write(self.reviews)
        self.say(f"search index: {self.runs} cold builds with and without, in turn …")
        ours, without = alternate((self.ours, bare), self.runs, _cold, self.numbers)
        self.show(ratio("cold HTML, without search index", ours, without, SEARCH_INDEX))
        found = search_in_browser(self.ours.folder / "output")
        if found is None:
            self.say("There is no Chromium, or no Playwright, to search with.")
            return
        kilobytes = found.first_bytes / 1000
        self.show(Figure("first result of a search", f"{kilobytes:.0f} KB", "", kilobytes, FIRST_RESULT_KB, "KB"))
        words = f"{found.median:.0f} ms ({min(found.milliseconds):.0f}–{max(found.milliseconds):.0f})"
        self.show(Figure("a search, in Chromium", words, "", found.median, SEARCH_MS, "ms"))

    def memory(self, pdf: bool) -> None:
        """The peak of any one of our processes in a cold build."""
        self.ours.clean()
        self.ours.pdf = pdf
        what = "with PDFs" if pdf else "HTML"
        self.say(f"Memory of a cold build, {what} …")
        found = peak_memory(self.ours)
        self.ours.pdf = False
        if found:
            words = f"{found.largest:.0f} MB in {found.seconds:.1f} s"
            self.show(Figure(f"memory, cold {what}", words, "", found.largest, MEMORY_MB, "MB"))
        else:
            self.say("Memory can't be measured on this system.")

    def tenfold(self) -> None:
        """Ten times as many reviews: time and memory against those of the corpus."""
        large = Ours(self.place / "large", self.ours.program)
        large.write(corpus(10 * len(self.reviews)))
        self.say(f"Ten times as many reviews ({10 * len(self.reviews):,}) …")
        ours, small = alternate((large, self.ours), min(self.runs, 3), _cold, self.numbers)
        self.show(ratio("ten times the reviews, time", ours, small, TENFOLD_TIME))
        for project in (large, self.ours):
            project.clean()
        most, least = peak_memory(large), peak_memory(self.ours)
        if most and least:
            words = (f"{most.largest:.0f} MB", f"{least.largest:.0f} MB")
            self.show(Figure("ten times the reviews, memory", *words, most.largest / least.largest, TENFOLD_MEMORY))

    def _against(self, what: str, rival: Project, prepare: Prepare, limit: float, runs: int) -> None:
        self.say(f"{what}: {runs} runs of each, in turn …")
        ours, theirs = alternate((self.ours, rival), runs, prepare, self.numbers)
        self.show(ratio(what, ours, theirs, limit))

    def _edit(self, project: Project, number: int) -> None:
        self.last_edit = edited(self.reviews[len(self.reviews) // 2], number)
        project.write_review(self.last_edit)

    def _check_edit(self) -> None:
        for project in (self.ours, self.hugo):
            project.check(self.last_edit)


def _cold(project: Project, number: int) -> None:
    project.clean()


def _as_it_is(project: Project, number: int) -> None:
    pass
