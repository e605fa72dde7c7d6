"""The same documents made into PDFs by us, by one warm Chromium and by Typst, round after round.

All get the same print HTML with the same styles and fonts, Typst as a source with the same text. Ours are made by two
worker processes, as in a build; Chromium prints in tabs that stay open; Typst compiles in this process. All have made
some before the clock starts. The clock covers what turns HTML that is ready into the bytes of a PDF: starting up,
rendering the HTML from its template and writing files are not in it. All make tagged PDFs.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.chromium import count_pages, print_files, tabs
from bench.measure import Times
from bench.ours import NOW, Ours
from bench.typesetting import compile_source, typst_source

WORKERS = 2
_FONT = re.compile(r"font:///([^\"')]+)")


class Made(NamedTuple):
    """Seconds a document, one figure a round, and pages a document."""

    times: Times
    pages: float


Way = Callable[[], Awaitable[int]]
"""Makes all documents; gives the number of their pages."""


def print_jobs(ours: Ours) -> list[Any]:
    """The print jobs of a project, as a real build hands them to ``render_pdf``.

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
        ours.clean()
    return kept


def jobs_of(jobs: Iterable[Any], document: str, form: str = "a4") -> list[Any]:
    """Those jobs that make one kind of document ("Review briefing") in one form."""
    marks = (f"· {document}".encode(), f'data-form="{form}"'.encode())
    return [job for job in jobs if all(mark in job.html for mark in marks)]


def as_files(jobs: Sequence[Any], folder: Path) -> list[Path]:
    """Write the HTML of jobs for a browser, with the styles in it, and fonts and pictures as files."""
    folder.mkdir(parents=True)
    files = []
    for address, data in jobs[0].assets if jobs else ():
        asset = folder / address.removeprefix("asset:///")
        asset.parent.mkdir(parents=True, exist_ok=True)
        asset.write_bytes(data)
    for number, job in enumerate(jobs):
        styles = "\n".join(_FONT.sub(_font_file, data.decode()) for _, data in job.styles)
        html = job.html.decode().replace("</head>", f"<style>{styles}</style></head>", 1)
        files.append(folder / f"{number:05d}.html")
        files[-1].write_text(html.replace("asset:///", f"{folder.as_uri()}/"), encoding="utf-8")
    return files


async def make_in_turn(jobs: Sequence[Any], folder: Path, rounds: int) -> dict[str, Made]:
    """Make all documents in each way, ``rounds`` times after one warm-up. The files for the browser go into ``folder``.

    The ways: ``ours``, ``chromium`` (one tab), ``chromium twice`` (two tabs at once; not for a single document),
    ``typst``.
    """
    files = as_files(jobs, folder)
    family = _family(jobs[0])
    sources = [typst_source(job.html, family) for job in jobs]
    fonts = str(_font_path(family, 400).parent)
    with _workers() as executor:
        async with tabs(2) as both:

            async def ours() -> int:
                from sitegen.render_pdf import render_pdf

                return sum(result.pages for result in executor.map(render_pdf, jobs))

            async def chromium() -> int:
                return count_pages(await print_files(both[:1], files))

            async def chromium_twice() -> int:
                return count_pages(await print_files(both, files))

            async def typst() -> int:
                return count_pages(compile_source(source, fonts) for source in sources)

            ways = {"ours": ours, "chromium": chromium, "chromium twice": chromium_twice, "typst": typst}
            if len(jobs) == 1:
                del ways["chromium twice"]
            return await _timed(ways, len(jobs), rounds)


async def _timed(ways: Mapping[str, Way], documents: int, rounds: int) -> dict[str, Made]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    pages: dict[str, int] = {}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            pages[name] = await way()
            if turn:
                seconds[name].append((time.perf_counter() - started) / documents)
    return {name: Made(Times(tuple(kept)), pages[name] / documents) for name, kept in seconds.items()}


def _family(job: Any) -> str:
    """The font family that the styles name first."""
    names = [found for _, data in job.styles for found in _FONT.findall(data.decode())]
    return str(names[0].replace("%20", " ").partition("/")[0])


def _font_path(family: str, weight: int, style: str = "normal") -> Path:
    import fontpkg

    return Path(fontpkg.path(family, weight, style=style))


def _font_file(address: re.Match[str]) -> str:
    family, weight, *style = address[1].replace("%20", " ").split("/")
    return _font_path(family, int(weight), *style).as_uri()


@contextmanager
def _workers() -> Iterator[Executor]:
    from sitegen.render import PDF_MODULES
    from sitegen.workers import start_workers

    with start_workers(WORKERS, PDF_MODULES) as executor:
        yield executor
