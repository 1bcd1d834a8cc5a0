"""The dialog engine: one update in, screens out.

Theory of operation. A session is a trail of steps; its last step drew the screen the resident looks at. A turn reads
the session, hands the event to that step, follows the step's answer along the trail, draws the step it led to and
saves the session under the next revision. The rules that keep a screen from outliving its facts:

1. Only choices offered on the last screen reach a step. A button carries the revision of its screen; one of another
   revision redraws the present screen and does nothing else, so a second press of «Верно» confirms nothing.
2. Typed text that equals an offered label counts as that press, except for confirmations.
   The same for words and files of an update that stepped aside after failures while the dialog went on (bots/turns.py).
3. Global words and commands (start, menu, back, cancel, help, language) are matched once, before the step.
4. Saved state that cannot be read means home. NotFound from the core means the world moved on: say so, go home.
5. What a step passes on, home may understand (a line of readings); what nobody understands gets one polite line.
   Where a step takes any words (a code, a name), a clear line goes before it; a question may quote readings.
6. Every screen but home gets a row that leads back, to the menu and to a person.

Notices (a declined reading, an operator's answer) are told without touching the session: the screen above stays valid.
A button of a notice is no choice of a screen: it works whenever it is pressed, and the core judges who may do so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.city import City
from core.clock import CityClock, Clock
from core.meters.model import Channel
from dialogs.event import Event, Pressed, Said, Sent
from dialogs.ports import OpenTurn
from dialogs.screen import Screen, Translator, msg
from dialogs.session import Session, dump, load, said_within
from dialogs.step import Context, StartJob
from dialogs.turn import Served, Turn

GROUP_LINE_EVERY = timedelta(hours=24)


@dataclass(frozen=True)
class Engine:
    """Serves turns. Holds nothing of a chat between them."""

    city: City
    clock: Clock
    translator: Callable[[str], Translator]
    shares_phone: Collection[str] = ()
    """Messengers in which a person can hand over the own phone number, vouched for."""
    public_url: str | None = None
    """Where the web part is found from outside, for pages that are shown once."""

    async def serve(self, turn: OpenTurn, event: Event, private: bool, hint: str | None) -> Served:
        """One update of one chat. `hint` is the messenger's idea of a new chat's language."""
        city_clock = CityClock(self.clock, self.city.zone)
        session = load(turn.session.state, self.clock.now())
        if not private:
            return self._group(turn, session)
        language = turn.session.language if turn.session.state else self._language(hint)
        ctx = Context(
            chat=turn.session.chat,
            key=f"{turn.session.chat}:{session.rev}",
            resident=await turn.use_cases.residents.of_chat(turn.session.chat),
            language=language,
            channel=Channel(turn.update.chat.messenger),
            city=self.city,
            clock=city_clock,
            at=_written(event, turn.age, city_clock, self.city),
            core=turn.use_cases,
            start_job=_job_starter(turn),
            translator=self.translator(language),
            shares_phone=turn.update.chat.messenger in self.shares_phone,
            public_url=self.public_url,
        )
        return await Turn(self.translator, session, ctx, turn.late).serve(event)

    def _language(self, hint: str | None) -> str:
        return hint if hint in self.city.languages else self.city.languages[0]

    def _group(self, turn: OpenTurn, session: Session) -> Served:
        """Groups get one neutral line a day: nothing personal is said where others read (reliability.md §3.2)."""
        language, now, state = turn.session.language, self.clock.now(), turn.session.state
        if state and session.rev and said_within(state, now, GROUP_LINE_EVERY):
            return Served(state, language, session.rev, ())
        line = Screen(msg("Я отвечаю только в личных сообщениях: там никто не увидит ваших данных."))
        rev = session.rev + 1
        return Served(dump(Session(rev=rev), now), language, rev, (line,))


def _written(event: Event, age: float, clock: CityClock, city: City) -> datetime:
    """When the resident wrote or pressed: a message that was hours on its way counts by the day it was written."""
    received = clock.now() - timedelta(seconds=age)
    sent = event.at if isinstance(event, Said | Pressed | Sent) else None
    return clock.of_message(sent, received, city.checks_on(clock.today()).message_hours)


def _job_starter(turn: OpenTurn) -> StartJob:
    """Jobs know the chat they work for: their result comes back as an update of that chat."""
    chat = turn.update.chat
    address = {"messenger": chat.messenger, "bot": chat.bot, "peer": chat.peer}

    async def start(name: str, payload: Mapping[str, object], key: str) -> None:
        await turn.start_job(name, {**payload, **address, "key": key}, key)

    return start
