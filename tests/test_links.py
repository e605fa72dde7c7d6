"""Every link and anchor of the built site, followed by lychee: a checker that knows nothing of how the site is made."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import CONFIG, FILES, Example, Project, copy_example, tree

LYCHEE = Path(sys.executable).with_name("lychee")


def checked(root: Path, pages: Path) -> dict[str, Any]:
    """What lychee says of every page below ``pages``, where ``/`` of a link is the folder ``root``."""
    words = ["--offline", "--include-fragments", "--no-progress", "--format", "json", "--index-files", "index.html"]
    done = subprocess.run(
        [str(LYCHEE), *words, "--root-dir", str(root), *sorted(str(file) for file in pages.rglob("*.html"))],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert done.returncode in (0, 2), done.stderr
    return dict(json.loads(done.stdout))


def broken(report: dict[str, Any]) -> list[str]:
    return [
        f"{page}: {found['url']}: {found['status']}" for page, all_ in report["error_map"].items() for found in all_
    ]


def test_lychee_finds_no_broken_link_or_anchor(example_site):
    report = checked(example_site.output, example_site.output)
    assert broken(report) == []
    assert report["errors"] == 0
    assert report["successful"] > 3000


def test_lychee_finds_none_under_a_path_either(tmp_path):
    project = Project(copy_example(tmp_path / "project"), lambda: ("", ""))
    project.change("site_config.yaml", "https://learning.example.org/", "https://example.org/boards/learning/")
    assert project.process("build", "--no-pdf", "--now", Example.NOW).returncode == 0
    root = tmp_path / "host"
    (root / "boards").mkdir(parents=True)
    (project.root / "output").rename(root / "boards/learning")
    report = checked(root, root / "boards/learning")
    assert broken(report) == []
    assert report["successful"] > 3000


@pytest.mark.parametrize("planted", ["/reviews/no-such-review/", "/glossary/#no-such-anchor", "#no-such-part"])
def test_lychee_would_find_a_broken_link(project, planted):
    for path, text in FILES.items():
        project.write(path, text)
    assert project.write("site_config.yaml", CONFIG).build().code == 0
    page = project.page("reviews/17-escalation")
    project.write(
        "output/reviews/17-escalation/index.html", page.replace("</main>", f'<a href="{planted}">x</a></main>')
    )
    report = checked(project.root / "output", project.root / "output")
    (found,) = broken(report)
    assert "no-such" in found


def test_links_to_other_hosts_are_whole_addresses(example_site):
    report = checked(example_site.output, example_site.output)
    outside = {found["url"] for all_ in report["excluded_map"].values() for found in all_}
    assert len(outside) > 10
    assert [url for url in outside if urlsplit(url).scheme not in ("https", "http", "mailto", "tel")] == []
    assert tree(example_site.output) == example_site.outputs
