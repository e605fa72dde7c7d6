"""The record of the last build: what it read, what it made, and why each output was or was not rendered.

The reasons are written down when they are decided, so that ``explain`` can't drift from what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sitegen.artifacts import Output
from sitegen.problems import Problem
from sitegen.store import Store, read_note, write_note
from sitegen.templates import Templates

FORMAT = 1
FILE = "last-build.json"
UNCHANGED = "It was not rendered: nothing that the build reads has changed since the build before."


class LastBuild:
    """What the last good build left behind; empty when there was none or its record is damaged."""

    def __init__(self, cache: Path) -> None:
        value = read_note(cache / FILE)
        self._value: dict[str, Any] = value if value.get("format") == FORMAT else {}

    def __bool__(self) -> bool:
        return bool(self._value)

    @property
    def generation(self) -> int:
        """How many builds there were."""
        return int(self._value.get("generation", 0))

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """By file: ``kind``, ``template``, ``sources``, ``key``, ``bytes``, ``reason``, ``rendered``."""
        return dict(self._value.get("outputs", {}))

    @property
    def problems(self) -> list[Problem]:
        """Its warnings, before the site's settings."""
        return [Problem(*problem) for problem in self._value.get("problems", [])]

    @property
    def digests(self) -> dict[str, str]:
        """Digest of each file that it read."""
        return dict(self._value.get("digests", {}))

    @property
    def code(self) -> str:
        """Digest of the program."""
        return str(self._value.get("code", ""))

    def answers(self, question: str, now: str) -> bool:
        """Whether it was made from the same inputs, and everything it asked of the time is still answered alike."""
        if not self._value or self._value["question"] != question:
            return False
        since, until = self._value["window"]
        return bool(since <= now < until)

    @property
    def wanted(self) -> dict[str, str]:
        """File → key of what it published."""
        return {file: output["key"] for file, output in self._value["outputs"].items()}


def write_record(
    cache: Path,
    *,
    question: str,
    window: tuple[str, str],
    generation: int,
    code: str,
    digests: Mapping[str, str],
    problems: Sequence[Problem],
    outputs: Mapping[str, Mapping[str, Any]],
) -> None:
    """Save the record of a good build. Raises OSError."""
    value = {
        "format": FORMAT,
        "question": question,
        "window": window,
        "generation": generation,
        "code": code,
        "digests": dict(digests),
        "problems": [list(problem) for problem in problems],
        "outputs": outputs,
    }
    write_note(cache / FILE, value)


def outputs_with_reasons(
    outputs: Iterable[Output],
    rendered: set[str],
    store: Store,
    last: LastBuild,
    code: str,
    digests: Mapping[str, str],
    templates: Templates,
) -> dict[str, dict[str, Any]]:
    """For each output all that the record says of it, with the reason as a sentence."""
    before, old_digests = last.outputs, last.digests
    changed = {path for path in {*digests, *old_digests} if digests.get(path) != old_digests.get(path)}
    result = {}
    for output in outputs:
        made = output.key in rendered
        old = before.get(output.file)
        reason = _reason(output, made, old, last, code, changed, old_digests, digests, templates)
        result[output.file] = {
            "kind": output.kind,
            "template": output.template,
            "sources": list(output.sources),
            "key": output.key,
            "bytes": store.size(output.key),
            "rendered": made,
            "reason": reason,
        }
    return result


def _reason(
    output: Output,
    made: bool,
    old: Mapping[str, Any] | None,
    last: LastBuild,
    code: str,
    changed: set[str],
    old_digests: Mapping[str, str],
    digests: Mapping[str, str],
    templates: Templates,
) -> str:
    if not made:
        if old is None or old["key"] != output.key:
            return "It was not rendered: the store still had it from an earlier build."
        return "It was not rendered: nothing that it shows has changed since the build before."
    if not last:
        return "It was rendered: there is no record of a build before."
    if old is None:
        return "It was rendered: it is new."
    if old["key"] == output.key:
        return "It was rendered: its copy in the store was missing or damaged."
    if last.code != code:
        return "It was rendered: the program or one of its libraries has changed."
    used = templates.closure(output.template) if output.template in templates.files else (output.template,)
    styles = templates.print_styles if output.kind == "pdf" else []
    found = [f"templates/{name}" for name in (*used, *styles) if f"templates/{name}" in changed]
    found += sorted(path for path in {*output.sources, *old["sources"]} if path in changed)
    if not found:
        found = sorted(path for path in changed if not path.startswith("templates/")) or sorted(changed)
    if not found:
        return "It was rendered: a date that it depends on has passed, or the build was asked for something else."
    return f"It was rendered: {_listed([_how(path, old_digests, digests) for path in found])}."


def _how(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    return f"{path} {'is new' if path not in old else 'is gone' if path not in new else 'has changed'}"


def _listed(items: list[str]) -> str:
    shown = items[:5]
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return ", ".join(shown) + more
