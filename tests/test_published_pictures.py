"""Pictures as they are published: upright, without what a camera or a program noted, and with their look unharmed."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pikepdf
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from tests.conftest import Project
from tests.published_bytes import where_published

BRIEFING_FILE = "briefings/escalation.md"
BRIEFING_PDF = "briefings/escalation/escalation.pdf"
WORD = "zqcameraownerqz"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf creator="{WORD}"/></x:xmpmeta>'.encode()


def exif(orientation: int = 1) -> Image.Exif:
    notes = Image.Exif()
    notes[ExifTags.Base.Orientation] = orientation
    notes[ExifTags.Base.Artist] = WORD
    notes.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSProcessingMethod] = WORD.encode()
    notes.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] = WORD.encode()
    return notes


def drawn(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """A picture that shows which way up it is: red at the top left, blue elsewhere."""
    picture = Image.new("RGB", size, (30, 60, 200))
    picture.paste((220, 30, 30), (0, 0, size[0] // 2, size[1] // 2))
    return picture.convert(mode)


def saved(picture: Image.Image, form: str, **more: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, form, **more)
    return data.getvalue()


def png_chunk(name: bytes, inner: bytes) -> bytes:
    return struct.pack(">I", len(inner)) + name + inner + struct.pack(">I", zlib.crc32(name + inner))


def noted_png(picture: Image.Image, **more: Any) -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", WORD)
    texts.add_text("Comment", WORD, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", WORD)
    data = saved(picture, "PNG", pnginfo=texts, exif=exif(), **more)
    own = png_chunk(b"prVt", WORD.encode()) + png_chunk(b"tIME", b"\x07\xe9\x01\x01\x01\x01\x01")
    return data[:33] + own + data[33:] + WORD.encode()


def noted_jpeg(picture: Image.Image, orientation: int = 1, **more: Any) -> bytes:
    data = saved(picture, "JPEG", exif=exif(orientation), icc_profile=ICC, comment=WORD, xmp=XMP, **more)
    iptc = b"Photoshop 3.0\0" + WORD.encode()
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    return data[:2] + segment + data[2:] + WORD.encode() + saved(drawn(), "JPEG")


def show(project: Project, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        project.write(f"content/files/{name}", data)
    shown = "\n\n".join(f"![A door](file:{name})" for name in files)
    project.change(BRIEFING_FILE, "Why this matters.", shown)


def published(project: Project, files: dict[str, bytes], pdf: bool = False) -> dict[str, bytes]:
    """The published bytes of the files, none of which holds the word, nor does anything else that is published."""
    for name, data in files.items():
        assert where_published({name: data}, WORD), f"{name} was to be noted"
    show(project, files)
    assert project.build(pdf=pdf).problems == []
    outputs = project.outputs()
    assert where_published(outputs, WORD) == []
    return {name: outputs[f"files/{name}"] for name in files}


def frames(data: bytes) -> list[tuple[bytes, Any]]:
    """Each frame of a picture as colours, with how long it is shown."""
    picture = Image.open(io.BytesIO(data))
    made = []
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        made.append((picture.convert("RGBA").tobytes(), picture.info.get("duration")))
    return made


def test_what_cameras_and_programs_noted_is_not_published_and_the_picture_is_the_same(project):
    palette = drawn(mode="P")
    palette.info["transparency"] = 0
    moving = [drawn(), drawn().transpose(Image.Transpose.ROTATE_180), drawn()]
    animated = {"save_all": True, "append_images": moving[1:], "duration": [70, 110, 200], "loop": 3}
    grey = Image.new("I;16", (40, 30), 30_000)
    files = {
        "plain.jpg": noted_jpeg(drawn(), quality=80),
        "progressive.jpeg": noted_jpeg(drawn(), progressive=True),
        "grey.jpg": noted_jpeg(drawn(mode="L")),
        "print.jpg": noted_jpeg(drawn(mode="CMYK")),
        "plain.png": noted_png(drawn(), icc_profile=ICC, dpi=(144, 144)),
        "palette.png": noted_png(palette),
        "clear.png": noted_png(drawn(mode="RGBA")),
        "shades.png": noted_png(grey),
        "moving.png": noted_png(drawn(), **animated),
        "moving.gif": saved(moving[0], "GIF", comment=WORD.encode(), **animated)[:-1] + b"\x3b" + WORD.encode(),
        "plain.webp": saved(drawn(), "WEBP", exif=exif(), xmp=XMP, icc_profile=ICC, lossless=True),
        "moving.webp": saved(moving[0], "WEBP", exif=exif(), xmp=XMP, **animated),
    }
    made = published(project, files)
    for name, data in made.items():
        old, new = (Image.open(io.BytesIO(one)) for one in (files[name], data))
        assert (new.format, new.mode, new.size) == (old.format.replace("MPO", "JPEG"), old.mode, old.size), name
        assert frames(data) == frames(files[name]), name
        assert new.info.get("icc_profile") == old.info.get("icc_profile"), name
        assert new.info.get("loop") == old.info.get("loop"), name
        assert new.info.get("transparency") == old.info.get("transparency"), name
        assert not new.getexif(), name
        assert not {"comment", "xmp", "photoshop", "Author", "XML:com.adobe.xmp"} & set(new.info), name
    assert len(frames(made["moving.png"])) == len(frames(made["moving.gif"])) == len(frames(made["moving.webp"])) == 3
    assert (
        Image.open(io.BytesIO(made["plain.png"])).info["dpi"] == Image.open(io.BytesIO(files["plain.png"])).info["dpi"]
    )
    first = project.outputs()
    for name in files:
        (project.root / "content/files" / name).touch()
    assert project.build().problems == []
    assert project.rendered() == set()
    assert project.outputs() == first


def corner(data: bytes) -> list[str]:
    """What stands in the corners, from the top left clockwise."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    right, bottom = picture.width - 3, picture.height - 3
    found = [picture.getpixel(place) for place in ((2, 2), (right, 2), (right, bottom), (2, bottom))]
    return ["red" if red > blue else "blue" for red, _, blue in found]


