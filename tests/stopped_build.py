"""A build that is stopped at a named point, for tests: killed, interrupted, or held until it is told to go on.

    python -m tests.stopped_build kill "site exchanged" --root FOLDER build ...

A point is just after something that a build does. The program knows nothing of it: what does that is wrapped here, in
a process of its own. ``kill`` ends every process of its group, ``interrupt`` is Ctrl+C, which reaches them all too, and
``hold`` writes "held" to standard output and goes on when standard input ends.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sitegen import cli, history, pipeline, publish, render, store

POINTS: dict[str, tuple[Any, str, bool]] = {
    "lock taken": (pipeline, "read_inputs", False),
    "inputs read": (pipeline, "read_inputs", True),
    "records read": (pipeline, "_read", True),
    "rendering begun": (render.Renderer, "warm_up", True),
    "pages made": (pipeline, "_make", True),
    "one file staged": (publish, "stage_file", True),
    "old files cleared away": (publish, "_remove_strays", True),
    "all staged": (publish.OutputFolder, "_staged", True),
    "about to exchange": (publish.OutputFolder, "_exchange", False),
    "site exchanged": (publish.OutputFolder, "_exchange", True),
    "published": (publish.OutputFolder, "publish", True),
    "store closed": (store.Store, "close", True),
    "record written": (history, "write_record", True),
    "run noted": (pipeline, "_note_run", True),
}
"""Points in the order in which a build reaches them: whose, which function, and whether after it or before."""
WITHOUT_EXCHANGE = {"site set aside": (os, "rename", True)}
"""Reached only where folders can't be exchanged in one step: the old site has left, the new one isn't there yet."""
EXCHANGED = list(POINTS).index("site exchanged")


def _kill() -> None:
    os.killpg(0, signal.SIGKILL)


def _interrupt() -> None:
    os.killpg(0, signal.SIGINT)


def _hold() -> None:
    print("held", flush=True)
    sys.stdin.read()


STOPS = {"kill": _kill, "interrupt": _interrupt, "hold": _hold}


def stop_at(point: str, stop: Callable[[], None]) -> None:
    """Wrap what leads to a point, so that ``stop`` is called when it is reached for the first time."""
    if point in WITHOUT_EXCHANGE:
        publish._rename_exchange = lambda one, other: False
    owner, name, after = {**POINTS, **WITHOUT_EXCHANGE}[point]
    real = getattr(owner, name)
    stops = [stop]

    @functools.wraps(real)
    def wrapped(*words: Any, **named: Any) -> Any:
        if not after and stops:
            stops.pop()()
        result = real(*words, **named)
        if stops:
            stops.pop()()
        return result

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have turned it off
    stop_at(sys.argv[2], STOPS[sys.argv[1]])
    sys.exit(cli.main(sys.argv[3:]))
