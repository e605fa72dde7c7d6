"""The tests' browsers see the fonts that the tests chose, and none of the machine's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from tests import fonts
from tests.server import Server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux can Chromium be told its fonts")

WORDS = "Show all recommendations of 2026"
SIZE = 100
LAYOUT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")


@pytest.fixture(params=[fonts.WIDE, fonts.NARROW], ids=lambda chosen: chosen.name)
def chosen(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def browser(request: pytest.FixtureRequest, chosen: fonts.FontSet) -> Any:
    return request.getfixturevalue("still_chromium" if chosen is fonts.WIDE else "still_chromium_with_narrow_fonts")


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page()
    yield page
    page.goto("about:blank")
    page.close()


def width(page: Any, family: str, words: str = WORDS) -> float:
    """The width in px of words at 100 px."""
    sheet = f"p {{ display: inline-block; font: {SIZE}px {family}; font-kerning: none; white-space: nowrap }}"
    page.set_content(f"<style>{sheet}</style><p>{words}</p>")
    return float(page.evaluate("document.querySelector('p').getBoundingClientRect().width"))


def width_in(file: str, words: str = WORDS) -> float:
    """The same by the font's own table of widths."""
    font = TTFont(fonts.file_of(file))
    letters, table = font.getBestCmap(), font["hmtx"]
    return sum(table[letters[ord(letter)]][0] for letter in words) * SIZE / font["head"].unitsPerEm


@pytest.mark.parametrize("family", ["sans-serif", "Arial", "Helvetica", "'No Such Font', sans-serif"])
def test_text_is_as_wide_as_the_font_of_the_set_makes_it(page, chosen, family):
    assert width(page, family) == pytest.approx(width_in(chosen.files[0]), rel=0.01)  # Chromium rounds each letter


def test_wide_fonts_are_wider_by_far():
    assert width_in(fonts.WIDE.files[0]) > 1.1 * width_in(fonts.NARROW.files[0])


def test_every_letter_of_a_page_of_the_site_is_drawn_with_a_font_of_the_set(page, chosen, project):
    project.change("content/reviews/17-escalation.md", "No one was sure", "لم يكن أحد متأكداً. `No one` was sure")
    assert project.build().code == 0
    with Server(project.root / "output") as server:
        page.goto(server.address + "reviews/17-escalation/")
        assert used(page) == {chosen.sans, chosen.serif, chosen.mono, "DejaVu Sans"}
        page.goto("about:blank")


def used(page: Any) -> set[str]:
    """The families of the fonts that the letters of a page are drawn with, as Chromium tells."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": -1})["root"]
    found = session.send("DOM.querySelectorAll", {"nodeId": root["nodeId"], "selector": "body *"})["nodeIds"]
    return {
        font["familyName"]
        for node in found
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    }


def test_what_fits_with_narrow_fonts_alone_is_found_with_wide_ones(page, chosen):
    page.set_viewport_size({"width": 320, "height": 600})
    page.set_content(f"<!doctype html><body><p style='font: 18px Arial; white-space: nowrap'>{WORDS}</p>")
    assert bool(page.evaluate(LAYOUT)) is (chosen is fonts.WIDE)
