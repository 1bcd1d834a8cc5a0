"""A voice message of silence, made by hand: an Ogg stream with one second of Opus frames (RFC 7845, RFC 6716)."""

import struct
from collections.abc import Sequence

SILENT_FRAME = b"\xf8\xff\xfe"
"""20 ms of CELT silence, full band, mono."""
SAMPLES_A_FRAME = 960
BEGIN, MIDDLE, END = 2, 0, 4


def one_second_of_silence() -> bytes:
    """A complete OGG/OPUS file that players open and bots accept."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 7) + b"sandbox" + struct.pack("<I", 0)
    frames = [SILENT_FRAME] * 50
    return page(BEGIN, 0, 0, [head]) + page(MIDDLE, 0, 1, [tags]) + page(END, SAMPLES_A_FRAME * len(frames), 2, frames)


def page(flags: int, position: int, number: int, packets: Sequence[bytes]) -> bytes:
    """One Ogg page; each packet is shorter than 255 bytes, so it is one segment."""
    header = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, 1, number, 0)
    segments = bytes([len(packets), *map(len, packets)])
    whole = header + segments + b"".join(packets)
    return whole[:22] + struct.pack("<I", checksum(whole)) + whole[26:]


def checksum(data: bytes) -> int:
    """Ogg's own CRC-32: polynomial 04C11DB7, no reflection, nothing before or after."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1) ^ (0x04C11DB7 if register & 0x8000_0000 else 0)
        register &= 0xFFFF_FFFF
    return register
