"""Print HTML becomes a tagged PDF: a pure function of bytes to bytes, for a worker process.

Nothing is fetched but what the job declares: style sheets and pictures of the print templates as ``asset:///NAME``,
fonts of installed font packages as ``font:///FAMILY/WEIGHT[/italic]``, attachments by their address on the site. What
WeasyPrint logs becomes Remarks, since its log is the only place that tells of a missing picture or anchor; so do
letters that no declared font has, and lines that go over the edge of their page. The machine's own fonts are never
used. The PDF claims PDF/UA-1 because that is the variant asked for; whether it holds is for a validator to say.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from sitegen.machine import no_pdf_libraries
from sitegen.print_clipping import clipped
from sitegen.print_letters import letters_of, missing_letters
from sitegen.print_remarks import Remark, of_letter, of_log
from sitegen.time_limit import TookTooLong, within

VARIANT = "pdf/ua-1"
_FIELD = re.compile(r"<(?:input|textarea|select)\b")
_NO_FONTS = Path(__file__).with_name("no-machine-fonts.xml")


class PdfJob(NamedTuple):
    """One document.

    Its ``html``, the ``styles`` (name, CSS) that apply, ``assets`` and ``attachments`` by full address, and the
    seconds that it may take (``time_limit``). When ``imposed``, its pages stand two to a sheet, for folding.
    """

    html: bytes
    styles: tuple[tuple[str, bytes], ...]
    assets: tuple[tuple[str, bytes], ...]
    attachments: Mapping[str, bytes]
    base_url: str
    time_limit: int
    imposed: bool = False


class PdfResult(NamedTuple):
    """The PDF, its number of pages (of a booklet the sides of its sheets), and what there is to say."""

    payload: bytes
    pages: int
    remarks: list[Remark]


class OverTime(Exception):
    """The document took longer than it may."""


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


@contextmanager
def _without_machine_fonts() -> Iterator[None]:
    """Have Fontconfig begin with no font at all. Its variable is put back, since other programs start from here."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = os.fspath(_NO_FONTS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # WeasyPrint warns when it is loaded and finds no font
            yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


def load_library() -> Any:
    """The PDF library. Raises BrokenMachine when the system lacks what it needs."""
    try:
        with _without_machine_fonts():
            import weasyprint
    except OSError as failure:
        raise no_pdf_libraries(str(failure).splitlines()[0]) from failure
    return weasyprint


def _fetcher(declared: Mapping[str, bytes], served: list[bytes] | None = None) -> Any:
    """A fetcher that serves ``declared`` addresses and installed fonts, and refuses everything else.

    What it served is added to ``served``.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class DeclaredOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            parts = urlsplit(url)
            if parts.scheme == "font":
                data, kind = _font(parts.path), "font/ttf"
            elif url in declared:
                data, kind = declared[url], _media_type(url)
            else:
                raise ValueError(f"'{url}' is not one of the files that belong to this document")
            if served is not None:
                served.append(data)
            return URLFetcherResponse(url, data, {"Content-Type": kind})

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
    letters: frozenset[str]
    """What the declared fonts can show."""
    faults: list[Remark]


@lru_cache(maxsize=1)
def _engine(styles: tuple[tuple[str, bytes], ...], assets: tuple[tuple[str, bytes], ...]) -> _Engine:
    weasyprint = load_library()
    from weasyprint.text.fonts import FontConfiguration

    with _without_machine_fonts():
        configuration = FontConfiguration()
    served: list[bytes] = []
    fetcher = _fetcher(dict(assets), served)
    parsed = []
    with _listening() as log:
        for name, data in styles:
            address = f"asset:///{name}"
            text = data.decode("utf-8", "replace")
            parsed.append(weasyprint.CSS(string=text, base_url=address, font_config=configuration, url_fetcher=fetcher))
    letters = frozenset[str]().union(*map(letters_of, served))
    faults = [_of_style(styles, line) for _, line in log]
    if not letters:
        hint = 'Add @font-face { font-family: "Fira Sans"; src: url("font:///Fira%20Sans/400") }.'
        message = "The print styles declare no font, and fonts of the machine are not used."
        faults.append(Remark("content/print-style", "error", message, hint, (), f"templates/{styles[0][0]}", 1))
    gc.collect()
    gc.freeze()  # what is there for good need not be looked at behind each document
    return _Engine(configuration, parsed, letters, faults)


atexit.register(_engine.cache_clear)  # WeasyPrint's fonts can't be given back once the interpreter is half gone


def render_pdf(job: PdfJob) -> PdfResult:
    """The PDF of one document. Raises OverTime; BrokenMachine without the system libraries."""
    _engine(job.styles, job.assets)  # what all documents share is not counted
    try:
        with _collecting_once():
            return within(job.time_limit, lambda: _rendered(job))
    except TookTooLong:
        _engine.cache_clear()  # it may have been stopped in the midst of a change
        raise OverTime from None


@contextmanager
def _collecting_once() -> Iterator[None]:
    """Cyclic garbage, which WeasyPrint's trees are, is collected behind a document, not again and again within it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def _rendered(job: PdfJob) -> PdfResult:
    weasyprint = load_library()
    from sitegen.pdf_imposition import sides
    from sitegen.pdf_tags import write_tagged

    engine = _engine(job.styles, job.assets)
    fetcher = _fetcher({**dict(job.assets), **job.attachments})
    if not engine.letters:  # Pango would end the process
        return PdfResult(b"", 0, engine.faults)
    text = job.html.decode()
    remarks = [*engine.faults, *map(of_letter, missing_letters(text, engine.letters))]
    with _listening() as log:
        html = weasyprint.HTML(string=text, base_url=job.base_url, url_fetcher=fetcher)
        for numbered in html.etree_element.iter("ol"):
            if (start := numbered.get("start", "")).isdecimal():  # WeasyPrint would count from 1
                numbered.set("style", f"counter-reset: list-item {int(start) - 1}")
        document = html.render(
            stylesheets=engine.styles,
            font_config=engine.fonts,
            pdf_variant=VARIANT,
            pdf_forms=bool(_FIELD.search(text)),
        )
        remarks += clipped(document.pages)
        payload = write_tagged(document, job.imposed, pdf_variant=VARIANT)
    remarks += of_log(log, job.base_url)
    pages = sides(len(document.pages)) if job.imposed else len(document.pages)
    return PdfResult(payload, pages, list(dict.fromkeys(remarks)))


def _of_style(styles: tuple[tuple[str, bytes], ...], line: str) -> Remark:
    name = next((name for name, _ in styles if name in line), styles[0][0])
    message = f"The print style has something that PDFs can't show: {line}."
    hint = "Correct it, or take it out."
    at = re.search(r" at (\d+):(\d+)", line)
    return Remark("content/print-style", "warning", message, hint, (), f"templates/{name}", int(at[1]) if at else 1)
