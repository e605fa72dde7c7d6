"""The command line: ``python build.py [--root DIR] COMMAND``.

Turns words into options, and a Report into lines and an exit code: 0 published (or nothing wrong), 1 problems, 2 wrong
use, 3 a broken machine. Decides nothing about content.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import errno
import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from sitegen import __version__
from sitegen.terminal import CannotTell, finish_telling, open_streams, remark, tell

CACHE_FOLDER = ".cache"
COMMANDS = ("build", "check", "list", "explain", "serve", "schema")
PROBLEMS, USAGE, BROKEN = 1, 2, 3


class WrongUse(Exception):
    """The command can't be carried out as it was given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    open_streams()
    try:
        code = _answer(words)
        finish_telling()
    except CannotTell as failure:
        return _say(str(failure))
    return code


def _answer(words: list[str]) -> int:
    """Run a command. Raises CannotTell when there was more to say than standard output takes."""
    try:
        return _run(_parser().parse_args(_with_default(words)))
    except SystemExit as asked:  # for help, or the words make no command
        return int(asked.code or 0)
    except WrongUse as wrong:
        remark(str(wrong))
        return USAGE
    except ModuleNotFoundError as missing:
        return _missing_library(missing)
    except OSError as failure:
        return _say(_broken(failure))
    except KeyboardInterrupt:
        remark("Stopped. What was published stays as it was.")
        return 130
    except CannotTell:
        raise
    except Exception as failure:
        from sitegen.machine import BrokenMachine

        if isinstance(failure, BrokenMachine):
            return _say(str(failure))
        raise


def leave(code: int) -> NoReturn:
    """End the process. Taking a large site apart object by object would take longer than some builds."""
    atexit._run_exitfuncs()  # what libraries have to put in order, they do; the rest is left to the system
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _say(message: str) -> int:
    remark(message)
    return BROKEN


