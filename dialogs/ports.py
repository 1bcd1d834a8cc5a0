"""The durable path as the dialogs' world sees it: inbox, turns, outbox, files. Implemented by infra, used by the edges.

messenger ─► Inbox.add ─► Turns.open ─► OpenTurn.finish ─► Outbox ─► messenger
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from core.ids import ChatId
from core.use_cases import UseCases
from dialogs.screen import File

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChatAddress:
    """Where a chat lives: the messenger's code, the bot in it, the peer (a chat's id as text)."""

    messenger: str
    bot: str
    peer: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A raw update to keep: `key` names the event, so a second delivery of it changes nothing.

    `raw` is the update as it came (JSON text). `internal` ones are our own: job results and notices.
    """

    chat: ChatAddress
    key: str
    raw: str
    internal: bool = False


class Inbox(Protocol):
    async def add(self, updates: Sequence[Incoming]) -> Sequence[ChatAddress]:
        """Stores updates durably, skipping those that are there. Returns the chats that have something to do."""
        ...

    async def pending(self, served: Iterable[tuple[str, str]], limit: int) -> Sequence[ChatAddress]:
        """Chats whose oldest update is due: what a crash, or another process, left to do. Those that wait longest come
        first; of the `served` bots alone (messenger and bot), so that chats of a bot that nobody runs hide no others.
        """
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, ready to send: the method and its parameters; `file` is uploaded by delivery under `field`."""

    method: str
    params: Json
    file: File | None = None
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A stored call. `turn` is the key of the update that made it, `age` the seconds it had waited when it was read;
    `behind` are earlier calls of its chat that were unsent when it was made.

    `reply`: it answers what a person has just done; the rest are news, such as an operator's words.
    `attempt` is the number of the lease under which it is held: 1 for who made it, higher for each who takes it later.
    """

    id: int
    chat: ChatAddress
    call: Call
    random_id: int
    attempt: int = 1
    turn: str = ""
    age: float = 0.0
    behind: tuple[int, ...] = ()
    reply: bool = True

    @property
    def tries(self) -> int:
        """How often it was sent, or may have been, before this lease (0 is the number that older code gave)."""
        return max(0, self.attempt - 1)


class PutOff(NamedTuple):
    """A call given back: the number of the lease it was held under, and how often it was sent so far, all told."""

    id: int
    attempt: int
    tries: int


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A chat's session as stored: `state` is the envelope of dialogs.session, None for a chat never seen."""

    chat: ChatId
    language: str
    state: Json | None


class OpenTurn(Protocol):
    """One transaction that serves one update of one chat. The chat is locked until it ends."""

    update: Incoming
    attempt: int
    """How often this update has failed before."""
    late: bool
    """It stepped aside after failures, and the dialog has gone on without it."""
    age: float
    """Seconds since the update came."""
    session: SavedSession
    use_cases: UseCases

    async def finish(self, state: Json, language: str, calls: Sequence[Call]) -> Sequence[Outgoing]:
        """Saves the session, marks the update done and stores the calls, leased to this process."""
        ...

    async def start_job(self, name: str, payload: Json, key: str) -> None:
        """Queues background work inside the transaction; the same key again is the same job."""
        ...


class Failure(Enum):
    """What becomes of an update whose turn failed."""

    PUT_OFF = "failed"
    """Tried again soon; the younger updates of its chat wait for it."""
    ASIDE = "aside"
    """Tried again later; its chat goes on without it."""
    GIVEN_UP = "given_up"
    """A dead letter: tried again only when somebody says so."""


class Turns(Protocol):
    def open(self, chat: ChatAddress) -> AbstractAsyncContextManager[OpenTurn | None]:
        """A turn for the chat's oldest due update, or None when there is none.

        Commits when the block ends after `finish`; rolls back otherwise. Raises TimeoutError, itself or out of the
        turn, when the database says nothing any more, or what it needs stays locked: that is not the update's doing.
        """
        ...

    async def failed(self, update: Incoming, error: str) -> Failure:
        """Counts a failed turn of an update; what becomes of it."""
        ...


class Outbox(Protocol):
    async def lease(self, limit: int, of_a_chat: int) -> Sequence[Outgoing]:
        """Unsent calls whose lease ran out, in order within a chat and not more of one than said: what a crash left
        behind, or was put off."""
        ...

    async def renew(self, calls: Sequence[Outgoing]) -> Sequence[int]:
        """Keeps calls this process holds leased for longer; those of them that nobody has taken over meanwhile."""
        ...

    async def sent(self, ids: Sequence[int]) -> None: ...

    async def put_off(self, calls: Sequence[PutOff], seconds: float) -> None:
        """Sending will be tried again after so many seconds. Calls that others have taken over are left to them."""
        ...

    async def give_up(self, ids: Sequence[int], outcome: str) -> None:
        """Will not be sent: the outcome says why (blocked, dead)."""
        ...


@dataclass(frozen=True, slots=True)
class FileContent:
    """A made file. `key` names exactly this content, so that an upload can be reused."""

    key: str
    name: str
    content: bytes


class Files(Protocol):
    """Makes or finds the files that screens name."""

    async def get(self, file: File, chat: ChatAddress, language: str) -> FileContent:
        """Raises NotFound when what it shows is gone."""
        ...

    async def uploaded(self, bot: ChatAddress, key: str) -> str | None:
        """The messenger's own name for an earlier upload of the same content."""
        ...

    async def remember_upload(self, bot: ChatAddress, key: str, remote: str) -> None: ...
