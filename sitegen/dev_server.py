"""Serve: the site on this machine while it is being written, drafts included.

Builds into a folder of its own below the cache, never into the output folder; builds again at each save; tells the open
page to load itself again; and lays the Problems of a build that failed over the last good page. Answers only to this
machine, by address and by name, since drafts are confidential.
"""

from __future__ import annotations

import html
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watchdog.events import FileSystemEvent, FileSystemEventHandler

from sitegen import pipeline
from sitegen.addresses import STATIC_HEADERS
from sitegen.machine import BrokenMachine, processors
from sitegen.moment import current
from sitegen.problems import Problem, as_text, count_line, has_errors
from sitegen.sources import CONFIG_FILE, template_folder
from sitegen.terminal import tell
from sitegen.views import serving

QUIET_SECONDS = 0.1
"""A save often comes as several events; the build waits until there was none for so long."""
OWN = "/__preview/"
_HEADER = re.compile(r"(?m)^  ([A-Za-z-]+): (.*)$")
_NOT_HERE = ("upgrade-insecure-requests", "object-src 'self'")
_FOR_PDFS = "frame-ancestors 'none'"
"""Browsers show a PDF in a page of their own, which the policy for ours would stop."""
_HOSTS = {"localhost", "127.0.0.1", "::1"}


class Preview:
    """The latest build, shared between the thread that builds and those that serve."""

    def __init__(self, root: Path, cache: Path, pdf: bool) -> None:
        self.root = root
        self.site = cache / "preview" / "site"
        self._cache = cache / "preview"
        self._pdf = pdf
        self._changed = threading.Condition()
        self.number = 0
        self.problems: list[Problem] = []
        self.broken = ""
        self.base_path = "/"
        self.headers = security_headers("")

    def build(self) -> None:
        """Build once, and wake everyone who waits for it."""
        started = time.perf_counter()
        options = pipeline.Options(
            root=self.root,
            output=self.site,
            cache=self._cache,
            now=current(),
            pdf=self._pdf,
            jobs=processors(),
            preview=True,
        )
        try:
            report = pipeline.build(options, tell, lambda what, done, total: None)
        except (BrokenMachine, OSError) as failure:
            self._done([], str(failure))
            tell(str(failure))
            return
        if report.problems:
            tell(as_text(report.problems, report.source_line, sys.stdout.isatty()))
        seconds = time.perf_counter() - started
        made = f"{report.rendered} of {report.outputs} outputs rendered" if report.outputs else "not built"
        tell(f"{current().astimezone():%H:%M:%S} {made}, {count_line(report.problems)}, in {seconds:.2f} s")
        self.base_path = _base_path(report.inputs.content.get(CONFIG_FILE)) or self.base_path
        self.headers = security_headers(_read(self.site / STATIC_HEADERS))
        self._done(report.problems, "", anew=bool(report.rendered or self.broken) or report.problems != self.problems)

    def _done(self, problems: list[Problem], broken: str, anew: bool = True) -> None:
        with self._changed:
            self.problems, self.broken = problems, broken
            self.number += 1 if anew or not self.number else 0
            self._changed.notify_all()

    def next_after(self, number: int, timeout: float) -> int:
        """The number of the latest build, once it is another than ``number`` or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.number != number, timeout)
            return self.number

    def panel(self) -> str:
        """The Problems as HTML, for the top of a page."""
        if self.broken:
            return _panel("error", "The site can't be built", f"<p>{html.escape(self.broken)}</p>")
        if not self.problems:
            return ""
        severity = "error" if has_errors(self.problems) else "warning"
        title = count_line(self.problems)
        if severity == "error":
            title += ": this page is from before the last change"
        items = "".join(
            f"<li><p><code>{html.escape(_where(p))}</code></p><p>{html.escape(p.message)}</p>"
            f"<p>{html.escape(p.hint)}</p></li>"
            for p in self.problems
        )
        return _panel(severity, title, f"<ol>{items}</ol>")


def security_headers(written: str) -> dict[str, str]:
    """What readers' browsers are told with each page, from ``_headers``, the file that the build makes for hosts.

    So the preview shows nothing that the published site would not. Two things are left out that would stop a browser on
    this machine, where there is no https; what static hosts need for PDFs is left out too, as other servers do.
    """
    found = {**serving.headers(None), "Content-Security-Policy": serving.policy(https=False, hashes={})}
    found.update(_HEADER.findall(written.partition("\n/")[2].partition("\n/")[0]))
    found.pop("Strict-Transport-Security", None)
    rules = found["Content-Security-Policy"].split("; ")
    found["Content-Security-Policy"] = "; ".join(rule for rule in rules if rule not in _NOT_HERE)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:  # nothing was built yet
        return ""


def _where(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path


def _panel(severity: str, title: str, inner: str) -> str:
    state = " open" if severity == "error" else ""
    return (
        f'<section id="preview-problems" data-severity="{severity}" aria-label="Problems">'
        f"<details{state}><summary>{html.escape(title)}</summary>{inner}</details></section>"
    )


def _base_path(config: bytes | None) -> str | None:
    from sitegen.config import load_config

    settings = load_config(config)[0]
    return settings.base_path if settings else None


class _Handler(SimpleHTTPRequestHandler):
    """Serves the built tree, with the panel and the reloading script added to pages."""

    preview: Preview
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._from_here():
            self.send_error(HTTPStatus.FORBIDDEN, "This preview can be opened on this machine only")
        elif self.path.startswith(OWN):
            self._own(urlsplit(self.path).path[len(OWN) :])
        elif urlsplit(self.path).path == "/" and self.preview.base_path != "/":
            self._redirect(self.preview.base_path)
        else:
            self._page()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _from_here(self) -> bool:
        """A page elsewhere must not read drafts through a name that it points at this machine."""
        return urlsplit(f"//{self.headers.get('Host', '')}").hostname in _HOSTS

    def _page(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.is_dir():
            if not urlsplit(self.path).path.endswith("/"):
                self._redirect(urlsplit(self.path).path + "/")
                return
            file /= "index.html"
        status = HTTPStatus.OK
        if not file.is_file():
            status, file = HTTPStatus.NOT_FOUND, self.preview.site / "404.html"
        try:
            data = file.read_bytes()
        except OSError:
            status, data = (
                HTTPStatus.NOT_FOUND,
                b"<!doctype html><title>Not built yet</title><body><h1>Not built yet</h1></body>",
            )
        media_type = "text/html" if file.suffix == ".html" else self.guess_type(str(file))
        self._send(status, self._with_panel(data) if media_type == "text/html" else data, media_type)

    def translate_path(self, path: str) -> str:
        """The file below the preview's tree, with the site's base path taken off."""
        base = self.preview.base_path
        if path.startswith(base):
            path = path[len(base) - 1 :]
        return super().translate_path(path)

    def _with_panel(self, data: bytes) -> bytes:
        number = self.preview.number
        style = f'<link rel="stylesheet" href="{OWN}preview.css">'
        script = f'{style}<script src="{OWN}reload.js" data-build="{number}"></script>'
        text = data.decode("utf-8", "replace")
        text = text.replace("</head>", f"{script}</head>", 1) if "</head>" in text else script + text
        start = text.find("<body")
        end = text.find(">", start) + 1 if start >= 0 else 0
        return (text[:end] + self.preview.panel() + text[end:]).encode()

    def _own(self, name: str) -> None:
        if name == "events":
            self._events()
        elif name in ("reload.js", "preview.css"):
            data = (Path(__file__).parent / "preview" / name).read_bytes()
            self._send(HTTPStatus.OK, data, "text/javascript" if name.endswith(".js") else "text/css")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _events(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        number = self.preview.number
        try:
            while True:
                self.wfile.write(f"data: {number}\n\n".encode())
                self.wfile.flush()
                number = self.preview.next_after(number, timeout=15)
        except OSError:  # the page was closed
            return

    def _redirect(self, where: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: HTTPStatus, data: bytes, media_type: str) -> None:
        self.send_response(status)
        text = media_type.startswith("text/")
        self.send_header("Content-Type", f"{media_type}; charset=utf-8" if text else media_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        for name, value in self.preview.headers.items():
            own = name == "Content-Security-Policy" and media_type == "application/pdf"
            self.send_header(name, _FOR_PDFS if own else value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not news."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is not an error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Watcher(FileSystemEventHandler):
    """Sets ``changed`` when something was written below a watched folder."""

    def __init__(self, ignored: Sequence[Path]) -> None:
        self.changed = threading.Event()
        self._ignored = tuple(str(path) for path in ignored)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Opening and reading a file are events too; only writing counts."""
        if event.event_type not in ("opened", "closed_no_write") and not str(event.src_path).startswith(self._ignored):
            self.changed.set()


