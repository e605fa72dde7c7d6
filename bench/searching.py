"""Searching a built site in a real Chromium: bytes fetched for the first result, and time until results stand there.

The files come from a web server on this machine that compresses text, as the servers do for which we write
configurations. Counted are the bytes of everything in the index's folder, with their headers, as the browser got them.
"""

from __future__ import annotations

import functools
import gzip
import shutil
import statistics
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

FIRST = "chronology"
QUERIES = ("housing", "missed appointments", "police", "each visit", "record of the meeting", "grandparents", "plan")
_ASK = """(query) => new Promise((resolve) => {
  const list = document.getElementById("part-results"), input = document.getElementById("part-query");
  const begun = performance.now();
  const seen = new MutationObserver(() => {
    if (list.firstElementChild) { seen.disconnect(); resolve(performance.now() - begun); }
  });
  seen.observe(list, { childList: true });
  input.value = query;
  input.form.requestSubmit();
})"""


class Searched(NamedTuple):
    """Bytes of the index for a first result; milliseconds of searches, the parts they need fetched or not."""

    first_bytes: int
    milliseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one of the times."""
        return statistics.median(self.milliseconds)


class _Files(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if file.suffix in (".js", ".json", ".html", ".css"):
            data = gzip.compress(data, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the benchmark speaks of other things."""


def search_in_browser(output: Path) -> Searched | None:
    """Search the site in ``output``. None when there is no Chromium, or no Playwright, to search with."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not program:
        return None
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(output)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(service_workers="block").new_page()
            sizes: list[int] = []
            waiting: set[Any] = set()
            page.on("request", waiting.add)
            page.on("requestfailed", waiting.discard)
            page.on("requestfinished", waiting.discard)
            page.on("requestfinished", lambda request: sizes.append(_size(request)))
            page.goto(f"http://127.0.0.1:{server.server_port}/search/")
            page.evaluate(_ASK, FIRST)
            while waiting:
                page.wait_for_event("requestfinished")
            first = sum(sizes)
            times = tuple(float(page.evaluate(_ASK, query)) for query in QUERIES)
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
    return Searched(first, times)


def _size(request: Any) -> int:
    if "/pagefind/" not in request.url:
        return 0
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])
