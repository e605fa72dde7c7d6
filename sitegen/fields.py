"""The plain fields of a file of which there is nothing bad to say: for worker processes, which parse many at once.

Light on purpose: it loads no model. Whatever is doubtful is left to ``records``, which parses the file again and says
what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sitegen.body_findings import Vocabulary, take_findings
from sitegen.markdown_faults import Written, markdown_problems
from sitegen.parse import decode, markdown_depth_problem, parse_markdown, parse_yaml, without_empty
from sitegen.problems import Place

PlainFields = dict[str, Any]


def read_fields(files: Sequence[tuple[str, bytes]], words: Vocabulary | None) -> list[tuple[str, PlainFields | None]]:
    """For each (path, bytes) its path and fields; None where anything is doubtful.

    ``words`` is the vocabulary of reviews, and None for other kinds of record.
    """
    return [(path, _fields(path, data, words)) for path, data in files]


def _fields(path: str, data: bytes, words: Vocabulary | None) -> PlainFields | None:
    text, problems = decode(path, data)
    if problems or text is None:
        return None
    document, problems = (parse_markdown if path.endswith(".md") else parse_yaml)(path, text)
    if problems or document is None or markdown_depth_problem(path, text):
        return None
    fields = document.data
    if words is not None:
        extracted, problems = take_findings(document, words)
        if problems or bool(extracted) == ("findings" in fields):  # findings in both places, or in neither
            return None
        if extracted:
            fields = {**fields, "findings": extracted.findings, "body": extracted.body or None}
    plain: PlainFields = without_empty(fields)
    if markdown_problems(Written(path, text), plain, lambda _: Place(path)):
        return None
    return plain
