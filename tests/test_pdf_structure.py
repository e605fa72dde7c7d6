"""What validators don't see: every PDF of the example site against the HTML that it was made from.

Each check stands in ``pdf_checks``. It is asked about every PDF, and then about one with a fault planted in it, for a
check that can't fail says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import FunctionType

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Object, Operator, Pdf, String

from tests import pdf_checks
from tests.conftest import PROJECT, Example, Project
from tests.pdf_checks import CHECKS, Printed, expect_none
from tests.pdf_reading import read_pdf
from tests.print_reading import PrintPage, print_pages
from tests.test_pdf_validators import PACK, elements

FONTS = tuple(
    name.replace("-", "")
    for name in re.findall(r'"fontpkg-([a-z-]+)[>=]', (PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
)
LANGUAGES = "briefings/escalation/escalation.pdf"


@pytest.fixture(scope="module")
def print_html(example_site: Example) -> dict[str, PrintPage]:
    """The print HTML of each PDF of the example site."""
    return print_pages(example_site.root, Example.NOW)


@pytest.mark.parametrize("check", CHECKS)
def test_every_pdf_passes(
    check: Callable[[Printed], list[str]], example_site: Example, print_html: dict[str, PrintPage]
) -> None:
    """What the check's name says."""
    assert sorted(print_html) == example_site.pdfs
    assert len(FONTS) > 0
    found = {
        file: check(Printed(read_pdf(example_site.output / file), page.html, FONTS))
        for file, page in print_html.items()
    }
    expect_none(found)


def test_the_example_site_has_something_for_each_check(example_site: Example) -> None:
    kinds = {node.kind for file in example_site.pdfs for node in read_pdf(example_site.output / file).tree.walk()}
    assert {"H1", "H2", "H3", "P", "L", "Table", "TH", "Figure", "Link", "Form", "Lbl"} <= kinds
    pack = {node.kind for node in read_pdf(example_site.output / PACK).tree.walk()}
    assert {"L", "Lbl", "Table", "TH", "Figure", "Link", "Form"} <= pack, "faults are planted in this one"


# Faults, by the check that must find them


def first(pdf: Pdf, *kinds: str) -> Object:
    return in_order(pdf, *kinds)[0]


def in_order(pdf: Pdf, *kinds: str) -> list[Object]:
    """The elements of these kinds in reading order."""

    def below(node: Object) -> list[Object]:
        kids = node.get("/K", [])
        kids = [kid for kid in (kids if isinstance(kids, Array) else [kids]) if isinstance(kid, Dictionary)]
        inner = [one for kid in kids if "/S" in kid for one in below(kid)]
        return [node, *inner] if "/S" in node and str(node.S)[1:] in kinds else inner

    return below(pdf.Root.StructTreeRoot)


def take_out(node: Object, kid: Object) -> None:
    """Take an element out of its parent."""
    kids = node.K if isinstance(node.K, Array) else [node.K]
    node.K = Array([one for one in kids if not (isinstance(one, Dictionary) and one.objgen == kid.objgen)])


def another_title(pdf: Pdf) -> None:
    pdf.docinfo["/Title"] = "Untitled"
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:title"] = "Untitled"


def title_not_shown(pdf: Pdf) -> None:
    pdf.Root.ViewerPreferences.DisplayDocTitle = False


def no_author(pdf: Pdf) -> None:
    del pdf.docinfo["/Author"]


def another_language(pdf: Pdf) -> None:
    pdf.Root.Lang = String("fr")


