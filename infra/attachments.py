"""Files of tickets: what people send, checked and made harmless before it is kept.

What a file is, is told by its first bytes, never by its name or by what the messenger calls it. Pictures are made anew,
so that nothing but their pixels is kept; everything else is kept as it is, up to a size, under a type of a closed list.
Nothing here is ever run, unpacked or shown as a page: whoever hands a file out sends it as a download under that type.
"""

import re
from typing import Final

from core.errors import Rejected
from core.support.model import FileKind
from core.support.ports import MadeFile
from infra.dial_photos import evidence_jpeg
from infra.receipts.picture_header import picture_size
from infra.receipts.reading import UnreadablePicture

LARGEST: Final = 20 * 1024 * 1024
"""Bytes: as many as the messengers give out."""
LONGEST_SIDE_KEPT: Final = 2560
"""Pixels: the small print of a photographed receipt is still read."""
LONGEST_NAME: Final = 80

ANY_TYPE: Final = "application/octet-stream"
_TYPES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
)
# Path separators, what shells and Windows mind, control characters, and those that turn the reading order round.
_UNFIT_SIGNS: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\\/:*?"<>|\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+')


class UnfitFile(Rejected):
    """Not a file that is kept: empty, too big, or a picture that is none."""


def made_file(kind: FileKind, name: str, data: bytes) -> MadeFile:
    """The file as it is kept. Uses the processor: call it in a thread. Raises UnfitFile."""
    if not data:
        raise UnfitFile("the file is empty")
    if len(data) > LARGEST:
        raise UnfitFile("the file is too big")
    if kind is FileKind.PHOTO or picture_size(data) is not None:
        return _picture(name, data)
    media_type = next((known for start, known in _TYPES if data.startswith(start)), ANY_TYPE)
    return MadeFile(kind, safe_name(name) or _NAMES[kind], media_type, data)


_NAMES: Final = {FileKind.PHOTO: "photo.jpg", FileKind.FILE: "file", FileKind.VOICE: "voice.ogg"}


def _picture(name: str, data: bytes) -> MadeFile:
    try:
        content = evidence_jpeg(data, LONGEST_SIDE_KEPT)
    except UnreadablePicture as error:
        raise UnfitFile(str(error)) from None
    stem = safe_name(name).rpartition(".")[0] or "photo"
    return MadeFile(FileKind.PHOTO, f"{stem}.jpg", "image/jpeg", content)


def safe_name(name: str) -> str:
    """A name that is no path and deceives nobody about what it is; its ending stays."""
    bare = _UNFIT_SIGNS.sub("_", name).strip(" ._")
    if len(bare) <= LONGEST_NAME:
        return bare
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) <= 8 else bare[:LONGEST_NAME]
