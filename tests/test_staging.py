"""What can't be written beside the site: never left out in silence, always named, and the old site stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sitegen import publish
from sitegen.store import Store
from tests.conftest import CONFIG, NOW, PROJECT, Project, tree

BOUND = """\
import ctypes, os, sys
for right in (1, 2):  # root may write and read everything; not so without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
PAGE = "content/pages/accessibility.md"


def bound_build(project: Project, *words: str, jobs: int = 2) -> subprocess.CompletedProcess[str]:
    """A build in a process to which permissions apply, also where root runs the tests."""
    command = [sys.executable, "-c", BOUND, str(PROJECT / "build.py"), "--root", str(project.root), "build"]
    command += ["--no-pdf", "--jobs", str(jobs), "--now", NOW, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def staged(project: Project) -> Project:
    """A project that was built twice, so that there is a tree to stage in, and changed since."""
    for text in ("Text.", "Other text."):
        project.write(PAGE, f"---\ntitle: Accessibility statement\nstatus: published\n---\n\n{text}\n")
        assert project.build().code == 0
    project.change(PAGE, "Other text.", "New text.")
    project.change("content/reviews/17-escalation.md", "same day", "same hour")
    return project


def stage_of(project: Project) -> Path:
    return project.root / ".output.publish" / "tree"


def folder_in_place_of_a_page(stage: Path) -> Path:
    (stage / "accessibility/index.html").unlink()
    inner = stage / "accessibility/index.html/inner"
    inner.mkdir(parents=True)
    (inner / "kept").touch()
    inner.chmod(0o555)
    return inner


def folder_that_was_not_wanted(stage: Path) -> Path:
    (stage / "withdrawn-last-year").mkdir()
    (stage / "withdrawn-last-year/index.html").write_text("must not be published")
    (stage / "withdrawn-last-year").chmod(0o555)
    return stage / "withdrawn-last-year"


def folder_that_can_not_be_looked_into(stage: Path) -> Path:
    (stage / "withdrawn-last-year").mkdir()
    (stage / "withdrawn-last-year/index.html").write_text("must not be published")
    (stage / "withdrawn-last-year").chmod(0)
    return stage / "withdrawn-last-year"


def folder_that_may_not_be_written(stage: Path) -> Path:
    (stage / "accessibility").chmod(0o555)
    return stage / "accessibility"


def stray_file_that_may_not_be_removed(stage: Path) -> Path:
    (stage / "accessibility/old.pdf").write_text("must not be published")
    (stage / "accessibility").chmod(0o555)
    return stage / "accessibility"


@pytest.mark.parametrize(
    "plant",
    [
        folder_in_place_of_a_page,
        folder_that_was_not_wanted,
        folder_that_can_not_be_looked_into,
        folder_that_may_not_be_written,
        stray_file_that_may_not_be_removed,
    ],
)
def test_what_can_not_be_staged_stops_publishing_and_is_named(staged: Project, plant: Callable[[Path], Path]) -> None:
    before = staged.outputs()
    planted = plant(stage_of(staged))
    try:
        done = bound_build(staged)
    finally:
        planted.chmod(0o755)
    assert done.returncode == 3, done.stdout
    named = planted.relative_to(staged.root).parts[:3]
    assert os.path.join(*named) in done.stderr
    assert "Permission denied" in done.stderr
    assert "Nothing was published; the site stays as it was." in done.stderr
    assert "Traceback" not in done.stderr
    assert staged.outputs() == before
    assert bound_build(staged).returncode == 0, "once it is put right"
    assert "New text." in staged.page("accessibility")
    assert {path for path in staged.outputs() if "old.pdf" in path or "withdrawn" in path} == set()


def test_following_the_advice_works(staged: Project) -> None:
    planted = folder_that_was_not_wanted(stage_of(staged))
    done = bound_build(staged)
    assert "delete the folder that ends in '.publish'" in done.stderr
    planted.chmod(0o755)
    shutil.rmtree(staged.root / ".output.publish")
    assert bound_build(staged).returncode == 0
    assert "New text." in staged.page("accessibility")


def test_a_file_where_the_stage_belongs_is_named(staged: Project) -> None:
    before = staged.outputs()
    shutil.rmtree(stage_of(staged))
    stage_of(staged).write_text("a file")
    result = staged.build()
    assert result.code == 3
    assert str(stage_of(staged)) in result.err
    assert staged.outputs() == before


def test_an_output_folder_that_may_not_be_written_is_said_in_a_sentence(project: Project, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    done = bound_build(project, "--output", str(tmp_path / "locked/site"))
    assert done.returncode == 3
    assert "may not be read or written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_is_too_long_is_said_in_a_sentence(project: Project, tmp_path: Path) -> None:
    place = tmp_path
    while len(str(place)) < 4035:
        place /= "x" * min(200, 4040 - len(str(place)) - 1)
    result = project.build("--output", str(place))
    assert result.code == 3
    assert "too long" in result.err
    assert "shorter path" in result.err
    assert not os.path.lexists(place)


def test_a_name_with_no_room_for_another_ending_is_published_without_a_compressed_copy(project: Project) -> None:
    name = f"{'a' * 249}.csv"
    project.write(f"content/files/{name}", "a,b\n" * 1000)
    project.change(PAGE, "Text.", f"[Table](file:{name})")
    project.write("site_config.yaml", f"{CONFIG}serving:\n  compress: true\n")
    assert project.build().code == 0
    outputs = project.outputs()
    assert f"files/{name}" in outputs
    assert f"files/{name}.br" not in outputs
    assert "index.html.br" in outputs


def test_what_the_store_loses_while_a_build_publishes_stops_it(
    staged: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert staged.check().code == 0, "so that the store has everything"
    before = staged.outputs()
    shutil.rmtree(stage_of(staged))
    real = publish.OutputFolder.publish

    def after_someone_cleared_the_cache(*arguments: object) -> None:
        shutil.rmtree(staged.root / ".cache/store")
        real(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(publish.OutputFolder, "publish", after_someone_cleared_the_cache)
        result = staged.build()
    assert result.code == 3
    assert "A file in the cache disappeared" in result.err
    assert "Nothing was published" in result.err
    assert staged.outputs() == before
    assert staged.build().code == 0
    assert "New text." in staged.page("accessibility")


def test_print_pages_that_the_store_loses_are_no_documents_left_out(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sitegen.render import Renderer

    real = Renderer.pages

    def cleared(self: Renderer, plan: object, what: str) -> object:
        made = real(self, plan, what)  # type: ignore[arg-type]
        shutil.rmtree(project.root / ".cache/store")
        return made

    monkeypatch.setattr(Renderer, "pages", cleared)
    result = project.build(pdf=True)
    assert result.code == 3
    assert "A file in the cache disappeared" in result.err
    assert not (project.root / "output").exists()


def test_the_store_does_not_hold_what_is_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path, 1)
    store.added("ab" * 32, 3, {}, [])
    assert not store.holds("ab" * 32)


def test_a_link_in_the_output_is_never_written_through(project: Project, tmp_path: Path) -> None:
    """The tree that was published before becomes the next stage, with all that somebody put there."""
    assert project.build().code == 0
    shutil.copytree(project.root / "output/reviews", tmp_path / "elsewhere")
    shutil.rmtree(project.root / "output/reviews")
    (project.root / "output/reviews").symlink_to(tmp_path / "elsewhere")
    before = tree(tmp_path / "elsewhere")
    for hour in ("same hour", "same minute"):
        project.change("content/reviews/17-escalation.md", "same day" if hour == "same hour" else "same hour", hour)
        assert project.build("--jobs", "1").code == 0
        assert tree(tmp_path / "elsewhere") == before
        assert hour in project.page("reviews/17-escalation")


def test_a_site_is_published_also_when_nothing_can_be_kept_for_the_next_build(project: Project) -> None:
    assert project.build().code == 0
    good = project.outputs()
    (project.root / "output/index.html").write_text("tampered")
    (project.root / ".cache").chmod(0o555)
    try:
        done = bound_build(project)
    finally:
        (project.root / ".cache").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "could not be kept: Permission denied. The site was published." in done.stderr
    assert project.outputs() == good


def test_an_exchange_by_two_renames_that_fails_is_taken_back(staged: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = staged.outputs()
    real = os.rename

    def refuse_the_stage(old: os.PathLike[str], new: os.PathLike[str]) -> None:
        if Path(old) == stage_of(staged):
            raise PermissionError(13, "Permission denied", str(old))
        real(old, new)

    monkeypatch.setattr(publish, "_rename_exchange", lambda one, other: False)
    monkeypatch.setattr(publish.os, "rename", refuse_the_stage)
    assert staged.build().code == 3
    assert staged.outputs() == before
