"""What would not be published as it is written is a problem at its line and column, and following its hint is the end of it."""

import html
import re

import pytest

from sitegen import markdown_html
from tests.conftest import CONFIG, REVIEW

PAGE = "content/pages/x.md"
REVIEW_FILE = "content/reviews/17-escalation.md"
HEAD = "---\ntitle: A page\nstatus: published\n---\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def told(problems):
    return [(p["code"].partition("/")[2], p["line"], p["column"]) for p in problems]


BODIES = {
    "words between angle brackets": ("Write to <insert name> by Friday.", [("placeholder", 5, 10)]),
    "at the start of a line": ("Text\n\n<name of school>\n\nmore", [("placeholder", 7, 1)]),
    "over two lines": ("Write to <name\nof school>.", [("placeholder", 5, 10)]),
    "in capitals": ("On <DATE>.", [("placeholder", 5, 4)]),
    "in an item of a list": ("- One\n- <Name> two", [("placeholder", 6, 3)]),
    "in a table": ("| a | b |\n|---|---|\n| c | <number> |", [("placeholder", 7, 7)]),
    "in a quotation": ("> Said <role>", [("placeholder", 5, 8)]),
    "in a heading": ("## About <name>\n", [("placeholder", 5, 10)]),
    "twice the same": ("<name> and <name>", [("placeholder", 5, 1), ("placeholder", 5, 12)]),
    "that begin as an element does": ("The <summary of concerns> and <b level>.", [("placeholder", 5, 5), ("placeholder", 5, 31)]),
    "an element without its end": ("At <time> on <address>.", [("placeholder", 5, 4), ("placeholder", 5, 14)]),
    "emphasis without its end": ("This is <b>bold.", [("unclosed-tag", 5, 9)]),
    "a frame": ('Watch:\n\n<iframe src="https://example.org/x" allowfullscreen></iframe>', [("html", 7, 1)]),
    "a film": ("<video controls><source src='file:a.mp4'></video>", [("html", 5, 1), ("html", 5, 17)]),
    "a program": ("<script>alert(1)</script>", [("html", 5, 1)]),
    "a style": ("<style>p {}</style>", [("html", 5, 1)]),
    "a form": ("<form>Words</form>", [("html", 5, 1)]),
    "words struck out": ("It is <del>not</del> so.", [("html", 5, 7)]),
    "a look": ("<u>One</u> and <span class='x'>two</span>", [("formatting", 5, 1), ("formatting", 5, 16)]),
    "folded text": ("<details><summary>More</summary>Text</details>", [("formatting", 5, 1), ("formatting", 5, 10)]),
    "a picture": ("![A](https://example.org/a.png)", [("foreign-picture", 5, 1)]),
    "in capital letters": ("Text ![A](HTTPS://example.org/a.png)", [("foreign-picture", 5, 6)]),
    "without a scheme": ("![A](//example.org/a.png)", [("foreign-picture", 5, 1)]),
    "within the text": ("![A](data:image/png;base64,iVBO)", [("foreign-picture", 5, 1)]),
    "by a name for its address": ("![A][a] and ![b]\n\n[a]: https://example.org/a\n[b]: https://example.org/b", [("foreign-picture", 5, 1), ("foreign-picture", 5, 13)]),
    "within a link": ("[![A](https://example.org/a)](https://example.org/)", [("foreign-picture", 5, 2)]),
    "with letters as numbers": ("![A](&#104;ttps://example.org/a)", [("foreign-picture", 5, 1)]),
    "with an address in angle brackets": ("![A](<https://example.org/a b>)", [("foreign-picture", 5, 1)]),
    "in HTML": ('<img alt="A" src="https://example.org/a">', [("foreign-picture", 5, 1)]),
    "in HTML with a space before it": ('<img alt="A" src=" \thttps://example.org/a">', [("foreign-picture", 5, 1)]),
    "among sizes": ('<img alt="A" src="file:a.svg" srcset="https://example.org/a 2x">', [("foreign-picture", 5, 1)]),
    "behind text": ('<p style="background: url(https://example.org/a)">A</p>', [("foreign-picture", 5, 1)]),
    "after code that shows one": ("`![A](https://example.org/a)` ![A](https://example.org/a)", [("foreign-picture", 5, 31)]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "places"), BODIES.values(), ids=BODIES)