def _watch(watcher: _Watcher, root: Path, poll: bool) -> Any:
    """An observer of everything that a build reads."""
    from watchdog.observers import Observer
    from watchdog.observers.polling import PollingObserver

    folders = [(root / name, True) for name in ("content", "briefings")] + [(root, False)]
    folders.append((template_folder(root), True))

    def started(kind: Callable[[], Any]) -> Any:
        observer = kind()
        for folder, deep in folders:
            if folder.is_dir():
                observer.schedule(watcher, str(folder), recursive=deep)
        observer.start()
        return observer

    if poll:
        return started(PollingObserver)
    try:
        return started(Observer)
    except OSError:  # the system's watches are used up, or it has none
        tell("This system can't tell of changes; looking for them every second instead.")
        return started(PollingObserver)


def serve(root: Path, cache: Path, port: int, *, pdf: bool, poll: bool = False) -> int:
    """Serve until interrupted or asked to end. Returns the exit code; raises OSError when the port can't be had."""
    root = root.resolve()
    preview = Preview(root, cache.resolve(), pdf)
    handler = type("Handler", (_Handler,), {"preview": preview})
    server = _Server(("127.0.0.1", port), lambda *args: handler(*args, directory=str(preview.site)))
    watcher = _Watcher([cache.resolve(), root / "output", root / ".output.publish"])
    observer = _watch(watcher, root, poll)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tell(f"The site, drafts included, is at http://127.0.0.1:{server.server_port}/ (stop with Ctrl+C)")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # how containers and editors end a process
    try:
        preview.build()
        while True:
            watcher.changed.wait()
            while watcher.changed.is_set():
                watcher.changed.clear()
                time.sleep(QUIET_SECONDS)
            preview.build()
    except KeyboardInterrupt:
        return 0
    finally:
        observer.stop()
        server.shutdown()
        server.server_close()
