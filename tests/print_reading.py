"""The print HTML from which a project's PDFs were made, and what a reader of it meets, in the order of the source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import lxml.html
from lxml.html import HtmlElement

from sitegen.config import load_config
from sitegen.connect import connect
from sitegen.moment import Moment
from sitegen.plan import PrintPlan
from sitegen.records import read_records
from sitegen.sources import CONFIG_FILE, read_inputs, template_folder
from sitegen.store import read, read_note
from sitegen.templates import Templates

NOT_READ = ("head", "script", "style", "template", "svg", "select", "textarea")
BLOCKS = set(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)


class PrintPage(NamedTuple):
    """The print HTML of one PDF, and the full address of the page of the website that says the same."""

    html: HtmlElement
    canonical: str


def print_pages(root: Path, now: str) -> dict[str, PrintPage]:
    """The print HTML of each PDF of a project that was built at ``now``, by the PDF's path in the output folder.

    It is taken from the store: those are the bytes that were laid out, and rendering them again would test another
    rendering. Which entry belongs to which PDF only the plan of the documents knows, so that is made again, from the
    same folder at the same time, with the digest of the code that the build noted; a key that the store lacks would
    show that it isn't the same.
    """
    inputs = read_inputs(root, template_folder(root))
    config, document, _ = load_config(inputs.content[CONFIG_FILE])
    assert config
    assert document
    library = read_records(inputs.content, inputs.digests, config, {}, inputs.problems)[0]
    moment = Moment(datetime.fromisoformat(now).astimezone(UTC), config.zone)
    site, _ = connect(library, inputs.attachments, config, document, moment)
    pages = {}
    code = read_note(root / ".cache" / "last-build.json")["code"]
    for artifact in PrintPlan(site, Templates(inputs.templates), code).artifacts():
        stored = read(str(root / ".cache" / "store"), artifact.key)
        assert stored, f"the print HTML of {artifact.file} is not in the store"
        canonical = artifact.context["page"]["canonical"]
        pages[artifact.file] = PrintPage(lxml.html.document_fromstring(stored.payload.decode()), canonical)
    return pages


def is_read(node: HtmlElement) -> bool:
    """Whether an element is text to be read, wherever it stands: no comment, no drawing, nothing hidden."""
    hidden = node.get("hidden") is not None or node.get("aria-hidden") == "true"
    return isinstance(node.tag, str) and _local(node) not in NOT_READ and not hidden


def squash(text: str) -> str:
    """The letters alone: without space, and without what only says where a line may break."""
    return re.sub("[\u00ad\u200b]", "", "".join(unicodedata.normalize("NFC", text).split()))


def words(text: str) -> str:
    """The words alone, in small letters, with one space around each: of two texts, either holds the other's or not."""
    found = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).casefold())
    return f" {' '.join(found)} "


def runs(node: HtmlElement, language: str | None = None) -> Iterator[tuple[str | None, str]]:
    """The text of an element with the language that holds there, in the order of the source."""
    if not is_read(node):
        return
    language = node.get("lang") or language
    if node.text:
        yield language, node.text
    for kid in node:
        yield from runs(kid, language)
        if kid.tail:
            yield language, kid.tail


def text(node: HtmlElement) -> str:
    """The text of an element."""
    return "".join(run for _, run in runs(node))


def blocks(node: HtmlElement, left_out: Collection[HtmlElement] = ()) -> list[tuple[HtmlElement, str]]:
    """Each stretch of text that stands by itself, with the element that it is in; nothing of what is ``left_out``."""
    found: list[tuple[HtmlElement, list[str]]] = [(node, [])]

    def visit(element: HtmlElement, block: HtmlElement) -> None:
        if not is_read(element):
            return
        if element in left_out:
            found.append((block, []))
            return
        stands_alone = _local(element) in BLOCKS
        within = element if stands_alone and element.tag != "br" else block
        if stands_alone:
            found.append((within, []))
        found[-1][1].append(element.text or "")
        for kid in element:
            visit(kid, within)
            found[-1][1].append(kid.tail or "")
        if stands_alone:
            found.append((block, []))

    visit(node, node)
    joined = [(element, " ".join("".join(pieces).split())) for element, pieces in found]
    return [(element, told) for element, told in joined if told]


def _local(node: HtmlElement) -> str:
    return str(node.tag).rpartition("}")[2]
