"""A resident's photo of a dial, made anew: nothing but its pixels is kept (no place, no time, no camera)."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from infra.receipts.picture_header import picture_size
from infra.receipts.reading import LONGEST_SIDE, MOST_BYTES, MOST_PIXELS, UnreadablePicture

LONGEST_KEPT: Final = 1600
"""Pixels: digits of a dial that fills a third of the picture are still plain."""
QUALITY: Final = 80


def evidence_jpeg(data: bytes, longest: int = LONGEST_KEPT) -> bytes:
    """The picture (JPEG, PNG, WebP) as a JPEG without metadata, upright, not longer than so many pixels.

    Pure and CPU-bound: call it in a thread. Bytes of people are checked before anything is decoded. Raises
    UnreadablePicture.
    """
    if len(data) > MOST_BYTES:
        raise UnreadablePicture("the file is too big")
    size = picture_size(data)
    if size is None:
        raise UnreadablePicture("not a JPEG, PNG or WebP picture")
    if not 0 < size[0] * size[1] <= MOST_PIXELS or max(size) > LONGEST_SIDE:
        raise UnreadablePicture("the picture has too many pixels")
    try:
        return _made_anew(data, size, longest)
    except Exception as error:  # decoders raise many kinds on hostile bytes, and all mean the same here
        raise UnreadablePicture("the picture is broken") from error


def _made_anew(data: bytes, size: tuple[int, int], longest: int) -> bytes:
    with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
        if picture.size != size:
            raise UnreadablePicture("the header says two different sizes")
        picture.draft("RGB", (longest, longest))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((longest, longest))
    # A picture of our own: Pillow writes what it has read beside the pixels (comments, profiles) into what it saves.
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    written = BytesIO()
    clean.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()
