"""Tasks in an executor, a few at a time. Knows nothing of what is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from sitegen.workers import Crew, WorkerDied

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


class Task(NamedTuple, Generic[JobT]):
    """What is to be done: ``make`` gives the job when its turn comes, so that jobs don't pile up in memory."""

    name: str
    make: Callable[[], JobT]


def run_each(
    crew: Crew, work: Callable[[JobT], ResultT], tasks: Iterable[Task[JobT]]
) -> Iterator[tuple[str, ResultT | Exception]]:
    """For each task its name and what ``work`` returned or raised, in the order in which they are done.

    WorkerDied is the result of a task whose worker came to a sudden end; the others go on. Raises BrokenExecutor when
    no more work can be done at all.
    """
    most = 2 * crew.jobs + 1  # each worker has one in work and finds the next at once
    coming = iter(tasks)
    waiting: dict[Future[ResultT], Task[JobT]] = {}
    while True:
        for task in islice(coming, most - len(waiting)):
            waiting[crew.executor.submit(work, task.make())] = task
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            task = waiting.pop(future)
            failure = future.exception()
            if failure is None:
                yield task.name, future.result()
            elif isinstance(failure, Exception) and (
                isinstance(failure, WorkerDied) or not isinstance(failure, BrokenExecutor)
            ):
                yield task.name, failure
            else:
                raise failure
