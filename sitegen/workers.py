"""Worker processes: started early, so that they load their libraries while this process still reads.

Processes, never threads: Pango's font maps are not thread-safe. Knows nothing of what is rendered.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from sitegen.time_limit import let_process_end


class SerialExecutor(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as failure:
            future.set_exception(failure)
        return future


class Crew:
    """An executor, of any kind, and the way to a fresh one when it has broken.

    ``jobs`` says how many tasks it does at once. Whoever makes a crew dismisses it.
    """

    def __init__(self, start: Callable[[], Executor], jobs: int) -> None:
        self.executor = start()
        self.jobs = jobs
        self._start = start

    def renew(self) -> None:
        """Put a fresh executor in the place of one whose worker has died. What it had in work is lost."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self._start()

    def dismiss(self) -> None:
        """End the workers. Tasks that nobody began are dropped."""
        self.executor.shutdown(cancel_futures=True)


def start_workers(jobs: int, modules: Sequence[str]) -> Executor:
    """An executor of ``jobs`` processes that have loaded ``modules``.

    A fork server loads the modules once and each worker is a copy of it; where there is none (Windows) each worker
    loads them itself when it needs them.
    """
    if jobs <= 1:
        return SerialExecutor()
    from concurrent.futures import ProcessPoolExecutor

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    from multiprocessing import forkserver, resource_tracker

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *modules])
    resource_tracker.ensure_running()  # lets SIGINT through again, so it must come before
    with _findable_package(), _deaf_to_interrupts():
        forkserver.ensure_running()
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Prepare a worker: without the collector of cyclic garbage, of which pages make none, and bound to its parent.

    A worker whose parent was killed would wait for work for ever.
    """
    gc.freeze()
    gc.disable()
    let_process_end()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for_end, args=(parent.sentinel,), daemon=True).start()


def _wait_for_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl+C reaches every process of a terminal; those that start here leave it to this one, which ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _findable_package() -> Iterator[None]:
    """The fork server starts as a fresh interpreter and must find this package."""
    here = os.fspath(Path(__file__).resolve().parent.parent)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = here if not before else os.pathsep.join((here, before))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
