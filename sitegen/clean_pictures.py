"""Pictures as they are published: upright, and without what a camera or a program noted in them.

A pure function of bytes to bytes. Where nothing is to be turned the picture itself stays as it is, byte for byte; a
picture that is turned is coded once more, as finely as before. Its colour profile, its movement and what is clear in it
stay. A picture that can't be cleaned is refused, with what to do.
"""

from __future__ import annotations

import io
from typing import Any

from sitegen.file_kinds import LOOKS, looks_like
from sitegen.picture_parts import Broken, notes_in_avif, only_the_picture
from sitegen.print_pictures import DAMAGED, BadPicture, opened

_ORIENTATION = 0x0112
_TURNED = {5, 6, 7, 8}
"""Orientations that exchange width and height."""
_SAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}


def clean_picture(data: bytes) -> bytes:
    """The file that is published. Raises BadPicture when it is damaged or can't be cleaned."""
    form = looks_like(data)
    picture = opened(data)
    try:
        if form == "avif":
            if notes_in_avif(data):
                raise BadPicture(
                    "This AVIF picture holds notes, such as where and by whom it was made, which can't be taken out.",
                    "Save it as JPEG or PNG, and name that file instead.",
                )
            return data
        if form not in ("jpeg", "png", "gif", "webp"):
            raise BadPicture("This picture is not of a kind that browsers show.", "Save it as JPEG, and name that.")
        orientation = _orientation(picture)
        if orientation != 1:
            data = _upright(form, data, orientation)
        return only_the_picture(form, data)
    except Broken as failure:
        raise BadPicture(*DAMAGED) from failure


def is_noted(data: bytes) -> bool:
    """Whether a picture inside a document holds more than the picture; false when it is none."""
    form = looks_like(data)
    if form not in ("jpeg", "png"):
        return False
    signs = (b"Exif\0\0", b"http://ns.adobe.com/xap/", b"Photoshop 3.0", b"eXIf", b"XML:com.adobe.xmp")
    try:
        kept = only_the_picture(form, data)
    except Broken:
        return False
    return any(data.count(sign) > kept.count(sign) for sign in signs)


def as_named(data: bytes, wanted: str) -> str | None:
    """In words what a picture is, when it isn't what the ending of its name says; it is shown all the same."""
    form = looks_like(data)
    return LOOKS[form] if form and form != {"jpg": "jpeg"}.get(wanted, wanted) else None


def _orientation(picture: Any) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # notes that can't be read say nothing; Pillow raises errors of many kinds for them
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(form: str, data: bytes, orientation: int) -> bytes:
    """The picture coded anew, turned and mirrored as its notes say."""
    from PIL import Image

    picture = opened(data, small=False)
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise BadPicture(
            "This moving picture is stored lying on its side, with a note that says how to turn it.",
            "Turn it upright in a picture program, and save it again.",
        )
    turns = Image.Transpose
    turn = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_270,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_90,
    }[orientation]
    upright = picture.transpose(turn)
    upright.info.clear()
    kept = {name: picture.info[name] for name in ("transparency", "dpi") if name in picture.info}
    profile = picture.info.get("icc_profile")
    out = io.BytesIO()
    if form == "jpeg":
        upright.save(out, "JPEG", icc_profile=profile, **_as_finely(picture, orientation in _TURNED))
    elif form == "png":
        upright.save(out, "PNG", icc_profile=profile, **kept)
    elif form == "webp":
        lossless = b"VP8L" in data[:64] or b"VP8L" in data
        upright.save(out, "WEBP", icc_profile=profile, lossless=lossless, quality=95, method=4)
    else:
        return data  # a GIF has no such note
    return out.getvalue()


def _as_finely(picture: Any, turned: bool) -> dict[str, Any]:
    """How to code a JPEG so that it loses as little as can be: with the steps with which it was coded before."""
    from PIL import JpegImagePlugin

    tables = [list(table) for _, table in sorted(picture.quantization.items())]
    if turned:
        tables = [[table[8 * (n % 8) + n // 8] for n in range(64)] for table in tables]
    sampling = _SAMPLING.get(JpegImagePlugin.get_sampling(picture), "4:4:4")
    if turned and sampling == "4:2:2":
        sampling = "4:4:4"
    more = {} if picture.mode == "L" else {"subsampling": sampling}
    progressive = bool(picture.info.get("progressive") or picture.info.get("progression"))
    return {"qtables": tables, "optimize": True, "progressive": progressive, **more}
