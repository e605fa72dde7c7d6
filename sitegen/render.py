"""Render: the outputs whose keys the store lacks, and only those, in worker processes.

Pages are put into the store by the workers; a PDF comes back as bytes from a pure function, so that any
``concurrent.futures.Executor`` will do. Outputs are told apart by key alone: in which order or process they are made
can't matter.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from sitegen import addresses
from sitegen.artifacts import Artifact, Output
from sitegen.attachments import AttachmentMaker
from sitegen.connect import Site
from sitegen.file_places import FilePlaces
from sitegen.plan import Plan
from sitegen.plan_search import SearchPlan
from sitegen.problems import Place, Problem
from sitegen.render_batch import Batch, Made, render_batch, warm_up
from sitegen.render_documents import DocumentMaker
from sitegen.render_search import MadeIndex, PdfText, SearchJob, read_pdf, render_search
from sitegen.sources import FILES_FOLDER
from sitegen.store import Look, Store, Stored, lost_entry
from sitegen.templates import Templates
from sitegen.views.common import PdfFacts
from sitegen.workers import Crew, SerialExecutor

HTML_MODULES = (
    "sitegen.fields",
    "sitegen.render_html",
    "sitegen.render_batch",
    "sitegen.render_search",
    "sitegen.bytecode",
)
PDF_MODULES = ("sitegen.preload_pdf", "sitegen.render_pdf")
"""What workers load before they are asked for anything."""

_LARGE_KINDS = {"json", "csv"}
"""Handed over by themselves, at once."""
LARGEST_BATCH = 40
SMALLEST_SHARE = 4
"""Few artifacts are still shared out among the workers."""
MOST_BATCHES_WAITING = 12
"""Planning waits for rendering beyond this, so that contexts don't pile up."""

Progress = Callable[[str, int, int], None]
"""Told what is being made, how many are done and how many there are so far."""


class Renderer:
    """Renders into one store, with one folder of templates."""

    def __init__(
        self,
        store: Store,
        templates: Templates,
        site: Site,
        content: Mapping[str, bytes],
        crew: Crew,
        cache: Path,
        progress: Progress,
        stage: str,
        staged: Callable[[str, str, Look], None],
    ) -> None:
        self.store = store
        self.templates = templates
        self.site = site
        self.content = content
        """The files of the content by path, in which the words of a Problem are found."""
        self.crew = crew
        self.bytecode = os.fspath(cache / "templates")
        self.progress = progress
        self.stage = stage
        """Where workers stage what they make; nothing when nothing is published."""
        self.staged = staged
        """Told the file, key and look of what was staged."""
        self.rendered: set[str] = set()
        """Keys that were made, not found."""
        self.kept: list[str] = []
        """Keys of the store's entries that PDFs rest on."""

        self.files: dict[str, str] = {}
        """Keys of the published bytes of attachments, by name."""
        self._places: FilePlaces | None = None
        self.unreadable: set[str] = set()
        """Names of PDFs that the search need not try to read."""

    @property
    def executor(self) -> Executor:
        """Who does the work at present."""
        return self.crew.executor

    def warm_up(self) -> None:
        """Have a worker compile the templates meanwhile, for itself and the others. Nothing depends on it."""
        if not isinstance(self.executor, SerialExecutor):
            self.executor.submit(warm_up, self.templates.everything, self.templates.files, self.bytecode)

    def attachments(self, plan: Plan, places: FilePlaces) -> tuple[list[Output], Site, list[Problem]]:
        """The files to download, the Site with those that are published as they are published, and problems."""
        self._places = places
        maker = AttachmentMaker(
            self.store, self.site, self.crew, places, self.stage, self.staged, partial(self._made, "Files")
        )
        made = maker.make(list(plan.artifacts()))
        self.files = made.keys
        self.unreadable = made.unreadable
        self.site = replace(self.site, attachments=made.published)
        return made.outputs, self.site, made.problems

    def place(self, path: str) -> Place:
        """Where the content names the file at a path of ``content/files``."""
        return self._places.first(path.removeprefix(f"{FILES_FOLDER}/")) if self._places else Place(path)

    def pages(self, plan: Plan, what: str) -> tuple[list[Output], list[Problem]]:
        """Make what the store lacks of a plan's pages, data files and copies. Returns all that is planned."""
        making = _Making(self, plan.shared, what)
        outputs = []
        for artifact in plan.artifacts():
            outputs.append(Output(artifact.file, artifact.kind, artifact.template, artifact.sources, artifact.key))
            making.add(artifact)
        return outputs, making.finish()

    def require(self, outputs: Iterable[Output]) -> None:
        """Raise BrokenMachine when the store has lost one of these."""
        for output in outputs:
            if not self.store.holds(output.key):
                raise lost_entry(output.file)

    def search(self, plan: SearchPlan) -> Indexing:
        """Begin with the search index, unless the store has it."""
        return Indexing(self, plan)

    def pdfs(self, documents: Sequence[Output]) -> tuple[list[Output], dict[str, PdfFacts], list[Problem]]:
        """PDFs of print HTML that is in the store: outputs, facts by file, and problems, also of those reused."""
        done = partial(self._made, "PDFs")
        maker = DocumentMaker(self.store, self.templates, self.site, self.content, self.files, self.crew, done)
        made = maker.make(documents)
        self.kept += made.kept
        return made.outputs, made.facts, made.problems

    def _made(self, what: str, key: str, done: int, of: int) -> None:
        if self.store.holds(key):
            self.rendered.add(key)
        self.progress(what, done, of)


