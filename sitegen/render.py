"""Render: the outputs whose keys the store lacks, and only those, in worker processes.

Pages and data are put into the store by the workers; a PDF comes back as bytes from a pure function, so that any
``concurrent.futures.Executor`` will do. Outputs are told apart by key alone: in which order or process they are made
can't matter.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sitegen import machine
from sitegen.artifacts import Artifact, Output
from sitegen.connect import Site
from sitegen.problems import Place, Problem, error
from sitegen.render_batch import Batch, Made, render_batch, warm_up
from sitegen.store import Store, Stored
from sitegen.templates import PRINT_FOLDER, Templates
from sitegen.views.common import PdfFacts

_OWN_KINDS = {"json", "csv"}
LARGEST_BATCH = 40
SMALLEST_SHARE = 4
"""Few artifacts are still shared out, so that a large one doesn't keep the others waiting."""
Progress = Callable[[str, int, int], None]
"""Told what is being made, how many are done and how many there are."""


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


def warm_workers(executor: Executor, jobs: int, templates: Templates, cache: Path) -> None:
    """Have worker processes compile the templates meanwhile. Nothing depends on it."""
    if not isinstance(executor, SerialExecutor):
        for _ in range(jobs):
            executor.submit(warm_up, templates.everything, templates.files, os.fspath(cache / "templates"))


def start_workers(jobs: int, pdf: bool) -> Executor:
    """Worker processes that load their libraries while this process goes on reading.

    Processes, never threads: Pango's font maps are not thread-safe. A fork server loads the libraries once and each
    worker is a copy of it; where there is none (Windows) each worker loads them itself.
    """
    if jobs <= 1:
        return SerialExecutor()
    from concurrent.futures import ProcessPoolExecutor

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    modules = ["sitegen.render_html", "sitegen.render_batch", "sitegen.bytecode"]
    context.set_forkserver_preload(modules + (["weasyprint"] if pdf else []))
    with _findable_package():
        forkserver.ensure_running()
    return ProcessPoolExecutor(jobs, mp_context=context)


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
        made: Callable[[str, str], None],
    ) -> None:
        self.store = store
        self.templates = templates
        self.site = site
        self.executor = executor
        self.bytecode = os.fspath(cache / "templates")
        self.progress = progress
        self.made = made
        """Told the file and key of each page that was rendered, while others are still in work."""
        self.rendered: set[str] = set()
        """Keys that were made, not found."""

    def pages(self, artifacts: Sequence[Artifact], shared: Mapping[str, Any], what: str) -> list[Problem]:
        """Make what the store lacks of pages, data files and copies."""
        missing = list({a.key: a for a in artifacts if not self.store.holds(a.key)}.values())
        if not missing:
            return []
        problems: dict[Problem, Problem] = {}
        files = {artifact.key: artifact.file for artifact in missing if artifact.kind != "print"}
        done = 0
        for made in self._batches(missing, shared):
            for one in made:
                if one.problem:  # a mistake in a template is one Problem, however many pages it stops
                    problems.setdefault(one.problem._replace(hint=""), one.problem)
                else:
                    self.store.added(one.key, one.size, one.facts, [])
                    self.rendered.add(one.key)
                    if one.key in files:
                        self.made(files[one.key], one.key)
            done += len(made)
            self.progress(what, done, len(missing))
        return list(problems.values())

    def _batches(self, missing: Sequence[Artifact], shared: Mapping[str, Any]) -> Iterator[list[Made]]:
        folder = os.fspath(self.store.folder)
        locations = {f"files/{name}": file.location for name, file in self.site.attachments.items()}
        engine = self.templates.everything
        futures = []
        # Data files are quickly made and large to hand over, so they stay in this process.
        own = [artifact for artifact in missing if artifact.kind in _OWN_KINDS]
        missing = [artifact for artifact in missing if artifact.kind not in _OWN_KINDS]
        size = min(LARGEST_BATCH, max(1, len(missing) // SMALLEST_SHARE))
        for start in range(0, len(missing), size):
            some = missing[start : start + size]
            mine = {a.file: locations[a.file] for a in some if a.kind == "attachment"}
            batch = Batch(folder, self.bytecode, engine, self.templates.files, shared, mine, some)
            futures.append(self.executor.submit(render_batch, batch))
        if own:
            yield render_batch(Batch(folder, self.bytecode, engine, self.templates.files, shared, {}, own))
        for future in as_completed(futures):
            yield future.result()

    def pdfs(self, documents: Sequence[Artifact]) -> tuple[list[Output], dict[str, PdfFacts], list[Problem]]:
        """PDFs of print HTML that is in the store: outputs, facts by file, and problems, also of those reused."""
        engine = f"{machine.pdf_code_digest()}\0" + "".join(
            self.templates.digest(name) for name in sorted(self.templates.files) if name.startswith(PRINT_FOLDER)
        )
        outputs = []
        jobs: dict[str, Artifact] = {}
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

    def _make_pdfs(self, jobs: Mapping[str, Artifact]) -> list[Problem]:
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

    def _job(self, document: Artifact) -> Any:
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
        attachments = {f"{base}files/{name}": Path(self.site.attachments[name].location).read_bytes() for name in names}
        return PdfJob(html.payload, styles, assets, attachments, base, document.sources[0])


def _died(document: Artifact) -> Problem:
    message = "The process that made this PDF came to a sudden end, perhaps for want of memory."
    hint = "Build again with --jobs 1. If it happens again, shorten the record or take out its largest picture."
    return error("publish/pdf", Place(document.sources[0]), message, hint)


def _failed(document: Artifact, failure: Exception) -> Problem:
    reason = str(failure).strip().split("\n")[0] or type(failure).__name__
    message = f"The PDF of this record can't be made: {type(failure).__name__}: {reason}."
    hint = "Undo the last change to the record or to the print templates, and tell whoever looks after the program."
    return error("publish/pdf", Place(document.sources[0]), message, hint)
