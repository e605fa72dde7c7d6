"""The same inputs give the same bytes: after any edits, in any folder, with any number of jobs."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sitegen import cli
from tests.conftest import FILES, NOW, PROJECT, tree

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


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example site with its PDFs, built with one job in a folder."""
    root = tmp_path_factory.mktemp("example") / "site"
    copy_example(root)
    assert build(root) == 0
    return root


def copy_example(root: Path) -> None:
    root.mkdir(parents=True)
    for name in ("content", "briefings"):
        shutil.copytree(PROJECT / name, root / name)
    shutil.copy(PROJECT / "site_config.yaml", root)


def test_another_folder_and_number_of_jobs_give_the_same_bytes(example, tmp_path):
    other = tmp_path / "somewhere else" / "ö"
    copy_example(other)
    assert build(other, "--jobs", "2") == 0
    assert tree(other / "output") == tree(example / "output")


def test_the_order_of_files_on_the_disk_does_not_matter(example, tmp_path):
    other = tmp_path / "reversed"
    other.mkdir()
    for name, data in sorted(tree(example).items(), reverse=True):
        if name.startswith(("content/", "briefings/", "site_config")):
            target = other / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    assert build(other, "--no-pdf") == 0
    assert build(example, "--no-pdf") == 0
    assert tree(other / "output") == tree(example / "output")
    assert build(example) == 0


def test_the_clock_of_the_machine_leaves_no_trace(example, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    other = tmp_path / "later"
    copy_example(other)
    assert build(other, now="2026-06-01T12:34:56Z") == 0
    assert tree(other / "output") == tree(example / "output")
