"""What a browser sends, read within limits: nothing is kept on disk, nothing is believed of a file but its bytes."""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.multipart import MultipartReader

T = TypeVar("T")

LARGEST_FIELD: Final = 64 * 1024
LARGEST_FIELDS: Final = 512 * 1024
"""Bytes of all fields together."""
LARGEST_UPLOAD: Final = 20 * 1024 * 1024
LARGEST_UPLOADS: Final = 40 * 1024 * 1024
MOST_FIELDS: Final = 500


class BadForm(Exception):
    """It cannot be read as a form."""


class TooLarge(Exception):
    """More than is taken."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. Its name and its type are what the browser says: look at the bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uploads: Mapping[str, tuple[Upload, ...]] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return self.fields.get(name, (default,))[0]

    def texts(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())

    def number(self, name: str) -> int | None:
        """A whole number that the database holds, or None."""
        said = self.text(name).strip()
        fits = said.isascii() and said.isdecimal() and len(said) < 19
        return int(said) if fits else None

    def ticked(self, name: str) -> bool:
        return name in self.fields

    def upload(self, name: str) -> Upload | None:
        """The file of a field, unless none was chosen."""
        return next((one for one in self.uploads.get(name, ()) if one.name or one.content), None)


async def read_form(request: web.Request, *, files: bool = True) -> Form:
    """`files`: whether such may come with it, as they may from members. Raises BadForm or TooLarge."""
    if files and request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    body = await _read(request.content.iter_any(), LARGEST_FIELDS)
    if not body:
        return Form()
    if request.content_type != "application/x-www-form-urlencoded":
        raise BadForm
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadForm from None
    return Form(_grouped([(name, _plain(value)) for name, value in pairs]))


async def _read_multipart(request: web.Request) -> Form:
    fields: list[tuple[str, str]] = []
    uploads: list[tuple[str, Upload]] = []
    left = {"fields": LARGEST_FIELDS, "uploads": LARGEST_UPLOADS}
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader) or part.name is None or len(fields) + len(uploads) >= MOST_FIELDS:
                raise BadForm
            if part.filename is None:
                said = await _read_part(part, min(LARGEST_FIELD, left["fields"]))
                left["fields"] -= len(said)
                fields.append((part.name, _plain(said.decode(errors="replace"))))
            else:
                content = await _read_part(part, min(LARGEST_UPLOAD, left["uploads"]))
                left["uploads"] -= len(content)
                uploads.append((part.name, Upload(_plain(part.filename), content)))
    except (ValueError, AssertionError) as error:  # what aiohttp raises for a body that is no multipart
        raise BadForm from error
    return Form(_grouped(fields), _grouped(uploads))


async def _read_part(part: BodyPartReader, most: int) -> bytes:
    """The bytes as they came: a part is never unpacked, so none can grow."""
    content = bytearray()
    while piece := await part.read_chunk():
        content += piece
        if len(content) > most:
            raise TooLarge
    return bytes(content)


async def _read(pieces: AsyncIterable[bytes], most: int) -> bytes:
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > most:
            raise TooLarge
    return bytes(content)


def _plain(said: str) -> str:
    """Without the one sign that a text in the database cannot hold; line ends as everywhere."""
    return said.replace("\0", "").replace("\r\n", "\n")


def _grouped(pairs: Sequence[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    grouped: dict[str, list[T]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in grouped.items()}
