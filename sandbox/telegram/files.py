"""Files on the sandbox's Telegram: uploaded once, sent again by file_id, fetched by path."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from sandbox.pictures import fit, picture_mime, picture_size
from sandbox.wire import Json

FileKind = Literal["photo", "document", "voice", "sticker"]
_PREFIX = {"photo": "AgACAgI", "document": "BQACAgI", "voice": "AwACAgI", "sticker": "CAACAgI"}
_FOLDER = {"photo": "photos", "document": "documents", "voice": "voice", "sticker": "stickers"}
_EXTENSION = {"image/png": "png", "image/gif": "gif", "image/jpeg": "jpg"}
# Telegram's own letters for picture sizes with the longest side in pixels.
_SIDES = (90, 320, 800, 1280)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file under one file_id; all sizes of a photo share the original's bytes."""

    file_id: str
    unique_id: str
    kind: FileKind
    name: str
    mime: str
    path: str
    content: bytes = field(repr=False)
    size: tuple[int, int] | None = None

    def photo_size(self) -> Json:
        """A PhotoSize object."""
        width, height = self.size or (1, 1)
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "width": width,
            "height": height,
            "file_size": len(self.content),
        }

    def described(self) -> Json:
        """A Document or Voice object."""
        common: Json = {"file_id": self.file_id, "file_unique_id": self.unique_id}
        if self.kind == "voice":
            return {**common, "duration": 1, "mime_type": self.mime, "file_size": len(self.content)}
        return {**common, "file_name": self.name, "mime_type": self.mime, "file_size": len(self.content)}


class FileStore:
    """All files of one bot."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._photos: dict[str, list[StoredFile]] = {}

    def add(self, kind: FileKind, content: bytes, name: str, mime: str) -> StoredFile:
        """Keep a document or a voice."""
        return self._keep(kind, content, name, mime)

    def add_photo(self, content: bytes) -> list[StoredFile]:
        """Keep a picture, smallest size first; the last is the largest the phone shows."""
        size = picture_size(content) or (1, 1)
        mime = picture_mime(content)
        smaller = [fit(size, side) for side in _SIDES if side < max(size)]
        shown = dict.fromkeys([*smaller, fit(size, _SIDES[-1])])
        digest = hashlib.sha256(content).hexdigest()
        files = [self._keep("photo", content, f"photo.{_EXTENSION[mime]}", mime, digest, one) for one in shown]
        self._photos.update({file.file_id: files for file in files})
        return files

    def find(self, file_id: str) -> StoredFile | None:
        """The file under a file_id."""
        return self._by_id.get(file_id)

    def sizes(self, file_id: str) -> list[StoredFile]:
        """All sizes of the photo one of whose sizes this is."""
        return self._photos.get(file_id, [])

    def at(self, path: str) -> StoredFile | None:
        """The file a download path names."""
        return self._by_path.get(path)

    def _keep(  # one record has this many facts
        self,
        kind: FileKind,
        content: bytes,
        name: str,
        mime: str,
        digest: str = "",
        size: tuple[int, int] | None = None,
    ) -> StoredFile:
        digest = digest or hashlib.sha256(content).hexdigest()
        side = "" if size is None else f"{size[0]}x{size[1]}"
        number = len(self._by_id)
        suffix = name.rsplit(".", 1)[-1] if "." in name else "bin"
        path = f"{_FOLDER[kind]}/file_{number}.{suffix}"
        file_id = f"{_PREFIX[kind]}{digest[:40]}{number:06d}"
        file = StoredFile(file_id, f"AQAD{digest[:14]}{side}", kind, name, mime, path, content, size)
        self._by_id[file_id] = file
        self._by_path[path] = file
        return file
