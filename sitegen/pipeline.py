"""The whole story: read, connect, check, plan, render, publish.

The only module that knows all six verbs. Content that is wrong is returned as Problems; an exception is a broken
machine or a bug of ours. Any error keeps what was published as it was.

Before the story begins it asks whether it was told already: the same inputs, and a time at which the same answers hold.
Then nothing needs to be read in earnest, and the modules of the middle are not even loaded.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sitegen.machine import code_digest, worker_died
from sitegen.moment import stamp
from sitegen.problems import CODES, Place, Problem, has_errors, in_order
from sitegen.sources import CONFIG_FILE, Inputs, read_inputs, template_folder

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sitegen.artifacts import Output
    from sitegen.config import Config
    from sitegen.connect import Site
    from sitegen.file_places import FilePlaces
    from sitegen.history import LastBuild
    from sitegen.moment import Moment
    from sitegen.parse import Document
    from sitegen.publish import OutputFolder
    from sitegen.records import Library
    from sitegen.render import Renderer
    from sitegen.templates import Templates
    from sitegen.views.common import PdfFacts

PARSED_FILE = "parsed.json"
RUN_FILE = "last-run.json"

Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]


class Options(NamedTuple):
    """What a build is asked for."""

    root: Path
    output: Path
    cache: Path
    now: datetime
    pdf: bool = True
    jobs: int = 1
    strict: bool = False
    preview: bool = False
    publish: bool = True


class Report(NamedTuple):
    """What came of a build. ``published`` is true when ``output`` is exactly this build."""

    problems: list[Problem]
    published: bool
    outputs: int
    rendered: int
    reused: int
    inputs: Inputs

    def source_line(self, path: str, line: int) -> str:
        """A line of a file that was read."""
        name = path.removeprefix("templates/")
        data = self.inputs.content.get(path) or self.inputs.templates.get(name, b"")
        text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        lines = text.split("\n")
        return lines[line - 1] if 0 < line <= len(lines) else ""


def build(options: Options, say: Say, progress: Progress) -> Report:
    """Build the site. Raises OSError and BrokenMachine when the machine stops the work."""
    from sitegen.history import LastBuild
    from sitegen.locks import locked
    from sitegen.publish import OutputFolder

    options.cache.mkdir(parents=True, exist_ok=True)
    with locked(options.cache / "lock", say):
        inputs = read_inputs(options.root, template_folder(options.root))
        code = code_digest()
        question = _question(options, inputs, code)
        last = LastBuild(options.cache)
        folder = OutputFolder(options.output)
        if not options.publish:
            return _build(options, inputs, code, question, folder, last, say, progress)
        folder.refuse_foreign()
        with locked(folder.work / "lock", say):  # another project may publish to the same place
            folder.recover()
            if last.answers(question, stamp(options.now)) and folder.is_exactly(last.wanted):
                _note_run(options.cache, unchanged=True)
                count = len(last.wanted)
                return Report(last.problems, True, count, 0, count, inputs)
            return _build(options, inputs, code, question, folder, last, say, progress)


def _question(options: Options, inputs: Inputs, code: str) -> str:
    """Everything that a build's result depends on, but the time."""
    asked = f"{options.output}\0{options.pdf}\0{options.strict}\0{options.preview}"
    return hashlib.sha256(f"{inputs.digest}\0{code}\0{asked}".encode()).hexdigest()


