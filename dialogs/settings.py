"""Language, flats, and the right to take one's data or to have it erased."""

from dataclasses import dataclass
from typing import ClassVar

from core.ids import PremisesId
from dialogs import pages, second_chat, words
from dialogs.event import Event, Pressed, Said
from dialogs.flats import Purpose, begins, for_flat
from dialogs.linking_done import clean_name, name_problem
from dialogs.real_bot import PROMISE
from dialogs.reminders import ShowReminders
from dialogs.screen import Choice, File, Form, Plain, Screen, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step

LANGUAGES = {"ru": "Русский", "tt": "Татарча", "ba": "Башҡортса", "en": "English"}

LANGUAGE = Choice("language", msg("Язык · Language"))
RENAME = Choice("rename", msg("Назвать квартиру"))
UNLINK = Choice("unlink", msg("Отвязать квартиру"))
ACCESS = Choice("access", msg("Кто видит квартиру"))
SECOND = Choice("second", msg("Подключить второй мессенджер"))
REMINDERS = Choice("reminders", msg("Напоминания"))
MY_DATA = Choice("my_data", msg("Скачать мои данные"))
FORGET = Choice("forget", msg("Удалить мои данные"))
YES_UNLINK = Choice("yes", msg("Отвязать"), confirm=True)
YES_FORGET = Choice("yes", msg("Да, удалить всё"), confirm=True)

_OF_A_FLAT = {RENAME.id: Purpose.RENAME, UNLINK.id: Purpose.UNLINK, ACCESS.id: Purpose.ACCESS}


@dataclass(frozen=True)
class Settings(Step):
    """As many buttons as VK shows: an own flat is named where it is said who sees it."""

    name = "settings"

    async def show(self, ctx: Context) -> Screen:
        flats = await ctx.flats()
        listed = lines(*(words.flat_line(flat) for flat in flats)) if flats else msg("Квартира не привязана.")
        seen = ACCESS if any(flat.owned for flat in flats) else RENAME
        own = rows((UNLINK, seen)) if flats else ()
        text = paragraphs(msg("Настройки"), listed, PROMISE)
        return Screen(text, (*own, *rows((LANGUAGE, REMINDERS), SECOND, (MY_DATA, FORGET))))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(choice) if choice in _OF_A_FLAT:
                return await for_flat(_OF_A_FLAT[choice], ctx)
            case Pressed(LANGUAGE.id):
                return Go(ChooseLanguage())
            case Pressed(REMINDERS.id):
                return Go(ShowReminders())
            case Pressed(SECOND.id):
                return await second_chat.begin(ctx)
            case Pressed(MY_DATA.id):
                return await _my_data(ctx)
            case Pressed(FORGET.id):
                return Go(ConfirmForget())
        return Pass()


async def _my_data(ctx: Context) -> Next:
    if ctx.minimal:
        return await pages.data_page(ctx)
    reading = Screen(msg("Всё, что мы о вас храним."), file=File(Form.MY_DATA, detail="pdf"))
    machine = Screen(msg("То же самое для программ (JSON)."), file=File(Form.MY_DATA))
    return Done(screens=(reading, machine))


@dataclass(frozen=True)
class ChooseLanguage(Step):
    name = "settings.language"

    async def show(self, ctx: Context) -> Screen:
        items = tuple(Choice(code, Plain(LANGUAGES[code])) for code in ctx.city.languages if code in LANGUAGES)
        return Screen(msg("На каком языке говорить?"), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Pressed) or event.choice not in ctx.city.languages:
            return Pass()
        if ctx.resident:
            await ctx.core.residents.set_language(ctx.resident.id, event.choice)
        return Done(language=event.choice)


@begins(Purpose.RENAME)
async def _rename(premises: PremisesId, _: str, __: Context) -> Next:
    return Go(RenameFlat(premises))


@dataclass(frozen=True)
class RenameFlat(Step):
    name = "settings.rename"
    takes_any_words: ClassVar[bool] = True
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        return Screen(lines(words.flat_line(flat), msg("Напишите новое название.")))

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Said):
            return Pass()
        name = clean_name(event.text)
        if problem := await name_problem(name, self.premises, ctx):
            return Stay(problem)
        await ctx.core.residents.rename(ctx.known.id, self.premises, name)
        return Done(msg("Запомнил."))


@begins(Purpose.UNLINK)
async def _unlink(premises: PremisesId, _: str, __: Context) -> Next:
    return Go(ConfirmUnlink(premises))


@dataclass(frozen=True)
class ConfirmUnlink(Step):
    name = "settings.unlink"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        asked = (
            msg("Отвязать её? Показания останутся, вернуть привязку можно по квитанции.")
            if flat.owned
            else msg("Больше не помогать с ней? Показания останутся, вернуть право сможет её хозяин.")
        )
        return Screen(lines(words.flat_line(flat), asked), rows(YES_UNLINK))

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == YES_UNLINK.id):
            return Pass()
        flat = await ctx.flat(self.premises)
        await ctx.core.residents.unlink(ctx.known.id, flat.premises.id)
        return Done(msg("Квартира отвязана."))


@dataclass(frozen=True)
class ConfirmForget(Step):
    name = "settings.forget"

    async def show(self, ctx: Context) -> Screen:
        return Screen(
            paragraphs(
                msg("Удалить всё, что мы о вас храним: согласие, привязки, вопросы, снимки и язык?"),
                lines(
                    msg("По закону останется, уже без связи с вами:"),
                    msg("• показания, начисления и платежи: не меньше пяти лет, по 402-ФЗ, статья 29;"),
                    msg("• номера ваших вопросов, без текста, и сутки – счёт неудачных попыток входа."),
                    msg("В резервных копиях данные исчезнут вместе с копиями."),
                ),
            ),
            rows(YES_FORGET),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == YES_FORGET.id):
            return Pass()
        await ctx.core.residents.forget(ctx.known.id)
        return Done(msg("Всё удалено."))
