"""Lighthouse over the pages that most visits begin with: full marks but for speed, which is told."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import fonts
from tests.conftest import Example, Project, chromium_program, copy_example
from tests.server import Server

FOLDER = Path(__file__).with_name("lighthouse")
PAGES = {
    "home": "",
    "review": "reviews/17-escalation/",
    "theme": "themes/escalation/",
    "role": "roles/health-visitors/",
    "search": "search/",
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What Lighthouse says of each page of the example, built for the very address that it is served at."""
    node = shutil.which("node")
    assert node, "Lighthouse needs Node 18 or newer: sh setup/system-packages.sh test python"
    assert (FOLDER / "node_modules/lighthouse").is_dir(), "Lighthouse is not there yet: sh setup/lighthouse.sh"
    root = copy_example(tmp_path_factory.mktemp("lighthouse") / "site")
    with Server(root / "output") as server:
        project = Project(root, lambda: ("", ""))
        project.change("site_config.yaml", Example.ADDRESS, server.address)
        built = project.process("build", "--no-pdf", "--now", Example.NOW)
        assert built.returncode == 0, built.stdout + built.stderr
        done = subprocess.run(
            [node, str(FOLDER / "measure.mjs"), *(server.address + path for path in PAGES.values())],
            env={**fonts.environment(fonts.WIDE), "CHROME_PATH": chromium_program(whole=True)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [page["address"] for page in found] == [server.address + path for path in PAGES.values()]
    return dict(zip(PAGES, found, strict=True))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("category", ["accessibility", "best-practices", "seo"])
def test_lighthouse_gives_full_marks(measured, page, category):
    assert measured[page]["error"] is None
    assert [audit for audit in measured[page]["short"] if audit["category"] == category] == []
    assert measured[page]["scores"][category] == 1


def test_lighthouse_measures_speed(measured, record_property):
    speed = {page: round(found["scores"]["performance"] * 100) for page, found in measured.items()}
    words = ", ".join(f"{page} {score}" for page, score in speed.items())
    record_property("told", f"Lighthouse, performance of 100: {words}")
    assert speed.keys() == PAGES.keys()