def _build(
    options: Options,
    inputs: Inputs,
    code: str,
    question: str,
    folder: OutputFolder,
    last: LastBuild,
    say: Say,
    progress: Progress,
) -> Report:
    # Loaded only now: a build in which nothing has changed does without them.
    from concurrent.futures import BrokenExecutor

    from sitegen.config import load_config, with_severities
    from sitegen.connect import connect
    from sitegen.file_places import FilePlaces
    from sitegen.moment import Moment
    from sitegen.render import HTML_MODULES, PDF_MODULES, Renderer
    from sitegen.store import Store
    from sitegen.templates import Templates
    from sitegen.workers import Crew, start_workers

    if options.pdf:
        _look_for_pdf_libraries(say)
    pdfs_likely = options.pdf and _concerns_pdfs(inputs.digests, last.digests)
    modules = (*HTML_MODULES, *(PDF_MODULES if pdfs_likely else ()))
    crew = Crew(start_workers(options.jobs, modules), options.jobs)
    ending: threading.Thread | None = None
    try:
        config, config_document, problems = load_config(inputs.content.get(CONFIG_FILE))
        problems = [*inputs.problems, *problems]
        if config is None or config_document is None:
            return _stopped(_without_config(problems, inputs), inputs)
        library, found = _read(options.cache, inputs, code, config, crew.executor if options.jobs > 1 else None)
        problems += found
        moment = Moment(options.now, config.zone)
        site, found = connect(library, inputs.attachments, config, config_document, moment, options.preview)
        places = FilePlaces(site, config_document)
        checked = _checked(site, config_document, places)
        problems = with_severities([*problems, *found, *checked], config, options.strict)
        if has_errors(problems):
            return _stopped(problems, inputs)

        templates = Templates(inputs.templates)
        store = Store(options.cache / "store", last.generation)
        stage = os.fspath(folder.stage) if options.publish else ""
        if options.publish:
            folder.prepare()
        renderer = Renderer(
            store, templates, site, inputs.content, crew, options.cache, progress, stage, folder.staged_early
        )
        renderer.warm_up()
        outputs, planned, found = _make(site, templates, code, renderer, options, places)
        ending = threading.Thread(target=crew.dismiss)  # workers take leave while the site is published
        ending.start()
        problems = in_order([*problems, *with_severities(found, config, options.strict)])
        if has_errors(problems):
            store.close((), last.generation)
            return _stopped(problems, inputs)
        if options.publish:
            folder.publish({output.file: output.key for output in outputs}, store.payload)
            try:
                _remember(options.cache, renderer, last, question, moment, code, inputs, problems, outputs, planned)
            except OSError as failure:  # what is published is published
                why = failure.strerror or failure
                say(f"What would spare the next build work could not be kept: {why}. The site was published.")
        else:
            store.close((), last.generation)
        rendered = sum(output.key in renderer.rendered for output in outputs)
        return Report(problems, options.publish, len(outputs), rendered, len(outputs) - rendered, inputs)
    except BrokenExecutor as failure:  # not while PDFs and files are made: there the rest goes on
        raise worker_died() from failure
    finally:
        if ending is None:
            crew.dismiss()
        else:
            ending.join()


def _remember(
    cache: Path,
    renderer: Renderer,
    last: LastBuild,
    question: str,
    moment: Moment,
    code: str,
    inputs: Inputs,
    problems: list[Problem],
    outputs: list[Output],
    planned: list[str],
) -> None:
    """Keep the record of a build that was published, and what the store has of it. Raises OSError."""
    from sitegen.history import outputs_with_reasons, write_record

    store, templates = renderer.store, renderer.templates
    generation = last.generation + 1
    store.close([*planned, *(output.key for output in outputs)], generation)
    described = outputs_with_reasons(outputs, renderer.rendered, store, last, code, inputs.digests, templates)
    write_record(
        cache,
        question=question,
        window=moment.window,
        generation=generation,
        code=code,
        digests=inputs.digests,
        problems=problems,
        outputs=described,
    )
    _note_run(cache, unchanged=False)


def _read(
    cache: Path, inputs: Inputs, code: str, config: Config, executor: Executor | None
) -> tuple[Library, list[Problem]]:
    """Every record; files that were parsed without a fault before are not parsed again."""
    from sitegen.records import read_records
    from sitegen.store import read_note, write_note

    parsed = read_note(cache / PARSED_FILE)
    memo = parsed["files"] if parsed.get("code") == code else {}
    library, problems, kept = read_records(inputs.content, inputs.digests, config, memo, inputs.problems, executor)
    if kept.keys() != memo.keys():
        write_note(cache / PARSED_FILE, {"code": code, "files": kept})
    return library, problems


def _without_config(problems: list[Problem], inputs: Inputs) -> list[Problem]:
    """What can be said when the configuration is missing or wrong."""
    from sitegen.config import NO_CONFIG, STAND_IN
    from sitegen.records import read_records

    if CONFIG_FILE not in inputs.content and not any(problem.path == CONFIG_FILE for problem in inputs.problems):
        return [NO_CONFIG]
    found = read_records(inputs.content, inputs.digests, STAND_IN, {})[1]
    needs_config = {"content/no-findings", "reference/unknown-role"}  # the words for these may be configured
    return [p for p in problems if p != NO_CONFIG] + [p for p in found if p.code not in needs_config]


