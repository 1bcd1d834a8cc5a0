"""Language, flats, and the right to take one's data or to have it erased."""

from dataclasses import dataclass
from typing import ClassVar

from core.ids import PremisesId
from dialogs import words
from dialogs.event import Event, Pressed, Said
from dialogs.flats import Purpose, begins, for_flat
from dialogs.linking import clean_name, name_problem
from dialogs.screen import Choice, File, Form, Plain, Screen, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step

LANGUAGES = {"ru": "Русский", "tt": "Татарча", "ba": "Башҡортса", "en": "English"}

LANGUAGE = Choice("language", msg("Язык · Language"))
RENAME = Choice("rename", msg("Назвать квартиру"))
UNLINK = Choice("unlink", msg("Отвязать квартиру"))
MY_DATA = Choice("my_data", msg("Скачать мои данные"))
FORGET = Choice("forget", msg("Удалить мои данные"))
YES_UNLINK = Choice("yes", msg("Отвязать"), confirm=True)
YES_FORGET = Choice("yes", msg("Да, удалить всё"), confirm=True)


@dataclass(frozen=True)
class Settings(Step):
    name = "settings"

    async def show(self, ctx: Context) -> Screen:
        flats = await ctx.flats()
        listed = lines(*(words.flat_line(flat) for flat in flats)) if flats else msg("Квартира не привязана.")
        own = rows((RENAME, UNLINK)) if flats else ()
        return Screen(paragraphs(msg("Настройки"), listed), (*own, *rows(LANGUAGE, (MY_DATA, FORGET))))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(LANGUAGE.id):
                return Go(ChooseLanguage())
            case Pressed(RENAME.id):
                return await for_flat(Purpose.RENAME, ctx)
            case Pressed(UNLINK.id):
                return await for_flat(Purpose.UNLINK, ctx)
            case Pressed(MY_DATA.id):
                return Done(screens=(Screen(msg("Всё, что мы о вас храним."), file=File(Form.MY_DATA)),))
            case Pressed(FORGET.id):
                return Go(ConfirmForget())
        return Pass()


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
        return Screen(
            lines(words.flat_line(flat), msg("Отвязать её? Показания останутся, вернуть привязку можно по квитанции.")),
            rows(YES_UNLINK),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == YES_UNLINK.id):
            return Pass()
        flat = await ctx.flat(self.premises)
        await ctx.core.residents.unlink(ctx.known.id, flat.link.id)
        return Done(msg("Квартира отвязана."))


@dataclass(frozen=True)
class ConfirmForget(Step):
    name = "settings.forget"

    async def show(self, ctx: Context) -> Screen:
        return Screen(
            paragraphs(
                msg("Удалить всё, что мы о вас храним: согласие, привязки, вопросы и язык?"),
                msg("Переданные показания останутся у организаций: по ним уже считают, но без связи с вами."),
            ),
            rows(YES_FORGET),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == YES_FORGET.id):
            return Pass()
        await ctx.core.residents.forget(ctx.known.id)
        return Done(msg("Всё удалено."))
