"""Loaded into worker processes by tests: a document that asks for it ends its worker, or hangs in C code.

Whatever opens a connection ends the worker too, and says so.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

from sitegen import render_pdf, time_limit


def _hang() -> None:
    """Wait in C for a lock that this thread has, with Python's own lock held, so that nothing of Python runs."""
    library = ctypes.PyDLL(None)
    lock = ctypes.create_string_buffer(128)  # larger than any system's pthread_mutex_t; all zero is one that is free
    library.pthread_mutex_lock(lock)
    library.pthread_mutex_lock(lock)


ENDS = {
    b"kill this worker": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"leave this worker": lambda: os._exit(0),
    b"break this worker": lambda: ctypes.string_at(0),
    b"hang this worker": _hang,
}
time_limit.GRACE = 1
_real = render_pdf.render_pdf


def misbehaving(job: render_pdf.PdfJob) -> render_pdf.PdfResult:
    """Like the real one, but for documents with one of the words."""
    for words, end in ENDS.items():
        if words in job.html:
            time_limit.within(job.time_limit, end)
    return _real(job)


def _no_connections(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        address = arguments[1] if event == "socket.connect" else arguments[0]
        if not isinstance(address, str | bytes) or event != "socket.connect":  # a path is a socket of this machine
            print(f"CONNECTION {event} {arguments!r}", file=sys.stderr, flush=True)
            os._exit(70)


render_pdf.render_pdf = misbehaving
sys.addaudithook(_no_connections)
