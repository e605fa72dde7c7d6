"""What a text has that would not be published as it is written: tags that are left out, pictures from elsewhere.

The converter itself is asked, not a grammar of our own. Each ``<`` that may open a tag and each ``![`` gets a number
before the text is converted; where the numbers are in the HTML tells which of them became tags and pictures, and which
stand in code or are words. What the sanitiser would then take away becomes a Problem at its line. Most texts have none
of these signs and are not converted here at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

from sitegen import markdown_html
from sitegen.notes import without_comments_in_place
from sitegen.parse import DataPath, Plain, place_at
from sitegen.problems import Place, Problem, Severity, quoted

PlaceOf = Callable[[DataPath], Place]

_MAY_BE_FAULTY = re.compile(r"!\[|</?[A-Za-z]")
_SIGN = re.compile(r"!\[|<(?!(?:https?|ftps?)://)[A-Za-z][^\s<>/`]*", re.IGNORECASE)
_AFTER_LINK = re.compile(r"\]\([ ]*$|^[ ]{0,3}\[[^\]\n]+\]:[ ]*$", re.MULTILINE)
_MAIL = re.compile(r"<[^<>\s]+@[^<>\s]+>")
_NUMBER = "\ufdd2"
"""Stands on both sides of a number put into the text; a noncharacter, which no content can hold."""
_BEFORE_PICTURE = re.compile(rf"{_NUMBER}(\d+){_NUMBER}$")
_NUMBER_ATTRIBUTE = "data-number-"
_WHOLE_TAG = re.compile(r"""<(?:[^<>"]|"[^"]*")*>""")
_PICTURE = re.compile(r"!\[(?:[^\[\]]|\[[^\]]*\])*\](?:\([^()\s]*|\[[^\]]*\])?")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[\\/]{2}", re.IGNORECASE)
_URL_IN_STYLE = re.compile(r"url\(|image-set\(|@import", re.IGNORECASE)

_PLAIN_FIELDS = frozenset(
    "title term aliases publisher name names short_name label kind tags checked_by email telephone".split()
)
"""Fields whose text is shown letter by letter; Markdown means nothing in them."""
_LINES = frozenset(
    "question questions key_messages next_steps what_to_do what owner aims ground_rules resources see change_note "
    "period banner description".split()
)
"""Fields of one line, in which no picture or table can stand."""

_FILMS_AND_FRAMES = frozenset(
    "iframe video audio source track embed object param applet frame frameset noframes".split()
)
_LOST = _FILMS_AND_FRAMES | frozenset(
    "script style form input select textarea button canvas svg math link meta base noscript template map area dialog "
    "progress meter datalist option optgroup output slot noembed plaintext xmp title head body html picture img "
    "del strike".split()
)
"""Elements of HTML of which more is lost than a look."""
_LOOKS = frozenset(
    "u font center details summary section article aside nav header footer main figure figcaption mark ins kbd samp "
    "var cite dfn big tt time address data legend fieldset label caption col colgroup tfoot bdi bdo ruby rt rp wbr "
    "nobr h1 hgroup menu acronym search".split()
)
"""Elements of HTML whose text is published without them."""
_WITHOUT_END = frozenset("br hr img wbr col".split())
_LINE_LOOKS = frozenset("p div ul ol li dl dt dd table thead tbody tr td th blockquote pre h2 h3 h4 h5 h6 hr".split())
_SWITCHES = frozenset("open hidden disabled checked reversed nowrap noshade compact allowfullscreen controls".split())
"""Attributes of HTML that have no value."""
_FETCHING = {"src", "srcset", "poster", "background", "data", "longdesc", "lowsrc"}
_MOST_IN_A_TEXT = 20
_LONG = 2000
"""Characters of a text that may take long to convert."""
_WORTH_A_TRY = 30
"""So many quotations in quotations may be too deep."""


class _Fault(NamedTuple):
    """A fault of a text: the ``offset`` at which it shows, and the Problem's other parts."""

    offset: int
    code: str
    severity: Severity
    message: str
    hint: str


class Written(NamedTuple):
    """The file that values come from: its ``path``, its ``text``, and the file's line of each line of the body."""

    path: str
    text: str
    body_lines: Sequence[int] = ()


def markdown_problems(written: Written, data: Plain, place_of: PlaceOf, base_url: str = "") -> list[Problem]:
    """What of the values of a file would not be published as they are written.

    ``data`` are plain fields, and ``place_of`` gives the place of each; ``base_url`` is the site's own address.
    """
    problems: list[Problem] = []
    left = markdown_html.MOST_STEPS
    for path, value in _markdown_values((), data):
        steps, at = markdown_html.steps(value)
        left -= steps
        if left < 0:
            left = 0
            faults = [_too_complex(at)]
        elif not _MAY_BE_FAULTY.search(value) and value.count(">") < _WORTH_A_TRY:
            continue
        else:
            faults = sorted(_Reader(value, bool(_LINES & set(path)) or _is_statement(path), base_url).faults())
        for fault in faults[:_MOST_IN_A_TEXT]:
            place = _place(written, path, value, fault.offset, place_of)
            problems.append(Problem(fault.code, fault.severity, *place, fault.message, fault.hint))
    return problems


def _markdown_values(path: DataPath, value: Plain) -> Iterator[tuple[DataPath, str]]:
    """The texts that are Markdown and may have a fault, for what is in them or for their length."""
    if isinstance(value, str):
        if len(value) > _LONG or _MAY_BE_FAULTY.search(value):
            yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _markdown_values((*path, index), item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _PLAIN_FIELDS:
                yield from _markdown_values((*path, key), item)


def _is_statement(path: DataPath) -> bool:
    """Whether this is the statement of a finding: one line, where that of a theme may have many."""
    return path[0] == "findings" and path[-1] == "statement"


def _place(written: Written, path: DataPath, value: str, offset: int, place_of: PlaceOf) -> Place:
    """The place in the file of what stands at ``offset`` of a value; that of the value when it isn't written so."""
    found = _WHOLE_TAG.match(value, offset) or _PICTURE.match(value, offset)
    words = (found[0] if found else value[offset : offset + 20])[:200]
    pattern = re.compile(_as_written(words))
    text = without_comments_in_place(written.text)
    start_in_value = 0
    if path == ("body",) and written.body_lines:
        number = value.count("\n", 0, offset)
        start_in_value = value.rfind("\n", 0, offset) + 1
        place = Place(written.path, written.body_lines[number], 1)
    else:
        place = place_of(path)
    before = len(pattern.findall(value, start_in_value, offset))
    start = 0
    for _ in range(place.line - 1):
        start = text.find("\n", start) + 1
    for count, match in enumerate(pattern.finditer(text, start + max(place.column - 1, 0))):
        if count == before:
            return place_at(written.path, text, match.start())
    return place


def _as_written(words: str) -> str:
    """A pattern for words as they may stand in a file: broken over lines, in quotes of either kind."""
    gaps = (re.escape(part) for part in words.split())
    return r"\s+".join(gaps).replace('"', '\\\\?"').replace("'", "''?")


def _too_complex(offset: int) -> _Fault:
    message = "So many brackets are opened here and not closed soon that this text can't be read."
    hint = "Close them, or divide the text: put an empty line between its parts, or make two records of it."
    return _Fault(offset, "markdown/too-complex", "error", message, hint)


class _Open(NamedTuple):
    """An element that isn't closed yet; ``offset`` is -1 for those that Markdown made."""

    tag: str
    offset: int


class _Reader(HTMLParser):
    """Reads the HTML that a text becomes before it is sanitised, and collects what the sanitiser would take away."""

    def __init__(self, text: str, line: bool, base_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text
        self._allowed = markdown_html.INLINE_TAGS if line else markdown_html.BLOCK_TAGS | {"h1"}
        self._line = line
        self._base_url = base_url.rstrip("/")
        self._offsets: list[int] = []
        self._before = ""
        self._open: list[_Open] = []
        self._found: list[_Fault] = []

    def faults(self) -> list[_Fault]:
        """Every fault of the text."""
        made = markdown_html.converted(self._numbered())
        if made is None:
            return [_too_complex(0)]
        self.feed(made)
        self.close()
        told = {fault.offset for fault in self._found}
        for tag, offset in self._open:
            if (
                offset >= 0
                and offset not in told
                and tag not in markdown_html.BLOCK_TAGS - markdown_html.INLINE_TAGS
                and tag != "h1"
            ):
                self._never_closed(tag, offset)
        return self._found

    def _numbered(self) -> str:
        """The text with a number at each sign that may open a tag or a picture."""
        pieces: list[str] = []
        kept_to = 0
        for match in _SIGN.finditer(self._text):
            start, end = match.span()
            number = len(self._offsets)
            if match[0] == "![":
                backslashes = start - len(self._text[:start].rstrip("\\")) if start else 0
                if backslashes % 2:
                    continue
                pieces += [self._text[kept_to:start], f"{_NUMBER}{number}{_NUMBER}"]
                kept_to = start
            elif _MAIL.match(self._text, start) or _AFTER_LINK.search(self._text, max(0, start - 200), start):
                continue
            else:
                pieces += [self._text[kept_to:end], f" {_NUMBER_ATTRIBUTE}{number}"]
                kept_to = end
            self._offsets.append(start)
        return "".join([*pieces, self._text[kept_to:]])

    def handle_data(self, data: str) -> None:
        """Words; the number of a picture stands right before it."""
        self._before = data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        number = next((name[len(_NUMBER_ATTRIBUTE) :] for name, _ in attrs if name.startswith(_NUMBER_ATTRIBUTE)), None)
        attributes = {name: value for name, value in attrs if not name.startswith(_NUMBER_ATTRIBUTE)}
        picture = _BEFORE_PICTURE.search(self._before) if tag == "img" else None
        self._before = ""
        offset = self._offsets[int(number)] if number else -1
        if tag not in _WITHOUT_END:
            self._open.append(_Open(tag, offset))
        if offset >= 0:
            self._judge(tag, attributes, offset)
        elif tag == "img":
            self._picture(attributes, self._offsets[int(picture[1])] if picture else 0)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self._before = ""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index].tag == tag:
                offset = self._open.pop(index).offset
                if offset >= 0 and tag in _LOOKS and tag not in self._allowed:
                    self._look(offset, f"<{tag}>")
                return
        if tag not in markdown_html.BLOCK_TAGS | _LOOKS | _LOST | _WITHOUT_END | {"h1"}:
            self._vanishes(max(self._text.lower().find(f"</{tag}"), 0))

    def _judge(self, tag: str, attributes: dict[str, str | None], offset: int) -> None:
        """A tag that the author wrote."""
        known = markdown_html.attributes_of(tag)
        words = {name for name, value in attributes.items() if value is None and name not in known | _SWITCHES}
        outside = next((v for n, v in attributes.items() if n in _FETCHING and self._is_outside(v)), None)
        if words:
            self._vanishes(offset)
        elif tag in _FILMS_AND_FRAMES:
            self._film(tag, offset, attributes)
        elif outside is not None:
            self._outside(outside, offset)
        elif tag == "img" and tag not in self._allowed:
            self._picture(attributes, offset)
        elif tag in self._allowed:
            extra = [name for name in attributes if name not in known]
            if any(_URL_IN_STYLE.search(attributes[name] or "") for name in extra):
                self._outside(attributes[next(iter(extra))] or "", offset)
            elif extra:
                self._look(offset, f"'{extra[0]}' in <{tag}>")
        elif tag in ("del", "strike"):
            self._struck(tag, offset)
        elif tag in _LINE_LOOKS or (tag in _LOOKS and tag in _WITHOUT_END):
            self._look(offset, f"<{tag}>")
        elif tag in _LOST:
            self._lost(tag, offset)
        elif tag not in _LOOKS:  # those are judged where they end, or don't
            self._vanishes(offset)

    def _is_outside(self, value: str | None) -> bool:
        address = re.sub(r"[\t\n\r]", "", value or "").strip("\x00\x20" + "".join(map(chr, range(1, 32))))
        return bool(_ELSEWHERE.match(address)) and not address.startswith("file:")

    def _add(self, offset: int, code: str, severity: Severity, message: str, hint: str) -> None:
        self._found.append(_Fault(offset, code, severity, message, hint))

    def _whole(self, offset: int) -> str:
        found = _WHOLE_TAG.match(self._text, offset)
        return " ".join((found[0] if found else self._text[offset : offset + 40]).split())

    def _vanishes(self, offset: int) -> None:
        tag = self._whole(offset)
        words = tag.strip("</>").strip()
        message = f"{quoted(tag)} looks like a tag of HTML, so it would vanish from the page."
        hint = (
            f"Write what is meant, or use square brackets: [{words}]. To show the signs themselves write &lt;{words}>"
        )
        if not offset:
            hint += ". In a field put the whole value in double quotes."
        self._add(offset, "markdown/placeholder", "error", message, hint)

    def _never_closed(self, tag: str, offset: int) -> None:
        if tag not in self._allowed:
            if tag in _LOOKS:
                self._vanishes(offset)
            return
        message = f"<{tag}> is opened here and never closed with </{tag}>, so it would go on to the end."
        hint = f"Write </{tag}> where it ends. To show the sign '<' itself write &lt;{tag}>"
        self._add(offset, "markdown/unclosed-tag", "error", message, hint)

    def _look(self, offset: int, what: str) -> None:
        message = f"{what} is left out when this is published; the words stay."
        hint = "Take it out. For emphasis write **bold** or *italic*; how the site looks is decided in its templates."
        self._add(offset, "markdown/formatting", "warning", message, hint)

    def _lost(self, tag: str, offset: int) -> None:
        message = f"<{tag}> can't be published, so what it shows would be missing from the page."
        hint = f"Take it out, and say in words what it says. To show the signs themselves write &lt;{tag}>"
        self._add(offset, "markdown/html", "error", message, hint)

    def _struck(self, tag: str, offset: int) -> None:
        message = f"<{tag}> is left out, so words that were struck out would be published as if they stood."
        self._add(offset, "markdown/html", "error", message, f"Write <s>words</s> in place of <{tag}>words</{tag}>.")

    def _film(self, tag: str, offset: int, attributes: dict[str, str | None]) -> None:
        address = attributes.get("src") or attributes.get("data") or ""
        target = address if address.startswith("https://") else "https://…"
        message = f"<{tag}> can't be published: a film, a sound or a frame would be missing from the page."
        hint = f"Link to it instead, with words that say what it is, for example [Watch the film]({target})."
        self._add(offset, "markdown/html", "error", message, hint)

    def _picture(self, attributes: dict[str, str | None], offset: int) -> None:
        if self._is_outside(attributes.get("src")):
            self._outside(attributes["src"] or "", offset)
        elif self._line:
            message = "A picture can't stand in this field, which is one line of words; it would be missing."
            self._add(offset, "markdown/html", "error", message, "Move it into the text of the record.")

    def _outside(self, address: str, offset: int) -> None:
        address = " ".join(address.split())
        own = f"{self._base_url}/files/"
        message = (
            f"The picture {quoted(address)} lies on another server, which would learn who reads the page; so browsers "
            "don't show it on the published site."
        )
        hint = "Save it in the folder content/files, and write ![what it shows](file:name.jpg)."
        if self._base_url and address.startswith(own):
            message = f"The picture {quoted(address)} is named by the address of the published site."
            hint = f"Write (file:{address[len(own) :]}), so that previews and PDFs find it too."
        elif address.lower().startswith("data:"):
            message = "This picture is written into the text itself, and would be missing from the page."
        self._add(offset, "security/foreign-picture", "error", message, hint)
