"""A conversation of one chat with the engine, as a test writes it: say, press, look.

Between any two turns the session goes through JSON, with its keys in another order, as PostgreSQL keeps it. Every
screen is fitted to both messengers in every language of the city.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.ids import ChatId
from core.messengers import PersonalData
from core.use_cases import UseCases
from dialogs.engine import Engine
from dialogs.event import Command, Event, Kind, Notice, PhotoRead, Pressed, Said, Sent
from dialogs.fit import FittedButton, FittedMessage, Limits, fit, length
from dialogs.minimal import without_personal
from dialogs.ports import Call, ChatAddress, Incoming, Json, Outgoing, SavedSession
from dialogs.screen import File, Form, Screen
from infra.i18n import Catalogues
from infra.paths import LOCALES
from tests.dialogs.world import World

FIRST_CHAT = ChatId(7)
CATALOGUES = Catalogues(LOCALES)
PUBLIC_URL = "https://voda.example"
LIMITS = {
    "telegram": Limits(text=4096, caption=1024, label=64, buttons=100, rows=100, per_row=8),
    "vk": Limits(text=4096, caption=4096, label=40, buttons=10, rows=6, per_row=5),
}


@dataclass
class FakeTurn:
    """`dialogs.ports.OpenTurn` for the engine, which neither finishes it nor knows of transactions."""

    update: Incoming
    session: SavedSession
    use_cases: UseCases
    attempt: int = 0
    late: bool = False
    age: float = 0.0
    jobs: list[tuple[str, Json]] = field(default_factory=list)

    async def finish(self, state: Json, language: str, calls: Sequence[Call]) -> Sequence[Outgoing]:
        raise AssertionError("the turn runner finishes turns, not the engine")

    async def start_job(self, name: str, payload: Json, key: str) -> None:
        self.jobs.append((name, payload))


@dataclass(frozen=True)
class Button:
    label: str
    press: Pressed


@dataclass
class Talk:
    """One chat. `text` and `files` are of the last turn; `buttons` are those of the last screen that was drawn."""

    world: World
    messenger: str = "telegram"
    chat: ChatId = FIRST_CHAT
    private: bool = True
    hint: str | None = "ru"
    language: str = "ru"
    state: Json | None = None
    text: str = ""
    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    keyboard: list[Button] = field(default_factory=list)
    older: list[Button] = field(default_factory=list)
    under: list[Button] = field(default_factory=list)
    told: list[Button] = field(default_factory=list)
    jobs: list[tuple[str, Json]] = field(default_factory=list)
    public_url: str | None = PUBLIC_URL

    async def say(self, text: str) -> str:
        return await self.serve(Said(text))

    async def command(self, name: str) -> str:
        return await self.serve(Command(name))

    async def press(self, word: str) -> str:
        """Presses the first offered button whose label contains the word."""
        return await self.serve(self._button(word, self.keyboard).press)

    async def press_told(self, word: str) -> str:
        """Presses a button of the last notice."""
        return await self.serve(self._button(word, self.told).press)

    async def press_under(self, word: str) -> str:
        """Presses a button of what was said last, also of a notice."""
        return await self.serve(self._button(word, self.under).press)

    async def press_old(self, word: str) -> str:
        """Presses a button of an earlier screen, the newest that has the word."""
        return await self.serve(self._button(word, self.older[::-1]).press)

    async def send(self, kind: Kind, file: str | None = "file-1", text: str = "") -> str:
        return await self.serve(Sent(kind, file, text))

    async def send_photo(self, *codes: str | bytes) -> str:
        """Sends a photo; then the job reports what was read on it."""
        await self.send(Kind.PHOTO)
        return await self.serve(PhotoRead(tuple(one.encode() if isinstance(one, str) else one for one in codes)))

    async def notice(self, kind: str, subject: str = "") -> str:
        return await self.serve(Notice(kind, subject))

    def show(self, screen: Screen) -> str:
        """Something of ours that the worker sends: no turn of the chat, but its buttons may be pressed."""
        minimal = self.world.city.messenger(self.messenger).personal_data is PersonalData.MINIMAL
        bare = without_personal(screen) if minimal else screen
        self._look((bare,) if bare is not None else (), 0, redrawn=False)
        return self.text

    @property
    def buttons(self) -> list[str]:
        return [button.label for button in self.keyboard]

    @property
    def steps(self) -> list[str]:
        """Names of the steps on the saved trail."""
        trail = self._saved("trail", [])
        assert isinstance(trail, list)
        return [entry["step"] for entry in trail]

    async def serve(self, event: Event, late: bool = False) -> str:
        turn = FakeTurn(
            Incoming(ChatAddress(self.messenger, "1", str(self.chat)), "key", "{}"),
            SavedSession(self.chat, self.language, self.state),
            self.world.use_cases(),
            late=late,
            jobs=self.jobs,
        )
        engine = Engine(self.world.city, self.world.clock, CATALOGUES, {"telegram"}, self.public_url)
        served = await engine.serve(turn, event, self.private, self.hint)
        redrawn = served.rev != self._saved("rev", 0)
        self.state = reloaded(served.state)
        self.language = served.language
        self._look(served.screens, served.rev, redrawn)
        return self.text

    def _saved(self, name: str, otherwise: object) -> object:
        """A part of the saved session; a test may have broken it."""
        return self.state.get(name, otherwise) if isinstance(self.state, dict) else otherwise

    def _look(self, screens: Sequence[Screen], rev: int, redrawn: bool) -> None:
        shown = [message for screen in screens for message in fitted(screen, self.language, rev, self.messenger)]
        self.texts = [message.text.replace("\u00a0", " ") for message in shown]
        self.text = "\n---\n".join(self.texts)
        self.files = [message.file for message in shown if message.file]
        self.under = [button for row in shown[-1].rows for button in map(_button, row)] if shown else []
        if redrawn and shown:
            self.older += self.keyboard
            self.keyboard = [button for row in shown[-1].rows for button in map(_button, row)]
        elif shown:
            self.told = [button for row in shown[-1].rows for button in map(_button, row)]

    @staticmethod
    def _button(word: str, among: Sequence[Button]) -> Button:
        found = [button for button in among if word.casefold() in button.label.casefold()]
        assert found, f"no button with {word!r} among {[button.label for button in among]}"
        return found[0]


def _button(fitted_button: FittedButton) -> Button:
    rev, _, choice = fitted_button.data.partition(":")
    return Button(fitted_button.label.replace("\u00a0", " "), Pressed(choice, int(rev)))


def reloaded(state: Mapping[str, object]) -> Json:
    loaded = json.loads(json.dumps(state, sort_keys=True))
    assert isinstance(loaded, dict)
    return loaded


def fitted(screen: Screen, language: str, rev: int, messenger: str) -> tuple[FittedMessage, ...]:
    """The messages of a screen as asked for; all other languages and messengers are checked on the way."""
    for code in CATALOGUES.translators:
        for limits in LIMITS.values():
            check_fits(fit(screen, CATALOGUES(code), rev, limits), limits)
    return fit(screen, CATALOGUES(language), rev, LIMITS[messenger])


def check_fits(messages: Sequence[FittedMessage], limits: Limits) -> None:
    for message in messages:
        assert message.text.strip() or message.file, "an empty message is refused by messengers"
        assert length(message.text) <= (limits.caption if message.file else limits.text)
        assert len(message.rows) <= limits.rows
        assert sum(map(len, message.rows)) <= limits.buttons
        for row in message.rows:
            assert 0 < len(row) <= limits.per_row
            for button in row:
                assert button.label.strip()
                assert length(button.label) <= limits.label
                assert 3 <= len(button.data.encode()) <= 64


def forms(talk: Talk) -> list[Form]:
    return [file.form for file in talk.files]
