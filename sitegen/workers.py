"""Worker processes: started early, so that they load their libraries while this process still reads.

Processes, never threads: Pango's font maps are not thread-safe. Knows nothing of what is rendered.

The standard library's pool of processes is not used. When one of its processes dies it doesn't say which task was at
fault, and with Python 3.11.2, which Debian 12 has, it can then wait for ever.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from sitegen.time_limit import let_process_end

KILLED = -9
"""The exit code of a process that the system has ended, as Linux does when memory is short."""


class WorkerDied(BrokenExecutor):
    """The worker process that had this task came to a sudden end; one that was killed had a second try."""


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


class Crew(NamedTuple):
    """An executor, of any kind, and how many tasks it does at once. Whoever makes a crew dismisses it."""

    executor: Executor
    jobs: int

    def dismiss(self) -> None:
        """End the workers. Tasks that nobody began are dropped."""
        self.executor.shutdown(cancel_futures=True)


class WorkerProcesses(Executor):
    """``jobs`` threads, each with a process of its own that does its tasks.

    A process has a pipe that no other holds, so its end is always seen, and it is known which task it had.
    """

    def __init__(self, jobs: int, context: Any) -> None:
        self._context = context
        self._threads = ThreadPoolExecutor(jobs)
        self._own = threading.local()
        self._workers: list[_Worker] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future of what a worker returned or raised, or of WorkerDied."""
        return self._threads.submit(self._do, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers when they have done what they have in work."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for worker in self._workers if wait else ():
            worker.end()

    def _do(self, *task: Any) -> Any:
        for last in (False, True):
            worker = getattr(self._own, "worker", None)
            if worker is None or not worker.process.is_alive():
                self._own.worker = worker = _start_worker(self._context)
                self._workers.append(worker)
            try:
                worker.connection.send(task)
                succeeded, result = worker.connection.recv()
            except (EOFError, OSError):
                worker.end()
                if worker.process.exitcode == KILLED and not last:
                    continue  # memory may have been short for a moment
                raise WorkerDied from None
            if succeeded:
                return result
            raise result


class _Worker(NamedTuple):
    """A process and this end of its pipe."""

    process: Any
    connection: Connection

    def end(self) -> None:
        """Let the process end, and wait until it has."""
        self.connection.close()
        self.process.join()


def _start_worker(context: Any) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # from here on the process alone holds it, so that its end is the end of the pipe
    return _Worker(process, ours)


def _work(connection: Connection) -> None:
    """Do one task after another until the pipe is closed."""
    _begin()
    with suppress(EOFError, BrokenPipeError):
        while True:
            function, args, kwargs = connection.recv()
            try:
                result = True, function(*args, **kwargs)
            except Exception as failure:
                failure.add_note(traceback.format_exc())
                result = False, failure
            _send(connection, result)


def _send(connection: Connection, result: tuple[bool, Any]) -> None:
    try:
        connection.send(result)
    except (OSError, EOFError):
        raise
    except Exception as failure:  # what was returned or raised can't be sent
        connection.send((False, TypeError(f"{result[1]!r}: {failure}")))


def start_workers(jobs: int, modules: Sequence[str]) -> Executor:
    """An executor of ``jobs`` processes that have loaded ``modules``.

    A fork server loads the modules once and each worker is a copy of it; where there is none (Windows) each worker
    loads them itself when it needs them.
    """
    if jobs <= 1:
        return SerialExecutor()
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return WorkerProcesses(jobs, multiprocessing.get_context("spawn"))
    from multiprocessing import forkserver, resource_tracker

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *modules])
    resource_tracker.ensure_running()  # lets SIGINT through again, so it must come before
    with _findable_package(), _deaf_to_interrupts():
        forkserver.ensure_running()
    return WorkerProcesses(jobs, context)


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
