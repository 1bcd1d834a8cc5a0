"""Is this the real bot? It gives out a word; the resident reads it to the call centre and hears it confirmed.

The word is said aloud, so it is made of words: a noun and four digits. It opens nothing, and whoever guesses one learns
a messenger and a time. A false bot may hand on what the real one says: so the operator also asks for the bot's address.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from core.accounts.codes import CodeDigester
from core.errors import NotFound
from core.ids import ChatId

WORD_LIVES: Final = timedelta(minutes=15)
PURPOSE: Final = "bot_word"
TRIES: Final = 20

NOUNS: Final = (
    *("берёза", "ветер", "вишня", "волна", "гора", "город", "дождь", "дорога", "дуб", "звезда", "зима", "калина"),
    *("камень", "клён", "книга", "колос", "корабль", "лампа", "лебедь", "лес", "лето", "липа", "луна", "малина"),
    *("мост", "море", "мороз", "мяч", "небо", "озеро", "окно", "осень", "остров", "парус", "пшеница", "радуга"),
    *("ракета", "река", "роза", "роща", "рябина", "сад", "сирень", "снег", "снегирь", "солнце", "сосна", "степь"),
    *("сугроб", "телега", "тополь", "трава", "туман", "урожай", "утро", "филин", "флаг", "хлеб", "чайка", "черёмуха"),
    *("шишка", "яблоко", "якорь", "яхта"),
)
"""Short, known to everybody, no two alike over a telephone."""


@dataclass(frozen=True, slots=True)
class ConfirmedWord:
    """What an operator may know of the chat a word was given out in: nothing of the person."""

    chat: ChatId
    messenger: str
    issued_at: datetime


class WordStore(Protocol):
    """Works inside the caller's transaction, by the database's clock."""

    async def add(self, chat: ChatId, digest: bytes, lives: timedelta) -> bool:
        """Keeps a new word in place of the chat's earlier ones; False when a living one of another chat is the same."""
        ...

    async def confirm(self, digest: bytes) -> ConfirmedWord | None:
        """Marks a living word as confirmed, once, and has its chat told; None when there is no such word."""
        ...


@dataclass(frozen=True)
class BotChecks:
    words: WordStore
    digester: CodeDigester

    async def issue(self, chat: ChatId) -> str:
        """A new word for a chat, as it is read out: «сосна 4817»."""
        for _ in range(TRIES):
            word = f"{secrets.choice(NOUNS)} {secrets.randbelow(9000) + 1000}"
            if await self.words.add(chat, self._digest(word), WORD_LIVES):
                return word
        raise RuntimeError("all words seem to be taken")

    async def confirm(self, said: str) -> ConfirmedWord:
        """The word as an operator heard it. Raises NotFound for one that is unknown, too old or confirmed already."""
        found = await self.words.confirm(self._digest(said))
        if found is None:
            raise NotFound
        return found

    def _digest(self, word: str) -> bytes:
        return self.digester.one_time(PURPOSE, word[:40].casefold().replace("ё", "е"))
