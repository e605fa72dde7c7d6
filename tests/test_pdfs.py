"""Which PDFs a build publishes, what is on their paper, and what they may show.

``test_pdf_validators``, ``test_pdf_structure`` and ``test_pdf_equal_page`` say whether everybody can read them.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pikepdf
import pytest
from PIL import Image

from sitegen import addresses
from tests.conftest import PROJECT, REVIEW, Example, Project
from tests.pdf_reading import fonts, read_pdf
from tests.test_pdf_validators import page_faults

REVIEW_PDF = "reviews/17-escalation/17-escalation-briefing.pdf"
THEME_PDF = "themes/escalation/escalation-digest.pdf"
BRIEFING_PDF = "briefings/escalation/escalation.pdf"
A4, LETTER = (595, 842), (612, 792)


def printed(file: Path) -> list[str]:
    """The text of each page, as it is selected and read aloud."""
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    pages = done.stdout.decode().split("\f")[:-1]
    return [" ".join(text.split()) for text in pages]


def own_templates(project: Project) -> Project:
    shutil.copytree(PROJECT / "templates", project.root / "templates")
    return project


# Which there are


def test_each_record_has_its_documents(example_site):
    wanted = [
        addresses.of_pdf(kind, slug, form)
        for kind in ("review", "theme", "role")
        for slug in [*example_site.published(kind), *(["everyone"] if kind == "role" else [])]
        for form in ("a4", "large-print")
    ]
    for slug, record in example_site.published("briefing").items():
        wanted += [addresses.of_pdf("briefing", slug, form) for form in record.get("formats", ["a4"])]
    years = [file.split("/")[1] for file in example_site.outputs if re.fullmatch(r"years/[^/]+/index\.html", file)]
    wanted += [addresses.of_pdf("year", year, form) for year in years for form in ("a4", "large-print")]
    assert sorted(wanted) == example_site.pdfs
    for ending in ("-briefing", "-digest", "-sheet", "-report", "-large-print", "-booklet", "-training-pack"):
        assert any(file.endswith(f"{ending}.pdf") for file in wanted), ending


def test_a_briefing_that_is_not_wanted_on_a4_has_no_a4_pdf(project):
    project.change("briefings/escalation.md", "version: 1", "version: 1\nformats: [large-print]")
    assert project.build(pdf=True).code == 0
    assert BRIEFING_PDF not in project.outputs()
    assert BRIEFING_PDF not in project.page("briefings/escalation/")


def test_without_pdfs_none_is_made_and_no_page_names_one(project):
    assert project.build(pdf=True).code == 0
    pdfs = {file for file in project.outputs() if file.endswith(".pdf")}
    assert {REVIEW_PDF, THEME_PDF, BRIEFING_PDF} <= pdfs
    assert project.build().code == 0
    for file, data in project.outputs().items():
        assert not file.endswith(".pdf")
        names = [name.rpartition("/")[2].encode() for name in pdfs]
        assert not [name for name in names if name in data], file
        if not file.startswith("deploy/") and not file.endswith(".js"):  # these speak of PDFs in general
            assert b".pdf" not in data, file


def test_a_pdf_in_another_language_says_so(project):
    project.change("content/themes/escalation.md", "title: Escalation", "title: Uwchgyfeirio\nlanguage: cy")
    assert project.build(pdf=True).code == 0
    with pikepdf.open(project.root / "output" / THEME_PDF) as pdf:
        assert str(pdf.Root.Lang) == "cy"


# What is on paper


def records_of_pdfs(example: Example) -> dict[str, tuple[str, dict[str, str]]]:
    """The kind and record of each PDF of one; the sheet for everyone and the years have no record."""
    found = {}
    for file in example.pdfs:
        folder, slug = file.split("/")[:2]
        record = {} if folder == "years" else example.records(folder.removesuffix("s")).get(slug, {})
        found[file] = (folder, record)
    return found


def test_every_page_carries_its_number_title_version_and_dates_and_the_first_the_address(example_site):
    """In the margins. A booklet has two of its pages on each side of a sheet."""
    for file, (folder, record) in records_of_pdfs(example_site).items():
        made, texts = read_pdf(example_site.output / file), printed(example_site.output / file)
        path = f"{folder}/{file.split('/')[1]}"
        if file.endswith("-training-pack.pdf"):
            path += "/training-pack"
        elif "short_address" in record:
            path = record["short_address"]
        first = next(text for text in texts if re.search(r"Page 1 of", text))
        assert f"learning.example.org/{path}" in re.sub(r"[\s\u200b]", "", first), (file, first)
        last = max(int(one) for told in made.decorations for one in re.findall(r"Page (\d+)", told))
        assert last == made.pages or file.endswith("-booklet.pdf"), file
        number = f"Version {record['version']}, " if "version" in record else "Version of "
        title = record.get("title", "Everyone" if folder == "roles" else file.split("/")[1]).replace("'", "’")
        for told, text in zip(made.decorations, texts, strict=True):
            assert re.search(rf"Page \d+ of {last}\b", told), (file, told)
            assert re.search(rf"{number}\d+ [A-Z][a-z]+ 20\d\d · Published \d+ [A-Z][a-z]+ 20\d\d", told), (file, told)
            if "published" in record:
                assert f"Published {in_words(record['published'])}" in told, (file, told)
            if "review_by" in record:
                assert f"To be reviewed by {in_words(record['review_by'])}" in told, (file, told)
            assert title[:20] in text.replace("'", "’"), (file, text)


def in_words(day: str) -> str:
    """``2017-03-01T09:00`` → ``1 March 2017``."""
    return f"{date.fromisoformat(day[:10]):%-d %B %Y}"


def test_every_pdf_has_the_urgent_help_and_the_organisation(example_site):
    for file in example_site.pdfs:
        text = " ".join(printed(example_site.output / file))
        assert "If someone is in danger now, call 999." in text, file
        assert "0808 800 5000" in text, file
        assert "Exampleshire Safeguarding Partnership" in text, file


def test_pages_are_a4_or_letter_as_configured(project, example_site):
    for file in example_site.pdfs:
        with pikepdf.open(example_site.output / file) as pdf:
            sizes = {tuple(round(float(side)) for side in sheet.mediabox[2:]) for sheet in pdf.pages}
        assert sizes == ({A4[::-1]} if file.endswith("-booklet.pdf") else {A4}), file
    project.write("site_config.yaml", (project.root / "site_config.yaml").read_text() + "pdf: {paper: letter}\n")
    assert project.build(pdf=True).code == 0
    for file in (REVIEW_PDF, THEME_PDF, BRIEFING_PDF):
        with pikepdf.open(project.root / "output" / file) as pdf:
            assert {tuple(round(float(n)) for n in sheet.mediabox[2:]) for sheet in pdf.pages} == {LETTER}


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_digest_has_at_most_four_pages_however_long_its_findings(project, paper):
    project.write("site_config.yaml", (project.root / "site_config.yaml").read_text() + f"pdf: {{paper: {paper}}}\n")
    sentence = "This finding goes on about what was seen, what was not, and who could have asked about it sooner"
    findings = "".join(
        f"- {number}: {sentence}, {sentence}. {{#f-{number}}}\n\n  {sentence}.\n\n"
        + "".join(f"  - Health visitors: {sentence} ({step}).\n" for step in range(4))
        + "\n"
        for number in range(60)
    )
    head = REVIEW[: REVIEW.index("## What needs")]
    project.write("content/reviews/17-escalation.md", f"{head}## What needs to improve\n\n{findings}")
    project.change("content/themes/escalation.md", "Raise it and keep raising it.", f"{sentence}. " * 12)
    assert project.build(pdf=True).code == 0
    digest = printed(project.root / "output" / THEME_PDF)
    assert 2 <= len(digest) <= 4
    assert "more are on the page" in " ".join(digest)
    assert page_faults(project.root / "output" / REVIEW_PDF) == []
    assert page_faults(project.root / "output" / THEME_PDF) == []


def test_markdown_of_every_sort_makes_an_accessible_pdf(project):
    body = """\
