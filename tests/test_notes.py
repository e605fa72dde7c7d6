"""Notes that aren't for readers: comments are in no output, and one that would be published is a problem at its line."""

import pytest

from tests.conftest import CONFIG, REVIEW
from tests.published_bytes import Published

PAGE = "content/pages/x.md"
REVIEW_FILE = "content/reviews/17-escalation.md"
HEAD = "---\ntitle: A page\nstatus: published\n---\n"

BODIES = {
    "a comment that is never closed": ("Before.\n\n<!-- a note\n\nAfter.\n", [(7, 1)]),
    "one within a line": ("Before <!-- a note.\n", [(5, 8)]),
    "one in an item of a list": ("- One\n- Two <!-- a note\n", [(6, 7)]),
    "one in a quotation": ("> Words <!-- a note\n", [(5, 9)]),
    "one in a table": ("| a | b |\n|---|---|\n| c <!-- note | d |\n", [(7, 5)]),
    "two, of which the second is never closed": ("<!-- one -->\n\nText <!-- two\n", [(7, 6)]),
    "a comment that ends as it begins": ("<!--> a note -->\n", [(5, 1)]),
    "and one with a hyphen more": ("<!---> a note -->\n", [(5, 1)]),
    "a comment that ends with an exclamation mark": ("<!-- a --!> note -->\n", [(5, 1)]),
    "a comment within a comment": ("<!-- a <!-- b -->\n\nnote -->\n", [(5, 1), (7, 6)]),
    "a comment that shows its own end": ("<!-- a `-->` b -->\n", [(5, 16)]),
    "a dash in place of two hyphens": ("Text <!– a note –>\n", [(5, 6)]),
    "a document type": ("<!DOCTYPE html>\n\nText\n", [(5, 1)]),
    "a CDATA section": ("Text <![CDATA[ a note ]]>\n", [(5, 6)]),
    "a condition for old browsers": ("<![if !IE]>\n\nText\n\n<![endif]>\n", [(5, 1), (9, 1)]),
    "an instruction to a program": ("Text\n\n<?php a note ?>\n", [(7, 1)]),
    "a line break in the file of Windows": ("Before.\r\n\r\n<!-- a note\r\n", [(7, 1)]),
}


@pytest.mark.parametrize(("body", "places"), BODIES.values(), ids=BODIES)
def test_a_comment_that_would_be_published_is_shown_where_it_begins(project, body, places):
    problems = project.write(PAGE, (HEAD + body).encode()).check().problems
    assert [(p["path"], p["line"], p["column"]) for p in problems] == [(PAGE, *place) for place in places]
    assert {(p["code"], p["severity"]) for p in problems} == {("markdown/comment", "error")}


def test_a_comment_of_a_field_must_end_in_it(project):
    project.change(
        REVIEW_FILE, "published: 2017-03-01\n", "published: 2017-03-01\nsummary: >-\n  One\n  two <!-- three\n"
    )
    project.change(REVIEW_FILE, "Do we all know when to escalate?", '"Do we \'all\' know \\"when\\" --> to?"')
    problem = project.check().only("markdown/comment")
    assert (problem["path"], problem["line"], problem["column"]) == (REVIEW_FILE, 9, 7)


EVERYWHERE = {
    REVIEW_FILE: REVIEW.replace("When to escalate", '"When to <!-- zqnote title --> escalate"')
    .replace("know when", "know <!-- zqnote question --> when")
    .replace(
        "agencies: [health]",
        "agencies: [health]\nsummary: |\n  Short.\n\n  <!-- zqnote\n\n  zqnote summary -->\n\n  Long.\n",
    )
    .replace(
        "## What needs to improve\n",
        "Intro.\n<!--\n## What worked well\n\n- A zqnote of a finding. {#zqnote}\n-->\n\n"
        "## About <!-- zqnote heading --> us\n\n![A <!-- zqnote alternative --> home](file:home.svg)\n\n"
        "| a | b |\n|---|---|\n| c <!-- zqnote table --> | d |\n\n> Quoted <!--\n> zqnote --> words\n\n"
        "## What needs to improve\n",
    )
    .replace("No one was sure", "No one <!--\n  zqnote\n\n  zqnote why\n  --> was sure")
    .replace("were not passed on.", "were not <!-- zqnote statement --> passed on.")
    .replace("raise it with", "raise it <!-- zqnote role --> with")
    + "\n  <!--\n  zqnote\n  -->\n",
    "content/glossary.yaml": '- term: Threshold\n  meaning: "The point <!-- zqnote --> at which help begins."\n',
    "content/agencies.yaml": "health: Health <!-- zqnote --> services\npolice: Police\n",
    "content/external.yaml": "- title: A review <!-- zqnote -->\n  publisher: P\n  url: https://example.org/\n"
    "  summary: |\n    Words.\n    <!--\n    zqnote\n    -->\n",
    "site_config.yaml": CONFIG.replace("call 999.", "call <!-- zqnote --> 999."),
}


