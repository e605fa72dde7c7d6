"""Whatever lies in the folder, a build ends soon with problems or pages: never a traceback, never a hang."""

import contextlib
import io
import os
import re
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitegen import markdown_html
from tests.conftest import FILES, REVIEW, Project

PAGE = "content/pages/x.md"
HEAD = "---\ntitle: X\nstatus: published\n---\n\n"
REVIEW_FILE = "content/reviews/17-escalation.md"


def test_an_empty_folder_says_what_is_missing(project):
    for path in FILES:
        project.delete(path)
    problem = project.build().only("content/no-config")
    assert "--root" in problem["hint"]
    assert not (project.root / "output").exists()


NOT_TEXT = {
    "Latin-1": (REVIEW.replace("No one", "Caf\xe9").encode("latin-1"), 17, 6),
    "UTF-16": (REVIEW.encode("utf-16"), 1, 1),
    "after a byte order mark": (b"\xef\xbb\xbf---\nti\xe9", 2, 3),
    "after an accent": ("---\ntitle: é".encode() + b"\xff", 2, 9),
    "half a letter at the end": (REVIEW.encode() + b"\xc3", 25, 1),
    "after Windows line ends": (b"---\r\n\xa3", 2, 1),
    "a program": (b"\x7fELF\x02\x01\x01\x00\xff\xfe", 1, 9),
}


@pytest.mark.parametrize(("data", "line", "column"), NOT_TEXT.values(), ids=NOT_TEXT)
def test_a_file_that_is_not_utf8_is_reported_at_its_first_bad_byte(project, data, line, column):
    problem = project.write(REVIEW_FILE, data).check().only("content/not-utf8")
    assert (problem["path"], problem["line"], problem["column"]) == (REVIEW_FILE, line, column)
    assert "UTF-8" in problem["hint"]


@pytest.mark.parametrize("path", [path for path in FILES if path != REVIEW_FILE])
def test_any_file_may_not_be_utf8(project, path):
    assert project.write(path, b"a: b\n\xff").check().only("content/not-utf8")["line"] == 2


@pytest.mark.parametrize(
    "change", [("\n", "\r\n"), ("\n", "\r"), ("---\ntitle", "\ufeff---\ntitle")], ids=["Windows", "old Mac", "BOM"]
)
def test_line_ends_and_a_byte_order_mark_change_no_page(project, change):
    project.build()
    before = project.outputs()
    for path, text in FILES.items():
        project.write(path, text.replace(*change, -1 if change[0] == "\n" else 1).encode())
    assert project.build().problems == []
    assert project.outputs() == before


