"""Letters made ready ahead of their time: deliveries read, composed, and packed into parcels of one call each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from core.broadcast_settings import BroadcastRules
from core.broadcasts.model import DeliveryState, MailingKind
from core.clock import CityClock
from core.ids import DeliveryId
from dialogs.mailings import Composer, Courier, Deliveries, Due, Letter, Mailing, Settled, Taken, Token
from dialogs.minimal import without_personal
from dialogs.ports import Call, ChatAddress, FileContent, Files
from dialogs.screen import File, Screen, Translator

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

COMPOSED_AT_ONCE: Final = 100


class Turnstile(Protocol):
    """The pace of what goes to many (bots.pace)."""

    async def next_bulk(self, token: Token) -> float: ...

    async def leave(self, token: Token, moment: float) -> None: ...

    async def pause(self, token: Token, seconds: float) -> None: ...

    async def paused(self, token: Token) -> float: ...


class Counts(Protocol):
    """Counts letters by what became of them: nothing personal."""

    def letter(self, messenger: str, outcome: str) -> None: ...


@dataclass(frozen=True)
class MailRoom:
    """What senders of all bots share."""

    deliveries: Deliveries
    composers: Mapping[MailingKind, Composer]
    files: Files
    translator: Callable[[str], Translator]
    pace: Turnstile
    clock: CityClock
    rules: BroadcastRules
    may_send: Callable[[], bool]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Parcel:
    """Letters that leave in one call. With `file` the content goes along, and `gone` is set when it has been tried."""

    letters: Sequence[Letter]
    file: FileContent | None = None
    gone: asyncio.Event | None = None


@dataclass(slots=True)
class _Enclosure:
    """A file of the mailing in hand, and the messenger's name for it once there is one."""

    content: FileContent
    remote: str | None


@dataclass(eq=False)
class Packer:
    """Packs for one bot. `minimal`: its messages carry nothing personal (core.messengers)."""

    courier: Courier
    room: MailRoom
    minimal: bool = False
    _apart: set[DeliveryId] = field(default_factory=set, init=False)
    _enclosures: dict[File, _Enclosure] = field(default_factory=dict, init=False)
    _stale: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.token = (self.courier.messenger, self.courier.bot)

    async def parcels(self, mailing: Mailing) -> AsyncIterator[Parcel]:
        """All that waits of a mailing now, once. What is put back meanwhile waits for the next time."""
        after = 0
        self._enclosures.clear()
        while due := await self.room.deliveries.waiting(self.token, mailing.id, after, self.courier.holds):
            after = due[-1].id
            async for parcel in self._packed(mailing, due):
                yield parcel

    def carry_apart(self, letter: Letter) -> None:
        """This one was refused together with others: from now on it goes alone."""
        self._apart.add(letter.id)

    def name_is_stale(self, letter: Letter) -> None:
        """The messenger does not know the file by its name any more."""
        if letter.remote is not None:
            self._stale.add(letter.remote)
        if letter.call.file in self._enclosures:
            self._enclosures[letter.call.file].remote = None

    async def named(self, letter: Letter, taken: Taken) -> None:
        """The messenger has named the file that went with a letter."""
        enclosure = self._enclosures.get(letter.call.file) if letter.call.file is not None else None
        if enclosure is not None and taken.remote is not None:
            enclosure.remote = taken.remote
            await self._remember(letter.chat, enclosure)

    async def _packed(self, mailing: Mailing, due: Sequence[Due]) -> AsyncIterator[Parcel]:
        letters = await self._letters(mailing, due)
        languages = {one.id: one.language for one in due}
        while letters and (enclosure := await self._enclosure(letters[0], languages[letters[0].id])) is not None:
            if enclosure.remote is not None:
                letters = [_with_file(letter, enclosure.remote) for letter in letters]
                break
            gone = asyncio.Event()
            yield Parcel(letters[:1], enclosure.content, gone)
            await gone.wait()
            letters = letters[1:]
        apart = [letter for letter in letters if letter.id in self._apart]
        together = [letter for letter in letters if letter.id not in self._apart]
        for parcel in (*self.courier.parcels(together), *((letter,) for letter in apart)):
            yield Parcel(parcel)

    async def _letters(self, mailing: Mailing, due: Sequence[Due]) -> list[Letter]:
        """What is to be said, as calls. Composed a portion at a time: a reply must not wait until all are ready."""
        portions = [due[start : start + COMPOSED_AT_ONCE] for start in range(0, len(due), COMPOSED_AT_ONCE)]
        return [letter for portion in portions for letter in await self._portion(mailing, portion)]

    async def _portion(self, mailing: Mailing, due: Sequence[Due]) -> list[Letter]:
        """Who cannot be told any more is settled."""
        screens = await self.room.composers[mailing.kind].compose(mailing, due)
        letters: list[Letter] = []
        skipped: list[Settled] = []
        made: dict[tuple[int, str], Sequence[Call]] = {}
        for one, screen in zip(due, screens, strict=True):
            key = (id(screen), one.language)
            if key not in made:
                made[key] = self._calls(mailing, screen, one.language)
            if len(made[key]) == 1:
                letters.append(Letter(one.id, one.chat, made[key][0], one.random_id, attempts=one.attempts))
            elif made[key]:
                skipped.append(Settled(one.id, DeliveryState.FAILED, "more than one message"))
            else:
                skipped.append(Settled(one.id, DeliveryState.OPTED_OUT, "nothing to say any more"))
        if skipped:
            await self.room.deliveries.skip(skipped)
        return letters

    def _calls(self, mailing: Mailing, screen: Screen | None, language: str) -> Sequence[Call]:
        bare = without_personal(screen) if screen is not None and self.minimal else screen
        return self.courier.render(bare, mailing.kind, self.room.translator(language)) if bare is not None else ()

    async def _enclosure(self, letter: Letter, language: str) -> _Enclosure | None:
        """The file of a letter. Raises Unavailable while the messenger does not take it, NotFound when it is gone."""
        file = letter.call.file
        if file is None:
            return None
        kept = self._enclosures.get(file)
        if kept is None:
            content = await self.room.files.get(file, letter.chat, language)
            remote = await self.room.files.uploaded(letter.chat, content.key)
            kept = self._enclosures[file] = _Enclosure(content, None if remote in self._stale else remote)
        if kept.remote is None:
            kept.remote = await self.courier.upload(kept.content, letter.chat, picture=file.picture)
            await self._remember(letter.chat, kept)
        return kept

    async def _remember(self, chat: ChatAddress, enclosure: _Enclosure) -> None:
        if enclosure.remote is None:
            return
        try:
            await self.room.files.remember_upload(chat, enclosure.content.key, enclosure.remote)
        except Exception as error:  # it is there: uploading it anew next time is no harm
            log.warning("upload was not remembered", error=type(error).__name__)


def _with_file(letter: Letter, remote: str) -> Letter:
    return Letter(letter.id, letter.chat, letter.call, letter.random_id, remote, letter.attempts)
