"""Pictures of payment codes: what is drawn is what a reader gets back."""

import io
import zlib

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.billing.payment_code import PaymentCodeError
from infra.receipts.qr import LARGEST_PAYLOAD, QUIET_ZONE, qr_modules, qr_png
from tests.infra.receipts.examples import heat_section, section


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def read(data: bytes) -> list[zxingcpp.Barcode]:
    return list(zxingcpp.read_barcodes(picture(data)))


@pytest.mark.parametrize("sample", [False, True])
@pytest.mark.parametrize("part", [section(), heat_section(opening=10_000_000)])
def test_a_reader_gets_the_payload_byte_for_byte(part, sample: bool) -> None:
    (code,) = read(qr_png(part.qr.payload, sample=sample))
    assert code.bytes == part.qr.payload.encode()
    assert code.ec_level == "M"
    assert code.symbology_identifier == "]Q1"  # ]Q2 would say: with ECI
    assert code.content_type == zxingcpp.ContentType.Text


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=150))
def test_any_text_comes_back(text: str) -> None:
    (code,) = read(qr_png(text, sample=False, scale=3))
    assert code.bytes == text.encode()


def test_cyrillic_alone_is_not_written_in_kanji_mode() -> None:
    """Shift-JIS holds Cyrillic: in kanji mode the bytes would be others."""
    (code,) = read(qr_png("ЖЭКВОДОКАНАЛ", sample=False))
    assert code.bytes == "ЖЭКВОДОКАНАЛ".encode()


@pytest.mark.parametrize("text", ["1" * 300, "A" * 300])
def test_digits_and_capitals_take_bytes_too(text: str) -> None:
    """In numeric or alphanumeric mode they would take a smaller square; some readers mix up mixed modes."""
    assert len(qr_modules(text)) == len(qr_modules("ж" * 150))


def test_the_picture_is_one_bit_deep_ten_pixels_a_module_with_a_quiet_zone() -> None:
    modules = qr_modules("ST00012|Name=А")
    drawn = picture(qr_png("ST00012|Name=А", sample=False))
    side = len(modules)
    assert drawn.mode == "1"
    assert drawn.size == ((side + 2 * QUIET_ZONE) * 10,) * 2
    small = drawn.resize((side + 8, side + 8), Image.Resampling.NEAREST).convert("L")
    inside = small.crop((4, 4, 4 + side, 4 + side))
    assert inside.tobytes() == b"".join(row.translate(bytes([255, 0]) + bytes(254)) for row in modules)
    inside.paste(255, (0, 0, side, side))
    small.paste(inside, (4, 4))
    assert small.getextrema() == (255, 255), "the quiet zone is white"


def test_a_sample_says_so_below_the_code() -> None:
    payload = "ST00012|Name=А"
    plain, sample = picture(qr_png(payload, sample=False)), picture(qr_png(payload, sample=True))
    assert sample.width == plain.width
    assert sample.height > plain.height
    assert sample.crop((0, 0, *plain.size)).tobytes() == plain.tobytes()
    strip = sample.crop((0, plain.height, *sample.size)).convert("L")
    white = strip.tobytes().count(255) / (strip.width * strip.height)
    assert 0.05 < white < 0.5, "white letters on black"


def test_the_same_payload_gives_the_same_bytes() -> None:
    assert qr_png("ST00012", sample=True) == qr_png("ST00012", sample=True)


def test_the_picture_is_small() -> None:
    assert len(qr_png(section().qr.payload, sample=True)) < 6000


@pytest.mark.parametrize("payload", ["", "ж" * (LARGEST_PAYLOAD // 2 + 1), "a" * (LARGEST_PAYLOAD + 1)])
def test_what_cannot_be_read_from_paper_is_refused(payload: str) -> None:
    with pytest.raises(PaymentCodeError):
        qr_png(payload, sample=False)


def test_the_largest_payload_fits_version_20() -> None:
    assert len(qr_modules("a" * LARGEST_PAYLOAD)) == 97


def test_checksums_of_the_png_are_right() -> None:
    data = qr_png("ST00012", sample=False)
    place, kinds = 8, []
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        body = data[place + 4 : place + 8 + size]
        assert zlib.crc32(body) == int.from_bytes(data[place + 8 + size : place + 12 + size], "big")
        kinds.append(body[:4])
        place += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
