"""Templates and views become HTML and XML: a pure function of the template files, the shared view and a context.

A mistake in a template is a Problem with the template's file and line. Templates get data and filters, nothing else;
content is data and is never read as a template.
"""

from __future__ import annotations

import contextlib
import html
import io
import re
import traceback
from collections.abc import Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from sitegen import markdown_html
from sitegen.explain import Explainer
from sitegen.label_rows import label_rows
from sitegen.problems import Place, Problem, error
from sitegen.templates import WORDS_TEMPLATE
from sitegen.views.labels import written_day

WITHOUT_WORDS = frozenset({"glossary", "search", "share", "notice", "training"})
"""Kinds of pages on which no term is explained."""
_ID = re.compile(r' id="[^"]*"')
_ID_OR_LINK = re.compile(r' (id="|href="#)([^"]*)"')


class TemplateFault(Exception):
    """A template could not be rendered; ``problem`` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _markdown(text: str | None, shift: int = 0) -> Markup:
    return Markup(markdown_html.block(text, shift)) if text else Markup("")


def _inline(text: str | None) -> Markup:
    return Markup(markdown_html.inline(text)) if text else Markup("")


def _plain(text: str | None) -> str:
    return markdown_html.plain(text) if text else ""


def _date(value: str | None) -> str:
    """``2017-03-01`` → ``1 March 2017``."""
    return written_day(value) if value else ""


def _month(value: str | None) -> str:
    """``2017-03-01`` → ``March 2017``."""
    return _date(value).split(" ", 1)[1] if value else ""


def _file_size(size: int | None) -> str:
    """Bytes in words, counted in thousands as file managers do: ``48 KB``."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} bytes"
    return f"{max(1, round(size / 1000))} KB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def _count(number: int | None, singular: str, plural: str | None = None) -> str:
    """``1 finding``, ``1,203 findings``."""
    if number is None:
        return ""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _qr(address: str, title: str) -> Markup:
    """A QR code of an address as an SVG picture that a style sheet sizes; ``title`` are the words for it."""
    import segno

    code = segno.make(address, error="m", micro=False)
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, nl=False)
    drawing = picture.getvalue().decode().partition(">")[2]
    width, height = code.symbol_size(border=4)
    words = html.escape(title, quote=True)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" viewBox="0 0 {width} {height}">'
    return Markup(f"{opening}<title>{words}</title>{drawing}")


def _label_rows(label: str, size: float = 1, indent: float = 0) -> int:
    """The lines that a label of a printed document takes: see ``label_rows``."""
    return label_rows(_plain(label), size, indent)


def _own_ids(made: str, prefix: str) -> Markup:
    """HTML whose ids, and links to them, begin with ``prefix``: for texts that stand on one page with others."""
    names = {match[2] for match in _ID_OR_LINK.finditer(made) if match[1] == 'id="'}
    return Markup(
        _ID_OR_LINK.sub(lambda found: f' {found[1]}{prefix}-{found[2]}"' if found[2] in names else found[0], made)
    )


def _telephone(text: str | None) -> str:
    """The digits to dial."""
    return re.sub(r"[^\d+]", "", text or "")


FILTERS = {
    "markdown": _markdown,
    "inline": _inline,
    "plain": _plain,
    "date": _date,
    "month": _month,
    "filesize": _file_size,
    "count": _count,
    "tel": _telephone,
    "qr": _qr,
    "own_ids": _own_ids,
    "label_rows": _label_rows,
}


def _autoescape(name: str | None) -> bool:
    return name is None or name.removesuffix(".j2").endswith((".html", ".xml"))


