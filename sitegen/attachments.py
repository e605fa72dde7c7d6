"""Files to download: those whose keys the store lacks are looked through and cleaned, and all are told of.

First of all that is made, since pages say how large a file is and PDFs show its picture: both mean what is published.
A file that is kept back is a Problem where the content names it; the others are made all the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from sitegen.artifacts import Artifact, Output
from sitegen.connect import Site
from sitegen.file_places import FilePlaces
from sitegen.file_remarks import UNREADABLE_PDF, FileRemark, too_slow
from sitegen.problems import Problem
from sitegen.render_file import FileJob, make_file
from sitegen.runs import Task, run_each
from sitegen.sources import Attachment
from sitegen.store import Look, Store
from sitegen.workers import Crew, WorkerDied


class Attachments(NamedTuple):
    """What came of the files of a build."""

    outputs: list[Output]
    published: dict[str, Attachment]
    """By name, those that are published: with the size and digest of the published bytes."""
    keys: dict[str, str]
    """By name, under which key the store holds those bytes."""
    unreadable: set[str]
    """Names of the PDFs of which it was told that they can't be read."""
    problems: list[Problem]


class AttachmentMaker:
    """Makes the files of a ``site`` ready in the ``store``."""

    def __init__(
        self,
        store: Store,
        site: Site,
        crew: Crew,
        places: FilePlaces,
        stage: str,
        staged: Callable[[str, str, Look], None],
        made: Callable[[str, int, int], None],
    ) -> None:
        self._store = store
        self._site = site
        self._crew = crew
        self._places = places
        self._stage = stage
        self._staged = staged
        """Told the file, key and look of what was staged."""
        self._made = made
        """Told the key of what was made, how many are done and how many there are."""

    def make(self, artifacts: Sequence[Artifact]) -> Attachments:
        """The files, and what there is to say, also of those reused. Raises OSError."""
        lacking = {one.key: one for one in artifacts if not self._store.holds(one.key)}
        problems = list(self._make(lacking.values()))
        outputs, published, keys, unreadable = [], {}, {}, set()
        for one in artifacts:
            if not self._store.holds(one.key):
                continue
            name, facts = one.context["name"], self._store.facts(one.key)
            outputs.append(Output(one.file, one.kind, one.template, one.sources, one.key))
            original = self._site.attachments[name]
            published[name] = Attachment(original.location, self._store.size(one.key), facts["digest"])
            keys[name] = one.key
            remarks = [FileRemark(*remark) for remark in facts["remarks"]]
            if any(remark.code == UNREADABLE_PDF for remark in remarks):
                unreadable.add(name)
            problems += self._told(name, remarks)
        return Attachments(outputs, published, keys, unreadable, problems)

    def _make(self, artifacts: Iterable[Artifact]) -> Iterator[Problem]:
        wanted = {one.key: one for one in artifacts}
        tasks = (Task(key, partial(self._job, one)) for key, one in wanted.items())
        for done, (key, outcome) in enumerate(run_each(self._crew, make_file, tasks), 1):
            one = wanted[key]
            if isinstance(outcome, WorkerDied):
                yield from self._told(one.context["name"], [too_slow()])
            elif isinstance(outcome, Exception):
                raise outcome
            elif outcome.size < 0:
                yield from self._told(one.context["name"], outcome.remarks)
                yield from outcome.problems
            else:
                self._store.added(key, outcome.size, outcome.facts, [])
                if outcome.look:
                    self._staged(one.file, key, outcome.look)
            self._made(key, done, len(wanted))

    def _told(self, name: str, remarks: Iterable[FileRemark]) -> Iterator[Problem]:
        for remark in remarks:
            yield remark.problem(name, self._places.first(name))

    def _job(self, one: Artifact) -> FileJob:
        name = one.context["name"]
        return FileJob(
            store=os.fspath(self._store.folder),
            stage=self._stage,
            key=one.key,
            file=one.file,
            location=self._site.attachments[name].location,
            source=one.sources[0],
            organisation=tuple(one.context["organisation"]),
        )
