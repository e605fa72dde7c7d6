"""``python -m bench``: run the cases and print each figure with its target.

Work folders lie in a temporary folder and are deleted. The exit code is 0 whatever the figures are, and 1 with
``--strict`` when one is over its target.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.cases import Bench
from bench.figures import Figure, as_data, table
from bench.on_paper import OnPaper
from bench.projects import BuildFailed
from bench.rivals import versions

PROGRAM = Path(__file__).resolve().parent.parent
QUICK_REVIEWS = 200
QUICK = f"{QUICK_REVIEWS} reviews, 3 runs, only Hugo: a smoke test, since the targets are for 1,000 reviews"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark. Returns the exit code."""
    options = _parser().parse_args(arguments)
    count = options.reviews or (QUICK_REVIEWS if options.quick else 1000)
    runs = options.runs or (3 if options.quick else 5)
    figures: list[Figure] = []

    def show(figure: Figure) -> None:
        figures.append(figure)
        _say("   " + "  ".join(figure.row()))

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), PROGRAM, count, runs, _say, show)
        machine = f"{versions()}, Python {platform.python_version()}, {os.cpu_count()} processors, load {_load():.1f}"
        title = f"{count:,} reviews. {machine}.\nSeconds: median (least–most)."
        _say(title)
        try:
            _cases(bench, OnPaper(bench.place, bench.ours, bench.reviews, runs, _say, show), options)
        except BuildFailed as failed:
            _say(str(failed))
            return 2
    print(f"\n{title}\n\n{table(figures)}")
    if options.json:
        value = {"reviews": count, "runs": runs, "machine": machine, "figures": as_data(figures)}
        options.json.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 1 if options.strict and not all(figure.passes for figure in figures) else 0


def _cases(bench: Bench, paper: OnPaper, options: argparse.Namespace) -> None:
    bench.cold()
    bench.with_search()
    bench.unchanged()
    bench.edited()
    bench.search()
    bench.memory(pdf=False)
    if not options.quick:
        bench.cold_slower_rivals()
    if not options.skip_pdf:
        bench.memory(pdf=True)  # makes the PDFs that the next cases need
        bench.edited_with_pdfs()
        paper.rendered_again()
        if not options.quick:
            paper.one_document()
            paper.long_document()
            paper.whole_build()
            paper.flat_memory()
    if options.large:
        bench.tenfold()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Our build against those of others, on the same text."
    )
    parser.add_argument("--reviews", type=int, metavar="N", help="size of the corpus (default: 1000)")
    parser.add_argument(
        "--runs", type=int, metavar="N", help="timed runs of each build, after one warm-up (default: 5)"
    )
    parser.add_argument("--quick", action="store_true", help=QUICK)
    parser.add_argument("--large", action="store_true", help="also build ten times as many reviews")
    parser.add_argument("--skip-pdf", action="store_true", help="leave out all that makes PDFs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a figure is over its target")
    return parser


def _load() -> float:
    """How many processes wanted to run in the last minute; the figures of a busy machine are noisy."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