@pytest.mark.parametrize(
    "character", ["\0", "\x01", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x92", "\ufffe", "\uffff"]
)
@pytest.mark.parametrize(("before", "line"), [("Do we", 7), ("No one", 17), ("Concerns", 15)])
def test_an_invisible_control_character_is_an_error_at_its_place(project, character, before, line):
    result = project.change(REVIEW_FILE, before, before + character).check()
    problem = result.only("content/control-character")
    assert (problem["line"], problem["column"]) == (line, REVIEW.split("\n")[line - 1].index(before) + len(before) + 1)
    assert len(result.problems) == 1


@pytest.mark.parametrize("path", [*FILES, "content/glossary.yaml", "content/external.yaml"])
def test_a_text_file_of_100_megabytes_is_not_read(project, path):
    with open(project.root / path, "wb") as file:
        file.truncate(100_000_000)
    problem = project.check().only("content/too-large")
    assert (problem["path"], "100 MB" in problem["message"]) == (path, True)


def test_an_alias_bomb_is_an_error_and_is_not_blown_up(project):
    lines = ["title: X", "a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]" for n in range(20)]
    result = project.write("content/pages/x.md", "---\n" + "\n".join(lines) + "\n---\n").check()
    assert ("content/yaml-alias", 3, 4) in [(p["code"], p["line"], p["column"]) for p in result.problems]
    assert len(result.problems) < 60


@pytest.mark.parametrize(
    "fields", ["title: X\ntags: &a [*a]", "&a title: *a", "title: X\n<<: &a {status: draft}\ntags: *a"]
)
def test_yaml_that_refers_to_itself_is_an_error(project, fields):
    assert "content/yaml-alias" in project.write(PAGE, f"---\n{fields}\n---\n").check().codes


MANY = 10_000
NESTED = {
    "brackets": "tags: " + "[" * MANY,
    "closed brackets": "tags: " + "[" * MANY + "]" * MANY,
    "brackets on lines": "tags:\n" + " [\n" * MANY + " ]\n" * MANY,
    "brackets among text": "tags: " + "[ a word that is long enough to stand between, " * MANY + "]" * MANY,
    "braces": "tags: " + "{" * MANY,
    "braces with names": "tags: " + "{a: " * MANY + "}" * MANY,
    "brackets with tags": "tags: " + "!!seq   [            " * MANY,
    "brackets with anchors": "tags: " + "".join(f"&a{n} [" for n in range(MANY)),
    "hyphens": "tags:\n" + "- " * MANY + "x",
    "hyphens on lines": "tags:\n" + "".join(" " * n + "-\n" for n in range(1200)),
    "names on lines": "tags:\n" + "".join(" " * n + "a:\n" for n in range(1200)),
    "question marks": "tags:\n" + "? " * MANY + "x",
    "a hundred and one": "tags: " + "[" * 101 + "]" * 101,
}


@pytest.mark.parametrize("nested", NESTED)
@pytest.mark.parametrize(
    "path", ["content/pages/x.md", "content/reviews/x.yaml", "content/glossary.yaml", "site_config.yaml"]
)
def test_fields_nested_without_end_are_an_error_with_a_place(project, nested, path):
    text = "title: X\n" + NESTED[nested] + "\n"
    problem = (
        project.write(path, f"---\n{text}---\n" if path.endswith(".md") else text).check().only("content/too-deep")
    )
    assert problem["path"] == path
    assert problem["line"] > 1


@pytest.mark.parametrize(
    "fields", ["title: X\ntags: " + "[" * 25 + "]" * 25, "title: '" + "[{" * 100 + "'", "title: X\n# " + "[" * 150]
)
def test_fewer_levels_and_brackets_in_text_are_judged_as_what_they_are(project, fields):
    assert set(project.write(PAGE, f"---\n{fields}\n---\n").check().codes) <= {"content/not-text"}


MARKDOWN = {
    "quotes": "> " * MANY + "x",
    "quotes without spaces": ">" * MANY + "x",
    "lists on one line": "- " * MANY + "x",
    "nested lists": "".join("    " * n + "- x\n" for n in range(100)),
    "brackets": "[" * MANY,
    "pictures": "![" * MANY,
    "stars": "*" * MANY,
    "single stars": "*a " * MANY,
    "underscores": "_a " * MANY,
    "backticks": "`" * MANY,
    "backticks of many lengths": "".join("`" * n + " " for n in range(150)),
    "tildes": "~" * MANY,
    "open links": "[a](" * 2_000,
    "open angles": "<" * MANY,
    "open comments": "<!--" * 2_000,
    "entities": "&" * MANY,
    "pipes": "|" * MANY,
    "backslashes": "\\" * MANY,
    "a heading of spaces": "## " + " " * MANY + "x",
    "a heading of signs": "## " + "# " * MANY + "x",
    "spaces": "x" + " " * MANY + "x",
    "braces": "- " + "{" * MANY,
    "footnotes": "[^1]" * 1_000 + "\n\n[^1]: x",
    "colons": "a: " * MANY,
}


@pytest.mark.parametrize("shape", MARKDOWN)
@pytest.mark.parametrize("path", [PAGE, REVIEW_FILE])
def test_markdown_nested_without_end_ends_in_problems_or_a_page(project, shape, path):
    if path == PAGE:
        project.write(PAGE, f"{HEAD}{MARKDOWN[shape]}\n")
    else:
        project.change(
            path, "- Each agency", f"- A finding. {{#x}}\n\n  {MARKDOWN[shape]}\n\n- {MARKDOWN[shape]} {{#y}}\n\n- Each"
        )
        project.change(path, "## What worked", f"## Story\n\n{MARKDOWN[shape]}\n\n## What worked")
    result = project.check()
    assert result.err == ""
    assert result.code == (1 if any(p["severity"] == "error" for p in result.problems) else 0)


def test_ten_thousand_faults_in_one_file_are_told_soon(project):
    text = "".join(f"- term: T{n}\n  meening: x\n  meaning: see [a](theme:nope)\n" for n in range(2_000))
    result = project.write("content/glossary.yaml", text).check()
    assert result.codes.count("content/unknown-field") == 2_000


LINKS = {
    "a file outside": lambda root: os.symlink("/etc/hostname", root / "content/reviews/x.md"),
    "a folder outside": lambda root: os.symlink("/etc", root / "content/pages/etc"),
    "an attachment outside": lambda root: os.symlink("/etc/hostname", root / "content/files/x.pdf"),
    "a device": lambda root: os.symlink("/dev/zero", root / "content/reviews/x.md"),
    "itself": lambda root: os.symlink("x.md", root / "content/reviews/x.md"),
    "each other": lambda root: (
        os.symlink("b.md", root / "content/roles/a.md"),
        os.symlink("a.md", root / "content/roles/b.md"),
    ),
    "a folder above": lambda root: os.symlink("..", root / "content/pages/up"),
    "nothing": lambda root: os.symlink("nope.md", root / "content/reviews/x.md"),
    "the folder of content": lambda root: (
        (root / "briefings").rename(root.parent / "b") and os.symlink(root.parent / "b", root / "briefings")
    ),
    "the configuration": lambda root: (
        (root / "site_config.yaml").unlink() or os.symlink("/etc/hostname", root / "site_config.yaml")
    ),
}


@pytest.mark.parametrize("link", LINKS)
def test_a_link_that_leads_out_or_nowhere_is_an_error_and_is_not_followed(project, link):
    (project.root / "content/files").mkdir()
    LINKS[link](project.root)
    result = project.check()
    assert "security/link" in result.codes
    assert (result.code, result.err) == (1, "")


def test_a_configuration_that_links_to_itself_is_an_error(project):
    (project.root / "site_config.yaml").unlink()
    os.symlink("site_config.yaml", project.root / "site_config.yaml")
    assert "content/unreadable" in project.check().codes


def test_a_link_to_a_file_within_the_project_is_as_good_as_the_file(project):
    os.symlink("accessibility.md", project.root / "content/pages/x.md")
    assert project.build().problems == []
    assert "Who we are" in project.page("x/")


NAMES = {
    "capitals": ("content/reviews/Upper.md", "upper.md"),
    "a space": ("content/reviews/with space.md", "with-space.md"),
    "an accent": ("content/reviews/é.md", ""),
    "two dots": ("content/reviews/x..md", ""),
    "two endings": ("content/reviews/x.y.md", "x-y.md"),
    "an underscore": ("content/pages/a_b.md", "a-b.md"),
    "a hyphen alone": ("content/reviews/-.md", ""),
    "a line break": ("content/reviews/a\nb.md", "a-b.md"),
    "a percentage": ("content/pages/%2e%2e.md", "2e-2e.md"),
    "a backslash": ("content/pages/a\\..\\x.md", "a-x.md"),
    "very long": (f"content/reviews/{'a' * 240}.md", "200"),
    "long folders": (f"content/pages/{'/'.join(['a' * 90] * 12)}/x.md", "200"),
    "a folder in capitals": ("content/pages/About/us.md", "about/us.md"),
}


@pytest.mark.parametrize(("path", "hint"), NAMES.values(), ids=NAMES)
def test_a_name_that_cannot_be_an_address_is_an_error_with_a_better_one(project, path, hint):
    problem = project.write(path, REVIEW).check().only("content/file-name")
    assert (problem["path"], problem["line"]) == (path, 0)
    assert hint in problem["hint"]


@pytest.mark.parametrize("folder", ["content/reviews", "content/files"])
def test_a_name_that_is_not_text_is_an_error(project, folder):
    (project.root / folder).mkdir(exist_ok=True)
    with open(os.fsencode(project.root / folder) + b"/\xff\xfe.md", "w") as file:
        file.write(REVIEW)
    run = project.process("check", "--no-pdf", "--jobs", "1")
    assert run.returncode == 1
    assert "content/file-name" in run.stdout
    assert run.stderr == ""


UNEXPECTED = [
    "content/reviews/x.yml",
    "content/reviews/x.markdown",
    "content/reviews/x",
    "content/notes.md",
    "briefings/a/b.md",
    "content/reviews/sub/x.md",
    "content/other/x.md",
    "content/reviews/x.docx",
]


@pytest.mark.parametrize("path", UNEXPECTED)
def test_a_file_that_has_no_place_is_an_error_and_not_ignored(project, path):
    problem = project.write(path, "x").check().only("content/unexpected-file")
    assert problem["path"] == path
    assert problem["hint"]


@pytest.mark.parametrize(
    "slug", ["../../etc", "..", ".", "/etc/passwd", "a/b", "A", "a b", "", "%2e%2e", "a\\b", "con:x"]
)
def test_a_reference_that_is_a_path_is_no_reference(project, slug):
    project.change(REVIEW_FILE, "themes: [escalation]", f"themes: ['{slug}']")
    assert project.check().only("content/not-a-slug")
    project.change(REVIEW_FILE, f"themes: ['{slug}']", "").write(PAGE, f"{HEAD}[x](review:{slug.replace(' ', '')}) \n")
    assert project.check().only("reference/unknown-review")


@pytest.mark.parametrize("name", ["../x.pdf", "/etc/passwd", "a/../../x", "..\\x", "", "../../site_config.yaml"])
def test_an_attachment_that_is_a_path_out_is_refused(project, name):
    project.change(REVIEW_FILE, "number: 17", f"number: 17\ndocuments: [{{title: D, file: '{name}'}}]")
    assert project.check().only("content/not-a-file-name")
    assert project.write(PAGE, f"{HEAD}[x](file:{name})\n").check().codes.count("reference/unknown-file") == 1


@pytest.mark.parametrize(
    "alias",
    ["../x", "/a/../../b", "..", "https://example.org/x", "a b", "//", "''", "a" * 300, "/".join("ab" * 600), "x\\y"],
)
def test_an_old_address_that_is_none_is_refused(project, alias):
    project.write(PAGE, f"---\ntitle: X\nstatus: published\naliases: [{alias}]\n---\n")
    assert project.check().only("content/not-a-path")


@pytest.mark.parametrize("path", ["content/reviews/x.md", "content/glossary.yaml", "content/pages/x.yaml"])
def test_a_folder_with_the_name_of_a_file_is_an_error(project, path):
    (project.root / path).mkdir()
    (project.root / path / "y.md").write_text(REVIEW)
    assert project.check().only("content/unexpected-file")["path"] == path


def test_a_folder_in_the_place_of_the_configuration_is_an_error(project):
    (project.root / "site_config.yaml").unlink()
    (project.root / "site_config.yaml").mkdir()
    assert "content/unexpected-file" in project.check().codes


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize(
    "path",
    [
        "content/reviews/x.md",
        "content/files/x.pdf",
        "content/glossary.yaml",
        "site_config.yaml",
        "templates/pages/x.html",
    ],
)
def test_a_pipe_among_the_files_is_not_waited_for(project, path):
    target = project.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    os.mkfifo(target)
    if path.startswith("templates/"):
        assert project.check().err == ""
    else:
        assert project.check().only("content/unexpected-file")["path"] == path


def test_a_file_in_the_place_of_a_folder_is_an_error(project):
    for path in FILES:
        if path.startswith("content/"):
            project.delete(path)
    for folder in ("themes", "roles", "reviews", "pages"):
        (project.root / "content" / folder).rmdir()
    (project.root / "content").rmdir()
    assert "content/unexpected-file" in project.write("content", "x").check().codes


def test_a_picture_that_is_missing_is_an_error(project):
    project.change(REVIEW_FILE, "No one was", "![A cat](file:cat.png) No one was")
    problem = project.check().only("reference/unknown-file")
    assert (problem["line"], problem["column"]) == (17, 12)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"\xff\xd8\xff\xe0junk"])
