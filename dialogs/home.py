"""Home: the menu, and whatever is said at any time (a line of readings, a menu word)."""

from dataclasses import dataclass

from core.accounts.use_cases import Flat
from dialogs import words
from dialogs.contacts import Contacts
from dialogs.event import Event, Pressed, Said
from dialogs.flats import Purpose, for_flat
from dialogs.linking import AskNumber
from dialogs.questions import ChooseTopic
from dialogs.readings import readings_line
from dialogs.screen import Choice, Day, Month, Screen, Text, lines, msg, paragraphs, plural, rows
from dialogs.settings import Settings
from dialogs.step import Context, Go, Next, Pass, Step

LINK = Choice("link", msg("Привязать квартиру"))
LINK_MORE = Choice("link", msg("Привязать ещё квартиру"))
READINGS = Choice("readings", msg("Показания"))
BALANCE = Choice("balance", msg("Баланс"))
RECEIPT = Choice("receipt", msg("Квитанция"))
PAY = Choice("pay", msg("Оплатить"))
HISTORY = Choice("history", msg("История"))
QUESTION = Choice("question", msg("Вопрос"))
CONTACTS = Choice("contacts", msg("Адреса и телефоны"))
SETTINGS = Choice("settings", msg("Настройки"))

_PURPOSES = {
    READINGS.id: Purpose.READINGS,
    BALANCE.id: Purpose.BALANCE,
    RECEIPT.id: Purpose.RECEIPT,
    PAY.id: Purpose.PAY,
    HISTORY.id: Purpose.HISTORY,
}
_WORDS = {
    "показания": READINGS.id,
    "показание": READINGS.id,
    "счетчик": READINGS.id,
    "баланс": BALANCE.id,
    "долг": BALANCE.id,
    "сколько я должен": BALANCE.id,
    "квитанция": RECEIPT.id,
    "оплатить": PAY.id,
    "история": HISTORY.id,
    "вопрос": QUESTION.id,
    "адреса": CONTACTS.id,
    "телефоны": CONTACTS.id,
    "настройки": SETTINGS.id,
    "привязать": LINK.id,
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
            return Screen(text, rows(LINK, (QUESTION, CONTACTS), SETTINGS))
        menu = rows((READINGS, BALANCE), (RECEIPT, PAY), (HISTORY, QUESTION), (CONTACTS, SETTINGS), LINK_MORE)
        return Screen(paragraphs(_flats_line(flats), _window_line(ctx), msg("Что сделать?")), menu)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(choice):
                return await self._chosen(choice, ctx)
            case Said(text):
                if word := _WORDS.get(text.strip().casefold().replace("ё", "е")):
                    return await self._chosen(word, ctx)
                return await readings_line(text, ctx) or Pass()
        return Pass()

    async def _chosen(self, choice: str, ctx: Context) -> Next:
        match choice:
            case LINK.id:
                return Go(AskNumber())
            case QUESTION.id:
                return Go(ChooseTopic())
            case CONTACTS.id:
                return Go(Contacts())
            case SETTINGS.id:
                return Go(Settings())
        return await for_flat(_PURPOSES[choice], ctx) if choice in _PURPOSES else Pass()


def _flats_line(flats: tuple[Flat, ...]) -> Text:
    if len(flats) > 1:
        return plural("Привязана {n} квартира.", "Привязано квартир: {n}.", len(flats))
    return words.flat_line(flats[0])


def _window_line(ctx: Context) -> Text:
    window = ctx.core.readings.window()
    today = ctx.clock.today()
    opens = ctx.city.window_on(today).opens_on(window.period)
    if window.late or today < opens:
        return msg(
            "Показания за {month} ждём с {opens} по {closes}. Передать можно и раньше.",
            month=Month(window.period),
            opens=Day(opens),
            closes=Day(window.closes_on),
        )
    days = (window.closes_on - today).days
    if days == 0:
        return msg("Сегодня последний день приёма показаний за {month}.", month=Month(window.period))
    return plural(
        "Показания за {month} принимаем до {closes}: остался {n} день.",
        "Показания за {month} принимаем до {closes}: осталось дней: {n}.",
        days,
        month=Month(window.period),
        closes=Day(window.closes_on),
    )
