"""What our own tags add to WeasyPrint's: each point is looked up in the file, as a screen reader would."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import page
import pikepdf
import pytest
import weasyprint
from PIL import Image

from sitegen import pdf_tags
from sitegen.machine import BrokenMachine
from sitegen.render_pdf import PdfJob, PdfResult, render_pdf
from tests.pdf_reading import Annotation, Node, Pdf, Text, fonts, poppler_text, read_pdf

STYLE = """\
@font-face { font-family: "Fira Sans"; font-weight: 400; src: url("font:///Fira%20Sans/400") }
@font-face { font-family: "Fira Sans"; font-weight: 600; src: url("font:///Fira%20Sans/600") }
@page {
  size: A5; margin: 20mm; font: 9pt "Fira Sans";
  @top-left { content: "Running title" }
  @bottom-right { content: "Page " counter(page) }
}
html { font: 12pt/1.4 "Fira Sans" }
ul { list-style: "•\\A0" }
body { margin: 0 }
"""
SVG = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" width="40" height="20"'


def dot() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(data, "PNG")
    return data.getvalue()


def rendered(body: str, style: str = "", imposed: bool = False) -> PdfResult:
    html = f'<!DOCTYPE html><html lang="en"><head><title>A title</title></head><body>{body}</body></html>'
    styles = (("print/print.css", (STYLE + style).encode()),)
    return render_pdf(
        PdfJob(
            html.encode(),
            styles,
            (("asset:///print/dot.png", dot()),),
            {},
            "https://learning.example.org/",
            60,
            imposed,
        )
    )


Maker = Callable[..., Pdf]


@pytest.fixture
def made(tmp_path: Path) -> Maker:
    """Makes a PDF of what stands in the body, looks at it with a validator and reads it back."""

    def make(body: str, style: str = "", imposed: bool = False, name: str = "made") -> Pdf:
        result = rendered(body, style, imposed)
        assert result.remarks == []
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(result.payload)
        report = page.validate_pdf(str(file), profile="ua1")
        assert report.is_compliant, report.failures
        pdf = read_pdf(file)
        assert pdf.loose == pdf.strays == [""] * pdf.pages
        check_ways_back(file)
        check_all_is_marked(file)
        return pdf

    return make


def check_ways_back(file: Path) -> None:
    """From each mark and annotation of a page, the parent tree leads to the element that holds it."""
    with pikepdf.open(file) as pdf:
        root = pdf.Root.StructTreeRoot
        numbers = list(root.ParentTree.Nums)
        parents = {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
        assert list(parents) == sorted(parents)
        assert int(root.ParentTreeNextKey) > max(parents)
        held: dict[tuple[Any, int], Any] = {}
        notes: dict[Any, Any] = {}

        def gather(element: pikepdf.Object) -> None:
            kids = element.get("/K", [])
            for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
                if not isinstance(kid, pikepdf.Dictionary):
                    held[element.Pg.objgen, int(kid)] = element.objgen
                elif kid.get("/Type") == "/MCR":
                    held[kid.get("/Stm", kid.get("/Pg")).objgen, int(kid.MCID)] = element.objgen
                elif kid.get("/Type") == "/OBJR":
                    notes[kid.Obj.objgen] = element.objgen
                else:
                    assert kid.P.objgen == element.objgen
                    gather(kid)

        gather(root.K)
        for sheet in pdf.pages:
            assert sheet.obj.Tabs == "/S"
            if "/Contents" not in sheet:  # the empty side of a booklet's sheet
                continue
            for mark, owner in enumerate(parents[int(sheet.obj.StructParents)]):
                assert held.pop((sheet.obj.objgen, mark)) == owner.objgen
            for note in sheet.get("/Annots", []):
                assert notes.pop(note.objgen) == parents[int(note.StructParent)].objgen
        for (stream, mark), owner in held.items():  # groups within pages
            group = pdf.get_object(stream)
            assert parents[int(group.StructParents)][mark].objgen == owner
        assert not notes


def check_all_is_marked(file: Path) -> None:
    """Everything that is painted stands in exactly one mark."""
    with pikepdf.open(file) as pdf:
        for sheet in pdf.pages:
            depth = 0
            for _, operator in pikepdf.parse_content_stream(sheet):
                word = str(operator)
                depth += {"BMC": 1, "BDC": 1, "EMC": -1}.get(word, 0)
                assert depth <= 1
                assert depth == 1 or word not in ("f", "f*", "S", "s", "B", "sh", "TJ", "Tj")


def shape(node: Node) -> str:
    """Types of elements: "L(LI(Lbl LBody))"."""
    inner = " ".join(map(shape, node.nodes))
    return f"{node.kind}({inner})" if inner else node.kind


def whole(pdf: Pdf) -> str:
    document = pdf.tree.nodes[0]
    assert document.kind == "Document"
    return " ".join(map(shape, document.nodes))


def text(node: Node) -> str:
    """What is read out, with nothing put between the pieces."""
    return "".join(
        kid.text if isinstance(kid, Text) else text(kid) for kid in node.kids if not isinstance(kid, Annotation)
    )


def one(pdf: Pdf, kind: str) -> Node:
    (found,) = pdf.tree.find(kind)
    return found


def texts(pdf: Pdf, kind: str) -> list[str]:
    return [text(node) for node in pdf.tree.find(kind)]


# Elements


def test_wrappers_leave_no_trace_and_parts_keep_their_meaning(made):
    pdf = made(
        "<header><div><p>Masthead</p></div></header><h1>One</h1><section><div class=x><h2>Two</h2><p>Text</p></div>"
        "</section><article><h2>Three</h2><blockquote>Quoted</blockquote><pre>Code</pre></article>"
    )
    assert whole(pdf) == "P H1 Sect(H2 P) Art(H2 BlockQuote(P) P)"


def test_text_that_stands_loose_in_a_wrapper_is_a_paragraph(made):
    pdf = made("<section>loose <b>bold</b> text<div>another</div>a third<p>own</p></section>")
    assert whole(pdf) == "Sect(P P P P)"
    assert texts(pdf, "P") == ["loose bold text", "another", "a third", "own"]


def test_an_inner_language_is_marked_in_lines_and_blocks(made):
    pdf = made(
        '<p>The <span lang="cy">Bwrdd Diogelu</span> met.</p><p lang="cy">Cymraeg</p><div lang="en">English</div>'
        '<ul><li lang="cy">Eitem</li></ul><div lang="cy">Gair <i lang="en">word</i></div>'
    )
    found = {text(node): node.language for node in pdf.tree.walk() if node.language}
    assert found == {"Bwrdd Diogelu": "cy", "Cymraeg": "cy", "Eitem": "cy", "Gair word": "cy", "word": "en"}
    assert pdf.language == "en"


def test_an_abbreviation_says_what_it_stands_for(made):
    pdf = made('<p>The <abbr title="multi-agency safeguarding hub">MASH</abbr>.</p>')
    with pikepdf.open(pdf.file) as file:
        assert [str(item.E) for item in file.objects if isinstance(item, pikepdf.Dictionary) and "/E" in item] == [
            "multi-agency safeguarding hub"
        ]


def test_a_paragraph_over_two_pages_is_one(made):
    pdf = made(f"<p>{'word ' * 600}</p><p>After</p>")
    assert pdf.pages > 1
    assert whole(pdf) == "P P"
    assert {kid.page for kid in pdf.tree.find("P")[0].kids if isinstance(kid, Text)} == set(range(pdf.pages))


def test_the_last_word_of_a_line_does_not_join_the_first_of_the_next(made):
    sentence = "Concerns about a home that staff could not enter, <b>again and again</b> <i>and</i> again, were not passed on. "
    pdf = made(f"<p>{sentence * 8}</p><p>one<br>two</p><p>{'no-break' * 30}</p><pre>first\nsecond</pre>")
    first, second, third, fourth = (read.strip() for read in texts(pdf, "P"))
    plain = re.sub("<.*?>", "", sentence)
    assert first == (plain * 8).strip()
    assert second == "one two"
    assert third == "no-break" * 30
    assert fourth == "first second"


def test_what_a_style_puts_elsewhere_does_not_join_the_word_before(made):
    pdf = made(
        '<ul><li><a href="#x">Session plan</a></li><li><a class="number" href="tel:999">999</a>Emergency</li></ul><p id="x">X</p>',
        "a { display: block } a::after { content: target-counter(attr(href url), page); position: absolute; right: 0 } "
        ".number { position: absolute; left: 0 } .number::after { content: none }",
    )
    assert [read.strip() for read in texts(pdf, "LBody")] == ["Session plan 1", "999 Emergency"]
    assert [len(link.annotations) for link in pdf.tree.find("Link")] == [1, 1]


def test_the_order_is_that_of_the_html_wherever_a_style_puts_it(made):
    pdf = made(
        '<p>one</p><div class="block"><h1 class="side">two</h1><p>three</p></div><p class="fixed">four</p><p>five</p>',
        ".block { position: relative; padding-left: 40mm } .side { position: absolute; left: 0; top: 20mm } "
        ".fixed { position: fixed; bottom: 0 }",
    )
    assert text(pdf.tree.nodes[0]) == "onetwothreefourfive"


def test_what_a_fixed_box_repeats_is_read_once(made):
    pdf = made(
        '<p class="fixed">again</p><p class="next">one</p><p class="next">two</p>',
        ".fixed { position: fixed; bottom: 0 } .next { break-after: page }",
    )
    assert texts(pdf, "P") == ["again", "one", "two"]
    assert sum("again" in page for page in pdf.decorations) == pdf.pages - 1


def test_what_is_half_transparent_is_read_like_the_rest(made):
    pdf = made(
        '<p>one <span class="pale">two <a href="#x">three</a></span></p><p id="x" class="pale">four</p>',
        ".pale { opacity: 0.5; display: inline-block }",
    )
    assert text(pdf.tree.nodes[0]) == "one two threefour"
    assert whole(pdf) == "P(Link) P"


# Artifacts


def test_running_titles_and_page_numbers_are_artifacts_of_the_page(made):
    pdf = made("<p>Text</p>")
    assert text(pdf.tree.nodes[0]) == "Text"
    assert sorted(pdf.decorations[0].split()) == sorted("Running title Page 1".split())
    with pikepdf.open(pdf.file) as file:
        marks = [
            words[1]
            for words, operator in pikepdf.parse_content_stream(file.pages[0])
            if str(operator) == "BDC" and str(words[0]) == "/Artifact"
        ]
        assert {(str(mark.Type), str(mark.Subtype)) for mark in marks} == {
            ("/Pagination", "/Header"),
            ("/Pagination", "/Footer"),
        }


def test_what_only_decorates_is_an_artifact(made):
    pdf = made(
        f'<p class="mark">Kind</p><p aria-hidden="true">→ <b>hidden</b></p><svg {SVG} role="presentation"><path d="M0 0h9v9z"/></svg>'
        f'<svg {SVG} aria-hidden="true"><title>No</title><path d="M0 0h9v9z"/></svg><p class="line">Line</p><p>Last</p>',
        '.mark::before { content: "• " } .mark::after { content: ""; display: inline-block; border: 2pt solid }'
        ".line { border: 1pt solid; background: #eee }",
    )
    assert whole(pdf) == "P P P"
    assert texts(pdf, "P") == ["Kind", "Line", "Last"]


def test_words_of_a_style_are_read(made):
    pdf = made('<p class="note">Text</p>', '.note::before { content: "Note 7: " } .note::after { content: ")" }')
    assert texts(pdf, "P") == ["Note 7: Text)"]


# Lists


def test_lists_are_well_formed_with_inner_lists_in_the_item_that_they_belong_to(made):
    pdf = made("<ul><li>one<ul><li>inner</li></ul></li><li><p>two</p><p>more</p><ol><li>first</li></ol></li></ul>")
    assert whole(pdf) == "L(LI(LBody(L(LI(LBody)))) LI(LBody(P P L(LI(Lbl LBody)))))"
    assert [node.attributes["ListNumbering"] for node in pdf.tree.find("L")] == ["Disc", "Disc", "Decimal"]
    assert "•" in pdf.decorations[0]
    assert "•" not in text(pdf.tree.nodes[0])


def test_numbers_of_items_are_labels_also_of_items_with_paragraphs_and_of_drawn_numbers(made):
    pdf = made(
        '<ol><li><p>one</p></li><li>two</li></ol><ol class="key"><li>three</li></ol><ol class="letters"><li>four</li></ol><ul class="plain"><li>five</li></ul>',
        ".key { list-style: none; counter-reset: key } .key li { counter-increment: key } .key li::before { content: counter(key); position: absolute }"
        ".letters { list-style: lower-alpha } .plain { list-style: none }",
    )
    assert whole(pdf) == "L(LI(Lbl LBody(P)) LI(Lbl LBody)) L(LI(Lbl LBody)) L(LI(Lbl LBody)) L(LI(LBody))"
    assert [label.strip(". ") for label in texts(pdf, "Lbl")] == ["1", "2", "1", "a"]
    assert [node.attributes["ListNumbering"] for node in pdf.tree.find("L")] == [
        "Decimal",
        "Decimal",
        "LowerAlpha",
        "None",
    ]


def test_a_numbered_list_begins_where_it_says(made):
    pdf = made('<ol start="3"><li>three</li><li><p>four</p></li></ol><ol><li>one</li></ol>')
    assert [label.strip(". ") for label in texts(pdf, "Lbl")] == ["3", "4", "1"]


def test_a_term_and_what_is_said_of_it_are_an_item(made):
    pdf = made("<dl><dt>A</dt><dd>first</dd><dd>second</dd><div><dt>B</dt><dt>C</dt><dd><p>third</p></dd></div></dl>")
    assert whole(pdf) == "L(LI(Lbl LBody LBody) LI(Lbl Lbl LBody(P)))"


def test_a_list_over_two_pages_is_one(made):
    pdf = made("<ol>" + "<li>item<br>of two lines</li>" * 40 + "</ol>")
    assert pdf.pages > 1
    assert whole(pdf) == f"L({' '.join(['LI(Lbl LBody)'] * 40)})"


def test_a_note_has_an_identifier_of_its_own(made):
    pdf = made(
        '<p>Text<sup><a href="#fn:1">1</a></sup></p><ol><li id="fn:1"><p>Note</p></li></ol><ol><li id="fn:2"><p>Other</p></li></ol>'
    )
    assert len(pdf.tree.find("Note")) == 2
    with pikepdf.open(pdf.file) as file:
        names = [str(name) for name in list(file.Root.StructTreeRoot.IDTree.Names)[::2]]
        assert names == ["fn:1", "fn:2"]


# Tables


def test_a_table_has_scopes_spans_and_its_caption(made):
    pdf = made(
        "<table><caption>About</caption><thead><tr><th>A<th scope=col>B<th colspan=2>C</tr></thead>"
        "<tbody><tr><th>r<td>1<td rowspan=2>2<td>3</tr><tr><th scope=row>s<td>4<td>5</tr></tbody></table>"
    )
    assert whole(pdf) == "Table(Caption THead(TR(TH TH TH)) TBody(TR(TH TD TD TD) TR(TH TD TD)))"
    assert [node.attributes["Scope"] for node in pdf.tree.find("TH")] == ["Column", "Column", "Column", "Row", "Row"]
    assert pdf.tree.find("TH")[2].attributes["ColSpan"] == 2
    assert pdf.tree.find("TD")[1].attributes["RowSpan"] == 2


def test_where_cells_span_others_data_cells_name_their_headers(made):
    pdf = made(
        "<table><thead><tr><th rowspan=2>Year<th colspan=2>Reviews</tr><tr><th>Done<th>Due</tr></thead>"
        "<tbody><tr><th scope=row>2025<td>1<td>2</tr></tbody></table>"
    )
    with pikepdf.open(pdf.file) as file:
        names = {
            str(name): str(element.K)
            for name, element in zip(*[iter(file.Root.StructTreeRoot.IDTree.Names)] * 2, strict=True)
        }
    assert len(names) == 5
    headers = [node.attributes["Headers"] for node in pdf.tree.find("TD")]
    assert headers == [["h2", "h3", "h5"], ["h2", "h4", "h5"]]
    assert texts(pdf, "TH") == ["Year", "Reviews", "Done", "Due", "2025"]


def test_a_table_over_two_pages_is_one_and_its_repeated_header_row_is_not_read_again(made):
    rows = "".join(f"<tr><td>{n}<td>{'word ' * 20}</tr>" for n in range(20))
    pdf = made(
        f"<table><caption>About</caption><thead><tr><th>Number<th><a href='https://example.org/'>Words</a></tr></thead><tbody>{rows}</tbody></table>"
    )
    assert pdf.pages > 1
    assert whole(pdf) == f"Table(Caption THead(TR(TH TH(Link))) TBody({' '.join(['TR(TD TD)'] * 20)}))"
    assert all("Number" in page for page in pdf.decorations[1:])
    assert len([note for note in pdf.annotations if note.kind == "Link"]) == 1


# Links


def test_a_link_over_two_lines_is_one_with_two_places_to_press(made):
    pdf = made(
        '<p>Text <a href="https://example.org/x">a link <em>with</em> rather a lot of words in it, so that it has to go over the end of a line</a>.</p>'
    )
    link = one(pdf, "Link")
    assert len(link.annotations) == len(pdf.annotations) == 2
    assert {note.target for note in link.annotations} == {"https://example.org/x"}
    described = "a link with rather a lot of words in it, so that it has to go over the end of a line"
    assert {note.contents for note in link.annotations} == {described}
    assert text(link) == described


def test_a_link_is_called_by_its_words_or_by_what_its_author_calls_it(made):
    pdf = made(
        '<p><a href="https://example.org/">Wor\u200bds</a> <a href="#here" title="A title">T</a> <a href="tel:999" aria-label="Call 999">C</a> '
        f'<a href="https://example.org/2"><svg {SVG}><title>A drawing</title><path d="M0 0h9v9z"/></svg></a></p><p id="here">Here</p>'
    )
    assert [link.annotations[0].contents for link in pdf.tree.find("Link")] == [
        "Words",
        "A title",
        "Call 999",
        "A drawing",
    ]


# Pictures


def test_a_drawing_has_words_and_its_place_on_the_page(made):
    pdf = made(
        f'<figure><svg {SVG}><title>Ten reviews</title><desc>Two more than before.</desc><path d="M0 0h9v9z"/></svg><figcaption>By year</figcaption></figure>',
        "figure, svg { margin: 0; display: block }",
    )
    assert whole(pdf) == "Div(Figure Caption)"
    figure = one(pdf, "Figure")
    assert figure.alternative == "Ten reviews. Two more than before"
    left, bottom, right, top = (float(number) for number in figure.attributes["BBox"])
    points = 72 / 25.4
    assert (left, top) == pytest.approx((20 * points, (210 - 20) * points), abs=0.1)
    assert (right - left, top - bottom) == pytest.approx((30, 15), abs=0.01)


def test_a_picture_within_a_line_belongs_to_it_and_one_without_words_only_decorates(made):
    picture = '<img src="asset:///print/dot.png" alt="{}">'
    pdf = made(f"<div>Text {picture.format('A dot')} and {picture.format('')} more</div>{picture.format('Alone')}")
    assert whole(pdf) == "P(Figure) Figure"
    assert [figure.alternative for figure in pdf.tree.find("Figure")] == ["A dot", "Alone"]


def test_a_drawing_without_words_is_told(made):
    result = rendered(f'<svg {SVG}><path d="M0 0h9v9z"/></svg>')
    assert [remark.code for remark in result.remarks] == ["accessibility/alternative-text"]


# Fields

FORM = """
<form>
<p><label for="who">Your name</label> <input id="who" name="name" value="Gŵen"></p>
<p><label>What you will do <textarea name="do.what"></textarea></label></p>
<p><input type="checkbox" id="yes" name="told" checked> <label for="yes">I told my manager</label></p>
<fieldset><legend>How sure are you?</legend>
<label><input type="radio" name="sure" value="1"> Not at all</label> <label><input type="radio" name="sure" value="2" checked> Very</label>
</fieldset>
</form>
<p class="next"><input name="name" aria-label="Your name again"> <select title="Team"><option>One</option><option selected>Two</option></select></p>
"""
FIELDS = "input, textarea, select { width: 50mm; height: 7mm; border: 0.75pt solid black; font: 12pt 'Fira Sans' } [type] { width: 5mm; height: 5mm } .next { break-before: page }"


def test_fields_have_a_label_a_name_of_their_own_and_an_appearance(made):
    pdf = made(FORM, FIELDS)
    notes = [node.annotations[0] for node in pdf.tree.find("Form")]
    assert [note.name for note in notes] == [
        "Your name", "What you will do", "I told my manager", "Not at all", "Very", "Your name again", "Team",
    ]  # fmt: skip
    assert {id(note) for note in notes} == {id(note) for note in pdf.annotations}
    assert texts(pdf, "P")[3:5] == ["How sure are you?", "Not at all Very"]
    with pikepdf.open(pdf.file) as file:
        form = file.Root.AcroForm
        assert [str(field["/T"]) for field in form.Fields] == ["name", "do-what", "told", "sure", "name-2", "select"]
        assert str(form.Fields[3].TU) == "How sure are you?"
        assert "/NeedAppearances" not in form
        widgets = [note for sheet in file.pages for note in sheet.Annots]
        for widget in widgets:
            looks = widget.AP.N
            assert isinstance(looks, pikepdf.Stream) or {"/Off", str(widget.AS)} <= set(looks.keys())
            assert int(widget.F) == 4
            assert not {"/A", "/AA"} & set(widget.keys())
        assert [str(widget.AS) for widget in widgets if "/AS" in widget] == ["/on", "/Off", "/1"]
        assert str(form.Fields[3].V) == "/1"
        assert len(form.Fields[3].Kids) == 2


def test_fields_are_typed_and_drawn_in_embedded_fonts_of_ours(made):
    pdf = made(FORM, FIELDS)
    assert {(name, embedded) for name, embedded, _ in fonts(pdf.file)} == {("Fira-Sans", True)}
    with pikepdf.open(pdf.file) as file:
        form = file.Root.AcroForm
        for field in form.Fields[:2]:
            name = str(field.DA).split("/")[1].split()[0]
            font = form.DR.Font[f"/{name}"]
            assert font.Subtype == "/TrueType"
            assert "/FontFile2" in font.FontDescriptor
            assert font.Encoding == "/WinAnsiEncoding"
            widths = [float(width) for width in font.Widths]
            assert all(widths[ord(letter) - 32] > 100 for letter in "ABCabc 123")
    shown, complaints = poppler_text(pdf.file)
    assert "Gŵen" in shown[0]
    assert complaints == []


def test_a_document_without_fields_has_no_form(made):
    with pikepdf.open(made("<p>Text</p>").file) as file:
        assert "/AcroForm" not in file.Root


def test_a_field_without_a_label_is_told():
    assert [remark.message for remark in rendered("<p><input name=x></p>").remarks if "label" in remark.message]


# The guard


def test_another_version_of_the_library_makes_no_pdf(monkeypatch):
    monkeypatch.setattr(weasyprint, "__version__", "71.0")
    with pytest.raises(BrokenMachine, match=r"WeasyPrint 70\.0 and no other version"):
        rendered("<p>Text</p>")


def test_the_library_is_left_as_it_was(made):
    names = ("Stream", "add_forms", "add_tags")
    before = [getattr(weasyprint.pdf, name) for name in names]
    made("<p>Text</p>")
    with pytest.raises(ZeroDivisionError), pdf_tags._in_place_of_its_own(**dict.fromkeys(names)):
        raise ZeroDivisionError
    assert [getattr(weasyprint.pdf, name) for name in names] == before


def test_the_same_document_gives_the_same_bytes():
    assert rendered(FORM, FIELDS).payload == rendered(FORM, FIELDS).payload


# In a project

TWO_TEXTS = """\
- First finding. {#first}

  Why, with a note.[^1] And another.[^2]

  [^1]: The first note.
  [^2]: The second note.

- Second finding. {#second}

  Why, with a note of its own.[^1]

  [^1]: Its own note.

"""


def test_notes_of_two_texts_on_one_page_are_told_apart(project):
    project.change("content/reviews/17-escalation.md", "## What worked well", f"{TWO_TEXTS}## What worked well")
    result = project.build(pdf=True)
    assert (result.code, result.problems) == (0, [])
    shown = project.page("reviews/17-escalation/")
    names = re.findall(r'\sid="([^"]+)"', shown)
    assert len(names) == len(set(names))
    assert {"fn:1", "fn:2", "fn:1-2"} <= set(names)
    assert {address for address in re.findall(r'href="#([^"]+)"', shown) if address.startswith("fn")} == {
        name for name in names if name.startswith("fn")
    }
    pdf = read_pdf(project.root / "output/reviews/17-escalation/17-escalation-briefing.pdf")
    assert [read[:13] for read in texts(pdf, "Note")] == ["The first not", "The second no", "Its own note."]
    assert len([note for note in pdf.annotations if note.target.startswith("fn")]) == 6


def test_a_numbered_list_of_the_content_begins_where_it_says(project):
    project.change("briefings/escalation.md", "Why this matters.", "3. three\n4. four")
    assert project.build(pdf=True).code == 0
    pdf = read_pdf(project.root / "output/briefings/escalation/escalation.pdf")
    assert [label.strip(". ") for label in texts(pdf, "Lbl")][-2:] == ["3", "4"]
