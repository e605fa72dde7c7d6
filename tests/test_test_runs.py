"""How a run of the tests ends: what was skipped is shown, and fails where a machine runs them on each change."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import PROJECT

LEFT_OUT = {
    "test_skips_itself": "import pytest\ndef test_it(): pytest.skip('no browser here')\n",
    "test_marked": "import pytest\n@pytest.mark.skip(reason='no server here')\ndef test_it(): pass\n",
    "test_file": "import pytest\npytest.skip('no validator here', allow_module_level=True)\n",
    "test_may_fail": "import pytest\n@pytest.mark.xfail(reason='no reader here')\ndef test_it(): assert False\n",
}
REASONS = ("no browser here", "no server here", "no validator here", "no reader here")


def run(folder: Path, files: Mapping[str, str], ci: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run files of tests with the options and hooks of this project."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    options = settings["tool"]["pytest"]["ini_options"]["addopts"]
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = {' '.join(options)}\n", encoding="utf-8")
    for name, text in {"test_passes": "def test_passes(): pass\n", **files}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "conftest.py").write_text("from tests.conftest import pytest_sessionfinish, pytest_terminal_summary\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, str(folder)]
    environment |= {"PYTHONPATH": str(PROJECT), **({"CI": ci} if ci else {})}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [(), ("--numprocesses", "1")], ids=["alone", "in several processes"])
def test_what_is_left_out_is_shown_and_fails_where_ci_is_set(tmp_path, words):
    done = run(tmp_path, LEFT_OUT, "true", *words)
    assert done.returncode == 1, done.stdout
    assert [reason for reason in REASONS if reason not in done.stdout] == []
    assert "CI is set, so tests that were skipped or may fail count as failures: 4." in done.stdout


def test_elsewhere_what_is_left_out_is_shown_and_no_failure(tmp_path):
    done = run(tmp_path, LEFT_OUT, "")
    assert done.returncode == 0, done.stdout
    assert [reason for reason in REASONS if reason not in done.stdout] == []
    assert "CI is set" not in done.stdout


def test_where_nothing_is_left_out_ci_changes_nothing(tmp_path):
    done = run(tmp_path, {}, "true")
    assert done.returncode == 0, done.stdout
    assert "CI is set" not in done.stdout


def test_ci_runs_the_checks_of_the_code_and_the_tests(tmp_path):
    """With stand-ins for the commands that it runs."""
    (tmp_path / "bin").mkdir()
    make = tmp_path / "bin" / "make"
    make.write_text('#!/bin/sh\necho "$1 CI=$CI" >>"$LOG"\n[ "$1" != "$FAILS" ]\n', encoding="utf-8")
    make.chmod(0o755)
    for fails in ("", "check", "test"):
        log = tmp_path / f"log-{fails}"
        environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "LOG": str(log), "FAILS": fails}
        environment.pop("CI", None)
        command = ["bash", str(PROJECT / ".ci" / "run")]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert (done.returncode == 0) == (not fails)
        assert log.read_text(encoding="utf-8").split("\n") == ["check CI=true", "test CI=true", ""], "both are told of"
