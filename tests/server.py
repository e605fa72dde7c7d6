"""A web server of the kind that a board has: it serves a folder on this machine, for the tests that need a browser."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import mimetypes
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""What the configuration in ``deploy/`` sends with every answer."""
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
}
TEXTS = ("text/", "application/json", "application/xml", "image/svg+xml", "application/manifest+json")


class Listener(ThreadingHTTPServer):
    """Answers on a free port from its creation until ``with`` ends, and then leaves no connection and no thread behind.

    ``handler`` has ``site`` as its own, and tells it the path of each request with ``note``.
    """

    daemon_threads = True
    request_queue_size = 128
    """Browsers open many connections at once; the usual queue of five makes the others try again after seconds."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], site: object) -> None:
        self.asked: list[str] = []
        self._news = threading.Condition()
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), type("Handler", (handler,), {"site": site}))
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def note(self, path: str) -> None:
        """Add to ``asked``, and wake who waits for it."""
        with self._news:
            self.asked.append(path)
            self._news.notify_all()

    def wait_until(self, what: Callable[[list[str]], bool], seconds: float = 30) -> None:
        """Wait for requests; ``what`` is asked again with all paths, after each. Fails when ``seconds`` are over."""
        with self._news:
            assert self._news.wait_for(lambda: what(self.asked), seconds), f"asked for were only {self.asked}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._news:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._news:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser may leave before the answer ends; anything else is a fault of the test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def __exit__(self, *of: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._news:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # its other end may have closed it
                    connection.shutdown(socket.SHUT_RDWR)


class Server:
    """Serves a ``folder`` below ``path`` at ``address`` from its creation until ``with`` ends; on a free port.

    The folder may be another at the next request: nothing is kept but the compressed form of bytes.
    """

    def __init__(self, folder: Path, path: str = "/", headers: Mapping[str, str] = HEADERS) -> None:
        self.folder = folder
        self.path = path
        self.headers = dict(headers)
        self._packed: dict[bytes, bytes] = {}
        self._listener = Listener(_Handler, self)
        self.origin = self._listener.origin
        self.address = self.origin + path

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, oldest first."""
        return self._listener.asked

    def note(self, path: str) -> None:
        self._listener.note(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, trace)

    def packed(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        if digest not in self._packed:
            self._packed[digest] = gzip.compress(data, 6, mtime=0)
        return self._packed[digest]


class _Handler(BaseHTTPRequestHandler):
    site: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.site.note(path)
        if not path.startswith(self.site.path):
            return self._send(404, b"", "text/plain")
        root = self.site.folder.resolve()
        file = (root / path.removeprefix(self.site.path)).resolve()
        if not file.is_relative_to(root):
            return self._send(404, b"", "text/plain")
        if file.is_dir() and not path.endswith("/"):
            return self._send(301, b"", "text/plain", {"Location": f"{path}/"})
        if path.endswith("/"):
            file /= "index.html"
        if not file.is_file():
            missing = root / "404.html"
            return self._send(404, missing.read_bytes() if missing.is_file() else b"", KINDS[".html"])
        kind = KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return self._send(200, file.read_bytes(), kind)

    do_HEAD = do_GET

    def _send(self, status: int, data: bytes, kind: str, more: Mapping[str, str] | None = None) -> None:
        headers = {**self.site.headers, "Content-Type": kind, **(more or {})}
        if status == 200:
            headers["ETag"] = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
            fixed = urlsplit(self.path).path.startswith(f"{self.site.path}assets/")  # its name has its version
            headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
            if self.headers.get("If-None-Match") == headers["ETag"]:
                status, data = 304, b""
        if data and kind.startswith(TEXTS):
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                data = self.site.packed(data)
                headers["Content-Encoding"] = "gzip"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Tests say what failed; a line for each request would hide it."""
