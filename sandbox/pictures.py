"""Width and height of a picture, read from its header."""

import struct

# Start-of-frame markers of JPEG carry the size; 0xC4, 0xC8 and 0xCC are tables, not frames.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(content: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels of a PNG, JPEG or GIF; None when it is none of them."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return None


def picture_mime(content: bytes) -> str:
    """MIME type of a picture by its first bytes; JPEG unless it is a PNG or a GIF."""
    if content.startswith(b"\x89PNG"):
        return "image/png"
    return "image/gif" if content.startswith(b"GIF8") else "image/jpeg"


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        at += 2 + length
    return None


def fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size scaled down so that neither side is longer than `side`."""
    width, height = size
    scale = min(1.0, side / max(width, height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))
