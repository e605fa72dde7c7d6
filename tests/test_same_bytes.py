"""The same inputs give the same bytes: after any edits, in any folder, with any number of jobs."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sitegen import cli
from tests.conftest import FILES, NOW, PROJECT, Example, Project, copy_example, copy_with_pdfs, tree

WORDS = [
    "escalate",
    "home",
    "visit",
    "record",
    "**ask**",
    "[the page](page:accessibility)",
    "ŵyneb",
    "100 %",
    "<b>",
    "{{ 7 }}",
]
SLUGS = ["17-escalation", "18-neglect", "19-language"]
THEMES = ["escalation", "neglect"]

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@st.composite
def reviews(draw: st.DrawFn) -> str:
    """A review in Markdown, with some findings."""
    lines = ["---", f"title: {draw(st.sampled_from(['One', 'Two', 'Three']))}", "type: learning-review"]
    lines.append(f"status: {draw(st.sampled_from(['published', 'published', 'published', 'draft', 'withdrawn']))}")
    lines.append(f"published: {draw(st.sampled_from(['2017-03-01', '2026-05-31', '2026-06-02 10:00']))}")
    lines.append(f"themes: [{', '.join(draw(st.sets(st.sampled_from(THEMES)).map(sorted)))}]")
    lines += ["---", "", f"Story: {draw(sentences)}", ""]
    for heading in ("What needs to improve", "What worked well"):
        lines += [f"## {heading}", ""]
        for number in range(draw(st.integers(1, 2))):
            lines += [
                f"- It was {draw(sentences)} {{#{heading[5:9].strip()}-{number}}}",
                "",
                f"  - Everyone: {draw(sentences)}",
                "",
            ]
    return "\n".join(lines)


edits = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(SLUGS).map(lambda s: f"content/reviews/{s}.md"), reviews()),
    st.tuples(st.just("delete"), st.sampled_from(SLUGS[1:]).map(lambda s: f"content/reviews/{s}.md"), st.just("")),
    st.tuples(
        st.just("write"),
        st.sampled_from(THEMES).map(lambda t: f"content/themes/{t}.md"),
        sentences.map(lambda s: f"---\ntitle: Theme\nstatus: published\n---\n\n{s}\n"),
    ),
    st.tuples(st.just("write"), st.just("templates/pages/glossary.html"), sentences.map(lambda s: f"<p>{s}</p>")),
    st.tuples(
        st.just("write"), st.just("content/glossary.yaml"), st.sampled_from(["[]", "- term: LSCB\n  meaning: A board"])
    ),
    st.tuples(st.just("now"), st.just(""), st.sampled_from(["2026-06-01T12:00:00Z", "2026-06-03T12:00:00Z"])),
)


def build(root: Path, *words: str, now: str = NOW) -> int:
    """Build in this process, without a word."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return cli.main(["--root", str(root), "build", "--jobs", "1", "--now", now, *words])


def new_project(root: Path) -> None:
    for path, text in FILES.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    theme = "---\ntitle: Neglect\nstatus: published\n---\n"
    (root / "content/themes/neglect.md").write_text(theme, encoding="utf-8")
    (root / "briefings/escalation.md").unlink()
    shutil.copytree(PROJECT / "templates", root / "templates")


def apply(root: Path, edit: tuple[str, str, str]) -> None:
    kind, path, text = edit
    target = root / path
    if kind == "write":
        target.write_text(text, encoding="utf-8")
    elif kind == "delete" and target.exists():
        target.unlink()


def clean_copy(root: Path, place: Path) -> Path:
    ignored = shutil.ignore_patterns("output", ".cache", ".output.publish")
    return Path(shutil.copytree(root, place, ignore=ignored))


common = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck), "database": None}


@settings(max_examples=25, **common)
@given(st.lists(edits, min_size=1, max_size=6), st.booleans())
def test_building_after_any_edits_equals_a_clean_build(changes, each):
    with tempfile.TemporaryDirectory() as folder:
        root, now, published = Path(folder, "grown"), NOW, None
        new_project(root)
        assert build(root, "--no-pdf") == 0
        for change in changes:
            apply(root, change)
            now = change[2] if change[0] == "now" else now
            if each:
                published = build(root, "--no-pdf", now=now)
        published = build(root, "--no-pdf", now=now)
        clean = clean_copy(root, Path(folder, "clean"))
        assert build(clean, "--no-pdf", now=now) == published
        if published == 0:
            assert tree(root / "output") == tree(clean / "output")


@settings(max_examples=4, phases=[Phase.generate], **common)
@given(st.lists(edits, min_size=2, max_size=4))
def test_building_with_pdfs_after_any_edits_equals_a_clean_build(changes):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "grown")
        new_project(root)
        assert build(root) == 0
        for change in changes:
            apply(root, change)
        published = build(root)
        clean = clean_copy(root, Path(folder, "clean"))
        assert build(clean) == published
        if published == 0:
            assert tree(root / "output") == tree(clean / "output")


def test_another_folder_and_number_of_jobs_give_the_same_bytes(example_site, tmp_path):
    made_again = {files[0] for files in example_site.pdf_shapes.values()}
    found_there = set(example_site.pdfs) - made_again
    other = copy_with_pdfs(example_site, tmp_path / "somewhere else" / "ö", found_there)
    assert build(other, now=Example.NOW) == 0
    assert tree(other / "output") == example_site.outputs, "one job here, as many as there are processors there"
    rendered = Project(other, lambda: ("", "")).rendered()
    assert len(made_again) > 8
    assert set(example_site.pdfs) & rendered == made_again
    assert {file for file in example_site.outputs if file.endswith(".html")} <= rendered


def test_the_order_of_files_on_the_disk_does_not_matter(tmp_path):
    one, other = copy_example(tmp_path / "one"), tmp_path / "reversed"
    for name, data in sorted(tree(one).items(), reverse=True):
        target = other / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    assert build(one, "--no-pdf") == 0
    assert build(other, "--no-pdf") == 0
    assert tree(other / "output") == tree(one / "output")


def test_the_clock_and_settings_of_the_machine_leave_no_trace(tmp_path, monkeypatch):
    new_project(tmp_path / "now")
    assert build(tmp_path / "now") == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("HOME", str(tmp_path))
    new_project(tmp_path / "later")
    assert build(tmp_path / "later", now="2026-06-01T12:34:56Z") == 0
    outputs = tree(tmp_path / "later/output")
    assert outputs == tree(tmp_path / "now/output")
    assert len([file for file in outputs if file.endswith(".pdf")]) > 4