class Indexing:
    """The search index on its way through a worker, while pages are rendered."""

    def __init__(self, renderer: Renderer, plan: SearchPlan) -> None:
        self._renderer = renderer
        readable = [(name, record) for name, record in plan.files if name not in renderer.unreadable]
        self._texts = {name: self._text_key(plan, name) for name, _ in readable}
        self._problems: list[Problem] = []
        self._read([(name, record["source"]) for name, record in readable])
        self.key, records = plan.with_texts({name: self._pages(key) for name, key in self._texts.items()})
        self._future: Future[MadeIndex] | None = None
        self._known: set[str] = set()
        if not renderer.store.holds(self.key):
            self._known = renderer.store.member_keys()
            folder = os.fspath(renderer.store.folder)
            job = SearchJob(folder, renderer.stage, addresses.PAGEFIND, self.key, plan.language, records)
            self._future = renderer.executor.submit(render_search, job)

    def _text_key(self, plan: SearchPlan, name: str) -> str:
        attachment = self._renderer.site.attachments[name]
        return hashlib.sha256(f"{plan.code}\0text\0{name}\0{attachment.digest}".encode()).hexdigest()

    def _read(self, files: Iterable[tuple[str, str]]) -> None:
        """Have the PDFs read whose text the store lacks."""
        renderer = self._renderer
        waiting: dict[str, Future[PdfText]] = {}
        for name, source in files:
            key = self._texts[name]
            if not renderer.store.holds(key):
                waiting[key] = renderer.executor.submit(read_pdf, renderer.site.attachments[name].location, source)
        for key, future in waiting.items():
            pages, problems = future.result()
            renderer.store.put(key, Stored(orjson.dumps(pages), {}, problems))

    def _pages(self, key: str) -> list[str]:
        text = self._renderer.store.get(key)
        if text is None:
            raise lost_entry("the text of a PDF")
        # Told where the content names the file, which is no matter of the text that the store has.
        told = [(problem, self._renderer.place(problem.path)) for problem in text.problems]
        self._problems += [problem._replace(**place._asdict()) for problem, place in told]
        return list(orjson.loads(text.payload))

    @property
    def keys(self) -> list[str]:
        """Keys of the store's entries that the finished index rests on, itself among them."""
        return [*self._texts.values(), self.key]

    def finish(self) -> tuple[list[Output], list[Problem]]:
        """The files of the index, and what was wrong with PDFs. Raises BrokenMachine."""
        renderer = self._renderer
        made = self._future.result() if self._future else None
        if made:
            renderer.store.added(self.key, made.size, made.facts, [])
        if not renderer.store.holds(self.key):
            raise lost_entry("the search index")
        files = renderer.store.unpack(self.key)
        for file, look in made.looks.items() if made else ():
            renderer.staged(file, files[file][0], look)
        if made:
            renderer.rendered.update(key for key, _ in files.values() if key not in self._known)
        for file, (key, _) in files.items():
            alone = file.endswith((".js", ".json"))  # a worker will want these by themselves, to compress them
            if alone and not renderer.store.holds(key) and (data := renderer.store.payload(key)) is not None:
                renderer.store.put(key, Stored(data, {}, []))
        return [Output(f, "search", "", (s,) if s else (), key) for f, (key, s) in files.items()], self._problems


