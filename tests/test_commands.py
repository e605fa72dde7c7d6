"""The command line: what it is asked, what it answers, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import jsonschema
import pytest
import yaml

from sitegen import __version__, machine, schema
from tests.conftest import NOW, PROJECT, REVIEW


def test_the_version_is_told(project):
    result = project.run("--version")
    assert (result.code, result.out.strip()) == (0, f"Learning Briefings {__version__}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bild"], "invalid choice"),
        (["build", "--quick"], "unrecognized arguments"),
        (["build", "--jobs", "0"], "--jobs needs a number from 1"),
        (["build", "--now", "yesterday"], "'yesterday' is not a time; write it as 2026-05-04"),
        (["serve", "--port", "99999"], "There is no port 99999"),
        (["list"], "There is no record of a build here"),
        (["explain", "index.html"], "There is no record of a build here"),
    ],
)
def test_what_can_not_be_carried_out_is_said_in_a_sentence_and_ends_with_2(project, words, said):
    result = project.run(*words)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_root_that_is_not_there_is_wrong_use(project):
    result = project.run("--root", str(project.root / "nowhere"), "build")
    assert result.code == 2
    assert "There is no folder" in result.err


def test_build_is_the_command_when_none_is_named_and_a_root_may_have_spaces(project):
    spaced = project.root.with_name("a folder with spaces")
    project.root.rename(spaced)
    project.root = spaced
    result = project.process("--no-pdf", "--now", NOW)
    assert result.returncode == 0, result.stderr
    assert (spaced / "output" / "index.html").is_file()
    last = result.stdout.strip().splitlines()[-1]
    assert "outputs published: " in last
    assert " rendered, 0 reused, in " in last


def test_away_from_a_terminal_a_build_says_its_last_line_and_no_more(project):
    result = project.process("build", "--no-pdf", "--now", NOW)
    assert len(result.stdout.strip().splitlines()) == 1
    assert result.stderr == ""


def test_the_build_report_counts_what_was_made(project):
    project.build()
    report = project.report()
    assert report["published"] is True
    assert report["outputs"] == report["rendered"] == len(project.outputs())
    assert report["reused"] == 0
    assert report["problems"] == []
    project.change("content/reviews/17-escalation.md", "themes: [escalation]", "themes: [escalaton]")
    project.build()
    assert project.report()["published"] is False
    assert [problem["code"] for problem in project.report()["problems"]] == ["reference/unknown-theme"]


FORMATS = [["--format", form] for form in ("text", "json", "github")]


def wrong(project):
    """A project that was built, and then got an error."""
    assert project.build().code == 0
    project.change("content/reviews/17-escalation.md", "themes: [escalation]", "themes: [escalaton]")
    return project


def ended(project, redirected, *words):
    """How a command in a shell ends, and what it says on standard error."""
    command = [sys.executable, str(PROJECT / "build.py"), "--root", str(project.root), *words]
    script = f'set -o pipefail; "$@" {redirected}'
    done = subprocess.run(["bash", "-c", script, "bash", *command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    return done.returncode, done.stderr


def test_a_command_ends_as_its_result_is_whoever_reads_it(project):
    wrong(project)
    check = ["check", "--no-pdf", "--jobs", "1"]
    for redirected in ("| head -n 1", ">&-", "2>&-", ">&- 2>&- <&-", "2>/dev/full"):
        assert ended(project, redirected, *check) == (1, ""), redirected
        assert ended(project, redirected, "list")[0] == 0, redirected
    assert ended(project, "2>&-", "explain", "nowhere.html")[0] == 2
    for words in ([*check, *FORMATS[1]], [*check, *FORMATS[2]], [*check, "--strict"]):
        assert ended(project, "| true", *words) == (1, ""), words
    for words in (["list", "--format", "json"], ["explain", "index.html"], ["--help"]):
        assert ended(project, "| true", *words) == (0, ""), words


def test_what_can_not_be_written_ends_with_3_and_says_so(project):
    wrong(project)
    checks = [["check", "--no-pdf", "--jobs", "1", *form] for form in FORMATS]
    for words in (*checks, ["list"], ["explain", "index.html"], ["--help"]):
        code, said = ended(project, ">/dev/full", *words)
        assert code == 3
        assert "What there is to say could not be written: No space left on device." in said
        assert "Nothing was published" not in said


def test_a_build_that_nobody_listens_to_publishes_the_same(project):
    assert project.build().code == 0
    before = project.outputs()
    shutil.rmtree(project.root / "output")
    shutil.rmtree(project.root / ".cache")
    words = ["build", "--no-pdf", "--jobs", "2", "--now", NOW]
    assert ended(project, ">&- 2>&- <&-", *words) == (0, "")
    assert project.outputs() == before


def test_letters_that_the_output_has_no_room_for_are_told_by_their_numbers(project):
    project.change("content/reviews/17-escalation.md", "title: When", "titel: Ŵhen")
    result = project.process("check", "--no-pdf", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert result.returncode == 1
    assert "\\u0174hen" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_python_without_the_libraries_is_told_what_to_type(project):
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r}); import runpy; "
               f"sys.argv = ['build.py', '--root', {str(project.root)!r}]; "
               f"runpy.run_path({str(PROJECT / 'build.py')!r}, run_name='__main__')"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "make site" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_without_pango_is_told_what_to_install_and_builds_without_pdfs(project, monkeypatch):
    monkeypatch.setattr(machine, "_first_library", lambda names: None)
    result = project.build(pdf=True)
    assert result.code == 3
    assert "apt-get install libpango-1.0-0" in result.err
    assert "--no-pdf" in result.err
    assert not (project.root / "output").exists()
    assert project.build().code == 0


def test_a_machine_without_the_font_subsetter_is_told_once_and_builds(project, monkeypatch):
    monkeypatch.setattr(machine, "slow_subsetter", lambda: True)
    result = project.build(pdf=True)
    assert result.code == 0
    assert result.problems == []
    assert result.err.count("libharfbuzz-subset0") == 1


def plain(value):
    """YAML as JSON has it: dates are text."""
    return json.loads(json.dumps(value, default=str))


def test_the_schemas_take_the_example_content(tmp_path):
    validator = jsonschema.Draft202012Validator
    found = schema.schemas()
    folders = {"review": "content/reviews", "theme": "content/themes", "role": "content/roles", "page": "content/pages"}
    for kind, folder in {**folders, "briefing": "briefings"}.items():
        for file in sorted((PROJECT / folder).rglob("*.*")):
            text = file.read_text(encoding="utf-8")
            fields = plain(yaml.safe_load(text.split("\n---\n")[0] if file.suffix == ".md" else text))
            assert [f"{file.name}: {fault.message}" for fault in validator(found[kind]).iter_errors(fields)] == []
    for name in ("agencies", "glossary", "external", "ongoing"):
        value = plain(yaml.safe_load((PROJECT / f"content/{name}.yaml").read_text(encoding="utf-8")))
        assert list(validator(found[name]).iter_errors(value)) == []


def test_a_schema_knows_unknown_fields_and_describes_the_known(tmp_path):
    for path in schema.write_schemas(tmp_path):
        written = json.loads(path.read_text(encoding="utf-8"))
        assert written["$schema"]
    review = json.loads((tmp_path / "review.schema.json").read_text(encoding="utf-8"))
    assert review["additionalProperties"] is False
    assert all(field.get("description") for field in review["properties"].values())
    assert "findings" not in review["required"], "they may stand in the text"


def test_the_schemas_in_the_repository_are_those_of_the_models(tmp_path):
    written = {path.name: path.read_bytes() for path in schema.write_schemas(tmp_path)}
    kept = {path.name: path.read_bytes() for path in (PROJECT / "schemas").iterdir()}
    assert kept == written, "run: make schema"


@pytest.mark.parametrize("point", ["lock taken", "inputs read", "rendering begun", "all staged"])
def test_ctrl_c_ends_a_build_in_a_sentence_and_keeps_what_was_published(project, point):
    assert project.build().code == 0
    before = project.outputs()
    project.write("content/reviews/copy.md", REVIEW.replace("number: 17", "number: 18"))
    words = ["--root", str(project.root), "build", "--no-pdf", "--jobs", "2", "--now", NOW]
    command = [sys.executable, "-m", "tests.stopped_build", "interrupt", point, *words]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=PROJECT, start_new_session=True, timeout=300, check=False
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr == "Stopped. What was published stays as it was.\n"
    assert project.outputs() == before
    assert project.build().code == 0
    assert project.outputs() != before


def test_a_schema_refuses_what_a_build_refuses():
    validator = jsonschema.Draft202012Validator(schema.schemas()["review"])
    good = yaml.safe_load(REVIEW.split("---")[1])
    assert list(validator.iter_errors(plain(good))) == []
    wrong = ({"theme": ["x"]}, {"type": "audit"}, {"status": "live"}, {"themes": "x"}, {"title": None}, {"number": "x"})
    for fields in wrong:
        assert list(validator.iter_errors(plain(good | fields))), fields


def test_the_schemas_are_written_where_they_are_wanted(project):
    result = project.run("schema", "--output", str(project.root / "somewhere/else"))
    assert result.code == 0
    written = sorted(str(path) for path in (project.root / "somewhere/else").iterdir())
    assert sorted(result.out.splitlines()) == written
    assert len(written) == 10


def test_an_output_folder_elsewhere_is_where_it_is_published(project):
    assert project.build("--output", str(project.root / "public")).code == 0
    assert (project.root / "public/index.html").is_file()
    assert not (project.root / "output").exists()


@pytest.mark.parametrize("now", ["", "2026", "12:00", "2026-13-01", "2026-02-30", "99999-01-01", "２０２６-01-01"])
def test_a_time_that_is_none_is_wrong_use(project, now):
    result = project.build(now=now)
    assert result.code == 2
    assert "is not a time" in result.err


def test_help_names_every_command(project):
    result = project.run("--help")
    assert result.code == 0
    assert all(f"\n    {name} " in result.out for name in ("build", "check", "list", "explain", "serve", "schema"))
