"""Documents that take too long, workers that die, executors of any kind: the rest goes on, and nothing is published."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from sitegen import machine, time_limit, workers
from sitegen.runs import Task, run_each
from sitegen.workers import Crew, SerialExecutor, WorkerDied, start_workers
from tests.conftest import FILES, NOW, PROJECT, Project, Result, own_templates, tree
from tests.test_layers import imported, modules

BRIEFING = FILES["briefings/escalation.md"]


def briefing(project: Project, slug: str, text: str) -> str:
    """A briefing of its own with a text; its file."""
    path = f"briefings/{slug}.md"
    project.write(path, BRIEFING.replace("Escalation in seven minutes", f"About {slug}").replace("Why this", text))
    return path


def build_with_misbehaving_workers(project: Project, *words: str) -> Result:
    """A build in a process of its own, whose workers do what some documents ask of them."""
    program = (
        "import sys; from sitegen import cli, render; render.PDF_MODULES += ('tests.misbehaving_worker',); "
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "--root", str(project.root), "build", "--format", "json", "--now", NOW]
    done = subprocess.run(
        [*command, "--jobs", "2", *words], cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


# A document that takes too long


def slow(project: Project) -> None:
    """Each box in another that asks how wide it is before it says so: the time doubles with each."""
    own_templates(project)
    style = ".endless, .endless * { display: flex }\n"
    project.write("templates/print/print.css", (project.root / "templates/print/print.css").read_text() + style)
    boxes = "<div>" * 30 + "x" + "</div>" * 30
    project.change(
        "templates/print/theme.html",
        "{% block content %}",
        "{% block content %}<div class='endless'>" + boxes + "</div>",
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_document_over_its_time_is_stopped_and_told_by_the_title_of_its_record(project, jobs):
    slow(project)
    project.write("site_config.yaml", FILES["site_config.yaml"] + "pdf: {time_limit: 3}\n")
    result = project.build("--jobs", jobs, pdf=True)
    assert result.code == 1
    problem = result.only("publish/pdf")
    assert problem["path"] == "content/themes/escalation.md"
    assert "'Escalation'" in problem["message"]
    assert "longer than 3 seconds" in problem["message"]
    assert "pdf.time_limit" in problem["hint"]
    assert not (project.root / "output").exists()
    assert project.report()["published"] is False


def test_after_a_document_over_its_time_the_others_need_not_be_made_again(project):
    slow(project)
    project.write("site_config.yaml", FILES["site_config.yaml"] + "pdf: {time_limit: 3}\n")
    assert project.build(pdf=True).code == 1
    shutil.copy(PROJECT / "templates/print/theme.html", project.root / "templates/print")
    assert project.build(pdf=True).code == 0
    assert {file for file in project.rendered() if file.endswith(".pdf")} == {"themes/escalation/escalation-digest.pdf"}


def test_a_limit_that_a_library_swallows_still_holds():
    def swallow() -> str:
        try:
            while True:
                time.sleep(0.01)
        except BaseException:
            return "as if nothing had happened"

    with pytest.raises(time_limit.TookTooLong):
        time_limit.within(1, swallow)


def test_what_is_done_in_time_is_left_alone():
    before = signal.getsignal(signal.SIGALRM)
    assert time_limit.within(60, lambda: "done") == "done"
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("limit", ["0", "-1", "soon", "1.5"])
def test_a_limit_is_a_whole_number_of_seconds(project, limit):
    project.write("site_config.yaml", FILES["site_config.yaml"] + f"pdf: {{time_limit: {limit}}}\n")
    result = project.check()
    assert result.code == 1
    assert {problem["path"] for problem in result.problems} == {"site_config.yaml"}


# A worker that dies


def test_a_worker_that_dies_is_told_at_the_record_it_died_of_and_the_rest_goes_on(project):
    faults = [briefing(project, word, f"{word} this worker. Why this") for word in ("kill", "leave", "break")]
    for number in range(8):
        briefing(project, f"good-{number}", "Why this")
    result = build_with_misbehaving_workers(project)
    assert result.code == 1, result.err
    assert {problem["path"] for problem in result.problems} == set(faults)
    for problem in result.problems:
        assert problem["code"] == "publish/pdf"
        assert "sudden end" in problem["message"]
        assert f"'About {Path(problem['path']).stem}'" in problem["message"]
    assert not (project.root / "output").exists()
    for path in faults:
        project.change(path, "this worker", "no worker")
    assert build_with_misbehaving_workers(project).problems == []
    made = {file.split("/")[1] for file in project.rendered() if file.endswith(".pdf")}
    assert made == {"kill", "leave", "break"}


def test_a_worker_that_hangs_where_nothing_can_stop_it_ends_itself(project):
    path = briefing(project, "hang", "hang this worker. Why this")
    project.write("site_config.yaml", FILES["site_config.yaml"] + "pdf: {time_limit: 3}\n")
    result = build_with_misbehaving_workers(project)
    assert {problem["path"] for problem in result.problems} == {path}


def end_of(name: str) -> str:
    """What a worker is to do by name; in a worker of its own, since some of it ends that."""
    if name == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "segfault":
        ctypes.string_at(0)
    if name == "fail":
        raise ValueError("no")
    return name.upper()


def tasks(names: list[str]) -> list[Task[str]]:
    return [Task(f"{number} {name}", lambda name=name: name) for number, name in enumerate(names)]


def test_of_many_tasks_only_those_that_kill_a_worker_are_lost():
    names = ["good"] * 5 + ["kill"] + ["good"] * 5 + ["segfault", "kill", "fail"] + ["good"] * 3
    crew = Crew(start_workers(2, ()), 2)
    try:
        outcomes = dict(run_each(crew, end_of, tasks(names)))
    finally:
        crew.dismiss()
    assert sorted(outcomes) == sorted(f"{number} {name}" for number, name in enumerate(names))
    for name, outcome in outcomes.items():
        word = name.split()[1]
        if word in ("kill", "segfault"):
            assert isinstance(outcome, WorkerDied)
        elif word == "fail":
            assert isinstance(outcome, ValueError)
        else:
            assert outcome == "GOOD"


class Fragile(SerialExecutor):
    """Breaks once, and is of no use from then on, as a cluster whose connection is lost."""

    def __init__(self, good_for: int) -> None:
        self.good_for = good_for

    def submit(self, fn, /, *args, **kwargs):
        self.good_for -= 1
        if self.good_for < 0:
            raise BrokenProcessPool("gone")
        return super().submit(fn, *args, **kwargs)


def test_an_executor_that_is_of_no_use_any_more_stops_the_work():
    with pytest.raises(BrokenExecutor):
        dict(run_each(Crew(Fragile(3), 2), str.upper, tasks(["good"] * 12)))


def end_of_the_first(marker: str) -> str:
    """End this worker, unless another has been ended here before, as when memory is short for a moment."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_a_task_whose_worker_died_once_is_tried_again(tmp_path):
    crew = Crew(start_workers(2, ()), 2)
    try:
        outcomes = dict(run_each(crew, end_of_the_first, tasks([str(tmp_path / "ended")])))
    finally:
        crew.dismiss()
    assert list(outcomes.values()) == ["done"]


