"""Measures whole processes from outside: wall-clock time, and the peak memory of any one process.

Time runs from the start of the process to its end, so it includes what an interpreter needs to start. Memory is read in
runs of its own, since reading it costs time: every few milliseconds each process of the tree is asked for the most
memory that it ever held at once (VmHWM in ``/proc``, shared pages included). Not measured: the sum over processes,
the page cache, and a peak that a process reaches in its last few milliseconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.projects import BuildFailed, Project, run

POLL = 0.02
"""Seconds between two looks at the memory."""


class Times(NamedTuple):
    """Seconds, one figure a run."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3f} ({min(self.seconds):.3f}–{max(self.seconds):.3f})"


Prepare = Callable[[Project, int], None]
"""Brings a project into the state that a timed build starts from; the number differs for each build."""


def build_seconds(project: Project) -> float:
    """Build once. Returns the seconds. Raises BuildFailed."""
    command = project.command()
    os.sync()  # what the preparation left to write is not part of the build
    started = time.perf_counter()
    run(command, project.folder)
    return time.perf_counter() - started


def alternate(
    projects: Iterable[Project], runs: int, prepare: Prepare, numbers: Iterator[int], warm_up: bool = True
) -> list[Times]:
    """Build each project in turn, ``runs`` times after one warm-up: a slow spell of the machine hits all alike."""
    projects = list(projects)
    seconds: list[list[float]] = [[] for _ in projects]
    for turn in range(0 if warm_up else 1, runs + 1):
        number = next(numbers)
        for kept, project in zip(seconds, projects, strict=True):
            prepare(project, number)
            taken = build_seconds(project)
            if turn:
                kept.append(taken)
    return [Times(tuple(kept)) for kept in seconds]


class Memory(NamedTuple):
    """Seconds of a build; the peak of its first process, and that of any other, in MB (10⁶ bytes)."""

    seconds: float
    main: float
    worker: float

    @property
    def largest(self) -> float:
        """The peak of any one process."""
        return max(self.main, self.worker)


def peak_memory(project: Project) -> Memory | None:
    """Build once. None where there is no ``/proc``."""
    if not Path("/proc/self/status").exists():
        return None
    peaks: dict[int, int] = {}
    started = time.perf_counter()
    quiet = subprocess.DEVNULL
    with subprocess.Popen(project.command(), cwd=project.folder, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        while process.poll() is None:
            for pid in _tree(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), _high_water(pid))
            time.sleep(POLL)
    if process.returncode:
        raise BuildFailed(f"{project.name} ended with {process.returncode} while its memory was measured")
    main = peaks.pop(process.pid, 0)
    return Memory(time.perf_counter() - started, main / 1e6, max(peaks.values(), default=0) / 1e6)


def _tree(root: int) -> list[int]:
    """A process and all below it."""
    found = [root]
    for pid in found:
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:  # it has just ended
            continue
        found += [child for child in children if child not in found]
    return found


def _high_water(pid: int) -> int:
    """The most bytes of memory that a process ever held, 0 when it has just ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
