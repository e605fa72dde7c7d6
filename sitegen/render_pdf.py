"""Print HTML becomes a tagged PDF: a pure function of bytes to bytes, for a worker process.

Nothing is fetched but what the job declares: style sheets and pictures of the print templates as ``asset:///NAME``,
fonts of installed font packages as ``font:///FAMILY/WEIGHT[/italic]``, attachments by their address on the site. What
WeasyPrint logs becomes Problems, since its log is the only place that tells of a missing picture or anchor. The PDF
claims PDF/UA-1 because that is the variant asked for; whether it holds is for a validator to say.
"""

from __future__ import annotations

import atexit
import gc
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from sitegen.machine import no_pdf_libraries
from sitegen.problems import Place, Problem, error, warning

VARIANT = "pdf/ua-1"
_ABOUT_MACHINE = "HarfBuzz-Subset"
"""A remark on what is not installed; the build says it once."""


class PdfJob(NamedTuple):
    """One document.

    Its ``html``, the ``styles`` (name, CSS) that apply, ``assets`` and ``attachments`` by full address, and the
    ``source`` file that Problems name.
    """

    html: bytes
    styles: tuple[tuple[str, bytes], ...]
    assets: tuple[tuple[str, bytes], ...]
    attachments: Mapping[str, bytes]
    base_url: str
    source: str


class PdfResult(NamedTuple):
    """The PDF, its number of pages, and what there is to say about it."""

    payload: bytes
    pages: int
    problems: list[Problem]


class _LogToList(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, record.getMessage()))


@contextmanager
def _listening() -> Iterator[list[tuple[int, str]]]:
    logger = logging.getLogger("weasyprint")
    handler = _LogToList()
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as failure:
        raise no_pdf_libraries(str(failure).splitlines()[0]) from failure
    return weasyprint


def _fetcher(declared: Mapping[str, bytes]) -> Any:
    """A fetcher that serves ``declared`` addresses and installed fonts, and refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class DeclaredOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            parts = urlsplit(url)
            if parts.scheme == "font":
                return URLFetcherResponse(url, _font(parts.path), {"Content-Type": "font/ttf"})
            if url not in declared:
                raise ValueError(f"'{url}' is not one of the files that belong to this document")
            return URLFetcherResponse(url, declared[url], {"Content-Type": _media_type(url)})

    return DeclaredOnly(allowed_protocols=(), allow_redirects=False)


def _font(path: str) -> bytes:
    import fontpkg

    family, weight, *style = unquote(path).strip("/").split("/")
    return bytes(fontpkg.path(family, int(weight), style=style[0] if style else "normal").read_bytes())


_MEDIA_TYPES = {
    "css": "text/css",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}


def _media_type(url: str) -> str:
    return _MEDIA_TYPES.get(url.rpartition(".")[2].lower(), "application/octet-stream")


class _Engine(NamedTuple):
    """What documents share within a process: parsing styles and loading fonts costs more than a page."""

    fonts: Any
    styles: list[Any]
    faults: list[str]


@lru_cache(maxsize=1)
def _engine(styles: tuple[tuple[str, bytes], ...], assets: tuple[tuple[str, bytes], ...]) -> _Engine:
    weasyprint = _weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    fetcher = _fetcher(dict(assets))
    parsed = []
    with _listening() as log:
        for name, data in styles:
            address = f"asset:///{name}"
            text = data.decode("utf-8", "replace")
            parsed.append(weasyprint.CSS(string=text, base_url=address, font_config=fonts, url_fetcher=fetcher))
    return _Engine(fonts, parsed, [line for _, line in log])


atexit.register(_engine.cache_clear)  # WeasyPrint's fonts can't be given back once the interpreter is half gone


def render_pdf(job: PdfJob) -> PdfResult:
    """The PDF of one document. Raises BrokenMachine without the system libraries."""
    weasyprint = _weasyprint()
    gc.enable()  # WeasyPrint's trees are cyclic
    engine = _engine(job.styles, job.assets)
    fetcher = _fetcher({**dict(job.assets), **job.attachments})
    with _listening() as log:
        html = weasyprint.HTML(string=job.html.decode(), base_url=job.base_url, url_fetcher=fetcher)
        document = html.render(stylesheets=engine.styles, font_config=engine.fonts, pdf_variant=VARIANT)
        payload = document.write_pdf(pdf_variant=VARIANT)
    problems = [_style_problem(job.styles, line) for line in engine.faults]
    about_document = [entry for entry in dict.fromkeys(log) if _ABOUT_MACHINE not in entry[1]]
    problems += [_problem(job.source, level, line) for level, line in about_document]
    return PdfResult(payload, len(document.pages), problems)


def _style_problem(styles: tuple[tuple[str, bytes], ...], line: str) -> Problem:
    name = next((name for name, _ in styles if name in line), styles[0][0])
    at = re.search(r" at (\d+):(\d+)", line)
    place = Place(f"templates/{name}", int(at[1]) if at else 1, int(at[2]) if at else 1)
    return warning("content/print-style", place, f"The print style has something that PDFs can't show: {line}.")


def _problem(source: str, level: int, line: str) -> Problem:
    place = Place(source)
    if "Failed to load image" in line:
        address = re.search(r"'([^']+)'", line)
        message = f"A picture can't be shown in the PDF: {address[1] if address else line}."
        hint = "Put the picture into content/files and name it as file:NAME; check that it opens on your computer."
        return error("content/picture", place, message, hint)
    if "No anchor" in line or "no anchor" in line:
        return error("reference/anchor", place, f"A link in the PDF leads nowhere: {line}.", "Correct the link.")
    if "alt" in line.lower() and "image" in line.lower():
        message = "A picture has no text for people who can't see it."
        return error(
            "accessibility/alternative-text", place, message, "Write it in the brackets: ![what it shows](file:NAME)."
        )
    what = "An error" if level >= logging.ERROR else "A remark"
    return warning("accessibility/pdf", place, f"{what} while making the PDF: {line}.", "")