def test_what_the_sanitiser_would_take_away_is_a_problem_at_its_place(project, body, places):
    project.write("content/files/a.svg", SVG).write("content/files/a.mp4", b"x")
    problems = project.write(PAGE, HEAD + body + "\n").check().problems
    assert told(problems) == places
    assert {p["path"] for p in problems} == {PAGE}
    assert {p["severity"] for p in problems} == {
        "warning" if p["code"] == "markdown/formatting" else "error" for p in problems
    }


TEXT = """\
Ask <https://example.org/a?b=c> or <a@example.org>; 5 < 6 and 7 > 3, a <b, <3, &lt;name>, \\<insert name> and [insert name].

Write `<name>` and:

```
<video src="https://example.org/">
![A](https://example.org/a)
```

    <name of school>

![A](file:a.svg), <b>bold</b>, H<sub>2</sub>O<br>and <abbr title="World Health Organization">WHO</abbr>.
"""


def test_what_is_published_as_it_is_written_is_no_problem(project):
    project.write("content/files/a.svg", SVG).write(PAGE, HEAD + TEXT)
    assert project.build().problems == []
    page = html.unescape(re.sub("<[^>]+>", "", project.page("x/")))
    for words in (
        "https://example.org/a?b=c", "a@example.org", "5 < 6 and 7 > 3, a <b, <3, <name>, <insert name> and [insert name].",
        "Write <name> and:", '<video src="https://example.org/">', "<name of school>", "H2O",
    ):  # fmt: skip
        assert words in page, words


def test_every_field_of_markdown_is_looked_at(project):
    project.change(
        REVIEW_FILE,
        "question: Do we all know when to escalate?",
        'question: "Do \\"we\\" <name> know?"\nsummary: >-\n  One line\n  and <insert\n  number> more\nmethodology: |\n  Text.\n\n  By <role>.\n',
    )
    project.change(REVIEW_FILE, "## What needs", "Intro.\n\n## What needs")
    project.change(REVIEW_FILE, "were not passed on.", "were <x y> not passed on.")
    project.change(REVIEW_FILE, "No one was sure", "No <who> was sure")
    project.change(REVIEW_FILE, "record each visit", "record <each> visit")
    project.write(REVIEW_FILE, (project.root / REVIEW_FILE).read_text() + "\n## After\n\nThe <end>.\n")
    project.write(
        "content/glossary.yaml",
        "- term: Threshold\n  meaning: 'The <child''s> point'\n- term: B\n  meaning: A <point>\n",
    )
    project.write(
        "content/external.yaml", "- title: A\n  publisher: P\n  url: https://example.org/\n  summary: See <where>\n"
    )
    project.write("content/ongoing.yaml", "- type: rapid-review\n  began: 2026-01-05\n  note: Waits for <whom>\n")
    project.write("site_config.yaml", CONFIG.replace("call 999.", "call <number>."))
    project.change("briefings/escalation.md", "[Raise it the same day]", "[Raise <what> now]")
    problems = project.check().problems
    assert {p["code"] for p in problems} == {"markdown/placeholder"}
    shown = []
    for p in problems:
        line = (project.root / p["path"]).read_text().split("\n")[p["line"] - 1]
        shown.append(line[p["column"] - 1 :].partition(">")[0])
    assert shown == [
        "<what", "<where", "<point", "<whom", "<name", "<insert", "<role", "<x y", "<who", "<each", "<end", "<number",
    ]  # fmt: skip


def test_what_looks_like_a_tag_in_a_title_is_shown_as_it_is_written(project):
    project.write(PAGE, HEAD.replace("A page", "A page about <name>"))
    assert project.build().problems == []
    assert "A page about &lt;name&gt;</h1>" in project.page("x/")


