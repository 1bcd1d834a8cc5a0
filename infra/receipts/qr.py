"""Pictures of payment codes by ГОСТ Р 56042 (reference: receipts.md §3.1).

The symbol is one BYTE segment of the UTF-8 payload, without ECI, correction level M: what every reader agrees on.
Two things are ours for speed: the mask is fixed, where the search for the best of eight takes most of the time, and
the picture is written here as a 1-bit PNG. Mask 2 has the lowest mean penalty over payment codes, and is among the
cheapest to apply.
"""

import struct
import zlib
from functools import lru_cache

import segno
from PIL import Image, ImageDraw, ImageFont

from core.billing.payment_code import PaymentCodeError
from infra.receipts.paths import BOLD_FONT

Modules = tuple[bytes, ...]
"""A square of modules, a byte each: 1 is dark. Without the quiet zone."""

MASK = 2
QUIET_ZONE = 4
SCALE = 10
LARGEST_PAYLOAD = 666
"""Bytes that fit version 20 at level M: 97 modules, still a readable half-millimetre each on a 50 mm print."""

SAMPLE_WORD = "ОБРАЗЕЦ"
SAMPLE_ADVICE = "платить по этому коду нельзя"

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def qr_modules(payload: str) -> Modules:
    """The symbol of a payload. Raises PaymentCodeError when it is empty or too long to be read from paper."""
    size = len(payload.encode())
    if not 0 < size <= LARGEST_PAYLOAD:
        raise PaymentCodeError(f"a payment code holds 1 to {LARGEST_PAYLOAD} bytes, not {size}")
    symbol = segno.make_qr(payload, encoding="utf-8", mode="byte", eci=False, error="m", boost_error=False, mask=MASK)
    return tuple(bytes(row) for row in symbol.matrix)


def qr_png(payload: str, *, sample: bool, scale: int = SCALE) -> bytes:
    """The code as a PNG, `scale` pixels a module, with a quiet zone; a sample bears «ОБРАЗЕЦ» below the code.

    A usual code is 850 pixels wide and takes 2 KB. Raises PaymentCodeError as `qr_modules` does.
    """
    modules = qr_modules(payload)
    width = (len(modules) + 2 * QUIET_ZONE) * scale
    rows = _picture_rows(modules, width, scale)
    return _png(width, rows + _sample_strip(width) if sample else rows)


def _picture_rows(modules: Modules, width: int, scale: int) -> bytes:
    """Filtered rows of the picture: a zero byte (no filter), then a bit a pixel, 1 is white."""
    dark, light = b"0" * scale, b"1" * scale
    side = light * QUIET_ZONE
    margin = _packed(b"1" * width) * (QUIET_ZONE * scale)
    rows = (_packed(side + row.replace(b"\x00", light).replace(b"\x01", dark) + side) * scale for row in modules)
    return b"".join((margin, *rows, margin))


def _packed(bits: bytes) -> bytes:
    """A row of «0» and «1» as a filter byte and eight pixels a byte, padded with white."""
    size = (len(bits) + 7) // 8
    return b"\x00" + int(bits.ljust(size * 8, b"1"), 2).to_bytes(size, "big")


@lru_cache(maxsize=32)
def _sample_strip(width: int) -> bytes:
    """Rows with «ОБРАЗЕЦ», white on black, as wide as the picture; drawn once for each width there is."""
    height = width // 5
    strip = Image.new("1", (width, height), 0)
    draw = ImageDraw.Draw(strip)
    for text, size, middle in ((SAMPLE_WORD, height * 0.52, 0.36), (SAMPLE_ADVICE, height * 0.22, 0.78)):
        font = ImageFont.truetype(BOLD_FONT, size)
        draw.text((width / 2, height * middle), text, fill=1, font=font, anchor="mm")
    packed, size = strip.tobytes(), (width + 7) // 8
    return b"".join(b"\x00" + packed[start : start + size] for start in range(0, len(packed), size))


def _png(width: int, rows: bytes) -> bytes:
    """A 1-bit grayscale PNG of filtered rows."""
    height = len(rows) // (1 + (width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
