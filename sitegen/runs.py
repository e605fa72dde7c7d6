"""Tasks in an executor, a few at a time, and the one that a worker died of is found.

A pool of processes breaks when one of them dies, and with it break all tasks that it had: which one was at fault is not
said. So each of them is tried again alone, in a fresh pool; the rest goes on. Knows nothing of what is rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Generic, NamedTuple, TypeVar

from sitegen.workers import Crew

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


class WorkerDied(Exception):
    """The worker that had this task, and no other, came to a sudden end."""


class Task(NamedTuple, Generic[JobT]):
    """What is to be done: ``make`` gives the job when its turn comes, so that jobs don't pile up in memory."""

    name: str
    make: Callable[[], JobT]


def run_each(
    crew: Crew, work: Callable[[JobT], ResultT], tasks: Iterable[Task[JobT]]
) -> Iterator[tuple[str, ResultT | Exception]]:
    """For each task its name and what ``work`` returned or raised, in the order in which they are done."""
    most = 2 * crew.jobs + 1  # each worker has one in work and finds the next at once
    coming = iter(tasks)
    waiting: dict[Future[ResultT], Task[JobT]] = {}
    more = True
    while more or waiting:
        lost: list[Task[JobT]] = []
        while more and len(waiting) < most and not lost:
            task = next(coming, None)
            if task is None:
                more = False
                break
            future = _submit(crew, work, task)
            if future is None:
                lost.append(task)
            else:
                waiting[future] = task
        for future in wait(waiting, return_when=FIRST_COMPLETED).done if not lost else ():
            task = waiting.pop(future)
            outcome = _outcome(future)
            if isinstance(outcome, BrokenExecutor):
                lost.append(task)
            else:
                yield task.name, outcome
        if lost:
            for future in wait(waiting).done:  # all that the broken pool had comes back at once
                task = waiting.pop(future)
                outcome = _outcome(future)
                if isinstance(outcome, BrokenExecutor):
                    lost.append(task)
                else:
                    yield task.name, outcome
            crew.renew()
            for task in lost:
                yield task.name, _alone(crew, work, task)


def _submit(crew: Crew, work: Callable[[JobT], ResultT], task: Task[JobT]) -> Future[ResultT] | None:
    """The task in work, or None when the executor has broken."""
    job = task.make()
    try:
        return crew.executor.submit(work, job)
    except BrokenExecutor:
        return None


def _outcome(future: Future[ResultT]) -> ResultT | Exception:
    try:
        return future.result()
    except Exception as failure:
        return failure


def _alone(crew: Crew, work: Callable[[JobT], ResultT], task: Task[JobT]) -> ResultT | Exception:
    """What comes of a task when nothing else is in work."""
    future = _submit(crew, work, task)
    if future is not None:
        outcome = _outcome(future)
        if not isinstance(outcome, BrokenExecutor):
            return outcome
    crew.renew()
    return WorkerDied()
