"""A photo of a dial made anew: what was written beside its pixels is gone, and hostile bytes are never decoded."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from infra.dial_photos import LONGEST_KEPT, evidence_jpeg
from infra.receipts.reading import MOST_BYTES, UnreadablePicture

SECRET = b"55.4321 N"


def picture(size: tuple[int, int] = (60, 40), form: str = "JPEG", **options: object) -> bytes:
    made = Image.new("RGB", size, "white")
    made.paste((200, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    written = BytesIO()
    made.save(written, form, **options)
    return written.getvalue()


def photographed(orientation: int = 1) -> bytes:
    """As a telephone writes it: with a place, a camera and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera"
    exif[0x010E] = SECRET.decode()
    return picture(exif=exif.tobytes(), comment=SECRET, icc_profile=SECRET * 20)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_nothing_but_pixels_is_kept() -> None:
    sent = photographed()
    assert SECRET in sent
    kept = evidence_jpeg(sent)
    assert SECRET not in kept
    assert b"Exif" not in kept
    assert dict(opened(kept).getexif()) == {}
    assert set(opened(kept).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_is_turned_upright_before_its_orientation_is_forgotten() -> None:
    assert opened(evidence_jpeg(photographed(6))).size == (40, 60)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_telephones_send_becomes_a_jpeg(form: str) -> None:
    kept = opened(evidence_jpeg(picture(form=form)))
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (60, 40))


def test_a_large_photo_is_made_smaller() -> None:
    kept = opened(evidence_jpeg(picture((4000, 1000))))
    assert kept.size == (LONGEST_KEPT, LONGEST_KEPT // 4)


def bomb() -> bytes:
    """A PNG of 50 000 × 50 000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg/>", bomb(), picture()[:200], picture(form="PNG")[:60], b"\xff\xd8\xff" + bytes(99)],
    ids=["nothing", "another kind", "a drawing", "a bomb", "half a JPEG", "half a PNG", "no JPEG"],
)
def test_what_is_no_honest_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        evidence_jpeg(data)


def test_too_many_bytes_are_not_looked_at() -> None:
    with pytest.raises(UnreadablePicture, match="too big"):
        evidence_jpeg(picture() + bytes(MOST_BYTES))


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda noise: picture()[:120] + noise))
def test_any_bytes_are_refused_or_made_anew(data: bytes) -> None:
    try:
        kept = evidence_jpeg(data)
    except UnreadablePicture:
        return
    assert kept.startswith(b"\xff\xd8\xff")
