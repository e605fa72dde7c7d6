"""Pictures for paper: no larger than print needs.

A pure function of bytes to bytes: what it gets is the published picture, upright and without what a camera noted. Done
once for each picture, whatever the number of documents that show it.
"""

from __future__ import annotations

import io
from typing import Any

MOST_PIXELS = 64_000_000
"""More than any camera of a phone or office takes by default; decoded, they are 200 MB."""
LARGEST = (1800, 2400)
"""Pixels across and down: 200 to an inch on a whole sheet, with a margin."""
QUALITY = 85
_LONG_PNG = 400_000
"""Bytes. A PNG beyond this is a photograph, which JPEG holds in a tenth."""
NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


DAMAGED = (
    "This picture is damaged, or is not what the ending of its name says.",
    "Open it on your computer and save it again.",
)


class BadPicture(Exception):
    """A picture that can't be shown; the message says why, and ``hint`` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint


def opened(data: bytes, small: bool = True) -> Any:
    """A Pillow picture that is whole and not too large; JPEG is opened ``small``. Raises BadPicture."""
    from PIL import Image, ImageFile

    truncated, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False  # WeasyPrint turns it on
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # judged here, in words
    try:
        picture = Image.open(io.BytesIO(data))
        pixels = picture.width * picture.height
        if pixels > MOST_PIXELS:
            message = f"This picture has {pixels / 1e6:,.0f} million pixels, which is more than can be shown."
            raise BadPicture(message, "Save it smaller, for example 2,000 pixels wide.")
        if small:
            picture.draft("RGB", (2 * LARGEST[0], 2 * LARGEST[1]))
        picture.load()
    except BadPicture:
        raise
    except Exception as failure:  # Pillow's readers raise errors of many kinds for a damaged file
        raise BadPicture(*DAMAGED) from failure
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = truncated
        Image.MAX_IMAGE_PIXELS = most
    return picture


def for_print(data: bytes) -> bytes:
    """A JPEG or PNG file of the same picture, in sRGB, at most ``LARGEST``. Raises BadPicture."""
    from PIL import Image

    picture = opened(data)
    form, size = picture.format, picture.size
    profile = picture.info.get("icc_profile")
    if picture.mode in ("I", "I;16"):  # 65,536 shades of grey; Pillow would make all but the darkest 256 white
        picture = picture.point(lambda shade: shade * (1 / 257)).convert("L")
    if picture.mode not in ("RGB", "RGBA", "L", "LA"):
        clear = picture.mode in ("PA", "La", "RGBa") or "transparency" in picture.info
        picture = picture.convert("RGBA" if clear else "RGB")
        profile = None
    picture.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    picture = _in_srgb(picture, profile)
    same = form == "JPEG" and picture.mode in ("RGB", "L") and picture.size == size and profile is None
    picture.info.clear()
    out = io.BytesIO()
    if form == "JPEG":
        picture.convert("L" if picture.mode == "L" else "RGB").save(out, "JPEG", quality=95 if same else QUALITY)
        return out.getvalue()
    picture.save(out, "PNG")
    if out.tell() > _LONG_PNG and picture.mode in ("RGB", "L"):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _in_srgb(picture: Any, profile: bytes | None) -> Any:
    """The picture in the colours that screens and PDFs take for granted, whatever its own profile says."""
    if not profile or picture.mode != "RGB":
        return picture
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # a profile that can't be read is as good as none
        return picture