def _with_default(words: list[str]) -> list[str]:
    """``build`` is the command when none is named."""
    skip = False
    for position, word in enumerate(words):
        if skip:
            skip = False
        elif word == "--root":
            skip = True
        elif word.startswith("--root=") or word in ("--version", "-h", "--help"):
            continue
        else:
            return words if not word.startswith("-") else [*words[:position], "build", *words[position:]]
    return words if {"--version", "-h", "--help"} & set(words) else [*words, "build"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py", description="Builds the site 'Learning from reviews' and its PDFs."
    )
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="the folder with site_config.yaml")
    parser.add_argument("--version", action="version", version=f"Learning Briefings {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    build = commands.add_parser("build", help="build the site and publish it into the output folder (the default)")
    check = commands.add_parser("check", help="do all of a build but publishing")
    for command in (build, check):
        command.add_argument("--output", type=Path, metavar="DIR", help="where to publish (default: output)")
        command.add_argument("--no-pdf", action="store_true", help="leave the PDFs out; needs no Pango")
        command.add_argument("--jobs", type=int, metavar="N", help="worker processes (default: one for each processor)")
        command.add_argument("--now", metavar="ISO", help="build as if it were this time, e.g. 2026-05-04T09:00")
        command.add_argument(
            "--format", choices=("text", "json", "github"), default="text", help="how to show problems"
        )
        command.add_argument("--strict", action="store_true", help="let warnings stop publishing too")
    listing = commands.add_parser("list", help="list each output of the last build")
    listing.add_argument("--format", choices=("text", "json"), default="text")
    explain = commands.add_parser("explain", help="say what made an output, and why it was or wasn't rendered")
    explain.add_argument("path", metavar="PATH", help="an output file or address, e.g. reviews/17-escalation/")
    serve = commands.add_parser("serve", help="build, show drafts, and build again at each save")
    serve.add_argument("--port", type=int, default=8000, metavar="N", help="port on this machine (default: 8000)")
    serve.add_argument("--no-pdf", action="store_true", help="leave the PDFs out")
    serve.add_argument("--poll", action="store_true", help="look for changes every second (network drives, containers)")
    schema = commands.add_parser("schema", help="write the JSON Schemas of the content model, for editors")
    schema.add_argument("--output", type=Path, default=Path("schemas"), metavar="DIR", help="default: schemas")
    return parser


def _run(options: argparse.Namespace) -> int:
    root: Path = options.root
    if not root.is_dir():
        raise WrongUse(f"There is no folder '{root}'.")
    if options.command in ("build", "check"):
        return _build(options)
    if options.command == "list":
        return _list(root, options.format)
    if options.command == "explain":
        return _explain(root, options.path)
    if options.command == "schema":
        from sitegen.schema import write_schemas

        tell("\n".join(str(path) for path in write_schemas(options.output)))
        return 0
    from sitegen.dev_server import serve

    if not 0 <= options.port < 65536:
        raise WrongUse(f"There is no port {options.port}; choose one from 1024 to 65535.")
    try:
        return serve(root, root / CACHE_FOLDER, options.port, pdf=not options.no_pdf, poll=options.poll)
    except OSError as failure:
        if failure.errno != errno.EADDRINUSE:
            raise
        raise WrongUse(f"Port {options.port} is in use; choose another with --port.") from None


def _build(options: argparse.Namespace) -> int:
    from sitegen import pipeline
    from sitegen.machine import processors

    started = time.perf_counter()
    gc.disable()  # one build makes little rubbish that needs collecting, and the collector looks at all the rest
    root: Path = options.root
    output = options.output or root / "output"
    _refuse_nesting(root, output)
    if options.jobs is not None and options.jobs < 1:
        raise WrongUse("--jobs needs a number from 1.")
    bar = _Bar()
    try:
        report = pipeline.build(
            pipeline.Options(
                root=root,
                output=output,
                cache=root / CACHE_FOLDER,
                now=_now(options.now),
                pdf=not options.no_pdf,
                jobs=options.jobs or processors(),
                strict=options.strict,
                publish=options.command == "build",
            ),
            remark,
            bar.update,
        )
    finally:
        gc.enable()
        bar.stop()
    _show(report, options.format)
    seconds = time.perf_counter() - started
    if options.command == "build":
        try:
            _write_report(root / CACHE_FOLDER, report, seconds)
        except OSError as failure:  # what is published is published
            remark(f"The build report could not be written: {failure.strerror or failure}.")
    if options.format == "text":
        tell(_last_line(report, options.command, seconds))
    return 0 if report.outputs else PROBLEMS


def _now(text: str | None) -> datetime:
    from sitegen.moment import current, from_iso, zone_named

    if text is None:
        return current()

    try:
        return from_iso(text, zone_named("Europe/London") or UTC)
    except (ValueError, OverflowError):
        raise WrongUse(f"'{text}' is not a time; write it as 2026-05-04 or 2026-05-04T09:00.") from None


def _refuse_nesting(root: Path, output: Path) -> None:
    """The output folder is replaced whole, so it must not be or hold anything else."""
    place, home = output.resolve(), root.resolve()
    kept = [home / name for name in ("content", "briefings", "templates", "sitegen", "tests", CACHE_FOLDER, ".git")]
    if home.is_relative_to(place) or any(place.is_relative_to(folder) for folder in kept):
        raise WrongUse(f"'{output}' can't be the output folder: publishing replaces it whole. Name another folder.")


def _show(report: Any, form: str) -> None:
    from sitegen import problems

    if form == "json":
        tell(problems.as_json(report.problems))
    elif report.problems and form == "github":
        tell(problems.as_github(report.problems))
    elif report.problems:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        tell(problems.as_text(report.problems, report.source_line, colour) + "\n")


def _last_line(report: Any, command: str, seconds: float) -> str:
    from sitegen.problems import count_line

    if not report.outputs:
        kept = " Nothing was published; the site stays as it was." if command == "build" else ""
        return f"{count_line(report.problems)[:1].upper()}{count_line(report.problems)[1:]}.{kept}"
    warnings = f", {count_line(report.problems)}" if report.problems else ""
    verb = "published" if command == "build" else "checked"
    return (
        f"{report.outputs:,} outputs {verb}: {report.rendered:,} rendered, {report.reused:,} reused, "
        f"in {seconds:.2f} s{warnings}."
    )


def _write_report(cache: Path, report: Any, seconds: float) -> None:
    from sitegen.store import write_whole

    value = {
        "published": report.published,
        "outputs": report.outputs,
        "rendered": report.rendered,
        "reused": report.reused,
        "seconds": round(seconds, 3),
        "problems": [problem._asdict() for problem in report.problems],
    }
    write_whole(cache / "build-report.json", json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n")


def _last_outputs(root: Path) -> tuple[dict[str, Any], bool]:
    from sitegen.history import LastBuild
    from sitegen.pipeline import RUN_FILE
    from sitegen.store import read_note

    last = LastBuild(root / CACHE_FOLDER)
    if not last:
        raise WrongUse("There is no record of a build here. Run 'python build.py build' first.")
    return last.outputs, bool(read_note(root / CACHE_FOLDER / RUN_FILE).get("unchanged"))


def _list(root: Path, form: str) -> int:
    outputs, _ = _last_outputs(root)
    rows = [
        {"path": file, "kind": o["kind"], "sources": o["sources"], "key": o["key"], "bytes": o["bytes"]}
        for file, o in sorted(outputs.items())
    ]
    if form == "json":
        tell(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        tell("\n".join(f"{row['bytes']:>10,}  {row['kind']:<10}  {row['path']}" for row in rows))
    return 0


def _explain(root: Path, wanted: str) -> int:
    from sitegen.addresses import file_of
    from sitegen.history import UNCHANGED

    outputs, unchanged = _last_outputs(root)
    name = wanted.removeprefix("./").removeprefix("output/").lstrip("/")
    file = next((f for f in (name, file_of(name), file_of(f"{name}/")) if f in outputs), None)
    if file is None:
        import difflib

        near = difflib.get_close_matches(name, outputs, 1, 0.4)
        raise WrongUse(f"The last build made no '{wanted}'." + (f" Did you mean '{near[0]}'?" if near else ""))
    output = outputs[file]
    how = {
        "copy": "copied from",
        "style": "made smaller from",
        "attachment": "looked through and cleaned",
        "json": "made as JSON",
        "csv": "made as CSV",
    }.get(output["kind"])
    template = f"templates/{output['template']}" if output["kind"] not in ("json", "csv", "attachment") else ""
    lines = [
        f"{file} ({output['bytes']:,} bytes)",
        f"  {how or 'made with the template'} {template}".rstrip(),
        "  from " + (", ".join(output["sources"][:20]) or "no content"),
    ]
    if len(output["sources"]) > 20:
        lines.append(f"  and {len(output['sources']) - 20} more sources")
    tell("\n".join([*lines, f"  {UNCHANGED if unchanged else output['reason']}"]))
    return 0


class _Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    def update(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` of something are made."""
        if not self._shown or total < 50:
            return
        if self._progress is None:
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done)

    def stop(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()


def _missing_library(missing: ModuleNotFoundError) -> int:
    if (missing.name or "").startswith("sitegen"):
        raise missing
    return _say(
        f"The Python library '{missing.name}' is not installed for this Python.\n"
        "Set everything up with: make site\n"
        "Afterwards use the project's own Python: .venv/bin/python build.py (Windows: .venv\\Scripts\\python build.py)."
    )


def _broken(failure: OSError) -> str:
    where = f" ({failure.filename})" if failure.filename else ""
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        what = f"The disk is full{where}. Make room, then build again."
    elif failure.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what = f"This may not be read or written{where}. Change its permissions, or name another folder with --output."
    elif failure.errno == errno.ENAMETOOLONG:
        what = (
            f"A name is too long for the file system{where}. Shorten it, or publish into a folder with a shorter path."
        )
    elif failure.errno in (errno.EBUSY, errno.EXDEV):
        what = f"This is a mounted folder, which can't be exchanged{where}. Name a folder within it with --output."
    else:
        what = f"The machine failed: {failure.strerror or failure}{where}."
    return f"{what}\nNothing was published; the site stays as it was."
