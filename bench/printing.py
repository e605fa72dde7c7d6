"""Our PDFs against those of one warm Chromium: the same print HTML, the same styles and fonts, page for page in turn.

Ours are made by two worker processes, as in a build; Chromium prints them one after another in one tab that stays open.
Both have printed some pages before the clock starts. The clock covers what turns HTML that is ready into the bytes of a
PDF: starting up, rendering the HTML from its template and writing files are not in it. Both make tagged PDFs. Needs
Playwright, and a Chromium that is already on this machine; none is downloaded.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.measure import Times
from bench.ours import NOW, Ours

WORKERS = 2
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_FONT = re.compile(r"font:///([^\"')]+)")
_PAGE = re.compile(rb"/Type\s*/Page\b")


class Printed(NamedTuple):
    """Seconds a document, one figure a round, and pages a document, ours and theirs."""

    ours: Times
    theirs: Times
    our_pages: float
    their_pages: float


def print_in_turn(ours: Ours, place: Path, rounds: int) -> Printed | None:
    """Print the briefings of a project's reviews. None when there is no Chromium or no Playwright."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        import playwright  # noqa: F401
    except ModuleNotFoundError:
        return None
    if browser is None:
        return None
    jobs = _jobs(ours)
    files = [_as_file(job, place / f"{number}.html") for number, job in enumerate(jobs)]
    our_seconds: list[float] = []
    their_seconds: list[float] = []
    with _workers() as executor, _tab(browser) as tab:
        our_pages, _ = _print_ours(executor, jobs), _print_theirs(tab, files[:10])  # the warm-up
        their_pages = 0
        for _ in range(rounds):
            started = time.perf_counter()
            _print_ours(executor, jobs)
            between = time.perf_counter()
            their_pages = _print_theirs(tab, files)
            ended = time.perf_counter()
            our_seconds.append((between - started) / len(jobs))
            their_seconds.append((ended - between) / len(jobs))
    count = len(jobs)
    return Printed(Times(tuple(our_seconds)), Times(tuple(their_seconds)), our_pages / count, their_pages / count)


def _jobs(ours: Ours) -> list[Any]:
    """The print jobs of a project's reviews, as a real build hands them to ``render_pdf``.

    The build is stopped short only there: each job is kept, and an empty PDF is given back.
    """
    sys.path.insert(0, str(ours.program))
    from sitegen import pipeline, render_pdf
    from sitegen.moment import from_iso, zone_named

    kept: list[Any] = []

    def keep(job: Any) -> Any:
        kept.append(job)
        return render_pdf.PdfResult(b"%PDF-1.7", 2, [])

    zone = zone_named("Europe/London")
    assert zone, "London has a time zone"
    folder = ours.folder
    options = pipeline.Options(folder, folder / "output", folder / ".cache", from_iso(NOW, zone), pdf=True, jobs=1)
    real, render_pdf.render_pdf = render_pdf.render_pdf, keep
    try:
        pipeline.build(options, lambda line: None, lambda what, done, of: None)
    finally:
        render_pdf.render_pdf = real
    return [job for job in kept if job.source.startswith("content/reviews/")]


def _as_file(job: Any, path: Path) -> str:
    """Write a job's HTML for a browser, its styles within and its fonts as files. Returns the file's address."""
    styles = "\n".join(_FONT.sub(_font_file, data.decode()) for _, data in job.styles)
    html = job.html.decode().replace("</head>", f"<style>{styles}</style></head>", 1)
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


def _font_file(address: re.Match[str]) -> str:
    import fontpkg

    family, weight, *style = address[1].replace("%20", " ").split("/")
    uri: str = fontpkg.path(family, int(weight), style=style[0] if style else "normal").as_uri()
    return uri


@contextmanager
def _workers() -> Iterator[Executor]:
    from sitegen.render import PDF_MODULES
    from sitegen.workers import start_workers

    with start_workers(WORKERS, PDF_MODULES) as executor:
        yield executor


@contextmanager
def _tab(browser: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        try:
            yield running.new_page()
        finally:
            running.close()


def _print_ours(executor: Executor, jobs: Sequence[Any]) -> int:
    """Print all; returns the number of pages."""
    from sitegen.render_pdf import render_pdf

    return sum(result.pages for result in executor.map(render_pdf, jobs))


def _print_theirs(tab: Any, files: Sequence[str]) -> int:
    """Print all; returns the number of pages."""
    pages = 0
    for file in files:
        tab.goto(file)
        tab.evaluate("document.fonts.ready.then(() => true)")
        pdf: bytes = tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
        pages += len(_PAGE.findall(pdf))
    return pages