def test_workers_die_in_the_middle_of_large_jobs_and_large_results():
    names = ["good", "kill" + "!" * 300_000, "large", "segfault", "large", "kill"] * 4
    crew = Crew(start_workers(2, ()), 2)
    try:
        outcomes = list(dict(run_each(crew, large_end_of, tasks(names))).values())
    finally:
        crew.dismiss()
    assert sum(isinstance(outcome, WorkerDied) for outcome in outcomes) == 12
    assert sum(outcome == "GOOD" for outcome in outcomes) == 4
    assert sum(outcome == "LARGE" * 200_000 for outcome in outcomes) == 8


def large_end_of(name: str) -> str:
    """What a worker is to do by name, with a result of a million letters for one of them."""
    return end_of(name.rstrip("!")) * (200_000 if name == "large" else 1)


def not_to_be_sent(name: str) -> object:
    if name == "raise":
        raise ValueError(threading.Lock())
    return threading.Lock()


def test_what_a_worker_cannot_send_is_told_and_the_worker_goes_on():
    crew = Crew(start_workers(2, ()), 2)
    try:
        assert len(dict(run_each(crew, not_to_be_sent, tasks(["return", "raise"] * 3)))) == 6
        outcomes = dict(run_each(crew, not_to_be_sent, tasks(["return", "raise"])))
    finally:
        crew.dismiss()
    assert all(isinstance(outcome, TypeError) and "lock" in str(outcome) for outcome in outcomes.values())


def test_what_a_task_raised_says_where():
    crew = Crew(start_workers(2, ()), 2)
    try:
        (outcome,) = dict(run_each(crew, end_of, tasks(["fail"]))).values()
    finally:
        crew.dismiss()
    assert isinstance(outcome, ValueError)
    assert "in end_of" in "".join(outcome.__notes__)


def test_a_worker_that_dies_over_a_page_is_told_in_words(project, monkeypatch):
    assert project.build().code == 0
    before = project.outputs()
    project.change("content/themes/escalation.md", "Raise it", "Always raise it")
    monkeypatch.setattr(workers, "start_workers", lambda jobs, modules: Fragile(2))
    result = project.build()
    assert result.code == 3
    assert "sudden end" in result.err
    assert "--jobs 1" in result.err
    assert project.outputs() == before


def test_no_more_than_a_few_documents_wait_for_a_worker():
    made: list[int] = []

    def make(number: int) -> str:
        made.append(number)
        return "good"

    crew = Crew(start_workers(2, ()), 2)
    try:
        many = (Task(str(number), lambda number=number: make(number)) for number in range(200))
        for done, _ in enumerate(run_each(crew, end_of, many)):
            assert len(made) - done <= 5 + 5  # five in work, and five that were done at the same moment
    finally:
        crew.dismiss()
    assert len(made) == 200


# Executors of any kind give the same bytes


def threads(jobs: int, modules: object) -> Executor:
    return ThreadPoolExecutor(1)


def test_any_executor_gives_the_same_bytes(project, monkeypatch, tmp_path):
    own_templates(project)
    (project.root / "briefings/escalation.md").write_text(
        BRIEFING.replace("version: 1", "version: 1\nsummary: هل نعرف ŵ")
    )
    assert project.build(pdf=True).problems == []
    alone = project.outputs()
    assert [name for name in alone if name.endswith(".pdf")]
    for jobs in ("2", "threads"):
        other = Project(tmp_path / jobs, project._capture)
        for path, data in tree(project.root).items():
            if path.startswith(("content/", "briefings/", "site_config", "templates/")):
                other.write(path, data)
        if jobs == "threads":
            monkeypatch.setattr(workers, "start_workers", threads)
        assert other.build("--jobs", "2", pdf=True).problems == []
        assert other.outputs() == alone


def test_the_key_of_a_pdf_takes_in_all_our_code_that_shapes_it():
    found, waiting = set(), ["render_pdf", "print_pictures"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imported(modules()[name])
    data = {"no-machine-fonts.xml"}
    said_by_others = {"__init__", "machine", "problems", "time_limit"}
    assert set(machine.PDF_CODE) == {f"{name}.py" for name in found - said_by_others} | data