def test_a_picture_that_is_damaged_is_an_error(project, data):
    project.write("content/files/cat.png", data)
    project.change(REVIEW_FILE, "No one was", "![A cat](file:cat.png) No one was")
    assert project.build().only("content/picture")["severity"] == "error"


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//example.org/x></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src=https://example.org></iframe>",
    "<style>body{display:none}</style>",
    "<form action=https://example.org><input name=x></form>",
    "<a href='https://example.org/' onclick='alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<p style='position:fixed'>x</p>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href=https://example.org/>",
    "<object data=x></object><embed src=x>",
    "</main></body></html>",
    "<!-- <script>alert(1)</script> -->",
    "x{: onclick=alert(1) }",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
]


class Markup(HTMLParser):
    """The tags of a page, and those attributes that can hold a program or a style."""

    def __init__(self, page):
        super().__init__()
        self.tags = set()
        self.attributes = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs if name.startswith("on") or name in ("style", "srcdoc")}


@pytest.mark.parametrize("source", HOSTILE)
def test_html_in_markdown_holds_no_program_form_or_frame(project, source):
    front = "---\ntitle: {}\nsummary: |\n  x\n  {}\nstatus: published\n---\n\n{}\n"
    quoted = '"x ' + source.replace('"', "'").replace("\n", " ") + '"'
    body = f"{source}\n\n*x* [y](https://example.org/)."
    assert project.write(PAGE, front.format(quoted, source.replace("\n", " "), body)).build().code in (0, 1)
    if (project.root / "output").exists():  # else an error says that it can't be published
        for name in ("x/", "search/", "feed.xml"):
            assert "<script>alert" not in project.page(name).lower()
    for made in (markdown_html.block(body), markdown_html.inline(source)):  # whatever the checks may have missed
        found = Markup(made)
        assert found.tags <= {"a", "em", "img", "p", "br"}
        assert found.attributes == set()
        assert "javascript:" not in made