def test_pictures_are_published_upright_on_the_website_and_on_paper(project):
    upright = drawn((128, 96))
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = {number: upright.transpose(turn) if turn is not None else upright for number, turn in turns.items()}
    files = {f"{number}.jpg": noted_jpeg(picture, number, quality=90) for number, picture in lying.items()}
    files["print.jpg"] = noted_jpeg(lying[6].convert("CMYK"), 6)
    files["grey.jpg"] = noted_jpeg(lying[6].convert("L"), 6)
    files["6.webp"] = saved(lying[6], "WEBP", exif=exif(6), lossless=True, icc_profile=ICC)
    files["6.png"] = saved(lying[6], "PNG", exif=exif(6), icc_profile=ICC)
    for name, data in published(project, files, pdf=True).items():
        picture = Image.open(io.BytesIO(data))
        assert picture.size == (128, 96), name
        assert picture.info["icc_profile"] == ICC, name
        assert not picture.getexif(), name
        if name != "grey.jpg":
            assert corner(data) == ["red", "blue", "blue", "blue"], name
        if name.endswith(".jpg"):
            assert picture.quantization.keys() == Image.open(io.BytesIO(files[name])).quantization.keys()
            assert len(data) < len(files[name]), name
    with pikepdf.open(project.root / "output" / BRIEFING_PDF) as pdf:
        images = [pikepdf.PdfImage(image) for sheet in pdf.pages for image in sheet.get_images().values()]
    assert {(image.width, image.height) for image in images} == {(128, 96)}


def test_the_size_that_a_page_tells_is_that_of_the_published_picture(project):
    data = noted_jpeg(drawn((400, 300)))
    data += b"\0" * 400_000
    project.write("content/files/door.jpg", data)
    project.change(
        "content/reviews/17-escalation.md", "number: 17", "number: 17\ndocuments: [{title: D, file: door.jpg}]"
    )
    assert project.build().problems == []
    size = len(project.outputs()["files/door.jpg"])
    assert size < 20_000
    assert f"(JPEG picture, {round(size / 1000)} KB)" in project.page("reviews/17-escalation/")