def test_a_comment_is_in_no_output(project):
    for path, text in EVERYWHERE.items():
        project.write(path, text)
    project.write("content/files/home.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    assert project.build(pdf=True).problems == []
    published = Published(project.root / "output")
    assert published.where("zqnote") == []
    assert published.where("passed on") != []
    page = project.page("reviews/17-escalation/")
    for words in (">When to escalate</p>", "were not passed on.", "About us</h2>", 'alt="A home"', "Intro."):
        assert words in " ".join(page.split()), words


def test_code_shows_a_comment_as_it_is_written(project):
    project.write(PAGE, HEAD + "Write `<!-- a note -->` or:\n\n```\n<!-- a note\n```\n\nor \\<!-- too.\n")
    assert project.build().problems == []
    page = project.page("x/")
    assert "<code>&lt;!-- a note --&gt;</code>" in page
    assert "<code>&lt;!-- a note\n</code>" in page
    assert "or &lt;!-- too." in page


def test_an_arrow_is_text(project):
    project.write(PAGE, HEAD + "Referral --> assessment.\n")
    assert project.build().problems == []
    assert "Referral --&gt; assessment." in project.page("x/")


def test_a_finding_after_a_comment_keeps_its_line(project):
    project.change(REVIEW_FILE, "## What needs", "<!-- one\n\ntwo\n-->\n\n## What needs")
    project.change(REVIEW_FILE, "{#no-access}", "{#no-access colour=red}")
    assert project.check().only("content/finding-braces")["line"] == 20


CONFLICT = "<<<<<<< HEAD\nOurs.\n=======\nTheirs.\n>>>>>>> feature/edit\n"
CONFLICTS = {
    "in a text": (PAGE, HEAD + "Text.\n\n" + CONFLICT, [7]),
    "with the words before both": (PAGE, HEAD + CONFLICT.replace("=======", "||||||| base\nOld.\n======="), [5]),
    "in a block of code": (PAGE, HEAD + "```\n" + CONFLICT + "```\n", [6]),
    "in fields": (
        PAGE,
        HEAD.replace("status", CONFLICT.replace("Ours.", "a: b").replace("Theirs.", "a: c") + "status"),
        [3],
    ),
    "of which a line is left": (PAGE, HEAD + "Theirs.\n>>>>>>> feature/edit\n", [6]),
    "twice": (PAGE, HEAD + CONFLICT + "\nText.\n\n" + CONFLICT, [5, 13]),
    "without its end": (PAGE, HEAD + "<<<<<<< HEAD\nOurs.\n=======\nTheirs.\n", [5]),
    "in the glossary": ("content/glossary.yaml", "- term: A\n  meaning: B\n" + CONFLICT, [3]),
    "in the agencies": ("content/agencies.yaml", CONFLICT + "health: Health\n", [1]),
    "in a briefing": ("briefings/new.md", HEAD + CONFLICT, [5]),
    "in a record of YAML": ("content/pages/y.yaml", "title: X\nbody: |\n  Words.\n" + CONFLICT, [4]),
    "in the configuration": ("site_config.yaml", CONFIG + CONFLICT, [12]),
}


@pytest.mark.parametrize(("path", "text", "lines"), CONFLICTS.values(), ids=CONFLICTS)
def test_two_versions_left_by_a_merge_are_a_problem_at_their_line(project, path, text, lines):
    problems = [p for p in project.write(path, text).check().problems if p["code"] == "markdown/merge-conflict"]
    assert [(p["path"], p["line"], p["column"], p["severity"]) for p in problems] == [
        (path, line, 1, "error") for line in lines
    ]


def test_an_underlined_heading_and_an_indented_example_are_no_conflict(project):
    body = "A heading\n=======\n\nIn a conflict git writes:\n\n    <<<<<<< HEAD\n    =======\n    >>>>>>> edit\n"
    project.write(PAGE, HEAD + body)
    assert project.build().problems == []
    assert "&lt;&lt;&lt;&lt;&lt;&lt;&lt; HEAD" in project.page("x/")
