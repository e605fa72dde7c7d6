"""Compiled templates kept between processes and builds, each under the digest of its bytes.

Compiling takes longer than rendering. A damaged file is a miss: Python must never load code that isn't what we wrote.
"""

from __future__ import annotations

import contextlib
import hashlib
import os

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class VerifiedBytecode(BytecodeCache):
    """Files in ``folder`` named by template and source; anything that can't be read or written is done without."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def _path(self, bucket: Bucket) -> str:
        return os.path.join(self.folder, f"{bucket.key}-{bucket.checksum}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket when a whole file is there."""
        try:
            with open(self._path(bucket), "rb") as file:
                digest, data = file.read(32), file.read()
        except OSError:
            return
        if hashlib.sha256(data).digest() == digest:
            with contextlib.suppress(Exception):
                bucket.bytecode_from_string(data)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the file whole or not at all."""
        data = bucket.bytecode_to_string()
        path = self._path(bucket)
        temporary = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            os.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
