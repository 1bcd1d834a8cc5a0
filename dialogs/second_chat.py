"""The second messenger: one resident in several chats. How, and why so: core.personal.second_chat."""

from dataclasses import dataclass

from core.accounts.codes import CodePurpose, CodeRefused, grouped
from core.accounts.tries import ProofFailed, ProofsLocked
from core.errors import NotFound, Rejected
from core.ids import ChatId, ResidentId
from core.personal.second_chat import (
    LIVES,
    PLACE,
    ForeignFlats,
    OwnChat,
    ResidentChat,
    TooManyChats,
    WrongNumber,
)
from dialogs import words
from dialogs.codes import takes_code
from dialogs.deep_links import opens_link
from dialogs.event import Event, Pressed
from dialogs.linking_proof import wait_for
from dialogs.screen import Choice, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step, Swap

NEW_CODE = Choice("new_code", msg("Новый код"))
YES_JOIN = Choice("yes", msg("Да, это мой код"), confirm=True)
ANSWER = "notice.chat."
"""What the buttons of our notices begin with."""
_OFF = "off."
_MINUTES = int(LIVES.total_seconds()) // 60


async def begin(ctx: Context) -> Next:
    """From the settings: the code stands above the list of chats."""
    return Go(ShowChats(), await _code_text(ctx))


@dataclass(frozen=True)
class ShowChats(Step):
    name = "second"

    async def show(self, ctx: Context) -> Screen:
        chats = await ctx.core.second_chats.of_resident(ctx.known.id)
        listed = [_chat_line(chat, ctx) for chat in chats]
        items = tuple(
            Choice(f"{_OFF}{chat.id}", msg("Отключить: {messenger}", messenger=_name(chat, ctx)))
            for chat in chats
            if chat.id != ctx.chat
        )
        return Screen(lines(msg("Вас узнают здесь:"), *listed), rows(NEW_CODE), items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Pressed):
            return Pass()
        if event.choice == NEW_CODE.id:
            return Stay(await _code_text(ctx))
        number = event.choice.removeprefix(_OFF)
        if event.choice.startswith(_OFF) and number.isdecimal():
            await ctx.core.second_chats.leave(ctx.known.id, ChatId(int(number)))
            return Stay(msg("Отключено: тот чат больше ничего не видит."))
        return Pass()


def _chat_line(chat: ResidentChat, ctx: Context) -> Text:
    if chat.id == ctx.chat:
        return msg("• {messenger} (этот чат)", messenger=_name(chat, ctx))
    return msg("• {messenger}", messenger=_name(chat, ctx))


def _name(chat: ResidentChat, ctx: Context) -> Text:
    return Plain(ctx.city.messenger(chat.messenger).name)


async def _code_text(ctx: Context) -> Text:
    code = await ctx.core.second_chats.code(ctx.known.id)
    others = [one for one in ctx.city.messengers if one.address and one.code != ctx.channel.value]
    payload = await ctx.core.second_chats.link(ctx.known.id) if others else ""
    links: list[Text] = [
        msg("{messenger}: {address}", messenger=Plain(one.name), address=Plain(one.deep_link(payload) or ""))
        for one in others
    ]
    return paragraphs(
        msg("Код для другого мессенджера: {code}", code=Plain(grouped(code))),
        msg("Откройте там нашего бота, нажмите «Есть код» и напишите его."),
        lines(msg("Или откройте ссылку с этого же телефона:"), *links) if links else None,
        msg(
            "Код действует {minutes} минут, один раз. Не говорите его никому, даже сотруднику: "
            "с ним видно ваши квартиры.",
            minutes=_MINUTES,
        ),
    )


@takes_code(CodePurpose.SECOND_CHAT)
async def _typed(code: str, _: Context) -> Next:
    return Swap(ConfirmJoin(code))