def test_the_marks_of_templates_stay_text(project):
    text = "{{ 7*7 }} {% raw %} {# no #} ${7*7} <%= 7*7 %> {{ site.config }}"
    project.write(PAGE, f"---\ntitle: 'Sum {{{{ 7*7 }}}}'\nstatus: published\n---\n\n{text}\n")
    assert project.build().problems == []
    page = project.page("x/")
    assert "49" not in re.sub(r"(?s)<style.*?</style>|#\w+|/assets/[\w.]+", "", page)  # whose names are digests
    assert "{{ 7*7 }}" in page
    assert "Sum {{ 7*7 }}" in project.page("search/")


def test_marks_of_html_in_every_line_field_are_text(project):
    title = '"A <b>bold</b> & \\"quoted\\" <script>x</script>"'
    project.change(REVIEW_FILE, "title: When to escalate", f"title: {title}")
    project.change(REVIEW_FILE, "Do we all know when to escalate?", title)
    project.write("content/glossary.yaml", f"- term: {title}\n  meaning: {title}\n")
    project.write("content/agencies.yaml", f"health: {title}\npolice: Police\n")
    assert project.build().codes == ["markdown/html", "markdown/html"]  # the question and the meaning are Markdown
    for path in (REVIEW_FILE, "content/glossary.yaml"):
        text = (project.root / path).read_text(encoding="utf-8")
        for field in ("question", "meaning"):
            text = re.sub(f"({field}: .*?) <script>x</script>", r"\1", text)
        project.write(path, text)
    assert project.build().problems == []
    for name, data in project.outputs().items():
        if name.endswith((".html", ".xml")):
            assert b"<script>x" not in data, name


