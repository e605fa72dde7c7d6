"""The output folder is always one whole good build: after a kill, on a full disk, with two builds at once."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from sitegen import publish, store
from tests.conftest import NOW, PROJECT, Project, tree
from tests.stopped_build import EXCHANGED, POINTS

ARGUMENTS = ["build", "--no-pdf", "--jobs", "2", "--now", NOW]
PATIENCE = 300
"""Seconds that a build may take on a busy machine before it is given up."""


def start(project: Project, *words: str, stop: tuple[str, str] | None = None) -> subprocess.Popen[str]:
    """A build in processes of its own, to be stopped somehow at a point of ``tests.stopped_build`` where one is given."""
    program = ["-m", "tests.stopped_build", *stop] if stop else [str(PROJECT / "build.py")]
    command = [sys.executable, *program, "--root", str(project.root), *ARGUMENTS, *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=PROJECT, start_new_session=True
    )


def fingerprint_of(outputs: dict[str, bytes]) -> str:
    """Which build a tree is of: every page of it must tell the same edition."""
    editions = {
        found[1].decode() for name, data in outputs.items() if (found := re.search(rb"Edition (\d+)", data)) and name
    }
    assert len(editions) == 1, f"a mixture of editions {editions}"
    return editions.pop()


def edition(project: Project, number: int, reviews: int = 4) -> None:
    """Content in which many pages change with each edition, and one page is there only in odd ones."""
    text = (project.root / "site_config.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  banner: .*\n", "", text)
    project.write("site_config.yaml", text.replace("site:\n", f"site:\n  banner: Edition {number}\n"))
    review = (project.root / "content/reviews/17-escalation.md").read_text(encoding="utf-8")
    for count in range(reviews):
        body = re.sub(r"number: \d+", f"number: {100 + count}", review)
        project.write(f"content/reviews/extra-{count}.md", body.replace("current information", f"information {number}"))
    extra = project.root / "content/pages/odd.md"
    if number % 2:
        project.write("content/pages/odd.md", "---\ntitle: Odd\nstatus: published\n---\n\nOnly now and then.\n")
    elif extra.exists():
        extra.unlink()


def test_a_build_killed_at_any_point_leaves_the_old_site_or_the_new_one(project):
    edition(project, 0)
    assert project.build().code == 0
    before = project.outputs()
    for number, point in enumerate(POINTS, 1):
        edition(project, number)
        killed = start(project, stop=("kill", point))
        said = killed.communicate(timeout=PATIENCE)
        assert killed.returncode == -signal.SIGKILL, (point, said)
        left = project.outputs()
        if number <= EXCHANGED:
            assert left == before, point
        assert project.build().code == 0
        before = project.outputs()
        assert fingerprint_of(before) == str(number)
        assert ("odd/index.html" in before) == bool(number % 2)
        if number > EXCHANGED:
            assert left == before, point
    assert before == tree_of_clean_build(project)


def test_where_two_renames_serve_a_build_killed_between_them_leaves_a_site_that_the_next_finds(project):
    edition(project, 0)
    assert project.build().code == 0
    before = project.outputs()
    edition(project, 1)
    killed = start(project, stop=("kill", "site set aside"))
    said = killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL, said
    assert not (project.root / "output").exists()
    project.change("content/reviews/17-escalation.md", "themes: [escalation]", "themes: [escalaton]")
    assert project.build().code == 1, "recovered before anything else is asked"
    assert project.outputs() == before


def take_turns(first: subprocess.Popen[str], second: Callable[[], subprocess.Popen[str]]) -> None:
    """The second build starts while the first is held, and says that it waits; then both end well."""
    processes = [first]
    watch = threading.Timer(PATIENCE, lambda: [process.kill() for process in processes])
    watch.start()
    try:
        assert first.stdout.readline() == "held\n"
        processes.append(second())
        assert "Another build is running" in processes[1].stderr.readline()
        ends = [process.communicate() for process in processes]  # the first goes on when its input ends
    finally:
        watch.cancel()
    assert [process.returncode for process in processes] == [0, 0], ends
    assert "Another build" not in ends[0][1]


def test_two_projects_that_publish_to_one_place_take_turns(project, tmp_path):
    edition(project, 1)
    other = Project(project.root.with_name("other"), lambda: ("", ""))
    shutil.copytree(project.root, other.root)
    edition(other, 2)
    place = str(tmp_path / "site")
    first = start(project, "--output", place, stop=("hold", "about to exchange"))
    take_turns(first, lambda: start(other, "--output", place))
    assert fingerprint_of(tree(tmp_path / "site")) == "2"


def tree_of_clean_build(project: Project) -> dict[str, bytes]:
    """The same content built from nothing in another folder."""
    other = project.root.with_name("clean")
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(project.root, other, ignore=shutil.ignore_patterns("output", ".cache", ".output.publish"))
    command = [sys.executable, str(PROJECT / "build.py"), "--root", str(other), *ARGUMENTS]
    subprocess.run(command, check=True, capture_output=True)
    return tree(other / "output")


def test_two_builds_at_once_take_turns_and_the_second_says_so(project):
    edition(project, 1)
    take_turns(start(project, stop=("hold", "inputs read")), lambda: start(project))
    assert project.outputs() == tree_of_clean_build(project)


def test_a_build_never_writes_into_a_file_that_it_finds(project, tmp_path):
    """Copies of a folder may share their files, and whoever has one open reads to its end what it was."""
    made = (".cache", "output", ".output.publish")
    for number in (1, 2):  # both trees are there from the second on
        edition(project, number)
        assert project.build().code == 0
    for name in made:
        shutil.copytree(project.root / name, tmp_path / "linked" / name, copy_function=os.link)
    before = {
        name: (data, (tmp_path / "linked" / name).stat().st_mtime_ns)
        for name, data in tree(tmp_path / "linked").items()
    }
    assert sum((project.root / name).samefile(tmp_path / "linked" / name) for name in before) == len(before)
    for number in (3, 4):
        edition(project, number)
        (project.root / "output" / "stray.html").write_text("stray")
        assert project.build().code == 0
    for name in made:
        assert tree(project.root / name) != tree(tmp_path / "linked" / name)
    after = {
        name: (data, (tmp_path / "linked" / name).stat().st_mtime_ns)
        for name, data in tree(tmp_path / "linked").items()
    }
    assert [name for name in before if after[name] != before[name]] == []
    assert after.keys() == before.keys()


def test_a_file_that_stays_the_same_keeps_its_time_and_one_that_changes_does_not(project):
    """Web servers answer "not modified" by it."""
    file, other = "reviews/17-escalation/index.html", "themes/escalation/index.html"
    times = []
    for text in ("One.", "Two.", "Three.", "Three."):
        (project.root / "content/pages/accessibility.md").touch()
        project.write("content/pages/news.md", f"---\ntitle: News\nstatus: published\n---\n\n{text}\n")
        assert project.build().code == 0
        output = project.root / "output"
        times.append([(output / name).stat().st_mtime_ns for name in (file, other, "news/index.html")])
    assert len({time for time, _, _ in times}) == len({time for _, time, _ in times}) == 1
    assert len({time for _, _, time in times}) == 3
    assert [time for _, _, time in times] == sorted(time for _, _, time in times)


def test_an_error_keeps_what_was_published(project):
    assert project.build().code == 0
    before = project.outputs()
    project.change("content/reviews/17-escalation.md", "themes: [escalation]", "themes: [escalaton]")
    assert project.build().code == 1
    assert project.outputs() == before


def test_a_deleted_record_is_gone_from_the_output(project):
    edition(project, 1)
    project.build()
    assert "odd/index.html" in project.outputs()
    project.delete("content/pages/odd.md")
    project.build()
    assert not [name for name in project.outputs() if name.startswith("odd")]
    assert not (project.root / "output" / "odd").exists()


def test_files_that_were_changed_added_or_deleted_in_the_output_are_put_right(project):
    project.build()
    good = project.outputs()
    output = project.root / "output"
    (output / "index.html").write_text("tampered")
    (output / "stray.html").write_text("stray")
    (output / "robots.txt").unlink()
    (output / "themes" / "stray").mkdir()
    for _ in range(3):  # the tree that is exchanged out comes back as the next stage
        assert project.build().code == 0
        assert project.outputs() == good
        project.change("content/pages/accessibility.md", "Text.", "Text.\n")
    assert not (output / "themes" / "stray").exists()


def test_a_file_changed_without_a_new_size_or_date_is_noticed(project):
    project.build()
    good = project.outputs()
    page = project.root / "output" / "robots.txt"
    status = page.stat()
    page.write_bytes(bytes(reversed(page.read_bytes())))
    os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns))
    project.build()
    assert project.outputs() == good


def test_a_folder_with_other_files_is_never_replaced(project):
    project.write("elsewhere/letter.txt", "keep me")
    result = project.build("--output", str(project.root / "elsewhere"))
    assert result.code == 3
    assert "holds files that are not a site built by this program" in result.err
    assert tree(project.root / "elsewhere") == {"letter.txt": b"keep me"}


@pytest.mark.parametrize("folder", ["", "content", "content/pages", "..", ".cache/x"])
def test_the_output_folder_can_not_hold_or_be_the_content(project, folder):
    result = project.build("--output", str(project.root / folder))
    assert result.code == 2
    assert "can't be the output folder" in result.err


def test_an_empty_folder_and_a_folder_that_does_not_exist_yet_both_serve(project):
    (project.root / "empty").mkdir()
    for name in ("empty", "new/deep"):
        assert project.build("--output", str(project.root / name)).code == 0
        assert (project.root / name / "index.html").is_file()


def test_where_folders_can_not_be_exchanged_in_one_step_two_renames_serve(project, monkeypatch):
    monkeypatch.setattr(publish, "_rename_exchange", lambda one, other: False)
    project.build()
    project.change("content/reviews/17-escalation.md", "same day", "same hour")
    project.build()
    project.change("content/reviews/17-escalation.md", "same hour", "same minute")
    assert project.build().code == 0
    assert project.outputs() == tree_of_clean_build(project)


class Disk:
    """A file system of four megabytes at ``place``; where none may be mounted, a folder that says that it is full."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.place = place
        self._patch = patch
        command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
        self.mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        if self.mounted:
            (self.place / "filler").write_bytes(b"x" * (os.statvfs(self.place).f_bavail * 4096 - 8192))
        else:
            self._patch.setattr(publish, "open", self._full, raising=False)
            self._patch.setattr(store, "open", self._full, raising=False)

    def empty(self) -> None:
        if self.mounted:
            (self.place / "filler").unlink()
        else:
            self._patch.undo()

    def _full(self, file: str, mode: str) -> IO[bytes]:
        if mode != "rb" and (isinstance(file, int) or Path(file).resolve().is_relative_to(self.place)):
            raise OSError(errno.ENOSPC, "No space left on device", file)
        return open(file, mode)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    (tmp_path / "disk").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(tmp_path / "disk", patch)
        yield disk
        if disk.mounted:
            subprocess.run(["umount", "-l", str(disk.place)], check=False)


def test_a_full_disk_is_said_and_the_old_site_stays(project, small_disk):
    site = small_disk.place / "site"
    assert project.build("--output", str(site)).code == 0
    before = tree(site)
    small_disk.fill()
    edition(project, 7, reviews=40)
    result = project.build("--output", str(site))
    assert result.code == 3
    assert "The disk is full" in result.err
    assert tree(site) == before
    small_disk.empty()
    assert project.build("--output", str(site)).code == 0
    assert fingerprint_of(tree(site)) == "7"


def test_a_full_disk_under_the_cache_is_said_and_the_old_site_stays(project, small_disk):
    assert project.build().code == 0
    before = project.outputs()
    shutil.rmtree(project.root / ".cache")
    (project.root / ".cache").symlink_to(small_disk.place)
    small_disk.fill()
    result = project.build()
    assert result.code == 3
    assert "The disk is full" in result.err
    assert project.outputs() == before
