"""Fields that can be filled on screen: text, choices and boxes to tick, in a font of ours that is embedded.

Each has a name of its own, its label as description, and an appearance for paper; nothing is sent and nothing runs.
WeasyPrint's own fields miss labels outside a form, share names over pages and leave the drawing to each viewer, which
takes its own fonts. A field's font is a simple one, since viewers can't type in the composite fonts of running text;
both use the same embedded file. It has the letters of Western Europe, since one byte holds no more; for others a viewer
takes a font of its own. What is filled in from the beginning is drawn in the font of running text.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pydyf
from weasyprint.pdf.fonts import TTFont
from weasyprint.text.ffi import ffi, gobject, pango
from weasyprint.text.fonts import get_font_description

_LOG = logging.getLogger("weasyprint")
POINT = 0.75
"""Points in a CSS pixel."""
_PRINTED = 1 << 2
_SEVERAL_LINES = 1 << 12
_ONE_ALWAYS_ON, _RADIO, _DROPS_DOWN = 1 << 14, 1 << 15, 1 << 17

LETTERS = {code: letter for code in range(0x20, 0x100) if (letter := bytes([code]).decode("cp1252", "ignore"))}
"""What can be typed in the font of a field, by the byte that stands for it."""

_MEANING = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n1 begincodespacerange <00> <ff> endcodespacerange",
    "endcmap CMapName currentdict /CMap defineresource pop end end",
)
"""What stands around a font's table of letters."""


