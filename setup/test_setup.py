"""The set-up on machines of every sort: each is a folder of stand-ins for the programs that it has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from sitegen import machine

SETUP = Path(__file__).resolve().parent
PROJECT = SETUP.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
REAL = ("sh", "env", "grep", "cat", "cp", "cmp", "mkdir", "dirname", "true", "rm", "chmod")

# A Python that can be old, lack a module, or fail to load a library; it makes environments that hold itself.
PYTHON = """\
case "$*" in
*"version_info <"*) [ "$(cat "$BOX/version" 2>/dev/null || echo 11)" -ge 11 ] ;;
*ensurepip*) [ ! -e "$BOX/no-ensurepip" ] ;;
*sys.prefix*) echo "3 $(cat "$BOX/version" 2>/dev/null || echo 11) $PWD" ;;
*version_info*) echo 3.11 ;;
"-m venv"*) echo venv >>"$BOX/log"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python" ;;
"-m pip install"*) echo "pip $*" >>"$BOX/log"; [ ! -e "$BOX/offline" ] ;;
*CDLL*) for word; do :; done; ! grep -qs "$word" "$BOX/missing" ;;
--version) echo "Python 3.$(cat "$BOX/version" 2>/dev/null || echo 11).0" ;;
esac
"""
APT_GET = """\
echo "apt-get $*" >>"$BOX/log"
case "$*" in
*update*) ;;
*) if [ -e "$BOX/apt-fails" ]; then echo "E: no such package"; exit 100; fi
    [ ! -e "$ROOT/usr/sbin/policy-rc.d" ] || echo held >>"$BOX/log"
    echo >"$BOX/missing"
    cp "$BOX"/archive/* "$BOX/bin" 2>/dev/null || true ;;
esac
"""


# A Node of a version, and an npm that makes the folder anew, as "npm ci" does.
NODE = """\
case "$*" in
*version*) version=$(cat "$BOX/node-version" 2>/dev/null || echo 18)
    case "$*" in -e*) [ "$version" -ge 18 ] ;; *) echo "v$version.20.4" ;; esac ;;
esac
"""
NPM = """\
echo "npm $*" >>"$BOX/log"
[ ! -e "$BOX/offline" ] || exit 1
rm -rf node_modules
mkdir node_modules
"""
# A Java with its compiler, as a development kit has it.
JAVA = "echo java.base@17.0.15; echo jdk.compiler@17.0.15\n"
BROTLI = "usr/lib/nginx/modules/ngx_http_brotli_static_module.so"
JAXB = "usr/share/java/jaxb-runtime.jar"
FONTS = {
    "fonts-liberation": "usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "fonts-dejavu-core": "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
}


class Machine:
    """A machine with only the programs that it was given; ``log`` holds what was asked of some of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for place in ("usr/sbin", "usr/lib/nginx/modules", "usr/share/java", "etc"):
            (folder / "root" / place).mkdir(parents=True)
        self.project = folder / "a project"
        (self.project / "tests" / "lighthouse").mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            (self.project / "tests" / "lighthouse" / name).write_text("{}\n")
        shutil.copytree(SETUP, self.project / "setup", ignore=shutil.ignore_patterns("__pycache__"))
        for lock in LOCKS:
            (self.project / lock).write_text(f"# {lock}\n")
        for name in REAL:
            (self.bin / name).symlink_to(str(shutil.which(name)))

    def has(self, name: str, script: str = "") -> Machine:
        program = self.bin / name
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/sh\n{script}")
        program.chmod(0o755)
        return self

    def note(self, name: str, text: str = "") -> Machine:
        (self.folder / name).write_text(text)
        return self

    def has_file(self, path: str) -> Machine:
        """A file below the root folder that the set-up looks into."""
        file = self.folder / "root" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        return self

    def lacks_libraries(self, *names: str) -> Machine:
        return self.note("missing", "".join(f"{name}\n" for name in names))

    @property
    def log(self) -> list[str]:
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / "sh", self.project / "setup" / script, *words],
            env={"PATH": str(self.bin), "BOX": str(self.folder), "ROOT": str(self.folder / "root")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def packages(self, group: str) -> subprocess.CompletedProcess[str]:
        return self.run("system-packages.sh", group, "python3")

    def python(self, lock: str = LOCKS[0]) -> subprocess.CompletedProcess[str]:
        return self.run("python.sh", lock)


@pytest.fixture
def debian(tmp_path: Path) -> Machine:
    """A Debian machine with everything, used by somebody who may not install."""
    made = Machine(tmp_path).has("python3", PYTHON).has("uname", "echo Linux").has("id", "echo 1000")
    made.has("apt-get", APT_GET).has("apt-cache")
    browsers = ("chromium", "chromium-headless-shell")
    for name in (*browsers, "pdftotext", "pdfinfo", "pdffonts", "pdftoppm", "npm", "nginx", "apache2"):
        made.has(name)
    made.has("java", JAVA).has("node", NODE)
    for file in FONTS.values():
        made.has_file(file)
    return made.has_file(BROTLI).has_file(JAXB).has_file("etc/mime.types")


PANGO = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


@pytest.mark.parametrize("group", ["pdf", "test"])
def test_a_machine_with_everything_is_left_alone(debian: Machine, group: str) -> None:
    result = debian.has("id", "echo 0").packages(group)
    assert (result.returncode, result.stdout, result.stderr, debian.log) == (0, "", "", [])


def test_root_gets_what_is_missing(debian: Machine) -> None:
    result = debian.lacks_libraries(*PANGO).has("id", "echo 0").packages("pdf")
    assert result.returncode == 0, result.stderr
    assert debian.log[0].endswith(" update")
    assert debian.log[1].endswith(f" {machine.PDF_PACKAGES}")


def test_sudo_is_used_when_it_asks_no_password(debian: Machine) -> None:
    result = debian.lacks_libraries(*PANGO).has("sudo", 'echo sudo >>"$BOX/log"; shift; exec "$@"').packages("pdf")
    assert result.returncode == 0, result.stderr
    assert "sudo" in debian.log


@pytest.mark.parametrize("sudo", [None, "exit 1"])
def test_without_permission_the_line_to_type_is_printed(debian: Machine, sudo: str | None) -> None:
    debian.lacks_libraries(*PANGO)
    if sudo:
        debian.has("sudo", sudo)
    result = debian.packages("pdf")
    assert result.returncode == 1
    assert f"    sudo apt-get install {machine.PDF_PACKAGES}\n" in result.stderr
    assert "make site PDF=no" in result.stderr
    assert debian.log == []


def test_the_subsetter_alone_is_advice(debian: Machine) -> None:
    result = debian.lacks_libraries(PANGO[2]).packages("pdf")
    assert result.returncode == 0
    assert "sudo apt-get install libharfbuzz-subset0" in result.stderr


def test_a_release_without_the_subsetters_package_gets_the_rest(debian: Machine) -> None:
    debian.lacks_libraries(*PANGO).has("id", "echo 0").has("apt-cache", "exit 100")
    assert debian.packages("pdf").returncode == 0
    assert debian.log[1].endswith(" libpango-1.0-0 libpangoft2-1.0-0")


def test_when_apt_get_fails_its_reason_and_the_line_are_shown(debian: Machine) -> None:
    result = debian.lacks_libraries(*PANGO).has("id", "echo 0").note("apt-fails").packages("pdf")
    assert result.returncode == 1
    assert "E: no such package" in result.stderr
    assert "make site PDF=no" in result.stderr


@pytest.mark.parametrize("browser", ["chromium-browser", "google-chrome"])
def test_any_chromium_will_do(debian: Machine, browser: str) -> None:
    (debian.bin / "chromium").unlink()
    assert debian.packages("test").returncode == 1
    assert debian.has(browser).packages("test").returncode == 0


@pytest.mark.parametrize(
    ("program", "packages"),
    [
        ("node", "nodejs npm"),
        ("npm", "nodejs npm"),
        ("nginx", "nginx libnginx-mod-http-brotli-static"),
        ("apache2", "apache2-bin"),
    ],
)
def test_a_program_of_the_tests_is_named_with_its_packages(debian: Machine, program: str, packages: str) -> None:
    (debian.bin / program).unlink()
    result = debian.packages("test")
    assert result.returncode == 1
    assert f"sudo apt-get install {packages}\n" in result.stderr


@pytest.mark.parametrize("java", ["exit 1", "echo java.base@17.0.15"])
def test_a_java_that_can_t_compile_is_not_enough(debian: Machine, java: str) -> None:
    result = debian.has("java", java).packages("test")
    assert result.returncode == 1
    assert "sudo apt-get install default-jdk-headless\n" in result.stderr


def test_the_reader_of_the_validator_s_rules_is_named_with_its_package(debian: Machine) -> None:
    (debian.folder / "root" / JAXB).unlink()
    result = debian.packages("test")
    assert result.returncode == 1
    assert "sudo apt-get install libjaxb-java\n" in result.stderr


@pytest.mark.parametrize("package", FONTS)
def test_a_font_of_the_tests_is_named_with_its_package(debian: Machine, package: str) -> None:
    (debian.folder / "root" / FONTS[package]).unlink()
    result = debian.packages("test")
    assert result.returncode == 1
    assert f"sudo apt-get install {package}\n" in result.stderr


def test_a_font_is_also_found_where_other_distributions_put_it(debian: Machine) -> None:
    (debian.folder / "root" / FONTS["fonts-dejavu-core"]).unlink()
    debian.has_file("usr/share/fonts/TTF/DejaVuSans.ttf")
    assert debian.packages("test").returncode == 0


def test_web_servers_are_also_found_where_only_root_looks(debian: Machine) -> None:
    for name in ("nginx", "apache2"):
        (debian.bin / name).rename(debian.folder / "root/usr/sbin" / name)
    assert debian.packages("test").returncode == 0


def test_nginx_is_installed_and_never_started(debian: Machine) -> None:
    (debian.folder / "root" / BROTLI).unlink()
    debian.has("id", "echo 0").has("update-rc.d", 'echo "update-rc.d $*" >>"$BOX/log"')
    debian.packages("test")
    assert debian.log[1:] == [debian.log[1], "held", "update-rc.d nginx disable"]
    assert debian.log[1].endswith(" nginx libnginx-mod-http-brotli-static")
    assert not (debian.folder / "root/usr/sbin/policy-rc.d").exists()


def test_a_machine_s_own_policy_for_services_stays(debian: Machine) -> None:
    (debian.folder / "root" / BROTLI).unlink()
    debian.has("id", "echo 0").has_file("usr/sbin/policy-rc.d").packages("test")
    assert (debian.folder / "root/usr/sbin/policy-rc.d").read_text() == ""


def test_other_packages_leave_services_alone(debian: Machine) -> None:
    debian.has("java", "exit 1").has("id", "echo 0").has("update-rc.d", 'echo "update-rc.d $*" >>"$BOX/log"')
    debian.packages("test")
    assert len(debian.log) == 2


def test_other_systems_are_not_asked_for_debians_web_servers(debian: Machine) -> None:
    (debian.bin / "nginx").unlink()
    assert debian.has("uname", "echo Darwin").packages("test").returncode == 0


def test_lighthouse_is_installed_once_and_again_when_its_lock_changes(debian: Machine) -> None:
    debian.has("npm", NPM)
    assert debian.run("lighthouse.sh").returncode == 0
    assert debian.log == ["npm ci --ignore-scripts --no-audit --no-fund --loglevel=error"]
    assert debian.run("lighthouse.sh").stderr == ""
    assert len(debian.log) == 1
    (debian.project / "tests/lighthouse/package-lock.json").write_text("{ }\n")
    assert debian.run("lighthouse.sh").returncode == 0
    assert len(debian.log) == 2


def test_without_the_registry_the_way_on_is_said_and_it_is_tried_again(debian: Machine) -> None:
    result = debian.has("npm", NPM).note("offline").run("lighthouse.sh")
    assert result.returncode == 1
    assert "check the connection" in result.stderr
    assert "make test LIGHTHOUSE=no" in result.stderr
    (debian.folder / "offline").unlink()
    assert debian.run("lighthouse.sh").returncode == 0


def test_an_old_node_is_named(debian: Machine) -> None:
    result = debian.has("npm", NPM).note("node-version", "12").run("lighthouse.sh")
    assert result.returncode == 1
    assert "this machine has v12.20.4" in result.stderr
    assert debian.log == []


def test_the_lock_of_lighthouse_has_hashes_and_names_no_registry() -> None:
    text = (PROJECT / "tests/lighthouse/package-lock.json").read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages["node_modules/lighthouse"]["version"] == "12.8.2"
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert '"resolved"' not in text
    assert '"latest"' not in text


def test_what_the_tests_need_is_named(debian: Machine) -> None:
    debian.has("java", "exit 1").lacks_libraries("libatomic.so.1")
    (debian.bin / "pdffonts").unlink()
    result = debian.packages("test")
    assert result.returncode == 1
    assert "sudo apt-get install libatomic1 poppler-utils default-jdk-headless\n" in result.stderr


@pytest.mark.parametrize(
    ("system", "line"),
    [("Darwin", "brew install pango"), ("MINGW64_NT-10.0", "winget install MSYS2.MSYS2"), ("Linux", "manager of this")],
)
def test_other_systems_get_their_own_line(debian: Machine, system: str, line: str) -> None:
    (debian.bin / "apt-get").unlink()
    debian.has("uname", f"echo {system}").has("python3", "exit 1")
    result = debian.packages("pdf")
    assert result.returncode == 1
    assert line in result.stderr
    assert "apt-get" not in result.stderr


def test_an_environment_is_made_once_and_filled_when_its_lock_changes(debian: Machine) -> None:
    assert debian.python().returncode == 0
    assert [line.split()[0] for line in debian.log] == ["venv", "pip"]
    assert "--require-hashes -r requirements.txt" in debian.log[1]
    assert debian.python().stderr == ""
    assert len(debian.log) == 2
    (debian.project / LOCKS[0]).write_text("# newer\n")
    assert debian.python().returncode == 0
    assert len(debian.log) == 3


def test_the_development_lock_serves_the_site_too(debian: Machine) -> None:
    assert debian.python(LOCKS[1]).returncode == 0
    assert debian.python(LOCKS[0]).stderr == ""


def test_an_environment_that_was_left_half_made_is_made_again(debian: Machine) -> None:
    (debian.project / ".venv" / "bin").mkdir(parents=True)
    result = debian.python()
    assert result.returncode == 0
    assert "again" in result.stderr


def test_an_environment_of_another_python_is_made_again(debian: Machine) -> None:
    debian.python()
    debian.note("version", "13")
    assert "again" in debian.python().stderr
    assert debian.log.count("venv") == 2
    assert debian.python().stderr == ""


def test_a_moved_environment_is_made_again(debian: Machine) -> None:
    debian.python()
    debian.project = debian.project.rename(debian.folder / "elsewhere")
    assert "again" in debian.python().stderr


def test_a_failed_installation_is_tried_again_next_time(debian: Machine) -> None:
    result = debian.note("offline").python()
    assert result.returncode == 1
    assert "Check the connection" in result.stderr
    (debian.folder / "offline").unlink()
    assert debian.python().returncode == 0
    assert debian.log.count("venv") == 1


def test_an_old_python_is_named_with_the_ways_to_a_newer_one(debian: Machine) -> None:
    result = debian.note("version", "9").python()
    assert result.returncode == 1
    assert "this machine has Python 3.9.0" in result.stderr
    assert not (debian.project / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_found(debian: Machine) -> None:
    debian.has("python3", "exit 1").has("python3.13", "exit 127").has("python3.12", PYTHON)
    assert debian.python().returncode == 0


def test_a_machine_without_python_gets_debians(debian: Machine) -> None:
    archive = debian.folder / "archive"
    archive.mkdir()
    (debian.bin / "python3").rename(archive / "python3")
    result = debian.has("id", "echo 0").python()
    assert result.returncode == 0, result.stderr
    assert debian.log[1].endswith(" python3 python3-venv")


def test_the_module_for_environments_is_named_for_the_version(debian: Machine) -> None:
    result = debian.note("no-ensurepip").python()
    assert result.returncode == 1
    assert "sudo apt-get install python3.11-venv" in result.stderr


def _pins(lock: str) -> dict[str, str]:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def _names(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[><=;\[ ]", text, maxsplit=1)[0] for text in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_names_no_registry(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert not re.search(r"//|file:|^-|index|@", text, re.MULTILINE)
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_locks_agree_and_hold_all_that_is_asked_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    runtime, development = map(_pins, LOCKS)
    assert runtime.items() <= development.items()
    assert _names(project["project"]["dependencies"]) <= runtime.keys()
    assert _names(text for group in groups for text in group if isinstance(text, str)) <= development.keys()
