"""Booklets: pages two to a sheet in the order for folding, and still a document that can be read out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import page
import pikepdf
import pytest
import yaml

from tests.conftest import Project
from tests.pdf_reading import poppler_text, read_pdf
from tests.test_pdf_extension import FIELDS, FORM, SVG, Maker, check_ways_back, made, rendered, shape, text

__all__ = ["made"]

A5 = (419.53, 595.28)
FOLD = 841.89 / 2
"""From the left of a sheet of A4 to its middle."""
CHAPTERS = "".join(
    f'<section class="next"><h1 id="c{n}">Chapter {n}</h1><p>Text of chapter {n}. <a href="#c1">First</a> '
    f'<a href="https://example.org/{n}">Elsewhere {n}</a></p></section>'
    for n in range(1, 7)
)
STYLE = ".next { break-before: page } .next:first-child { break-before: auto } h1 { bookmark-level: 1; bookmark-label: content() }"


def halves(file: Path) -> list[tuple[str, str]]:
    """The text on the left and right half of each side."""
    found = []
    with pikepdf.open(file) as pdf:
        sides = len(pdf.pages)
    for side in range(1, sides + 1):
        both = []
        for left in (0, round(FOLD)):
            area = ["-x", str(left), "-y", "0", "-W", str(round(FOLD)), "-H", str(round(A5[1]))]
            done = subprocess.run(
                ["pdftotext", "-f", str(side), "-l", str(side), *area, str(file), "-"],
                capture_output=True,
                text=True,
                check=True,
            )
            both.append(" ".join(done.stdout.split()))
        found.append((both[0], both[1]))
    return found


@pytest.mark.parametrize(
    ("pages", "wanted"),
    [
        (1, [(0, 1), (0, 0)]),
        (4, [(4, 1), (2, 3)]),
        (6, [(0, 1), (2, 0), (6, 3), (4, 5)]),
        (8, [(8, 1), (2, 7), (6, 3), (4, 5)]),
    ],
)
def test_pages_stand_so_that_the_folded_sheets_read_in_order(made: Maker, pages, wanted):
    body = "".join(f'<p class="next">This is number {n}</p>' for n in range(1, pages + 1))
    pdf = made(body, STYLE, imposed=True)
    numbers = [
        tuple(int(found[1]) if (found := re.search(r"number (\d+)", half)) else 0 for half in side)
        for side in halves(pdf.file)
    ]
    assert numbers == wanted


@pytest.mark.parametrize("size", ["148.5mm 210mm", "5.5in 8.5in", "A6", "100.1mm 170.3mm"])
def test_pages_of_any_size_are_shown_whole(made: Maker, size):
    pdf = made(CHAPTERS, f"{STYLE} @page {{ size: {size}; margin: 10mm }}", imposed=True)
    shown, complaints = poppler_text(pdf.file)
    assert complaints == []
    assert " ".join(shown).count("Running title") == 6
    assert all(f"Text of chapter {number}" in " ".join(shown) for number in range(1, 7))


def test_a_sheet_is_paper_for_two_pages_and_asks_to_be_printed_for_folding(made: Maker):
    pdf = made(CHAPTERS, STYLE, imposed=True)
    with pikepdf.open(pdf.file) as file:
        for sheet in file.pages:
            assert [float(number) for number in sheet.mediabox] == pytest.approx([0, 0, 2 * FOLD, A5[1]], abs=0.01)
        assert file.Root.ViewerPreferences.Duplex == "/DuplexFlipShortEdge"
        assert file.Root.ViewerPreferences.PrintScaling == "/None"


def test_the_number_of_pages_is_that_of_the_sides_of_sheets():
    assert rendered(CHAPTERS, STYLE, imposed=True).pages == 4


def test_a_booklet_is_read_in_the_order_of_its_pages_with_the_same_elements(made: Maker):
    plain, booklet = made(CHAPTERS, STYLE, name="plain"), made(CHAPTERS, STYLE, imposed=True, name="booklet")
    assert text(booklet.tree.nodes[0]) == text(plain.tree.nodes[0])
    assert shape(booklet.tree) == shape(plain.tree)
    assert " ".join(booklet.decorations).count("Running title") == 6


def test_links_and_bookmarks_lead_to_the_half_on_which_their_target_stands(made: Maker):
    pdf = made(CHAPTERS, STYLE, imposed=True)
    sides = halves(pdf.file)
    with pikepdf.open(pdf.file) as file:
        sheets = {sheet.objgen: number for number, sheet in enumerate(file.pages)}
        for number, sheet in enumerate(file.pages):
            for note in sheet.get("/Annots", []):
                left, _, right, _ = (float(place) for place in note.Rect)
                half = int(left >= FOLD)
                assert right <= FOLD * (half + 1)
                if "/A" in note:
                    chapter = str(note.A.URI).rpartition("/")[2]
                    assert f"Elsewhere {chapter}" in sides[number][half]
        names = list(file.Root.Names.Dests.Names)
        targets = {str(name): place for name, place in zip(names[::2], names[1::2], strict=True)}
        with file.open_outline() as outline:
            targets |= {f"c{item.title[-1]}": item.destination for item in outline.root}
            assert len(outline.root) == 6
        for name, place in targets.items():
            half = int(float(place[2]) >= FOLD)
            assert f"Chapter {name[1:]}" in sides[sheets[place[0].objgen]][half]


def test_a_picture_and_a_pattern_move_with_their_page(made: Maker):
    body = f'<p>One</p><p class="next">Two</p><figure class="next"><svg {SVG}><title>A drawing</title><path d="M0 0h9v9z"/></svg><p class="dots">x</p></figure>'
    stripes = "repeating-linear-gradient(90deg, black 0, black 2.5mm, white 2.5mm, white 5mm) 0 0 / 5mm 5mm"
    style = f"{STYLE} .dots {{ height: 20mm; background: {stripes} }}"
    plain, booklet = made(body, style, name="plain"), made(body, style, imposed=True, name="booklet")
    boxes = [[float(number) for number in pdf.tree.find("Figure")[0].attributes["BBox"]] for pdf in (plain, booklet)]
    assert boxes[1] == pytest.approx([boxes[0][0] + FOLD, boxes[0][1], boxes[0][2] + FOLD, boxes[0][3]], abs=0.01)
    looks = []
    for pdf, side, left in ((plain, 3, 0), (booklet, 2, 842)):
        area = f"-r 144 -f {side} -l {side} -x {left} -y 0 -W 839 -H 1190 -gray".split()
        look = subprocess.run(["pdftoppm", *area, str(pdf.file)], capture_output=True, check=True).stdout[-839 * 1190 :]
        looks.append([sum(look[column :: 839 * 10]) for column in range(839)])
    assert max(looks[0]) - min(looks[0]) > 1000, "there are no stripes"
    apart = sum(abs(one - other) for one, other in zip(*looks, strict=True)) / 839
    assert apart < 100


def test_fields_move_with_their_page(made: Maker):
    pdf = made(FORM, FIELDS, imposed=True)
    with pikepdf.open(pdf.file) as file:
        for sheet in file.pages:
            for note in sheet.get("/Annots", []):
                assert note.P.objgen == sheet.objgen
        first = file.pages[0].Annots[0]
        assert float(first.Rect[0]) > FOLD


def test_the_same_booklet_gives_the_same_bytes():
    assert rendered(CHAPTERS, STYLE, imposed=True).payload == rendered(CHAPTERS, STYLE, imposed=True).payload


def test_a_briefing_with_a_booklet_among_its_formats_has_one(project: Project):
    file = "briefings/escalation.md"
    head = yaml.safe_load((project.root / file).read_text(encoding="utf-8").split("---")[1])
    assert "formats" not in head
    project.change(file, "status: published", "status: published\nformats: [a4, booklet]")
    result = project.build(pdf=True)
    assert result.code == 0, result.problems
    folder = project.root / "output/briefings/escalation"
    booklet, plain = folder / "escalation-booklet.pdf", folder / "escalation.pdf"
    report = page.validate_pdf(str(booklet), profile="ua1")
    assert report.is_compliant, report.failures
    check_ways_back(booklet)
    with pikepdf.open(booklet) as pdf, pikepdf.open(plain) as other:
        (_, _, width, height), sheet = pdf.pages[0].mediabox, other.pages[0].mediabox
        assert (float(width), float(height)) == pytest.approx((float(sheet[3]), float(sheet[2])), abs=0.01)
    assert "Escalation in seven minutes" in text(read_pdf(booklet).tree)
