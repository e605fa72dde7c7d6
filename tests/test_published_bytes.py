"""The search for what must not be published finds a marker wherever it can hide."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile

import brotli
import cbor2
import pikepdf
import pytest
from PIL import Image

from sitegen.search_words import packed
from tests.conftest import NOW, Project
from tests.published_bytes import Published, png_note, where_published
from tests.test_search import pdf_of

MARKER = "zqlanternzq"


def picture(kind: str, **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (2, 2)).save(written, kind, **more)
    return written.getvalue()


def exif() -> Image.Exif:
    notes = Image.Exif()
    notes[0x9C9C] = MARKER.encode("utf-16-le")  # what Windows calls the comment
    return notes


def noted_png() -> bytes:
    made = picture("PNG")
    return made[:33] + png_note(b"Comment", MARKER.encode()) + made[33:]


def archive(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("_", "/"), data)
    return written.getvalue()


def pdf(where: str) -> bytes:
    document = pikepdf.open(io.BytesIO(pdf_of("Nothing to see.")))
    if where == "Info":
        document.docinfo["/Keywords"] = MARKER
    elif where == "XMP":
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:description"] = MARKER
    elif where == "stream":
        document.Root.Hidden = document.make_indirect(document.make_stream(f"% {MARKER}".encode()))
    elif where == "outline":
        with document.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem(f"§ {MARKER}", 0))
    elif where == "embedded":
        document.attachments["note.txt"] = gzip.compress(MARKER.encode())
    written = io.BytesIO()
    packing = pikepdf.ObjectStreamMode.generate
    document.save(written, compress_streams=True, recompress_flate=True, object_stream_mode=packing)
    return written.getvalue()


def in_letters(form: str) -> bytes:
    return f"<p>{''.join(form.format(ord(letter)) for letter in MARKER)}</p>".encode()


PLANTED = {
    "a page": ("a.html", b"<p>zqLANTERNzq</p>"),
    "its name": (f"files/{MARKER}.csv", b""),
    "entities": ("a.html", in_letters("&#{};")),
    "percent signs": ("a.html", in_letters("%{:02x}")),
    "escapes of JSON": ("a.json", in_letters("\\u{:04x}")),
    "JSON within an attribute": ("a.html", in_letters("&#92;u{:04x}")),
    "tags within the word": ("a.html", b"zqlan<b>tern</b>zq"),
    "soft hyphens": ("a.html", "zqlan\u00adternzq".encode()),
    "UTF-16": ("a.csv", f"\ufeff{MARKER}".encode("utf-16-le")),
    "gzip": ("a.html.gz", gzip.compress(MARKER.encode())),
    "brotli": ("a.html.br", brotli.compress(MARKER.encode())),
    "a data address": ("a.css", b"url(data:image/png;base64," + base64.b64encode(noted_png()) + b")"),
    "the search index": ("pagefind/index/en_1.pf_index", packed(cbor2.dumps([[["aa", []], [MARKER, [[1, [2]]]]]]))),
    "a filter": ("pagefind/filter/en_1.pf_filter", packed(cbor2.dumps(["theme", {MARKER: [1]}]))),
    "a fragment": ("pagefind/fragment/en_1.pf_fragment", packed(b'{"content":"zqlantern\\u007aq"}')),
    "a Word file": ("files/a.docx", archive(word_document=f"<w:t>{MARKER}</w:t>".encode())),
    "a picture in a Word file": ("files/a.docx", archive(word_media_a=noted_png())),
    "a PNG's note": ("a.png", noted_png()),
    "a JPEG's comment": ("a.jpg", picture("JPEG", comment=MARKER.encode())),
    "EXIF": ("a.jpg", picture("JPEG", exif=exif())),
    "a PDF's text": ("a.pdf", pdf_of(f"Here: {MARKER}.")),
    "a PDF's word in two lines": ("a.pdf", pdf_of("zqlan-) Tj 0 -20 Td (ternzq")),
    "a PDF's Info": ("a.pdf", pdf("Info")),
    "a PDF's XMP": ("a.pdf", pdf("XMP")),
    "a PDF's stream": ("a.pdf", pdf("stream")),
    "a PDF's outline": ("a.pdf", pdf("outline")),
    "a file in a PDF": ("a.pdf", pdf("embedded")),
    "a compressed copy of a PDF": ("a.pdf.gz", gzip.compress(pdf("Info"))),
}


@pytest.mark.parametrize("place", PLANTED)
def test_a_marker_is_found_in(place):
    path, data = PLANTED[place]
    assert where_published({path: data}, MARKER)
    assert not where_published({path: data}, "zqcandlezq")


def test_markers_of_a_real_site_are_found_in_each_kind_of_output(project: Project):
    for path, old, new in (
        ("site_config.yaml", "urgent_help:", "serving: {compress: true}\nurgent_help:"),
        ("content/reviews/17-escalation.md", "Each agency", f"Each {MARKER} agency"),
        ("content/reviews/17-escalation.md", "number: 17", "number: 17\nsummary: About zqcandlezq"),
    ):
        project.change(path, old, new)
    assert project.build(now=NOW, pdf=True).code == 0
    published = Published(project.root / "output")
    briefing = "reviews/17-escalation/17-escalation-briefing.pdf"
    found = published.where(MARKER)
    for place in (
        "reviews/17-escalation/index.html",
        "reviews/17-escalation/index.html.gz: unpacked",
        "reviews/17-escalation/index.html.br: unpacked",
        "data/findings.csv",
        f"{briefing}: text (raw)",
    ):
        assert place in found, place
    assert [place for place in found if ".pf_fragment" in place]
    assert [place for place in found if ".pf_index" in place and place.endswith("CBOR")]
    found = published.where("zqcandlezq")
    assert {"feed.xml", "feed.json", f"{briefing}: XMP"} <= set(found)
    assert published.where("zqnowherezq") == []
