"""PDFs of the documents whose keys the store lacks, and the pictures that they show, made ready for paper.

A document that can't be made is a Problem with its record's name; the others are made all the same. What the PDF
library had to say is kept with the PDF without places, which are worked out at each build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from sitegen import addresses, machine
from sitegen.artifacts import Output
from sitegen.connect import Site
from sitegen.print_pictures import NOTHING, BadPicture, for_print
from sitegen.print_places import Places
from sitegen.print_remarks import Remark
from sitegen.problems import Place, Problem, error, quoted
from sitegen.runs import Task, run_each
from sitegen.sources import FILES_FOLDER, PICTURES
from sitegen.store import Store, Stored, lost_entry
from sitegen.templates import PRINT_FOLDER, Templates
from sitegen.views.common import PdfFacts
from sitegen.workers import Crew, WorkerDied

_DIED = (
    "The memory may not have been enough. Shorten the record or take out its largest picture, or build with --jobs 1."
)
_SLOW = (
    "Shorten the record, or undo the last change to the print templates. If it needs the time, set pdf.time_limit in "
    "site_config.yaml higher."
)
_FAILED = "Undo the last change to the record or to the print templates, and tell whoever looks after the program."


class Documents(NamedTuple):
    """What came of the documents of a build."""

    outputs: list[Output]
    facts: dict[str, PdfFacts]
    """By file, of those that could be made."""
    problems: list[Problem]
    kept: list[str]
    """Keys of the store's entries that only lead to a PDF: pictures."""


