"""Each PDF has a page of the website that says the same in the same order, and each of the two leads to the other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from urllib.parse import urlsplit

import lxml.html
import pytest
from lxml.html import HtmlElement

from sitegen import addresses
from tests import equal_page
from tests.conftest import Example
from tests.pdf_checks import expect_none
from tests.pdf_reading import read_pdf
from tests.print_reading import PrintPage, print_pages

REVIEW_PDF = "reviews/17-escalation/17-escalation-briefing.pdf"


@pytest.fixture(scope="module")
def print_html(example_site: Example) -> dict[str, PrintPage]:
    """The print HTML of each PDF of the example site, with the address of its page."""
    return print_pages(example_site.root, Example.NOW)


@pytest.fixture(scope="module")
def web(example_site: Example, print_html: dict[str, PrintPage]) -> dict[str, HtmlElement]:
    """The page that says the same, by address."""
    found = {}
    for printed in print_html.values():
        file = addresses.file_of(urlsplit(printed.canonical).path[1:])
        assert file in example_site.outputs, f"{printed.canonical} is no page"
        found[printed.canonical] = lxml.html.document_fromstring(example_site.outputs[file].decode())
    return found


@pytest.mark.parametrize("check", [equal_page.missing_words, equal_page.other_order])
def test_the_page_says_all_that_the_pdf_says_and_in_the_same_order(
    check: Callable[[HtmlElement, HtmlElement], list[str]],
    print_html: dict[str, PrintPage],
    web: dict[str, HtmlElement],
) -> None:
    found = {file: check(printed.html, web[printed.canonical]) for file, printed in print_html.items()}
    expect_none(found)


def test_only_a_little_of_a_pdf_is_its_own(print_html: dict[str, PrintPage]) -> None:
    for file, printed in print_html.items():
        kept = sum(len(text) for _, text in equal_page.blocks(printed.html.body, equal_page.own_words(printed.html)))
        whole = sum(len(text) for _, text in equal_page.blocks(printed.html.body))
        assert whole - kept < 1300, (file, whole - kept)


def test_page_and_pdf_lead_to_each_other_and_the_page_says_what_will_be_opened(
    example_site: Example, print_html: dict[str, PrintPage], web: dict[str, HtmlElement]
) -> None:
    assert sorted(print_html) == example_site.pdfs
    found = {}
    for file, (_, canonical) in print_html.items():
        pdf = read_pdf(example_site.output / file)
        found[file] = equal_page.links_of_page(web[canonical], canonical, Example.ADDRESS + file, pdf)
        found[file] += equal_page.links_of_pdf(pdf, canonical)
    expect_none(found)


# Faults that must be found


@pytest.fixture
def pair(print_html: dict[str, PrintPage], web: dict[str, HtmlElement]) -> tuple[HtmlElement, HtmlElement]:
    """A print document and its page, to be broken."""
    printed = print_html[REVIEW_PDF]
    return printed.html, copy.deepcopy(web[printed.canonical])


def test_a_sentence_that_the_page_lacks_is_found(pair: tuple[HtmlElement, HtmlElement]) -> None:
    printed, page = pair
    before = equal_page.missing_words(printed, page)
    text = lxml.html.tostring(page, encoding="unicode")
    sentence = next(item.text for item in printed.iter("li") if item.text and item.text in text)
    shorter = lxml.html.document_fromstring(text.replace(sentence, ""))
    assert any(sentence[:20] in line for line in set(equal_page.missing_words(printed, shorter)) - set(before))


def test_one_other_word_is_found(pair: tuple[HtmlElement, HtmlElement]) -> None:
    printed, page = copy.deepcopy(pair[0]), pair[1]
    before = equal_page.missing_words(printed, page)
    heading = next(iter(printed.iter("h1")))
    heading.text = f"{heading.text} Really?"
    assert len(equal_page.missing_words(printed, page)) > len(before)


def test_another_order_is_found(pair: tuple[HtmlElement, HtmlElement]) -> None:
    printed, page = copy.deepcopy(pair[0]), pair[1]
    before = equal_page.other_order(printed, page)
    items = [
        item
        for item in printed.iter("li")
        if len(item.text_content().split()) > 6 and equal_page.words(item.text_content()) in equal_page._said(page)
    ]
    first, last = items[0], items[-1]
    first.text, last.text = last.text, first.text
    assert len(equal_page.other_order(printed, page)) > len(before)


def test_a_link_that_tells_another_size_or_number_of_pages_is_found(
    example_site: Example, print_html: dict[str, PrintPage], pair: tuple[HtmlElement, HtmlElement]
) -> None:
    page, canonical = pair[1], print_html[REVIEW_PDF].canonical
    pdf = read_pdf(example_site.output / REVIEW_PDF)
    links = [link for link in page.iter("a") if (link.get("href") or "").endswith(REVIEW_PDF)]
    for told, missing in (("PDF, 1 KB, 2 pages", "KB"), ("PDF, 30 KB, 77 pages", "page"), ("30 KB, 2 pages", "PDF")):
        for link in links:
            link.text = told
        found = equal_page.links_of_page(page, canonical, Example.ADDRESS + REVIEW_PDF, pdf)
        assert any(missing in line for line in found), (told, found)
    for link in links:
        link.drop_tree()
    assert equal_page.links_of_page(page, canonical, Example.ADDRESS + REVIEW_PDF, pdf) == [
        "the page does not link to the PDF"
    ]


def test_a_pdf_that_does_not_lead_to_its_page_is_found(example_site: Example) -> None:
    pdf = read_pdf(example_site.output / REVIEW_PDF)
    assert equal_page.links_of_pdf(pdf, "https://learning.example.org/elsewhere/")
