"""Debian's nginx and Apache, run with the configurations that come with a site."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

NEEDED = "These tests need nginx, its brotli module and Apache: sh setup/system-packages.sh test python"
MODULES = Path("/usr/lib/apache2/modules")


class Answer(NamedTuple):
    """What a server answered, its ``body`` as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers["content-type"].lower()

    @property
    def leads_to(self) -> str:
        """The path of a redirect, whether it was given with the host or without."""
        return urlsplit(self.headers["location"]).path


class Host:
    """A site at ``base`` on a web server of this machine."""

    def __init__(self, port: int, base: str, output: Path, server: str, compress: bool) -> None:
        self.port = port
        self.base = base
        self.output = output
        self.server = server
        self.compress = compress
        self.origin = f"http://127.0.0.1:{port}"

    def get(self, path: str, absolute: bool = False, **headers: str) -> Answer:
        """GET a path of the site. Keywords are headers, ``accept_encoding`` for one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.putrequest("GET", path if absolute else self.base + path, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextlib.contextmanager
def _own_port() -> Iterator[int]:
    """A port that is bound here until the end, so that nobody else is given it; a server of ours may listen on it."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # servers set it too, so both may have the port
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], errors: Path) -> None:
    """Until a server answers on a port; fails when it ends before, or not within a minute."""
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, errors.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, f"nobody listens on port {port} after a minute"
            time.sleep(0.05)


def _nginx(folder: Path, port: int, base: str, compress: bool) -> list[str]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    module = next(Path("/usr/lib/nginx/modules").glob("*brotli_static*.so"), None)
    assert Path(program).exists(), NEEDED
    assert module, NEEDED
    temporary = "".join(
        f"  {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    static = "    brotli_static on;\n" if compress else ""
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.getuid() == 0 else ''}\n"
        f"load_module {module};\n"
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/errors;\n"
        "events { }\n"
        f"http {{\n{temporary}  access_log off;\n"
        f"  server {{\n    listen 127.0.0.1:{port};\n    root {folder}/www;\n{static}"
        f"    include {folder}/www{base}deploy/nginx.conf;\n  }}\n}}\n",
        encoding="utf-8",
    )
    return [program, "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]


def _apache(folder: Path, port: int, base: str, htaccess: bool) -> list[str]:
    program = shutil.which("apache2") or "/usr/sbin/apache2"
    assert Path(program).exists(), NEEDED
    names = "mpm_event authz_core dir mime headers rewrite filter deflate alias".split()
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in names)
    who = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
    site = folder / "www" / base.strip("/")
    inner = "AllowOverride All" if htaccess else f'Include "{site}/deploy/apache.conf"'
    if htaccess:
        shutil.copy(site / "deploy" / "apache.conf", site / ".htaccess")
    (folder / "apache.conf").write_text(
        f"{modules}{who}ServerRoot {folder}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"ErrorLog {folder}/errors\nTypesConfig /etc/mime.types\n"
        f'DocumentRoot "{folder}/www"\n<Directory "{site}">\n  Require all granted\n  {inner}\n</Directory>\n',
        encoding="utf-8",
    )
    return [program, "-X", "-f", f"{folder}/apache.conf"]


@contextlib.contextmanager
def serving(server: str, base: str, output: Path, *, compress: bool = False, htaccess: bool = False) -> Iterator[Host]:
    """A site below ``base`` on a real server. ``htaccess``: Apache reads its configuration from a file in the site."""
    with _own_port() as port:
        yield from _serving(server, port, base, output, compress, htaccess)


def _serving(server: str, port: int, base: str, output: Path, compress: bool, htaccess: bool) -> Iterator[Host]:
    folder = Path(tempfile.mkdtemp(prefix="served-"))  # not below pytest's folder, which the server may not enter
    folder.chmod(0o755)
    process = None
    try:
        shutil.copytree(output, folder / "www" / base.strip("/"))
        command = _nginx(folder, port, base, compress) if server == "nginx" else _apache(folder, port, base, htaccess)
        test = subprocess.run([*[w for w in command if w != "-X"], "-t"], capture_output=True, text=True, check=False)
        assert test.returncode == 0, test.stderr
        assert "[warn]" not in test.stderr
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(port, process, folder / "errors")
        yield Host(port, base, output, server, compress)
    finally:
        if process:
            process.terminate()
            process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)
