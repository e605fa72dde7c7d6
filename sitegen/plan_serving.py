"""Plan what serves the website: the service worker, configurations of web servers, and compressed copies.

Planned last, since all of it speaks of the other outputs: which there are, and of which version.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sitegen import addresses
from sitegen.artifacts import Artifact, Output
from sitegen.connect import Site
from sitegen.plan import Plan
from sitegen.sources import CONFIG_FILE
from sitegen.templates import Templates
from sitegen.views import serving
from sitegen.views.common import View

COMPRESSED_ENDINGS = (".html", ".css", ".js", ".json", ".csv", ".xml", ".svg", ".txt", ".webmanifest")
SMALLEST_COMPRESSED = 1000
"""Bytes; below that an answer fits into one packet either way."""
LONGEST_NAME = 255
"""Bytes in a name; file systems have no longer ones."""
_NOT_FOR_READERS = (addresses.DEPLOY, addresses.STATIC_HEADERS, addresses.STATIC_REDIRECTS)


class ServingPlan(Plan):
    """``sw.js``, ``deploy/``, ``_headers`` and ``_redirects``.

    ``outputs`` are all others; ``inline`` has the hashes of inline ``script`` and ``style`` in the pages, by kind.
    """

    def __init__(
        self,
        site: Site,
        templates: Templates,
        code: str,
        shared: View,
        outputs: Sequence[Output],
        inline: Mapping[str, Iterable[str]],
    ) -> None:
        super().__init__(templates, code, shared)
        self.site = site
        self._outputs = outputs
        self._inline = inline

    def artifacts(self) -> Iterator[Artifact]:
        """The service worker, which takes itself away where keeping pages is turned off; then the servers' files."""
        keep = self.site.config.site.offline and not self.shared["preview"]
        keys = {output.file: output.key for output in self._outputs}
        worker = {"keep": keep, "worker": serving.worker_view(self.site, keys) if keep else None}
        yield self.artifact(addresses.SERVICE_WORKER, "text", "sw.js", worker, [CONFIG_FILE])
        server = serving.server_view(self.site, keys, self._inline)
        for file, template in (
            (addresses.NGINX, "deploy/nginx.conf"),
            (addresses.APACHE, "deploy/apache.conf"),
            (addresses.STATIC_HEADERS, "deploy/headers.txt"),
            (addresses.STATIC_REDIRECTS, "deploy/redirects.txt"),
        ):
            yield self.artifact(file, "text", template, {"server": server}, [CONFIG_FILE])


class CompressedPlan(Plan):
    """Beside each file that compression makes smaller its ``.br`` and ``.gz``.

    Their keys are those of the files with the strength, so that an edit compresses again what it changed and no more.
    """

    def __init__(self, templates: Templates, code: str, outputs: Sequence[Output], sizes: Mapping[str, int]) -> None:
        """``sizes`` are bytes by key."""
        super().__init__(templates, code, {})
        self._outputs = outputs
        self._sizes = sizes

    def artifacts(self) -> Iterator[Artifact]:
        """Two for each file, in the order of the files."""
        taken = {output.file for output in self._outputs}
        for output in self._outputs:
            file = output.file
            if not file.endswith(COMPRESSED_ENDINGS) or file.startswith(_NOT_FOR_READERS):
                continue
            if len(os.path.basename(file).encode()) + len(".br") > LONGEST_NAME:
                continue
            if self._sizes[output.key] < SMALLEST_COMPRESSED or f"{file}.br" in taken or f"{file}.gz" in taken:
                continue
            best = file.startswith((addresses.ASSETS, addresses.PAGEFIND))
            context: dict[str, Any] = {"of": output.key, "best": best}
            yield self.artifact(f"{file}.br", "brotli", output.template, context, output.sources)
            yield self.artifact(f"{file}.gz", "gzip", output.template, context, output.sources)
