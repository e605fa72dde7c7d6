"""Printing HTML files with a Chromium that is already on this machine; none is downloaded. Needs Playwright.

Run as a program it does what comes after another generator: ``python chromium.py FOLDER`` starts the browser and prints
every HTML file of the folder, in turn, in one tab that stays open, into a PDF beside it. So this module imports no
other of this package.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

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

_PAGE = re.compile(rb"/Type\s*/Page\b")


def browser() -> str | None:
    """The browser's program. None when there is none, or no Playwright to drive it with."""
    try:
        import playwright  # noqa: F401
    except ModuleNotFoundError:
        return None
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@asynccontextmanager
async def tabs(number: int) -> AsyncIterator[list[Any]]:
    """Tabs of one browser, each with a context of its own, so that each has a process of its own."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=browser(), args=ARGUMENTS)
        try:
            yield [await (await running.new_context()).new_page() for _ in range(number)]
        finally:
            await running.close()


async def print_file(tab: Any, file: Path) -> bytes:
    """The tagged PDF of an HTML file."""
    await tab.goto(file.as_uri())
    await tab.evaluate("document.fonts.ready.then(() => true)")
    pdf: bytes = await tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
    return pdf


async def print_files(among: Sequence[Any], files: Iterable[Path]) -> list[bytes]:
    """The PDFs, in any order; each tab takes the next file as soon as it is free."""
    waiting = iter(files)
    made: list[bytes] = []

    async def work(tab: Any, files: Iterator[Path]) -> None:
        for file in files:
            made.append(await print_file(tab, file))

    await asyncio.gather(*(work(tab, waiting) for tab in among))
    return made


def count_pages(pdfs: Iterable[bytes]) -> int:
    """The pages of PDFs made by Chromium, which names them in plain sight."""
    return sum(len(_PAGE.findall(pdf)) for pdf in pdfs)


async def _print_folder(folder: Path) -> None:
    async with tabs(1) as (tab,):
        for file in sorted(folder.glob("*.html")):
            file.with_suffix(".pdf").write_bytes(await print_file(tab, file))


if __name__ == "__main__":
    asyncio.run(_print_folder(Path(sys.argv[1]).resolve()))