class Fields:
    """The fields of one document, page by page."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._parents = {kid: parent for parent in source.iter() for kid in parent}
        self._names: set[str] = set()
        self._fields: list[Any] = []
        self._groups: dict[Any, Any] = {}
        self._fonts: dict[str, tuple[Any, Mapping[int, tuple[int, int]]]] = {}
        """By its name in the PDF: the font, and the glyph and width of each code point."""
        self._texts: list[tuple[Any, str, float, list[str]]] = []

    def add(self, forms: Any, matrix: Any, pdf: Any, page: Any, resources: Any, stream: Any, font_map: Any) -> None:
        """Make the fields of a page; called by WeasyPrint in place of its own function."""
        for box, (left, top, right, bottom) in (entry for inputs in forms.values() for entry in inputs):
            kind = "select" if box.element.tag == "select" else box.element.get("type", "text")
            if box.element.tag == "button" or kind in ("submit", "button", "reset", "image", "file", "hidden"):
                continue
            x1, y1 = matrix.transform_point(left, bottom)
            x2, y2 = matrix.transform_point(right, top)
            label = self._label(box.element)
            field = pydyf.Dictionary({
                "Type": "/Annot",
                "Subtype": "/Widget",
                "Rect": pydyf.Array([x1, y1, x2, y2]),
                "P": page.reference,
                "F": _PRINTED,
                "TU": pydyf.String(label),
            })  # fmt: skip
            pdf.add_object(field)
            page.setdefault("Annots", pydyf.Array()).append(field.reference)
            box.widget_annotation = field
            font = self._font(box.style, stream, font_map)
            size = box.style["font_size"] * POINT
            field["DA"] = pydyf.String(f"{_colour(box.style)} rg /{font} {size:g} Tf")
            if kind in ("checkbox", "radio"):
                self._tickable(pdf, field, box, kind)
            else:
                self._writable(field, box, font, size)

    def _label(self, element: Any) -> str:
        """What a field is called: the words of its label."""
        names = (element.get("aria-labelledby") or "").split()
        parts = [_words(one) for name in names for one in self._source.iter() if one.get("id") == name]
        own = element.get("id")
        if not parts and not element.get("aria-label"):
            parts = [_words(one) for one in self._source.iter("label") if own and one.get("for") == own]
            around = self._parents.get(element)
            while not parts and around is not None:
                if around.tag == "label":
                    parts = [_words(around)]
                around = self._parents.get(around)
        label = " ".join(" ".join([element.get("aria-label") or "", *parts]).split()) or element.get("title")
        if not label:
            _LOG.error('Field "%s" has no label', element.get("name") or own or element.tag)
        return label or element.get("placeholder") or element.get("name") or "Field"

    def _name(self, wanted: str) -> Any:
        """A name that no other field has; points would make it a part of another one."""
        wanted = wanted.replace(".", "-") or "field"
        name, number = wanted, 1
        while name in self._names:
            number += 1
            name = f"{wanted}-{number}"
        self._names.add(name)
        return pydyf.String(name)

    def _font(self, style: Any, stream: Any, font_map: Any) -> str:
        """The name of the font for a style. Its letters are added to those that are embedded."""
        context = ffi.gc(pango.pango_font_map_create_context(font_map), gobject.g_object_unref)
        loaded = pango.pango_font_map_load_font(font_map, context, get_font_description(style))
        font, _ = stream.add_font(loaded)
        name = f"{font.hash}-fields"
        if name not in self._fonts:
            file = TTFont(io.BytesIO(font.file_content), fontNumber=font.index)
            metrics, order = file["hmtx"].metrics, file.getGlyphOrder()
            places = {glyph: place for place, glyph in enumerate(order)}
            shapes = {point: (places[glyph], metrics[glyph][0]) for point, glyph in file.getBestCmap().items()}
            self._fonts[name] = font, shapes
            self._embed(name, "".join(LETTERS.values()))
        return name

    def _embed(self, name: str, letters: str) -> str:
        """Have the shapes of letters embedded; returns them as the font of running text has them."""
        font, shapes = self._fonts[name]
        codes = []
        for letter in letters:
            glyph, width = shapes.get(ord(letter), (0, 0))
            if glyph:
                font.to_unicode.setdefault(glyph, letter)
                font.widths.setdefault(glyph, round(width * 1000 / font.upem))
                codes.append(f"{glyph:04x}")
        return "".join(codes)

    def _tickable(self, pdf: Any, field: Any, box: Any, kind: str) -> None:
        element = box.element
        state = "on"
        whole = field
        if kind == "radio":
            whole = self._group(pdf, element)
            state = str(len(whole["Kids"]))
            whole["Kids"].append(field.reference)
            field["Parent"] = whole.reference
        else:
            field |= {"FT": "/Btn", "T": self._name(element.get("name") or element.get("id") or kind), "V": "/Off"}
            self._fields.append(field)
        chosen = element.get("checked") is not None
        field["AS"] = f"/{state}" if chosen else "/Off"
        if chosen:
            whole["V"] = f"/{state}"
        x1, y1, x2, y2 = field["Rect"]
        drawn = _dot(x2 - x1, y2 - y1) if kind == "radio" else _tick(x2 - x1, y2 - y1)
        marks = {state: f"{_colour(box.style)} rg {_colour(box.style)} RG {drawn}", "Off": ""}
        looks = {name: _look(pdf, field, mark, {}).reference for name, mark in marks.items()}
        field["AP"] = pydyf.Dictionary({"N": pydyf.Dictionary(looks)})

    def _group(self, pdf: Any, element: Any) -> Any:
        """The field that the radio buttons of one question share."""
        name = element.get("name") or "choice"
        around, form = self._parents.get(element), None
        question = ""
        while around is not None:
            if around.tag == "fieldset" and not question:
                question = " ".join(_words(one) for one in around.iter("legend"))
            if around.tag == "form":
                form = around
            around = self._parents.get(around)
        if (form, name) not in self._groups:
            group = self._groups[form, name] = pydyf.Dictionary({
                "FT": "/Btn",
                "Ff": _ONE_ALWAYS_ON | _RADIO,
                "T": self._name(name),
                "TU": pydyf.String(question or name),
                "V": "/Off",
                "Kids": pydyf.Array(),
            })  # fmt: skip
            pdf.add_object(group)
            self._fields.append(group)
        return self._groups[form, name]

    def _writable(self, field: Any, box: Any, font: str, size: float) -> None:
        element = box.element
        text = element.get("value") or ""
        field |= {"FT": "/Tx", "T": self._name(element.get("name") or element.get("id") or element.tag)}
        if element.tag == "textarea":
            field["Ff"] = _SEVERAL_LINES
            text = element.text or ""
        elif element.tag == "select":
            options = [(one.get("value") or _words(one), _words(one), one) for one in element.iter("option")]
            chosen = [pair for pair in options if pair[2].get("selected") is not None]
            value, text = chosen[-1][:2] if chosen else ("", "")
            choices = [pydyf.Array(map(pydyf.String, pair[:2])) for pair in options]
            field |= {"FT": "/Ch", "Ff": _DROPS_DOWN, "Opt": pydyf.Array(choices), "V": pydyf.String(value)}
        if "V" not in field:
            field["V"] = pydyf.String(text)
        if element.get("maxlength", "").isdigit() and field["FT"] == "/Tx":
            field["MaxLen"] = int(element.get("maxlength"))
        self._texts.append((field, font, size, [self._embed(font, line) for line in text.split("\n")]))
        self._fields.append(field)

    def finish(self, pdf: Any) -> None:
        """Write what all fields share, and how they look on paper, once the fonts are embedded."""
        if not self._fields:
            return
        fonts = pydyf.Dictionary({name: _simple_font(pdf, *font) for name, font in self._fonts.items()})
        running = {
            one["BaseFont"]: one
            for one in pdf.objects
            if isinstance(one, pydyf.Dictionary) and one.get("Subtype") == "/Type0"
        }
        for field, name, size, lines in self._texts:
            font = running[self._fonts[name][0].name].reference
            look = _look(pdf, field, _written(field, size, lines), {"Font": pydyf.Dictionary({"F": font})})
            field["AP"] = pydyf.Dictionary({"N": look.reference})
        pdf.catalog["AcroForm"] = pydyf.Dictionary({
            "Fields": pydyf.Array(field.reference for field in self._fields),
            "DR": pydyf.Dictionary({"Font": fonts}),
            "DA": pydyf.String(f"0 g /{next(iter(fonts))} 12 Tf"),
        })  # fmt: skip


def _words(element: Any) -> str:
    """The text of a label, without that of the fields in it."""
    parts = [element.text or ""]
    for kid in element:
        parts += ["" if kid.tag in ("input", "select", "textarea") else _words(kid), kid.tail or ""]
    return " ".join(" ".join(parts).split())


def _colour(style: Any) -> str:
    return " ".join(f"{part:.3g}" for part in style["color"].to("srgb").coordinates)


def _look(pdf: Any, field: Any, drawn: str, resources: Mapping[str, Any]) -> Any:
    """How a field looks on paper."""
    x1, y1, x2, y2 = field["Rect"]
    look = pydyf.Stream([drawn], {
        "Type": "/XObject",
        "Subtype": "/Form",
        "BBox": pydyf.Array([0, 0, x2 - x1, y2 - y1]),
        "Resources": pydyf.Dictionary(resources),
    })  # fmt: skip
    pdf.add_object(look)
    return look


def _tick(width: float, height: float) -> str:
    points = [(0.18, 0.5), (0.42, 0.22), (0.84, 0.8)]
    (x0, y0), *rest = [(round(x * width, 2), round(y * height, 2)) for x, y in points]
    return f"{width * 0.12:.2f} w {x0} {y0} m " + " ".join(f"{x} {y} l" for x, y in rest) + " S"


def _dot(width: float, height: float) -> str:
    radius = round(min(width, height) / 4, 2)
    return f"1 J {2 * radius:.2f} w {width / 2:.2f} {height / 2:.2f} m {width / 2:.2f} {height / 2:.2f} l S"


def _written(field: Any, size: float, lines: Sequence[str]) -> str:
    """A text in its field: in the middle of its height, or from the top when it may have several lines."""
    if not any(lines):
        return "/Tx BMC EMC"
    _, y1, _, y2 = field["Rect"]
    several = field.get("Ff") == _SEVERAL_LINES
    first = y2 - y1 - size if several else (y2 - y1) / 2 - size * 0.35
    colour = field["DA"].string.partition(" /")[0]
    shown = " T* ".join(f"<{codes}> Tj" for codes in lines)
    return f"/Tx BMC q BT {colour} /F {size:g} Tf {size * 1.4:g} TL 2 {first:.2f} Td {shown} ET Q EMC"


def _block(pairs: list[str]) -> str:
    return "\n".join([f"{len(pairs)} beginbfchar", *pairs, "endbfchar"])


def _simple_font(pdf: Any, font: Any, shapes: Mapping[int, tuple[int, int]]) -> Any:
    """A font of one byte for each letter, with the file that is embedded for the running text."""
    same = (one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("FontName") == font.name)
    descriptor = pydyf.Dictionary({**next(same), "Flags": 1 << 5})
    pdf.add_object(descriptor)
    widths = []
    for code in range(0x20, 0x100):
        _, width = shapes.get(ord(LETTERS.get(code, "\0")), (0, 0))
        widths.append(round(width * 1000 / font.upem))
    pairs = [f"<{code:02x}> <{letter.encode('utf-16-be').hex()}>" for code, letter in LETTERS.items()]
    blocks = [_block(pairs[start : start + 100]) for start in range(0, len(pairs), 100)]  # none may be longer
    meaning = pydyf.Stream([_MEANING[0], *blocks, _MEANING[1]], compress=True)
    pdf.add_object(meaning)
    simple = pydyf.Dictionary({
        "Type": "/Font",
        "Subtype": "/TrueType",
        "BaseFont": font.name,
        "FirstChar": 0x20,
        "LastChar": 0xFF,
        "Widths": pydyf.Array(widths),
        "FontDescriptor": descriptor.reference,
        "Encoding": "/WinAnsiEncoding",
        "ToUnicode": meaning.reference,
    })  # fmt: skip
    pdf.add_object(simple)
    return simple.reference
