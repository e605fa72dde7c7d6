"""Compress an output with brotli or gzip: a pure function of its bytes.

Assets hardly ever change, so they are compressed as well as can be; pages with the strength from which on more effort
saves next to nothing.
"""

from __future__ import annotations

import gzip

import brotli

_BROTLI_FOR_PAGES = 5
_BROTLI_BEST = 11
_GZIP = 9


def compress(form: str, data: bytes, best: bool) -> bytes:
    """``form`` is ``brotli`` or ``gzip``. Neither carries a name or a time."""
    if form == "brotli":
        return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_BEST if best else _BROTLI_FOR_PAGES))
    return gzip.compress(data, _GZIP, mtime=0)
