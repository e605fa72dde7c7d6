"""A small real project in a folder, built through the command line: the door that users have."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

from sitegen import cli, machine, moment
from sitegen.locks import locked
from sitegen.store import write_whole
from tests import fonts

# What a machine may be set to in many ways, tests choose, for themselves and for all that they start.
os.environ.update(TZ="Asia/Kathmandu", LANG="C.UTF-8", LC_ALL="C.UTF-8", PYTHONHASHSEED="0")
for _name in ("COLUMNS", "FORCE_COLOR", "LINES", "SOURCE_DATE_EPOCH"):
    os.environ.pop(_name, None)
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells turn it off for what runs in the background
time.tzset()  # a zone that no content is written in, so that what is told in the machine's own time is seen
settings.register_profile(
    "the same each time", derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("the same each time")

PROJECT = Path(__file__).resolve().parent.parent
NOW = "2026-06-01T12:00:00Z"

CONFIG = """\
organisation:
  name: Exampleshire Safeguarding Partnership
  email: learning@example.org
site:
  title: Learning from reviews
  base_url: https://learning.example.org/
urgent_help:
  text: If someone is in danger now, call 999.
  contacts:
    - label: Emergency services
      telephone: "999"
"""
REVIEW = """\
---
title: When to escalate
number: 17
type: multi-agency-case-file-review
status: published
published: 2017-03-01
question: Do we all know when to escalate?
themes: [escalation]
agencies: [health]
roles: [health-visitors]
---

## What needs to improve

