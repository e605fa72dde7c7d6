"""The folder of templates: which template uses which, and what is copied as it stands.

Works on the bytes that ``sources`` read. It does not render; what a template includes is found by its tags alone, so
that a build in which nothing changed never loads the template engine.

Layout: ``pages/`` (website), ``print/`` (PDFs; its ``.css`` files apply to all of them), ``assets/`` (copied to
``/assets/`` under a name that tells their version; a name that ends in ``.j2`` is a template).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from sitegen.problems import Place, Problem, error

ASSETS_FOLDER = "assets/"
PRINT_FOLDER = "print/"
PAGES_FOLDER = "pages/"
WORDS_TEMPLATE = "layout/words.html"
"""Has the macros ``word`` and ``words``, with which the renderer marks terms of the glossary; without it none is."""

_USES = re.compile(r"{%-?\+?\s*(?:extends|include|import|from)\s+(?:\"([^\"]+)\"|'([^']+)'|([^\s%]+))")
_CSS_URL = re.compile(r"url\(\s*[\"']?(?!data:|https?:|//|#)([^\"')]+)")
_COMMENT = re.compile(r"{#.*?#}", re.DOTALL)


class Templates:
    """Template files by name. ``folder`` is how Problems name their place."""

    def __init__(self, files: Mapping[str, bytes], folder: str = "templates") -> None:
        self.files = files
        self.folder = folder
        self._closures: dict[str, tuple[str, ...]] = {}
        self._digests: dict[str, str] = {}
        self.everything = hashlib.sha256(
            "".join(name + self.digest(name) for name in sorted(files)).encode()
        ).hexdigest()
        """One digest for all files."""

    @property
    def assets(self) -> list[str]:
        """Names below ``assets/``, in order."""
        return sorted(name[len(ASSETS_FOLDER) :] for name in self.files if name.startswith(ASSETS_FOLDER))

    def published_assets(self, settings: str, code: str) -> dict[str, str]:
        """For each name below ``assets/``, without ``.j2``, the one that it is published under: ``site.3fa94c1b.css``.

        A browser may keep such a file for good: other content has another name. A template's content also depends on
        ``settings``, a digest of all that it may see; a style sheet's on the ``code`` that makes it smaller.
        """
        made = {}
        for name in self.assets:
            plain = name.removesuffix(".j2")
            known = self.digest(f"{ASSETS_FOLDER}{name}")
            if plain != name:
                known = hashlib.sha256(
                    f"{self.closure_digest(f'{ASSETS_FOLDER}{name}')}\0{settings}".encode()
                ).hexdigest()
            stem, dot, ending = plain.rpartition(".")
            if ending == "css":
                known = hashlib.sha256(f"{known}\0{code}".encode()).hexdigest()
            made[plain] = f"{stem}.{known[:10]}.{ending}" if dot else f"{plain}.{known[:10]}"
        return made

    @property
    def print_styles(self) -> list[str]:
        """Names of the style sheets that apply to every PDF, in order."""
        return sorted(name for name in self.files if name.startswith(PRINT_FOLDER) and name.endswith(".css"))

    def digest(self, name: str) -> str:
        """SHA-256 of one file; of nothing when it isn't there."""
        if name not in self._digests:
            self._digests[name] = hashlib.sha256(self.files.get(name, b"")).hexdigest()
        return self._digests[name]

    def closure(self, name: str) -> tuple[str, ...]:
        """The template and all that it extends, includes or imports, in order of name."""
        if name not in self._closures:
            seen: set[str] = set()
            waiting = [name]
            if name.startswith(PAGES_FOLDER) and WORDS_TEMPLATE in self.files:
                waiting.append(WORDS_TEMPLATE)
            while waiting:
                current = waiting.pop()
                if current not in seen:
                    seen.add(current)
                    waiting += [used for used, _ in self._uses(current) if used]
            self._closures[name] = tuple(sorted(seen))
        return self._closures[name]

    def closure_digest(self, name: str) -> str:
        """One digest for :meth:`closure`, names and bytes."""
        text = "\n".join(f"{used}\0{self.digest(used)}" for used in self.closure(name))
        return hashlib.sha256(text.encode()).hexdigest()

    def _uses(self, name: str) -> Iterator[tuple[str | None, int]]:
        """(name, offset) of what a template uses; None for a name that is worked out only while rendering."""
        if name not in self.files or name.endswith((".css", ".js", ".png", ".svg")):
            return
        text = self.files[name].decode("utf-8", "replace")
        text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
        for match in _USES.finditer(text):
            yield match[1] or match[2] or None, match.start()

    def problems(self) -> list[Problem]:
        """Templates that name others in a way that can't be followed, and style sheets that name files likewise."""
        found = [problem for name in sorted(self.files) for problem in self._include_problems(name)]
        return found + [problem for name in self.assets for problem in self._style_problems(name)]

    def _style_problems(self, name: str) -> Iterator[Problem]:
        """Pictures and fonts that a style sheet names as they are called here: they are published under other names."""
        if not name.endswith(".css"):
            return
        text = self.files[f"{ASSETS_FOLDER}{name}"].decode("utf-8", "replace")
        for match in _CSS_URL.finditer(text):
            file = match[1].strip()
            message = f"This style sheet names '{file}', which is published under a name that tells its version."
            hint = f"Call the sheet '{name}.j2', and write url({{{{ site.asset[\"{file.removeprefix('./')}\"] }}}})."
            yield error("content/template", self._place(f"{ASSETS_FOLDER}{name}", text, match.start(1)), message, hint)

    def _place(self, name: str, text: str, offset: int) -> Place:
        line = text.count("\n", 0, offset) + 1
        return Place(f"{self.folder}/{name}", line, offset - (text.rfind("\n", 0, offset) + 1) + 1)

    def _include_problems(self, name: str) -> Iterator[Problem]:
        for used, offset in self._uses(name):
            place = self._place(name, self.files[name].decode("utf-8", "replace"), offset)
            if used is None:
                message = "The name of an included template must be written out in quotes."
                yield error("content/template", place, message, "A name from a variable can't be followed.")
            elif used not in self.files:
                message = f"There is no template '{used}'."
                yield error("content/template", place, message, "Check its name and folder below templates/.")
