"""Standard output and standard error: what is said there, and what becomes of it when nobody can take it.

A reader who has gone (``| head -1``) or never was (``>&-``) changes nothing about what a command does and how it ends.
Output that can't be written, on a full disk, is a fault: whoever asked for it would take half of it for all.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO


class CannotTell(Exception):
    """Standard output took less than all that was said; the message says why."""


def open_streams() -> None:
    """Give a process that was started without output somewhere to write, and let no letter be unwritable.

    Otherwise the first file that is opened would stand in the place of the output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                _put_nothing(number, os.O_RDONLY if name == "stdin" else os.O_WRONLY)
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def tell(text: str, end: str = "\n") -> None:
    """Write what was asked for to standard output. Raises CannotTell when it can't be written."""
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        _hush(sys.stdout)
    except OSError as failure:
        _hush(sys.stdout)
        why = failure.strerror or str(failure)
        message = f"What there is to say could not be written: {why}. Make room, or send it elsewhere."
        raise CannotTell(message) from failure


def finish_telling() -> None:
    """Write what others left for standard output. Raises CannotTell."""
    tell("", end="")


def remark(text: str) -> None:
    """Say something on standard error; when nobody can take it, nothing happens."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _hush(sys.stderr)


def _hush(stream: TextIO) -> None:
    """Send what a stream still holds, and all that follows, nowhere."""
    with contextlib.suppress(OSError, ValueError):
        _put_nothing(stream.fileno(), os.O_WRONLY)
        stream.flush()


def _put_nothing(number: int, mode: int) -> None:
    nothing = os.open(os.devnull, mode)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
