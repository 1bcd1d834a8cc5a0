"""Home: the menu, and whatever is said at any time (a line of readings, a menu word)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.accounts.residents import Flat
from dialogs import words
from dialogs.call_backs import ChooseCaller
from dialogs.codes import EnterCode
from dialogs.contacts import Contacts
from dialogs.event import Event, Pressed, Said
from dialogs.flats import Purpose, for_flat
from dialogs.linking import CODE, AskNumber
from dialogs.linking import begun as linking_begun
from dialogs.outages import ShowOutages
from dialogs.questions import ChooseTopic
from dialogs.readings import readings_line
from dialogs.real_bot import RealBot
from dialogs.screen import Choice, Screen, Text, lines, msg, paragraphs, plural, rows
from dialogs.settings import Settings
from dialogs.step import Context, Go, Next, Pass, Step
from dialogs.windows import window_lines

LINK = Choice("link", msg("Привязать квартиру"))
LINK_MORE = Choice("link", msg("Привязать ещё квартиру"))
READINGS = Choice("readings", msg("Показания"))
BALANCE = Choice("balance", msg("Баланс"))
RECEIPT = Choice("receipt", msg("Квитанция"))
PAY = Choice("pay", msg("Оплатить"))
HISTORY = Choice("history", msg("История"))
QUESTION = Choice("question", msg("Вопрос"))
OUTAGES = Choice("outages", msg("Отключения"))
CONTACTS = Choice("contacts", msg("Адреса и телефоны"))
SETTINGS = Choice("settings", msg("Настройки"))

HELPING = msg("Вы помогаете: можно передавать показания.")
HELPERS_MENU = rows(READINGS, (QUESTION, OUTAGES), (CONTACTS, SETTINGS), (LINK, CODE))
MENU = rows((READINGS, BALANCE), (RECEIPT, PAY), (HISTORY, QUESTION), (OUTAGES, CONTACTS), (SETTINGS, LINK_MORE))
"""As many buttons as VK shows; a code is asked for where one more flat is linked."""

_STEPS: Mapping[str, Callable[[], Step]] = {
    LINK.id: AskNumber,
    QUESTION.id: ChooseTopic,
    OUTAGES.id: ShowOutages,
    CONTACTS.id: Contacts,
    SETTINGS.id: Settings,
    CODE.id: EnterCode,
    "real": RealBot,
    "call": ChooseCaller,
}
"""What a choice leads to, or a word said in place of one."""
_PURPOSES = {
    READINGS.id: Purpose.READINGS,
    BALANCE.id: Purpose.BALANCE,
    RECEIPT.id: Purpose.RECEIPT,
    PAY.id: Purpose.PAY,
    HISTORY.id: Purpose.HISTORY,
}


@dataclass(frozen=True)
class Home(Step):
    name = "home"

    async def show(self, ctx: Context) -> Screen:
        flats = await ctx.flats()
        if not flats:
            text = lines(
                msg("Чтобы передавать показания и видеть квитанции, привяжите квартиру."),
                msg("Понадобится квитанция: на ней номер лицевого счёта и код доступа."),
            )
            return Screen(text, rows((LINK, CODE), (QUESTION, OUTAGES), (CONTACTS, SETTINGS)))
        if not any(flat.owned for flat in flats):
            return Screen(paragraphs(_flats_line(flats), HELPING, await window_lines(flats, ctx)), HELPERS_MENU)
        return Screen(paragraphs(_flats_line(flats), await window_lines(flats, ctx), msg("Что сделать?")), MENU)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(choice):
                return await self._chosen(choice, ctx)
            case Said(text):
                if word := words.menu_word(text):
                    return await self._chosen(word, ctx)
                if line := await readings_line(text, ctx):
                    return line
        return (None if await ctx.flats() else await linking_begun(event, ctx)) or Pass()

    async def _chosen(self, choice: str, ctx: Context) -> Next:
        if choice in _STEPS:
            return Go(_STEPS[choice]())
        return await for_flat(_PURPOSES[choice], ctx) if choice in _PURPOSES else Pass()


def _flats_line(flats: tuple[Flat, ...]) -> Text:
    if len(flats) > 1:
        return plural("Привязана {n} квартира.", "Привязано квартир: {n}.", len(flats))
    return words.flat_line(flats[0])
