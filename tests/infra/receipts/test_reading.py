"""Codes from photos: both codes of a receipt, whatever the light; and nothing hostile is decoded."""

import io
import random
import struct
import zlib

import pytest
import segno
from PIL import Image, ImageFilter, ImageOps

from infra.receipts import reading
from infra.receipts.picture_header import picture_size
from infra.receipts.qr import qr_png
from infra.receipts.reading import UnreadablePicture, read_codes
from infra.receipts.receipt import ReceiptRenderer
from tests.infra.receipts.examples import receipt

RECEIPT = receipt()
PAYLOADS = tuple(part.qr.payload.encode() for part in RECEIPT.sections)
PAGE = Image.open(io.BytesIO(ReceiptRenderer().png(RECEIPT, 200))).convert("RGB")


def saved(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def photo(width: int, angle: float, blur: float, quality: int = 70, form: str = "JPEG") -> bytes:
    """The receipt on a table: turned, with a shadow over it, out of focus, noisy, squeezed."""
    turned = PAGE.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(90, 80, 70))
    size = (width, turned.height * width // turned.width)
    shadow = Image.linear_gradient("L").resize(size).point(lambda light: 110 + light * 0.57)
    lit = Image.composite(turned.resize(size, Image.Resampling.LANCZOS), Image.new("RGB", size), shadow)
    grain = Image.frombytes("L", size, random.Random(width).randbytes(size[0] * size[1]))
    noise = grain.point(lambda light: 92 + light * 0.28).convert("RGB")
    return saved(Image.blend(lit.filter(ImageFilter.GaussianBlur(blur)), noise, 0.1), form, quality=quality)


@pytest.mark.parametrize("angle", [0, 10, -10, 90, 180])
@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_both_codes_are_read_from_a_photo(angle: float, form: str) -> None:
    found = read_codes(photo(1400, angle, 1.0, form=form))
    assert set(found) == set(PAYLOADS)
    if abs(angle) <= 10:
        assert found == PAYLOADS, "in the order of the page"


def test_small_codes_are_read_when_enlarged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five photos with some 2.2 pixels a module: the later looks find what the first does not."""
    chance = random.Random(7)
    photos = [photo(820, chance.uniform(-12, 12), chance.uniform(0.5, 1.2)) for _ in range(5)]
    all_looks = sum(len(read_codes(taken)) for taken in photos)
    looks = reading._looks
    monkeypatch.setattr(reading, "_looks", lambda picture: list(looks(picture))[:1])
    assert all_looks > sum(len(read_codes(taken)) for taken in photos)


def test_our_own_pictures_are_read() -> None:
    assert read_codes(qr_png("ST00012|Name=А", sample=True)) == ("ST00012|Name=А".encode(),)


def test_a_code_shown_twice_is_one_code() -> None:
    code = Image.open(io.BytesIO(qr_png("ST00012", sample=False, scale=4))).convert("L")
    both = Image.new("L", (code.width * 2, code.height), 255)
    both.paste(code, (0, 0))
    both.paste(code, (code.width, 0))
    assert read_codes(saved(both, "PNG")) == (b"ST00012",)


def test_bytes_are_given_as_they_are_in_any_encoding() -> None:
    """windows-1251 without a mark, as many Russian receipts have it: decoding is for those who know the format."""
    raw = "ST00011|Name=Водоканал".encode("cp1251")
    file = io.BytesIO()
    segno.make_qr(raw, mode="byte").save(file, kind="png", scale=4)
    assert read_codes(file.getvalue()) == (raw,)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_transparent_picture_lies_on_white_paper(mode: str) -> None:
    code = Image.open(io.BytesIO(qr_png("ST00012", sample=False, scale=4))).convert("L")
    clear = Image.new("LA", code.size)
    clear.putalpha(ImageOps.invert(code))
    assert read_codes(saved(clear.convert("RGBA").convert(mode), "PNG")) == (b"ST00012",)


def test_a_picture_without_codes_has_none() -> None:
    assert read_codes(saved(Image.new("RGB", (400, 300), "white"))) == ()


# --- hostile bytes -----------------------------------------------------------------------------------------------


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of that size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [
        struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) for body in (header, content)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_that_claims(width: int, height: int) -> bytes:
    data = bytearray(saved(Image.new("L", (8, 8))))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_that_claims(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4)
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


CLAIMS = [png_that_claims, jpeg_that_claims, webp_that_claims]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("size", [(60_000, 60_000), (5001, 5000), (16_001, 1)])
def test_a_bomb_is_refused_before_it_is_opened(claim, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(reading.Image, "open", opened)
    with pytest.raises(UnreadablePicture, match="too many pixels"):
        read_codes(claim(*size))


@pytest.mark.parametrize("claim", CLAIMS)
def test_an_allowed_size_with_nothing_behind_it_is_broken(claim) -> None:
    with pytest.raises(UnreadablePicture, match="broken"):
        read_codes(claim(1000, 1000)[:200])


@pytest.mark.parametrize("claim", [png_that_claims, jpeg_that_claims])
def test_a_picture_of_no_pixels_is_refused(claim) -> None:
    with pytest.raises(UnreadablePicture):
        read_codes(claim(0, 5))


def test_a_big_file_is_refused() -> None:
    with pytest.raises(UnreadablePicture, match="too big"):
        read_codes(b"\xff\xd8\xff" + bytes(reading.MOST_BYTES))


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF0000WEBP", b"GIF89a" + bytes(99), b"%PDF-1.7"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match="not a JPEG"):
        read_codes(data)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = saved(Image.new("L", (64, 64)), progressive=True)
    assert picture_size(data) == (64, 64)
    with pytest.raises(UnreadablePicture):
        read_codes(data[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 100 + data[-2:])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_damage_never_gets_through_as_another_error(form: str) -> None:
    whole = saved(Image.open(io.BytesIO(qr_png("ST00012", sample=False, scale=2))).convert("RGB"), form)
    chance = random.Random(3)
    for _ in range(150):
        hurt = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            hurt[chance.randrange(len(hurt))] = chance.randrange(256)
        with_end = bytes(hurt[: chance.randrange(8, len(hurt) + 1)])
        try:
            assert all(isinstance(code, bytes) for code in read_codes(with_end))
        except UnreadablePicture:
            continue


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": b"Exif\x00\x00" + bytes(60)}),
        ("WEBP", {"quality": 80}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\x00\x00" + bytes(60)}),
    ],
)
def test_the_header_tells_the_size(form: str, options: dict[str, object]) -> None:
    assert picture_size(saved(Image.effect_noise((321, 123), 30), form, **options)) == (321, 123)
