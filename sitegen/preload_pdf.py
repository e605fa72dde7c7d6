"""Loads the PDF library into the process from which workers are copied.

Where the library's own libraries are missing this does nothing: the first PDF says what to install.
"""

import contextlib

from sitegen.machine import BrokenMachine
from sitegen.render_pdf import load_library

with contextlib.suppress(BrokenMachine):
    load_library()
    from sitegen.pdf_tags import write_tagged

    WRITER = write_tagged
