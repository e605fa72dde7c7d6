"""A limit on the time that one piece of work may take: it is stopped where it stands, and the rest goes on.

A timer interrupts Python code; it needs the main thread of a process, and strikes again every second, since libraries
catch whatever is raised in them. Code in C is not interrupted. So a process that is ours to lose (a worker process of
our own, never the one that people started) ends itself if the work goes on long beyond its limit.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

GRACE = 5
"""Seconds beyond the limit after which a process that is ours to lose ends itself."""
_AGAIN = 1.0

ResultT = TypeVar("ResultT")


class TookTooLong(BaseException):
    """The work was stopped at its limit. No ``Exception``, since libraries catch those."""


_expendable = False


def let_process_end() -> None:
    """Say that this process may end itself for the sake of a limit."""
    global _expendable
    _expendable = True


def within(seconds: int, work: Callable[[], ResultT]) -> ResultT:
    """What ``work`` returns. Raises TookTooLong when it takes longer than ``seconds``.

    Outside the main thread, and where the system has no timers, nothing but the end of an expendable process stops it.
    """
    struck = False

    def strike(*_: Any) -> None:
        nonlocal struck
        struck = True
        raise TookTooLong

    timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    silence = open(os.devnull, "w") if _expendable else None  # noqa: SIM115 - closed below, when no one writes to it
    before: Any = None
    try:
        if silence:
            faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=silence)
        if timed:
            before = signal.signal(signal.SIGALRM, strike)
            signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        result = work()
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if silence:
            faulthandler.cancel_dump_traceback_later()
            silence.close()
    if struck:  # the library caught it, and what it made may lack a part
        raise TookTooLong
    return result