## Segment

1. one
2. two

   - inner

| Agency | Count |
|--------|-------|
| Health | 7     |

> Quoted, with *stress* and `code`.

- An item

    with a second paragraph

- Another

    - and one within
    - and one more

3. three

    > quoted


Term
:   Meaning

### Deeper

A footnote.[^1] [A link](https://example.com/) and [a review](review:17-escalation#no-access), ŵ ŷ â £ € – “x” 2 × 2.

[^1]: The footnote.
"""
    project.change("briefings/escalation.md", "Why this matters.", body)
    assert project.build(pdf=True).code == 0
    file = project.root / "output" / BRIEFING_PDF
    assert page_faults(file) == []
    assert all(name.startswith("Fira-Sans") for name, _, _ in fonts(file)), fonts(file)
    text = " ".join(printed(file))
    assert "ŵ ŷ â £ € – “x” 2 × 2" in text
    found = {node.kind for node in read_pdf(file).tree.walk()}
    assert {"Table", "TH", "TD", "L", "LI", "Link"} <= found


# Links


def test_every_link_of_a_pdf_to_the_site_leads_to_a_page_and_anchor(example_site):
    seen = 0
    for file in example_site.pdfs:
        for note in read_pdf(example_site.output / file).annotations:
            if not note.is_address:
                continue
            if not note.target.startswith(Example.ADDRESS):
                assert note.target.startswith(("https://", "http://", "mailto:", "tel:")), (file, note.target)
                continue
            parts = urlsplit(note.target)
            target = addresses.file_of(parts.path[1:])
            assert target in example_site.outputs, (file, note.target)
            anchor = f'id="{parts.fragment}"'.encode() if parts.fragment else b""
            assert anchor in example_site.outputs[target], (file, note.target)
            seen += 1
    assert seen > 500


# What may be in a PDF, and what may not


def picture(name: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(data, name)
    return data.getvalue()


@pytest.mark.parametrize("name", ["drawing.png", "drawing.jpg", "drawing.svg"])
def test_a_picture_of_the_content_is_shown_with_its_words(project, name):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
    data = svg if name.endswith("svg") else picture({"drawing.png": "PNG", "drawing.jpg": "JPEG"}[name])
    project.write(f"content/files/{name}", data)
    project.change("briefings/escalation.md", "Why this matters.", f"![A drawing of a door](file:{name})")
    result = project.build(pdf=True)
    assert result.problems == []
    file = project.root / "output" / BRIEFING_PDF
    assert page_faults(file) == []
    assert "A drawing of a door" in [node.alternative for node in read_pdf(file).tree.find("Figure")]
    if not name.endswith("svg"):
        with pikepdf.open(file) as pdf:
            assert any(sheet.get_images() for sheet in pdf.pages)


def test_a_picture_with_a_space_in_its_name_is_shown(project):
    project.write("content/files/a door.png", picture())
    project.change("briefings/escalation.md", "Why this matters.", "![A door](<file:a door.png>)")
    assert project.build(pdf=True).problems == []
    with pikepdf.open(project.root / "output" / BRIEFING_PDF) as pdf:
        assert any(sheet.get_images() for sheet in pdf.pages)


@pytest.mark.parametrize(
    "address",
    [
        "http://elsewhere.example/x.png",
        "https://elsewhere.example/x.png",
        "file:///etc/passwd",
        "ftp://elsewhere.example/x.png",
    ],
)
@pytest.mark.parametrize("form", ["![x]({})", '<img src="{}" alt="x">'])
def test_a_picture_from_elsewhere_is_not_fetched(project, form, address):
    project.change("briefings/escalation.md", "Why this matters.", form.format(address))
    result = project.build(pdf=True)
    assert result.code == 1
    assert {problem["path"] for problem in result.problems} == {"briefings/escalation.md"}
    assert any(problem["severity"] == "error" for problem in result.problems)
    assert not (project.root / "output").exists()


@pytest.mark.parametrize(
    "rule",
    [
        "h1 { background: url('asset:///print/missing.png') }",
        "h1 { background: url('http://elsewhere.example/x.png') }",
        "h1 { background: url('file:///etc/passwd') }",
        "h1 { background: url('missing.png') }",
        "@import 'http://elsewhere.example/x.css';",
        "@font-face { font-family: X; src: url('font:///No%20Such%20Family/400') } h1 { font-family: X }",
        "@font-face { font-family: X; src: url('http://elsewhere.example/x.ttf') } h1 { font-family: X }",
    ],
)
def test_a_print_style_gets_nothing_that_does_not_belong_to_it_and_says_so(project, rule):
    style = own_templates(project).root / "templates/print/print.css"
    text = style.read_text(encoding="utf-8")
    style.write_text(f"{rule}\n{text}" if rule.startswith("@import") else f"{text}\n{rule}\n", encoding="utf-8")
    result = project.build(pdf=True)
    assert result.problems, "nothing was said"
    if result.code == 0:
        assert fonts(project.root / "output" / REVIEW_PDF)[0][0].startswith("Fira-Sans")


def test_a_print_template_gets_no_file_that_does_not_belong_to_it(project):
    own_templates(project)
    project.change(
        "templates/print/_base.html",
        "{% block opening %}",
        '<img src="asset:///print/missing.png" alt="x">{% block opening %}',
    )
    result = project.build(pdf=True)
    assert result.code == 1
    assert "content/picture" in result.codes


def test_a_picture_of_the_print_templates_is_shown(project):
    own_templates(project).write("templates/print/mark.png", picture())
    project.change(
        "templates/print/_base.html",
        "{% block opening %}",
        '<img src="asset:///print/mark.png" alt="A mark">{% block opening %}',
    )
    assert project.build(pdf=True).problems == []
    with pikepdf.open(project.root / "output" / REVIEW_PDF) as pdf:
        assert any(sheet.get_images() for sheet in pdf.pages)


def test_no_path_of_this_machine_is_in_a_pdf(project):
    project.write("content/files/drawing.png", picture())
    project.change("briefings/escalation.md", "Why this matters.", "![A drawing](file:drawing.png)")
    assert project.build(pdf=True).code == 0
    for file in (REVIEW_PDF, THEME_PDF, BRIEFING_PDF):
        with pikepdf.open(project.root / "output" / file) as pdf:
            for item in pdf.objects:
                data = item.unparse() + (
                    item.read_bytes()
                    if isinstance(item, pikepdf.Stream) and "/Filter" in item and item.Filter == "/FlateDecode"
                    else b""
                )
                for word in (str(project.root), str(PROJECT), str(Path.home()), "file:///", "site-packages", "asset:"):
                    assert word.encode() not in data, (file, word)
