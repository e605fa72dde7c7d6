"""PDFs of the example site before two validators of PDF/UA-1: the real veraPDF, one of each shape, and ``page``, all.

That a validator is content says less than it seems; what they don't see is in ``test_pdf_structure``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import page
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Object, Operator, Pdf

from tests.conftest import Example
from tests.pdf_checks import expect_none
from tests.verapdf import VeraPdf

PACK = "briefings/was-not-brought/was-not-brought-training-pack.pdf"


def page_faults(file: Path) -> list[str]:
    """What the quick validator has against a PDF."""
    report = page.validate_pdf(str(file), profile="ua1")
    assert report.is_compliant == (not report.failures)
    return [str(failure) for failure in report.failures]


@pytest.fixture(scope="module")
def verapdf() -> Iterator[VeraPdf]:
    """One Java process for all files."""
    with VeraPdf() as validator:
        yield validator


def test_verapdf_finds_nothing_against_a_pdf_of_each_shape_or_one_with_a_form(
    example_site: Example, verapdf: VeraPdf
) -> None:
    chosen = {files[0] for files in example_site.pdf_shapes.values()}
    chosen |= {file for file in example_site.pdfs if b"/AcroForm" in example_site.outputs[file]}
    assert len(chosen) > 8
    assert PACK in chosen
    expect_none({file: verapdf.faults(example_site.output / file) for file in chosen})


def test_the_second_validator_finds_nothing_either(example_site: Example) -> None:
    found = {file: page_faults(example_site.output / file) for file in example_site.pdfs}
    expect_none(found)


# What they must find


def elements(pdf: Pdf, *kinds: str) -> list[Object]:
    """The structure elements of these kinds, in no order that means anything."""
    found = [item for item in pdf.objects if isinstance(item, Dictionary) and "/P" in item and "/S" in item]
    return [item for item in found if str(item.S)[1:] in kinds]


def no_language(pdf: Pdf) -> None:
    del pdf.Root.Lang


def no_title_shown(pdf: Pdf) -> None:
    del pdf.Root.ViewerPreferences


def no_alternative(pdf: Pdf) -> None:
    del elements(pdf, "Figure")[0].Alt


def no_tree(pdf: Pdf) -> None:
    del pdf.Root.StructTreeRoot


def untagged_text(pdf: Pdf) -> None:
    """Take the marks off the first piece of content."""
    sheet = pdf.pages[0]
    kept, level = [], None
    for words, operator in pikepdf.parse_content_stream(sheet):
        if operator == Operator("BDC") and level is None:
            level = 1
            continue
        if level and operator in (Operator("BDC"), Operator("BMC")):
            level += 1
        if level and operator == Operator("EMC"):
            level -= 1
            if level == 0:
                continue
        kept.append((words, operator))
    sheet.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))


def no_font_file(pdf: Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("/Type") == "/FontDescriptor":
            for key in ("/FontFile2", "/FontFile3"):
                if key in item:
                    del item[key]


def skipped_heading(pdf: Pdf) -> None:
    elements(pdf, "H2")[0].S = Name.H4


def header_without_scope(pdf: Pdf) -> None:
    """Nor with an identifier that cells name."""
    for cell in elements(pdf, "TH", "TD"):
        for key in ("/A", "/ID"):
            if key in cell:
                del cell[key]


def link_without_description(pdf: Pdf) -> None:
    for sheet in pdf.pages:
        for note in sheet.get("/Annots", Array()):
            if "/Contents" in note:
                del note["/Contents"]


def field_without_name(pdf: Pdf) -> None:
    for item in pdf.Root.AcroForm.Fields:
        del item["/TU"]


@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        (no_language, "7.2"),
        (no_title_shown, "7.1"),
        (no_alternative, "7.3"),
        (no_tree, "7.1"),
        (untagged_text, "7.1"),
        (no_font_file, "7.21.4.1"),
        (skipped_heading, "7.4.2"),
        (header_without_scope, "7.5"),
        (link_without_description, "7.18.5"),
        (field_without_name, "7.18.1"),
    ],
)
def test_verapdf_finds_a_planted_fault(
    example_site: Example, verapdf: VeraPdf, tmp_path: Path, fault: Callable[[Pdf], None], clause: str
) -> None:
    with pikepdf.open(example_site.output / PACK) as pdf:
        fault(pdf)
        pdf.save(tmp_path / "broken.pdf")
    found = verapdf.faults(tmp_path / "broken.pdf")
    assert any(line.startswith(f"{clause} ") for line in found), found


def test_verapdf_says_of_a_file_that_it_is_no_pdf(verapdf: VeraPdf, tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_bytes(b"no")
    assert [line[:8] for line in verapdf.faults(tmp_path / "no.pdf")] == ["not read"]
    assert verapdf.faults(tmp_path / "missing.pdf")


@pytest.mark.parametrize("fault", [no_language, no_tree, no_alternative, skipped_heading])
def test_the_second_validator_finds_a_planted_fault(
    example_site: Example, tmp_path: Path, fault: Callable[[Pdf], None]
) -> None:
    with pikepdf.open(example_site.output / PACK) as pdf:
        fault(pdf)
        pdf.save(tmp_path / "broken.pdf")
    assert page_faults(tmp_path / "broken.pdf")
