"""The engine: review findings in YAML and Markdown become a website and PDF briefings.

``pipeline`` tells the whole story; ``ARCHITECTURE.md`` lists the modules and which may import which.
"""

__version__ = "0.1.0"