class _Making:
    """The artifacts of one plan on their way through the workers."""

    def __init__(self, renderer: Renderer, shared: Mapping[str, Any], what: str) -> None:
        self._renderer = renderer
        self._shared = shared
        self._what = what
        self._seen: set[str] = set()
        self._files: dict[str, str] = {}
        self._next: list[Artifact] = []
        self._waiting: set[Future[list[Made]]] = set()
        self._problems: dict[Problem, Problem] = {}
        self._done = 0

    def add(self, artifact: Artifact) -> None:
        """Take an artifact; most are in the store already."""
        key = artifact.key
        if key in self._seen or self._renderer.store.holds(key):
            return
        self._seen.add(key)
        if artifact.kind != "print":
            self._files[key] = artifact.file
        if artifact.kind in _LARGE_KINDS:
            self._submit([artifact])
            return
        self._next.append(artifact)
        if len(self._next) == LARGEST_BATCH:
            self._submit(self._next)
            self._next = []
            self._collect(wait(self._waiting, 0).done)
            while len(self._waiting) > MOST_BATCHES_WAITING:
                self._collect(wait(self._waiting, return_when=FIRST_COMPLETED).done)

    def finish(self) -> list[Problem]:
        """Make the rest; everything that went wrong."""
        size = max(1, -(-len(self._next) // SMALLEST_SHARE))
        for start in range(0, len(self._next), size):
            self._submit(self._next[start : start + size])
        while self._waiting:
            self._collect(wait(self._waiting, return_when=FIRST_COMPLETED).done)
        return list(self._problems.values())

    def _batch(self, artifacts: Sequence[Artifact]) -> Batch:
        renderer = self._renderer
        sources = {artifact.context["of"] for artifact in artifacts if artifact.kind in ("brotli", "gzip")}
        packed = {key: place for key in sources if (place := renderer.store.place(key))}
        templates = renderer.templates
        return Batch(
            store=os.fspath(renderer.store.folder),
            stage=renderer.stage,
            bytecode=renderer.bytecode,
            engine=templates.everything,
            files=templates.files,
            shared=self._shared,
            packed=packed,
            artifacts=artifacts,
        )

    def _submit(self, artifacts: Sequence[Artifact]) -> None:
        self._waiting.add(self._renderer.executor.submit(render_batch, self._batch(artifacts)))

    def _collect(self, futures: Iterable[Future[list[Made]]]) -> None:
        for future in futures:
            self._waiting.discard(future)
            self._take(future.result())

    def _take(self, batch: Sequence[Made]) -> None:
        renderer = self._renderer
        for made in batch:
            if made.problem:  # a mistake in a template is one Problem, however many pages it stops
                self._problems.setdefault(made.problem._replace(hint=""), made.problem)
                continue
            renderer.store.added(made.key, made.size, made.facts, [])
            renderer.rendered.add(made.key)
            if made.look:
                renderer.staged(self._files[made.key], made.key, made.look)
        self._done += len(batch)
        renderer.progress(self._what, self._done, len(self._seen))
