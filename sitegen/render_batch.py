"""What a worker process does with a batch of artifacts: render each and put it into the store.

Runs in another process, so all that it takes is in the batch. Loads the template engine only when a template is due.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from sitegen import render_data, render_inline
from sitegen.artifacts import Artifact
from sitegen.problems import Place, Problem, error
from sitegen.publish import stage_early
from sitegen.store import Look, Stored, lost_entry, put, read

_BOOKLET = re.compile(rb"<html\b[^>]*\sdata-form=\"booklet\"")


class Batch(NamedTuple):
    """Artifacts with all that rendering them takes. ``engine`` is a digest of the templates ``files``."""

    store: str
    stage: str
    """Folder in which outputs are staged as well, or nothing."""
    bytecode: str
    engine: str
    files: Mapping[str, bytes]
    shared: Mapping[str, Any]
    packed: Mapping[str, tuple[str, int, int]]
    """Of what is to be compressed, where the files lie that share an entry of the store: entry, start and end."""
    artifacts: Sequence[Artifact]


class Made(NamedTuple):
    """What became of one artifact: in the store with ``size`` bytes and ``facts``, or a ``problem``."""

    key: str
    size: int
    look: Look | None
    """How the staged file looks."""
    facts: dict[str, Any]
    problem: Problem | None


_engines: dict[str, Any] = {}


def render_batch(batch: Batch) -> list[Made]:
    """Render artifacts into the store. Raises OSError, and BrokenMachine when it loses one."""
    return [_make(batch, artifact) for artifact in batch.artifacts]


def _make(batch: Batch, artifact: Artifact) -> Made:
    payload = _payload(batch, artifact)
    if isinstance(payload, Problem):
        return Made(artifact.key, -1, None, {}, payload)
    facts: dict[str, Any] = {}
    if artifact.kind == "print":
        facts = _print_facts(payload, batch.shared)
    elif artifact.kind == "page":
        refused = render_inline.refused_attribute(payload)
        if refused:
            return Made(artifact.key, -1, None, {}, _refused(artifact, refused))
        if hashes := render_inline.inline_hashes(payload):
            facts = {"inline": hashes}
    put(batch.store, artifact.key, Stored(payload, facts, []))
    staged = batch.stage and artifact.kind != "print"
    look = stage_early(batch.stage, artifact.file, payload) if staged else None
    return Made(artifact.key, len(payload), look, facts, None)


def _payload(batch: Batch, artifact: Artifact) -> bytes | Problem:
    if artifact.kind == "json":
        return render_data.render_json(artifact.template, artifact.context, dict(batch.shared))
    if artifact.kind == "csv":
        return render_data.render_csv(artifact.context)
    if artifact.kind == "picture":
        from sitegen.render_picture import render_picture

        return render_picture(artifact.context)
    if artifact.kind in ("brotli", "gzip"):
        return _compressed(batch, artifact)
    if artifact.kind == "style":
        return render_data.render_style(batch.files[artifact.template])
    if artifact.kind == "copy":
        return batch.files[artifact.template]
    from sitegen.render_html import TemplateFault

    try:
        engine = _engine(batch.engine, batch.files, batch.bytecode)
        page: bytes = engine.render(artifact.template, batch.shared, artifact.context, artifact.file)
    except TemplateFault as fault:
        return fault.problem
    return page


def _compressed(batch: Batch, artifact: Artifact) -> bytes:
    from sitegen.render_compressed import compress

    of = artifact.context["of"]
    entry, start, end = batch.packed.get(of, (of, 0, None))
    source = read(batch.store, entry)
    if source is None:
        raise lost_entry(artifact.file)
    return compress(artifact.kind, source.payload[start:end], artifact.context["best"])


def _refused(artifact: Artifact, refused: str) -> Problem:
    message = f"A page has a style or a script in an attribute ({refused}), which its security policy turns off."
    hint = f"Move it to a file in templates/assets. The first such page is '{artifact.file}'."
    return error("content/template", Place(f"templates/{artifact.template}"), message, hint)


def warm_up(engine: str, files: Mapping[str, bytes], bytecode: str) -> None:
    """Get the templates ready in this process while the content is still being read."""
    _engine(engine, files, bytecode).compile()


def _engine(name: str, files: Mapping[str, bytes], bytecode: str) -> Any:
    if name not in _engines:
        from sitegen.bytecode import VerifiedBytecode
        from sitegen.render_html import HtmlRenderer

        _engines.clear()
        _engines[name] = HtmlRenderer(files, VerifiedBytecode(bytecode))
    return _engines[name]


def _print_facts(page: bytes, shared: Mapping[str, Any]) -> dict[str, Any]:
    """What the key of a PDF takes from its print HTML: its digest, the attachments that it shows, its form."""
    folder = re.escape(f"{shared['base']}files/")
    files = re.findall(rf"<img[^>]+src=\"{folder}([^\"#?]+)", page.decode())
    booklet = {"booklet": True} if _BOOKLET.search(page) else {}
    return {"digest": hashlib.sha256(page).hexdigest(), "files": sorted({unquote(name) for name in files}), **booklet}