class _Environment(jinja2.Environment):
    """Views are dicts, so ``a.b`` is ``a["b"]`` first; Jinja's own order fails its way there, at half the speed."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.attribute`` of a template."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class HtmlRenderer:
    """Renders templates of one folder."""

    def __init__(self, files: Mapping[str, bytes], bytecode: jinja2.BytecodeCache | None = None) -> None:
        self._files = files
        self._explainer: tuple[Any, Explainer] = (None, Explainer([]))
        self.environment = _Environment(
            loader=jinja2.FunctionLoader(self._source),
            autoescape=_autoescape,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            bytecode_cache=bytecode,
        )
        self.environment.filters.update(FILTERS)

    def _source(self, name: str) -> tuple[str, str, None] | None:
        data = self._files.get(name)
        return None if data is None else (data.decode("utf-8"), f"templates/{name}", None)

    def compile(self) -> None:
        """Compile every template, so that rendering finds it done. What can't be compiled is left for rendering."""
        for name in self._files:
            if name.endswith((".html", ".xml", ".j2")):
                with contextlib.suppress(Exception):
                    self.environment.get_template(name)

    def render(self, template: str, shared: Mapping[str, Any], context: Mapping[str, Any], file: str) -> bytes:
        """The output ``file`` from the ``shared`` view (``site``) and its own. Raises TemplateFault."""
        try:
            made = self.environment.get_template(template).render(site=shared, **context)
            page = context.get("page")
            if page and page.get("kind", "notice") not in WITHOUT_WORDS and shared.get("glossary"):
                made = self._explained(made, shared)
            return markdown_html.distinct_footnotes(made).encode()
        except jinja2.TemplateSyntaxError as failure:
            place = Place(f"templates/{failure.name or template}", failure.lineno, 1)
            message = f"This template has a mistake: {failure.message or 'it can not be read'}"
            raise TemplateFault(_template_problem(place, message, file)) from failure
        except jinja2.TemplateNotFound as failure:
            place = Place(f"templates/{template}", 1, 1)
            raise TemplateFault(_template_problem(place, f"There is no template '{failure.name}'.", file)) from failure
        except UnicodeDecodeError as failure:
            place = Place(f"templates/{template}", 1, 1)
            raise TemplateFault(
                _template_problem(place, "This template is not saved as UTF-8 text.", file)
            ) from failure
        except Exception as failure:
            place = _place_in_template(failure) or Place(f"templates/{template}", 1, 1)
            reason = str(failure).strip().rstrip(".") or type(failure).__name__
            raise TemplateFault(
                _template_problem(place, f"This template can't be used here: {reason}.", file)
            ) from failure

    def _explained(self, page: str, shared: Mapping[str, Any]) -> str:
        """The page with each term of the glossary marked at its first use, and their meanings at the end of main."""
        if WORDS_TEMPLATE not in self._files:
            return page
        glossary = shared["glossary"]
        if self._explainer[0] is not glossary:
            self._explainer = (glossary, Explainer(glossary))
        used = self._explainer[1].used(page)
        if not used:
            return page
        macros: Any = self.environment.get_template(WORDS_TEMPLATE).module
        parts, place = [], 0
        items: dict[str, dict[str, Any]] = {}
        for use in used:
            word = html.unescape(use.word)
            meaning = Markup(_ID.sub("", markdown_html.block(use.term["meaning"], 2)))
            new = {"id": f"part-word-{len(items) + 1}", "word": word, "term": use.term, "meaning": meaning}
            item = items.setdefault(use.term["id"], new)
            parts += [page[place : use.start], macros.word(word, item["id"])]
            place = use.end
        end = page.rfind("</main>")
        return "".join([*parts, page[place:end], macros.words(list(items.values())), page[end:]])


def _template_problem(place: Place, message: str, file: str) -> Problem:
    hint = f"It stopped at the output '{file}'. Undo the last change to the template, or ask whoever looks after it."
    return error("content/template", place, message, hint)


def _place_in_template(failure: Exception) -> Place | None:
    """The innermost line of a template in a traceback; Jinja maps its code back to lines."""
    frames = [f for f in traceback.extract_tb(failure.__traceback__) if f.filename.startswith("templates/")]
    return Place(frames[-1].filename, frames[-1].lineno or 1, 1) if frames else None