SVG = f"""<?xml version="1.0" encoding="utf-8"?>
<!-- drawn by {WORD} -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<?editor {WORD}?>
<svg:svg xmlns:svg="http://www.w3.org/2000/svg" xmlns:i="http://www.inkscape.org/namespaces/inkscape"
  xmlns:xlink="http://www.w3.org/1999/xlink" i:export-filename="/home/{WORD}/x.png" viewBox="0 0 9 9">
  <svg:title>A &lt;door&gt;</svg:title>
  <svg:metadata><x xmlns="http://www.w3.org/2000/svg">{WORD}</x></svg:metadata>
  <i:view owner="{WORD}"><svg:g/>{WORD}</i:view>
  <svg:style>/* {WORD} */ .a &gt; b {{ fill: red }}</svg:style>
  <svg:image xlink:href="data:image/jpeg;base64,%s" width="9" i:path="{WORD}"/>
  <svg:text x="1" xml:space="preserve">a  b &amp; c</svg:text>
</svg:svg>
"""


def test_a_drawing_is_published_without_what_its_editor_noted(project):
    svg = SVG % base64.b64encode(noted_jpeg(drawn())).decode()
    data = published(project, {"door.svg": svg.encode()})["door.svg"]
    text = data.decode()
    assert "<title>A &lt;door&gt;</title>" in text
    assert "a  b &amp; c" in text
    assert ".a &gt; b { fill: red }" in text
    assert 'viewBox="0 0 9 9"' in text
    assert 'xlink:href="data:image/jpeg;base64,/9j/' in text
    assert "inkscape" not in text
    project.write("content/files/door.svg", data)
    assert project.build().code == 0
    assert project.outputs()["files/door.svg"] == data


def test_sixteen_bits_of_grey_are_shades_on_paper_too(project):
    grey = Image.new("I;16", (200, 100), 30_000)
    show(project, {"scan.png": saved(grey, "PNG")})
    assert project.build(pdf=True).problems == []
    with pikepdf.open(project.root / "output" / BRIEFING_PDF) as pdf:
        (image,) = [pikepdf.PdfImage(image) for sheet in pdf.pages for image in sheet.get_images().values()]
        low, high = image.as_pil_image().convert("L").getextrema()
    assert 110 < low <= high < 125


def test_what_cannot_be_cleaned_is_told_with_what_to_do(project):
    animated = {"save_all": True, "append_images": [drawn((64, 48), "L")], "duration": 90}
    show(
        project,
        {
            "noted.avif": saved(drawn(), "AVIF", exif=exif()),
            "lying.webp": saved(drawn(), "WEBP", exif=exif(6), **animated),
            "cut.jpg": noted_jpeg(drawn((640, 480)))[:3000],
            "cut.gif": saved(drawn(), "GIF")[:-30],
            "coded.svg": b'<?xml version="1.0" encoding="uxf-8"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        },
    )
    problems = project.build().problems
    assert [(Path(p["path"]).name, p["code"], p["severity"]) for p in problems] == [
        (name, "content/picture", "error") for name in ("coded.svg", "cut.gif", "cut.jpg", "lying.webp", "noted.avif")
    ]
    assert "JPEG or PNG" in problems[-1]["hint"]


def test_a_picture_with_another_ending_is_shown_and_told_and_one_without_notes_stays_as_it_is(project):
    avif = saved(drawn(), "AVIF")
    plain = saved(drawn(), "JPEG")
    show(project, {"a.avif": avif, "b.jpg": saved(drawn(), "PNG"), "c.jpg": plain})
    problem = project.build(pdf=True).only("content/picture")
    assert (problem["path"], problem["severity"]) == (BRIEFING_FILE, "warning")
    assert "'b.jpg' is a PNG picture" in problem["message"]
    assert project.outputs()["files/a.avif"] == avif
    assert project.outputs()["files/c.jpg"] == plain
