"""The benchmark: our build against Hugo, Pelican and MkDocs on the same text, and our PDFs against Chromium's.

Run it as ``python -m bench`` from the project's folder. It measures whole processes from outside and is no part of the
program: nothing in ``sitegen`` imports it.
"""