class DocumentMaker:
    """Makes the PDFs of print HTML that is in the ``store``."""

    def __init__(
        self,
        store: Store,
        templates: Templates,
        site: Site,
        content: Mapping[str, bytes],
        files: Mapping[str, str],
        crew: Crew,
        done: Callable[[str, int, int], None],
    ) -> None:
        self._store = store
        self._templates = templates
        self._site = site
        self._files = files
        """By name of the attachment, the key of its published bytes."""
        self._crew = crew
        self._done = done
        """Told the key of what was made, how many are done and how many there are."""
        self._places = Places(site, content, templates.files)
        self._pictures: dict[str, str] = {}
        """By name of the attachment, the key of its picture for paper."""
        self._faulty: set[str] = set()
        """Keys of pictures that can't be made ready, which is told."""

    def make(self, documents: Sequence[Output]) -> Documents:
        """PDFs, facts and problems, also of what is reused. Raises OSError and BrokenMachine."""
        engine = f"{machine.pdf_code_digest()}\0" + "".join(
            self._templates.digest(name) for name in sorted(self._templates.files) if _shapes_all(name)
        )
        outputs = []
        lacking: dict[str, Output] = {}
        for document in documents:
            facts = self._store.facts(document.key)
            digest = hashlib.sha256(f"{engine}\0{facts['digest']}".encode())
            for name in facts["files"]:
                attachment = self._site.attachments.get(name)
                digest.update(f"\0{name}\0{attachment.digest if attachment else ''}".encode())
                if attachment and name.lower().endswith(PICTURES):
                    key = hashlib.sha256(f"{engine}\0picture\0{attachment.digest}".encode()).hexdigest()
                    self._pictures[name] = key
            output = document._replace(kind="pdf", key=digest.hexdigest())
            outputs.append(output)
            if not self._store.holds(output.key):
                lacking.setdefault(output.key, document)
        problems = [*self._make_pictures(lacking.values()), *self._make_pdfs(lacking)] if lacking else []
        found: dict[str, PdfFacts] = {}
        for output in outputs:
            if self._store.holds(output.key):
                facts = self._store.facts(output.key)
                found[output.file] = PdfFacts(self._store.size(output.key), int(facts["pages"]))
                problems += self._said(facts["remarks"], output)
        return Documents(outputs, found, problems, list(self._pictures.values()))

    def _make_pictures(self, documents: Iterable[Output]) -> Iterator[Problem]:
        """Have each picture that these documents show made ready, once."""
        wanted: dict[str, Task[bytes]] = {}
        for document in documents:
            for name in self._store.facts(document.key)["files"]:
                key = self._pictures.get(name)
                if key and key not in wanted and not self._store.holds(key):
                    wanted[key] = Task(key, partial(self._published, name))
        names = {key: name for name, key in self._pictures.items()}
        for key, outcome in run_each(self._crew, for_print, wanted.values()):
            place = Place(f"{FILES_FOLDER}/{names[key]}")
            if isinstance(outcome, bytes):
                self._store.put(key, Stored(outcome, {}, []))
                continue
            self._faulty.add(key)
            if isinstance(outcome, BadPicture):
                yield error("content/picture", place, outcome.message, outcome.hint)
            elif isinstance(outcome, WorkerDied):
                message = "The process that made this picture ready for print came to a sudden end."
                yield error("content/picture", place, message, "Save the picture smaller.")
            else:
                raise outcome

    def _make_pdfs(self, lacking: Mapping[str, Output]) -> Iterator[Problem]:
        from sitegen.render_pdf import OverTime, PdfResult, render_pdf

        tasks = (Task(key, partial(self._job, document)) for key, document in lacking.items())
        for done, (key, outcome) in enumerate(run_each(self._crew, render_pdf, tasks), 1):
            document = lacking[key]
            if isinstance(outcome, PdfResult):
                remarks = [list(remark) for remark in outcome.remarks]
                if outcome.payload:
                    facts = {"pages": outcome.pages, "remarks": remarks}
                    self._store.put(key, Stored(outcome.payload, facts, []))
                else:
                    yield from self._said(outcome.remarks, document)
            elif isinstance(outcome, OSError | machine.BrokenMachine):
                raise outcome
            elif isinstance(outcome, WorkerDied):
                yield self._problem(document, "can't be made: the process that made it came to a sudden end", _DIED)
            elif isinstance(outcome, OverTime):
                seconds = self._site.config.pdf.time_limit
                unit = "second" if seconds == 1 else "seconds"
                yield self._problem(document, f"took longer than {seconds} {unit} to make, so it was stopped", _SLOW)
            else:
                reason = str(outcome).strip().split("\n")[0]
                said = f"{type(outcome).__name__}: {reason}" if reason else type(outcome).__name__
                yield self._problem(document, f"can't be made: {said}", _FAILED)
            self._done(key, done, len(lacking))

    def _said(self, remarks: Iterable[Sequence[Any]], document: Output) -> Iterator[Problem]:
        for remark in remarks:
            yield self._places.problem(Remark(*remark), document.sources)

    def _problem(self, document: Output, what: str, hint: str) -> Problem:
        """A PDF that couldn't be made, with the title of its record."""
        source = document.sources[0]
        entries = (entry for entries in self._site.library.entries.values() for entry in entries.values())
        title = next((entry.record.title for entry in entries if entry.path == source), "")
        of = f" of {quoted(title)}" if title else ""
        name = document.file.rpartition("/")[2]
        return error("publish/pdf", Place(source), f"The PDF {name}{of} {what}.", hint)

    def _job(self, document: Output) -> Any:
        from sitegen.render_pdf import PdfJob

        html = self._store.get(document.key)
        if html is None:
            raise lost_entry(document.file)
        config = self._site.config
        base = f"{config.origin}{config.base_path}"
        files = self._templates.files
        styles = tuple((name, files[name]) for name in self._templates.print_styles)
        assets = tuple((f"asset:///{name}", data) for name, data in sorted(files.items()) if _shapes_all(name))
        names = [name for name in html.facts["files"] if name in self._site.library_files]
        attachments = {f"{base}{addresses.of_attachment(name)}": self._picture(name) for name in names}
        imposed = html.facts.get("booklet", False)
        return PdfJob(html.payload, styles, assets, attachments, base, config.pdf.time_limit, imposed)

    def _picture(self, name: str) -> bytes:
        """A picture for paper; nothing when it has a fault, which is a Problem already."""
        if name not in self._files:
            return NOTHING
        key = self._pictures.get(name)
        if key is None:
            return self._published(name)
        payload = NOTHING if key in self._faulty else self._store.payload(key)
        if payload is None:
            raise lost_entry(name)
        return payload

    def _published(self, name: str) -> bytes:
        payload = self._store.payload(self._files[name])
        if payload is None:
            raise lost_entry(name)
        return payload


def _shapes_all(template: str) -> bool:
    """Whether a template is a file that every document gets; of other templates print HTML is all that counts."""
    return template.startswith(PRINT_FOLDER) and not template.endswith(".html")