@dataclass(frozen=True)
class ConfirmJoin(Step):
    """Asked before this chat becomes part of another resident's: whoever was talked into typing a code may see that."""

    name = "second.confirm"
    code: str

    async def show(self, ctx: Context) -> Screen:
        try:
            found = await ctx.core.codes.peek(CodePurpose.SECOND_CHAT, self.code)
        except CodeRefused:
            raise NotFound from None
        chats = await ctx.core.second_chats.of_resident(ResidentId(int(found.subject)))
        named = Plain(", ".join(dict.fromkeys(ctx.city.messenger(chat.messenger).name for chat in chats)))
        return Screen(
            paragraphs(
                msg("Этот чат станет общим с вашим чатом в: {messengers}.", messengers=named),
                msg("Квартиры оттуда будут видны здесь, а показания и вопросы отсюда – там."),
                msg("Вы получили код сами? Если его прислал или продиктовал кто-то другой, нажмите «Меню»."),
            ),
            rows(YES_JOIN),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == YES_JOIN.id):
            return Pass()
        try:
            await ctx.core.second_chats.join(ctx.chat, ctx.known.id, self.code)
        except ProofsLocked as wait:
            return wait_for(wait, ctx)
        except ProofFailed:
            return Done(msg("Код больше не действует. Возьмите новый в первом мессенджере."))
        except Rejected as refused:
            return Done(await _refused(refused, ctx))
        return Done(JOINED)


JOINED = msg("Готово: теперь это один житель, с теми же квартирами и историей в обоих мессенджерах.")


async def _refused(refused: Rejected, ctx: Context) -> Text:
    """Why chats cannot become one."""
    match refused:
        case OwnChat():
            return msg("Этот чат уже подключён.")
        case TooManyChats():
            return msg("Подключено уже очень много чатов. Сначала отключите лишние в настройках.")
        case ForeignFlats(premises):
            own = [words.flat_name(flat) for flat in await ctx.flats() if flat.premises.id in premises]
            return lines(
                msg("В этом чате есть квартиры, которых нет в том:"),
                *(msg("• {name}", name=name) for name in own),
                msg("Привяжите их там по квитанции или отвяжите здесь, и потом возьмите новый код."),
            )
    return msg("Код больше не действует. Возьмите новый в первом мессенджере.")


@opens_link(PLACE)
async def _opened(resident: str, ctx: Context) -> Next:
    """A link may have been sent on: the number is compared in a chat that belongs to the resident already."""
    try:
        number = await ctx.core.second_chats.ask(ctx.chat, ctx.known.id, ResidentId(int(resident)))
    except Rejected as refused:
        return Done(await _refused(refused, ctx))
    return Done(
        lines(
            msg("Осталось подтвердить. Число: {number}", number=Plain(number)),
            msg("В первый мессенджер пришёл вопрос с тем же числом: нажмите там «Да, подключить»."),
        )
    )


async def chat_asks(ctx: Context) -> Screen:
    """The question in the old chats. Raises NotFound when nobody asks any more."""
    chat, number = await ctx.core.second_chats.asking(ctx.known.id)
    return Screen(
        lines(
            msg("Вашу ссылку открыли в другом чате: {messenger}.", messenger=_name(chat, ctx)),
            msg("Там показано число {number}? Если это не вы, нажмите «Нет».", number=Plain(number)),
        ),
        rows(
            (
                Choice(f"{ANSWER}yes.{number}", msg("Да, подключить"), confirm=True),
                Choice(f"{ANSWER}no.{number}", msg("Нет")),
            )
        ),
    )


async def chat_joined(subject: str, ctx: Context) -> Screen:
    """Told in the chats that were there before, and in the one that came when it was not its own doing."""
    chats = {chat.id: chat for chat in await ctx.core.second_chats.of_resident(ctx.known.id)}
    chat = chats.get(ChatId(int(subject))) if subject.isdecimal() else None
    if chat is None:
        raise NotFound
    if chat.id == ctx.chat:
        return Screen(JOINED)
    return Screen(
        lines(
            msg("Подключён ещё один чат: {messenger}. Там видны ваши квартиры.", messenger=_name(chat, ctx)),
            msg("Если это не вы: «Настройки» → «Подключить второй мессенджер» → «Отключить»."),
        )
    )


async def answer_of(choice: str, ctx: Context) -> Next:
    """What the buttons under `chat_asks` do. The number in the choice may be forged or old: the core compares it."""
    said, _, number = choice.removeprefix(ANSWER).partition(".")
    try:
        if said != "yes":
            await ctx.core.second_chats.decline(ctx.known.id)
            return Stay(msg("Хорошо, не подключаем. Если ссылка ушла не туда, это больше не опасно."))
        messenger = await ctx.core.second_chats.approve(ctx.chat, ctx.known.id, number)
    except WrongNumber:
        return Stay(msg("Этот вопрос уже устарел. Возьмите новую ссылку в настройках."))
    except Rejected as refused:
        return Stay(await _refused(refused, ctx))
    return Stay(msg("Подключено: {messenger}.", messenger=Plain(ctx.city.messenger(messenger).name)))
