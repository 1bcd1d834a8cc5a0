"""What a person holds: one chat with the bot on one messenger, seen and driven as on a phone.

A messenger's own phone (`sandbox.telegram.phone`, `sandbox.vk.phone`) fills in how an action reaches the bot.
Waiting has one rule that keeps tests honest: `wait_for` looks only at what the bot said or changed since the person's
last own action, so an old bubble never passes for the answer to a new one.
"""

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

ButtonKind = Literal["press", "text", "url", "contact"]
MediaKind = Literal["photo", "document", "voice"]
Messenger = Literal["telegram", "vk"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button as drawn. `press` calls the bot back, `text` writes a message, `contact` shares the own number."""

    label: str
    kind: ButtonKind
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """What hangs on a bubble; `url` is a path under the sandbox that a browser can open."""

    kind: MediaKind
    name: str
    mime: str
    url: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Bubble:
    """One message on the screen. With format `html` the text is HTML of harmless tags only; `plain` is what one reads.

    `stamp` rises with every change on the phone, so that news can be told from history.
    """

    id: int
    mine: bool
    text: str
    format: Literal["plain", "html"] = "plain"
    rows: list[list[Button]] = field(default_factory=list)
    media: Media | None = None
    edited: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    plain: str = ""
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Who holds the phone."""

    id: int
    first_name: str
    last_name: str
    phone: str
    language_code: str


Listener = Callable[["Phone"], Awaitable[None] | None]
Predicate = Callable[[Bubble], bool]


class Phone(ABC):
    """One chat with the bot. `keyboard` is the keyboard under the input line, `opened` the links the person opened."""

    messenger: Messenger

    def __init__(self, user: Person) -> None:
        self.user = user
        self.bubbles: list[Bubble] = []
        self.keyboard: list[list[Button]] = []
        self.toast: str | None = None
        self.typing = False
        self.opened: list[str] = []
        self.on_change: set[Listener] = set()
        self._stamp = 0
        self._acted = 0
        self._waiting: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    # What the person does

    @abstractmethod
    async def say(self, text: str) -> None:
        """Write a text."""

    @abstractmethod
    async def start(self, payload: str | None = None) -> None:
        """Begin the chat: /start in Telegram, «Начать» in VK; `payload` comes from a deep link."""

    @abstractmethod
    async def press(self, bubble_id: int, row: int, column: int) -> None:
        """Press a button under a bubble."""

    @abstractmethod
    async def press_keyboard(self, row: int, column: int) -> None:
        """Press a button of the keyboard under the input line."""

    @abstractmethod
    async def share_contact(self, phone: str | None = None, user_id: int | None = None) -> None:
        """Send a contact card: the own one by default; user_id 0 sends a card that belongs to no account."""

    @abstractmethod
    async def send_photo(self, content: bytes, caption: str = "") -> None:
        """Send a picture."""

    @abstractmethod
    async def send_document(self, content: bytes, name: str, mime: str) -> None:
        """Send a file."""

    @abstractmethod
    async def send_voice(self, content: bytes) -> None:
        """Send a voice message."""

    @abstractmethod
    async def send_sticker(self) -> None:
        """Send a sticker."""

    @abstractmethod
    async def send_location(self, lat: float, lon: float) -> None:
        """Send a place in degrees."""

    @abstractmethod
    async def send_poll(self) -> None:
        """Send a poll."""

    @abstractmethod
    async def edit_last(self, text: str) -> None:
        """Change the last own message."""

    @abstractmethod
    async def block(self) -> None:
        """Forbid the bot to write."""

    @abstractmethod
    async def unblock(self) -> None:
        """Let the bot write again."""

    async def tap(self, word: str, timeout: float = 0.0) -> None:
        """Press the newest button whose label contains the word (any case), waiting up to `timeout` s for it.

        Newest: the last bot bubble, the keyboard, then older bubbles. AssertionError lists the labels when none fits.
        """
        found = self._find(word)
        if found is None and timeout > 0:
            await self._until(lambda: self._find(word) is not None, timeout)
            found = self._find(word)
        if found is None:
            labels = [button.label for button in self.buttons()]
            raise AssertionError(f"no button with «{word}»; there are {labels}")
        bubble, row, column = found
        await (self.press_keyboard(row, column) if bubble is None else self.press(bubble.id, row, column))

    # What the person sees

    def buttons(self) -> list[Button]:
        """Buttons of the last bot bubble and of the keyboard."""
        last = self.last()
        rows = [*(last.rows if last else []), *self.keyboard]
        return [button for row in rows for button in row]

    def last(self) -> Bubble | None:
        """The last bubble of the bot."""
        return next((bubble for bubble in reversed(self.bubbles) if not bubble.mine), None)

    def news(self) -> list[Bubble]:
        """What the bot said or changed since the person's last action."""
        return [bubble for bubble in self.bubbles if not bubble.mine and bubble.stamp > self._acted]

    async def wait_for(self, predicate: Predicate | str, timeout: float = 10.0) -> Bubble:
        """The first bot bubble among the news that satisfies (or whose readable text contains the string).

        AssertionError shows the news when `timeout` seconds pass without one.
        """
        fits: Predicate = (lambda bubble: predicate in bubble.plain) if isinstance(predicate, str) else predicate

        def found() -> Bubble | None:
            return next((bubble for bubble in self.news() if fits(bubble)), None)

        await self._until(lambda: found() is not None, timeout)
        bubble = found()
        if bubble is None:
            raise AssertionError(f"no such answer within {timeout} s; the bot said {[b.plain for b in self.news()]}")
        return bubble

    # Machinery for the messengers' phones

    def show(self, bubble: Bubble) -> None:
        """A new bubble appears; a bot's bubble ends its typing."""
        self.bubbles.append(bubble)
        if not bubble.mine:
            self.typing = False
        self.touch(bubble)

    def remove(self, bubble_id: int) -> None:
        """A bubble disappears."""
        self.bubbles = [bubble for bubble in self.bubbles if bubble.id != bubble_id]
        self.changed()

    def touch(self, bubble: Bubble) -> None:
        """A bubble is new or was changed."""
        self._stamp += 1
        bubble.stamp = self._stamp
        self.changed()

    def act(self) -> None:
        """The person does something: what the bot said before is history now."""
        self._acted = self._stamp
        self.toast = None

    def bubble(self, bubble_id: int) -> Bubble:
        """The bubble with this id; AssertionError when there is none."""
        found = next((bubble for bubble in self.bubbles if bubble.id == bubble_id), None)
        assert found is not None, f"no bubble {bubble_id} on the screen"
        return found

    def changed(self) -> None:
        """Wake who waits and tell who listens."""
        for event in self._waiting:
            event.set()
        for listener in list(self.on_change):
            outcome = listener(self)
            if inspect.isawaitable(outcome):
                task = asyncio.ensure_future(_finish(outcome))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _until(self, reached: Callable[[], bool], timeout: float) -> None:
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(timeout):
                while not reached():
                    event.clear()
                    await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(event)

    def _find(self, word: str) -> tuple[Bubble | None, int, int] | None:
        bot = [bubble for bubble in reversed(self.bubbles) if not bubble.mine]
        screens: list[tuple[Bubble | None, list[list[Button]]]] = [(bubble, bubble.rows) for bubble in bot]
        screens.insert(min(1, len(screens)), (None, self.keyboard))
        for bubble, rows in screens:
            for row, buttons in enumerate(rows):
                for column, button in enumerate(buttons):
                    if word.casefold() in button.label.casefold():
                        return bubble, row, column
        return None


async def _finish(outcome: Awaitable[None]) -> None:
    await outcome
