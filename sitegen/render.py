"""Render: the outputs whose keys the store lacks, and only those, in worker processes.

Pages are put into the store by the workers; a PDF comes back as bytes from a pure function, so that any
``concurrent.futures.Executor`` will do. Outputs are told apart by key alone: in which order or process they are made
can't matter.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, as_completed, wait
from pathlib import Path
from typing import Any

import orjson

from sitegen import addresses, machine
from sitegen.artifacts import Artifact, Output
from sitegen.connect import Site
from sitegen.plan import Plan
from sitegen.plan_search import SearchPlan
from sitegen.problems import Place, Problem, error
from sitegen.render_batch import Batch, Made, render_batch, warm_up
from sitegen.render_search import MadeIndex, PdfText, SearchJob, read_pdf, render_search
from sitegen.store import Look, Store, Stored
from sitegen.templates import PRINT_FOLDER, Templates
from sitegen.views.common import PdfFacts
from sitegen.workers import SerialExecutor

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
        executor: Executor,
        cache: Path,
        progress: Progress,
        stage: str,
        staged: Callable[[str, str, Look], None],
    ) -> None:
        self.store = store
        self.templates = templates
        self.site = site
        self.executor = executor
        self.bytecode = os.fspath(cache / "templates")
        self.progress = progress
        self.stage = stage
        """Where workers stage what they make; nothing when nothing is published."""
        self.staged = staged
        """Told the file, key and look of what was staged."""
        self.rendered: set[str] = set()
        """Keys that were made, not found."""

    def warm_up(self) -> None:
        """Have a worker compile the templates meanwhile, for itself and the others. Nothing depends on it."""
        if not isinstance(self.executor, SerialExecutor):
            self.executor.submit(warm_up, self.templates.everything, self.templates.files, self.bytecode)

    def pages(self, plan: Plan, what: str) -> tuple[list[Output], list[Problem]]:
        """Make what the store lacks of a plan's pages, data files and copies. Returns all that is planned."""
        making = _Making(self, plan.shared, what)
        outputs = []
        for artifact in plan.artifacts():
            outputs.append(Output(artifact.file, artifact.kind, artifact.template, artifact.sources, artifact.key))
            making.add(artifact)
        return outputs, making.finish()

    def search(self, plan: SearchPlan) -> Indexing:
        """Begin with the search index, unless the store has it."""
        return Indexing(self, plan)

    def pdfs(self, documents: Sequence[Output]) -> tuple[list[Output], dict[str, PdfFacts], list[Problem]]:
        """PDFs of print HTML that is in the store: outputs, facts by file, and problems, also of those reused."""
        engine = f"{machine.pdf_code_digest()}\0" + "".join(
            self.templates.digest(name) for name in sorted(self.templates.files) if name.startswith(PRINT_FOLDER)
        )
        outputs = []
        jobs: dict[str, Output] = {}
        for document in documents:
            facts = self.store.facts(document.key)
            digest = hashlib.sha256(f"{engine}\0{facts['digest']}".encode())
            for name in facts["files"]:
                attachment = self.site.attachments.get(name)
                digest.update(f"\0{name}\0{attachment.digest if attachment else ''}".encode())
            key = digest.hexdigest()
            outputs.append(Output(document.file, "pdf", document.template, document.sources, key))
            if not self.store.holds(key):
                jobs.setdefault(key, document)
        problems = self._make_pdfs(jobs) if jobs else []
        found: dict[str, PdfFacts] = {}
        for output in outputs:
            if self.store.holds(output.key):
                found[output.file] = PdfFacts(self.store.size(output.key), int(self.store.facts(output.key)["pages"]))
                problems += self.store.problems(output.key)
        return outputs, found, problems

    def _make_pdfs(self, jobs: Mapping[str, Output]) -> list[Problem]:
        from concurrent.futures.process import BrokenProcessPool

        from sitegen.render_pdf import render_pdf

        futures = {self.executor.submit(render_pdf, self._job(document)): key for key, document in jobs.items()}
        problems: list[Problem] = []
        for done, future in enumerate(as_completed(futures), 1):
            key = futures[future]
            try:
                result = future.result()
            except BrokenProcessPool:
                problems.append(_died(jobs[key]))
                continue
            except (OSError, machine.BrokenMachine):
                raise
            except Exception as failure:
                problems.append(_failed(jobs[key], failure))
                continue
            self.store.put(key, Stored(result.payload, {"pages": result.pages}, result.problems))
            self.rendered.add(key)
            self.progress("PDFs", done, len(futures))
        return problems

    def _job(self, document: Output) -> Any:
        from sitegen.render_pdf import PdfJob

        html = self.store.get(document.key)
        assert html is not None, "print HTML is in the store while its PDF is made"
        base = f"{self.site.config.origin}{self.site.config.base_path}"
        names = [name for name in html.facts["files"] if name in self.site.attachments]
        files = self.templates.files
        styles = tuple((name, files[name]) for name in self.templates.print_styles)
        assets = tuple(
            (f"asset:///{name}", data)
            for name, data in sorted(files.items())
            if name.startswith(PRINT_FOLDER) and not name.endswith(".html")
        )
        attachments = {
            f"{base}{addresses.of_attachment(name)}": Path(self.site.attachments[name].location).read_bytes()
            for name in names
        }
        return PdfJob(html.payload, styles, assets, attachments, base, document.sources[0])


class Indexing:
    """The search index on its way through a worker, while pages are rendered."""

    def __init__(self, renderer: Renderer, plan: SearchPlan) -> None:
        self._renderer = renderer
        self._texts = {name: self._text_key(plan, name) for name, _ in plan.files}
        self._problems: list[Problem] = []
        self._read([(name, record["source"]) for name, record in plan.files])
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
        self._problems += self._renderer.store.problems(key)
        text = self._renderer.store.payload(key)
        return [] if text is None else list(orjson.loads(text))

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
        attachments = {
            artifact.file: renderer.site.attachments[artifact.context["location"]].location
            for artifact in artifacts
            if artifact.kind == "attachment"
        }
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
            attachments=attachments,
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


def _died(document: Output) -> Problem:
    message = "The process that made this PDF came to a sudden end, perhaps for want of memory."
    hint = "Build again with --jobs 1. If it happens again, shorten the record or take out its largest picture."
    return error("publish/pdf", Place(document.sources[0]), message, hint)


def _failed(document: Output, failure: Exception) -> Problem:
    reason = str(failure).strip().split("\n")[0] or type(failure).__name__
    message = f"The PDF of this record can't be made: {type(failure).__name__}: {reason}."
    hint = "Undo the last change to the record or to the print templates, and tell whoever looks after the program."
    return error("publish/pdf", Place(document.sources[0]), message, hint)
