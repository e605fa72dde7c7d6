"""Whether a PDF and its page say the same: the print HTML against the HTML of the page.

``test_pdf_structure`` holds the PDF to its print HTML letter by letter, so what is true of that is true of the PDF.
"""

from __future__ import annotations

import bisect
import re
from urllib.parse import urljoin

from lxml.html import HtmlElement

from tests.pdf_reading import Pdf
from tests.print_reading import blocks, words

ITS_OWN = {
    "masthead": "who publishes it and what kind of document it is",
    "notice": "what paper must say of itself: replaced, a preview, an example, a booklet",
    "check": "the code to scan, with the question whether this version is current",
    "current": "which version this is, where the newest is, and the other formats",
    "version": "the line that names the version",
}
"""Classes of what only paper says, with what stands there."""

POINTERS = re.compile(r"(?:One|\d+) more (?:is|are) on the page\b.*")
"""Paragraphs that lead from a paper that has room for some to the page that has all."""

HEADING = re.compile(r"h[1-6]")

MOVED = {"lead"}
"""Classes of what stands elsewhere on the page: paper opens with the summary, the page with what to do."""

FEWEST_WORDS_IN_ORDER = 4
"""Shorter texts (labels, names of roles) stand in many places."""


def own_words(printed: HtmlElement) -> set[HtmlElement]:
    """The parts of a print document that only paper says."""
    return _of_classes(printed, set(ITS_OWN))


def _of_classes(root: HtmlElement, names: set[str]) -> set[HtmlElement]:
    return {node for node in root.iter() if isinstance(node.tag, str) and names & set(node.get("class", "").split())}


def missing_words(printed: HtmlElement, web: HtmlElement) -> list[str]:
    """What a print document says and its page doesn't: paragraphs, or phrases of those that are put together anew."""
    said = _said(web)
    found = []
    for element, block in blocks(printed.body, own_words(printed)):
        if words(block) in said or POINTERS.fullmatch(block):
            continue
        phrases = [block] if HEADING.fullmatch(element.tag) else _phrases(element, block)
        missing = [phrase for phrase in phrases if words(phrase) not in said]
        found += [f"the page does not say {phrase!r} of <{element.tag}> {block[:80]!r}" for phrase in missing]
    return found


def _said(web: HtmlElement) -> str:
    """The words of a page in their order."""
    return words(" ".join(block for _, block in blocks(web.body)))


def _phrases(element: HtmlElement, block: str) -> list[str]:
    """The pieces of a block: what stands between marks, and what an element within it says."""
    inner = [" ".join(part.split()) for part in element.itertext() if part.strip()]
    pieces = inner if " ".join(block.split()) == " ".join(" ".join(inner).split()) else [block]
    phrases = [phrase for piece in pieces for phrase in re.split(r"[.:;,?!]+(?:\s|$)|[()·–—“”\"]", piece)]
    return [phrase.strip() for phrase in phrases if words(phrase).strip()]


def other_order(printed: HtmlElement, web: HtmlElement) -> list[str]:
    """The fewest paragraphs that would have to move for a print document and its page to have one order."""
    said = _said(web)
    told = [block for _, block in blocks(printed.body, own_words(printed) | _of_classes(printed, MOVED))]
    told = [block for block in told if words(block).count(" ") > FEWEST_WORDS_IN_ORDER and words(block) in said]
    # The longest run of places that grow, where each paragraph may stand at any of its places: of those that end with
    # as many paragraphs, the one that ends first is kept. A paragraph's later places come first, so that it isn't two.
    ends: list[int] = []
    chains: list[tuple[int, ...]] = []
    for number, block in enumerate(told):
        for place in reversed([found.start() for found in re.finditer(f"(?={re.escape(words(block))})", said)]):
            length = bisect.bisect_left(ends, place)
            chain = (*(chains[length - 1] if length else ()), number)
            ends[length : length + 1], chains[length : length + 1] = [place], [chain]
    kept = set(chains[-1]) if chains else set()
    moved = [block for number, block in enumerate(told) if number not in kept]
    return [f"the page has this elsewhere: {block[:80]!r}" for block in moved]


def links_of_page(web: HtmlElement, canonical: str, address: str, pdf: Pdf) -> list[str]:
    """The page links to the PDF, and the link tells its kind, size and pages as they are."""
    links = [link for link in web.iter("a") if urljoin(canonical, link.get("href", "")) == address]
    if not links:
        return ["the page does not link to the PDF"]
    found = []
    for link in links:
        told = " ".join(link.text_content().split())
        size = pdf.file.stat().st_size
        sizes = {f"{max(1, round(size / 1000))} KB", f"{size / 1e6:.1f} MB"}
        pages = f"{pdf.pages} page{'' if pdf.pages == 1 else 's'}"
        wanted = [r"\bPDF\b", rf"\b(?:{'|'.join(map(re.escape, sizes))})", rf"\b{pages}\b"]
        found += [f"the link {told!r} does not say {word}" for word in wanted if not re.search(word, told)]
    return found


def links_of_pdf(pdf: Pdf, canonical: str) -> list[str]:
    """The PDF links to its page."""
    leads = {note.target.partition("#")[0] for note in pdf.annotations if note.kind == "Link"}
    return [] if canonical in leads else [f"the PDF does not link to {canonical}"]