@pytest.mark.parametrize(
    "made", [lambda hint: re.search(r"\[[^\]]+\]", hint)[0], lambda hint: re.search(r"&lt;.+>", hint)[0]]
)
@pytest.mark.parametrize("where", ["body", "line"])
def test_the_remedies_for_a_placeholder_are_published_as_they_are_written(project, made, where):
    path = PAGE if where == "body" else REVIEW_FILE
    if where == "body":
        project.write(PAGE, HEAD + "<name of lead> waits.\n")
    else:
        project.change(REVIEW_FILE, "question: Do we", 'question: "<name of lead> Do we')
        project.change(REVIEW_FILE, "escalate?", 'escalate?"')
    hint = project.check().only("markdown/placeholder")["hint"]
    project.change(path, "<name of lead>", made(hint))
    assert project.build().problems == []
    page = project.page("x/" if where == "body" else "reviews/17-escalation/")
    assert made(hint).replace(">", "&gt;") in page


def test_the_remedies_for_pictures_and_films_work(project):
    project.write("content/files/name.jpg", b"").write(PAGE, HEAD + "![A](https://learning.example.org/files/a.svg)\n")
    project.write("content/files/a.svg", SVG).delete("content/files/name.jpg")
    hint = project.check().only("security/foreign-picture")["hint"]
    project.write(PAGE, HEAD + "![A]" + re.search(r"\(file:[^)]+\)", hint)[0] + "\n")
    assert project.build().problems == []
    assert 'src="/files/a.svg"' in project.page("x/")
    project.write(PAGE, HEAD + '<iframe src="https://example.org/film"></iframe>\n')
    hint = project.check().only("markdown/html")["hint"]
    project.write(PAGE, HEAD + re.search(r"\[.+\)", hint)[0] + "\n")
    assert project.build().problems == []
    assert '<a href="https://example.org/film">Watch the film</a>' in project.page("x/")


def test_a_picture_where_only_words_can_stand_is_a_problem(project):
    project.write("content/files/a.svg", SVG)
    project.change(REVIEW_FILE, "were not passed on.", "were ![A](file:a.svg) not passed on.")
    problem = project.check().only("markdown/html")
    assert (problem["line"], problem["column"]) == (15, REVIEW.split("\n")[14].index("not passed") + 1)


LONG = {
    "links": "[One](https://example.org/) and [two]. " * 1500,
    "paragraphs of links": "[One](https://example.org/)\n\n" * 1500,
    "footnotes": " ".join(f"w[^{n}]" for n in range(1100)) + "\n\n" + "\n".join(f"[^{n}]: Note" for n in range(1100)),
    "a table": "| a | b |\n|---|---|\n" + "| [x](https://example.org/) | `y` |\n" * 1200,
    "tags": "<b>One</b> and 5 < 6. " * 1200,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_with_thousands_of_brackets_is_published_in_full(project, text):
    project.write(PAGE, HEAD + text + "\n")
    assert project.check().problems == []
    made = markdown_html.block(text)
    assert "](" not in made
    assert "&lt;b" not in made


ENDLESS = {
    "brackets": "[ " * 20_000,
    "pictures": "![ " * 20_000,
    "targets of links": "![a](" * 20_000,
    "what may be tags": "<a " * 20_000,
    "lines of what may be tags": "<a\n\n" * 20_000,
    "brackets within each other": ("[" + "a" * 90) * 2000 + "]" * 2000,
    "footnotes": " ".join(f"w[^{n}]" for n in range(30_000)),
    "emphasis": "*a* " * 200_000,
    "code": "`a` " * 200_000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_text_that_would_take_without_end_is_a_problem(project, text):
    problem = project.write(PAGE, HEAD + "Text.\n\n" + text).check().problems[0]
    assert problem["code"] in ("markdown/too-complex", "content/too-deep")
    assert (problem["path"], problem["line"]) == (PAGE, 7)


def test_many_fields_that_take_long_together_are_a_problem(project):
    terms = "".join(f"- term: T{n}\n  meaning: '{('[' + 'a' * 90) * 200}'\n" for n in range(100))
    assert "markdown/too-complex" in project.write("content/glossary.yaml", terms).check().codes
