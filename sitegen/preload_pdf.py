"""Loads the PDF library into the process from which workers are copied.

Where the library's own libraries are missing this does nothing: the first PDF says what to install.
"""

import contextlib

with contextlib.suppress(OSError):
    import weasyprint

    LIBRARY = weasyprint.__version__