- Concerns about a home that staff could not enter were not passed on. {#no-access}

  No one was sure who should raise them.

  - Everyone: raise it with your manager on the same day.
  - Health visitors: record each visit where you were refused entry.

## What worked well

- Each agency had the same, current information. {#shared-information}
"""
FILES = {
    "site_config.yaml": CONFIG,
    "content/agencies.yaml": "health: Health services\npolice: Police\n",
    "content/themes/escalation.md": "---\ntitle: Escalation\nstatus: published\n---\n\nRaise it and keep raising it.\n",
    "content/roles/health-visitors.md": "---\ntitle: Health visitors\nstatus: published\n---\n",
    "content/reviews/17-escalation.md": REVIEW,
    "content/pages/accessibility.md": (
        "---\ntitle: Accessibility statement\nstatus: published\nnavigation: footer\n---\n\n## Who we are\n\nText.\n"
    ),
    "briefings/escalation.md": (
        "---\ntitle: Escalation in seven minutes\nstatus: published\npublished: 2017-04-01\nversion: 1\n"
        "audience: [health-visitors]\nabout: [17-escalation]\nkey_messages: [Raise it the same day]\n---\n\n"
        "## Background\n\nWhy this matters.\n"
    ),
}


class Result:
    """What a command left: its exit code, what it printed, and the problems when it was asked for JSON."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def problems(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out))

    @property
    def codes(self) -> list[str]:
        return [problem["code"] for problem in self.problems]

    def only(self, code: str) -> dict[str, Any]:
        """The one problem with this code; fails when there is none or more."""
        found = [problem for problem in self.problems if problem["code"] == code]
        assert len(found) == 1, f"wanted one {code}, got {self.problems}"
        return found[0]


class Project:
    """A folder of content with commands to change and build it."""

    def __init__(self, root: Path, capture: Callable[[], tuple[str, str]]) -> None:
        self.root = root
        self._capture = capture

    def write(self, path: str, text: str | bytes) -> Project:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(text, encoding="utf-8")
        return self

    def change(self, path: str, old: str, new: str) -> Project:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        return self.write(path, text.replace(old, new))

    def delete(self, path: str) -> Project:
        (self.root / path).unlink()
        return self

    def run(self, *words: str) -> Result:
        """A command in this process."""
        self._capture()
        try:
            code = cli.main(["--root", str(self.root), *words])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        out, err = self._capture()
        return Result(code, out, err)

    def build(self, *words: str, now: str = NOW, pdf: bool = False) -> Result:
        """``build --format json`` in this process, with one job and without PDFs unless they are asked for."""
        extra = [] if pdf else ["--no-pdf"]
        jobs = [] if "--jobs" in words else ["--jobs", "1"]
        return self.run("build", "--format", "json", "--now", now, *jobs, *extra, *words)

    def check(self, *words: str, now: str = NOW) -> Result:
        return self.run("check", "--format", "json", "--now", now, "--jobs", "1", "--no-pdf", *words)

    def process(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """A command in a process of its own."""
        command = [sys.executable, str(PROJECT / "build.py"), "--root", str(self.root), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)

    def page(self, path: str) -> str:
        """A published page or file as text."""
        file = self.root / "output" / path
        return (file / "index.html" if file.is_dir() else file).read_text(encoding="utf-8")

    def outputs(self) -> dict[str, bytes]:
        """Every published file."""
        return tree(self.root / "output")

    def report(self) -> dict[str, Any]:
        """The build report of the last build."""
        return dict(json.loads((self.root / ".cache" / "build-report.json").read_text(encoding="utf-8")))

    def rendered(self) -> set[str]:
        """The outputs that the last build rendered."""
        record, run = (
            json.loads((self.root / ".cache" / name).read_bytes().split(b"\n", 1)[1])
            for name in ("last-build.json", "last-run.json")
        )
        return set() if run["unchanged"] else {file for file, o in record["outputs"].items() if o["rendered"]}


class Example:
    """The example site with its PDFs, built once: ``outputs`` holds its bytes, ``records`` what its content says."""

    NOW = "2026-12-01T12:00:00Z"
    ADDRESS = "https://learning.example.org/"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.output = root / "output"
        self.outputs = tree(self.output)
        self._records: dict[str, dict[str, dict[str, Any]]] = {}

    @property
    def pdfs(self) -> list[str]:
        """The PDFs that we made, not the attachments."""
        return sorted(file for file in self.outputs if file.endswith(".pdf") and not file.startswith("files/"))

    @property
    def pdf_shapes(self) -> dict[tuple[str, str], list[str]]:
        """The PDFs that we made by template and form (large print, say), the largest of each first."""
        record = json.loads((self.root / ".cache/last-build.json").read_bytes().split(b"\n", 1)[1])
        found: dict[tuple[str, str], list[str]] = {}
        for file in sorted(self.pdfs, key=lambda file: -len(self.outputs[file])):
            form = re.search(r"-(large-print|booklet|handouts?)", file)
            found.setdefault((record["outputs"][file]["template"], form[1] if form else ""), []).append(file)
        return found

    def published(self, kind: str) -> dict[str, dict[str, Any]]:
        """The published records of a kind by slug, as a plain YAML reader sees them."""
        return {
            slug: record
            for slug, record in self.records(kind).items()
            if record["status"] == "published" and record.get("published", "")[:10] <= self.NOW[:10]
        }

    def records(self, kind: str) -> dict[str, dict[str, Any]]:
        """All records of a kind by slug; values are the text that was written. A review always has ``findings``."""
        if kind not in self._records:
            folder = self.root / ("briefings" if kind == "briefing" else f"content/{kind}s")
            files = sorted(file for file in folder.rglob("*.*") if file.suffix in (".md", ".yaml"))
            self._records[kind] = {file.relative_to(folder).with_suffix("").as_posix(): _record(file) for file in files}
        return self._records[kind]


def _record(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    front, body = text.split("\n---\n", 1) if file.suffix == ".md" else (text, "")
    record = dict(yaml.load(front.removeprefix("---\n"), yaml.BaseLoader))
    braces = [found.split() for found in re.findall(r"{#([^}]+)}", body)]
    written = [{"id": name, **dict(word.split("=") for word in more)} for name, *more in braces]
    for finding in written:
        finding.update({key: finding[key].split(",") for key in ("themes", "seen_before") if key in finding})
    return {"findings": written, **record, "body": body or record.get("body", "")}


def copy_example(root: Path) -> Path:
    """The example content in a folder of its own."""
    root.mkdir(parents=True)
    for name in ("content", "briefings"):
        shutil.copytree(PROJECT / name, root / name)
    shutil.copy(PROJECT / "site_config.yaml", root)
    return root


def copy_with_pdfs(example: Example, root: Path, files: Iterable[str]) -> Path:
    """The example in a folder of its own, with a cache that has these PDFs and nothing else.

    The store's files are linked and not copied, since it never writes into a file that it finds.
    """
    copy_example(root)
    record = json.loads((example.root / ".cache/last-build.json").read_bytes().split(b"\n", 1)[1])
    for file in files:
        key = record["outputs"][file]["key"]
        place = root / ".cache/store" / key[:2]
        place.mkdir(parents=True, exist_ok=True)
        os.link(example.root / ".cache/store" / key[:2] / key[2:], place / key[2:])
    return root


def _build_example(shared: Path) -> None:
    """Build the example unless another process of this run has, and leave what the build said in ``told.json``."""
    with locked(shared / "lock", lambda waiting: None):
        if (shared / "told.json").exists():
            return
        shutil.rmtree(shared / "site", ignore_errors=True)  # of a process that was ended
        words = ["--root", str(copy_example(shared / "site")), "build", "--now", Example.NOW]
        done = subprocess.run(
            [sys.executable, str(PROJECT / "build.py"), *words], capture_output=True, text=True, check=False
        )
        write_whole(shared / "told.json", json.dumps([done.returncode, done.stdout + done.stderr]).encode())


@pytest.fixture(scope="session")
def example_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    """The example content as the site that it becomes. Tests leave it as it is."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "example"
    _build_example(shared)
    code, said = json.loads((shared / "told.json").read_text(encoding="utf-8"))
    assert code == 0, said
    example = Example(shared / "site")
    yield example
    assert tree(example.output) == example.outputs, "a test has changed the example that all share"


CHROMIUM_WORDS = (
    "--no-sandbox --disable-gpu --disable-sync --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update"
).split()
STILL = ["--disable-threaded-compositing"]
"""For browsers in which nothing is clicked: it takes a quarter less of the processor, and clicks may never come to pass."""


def chromium_program(whole: bool = False) -> str:
    """The machine's own Chromium, without the windows that nobody sees unless it is to be ``whole``.

    A browser is never downloaded.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    light = () if whole else ("chromium-headless-shell",)
    program = next((found for name in (*light, *names) if (found := shutil.which(name))), None)
    assert program, f"These tests need one of {', '.join(names)}: sh setup/system-packages.sh test python"
    return program


def launch_words(of: fonts.FontSet = fonts.WIDE, whole: bool = False, still: bool = False) -> dict[str, Any]:
    """What Playwright launches that browser with, to see fonts of the tests' own choice and no others."""
    words = CHROMIUM_WORDS + (STILL if still else [])
    return {"executable_path": chromium_program(whole), "args": words, "env": fonts.environment(of)}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """What drives browsers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Any) -> Iterator[Any]:
    """The machine's own Chromium, as Playwright drives it, with wide fonts."""
    browser = playwright.chromium.launch(**launch_words())
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def still_chromium(playwright: Any) -> Iterator[Any]:
    """The same, for looking at pages in which nothing is clicked."""
    browser = playwright.chromium.launch(**launch_words(still=True))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def still_chromium_with_narrow_fonts(playwright: Any) -> Iterator[Any]:
    """That one with narrow fonts."""
    browser = playwright.chromium.launch(**launch_words(fonts.NARROW, still=True))
    yield browser
    browser.close()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/"): Path(parent, name).read_bytes()
        for parent, _, names in os.walk(folder)
        for name in names
    }


LONG_FIRST = (
    "browser",
    "bad_input",
    "offline",
    "hard_layout",
    "same_bytes",
    "search",
    "pdfs",
    "serve",
    "pdf_limits",
    "pages",
)
"""The files that take longest, in that order: what is long must not begin when all else is done.

The first needs the example, which it builds, and the second doesn't, so that no process waits for another.
"""


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: there is always one that waits for a browser or a server."""
    return machine.processors() + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, all others in the order in which they were found."""
    order = {f"test_{name}": place for place, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what tests found out without judging it; they may have run in processes whose output nobody sees."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "told" and report.when == "call":
                terminalreporter.write_line(str(value))
    if count := _left_out(terminalreporter):
        terminalreporter.write_line(f"CI is set, so tests that were skipped or may fail count as failures: {count}.")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where a test was left out: what a machine runs on each change has to have run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    passed = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if reporter and passed and _left_out(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _left_out(reporter: Any) -> int:
    """How many tests, or files of tests, were skipped or failed as expected, where the environment has CI set."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        return 0
    return sum(len(reporter.stats.get(kind, ())) for kind in ("skipped", "xfailed"))


def own_templates(project: Project) -> Project:
    """The project with a copy of the templates, to be changed."""
    shutil.copytree(PROJECT / "templates", project.root / "templates")
    return project


@pytest.fixture(autouse=True, scope="session")
def _no_test_asks_the_time() -> Iterator[None]:
    """A build of this process without ``--now`` would be another one tomorrow."""

    def refuse() -> None:
        raise AssertionError("a test builds without --now")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moment, "current", refuse)
        yield


@pytest.fixture
def capture(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[str, str]]:
    """What was printed since it was last asked: (standard output, standard error)."""

    def capture() -> tuple[str, str]:
        read = capsys.readouterr()
        return read.out, read.err

    return capture


@pytest.fixture
def project(tmp_path: Path, capture: Callable[[], tuple[str, str]]) -> Project:
    """A project with one record of each kind."""
    made = Project(tmp_path / "project", capture)
    for path, text in FILES.items():
        made.write(path, text)
    return made
