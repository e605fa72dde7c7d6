"""Building again: only what shows a change is rendered, and the result is that of a clean build."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import NOW, Project

REVIEW = "content/reviews/17-escalation.md"


def test_nothing_changed_renders_nothing(project):
    project.build()
    project.build()
    assert project.rendered() == set()
    assert project.report()["reused"] == len(project.outputs())


def test_a_typo_in_a_finding_renders_only_the_outputs_that_show_it(project):
    project.write("content/themes/neglect.md", "---\ntitle: Neglect\nstatus: published\n---\n")
    project.build()
    project.change(REVIEW, "were not passed on", "were not handed on")
    project.build()
    showing = {name for name, data in project.outputs().items() if b"were not handed on" in data}
    rendered = {name for name in project.rendered() if not name.startswith("pagefind/")}
    assert rendered == {*showing, "sw.js"}, "the index tells more than pages do; the worker names what it keeps"
    assert "reviews/17-escalation/index.html" in showing
    assert "themes/neglect/index.html" not in showing


def test_a_typo_renders_only_the_pdfs_that_show_it(project):
    other = (project.root / REVIEW).read_text(encoding="utf-8").replace("number: 17", "number: 18")
    project.write("content/reviews/18-other.md", other.replace("themes: [escalation]", ""))
    project.build(pdf=True)
    project.change(REVIEW, "were not passed on", "were not handed on")
    project.build(pdf=True)
    assert {name for name in project.rendered() if name.endswith(".pdf")} == {
        "reviews/17-escalation/17-escalation-briefing.pdf",
        "themes/escalation/escalation-digest.pdf",
        "briefings/escalation/escalation.pdf",
        "briefings/escalation/escalation-large-print.pdf",
        "years/2016-17/2016-17-report.pdf",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("number: 17\n", "number: 17\n# a comment\n"),
        ("number: 17\ntype: multi-agency-case-file-review\n", "type: multi-agency-case-file-review\nnumber: 17\n"),
        ("\n## What worked well\n", "\n\n\n## What worked well\n"),
        ("themes: [escalation]", "themes:\n  - escalation"),
    ],
)
def test_comments_and_moved_lines_render_nothing(project, old, new):
    project.build()
    project.change(REVIEW, old, new)
    project.build()
    assert project.rendered() == set()


def test_a_template_renders_only_what_uses_it(project, tmp_path):
    shutil.copytree(os.path.join(os.path.dirname(os.path.dirname(__file__)), "templates"), project.root / "templates")
    project.build()
    project.write(
        "templates/pages/glossary.html",
        (project.root / "templates/pages/glossary.html").read_text(encoding="utf-8") + "\n<!-- changed -->\n",
    )
    project.build()
    assert project.rendered() == {"glossary/index.html", "sw.js"}, "a page that is kept for times without a signal"


def test_restored_older_files_give_the_older_site_without_rendering(project):
    project.build()
    first = project.outputs()
    before = (project.root / REVIEW).read_bytes()
    status = (project.root / REVIEW).stat()
    project.change(REVIEW, "were not passed on", "were not handed on")
    project.build()
    project.write(REVIEW, before)
    os.utime(project.root / REVIEW, ns=(status.st_atime_ns, status.st_mtime_ns - 10**12))
    project.build()
    assert project.outputs() == first
    assert project.rendered() == set()


def test_an_edit_that_keeps_size_and_date_is_seen(project):
    project.build()
    status = (project.root / REVIEW).stat()
    project.change(REVIEW, "were not passed on", "were not passed in")
    os.utime(project.root / REVIEW, ns=(status.st_atime_ns, status.st_mtime_ns))
    project.build()
    assert "were not passed in" in project.page("reviews/17-escalation/")


def test_a_deleted_store_is_only_slower(project):
    project.build()
    first = project.outputs()
    shutil.rmtree(project.root / ".cache")
    assert project.build().code == 0
    assert project.outputs() == first


def store_files(project: Project) -> list[Path]:
    folder = project.root / ".cache" / "store"
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "index.json"]


@pytest.mark.parametrize("damage", ["truncate", "overwrite", "same size", "empty", "delete", "folder"])
def test_a_damaged_store_is_a_miss(project, damage):
    project.build()
    first = project.outputs()
    for path in store_files(project):
        data = path.read_bytes()
        path.unlink()
        if damage == "folder":
            path.mkdir()
        elif damage != "delete":
            bad = {"truncate": data[: len(data) // 2], "overwrite": b"<h1>damaged</h1>", "empty": b""}
            path.write_bytes(bad.get(damage, data[:-10] + b"x" * 10))
    shutil.rmtree(project.root / "output")
    assert project.build().code == 0
    assert project.outputs() == first


@pytest.mark.parametrize("name", ["store/index.json", "last-build.json", "last-run.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\xfe"])
def test_a_damaged_note_in_the_cache_is_only_slower(project, name, content):
    project.build()
    first = project.outputs()
    (project.root / ".cache" / name).write_bytes(content)
    assert project.build().code == 0
    assert project.outputs() == first


def test_an_embargo_ends_by_itself_and_comes_back_when_the_clock_is_set_back(project):
    project.change(REVIEW, "published: 2017-03-01", "published: 2026-07-01 09:00")
    assert project.build(now="2026-07-01T07:59:59Z").code == 0
    assert "reviews/17-escalation/index.html" not in project.outputs()
    project.build(now="2026-07-01T08:00:00Z")
    assert "reviews/17-escalation/index.html" in project.outputs()
    project.build(now="2026-06-30T08:00:00Z")
    assert "reviews/17-escalation/index.html" not in project.outputs()


def test_a_later_time_alone_renders_nothing(project):
    project.build(now="2026-06-01T12:00:00Z")
    project.build(now="2026-06-02T12:00:00Z")
    assert project.rendered() == set()


def test_explain_says_why_in_a_sentence(project):
    project.build()
    assert "no record of a build before" in project.run("explain", "reviews/17-escalation/").out
    project.change(REVIEW, "were not passed on", "were not handed on")
    project.build()
    said = project.run("explain", "/reviews/17-escalation/").out
    assert "It was rendered: content/reviews/17-escalation.md has changed." in said
    assert "templates/pages/review.html" in said
    assert "nothing that it shows has changed" in project.run("explain", "glossary/").out
    project.build()
    assert "nothing that the build reads has changed" in project.run("explain", "reviews/17-escalation/").out


def test_explain_names_a_new_and_a_missing_source(project):
    project.build()
    project.write("content/themes/neglect.md", "---\ntitle: Neglect\nstatus: published\n---\n")
    project.write("content/themes/other.md", "---\ntitle: Other\nstatus: published\n---\n")
    project.build()
    assert "It was rendered: it is new." in project.run("explain", "themes/neglect/").out
    assert "content/themes/neglect.md is new" in project.run("explain", "themes/").out
    project.delete("content/themes/neglect.md")
    project.build()
    assert "content/themes/neglect.md is gone" in project.run("explain", "index.html").out


def test_explain_tells_of_a_damaged_copy_in_the_store(project):
    project.build()
    rows = json.loads(project.run("list", "--format", "json").out)
    key = next(row["key"] for row in rows if row["path"] == "glossary/index.html")
    (project.root / ".cache" / "store" / key[:2] / key[2:]).write_bytes(b"damaged")
    project.change(REVIEW, "were not passed on", "were not handed on")
    project.build()
    assert "missing or damaged" in project.run("explain", "glossary").out


def test_explain_of_an_unknown_output_suggests_the_nearest(project):
    project.build()
    result = project.run("explain", "reviews/17-escalaton/")
    assert result.code == 2
    assert "reviews/17-escalation/" in result.err


def test_list_gives_each_output_with_what_made_it(project):
    project.build()
    rows = json.loads(project.run("list", "--format", "json").out)
    outputs = project.outputs()
    assert {row["path"] for row in rows} == set(outputs)
    for row in rows:
        assert set(row) == {"path", "kind", "sources", "key", "bytes"}
        assert row["bytes"] == len(outputs[row["path"]])
    review = next(row for row in rows if row["path"] == "reviews/17-escalation/index.html")
    assert review["sources"][0] == REVIEW


def test_check_finds_what_a_build_would_and_publishes_nothing(project):
    assert project.check().code == 0
    assert not (project.root / "output").exists()
    project.change(REVIEW, "themes: [escalation]", "themes: [escalaton]")
    assert project.check().codes == ["reference/unknown-theme"]


def test_what_check_rendered_is_not_rendered_again(project):
    project.check()
    project.build(now=NOW)
    assert project.rendered() == set()


def test_the_store_keeps_what_the_last_builds_used_and_forgets_the_rest(project):
    for number in range(45):
        project.change(REVIEW, "were " if not number else f"were {number - 1} ", f"were {number} ")
        project.build()
    kept = len(store_files(project))
    assert kept < 3 * len(project.outputs()) + 20 * len(project.rendered())
    project.change(REVIEW, "were 44 ", "were 43 ")
    project.build()
    assert project.rendered() == set()


def test_what_check_rendered_is_kept_after_many_builds_too(project):
    for number in range(12):
        project.change(REVIEW, "were " if not number else f"were {number - 1} ", f"were {number} ")
        project.build()
    project.change(REVIEW, "were 11 ", "were 12 ")
    project.check()
    project.build()
    assert project.rendered() == set()
