"""The PDFs that a build publishes, read back with real readers and a real validator."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import page
import pikepdf
import pytest
from PIL import Image

from sitegen import addresses
from tests.conftest import PROJECT, REVIEW, Example, Project

REVIEW_PDF = "reviews/17-escalation/17-escalation-briefing.pdf"
THEME_PDF = "themes/escalation/escalation-digest.pdf"
BRIEFING_PDF = "briefings/escalation/escalation.pdf"
A4, LETTER = (595, 842), (612, 792)


def failures(file: Path) -> list[str]:
    """What the validator has against a PDF as PDF/UA-1."""
    report = page.validate_pdf(str(file), profile="ua1")
    assert report.is_compliant == (not report.failures)
    return [str(failure) for failure in report.failures]


def printed(file: Path) -> list[str]:
    """The text of each page, as it is selected and read aloud."""
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    pages = done.stdout.decode().split("\f")[:-1]
    return [" ".join(text.split()) for text in pages]


def facts(file: Path) -> dict[str, str]:
    """What pdfinfo tells."""
    done = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True)
    return {name: value.strip() for name, _, value in (line.partition(":") for line in done.stdout.splitlines())}


def own_templates(project: Project) -> Project:
    shutil.copytree(PROJECT / "templates", project.root / "templates")
    return project


@pytest.fixture(
    params=[REVIEW_PDF, "themes/neglect/neglect-digest.pdf", "briefings/was-not-brought/was-not-brought.pdf"]
)
def sample(request: pytest.FixtureRequest, example_site: Example) -> Path:
    """One PDF of each kind."""
    return example_site.output / request.param


# Which there are


def test_each_review_theme_and_briefing_has_one_pdf(example_site):
    wanted = [
        addresses.of_pdf(kind, slug)
        for kind in ("review", "theme", "briefing")
        for slug in example_site.published(kind)
    ]
    assert sorted(wanted) == example_site.pdfs


def test_a_briefing_that_is_not_wanted_on_a4_has_no_a4_pdf(project):
    project.change("briefings/escalation.md", "version: 1", "version: 1\nformats: [large-print]")
    assert project.build(pdf=True).code == 0
    assert BRIEFING_PDF not in project.outputs()
    assert BRIEFING_PDF not in project.page("briefings/escalation/")


def test_without_pdfs_none_is_made_and_no_page_names_one(project):
    assert project.build(pdf=True).code == 0
    assert {file for file in project.outputs() if file.endswith(".pdf")} == {REVIEW_PDF, THEME_PDF, BRIEFING_PDF}
    assert project.build().code == 0
    for file, data in project.outputs().items():
        assert not file.endswith(".pdf")
        names = [name.rpartition("/")[2].encode() for name in (REVIEW_PDF, THEME_PDF, BRIEFING_PDF)]
        assert not [name for name in names if name in data], file
        if not file.startswith("deploy/") and not file.endswith(".js"):  # these speak of PDFs in general
            assert b".pdf" not in data, file


# Accessible to every reader


def test_the_validator_finds_nothing_against_any_pdf(example_site):
    assert {file: found for file in example_site.pdfs if (found := failures(example_site.output / file))} == {}


def test_the_validator_would_find_missing_tags(example_site, tmp_path):
    with pikepdf.open(example_site.output / REVIEW_PDF) as pdf:
        del pdf.Root.StructTreeRoot
        pdf.save(tmp_path / "untagged.pdf")
    assert failures(tmp_path / "untagged.pdf")


def test_a_pdf_has_a_title_that_is_shown_a_language_an_author_and_bookmarks(sample):
    told = facts(sample)
    assert told["Title"]
    assert told["Author"] == "Exampleshire Safeguarding Partnership"
    assert told["Tagged"] == "yes"
    assert told["Encrypted"] == "no"
    assert told["JavaScript"] == "no"
    with pikepdf.open(sample) as pdf:
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert not pdf.is_encrypted
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == [told["Title"]] or outline.root
            assert sum(1 + len(item.children) for item in outline.root) > 3


def test_a_pdf_in_another_language_says_so(project):
    project.change("content/themes/escalation.md", "title: Escalation", "title: Uwchgyfeirio\nlanguage: cy")
    assert project.build(pdf=True).code == 0
    with pikepdf.open(project.root / "output" / THEME_PDF) as pdf:
        assert str(pdf.Root.Lang) == "cy"


def test_the_headings_of_a_pdf_skip_no_level(sample):
    with pikepdf.open(sample) as pdf:
        levels = [int(tag[1]) for tag in tags(pdf.Root.StructTreeRoot) if re.fullmatch(r"H[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def tags(node: pikepdf.Object) -> list[str]:
    """The structure types below a node, in reading order."""
    found = [str(node.S)[1:]] if "/S" in node else []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found += tags(kid)
    return found


def fonts(file: Path) -> list[str]:
    """A line for each font: its name, and whether it is embedded, a subset and tells its letters."""
    done = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[2:]


def test_only_the_declared_font_is_used_and_it_is_embedded(example_site):
    for file in example_site.pdfs:
        lines = fonts(example_site.output / file)
        assert lines
        for line in lines:
            assert re.match(r"[A-Z]{6}\+Fira-Sans", line), (file, line)
            assert line.split()[-5:-2] == ["yes", "yes", "yes"], (file, line)


# What is on paper


def test_every_page_carries_its_number_title_date_and_address(example_site):
    for file in example_site.pdfs:
        pages = printed(example_site.output / file)
        folder, slug = file.split("/")[:2]
        record = example_site.published(folder.removesuffix("s"))[slug]
        year = record.get("updated", record["published"])[:4]
        for number, text in enumerate(pages, 1):
            # a narrow column breaks a long address: its letters are what counts
            assert f"learning.example.org/{folder}/{slug}/" in text.replace(" ", ""), (file, number)
            assert f"Page {number} of {len(pages)}" in text, (file, number)
            assert year in text, (file, number)
            if folder == "briefings":
                assert f"Version {record['version']}" in text
            assert record["title"].replace("'", "’")[:20] in text.replace("'", "’"), (file, number)


def test_every_pdf_has_the_urgent_help_and_the_organisation(example_site):
    for file in example_site.pdfs:
        text = " ".join(printed(example_site.output / file))
        assert "If someone is in danger now, call 999." in text, file
        assert "0808 800 5000" in text, file
        assert "Exampleshire Safeguarding Partnership" in text, file


def test_a_pdf_says_what_its_page_says(example_site):
    for slug, review in example_site.published("review").items():
        text = " ".join(printed(example_site.output / f"reviews/{slug}/{slug}-briefing.pdf"))
        told = next(
            found for found in json.loads(example_site.outputs["data/reviews.json"])["reviews"] if found["slug"] == slug
        )
        words = set(re.findall(r"\w{4,}", text))
        for finding in told["findings"]:
            missing = set(re.findall(r"\w{4,}", finding["statement"])) - words
            assert not missing, (slug, finding["id"], missing)
        assert set(re.findall(r"\w{4,}", review.get("question", ""))) <= words, slug


def test_pages_are_a4_or_letter_as_configured(project, sample):
    with pikepdf.open(sample) as pdf:
        assert {tuple(round(float(n)) for n in sheet.mediabox[2:]) for sheet in pdf.pages} == {A4}
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
    assert failures(project.root / "output" / REVIEW_PDF) == []
    assert failures(project.root / "output" / THEME_PDF) == []


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
    assert failures(file) == []
    assert all("+Fira-Sans" in line for line in fonts(file)), fonts(file)
    text = " ".join(printed(file))
    assert "ŵ ŷ â £ € – “x” 2 × 2" in text
    with pikepdf.open(file) as pdf:
        found = tags(pdf.Root.StructTreeRoot)
    assert {"Table", "TH", "TD", "L", "LI", "Link"} <= set(found)


# Links


def test_every_link_of_a_pdf_to_the_site_leads_to_a_page_and_anchor(example_site):
    seen = 0
    for file in example_site.pdfs:
        for address in links(example_site.output / file):
            if address.startswith(Example.ADDRESS):
                parts = urlsplit(address)
                target = addresses.file_of(parts.path[1:])
                assert target in example_site.outputs, (file, address)
                assert not parts.fragment or f'id="{parts.fragment}"'.encode() in example_site.outputs[target], (
                    file,
                    address,
                )
                seen += 1
            else:
                assert address.startswith(("https://", "http://", "mailto:", "tel:")), (file, address)
        assert Example.ADDRESS + addresses.path_of(file.rpartition("/")[0] + "/index.html") in links(
            example_site.output / file
        )
    assert seen > 100


def links(file: Path) -> set[str]:
    with pikepdf.open(file) as pdf:
        annotations = [note for sheet in pdf.pages for note in sheet.get("/Annots", [])]
        return {
            str(note.A.URI)
            for note in annotations
            if note.get("/Subtype") == "/Link" and "/A" in note and "/URI" in note.A
        }


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
    assert failures(file) == []
    with pikepdf.open(file) as pdf:
        assert "Figure" in tags(pdf.Root.StructTreeRoot)
        assert "A drawing of a door" in alternatives(pdf.Root.StructTreeRoot)
        if not name.endswith("svg"):
            assert any(sheet.get_images() for sheet in pdf.pages)


def test_a_picture_with_a_space_in_its_name_is_shown(project):
    project.write("content/files/a door.png", picture())
    project.change("briefings/escalation.md", "Why this matters.", "![A door](<file:a door.png>)")
    assert project.build(pdf=True).problems == []
    with pikepdf.open(project.root / "output" / BRIEFING_PDF) as pdf:
        assert any(sheet.get_images() for sheet in pdf.pages)


def alternatives(node: pikepdf.Object) -> list[str]:
    found = [str(node.Alt)] if "/Alt" in node else []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found += alternatives(kid)
    return found


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
        assert all("Fira-Sans" in line for line in fonts(project.root / "output" / REVIEW_PDF)[:1])


def test_a_print_template_gets_no_file_that_does_not_belong_to_it(project):
    own_templates(project)
    project.change("templates/print/_base.html", "<header>", '<header><img src="asset:///print/missing.png" alt="x">')
    result = project.build(pdf=True)
    assert result.code == 1
    assert "content/picture" in result.codes


def test_a_picture_of_the_print_templates_is_shown(project):
    own_templates(project).write("templates/print/mark.png", picture())
    project.change("templates/print/_base.html", "<header>", '<header><img src="asset:///print/mark.png" alt="A mark">')
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


def test_a_pdf_carries_no_file_comment_form_or_program(sample):
    with pikepdf.open(sample) as pdf:
        assert not pdf.attachments
        assert "/AcroForm" not in pdf.Root
        assert "/OpenAction" not in pdf.Root
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
        kinds = {str(note.Subtype) for sheet in pdf.pages for note in sheet.get("/Annots", [])}
        assert kinds <= {"/Link"}
