"""Content that paper can't show: a Problem in plain words at its place, or a good page."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import page
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from tests.conftest import CONFIG, NOW, PROJECT, REVIEW, Project, own_templates
from tests.test_pdf_limits import briefing, build_with_misbehaving_workers
from tests.verapdf import VeraPdf

REVIEW_FILE = "content/reviews/17-escalation.md"
REVIEW_PDF = "reviews/17-escalation/17-escalation-briefing.pdf"
BRIEFING_FILE = "briefings/escalation.md"
BRIEFING_PDF = "briefings/escalation/escalation.pdf"
EMOJI = "🚨"
LONG_WORD = "Safeguarding" * 25


def printed(project: Project, file: str) -> str:
    """The text of a PDF as it is selected, on one line."""
    done = subprocess.run(["pdftotext", str(project.root / "output" / file), "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def position(project: Project, path: str, words: str) -> tuple[int, int]:
    """The line and column at which words first stand in a file."""
    text = (project.root / path).read_text(encoding="utf-8")
    before = text[: text.index(words)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def at(problem: dict) -> tuple[str, int, int]:
    return problem["path"], problem["line"], problem["column"]


def fonts(project: Project, file: str) -> set[str]:
    done = subprocess.run(["pdffonts", str(project.root / "output" / file)], capture_output=True, text=True, check=True)
    return {line.split()[0].partition("+")[2] for line in done.stdout.splitlines()[2:]}


def valid(project: Project, file: str) -> bool:
    return bool(page.validate_pdf(str(project.root / "output" / file), profile="ua1").is_compliant)


# Letters


def test_a_sign_that_no_print_font_has_is_told_once_where_it_stands(project):
    project.change(REVIEW_FILE, "No one was sure", f"No one was {EMOJI} sure")
    project.change(REVIEW_FILE, "current information.", f"current information {EMOJI}.")
    result = project.build(pdf=True)
    assert result.code == 1
    problem = result.only("content/letters")
    assert at(problem) == (REVIEW_FILE, *position(project, REVIEW_FILE, EMOJI))
    assert EMOJI in problem["message"]
    assert "U+1F6A8" in problem["message"]
    assert problem["hint"]
    assert not (project.root / "output").exists()


def test_each_sign_is_told_and_parts_of_a_sign_are_not(project):
    project.change(REVIEW_FILE, "No one was sure", "No one \U0001f469‍\U0001f467 中 was sure ☎️")
    codes = {
        re.search(r"U\+(\w+)", problem["message"])[1]
        for problem in project.build(pdf=True).problems
        if problem["code"] == "content/letters"
    }
    assert codes == {"1F469", "1F467", "4E2D", "260E"}


def test_a_sign_that_is_written_as_a_number_is_told_too(project):
    written = {"&#128680;": REVIEW_FILE, "&#x262f;": BRIEFING_FILE}
    project.change(REVIEW_FILE, "No one was sure", "No one was &#128680; sure")
    project.change(BRIEFING_FILE, "Why this", "Why &#x262f; this")
    problems = project.build(pdf=True).problems
    assert sorted(map(at, problems)) == sorted((path, *position(project, path, sign)) for sign, path in written.items())


def test_a_sign_in_the_configuration_is_told_there(project):
    project.write("site_config.yaml", CONFIG.replace("Exampleshire Safe", f"Exampleshire {EMOJI} Safe"))
    problem = project.build(pdf=True).only("content/letters")
    assert at(problem) == ("site_config.yaml", *position(project, "site_config.yaml", EMOJI))


def test_a_sign_in_a_template_is_told_there(project):
    own_templates(project)
    project.change("templates/print/review.html", "{% block content %}", "{% block content %}<p>☎</p>")
    problem = project.build(pdf=True).only("content/letters")
    assert at(problem) == ("templates/print/review.html", *position(project, "templates/print/review.html", "☎"))


def test_a_sign_in_the_title_is_missing_in_the_running_line_too(project):
    project.change(REVIEW_FILE, "title: When to escalate", f"title: When to {EMOJI} escalate")
    assert at(project.build(pdf=True).only("content/letters")) == (REVIEW_FILE, *position(project, REVIEW_FILE, EMOJI))


def test_arabic_and_welsh_names_in_a_finding_are_printed_and_can_be_read(project):
    arabic = "فاطمة الزهراء متى السلام لا إلى الأطفال نجلاء صلاح علي محمد الله یاسمین"
    welsh = "Siân Llŷr Ŵyn â ŵ ŷ"
    project.change(REVIEW_FILE, "No one was sure", f"{arabic} and {welsh} and **{arabic}** were sure")
    assert project.build(pdf=True).problems == []
    text = printed(project, REVIEW_PDF)
    with pypdfium2.PdfDocument(project.root / "output" / REVIEW_PDF) as pdf:
        browser = " ".join(sheet.get_textpage().get_text_range() for sheet in pdf)
    for words in (text, browser):
        assert set(welsh.split()) <= set(words.split())
        for word in arabic.split():  # letters that are drawn as one sign are often read the wrong way round
            assert words.count(word) >= 2, word
    assert {name.partition("-")[0] for name in fonts(project, REVIEW_PDF)} == {"Fira", "Amiri"}
    assert valid(project, REVIEW_PDF)


def test_accents_typed_as_signs_of_their_own_are_printed(project):
    project.change(REVIEW_FILE, "No one was sure", "No one (w\u0302y\u0302neb, e\u0301) was sure")
    assert project.build(pdf=True).problems == []


def test_the_machine_s_own_fonts_are_never_used_and_leave_no_trace(project, tmp_path):
    import fontpkg

    project.change(REVIEW_FILE, "No one was sure", "فاطمة ŵ Ελένη was sure")
    # a machine with a bold font that calls itself as ours does, and one without any font
    many = f"<fontconfig><dir>/usr/share/fonts</dir><dir>{fontpkg.path('Fira Sans', 900).parent}</dir></fontconfig>"
    machines = [{}]
    for name, config in (("many", many), ("none", "<fontconfig></fontconfig>")):
        (tmp_path / f"{name}.conf").write_text(f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">{config}')
        machines.append(
            {
                "FONTCONFIG_FILE": str(tmp_path / f"{name}.conf"),
                "HOME": str(tmp_path / name),
                "LANG": "ar_EG.UTF-8",
                "TZ": "Pacific/Auckland",
                "SOURCE_DATE_EPOCH": "1",
            }
        )
    made = []
    for number, variables in enumerate(machines):
        done = project.process("build", "--now", NOW, "--jobs", str(1 + number % 2), env=os.environ | variables)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "FontConfig" not in done.stderr
        made.append({file: data for file, data in project.outputs().items() if file.endswith(".pdf")})
        assert {name.partition("-")[0] for name in fonts(project, REVIEW_PDF)} == {"Fira", "Amiri"}
        for folder in (".cache", "output"):
            subprocess.run(["rm", "-r", str(project.root / folder)], check=True)
    assert made[0] == made[1] == made[2]


def test_print_styles_without_a_font_are_a_problem(project):
    own_templates(project)
    for file in (project.root / "templates/print").rglob("*.css"):
        file.write_text(re.sub(r"@font-face {[^}]*}", "", file.read_text()))
    problem = next(p for p in project.build(pdf=True).problems if p["severity"] == "error")
    assert problem["code"] == "content/print-style"
    assert problem["path"].startswith("templates/print/")


# What is wider than its page


def table(columns: int, word: str = "Agency") -> str:
    row = "| " + " | ".join(f"{word} {number}" for number in range(columns)) + " |"
    return f"{row}\n|{'---|' * columns}\n{row}\n"


def test_a_table_of_40_columns_is_told_where_it_stands(project):
    project.change(BRIEFING_FILE, "Why this matters.", f"Why this matters.\n\n{table(40)}")
    problem = project.build(pdf=True).only("accessibility/clipped")
    assert at(problem) == (BRIEFING_FILE, *position(project, BRIEFING_FILE, "Agency 0"))
    assert "40 columns" in problem["message"]
    assert "don't fit on paper" in problem["message"]


def test_a_table_of_four_columns_fits(project):
    project.change(BRIEFING_FILE, "Why this matters.", f"Why this matters.\n\n{table(4)}")
    assert project.build(pdf=True).problems == []


def test_a_word_of_300_letters_is_broken_and_not_cut(project):
    project.change(BRIEFING_FILE, "Why this matters.", LONG_WORD)
    project.change(REVIEW_FILE, "Concerns about", LONG_WORD)
    assert project.build(pdf=True).problems == []
    for file in (BRIEFING_PDF, REVIEW_PDF):
        with pypdfium2.PdfDocument(project.root / "output" / file) as pdf:
            letters = "".join(re.sub(r"\W", "", sheet.get_textpage().get_text_range()) for sheet in pdf)
        assert LONG_WORD in letters


def test_names_of_300_letters_are_broken_or_told_at_their_place(project):
    review, role, name = (LONG_WORD[start : start + 290] for start in (0, 3, 6))
    project.change(REVIEW_FILE, "title: When to escalate", f"title: {review}")
    project.change("content/roles/health-visitors.md", "title: Health visitors", f"title: {role}")
    project.change(REVIEW_FILE, "  - Health visitors: record", f"  - {role}: record")
    project.write("site_config.yaml", CONFIG.replace("Exampleshire Safeguarding Partnership", name))
    result = project.build(pdf=True)
    assert {problem["code"] for problem in result.problems} <= {"accessibility/clipped"}
    assert all(problem["line"] for problem in result.problems)


def test_words_that_a_style_pushes_off_the_page_are_told(project):
    own_templates(project)
    style = (project.root / "templates/print/print.css").read_text()
    project.write("templates/print/print.css", style + "\nh1 { white-space: nowrap }\n")
    project.change(REVIEW_FILE, "question: Do we all know", "question: Do we all, in every agency and every team, know")
    problem = next(p for p in project.build(pdf=True).problems if p["code"] == "accessibility/clipped")
    assert at(problem) == (REVIEW_FILE, *position(project, REVIEW_FILE, "Do we all, in"))


# Pictures


def photograph(size: tuple[int, int], **more: object) -> bytes:
    """A picture without any plain area, taken at a place with a camera held upright."""
    noise = Image.frombytes("RGB", (size[0] // 16, size[1] // 16), os.urandom(size[0] // 16 * (size[1] // 16) * 3))
    exif = Image.Exif()
    exif[0x010F] = "CAMERA OF SOMEONE"
    exif[0x0112] = 6  # to be turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    data = io.BytesIO()
    noise.resize(size).save(data, "JPEG", exif=exif, comment=b"SECRET PLACE", **more)
    return data.getvalue()


def pictures(project: Project, file: str) -> list[pikepdf.PdfImage]:
    with pikepdf.open(project.root / "output" / file) as pdf:
        found = [pikepdf.PdfImage(image) for sheet in pdf.pages for image in sheet.get_images().values()]
        return [(picture.width, picture.height) for picture in found]


def test_a_large_photograph_is_a_warning_where_it_is_shown_and_small_in_the_pdf(project):
    data = photograph((6400, 4800), quality=90)
    data += b"\0" * max(0, 20_000_000 - len(data))  # cameras add their own
    project.write("content/files/door.jpg", data)
    project.change(BRIEFING_FILE, "Why this matters.", "Why this matters.\n\n![A door](file:door.jpg)")
    result = project.build(pdf=True)
    assert result.code == 0
    problem = result.only("content/large-picture")
    assert at(problem) == (BRIEFING_FILE, *position(project, BRIEFING_FILE, "file:door.jpg"))
    assert "20 MB" in problem["message"]
    file = project.root / "output" / BRIEFING_PDF
    assert file.stat().st_size < 2_000_000
    (width, height), *_ = pictures(project, BRIEFING_PDF)
    assert width < height <= 2400  # turned as the camera says
    for words in (b"CAMERA OF SOMEONE", b"SECRET PLACE", b"Exif"):
        assert words not in file.read_bytes()
    assert valid(project, BRIEFING_PDF)


def test_a_picture_of_any_kind_of_colours_is_printed(project):
    modes = {
        "P": "png",
        "LA": "png",
        "RGBA": "png",
        "I;16": "png",
        "CMYK": "jpg",
        "1": "png",
        "RGB": "webp",
        "L": "gif",
    }
    for number, (mode, ending) in enumerate(modes.items()):
        picture = Image.new("RGB" if mode in ("P", "1") else mode, (300 + number, 200)).convert(mode)
        data = io.BytesIO()
        picture.save(data, {"jpg": "JPEG"}.get(ending, ending))
        project.write(f"content/files/{number}.{ending}", data.getvalue())
    shown = "\n\n".join(f"![A door](file:{number}.{ending})" for number, ending in enumerate(modes.values()))
    project.change(BRIEFING_FILE, "Why this matters.", shown)
    assert project.build(pdf=True).problems == []
    assert set(pictures(project, BRIEFING_PDF)) == {(300 + number, 200) for number in range(len(modes))}


def bomb() -> bytes:
    data = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize("pdf", [True, False])
def test_a_picture_that_grows_without_end_is_a_problem(project, pdf):
    data = bomb()
    assert len(data) < 1_000_000
    project.write("content/files/door.png", data)
    project.change(BRIEFING_FILE, "Why this matters.", "![A door](file:door.png)")
    problem = project.build(pdf=pdf).only("content/picture")
    assert problem["path"] == "content/files/door.png"
    assert "81 million" in problem["message"]


def test_a_picture_that_is_cut_short_is_a_problem_once(project):
    project.write("content/files/door.jpg", photograph((800, 600))[:-9000])
    project.change(BRIEFING_FILE, "Why this matters.", "![A door](file:door.jpg)")
    assert project.build(pdf=True).only("content/picture")["path"] == "content/files/door.jpg"


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'
UNSAFE = [
    SVG.format("<script>alert(1)</script>"),
    SVG.format("<g><ScRiPt>alert(1)</ScRiPt></g>"),
    SVG.format("<circle r='3' onclick='alert(1)'/>"),
    SVG.replace("viewBox", "onload='alert(1)' viewBox"),
    SVG.format("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>"),
    SVG.format("<image href='https://elsewhere.example/x.png'/>"),
    SVG.format("<image xlink:href='x.png'/>"),
    SVG.format("<use href='other.svg#x'/>"),
    SVG.format("<image href='file:///etc/passwd'/>"),
    SVG.format("<image href='data:image/svg+xml;base64,PHN2Zy8+'/>"),
    SVG.format("<a href='javascript:alert(1)'><circle r='3'/></a>"),
    SVG.format("<style>circle { fill: url(https://elsewhere.example/x.svg#y) }</style>"),
    SVG.format("<style>@import 'https://elsewhere.example/x.css';</style>"),
    SVG.format("<style>circle { fill: u\\72l(https://elsewhere.example/x) }</style>"),
    SVG.format("<circle style='background: url(//elsewhere.example/x)' r='3'/>"),
    SVG.format("<circle fill='url(x.svg#y)' r='3'/>"),
    SVG.format("<circle r='3'><set attributeName='onclick' to='alert(1)'/></circle>"),
    '<?xml-stylesheet href="https://elsewhere.example/x.css"?>' + SVG.format("<circle r='3'/>"),
    '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + SVG.format("<text>&b;</text>"),
    '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG.format("<text>&a;</text>"),
]


@pytest.mark.parametrize("form", ["![A door]({})", "[The door]({})"])
def test_a_drawing_with_a_program_or_something_from_elsewhere_is_not_published(project, form):
    files = {f"door-{number}.svg": svg.replace("><", ">\n<", 1) for number, svg in enumerate(UNSAFE)}
    for name, svg in files.items():
        project.write(f"content/files/{name}", svg)
    project.change(BRIEFING_FILE, "Why this matters.", "\n\n".join(form.format(f"file:{name}") for name in files))
    result = project.build(pdf=form.startswith("!"))
    assert result.code == 1
    assert [problem["path"] for problem in result.problems] == sorted(f"content/files/{name}" for name in files)
    for problem in result.problems:
        assert problem["code"] == "security/picture"
        assert problem["severity"] == "error"
        assert problem["line"] in (1, 2)
        assert problem["hint"]
    assert not (project.root / "output").exists()


def test_a_drawing_of_a_drawing_program_is_published(project):
    inside = (
        "<title>A door</title><defs><linearGradient id='g'><stop offset='0'/></linearGradient><path id='p' d='M0 0'/>"
        "</defs><style>.a { fill: url(#g) } .b { fill: url('#g') }</style><use xlink:href='#p'/><circle r='3' "
        "style='fill:url(#g)'/><a href='https://example.org/'><text>x</text></a>"
    )
    head = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    project.write("content/files/door.svg", head + SVG.format(inside))
    project.change(BRIEFING_FILE, "Why this matters.", "![A door](file:door.svg)")
    assert project.build(pdf=True).problems == []


FORMS = ["![x]({})", '<img src="{}" alt="x">']
READ = ["//elsewhere.example/x.png", "file:///etc/passwd", "data:image/png;base64,iVBORw0", "/etc/passwd"]


def test_what_would_be_fetched_or_read_is_told_where_it_stands(project):
    lines = [form.format(address) for form in (*FORMS, "[x]({})") for address in READ]
    lines += [form.format("https://elsewhere.example/x.png") for form in FORMS]
    project.change(BRIEFING_FILE, "Why this matters.", "\n\n".join(lines))
    result = project.build(pdf=True)
    assert result.code == 1
    first = position(project, BRIEFING_FILE, lines[0])[0]
    assert {problem["line"] for problem in result.problems} == {first + 2 * number for number in range(len(lines))}
    assert {problem["path"] for problem in result.problems} == {BRIEFING_FILE}


def test_a_link_to_another_site_is_published_and_not_asked(project):
    project.change(BRIEFING_FILE, "Why this matters.", "[x](https://elsewhere.example/x.png)")
    assert project.build(pdf=True).problems == []


def test_a_link_to_a_place_that_the_pdf_lacks_is_told_where_it_stands(project):
    own_templates(project)
    project.change(
        "templates/print/theme.html", "{% block content %}", "{% block content %}<p><a href='#nowhere'>x</a></p>"
    )
    problem = project.build(pdf=True).only("reference/anchor")
    assert at(problem) == ("templates/print/theme.html", *position(project, "templates/print/theme.html", "#nowhere"))


def test_the_place_moves_with_the_text_though_the_pdf_is_not_made_again(project):
    project.change(BRIEFING_FILE, "Why this matters.", f"Why this matters {EMOJI}.")
    line = project.build(pdf=True).only("content/letters")["line"]
    project.change(BRIEFING_FILE, "version: 1", "version: 1\n# A remark for authors")
    assert project.build(pdf=True).only("content/letters")["line"] == line + 1


# Very much of everything


def many_findings() -> str:
    head = REVIEW[: REVIEW.index("## What needs")].replace("roles: [health-visitors]\n", "")  # and one document less
    findings = "".join(
        f"- Finding {number}: concerns were not passed on by anyone. {{#f-{number}}}\n\n  No one was sure who should.\n\n"
        for number in range(400)
    )
    return f"{head}## What needs to improve\n\n{findings}"


def test_a_review_of_400_findings_and_long_text_of_every_form_is_printed_whole(project):
    words = " ".join(f"word{number}" for number in range(5000))
    nested = "".join(f"{'    ' * level}- level {level}\n" for level in range(10))
    rows = "| Year | Count |\n|---|---|\n" + "".join(f"| Row {number} | {number} |\n" for number in range(300))
    project.write(REVIEW_FILE, many_findings())
    project.change(BRIEFING_FILE, "Why this matters.", f"{words}\n\n{nested}\n{rows}")
    assert project.build(pdf=True).problems == []
    text = printed(project, REVIEW_PDF)
    assert all(f"Finding {number}:" in text for number in range(400))
    text = printed(project, BRIEFING_PDF)
    assert all(word in text for word in words.split())
    assert all(f"level {level}" in text for level in range(10))
    assert all(f"Row {number} " in text for number in range(300))
    pages = sum("Row " in sheet for sheet in sheets(project, BRIEFING_PDF))
    assert pages > 3
    assert len(re.findall(r"Year\s+Count", text)) == pages  # the header stands on each page of the table
    with VeraPdf() as validator:  # the quick validator refuses files with long chains
        for file in (REVIEW_PDF, BRIEFING_PDF):
            assert validator.faults(project.root / "output" / file) == []


def sheets(project: Project, file: str) -> list[str]:
    done = subprocess.run(["pdftotext", str(project.root / "output" / file), "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


ELSEWHERE = "![x](https://elsewhere.example/x.png)\n\n<img src='//elsewhere.example/y.png' alt='x'>\n"


def test_everything_at_once_is_told_in_one_run_and_nothing_is_asked_of_a_network(project):
    project.write("content/files/door.png", bomb())
    project.write("content/files/plan.svg", UNSAFE[5])
    project.write("site_config.yaml", CONFIG)
    project.write(REVIEW_FILE, many_findings().replace("No one was sure", f"{EMOJI} فاطمة ŵ ŷ {LONG_WORD}", 1))
    project.change(
        BRIEFING_FILE,
        "Why this matters.",
        f"{table(40)}\n\n![A door](file:door.png) ![A plan](file:plan.svg)\n\n{ELSEWHERE}",
    )
    briefing(project, "kill", "kill this worker. Why this")
    first = build_with_misbehaving_workers(project)
    assert "CONNECTION" not in first.err
    assert first.code == 1
    told_before_anything_is_made = {problem["code"] for problem in first.problems}
    assert told_before_anything_is_made == {"security/foreign-picture"}
    project.change(BRIEFING_FILE, ELSEWHERE, "")
    result = build_with_misbehaving_workers(project)
    assert "CONNECTION" not in result.err
    assert result.code == 1
    codes = [problem["code"] for problem in result.problems]
    for code in ("content/letters", "accessibility/clipped", "content/picture", "security/picture", "publish/pdf"):
        assert code in codes
    assert not (project.root / "output").exists()


def test_the_guard_against_connections_would_see_one():
    program = "import tests.misbehaving_worker, socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "CONNECTION" in done.stderr
