"""Reading codes from photos of receipts (reference: receipts.md §3.2).

Bytes of people are checked before anything is decoded: kind, size of the file, size of the picture by its header.
Then one reader looks three times, each time at a picture that costs more: as it is, twice as big (small codes: a
module needs about three pixels), and with light and shadow evened out.
"""

from collections.abc import Callable, Iterator
from io import BytesIO

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

from infra.receipts.picture_header import picture_size

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 16_000
MOST_PIXELS_TO_ENLARGE = 6_000_000
"""In a bigger picture a code of a receipt already has more pixels a module than enlarging would give."""
CODES_OF_A_RECEIPT = 2
"""When so many are found there is nothing more to look for."""

_FORMATS = ("JPEG", "PNG", "WEBP")
# The plain QR code alone: `QRCode` would also look for the micro kinds, which a blurred photo seems to be full of.
_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])


class UnreadablePicture(ValueError):
    """Not a picture that is looked at: another kind of file, too big, or broken."""


def read_codes(image: bytes) -> tuple[bytes, ...]:
    """The bytes of every QR code in a picture (JPEG, PNG, WebP), each once, from the top left on; empty when none.

    Pure and CPU-bound (0.05 to 1 s): call it in a thread. Raises UnreadablePicture.
    """
    picture = _gray(image)
    found: dict[bytes, float] = {}
    for look, scale in _looks(picture):
        for content, place in _codes(look()):
            found.setdefault(content, place / scale)
        if len(found) >= CODES_OF_A_RECEIPT:
            break
    return tuple(sorted(found, key=found.__getitem__))


def _gray(data: bytes) -> Image.Image:
    if len(data) > MOST_BYTES:
        raise UnreadablePicture("the file is too big")
    size = picture_size(data)
    if size is None:
        raise UnreadablePicture("not a JPEG, PNG or WebP picture")
    if not 0 < size[0] * size[1] <= MOST_PIXELS or max(size) > LONGEST_SIDE:
        raise UnreadablePicture("the picture has too many pixels")
    try:
        return _decoded(data, size)
    except Exception as error:  # decoders raise many kinds on hostile bytes, and all mean the same here
        raise UnreadablePicture("the picture is broken") from error


def _decoded(data: bytes, size: tuple[int, int]) -> Image.Image:
    with Image.open(BytesIO(data), formats=_FORMATS) as picture:
        if picture.size != size:
            raise UnreadablePicture("the header says two different sizes")
        picture.draft("L", size)
        if not picture.has_transparency_data:
            return picture.convert("L")
        paper = Image.new("RGBA", size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        return paper.convert("L")


def _looks(picture: Image.Image) -> Iterator[tuple[Callable[[], Image.Image], int]]:
    """The pictures to look at, made when their turn comes, with their scale."""
    yield lambda: picture, 1
    if picture.width * picture.height > MOST_PIXELS_TO_ENLARGE:
        yield lambda: _evened(picture), 1
        return
    double = (picture.width * 2, picture.height * 2)
    yield lambda: picture.resize(double, Image.Resampling.BICUBIC), 2
    yield lambda: _evened(picture).resize(double, Image.Resampling.BICUBIC), 2


def _evened(picture: Image.Image) -> Image.Image:
    """Without shadows: the difference from the local mean, with full contrast and sharper edges."""
    mean = picture.filter(ImageFilter.BoxBlur(max(8, min(picture.size) // 32)))
    difference = ImageChops.subtract(picture, mean, scale=1, offset=128)
    contrast = ImageOps.autocontrast(difference, cutoff=1)
    return contrast.filter(ImageFilter.UnsharpMask(radius=2, percent=150, threshold=2))


def _codes(picture: Image.Image) -> Iterator[tuple[bytes, float]]:
    """Contents of the QR codes, with a number that grows from the top left to the bottom right."""
    for code in zxingcpp.read_barcodes(picture, formats=_QR):
        corners = code.position
        yield code.bytes, corners.top_left.x + corners.top_left.y + corners.bottom_right.x + corners.bottom_right.y
