"""A turn of the dialog: what an update means to the session it finds, and the screens it leads to (dialogs.engine)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import NotFound
from dialogs import words
from dialogs.conversations import (
    BUTTON,
    agreed_version,
    clear_line,
    consent_again,
    consent_before,
    home_of,
    language_step,
    noted,
    notice_answer,
    notice_screen,
    question_step,
)
from dialogs.deep_links import as_done, link_payload, open_link
from dialogs.drawing import BACK, EARLIER, LATER, MENU, PERSON, labels, navigation, paged, plain_label
from dialogs.event import Command, Event, Kind, Notice, PhotoRead, Pressed, Said, Sent, Unreadable
from dialogs.minimal import without_personal
from dialogs.ports import Json
from dialogs.screen import Screen, Text, Translator, msg, paragraphs
from dialogs.session import Session, dump
from dialogs.step import Context, Done, Go, Next, Pass, Resume, Return, Stay, Step, Swap

OLD_BUTTON = msg("Эта кнопка из старого сообщения. Вот на чём мы остановились:")


@dataclass(frozen=True)
class Served:
    """The outcome of a turn: what to save and what to show. No screens means nothing is sent."""

    state: Json
    language: str
    rev: int
    screens: tuple[Screen, ...]


@dataclass
class Turn:
    """One update on its way through a session. `translators` gives the words of a language."""

    translators: Callable[[str], Translator]
    session: Session
    ctx: Context
    late: bool

    async def serve(self, event: Event) -> Served:
        if isinstance(event, Notice):
            return await self._told(event)
        if await noted(event, self.ctx):
            return self._quiet()
        self._begin_at_home()
        try:
            if payload := await link_payload(event, self.ctx):
                return await self._follow(await self._opened(payload))
            if await self._must_agree_anew(event):
                return await self._draw()
            if self.session.rev == 0 and not isinstance(event, PhotoRead | Unreadable):
                return await self._draw()
            return await self._follow(await self._next(event))
        except NotFound:
            return await self._go_home(msg("Этого уже нет. Вот меню."))

    def _begin_at_home(self) -> None:
        """Nothing saved begins at home. Without consent, so does everything that did not begin at the consent."""
        trail, home = self.session.trail, home_of(self.ctx)
        if not trail or (self.ctx.resident is None and trail[0] != home):
            self.session = Session((home,), rev=self.session.rev)

    async def _opened(self, payload: str) -> Next:
        """A deep link was pressed. Before the consent it is kept, and opened when that is given."""
        if self.ctx.resident is None:
            return Done(then=consent_before(payload))
        return as_done(await open_link(payload, self.ctx))

    async def _must_agree_anew(self, event: Event) -> bool:
        """Whether the consent's text has changed since it was agreed to. What the resident was at waits below it."""
        if self.ctx.resident is None or isinstance(event, PhotoRead | Unreadable):
            return False
        version, asked = await agreed_version(self.session.agreed, self.ctx), consent_again(event)
        if version is not None:
            self.session = replace(self.session, agreed=version)
            return False
        if any(isinstance(step, type(asked)) for step in self.session.trail):
            return False
        self.session = replace(self.session, trail=(*self.session.trail, asked), page=0)
        return True

    async def _told(self, notice: Notice) -> Served:
        try:
            return self._quiet(await notice_screen(notice, self.ctx))
        except NotFound:
            return self._quiet()

    # --- what an event leads to

    async def _next(self, event: Event) -> Next | None:
        """The answer of the step, or of the rules that come before it; None draws nothing at all."""
        match event:
            case Unreadable(silent=True):
                return None
            case Unreadable():
                return Stay(words.ONLY_TEXT)
            case Said(text) if not text.strip():
                return Stay(words.ONLY_TEXT)
            case Command(name):
                return self._command(name)
            case Said(text) if command := words.command_of(text):
                return self._command(command)
            case Pressed(choice, rev):
                return await self._pressed(choice, rev)
        return await self._heard(event)

    def _command(self, name: str) -> Next:
        match name:
            case "start" | "menu":
                return Done()
            case "cancel":
                return Done(msg("Отменено.") if len(self.session.trail) > 1 else None)
            case "back":
                return self._back()
            case "help":
                return Stay(words.HELP)
            case "operator":
                return self._to(question_step())
            case "language":
                return self._to(language_step())
        return Stay(words.HELP)

    async def _pressed(self, choice: str, rev: int) -> Next | None:
        if choice.startswith(BUTTON):
            return await notice_answer(choice, self.ctx)
        if rev != self.session.rev or choice not in self.session.offered:
            return Stay(OLD_BUTTON)
        return await self._chosen(choice)

    async def _chosen(self, choice: str) -> Next:
        match choice:
            case BACK.id:
                return self._back()
            case MENU.id:
                return Done()
            case PERSON.id:
                return self._to(question_step())
            case EARLIER.id | LATER.id:
                turned = -1 if choice == EARLIER.id else 1
                self.session = replace(self.session, page=max(0, self.session.page + turned))
                return Stay()
        answer = await self._step.answer(Pressed(choice, self.session.rev), self.ctx)
        return Stay(OLD_BUTTON) if isinstance(answer, Pass) else answer

    async def _heard(self, event: Event) -> Next | None:
        if self.late and isinstance(event, Said | Sent):
            return Stay()  # said to another screen: this one must not take it for its answer
        if isinstance(event, Said) and (typed := self._typed_choice(event.text)):
            return await self._chosen(typed)
        if isinstance(event, Said) and self._confirms(event.text):
            return Stay(msg("Чтобы не ошибиться, подтвердите кнопкой под сообщением."))
        return await self._ask_step(event)

    def _confirms(self, text: str) -> bool:
        """Whether somebody writes «да» where only a press counts; such choices are offered without a label."""
        return plain_label(text) in words.YES_WORDS and "" in self.session.offered.values()

    async def _ask_step(self, event: Event) -> Next | None:
        if self._step.takes_any_words and isinstance(event, Said) and (line := await clear_line(event.text, self.ctx)):
            return line
        answer = await self._step.answer(event, self.ctx)
        if isinstance(answer, Pass) and len(self.session.trail) > 1 and isinstance(event, Said):
            answer = await home_of(self.ctx).answer(event, self.ctx)
        if not isinstance(answer, Pass):
            return answer
        return None if isinstance(event, PhotoRead) else Stay(_not_understood(event))

    def _typed_choice(self, text: str) -> str | None:
        """The choice whose label was typed; of two alike (flats of one name) neither is meant."""
        typed = plain_label(text)
        meant = [choice for choice, label in self.session.offered.items() if typed and label == typed]
        return meant[0] if len(meant) == 1 else None

    def _back(self) -> Next:
        if len(self.session.trail) < 3:
            return Done()
        self.session = replace(self.session, trail=self.session.trail[:-1], page=0)
        return Stay()

    def _to(self, step: Step) -> Next:
        return Stay() if self._step == step else Go(step)

    @property
    def _step(self) -> Step:
        return self.session.trail[-1]

    @property
    def _asking(self) -> bool:
        """Whether the resident is about to ask a person."""
        return any(isinstance(step, type(question_step())) for step in self.session.trail)

    # --- where it leads

    async def _follow(self, answer: Next | None) -> Served:
        trail = self.session.trail
        match answer:
            case Go(step, say, screens):
                return await self._move(trail if trail[-1] == step else (*trail, step), say, screens)
            case Swap(step, say, screens):
                return await self._move((*trail[:-1], step), say, screens)
            case Return(kind, say):
                return await self._move(self._trail_to(kind), say, ())
            case Stay(why, screens):
                return await self._draw(why, screens)
            case Done(say, screens, language, then):
                if language:
                    self.ctx = replace(self.ctx, language=language, translator=self.translators(language))
                return await self._go_home(say, screens, then)
            case Resume(say, text):
                return await self._resumed(say, text)
        return self._quiet()

    def _trail_to(self, kind: type[Step]) -> tuple[Step, ...]:
        places = [place for place, step in enumerate(self.session.trail) if isinstance(step, kind)]
        return self.session.trail[: places[-1] + 1] if places else (home_of(self.ctx),)

    async def _move(self, trail: tuple[Step, ...], say: Text | None, screens: tuple[Screen, ...]) -> Served:
        self.session = replace(self.session, trail=trail, page=0)
        return await self._draw(say, screens)

    async def _go_home(self, say: Text | None, screens: tuple[Screen, ...] = (), then: Step | None = None) -> Served:
        """Home as it is now: consent given or withdrawn in this very turn counts."""
        resident = await self.ctx.core.residents.of_chat(self.ctx.chat)
        self.ctx = replace(self.ctx, resident=resident)
        self.session = replace(self.session, trail=(home_of(self.ctx), *((then,) if then else ())), page=0)
        return await self._draw(say, screens)

    async def _resumed(self, say: Text, text: str) -> Served:
        self.session = replace(self.session, trail=self.session.trail[:-1] or (home_of(self.ctx),), page=0)
        if not text:
            return await self._draw(say)
        heard = await self._follow(await self._next(Said(text)))
        return replace(heard, screens=(Screen(say), *heard.screens))

    async def _draw(self, say: Text | None = None, screens: tuple[Screen, ...] = ()) -> Served:
        screen = paged(await self._step.show(self.ctx), self.session.page)
        if self.ctx.minimal:
            screen = without_personal(screen) or screen
        if len(self.session.trail) > 1:
            screen = replace(screen, choices=(*screen.choices, navigation(asking=self._asking)))
        if say is not None:
            screen = replace(screen, text=paragraphs(say, screen.text))
        self.session = replace(self.session, rev=self.session.rev + 1, offered=labels(screen, self.ctx.translator))
        return self._served((*screens, screen))

    def _quiet(self, *screens: Screen) -> Served:
        """The session as it was: nothing that was offered changes."""
        return self._served(screens)

    def _served(self, screens: tuple[Screen, ...]) -> Served:
        state = dump(self.session, self.ctx.clock.now())
        if self.ctx.minimal:
            screens = tuple(bare for screen in screens if (bare := without_personal(screen)) is not None)
        return Served(state, self.ctx.language, self.session.rev, screens)


def _not_understood(event: Event) -> Text:
    match event:
        case Sent(Kind.PHOTO | Kind.FILE):
            return msg("Картинка сейчас не нужна.")
        case Sent(Kind.VOICE):
            return msg("Голосовые сообщения я пока не слушаю. Напишите, пожалуйста, текстом.")
        case Sent(Kind.CONTACT):
            return msg("Номер телефона сейчас не нужен.")
        case Sent():
            return words.ONLY_TEXT
    return msg("Не понял. Выберите кнопку, а если хотите спросить человека, нажмите «Вопрос».")
