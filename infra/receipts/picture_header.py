"""What kind of picture some bytes are, and how big, from the header alone: nothing is decoded or allocated.

A few bytes can declare a picture of gigabytes, and some decoders take the memory when a file is merely opened.
"""

import re
import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers that stand alone, without a length."""
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN = re.compile(rb"\xff\xda")
MOST_SCANS = 64
"""Scans of a progressive JPEG: an honest one has about ten, each costs a pass over the picture."""

Size = tuple[int, int]


def picture_size(data: bytes) -> Size | None:
    """(width, height) of a JPEG, PNG or WebP picture, or None when it is none of them or its header is broken."""
    try:
        if data.startswith(_PNG):
            return _png_size(data)
        if data.startswith(_JPEG):
            return _jpeg_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
    except (struct.error, IndexError):
        pass
    return None


def _png_size(data: bytes) -> Size | None:
    width, height = struct.unpack_from(">II", data, 16)
    return (width, height) if data[12:16] == b"IHDR" else None


def _jpeg_size(data: bytes) -> Size | None:
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return None if len(_JPEG_SCAN.findall(data)) > MOST_SCANS else (width, height)
        if marker == 0xFF:
            place += 1
        elif marker in _JPEG_BARE:
            place += 2
        else:
            place += 2 + int(struct.unpack_from(">H", data, place + 2)[0])
    return None


def _webp_size(data: bytes) -> Size | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _little(three: bytes) -> int:
    if len(three) < 3:
        raise IndexError
    return int.from_bytes(three, "little")
