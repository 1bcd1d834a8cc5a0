"""Files of people: what they are is told by their bytes, and nothing of a picture but its pixels is kept."""

from io import BytesIO

import pytest
from PIL import Image

from core.support.model import FileKind
from infra.attachments import ANY_TYPE, LARGEST, LONGEST_NAME, LONGEST_SIDE_KEPT, UnfitFile, made_file, safe_name


def jpeg(size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "red").save(written, "JPEG", **options)
    return written.getvalue()


def with_place() -> bytes:
    """A photo that tells where it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CAMERA-OF-MINE"
    exif.get_ifd(0x8825)[1] = "N"
    return jpeg(exif=exif, comment=b"SECRET-COMMENT")


def test_a_photo_is_made_anew_without_what_the_camera_wrote() -> None:
    sent = with_place()
    assert b"CAMERA-OF-MINE" in sent
    made = made_file(FileKind.PHOTO, "", sent)
    assert (made.kind, made.name, made.media_type) == (FileKind.PHOTO, "photo.jpg", "image/jpeg")
    assert b"CAMERA-OF-MINE" not in made.content
    assert b"SECRET-COMMENT" not in made.content
    with Image.open(BytesIO(made.content)) as picture:
        assert not picture.getexif()
        assert picture.size == (40, 60)  # upright


def test_a_big_photo_is_made_smaller() -> None:
    made = made_file(FileKind.PHOTO, "", jpeg((4000, 3000)))
    with Image.open(BytesIO(made.content)) as picture:
        assert max(picture.size) == LONGEST_SIDE_KEPT


def test_a_picture_sent_as_a_document_is_a_picture() -> None:
    made = made_file(FileKind.FILE, "справка.png", jpeg())
    assert (made.kind, made.name, made.media_type) == (FileKind.PHOTO, "справка.jpg", "image/jpeg")


def test_a_small_file_that_claims_a_huge_picture_is_refused_before_it_is_decoded() -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    with pytest.raises(UnfitFile, match="too many pixels"):
        made_file(FileKind.FILE, "bomb.png", header)


@pytest.mark.parametrize(
    "sent",
    [b"<html><script>alert(1)</script></html>", b"%PDF-1.4", b"MZ\x90\x00", jpeg()[:40], b"\xff\xd8\xff" + b"x" * 100],
)
def test_what_is_called_a_photo_and_is_none_is_refused(sent: bytes) -> None:
    with pytest.raises(UnfitFile):
        made_file(FileKind.PHOTO, "photo.jpg", sent)


@pytest.mark.parametrize(
    ("kind", "name", "sent", "media_type"),
    [
        (FileKind.FILE, "акт.pdf", b"%PDF-1.7 ...", "application/pdf"),
        (FileKind.VOICE, "", b"OggS" + bytes(30), "audio/ogg"),
        (FileKind.FILE, "page.html", b"<html><script>alert(1)</script>", ANY_TYPE),
        (FileKind.FILE, "picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", ANY_TYPE),
        (FileKind.FILE, "run.exe", b"MZ\x90\x00", ANY_TYPE),
        (FileKind.FILE, "archive.zip", b"PK\x03\x04" + bytes(30), ANY_TYPE),
    ],
)
def test_everything_else_is_kept_as_it_is_under_a_harmless_type(
    kind: FileKind, name: str, sent: bytes, media_type: str
) -> None:
    made = made_file(kind, name, sent)
    assert (made.kind, made.content, made.media_type) == (kind, sent, media_type)


@pytest.mark.parametrize("sent", [b"", bytes(LARGEST + 1)])
def test_an_empty_file_and_a_huge_one_are_refused(sent: bytes) -> None:
    with pytest.raises(UnfitFile):
        made_file(FileKind.FILE, "файл", sent)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("акт сверки.pdf", "акт сверки.pdf"),
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\Windows\\cmd.exe", "C_Windows_cmd.exe"),
        ("фото\u202egpj.exe", "фото_gpj.exe"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "a_b_Set-Cookie_ x.pdf"),
        ("...", ""),
        ("я" * 200 + ".pdf", "я" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_no_path_and_deceives_nobody(name: str, safe: str) -> None:
    assert safe_name(name) == safe