def script(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def attached_file(pdf: Pdf) -> None:
    pdf.attachments["notes.txt"] = b"notes"


def font_left_out(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("/Type") == "/FontDescriptor":
            for key in ("/FontFile2", "/FontFile3"):
                if key in item:
                    del item[key]


def fallback_font(pdf: Pdf) -> None:
    item = next(item for item in pdf.objects if isinstance(item, Dictionary) and item.get("/Subtype") == "/Type0")
    item.BaseFont = item.DescendantFonts[0].BaseFont = Name("/ABCDEF+DejaVu-Sans")


def font_without_letters(pdf: Pdf) -> None:
    item = next(item for item in pdf.objects if isinstance(item, Dictionary) and "/ToUnicode" in item)
    del item["/ToUnicode"]


def heading_as_paragraph(pdf: Pdf) -> None:
    first(pdf, "H3").S = Name.P


def second_top_heading(pdf: Pdf) -> None:
    first(pdf, "H2").S = Name.H1


def skipped_level(pdf: Pdf) -> None:
    first(pdf, "H3").S = Name.H4


def bookmark_with_other_words(pdf: Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root[0].title = "Start"


def bookmark_missing(pdf: Pdf) -> None:
    with pdf.open_outline() as outline:
        del outline.root[0].children[-1]


def bookmark_at_another_level(pdf: Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(outline.root[0].children.pop())


def list_without_items(pdf: Pdf) -> None:
    first(pdf, "LI").S = Name.P


def list_in_two(pdf: Pdf) -> None:
    """As a page that ends within a list would make of it."""
    whole = next(node for node in in_order(pdf, "L") if len(node.K) > 2)
    kids = list(whole.K)
    rest = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.L, P=whole.P, K=Array(kids[2:])))
    whole.K = Array(kids[:2])
    around = list(whole.P.K)
    at = next(n for n, kid in enumerate(around) if isinstance(kid, Dictionary) and kid.objgen == whole.objgen)
    whole.P.K = Array([*around[: at + 1], rest, *around[at + 1 :]])


def number_in_the_text(pdf: Pdf) -> None:
    first(pdf, "Lbl").S = Name.Span


def item_without_number(pdf: Pdf) -> None:
    label = next(node for node in in_order(pdf, "Lbl") if node.P.P.S == Name.L)
    take_out(label.P, label)


def header_of_nothing(pdf: Pdf) -> None:
    for cell in in_order(pdf, "TH"):
        owners = cell.A if isinstance(cell.A, Array) else [cell.A]
        for owner in owners:
            if "/Scope" in owner:
                del owner["/Scope"]


def header_as_plain_cell(pdf: Pdf) -> None:
    first(pdf, "TH").S = Name.TD


def table_without_a_row(pdf: Pdf) -> None:
    row = in_order(pdf, "TR")[-1]
    take_out(row.P, row)


def table_as_text(pdf: Pdf) -> None:
    for node in in_order(pdf, "Table", "THead", "TBody", "TR", "TH", "TD"):
        node.S = Name.Div


def figure_without_words(pdf: Pdf) -> None:
    del first(pdf, "Figure")["/Alt"]


def figure_with_other_words(pdf: Pdf) -> None:
    first(pdf, "Figure").Alt = String("Image")


def figure_as_decoration(pdf: Pdf) -> None:
    figure = first(pdf, "Figure")
    take_out(figure.P, figure)


def link_with_bare_address(pdf: Pdf) -> None:
    for sheet in pdf.pages:
        for note in sheet.get("/Annots", Array()):
            if note.Subtype == Name.Link:
                note.Contents = String("https://learning.example.org/somewhere/")


def link_without_words(pdf: Pdf) -> None:
    next(
        note for sheet in pdf.pages for note in sheet.get("/Annots", Array()) if "/Contents" in note
    ).Contents = String("")


def link_outside_the_tree(pdf: Pdf) -> None:
    link = first(pdf, "Link")
    link.K = Array([kid for kid in link.K if not (isinstance(kid, Dictionary) and kid.get("/Type") == Name.OBJR)])


def link_as_text(pdf: Pdf) -> None:
    first(pdf, "Link").S = Name.Span


def field_without_name(pdf: Pdf) -> None:
    next(note for sheet in pdf.pages for note in sheet.get("/Annots", Array()) if "/TU" in note).TU = String("")


def field_outside_the_tree(pdf: Pdf) -> None:
    form = first(pdf, "Form")
    take_out(form.P, form)


def comment_on_a_page(pdf: Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents=String("Check this"))
    pdf.pages[0].Annots = Array([*pdf.pages[0].get("/Annots", Array()), pdf.make_indirect(note)])


def two_parts_exchanged(pdf: Pdf) -> None:
    around = next(node for node in in_order(pdf, "Sect") if isinstance(node.K, Array) and len(node.K) > 2)
    first_part, second_part, *rest = around.K
    around.K = Array([second_part, first_part, *rest])


def paragraph_left_out(pdf: Pdf) -> None:
    part = in_order(pdf, "P")[3]
    take_out(part.P, part)


def wrong_letters(pdf: Pdf) -> None:
    """As fonts do whose tables are wrong: the page looks right, and says something else."""
    for item in pdf.objects:
        if isinstance(item, Dictionary) and "/ToUnicode" in item:
            table = item.ToUnicode.read_bytes()
            item.ToUnicode = pdf.make_stream(table.replace(b" <0065>", b" <0066>"))


def text_beyond_the_paper(pdf: Pdf) -> None:
    for sheet in pdf.pages:
        left, _, right, top = (float(side) for side in sheet.mediabox)
        sheet.mediabox = sheet.cropbox = Array([left, top / 2, right, top])


def number_that_pdf_does_not_know(pdf: Pdf) -> None:
    """PDF has no exponents; readers leave out the page, or draw it elsewhere, and validators don't mind."""
    sheet = pdf.pages[1]
    sheet.contents_add(b"q 1 0 0 1 1e-14 0 cm 0 0 500 800 re W n", prepend=True)
    sheet.contents_add(b"Q")


def margin_in_the_text(pdf: Pdf) -> None:
    """Mark the decorations of a page as content."""
    sheet, number, made = pdf.pages[0], 9000, []
    for words, operator in pikepdf.parse_content_stream(sheet):
        if operator in (Operator("BMC"), Operator("BDC")) and words[0] == Name.Artifact:
            number += 1
            made.append(([Name.Span, Dictionary(MCID=number)], Operator("BDC")))
        else:
            made.append((words, operator))
    sheet.Contents = pdf.make_stream(pikepdf.unparse_content_stream(made))


def margin_without_marks(pdf: Pdf) -> None:
    sheet, made, open_marks = pdf.pages[0], [], []
    for words, operator in pikepdf.parse_content_stream(sheet):
        if operator in (Operator("BMC"), Operator("BDC")):
            open_marks.append(words[0] == Name.Artifact)
            if open_marks[-1]:
                continue
        if operator == Operator("EMC") and open_marks.pop():
            continue
        made.append((words, operator))
    sheet.Contents = pdf.make_stream(pikepdf.unparse_content_stream(made))


FAULTS: dict[Callable[[Printed], list[str]], tuple[Callable[[Pdf], None], ...]] = {
    pdf_checks.title_and_language: (another_title, title_not_shown, no_author, another_language),
    pdf_checks.unfit_parts: (script, attached_file),
    pdf_checks.embedded_fonts: (font_left_out, fallback_font, font_without_letters),
    pdf_checks.headings: (heading_as_paragraph, second_top_heading, skipped_level),
    pdf_checks.bookmarks: (bookmark_with_other_words, bookmark_missing, bookmark_at_another_level),
    pdf_checks.lists: (list_without_items, list_in_two, number_in_the_text, item_without_number),
    pdf_checks.tables: (header_of_nothing, header_as_plain_cell, table_without_a_row, table_as_text),
    pdf_checks.figures: (figure_without_words, figure_with_other_words, figure_as_decoration),
    pdf_checks.links: (link_with_bare_address, link_without_words, link_outside_the_tree, link_as_text),
    pdf_checks.form_fields: (field_without_name, field_outside_the_tree, comment_on_a_page),
    pdf_checks.reading_order: (two_parts_exchanged, paragraph_left_out, wrong_letters),
    pdf_checks.letters: (text_beyond_the_paper, number_that_pdf_does_not_know),
    pdf_checks.margins: (margin_in_the_text, margin_without_marks),
}


def named(value: object) -> str | None:
    return value.__name__ if isinstance(value, FunctionType) else None


@pytest.mark.parametrize(
    ("check", "fault"), [(check, fault) for check, faults in FAULTS.items() for fault in faults], ids=named
)
def test_a_check_finds_a_planted_fault(
    example_site: Example,
    print_html: dict[str, PrintPage],
    tmp_path: Path,
    check: Callable[[Printed], list[str]],
    fault: Callable[[Pdf], None],
) -> None:
    whole = Printed(read_pdf(example_site.output / PACK), print_html[PACK].html, FONTS)
    with pikepdf.open(example_site.output / PACK) as pdf:
        fault(pdf)
        pdf.save(tmp_path / "broken.pdf")
    found = check(whole._replace(pdf=read_pdf(tmp_path / "broken.pdf")))
    assert not set(found) <= set(check(whole)), found


def test_a_locked_pdf_is_found(example_site: Example, print_html: dict[str, PrintPage], tmp_path: Path) -> None:
    with pikepdf.open(example_site.output / PACK) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="owner", user=""))
    made = Printed(read_pdf(tmp_path / "locked.pdf"), print_html[PACK].html, FONTS)
    assert pdf_checks.unfit_parts(made) == ["it is encrypted"]


def test_a_passage_in_another_language_is_marked_and_one_that_is_not_is_found(project: Project, tmp_path: Path) -> None:
    words = 'We say it in Welsh: <span lang="cy">Codwch eich llais ŵ ŷ</span>, and on.'
    project.change("briefings/escalation.md", "Why this matters.", words)
    assert project.build(pdf=True).code == 0
    file = project.root / "output" / LANGUAGES
    html = print_pages(project.root, "2026-06-01T12:00:00Z")[LANGUAGES].html
    assert [one.get("lang") for one in html.body.iter("span") if one.get("lang")] == ["cy"]
    assert pdf_checks.inner_languages(Printed(read_pdf(file), html, FONTS)) == []
    with pikepdf.open(file) as pdf:
        for element in elements(pdf, "Span"):
            if "/Lang" in element:
                del element["/Lang"]
        pdf.save(tmp_path / "unmarked.pdf")
    assert pdf_checks.inner_languages(Printed(read_pdf(tmp_path / "unmarked.pdf"), html, FONTS))


def test_every_check_is_shown_to_find_something() -> None:
    assert {*FAULTS, pdf_checks.inner_languages} == set(CHECKS)
