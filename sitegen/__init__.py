"""The engine: review findings in YAML and Markdown become a website and PDF briefings.

``pipeline`` tells the whole story; ``ARCHITECTURE.md`` lists the modules and which may import which.
"""

import os
import sys

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nothing that is installed beside us changes our models

if sys.version_info < (3, 11):
    raise SystemExit(
        "Python 3.11 or newer is needed; this is %d.%d. Set everything up with: make site" % sys.version_info[:2]
    )

__version__ = "0.1.0"