def _look_for_pdf_libraries(say: Say) -> None:
    """Raise BrokenMachine when they are missing; say so when PDFs will be made the slow way."""
    from sitegen.machine import SUBSETTER_ADVICE, pdf_libraries, slow_subsetter

    pdf_libraries()
    if slow_subsetter():
        say(SUBSETTER_ADVICE)


def _stopped(problems: list[Problem], inputs: Inputs) -> Report:
    return Report(in_order(problems), False, 0, 0, 0, inputs)


def _checked(site: Site, config_document: Document, places: FilePlaces) -> list[Problem]:
    """Every check over the connected site."""
    from sitegen.checks.brand import check_brand
    from sitegen.checks.content import check_codes, check_content
    from sitegen.checks.files import check_files
    from sitegen.checks.links import check_links
    from sitegen.checks.pictures import check_pictures
    from sitegen.checks.protection import check_protection
    from sitegen.checks.training import check_training

    return [
        *check_brand(site.config.brand, config_document.locate),
        *check_content(site),
        *check_codes(site, CODES, config_document.locate),
        *check_files(site, places),
        *check_links(site),
        *check_pictures(site),
        *check_training(site),
        *check_protection(site, config_document.locate),
    ]


def _make(
    site: Site, templates: Templates, code: str, renderer: Renderer, options: Options, places: FilePlaces
) -> tuple[list[Output], list[str], list[Problem]]:
    """Plan and render: the outputs, the keys of what only leads to outputs (print HTML), and problems."""
    from sitegen.plan import PrintPlan, clashes
    from sitegen.plan_search import plan_search
    from sitegen.plan_site import FINDINGS_IN_A_SHEET, FilePlan, SitePlan

    files, site, found = renderer.attachments(FilePlan(site, templates, code), places)
    pdfs: list[Output] = []
    facts: dict[str, PdfFacts] = {}
    documents: list[Output] = []
    problems = [*templates.problems(), *found]
    if options.pdf:
        documents, found = renderer.pages(PrintPlan(site, templates, code), "Print pages")
        problems += found
        if not has_errors(found):  # otherwise those that could not be made are missing
            renderer.require(documents)
        documents = [document for document in documents if renderer.store.holds(document.key)]
        pdfs, facts, found = renderer.pdfs(documents)
        problems += found
    plan = SitePlan(site, templates, code, facts, options.preview)
    indexing = renderer.search(plan_search(plan.viewer, code, FINDINGS_IN_A_SHEET))
    pages, found = renderer.pages(plan, "Pages")
    pages += files
    problems += found
    index, found = indexing.finish()
    pages += index
    problems += found
    if not has_errors(problems):
        made, found = _make_serving(site, templates, code, renderer, plan.shared, [*pdfs, *pages])
        pages += made
        problems += found
    problems += clashes(pages, Place)
    return [*pdfs, *pages], [*(document.key for document in documents), *renderer.kept, *indexing.keys], problems


def _make_serving(
    site: Site, templates: Templates, code: str, renderer: Renderer, shared: Mapping[str, Any], others: list[Output]
) -> tuple[list[Output], list[Problem]]:
    """What speaks of the ``others``: the service worker, configurations of web servers, compressed copies."""
    from sitegen.plan_serving import CompressedPlan, ServingPlan

    store = renderer.store
    inline: dict[str, set[str]] = {}
    for output in others:
        for kind, hashes in store.facts(output.key).get("inline", {}).items():
            inline.setdefault(kind, set()).update(hashes)
    outputs, problems = renderer.pages(ServingPlan(site, templates, code, dict(shared), others, inline), "Serving")
    if site.config.serving.compress and not has_errors(problems):
        sizes = {output.key: store.size(output.key) for output in (*others, *outputs)}
        plan = CompressedPlan(templates, code, [*others, *outputs], sizes)
        compressed, found = renderer.pages(plan, "Compressed")
        outputs += compressed
        problems += found
    return outputs, problems


def _concerns_pdfs(new: Mapping[str, str], old: Mapping[str, str]) -> bool:
    """Whether what has changed can reach a PDF, so that it pays to load the PDF library at once."""
    website_only = ("templates/pages/", "templates/layout/", "templates/assets/")
    changed = (path for path in {*new, *old} if new.get(path) != old.get(path))
    return any(not path.startswith(website_only) for path in changed)


def _note_run(cache: Path, unchanged: bool) -> None:
    """Whether the last run found nothing to do; kept apart, so that such a run writes next to nothing."""
    from sitegen.store import write_note

    write_note(cache / RUN_FILE, {"unchanged": unchanged})