# Random content goes through the same door. Cheap steps first: most of it ends at the reader.

TARGETS = [*FILES, "content/glossary.yaml", "content/external.yaml", "content/pages/x.yaml"]
PROPERTY = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def rough():
    """One project whose files are made anew for each example; pages that were made once are not made again."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = io.StringIO(), io.StringIO()

        def capture():
            texts = out.getvalue(), err.getvalue()
            for stream in (out, err):
                stream.seek(0)
                stream.truncate()
            return texts

        project = Project(Path(folder) / "project", capture)

        def judged(path, data):
            for name, text in FILES.items():
                project.write(name, text)
            project.write(path, data)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                result = project.check()
            if path not in FILES:
                project.delete(path)
            return result

        yield judged


def is_sound(result, data):
    """A list of problems in order, each with a place that exists; or none, and pages."""
    assert result.err == ""
    assert result.code == (1 if any(p["severity"] == "error" for p in result.problems) else 0)
    lines = re.split("\r\n|\r|\n", data.decode("utf-8", "replace").removeprefix("\ufeff"))
    for problem in result.problems:
        assert problem["message"]
        if problem["path"] in TARGETS and problem["path"] not in FILES:
            assert problem["line"] <= len(lines) + 1


@PROPERTY
@given(path=st.sampled_from(TARGETS), data=st.binary(max_size=300))
def test_random_bytes_as_any_file_give_problems_or_pages(rough, path, data):
    is_sound(rough(path, data), data)


YAML_BITS = st.sampled_from(
    [
        "title",
        "status",
        "published",
        "findings",
        "body",
        ": ",
        ":\n",
        "\n",
        "  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "|",
        ">",
        "#",
        " #x",
        "&a ",
        "*a",
        "!",
        "!!str ",
        "? ",
        "---\n",
        "...\n",
        "\t",
        "é",
        "\u2028",
        "\x85",
        "\r\n",
        "\\",
        "%",
        "@",
        "`",
        ",",
        "null",
        "~",
        "NO",
        "012",
        "2024-13-40",
        "<<",
        "x",
        "\x00",
        "\ufeff",
        "🙂",
        "](",
    ]
)


@PROPERTY
@given(path=st.sampled_from(TARGETS), front=st.booleans(), bits=st.lists(YAML_BITS, max_size=30))
def test_random_pieces_of_yaml_as_any_file_give_problems_or_pages(rough, path, front, bits):
    text = "".join(bits)
    data = (f"---\ntitle: X\n{text}\n---\n{text}" if front else text).encode()
    is_sound(rough(path, data), data)


MARKDOWN_BITS = st.sampled_from(
    [
        "# ",
        "## ",
        "## What needs to improve\n",
        "\n",
        "\n\n",
        "- ",
        "  ",
        "    ",
        "\t",
        "1. ",
        "> ",
        "`",
        "```\n",
        "~~~\n",
        "*",
        "**",
        "_",
        "[x](review:17-escalation)",
        "[x](",
        ")",
        "![",
        "]",
        "{#a}",
        "{",
        "}",
        "{#b themes=escalation}",
        "Everyone: ",
        "|a|b|\n|-|-|\n",
        "<b>",
        "<script>",
        "<!--",
        "-->",
        "&amp;",
        "&#0;",
        "\\",
        "[^1]",
        "[^1]: ",
        ": ",
        "{{ x }}",
        "é",
        "\u2028",
        "word ",
        "<a href=x>",
        "---\n",
    ]
)


@PROPERTY
@given(bits=st.lists(MARKDOWN_BITS, max_size=30), review=st.booleans())
def test_random_pieces_of_markdown_give_problems_or_pages(rough, bits, review):
    text = "".join(bits)
    front = REVIEW.split("\n---\n")[0] + "\n---\n"
    path, data = (REVIEW_FILE, f"{REVIEW}\n{text}") if review else (PAGE, f"{HEAD}{text}")
    if review and "{#a}" in text:
        data = f"{front}\n{text}"
    is_sound(rough(path, data.encode()), data.encode())


@PROPERTY
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, len(REVIEW)), st.integers(0, 12), st.one_of(YAML_BITS, MARKDOWN_BITS, st.text(max_size=4))
        ),
        min_size=1,
        max_size=4,
    )
)
def test_random_edits_of_a_good_review_give_problems_or_pages(rough, cuts):
    text = REVIEW
    for at, length, new in cuts:
        text = text[:at] + new + text[at + length :]
    data = text.encode("utf-8", "surrogatepass")
    is_sound(rough(REVIEW_FILE, data), data)
