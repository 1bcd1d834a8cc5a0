"""Attachments on the sandbox's VK: upload addresses, saved photos, documents and voice messages."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from sandbox.phone import Media
from sandbox.pictures import fit, picture_mime, picture_size
from sandbox.vk.errors import invalid
from sandbox.wire import Json, Upload

AttachmentKind = Literal["photo", "doc", "audio_message"]
# VK's letters for picture sizes with the longest side in pixels.
_SIDES = {"s": 75, "m": 130, "x": 604, "y": 807, "z": 1080, "w": 2560}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A saved file; `reference` names it in messages.send."""

    kind: AttachmentKind
    owner_id: int
    id: int
    access_key: str
    json: Json
    media: Media

    @property
    def reference(self) -> str:
        """As `photo-1_2`."""
        return f"{self.kind}{self.owner_id}_{self.id}"

    def shown(self) -> Json:
        """The attachment as it stands in a message."""
        return {"type": self.kind, self.kind: self.json}


@dataclass(slots=True)
class Library:
    """All files of one community. `place` gives the public address under which a key is served."""

    group_id: int
    now: Callable[[], int]
    place: Callable[[str], str]
    prefix: Callable[[], str]
    saved: dict[str, Attachment] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    _uploaded: dict[str, Upload] = field(default_factory=dict)
    _next: int = 457_239_000

    def uploaded_photo(self, upload: Upload) -> Json:
        """What the upload host answers for a picture; not a picture gives an empty photo, as VK does."""
        token = uuid4().hex
        photo = ""
        if picture_size(upload.content) is not None:
            photo = json.dumps([{"photo": token, "sizes": []}])
            self._uploaded[photo] = upload
        return {"server": 626627, "photo": photo, "hash": token}

    def uploaded_file(self, upload: Upload, kind: str) -> Json:
        """What the upload host answers for a document."""
        token = f"{kind}|{uuid4().hex}"
        self._uploaded[token] = upload
        return {"file": token}

    def save_photo(self, photo: str) -> Attachment:
        """photos.saveMessagesPhoto: an upload becomes an attachment, once."""
        upload = self._uploaded.pop(photo, None)
        if upload is None:
            raise invalid("photos_list is invalid")
        return self.photo(-self.group_id, upload.content, upload.name)

    def save_file(self, token: str, title: str) -> Attachment:
        """docs.save: an upload becomes a document or a voice message, once."""
        upload = self._uploaded.pop(token, None)
        if upload is None:
            raise invalid("file is invalid")
        if token.startswith("audio_message|"):
            return self.voice(-self.group_id, upload.content)
        return self.document(-self.group_id, upload.content, title or upload.name, upload.mime)

    def find(self, kind: str, owner: str, number: str, key: str | None) -> Attachment:
        """The attachment a message names; error 100 when there is none or its key is wrong."""
        found = self.saved.get(f"{kind}{owner}_{number}")
        if found is None or key not in (None, found.access_key):
            raise invalid(f"attachment {kind}{owner}_{number} is not found")
        return found

    def photo(self, owner: int, content: bytes, name: str) -> Attachment:
        """Keep a picture."""
        media = self._media("photo", name, picture_mime(content), content)
        size = picture_size(content) or (1, 1)
        url = self._url(media)
        letters = [letter for letter, side in _SIDES.items() if side < max(size)]
        shown = {letter: fit(size, _SIDES[letter]) for letter in [*letters, *list(_SIDES)[len(letters) :][:1]]}
        sizes: list[Json] = [
            {"type": letter, "url": url, "width": width, "height": height} for letter, (width, height) in shown.items()
        ]
        body: Json = {
            "album_id": -64,
            "date": self.now(),
            "has_tags": False,
            "sizes": sizes,
            "text": "",
        }
        return self._keep("photo", owner, body, media)

    def document(self, owner: int, content: bytes, title: str, mime: str) -> Attachment:
        """Keep a file."""
        media = self._media("document", title, mime, content)
        extension = title.rsplit(".", 1)[-1] if "." in title else "bin"
        body: Json = {
            "title": title,
            "size": len(content),
            "ext": extension,
            "date": self.now(),
            "type": 1 if extension == "pdf" else 8,
            "url": self._url(media),
        }
        return self._keep("doc", owner, body, media)

    def voice(self, owner: int, content: bytes) -> Attachment:
        """Keep a voice message."""
        media = self._media("voice", "voice.ogg", "audio/ogg", content)
        url = self._url(media)
        body: Json = {"duration": 1, "link_ogg": url, "link_mp3": url, "waveform": [0, 15, 31, 15, 0]}
        return self._keep("audio_message", owner, body, media)

    def _media(self, kind: Literal["photo", "document", "voice"], name: str, mime: str, content: bytes) -> Media:
        key = uuid4().hex
        media = Media(kind, name, mime, f"{self.prefix()}/media/{key}", content)
        self.media[key] = media
        return media

    def _url(self, media: Media) -> str:
        return self.place(f"/media/{media.url.rsplit('/', 1)[-1]}")

    def _keep(self, kind: AttachmentKind, owner: int, body: Json, media: Media) -> Attachment:
        self._next += 1
        key = uuid4().hex[:18]
        named: Json = {"id": self._next, "owner_id": owner, "access_key": key, **body}
        attachment = Attachment(kind, owner, self._next, key, named, media)
        self.saved[attachment.reference] = attachment
        return attachment
