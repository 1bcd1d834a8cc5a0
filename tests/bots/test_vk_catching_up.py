"""Catching up with VK: what was said and never came as an event is found, once, whichever comes first."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.intake import Intake
from bots.raw import read_object, write
from bots.vk import catching_up as module
from bots.vk.api import VkApi
from bots.vk.bookmark import Bookmark
from bots.vk.callback import VkCallback
from bots.vk.catching_up import DEPTH, LOOK_AFTER_A_BREAK, LOOK_EVERY, MOST_OF_A_CHAT, OVERLAP, CatchingUp
from bots.vk.edge import VkEdge
from bots.vk.longpoll import LongPoll
from bots.vk.updates import Place, as_event
from bots.watch import NoWatch
from dialogs.ports import ChatAddress
from infra.db.bookmarks import bookmark_of
from infra.db.inbox import PostgresInbox
from infra.db.taken import taken_messages
from sandbox.faults import answer, drop_before, html_502, longpoll_failed, vk_error
from sandbox.schemas import Schemas
from sandbox.servers import Sandbox
from sandbox.vk.limits import Limits
from sandbox.vk.server import VkServer
from sandbox.wire import Json
from tests.bots.fakes import until
from tests.bots.stands import ANNA, GROUP, VK_TOKEN
from web.webhooks import handler

BORIS = 8
PERSON = 918273645
SECRET = "s3cret"
LATER = OVERLAP + LOOK_EVERY + 100.0
"""Seconds from the first look, which keeps a moment that is still to come, until another one is due."""


class Counting(NoWatch):
    """Counts what was left."""

    left = 0

    def overtaken(self, count: int) -> None:
        self.left += count


@dataclass
class Community:
    """A community with its inbox. `events` holds what was said, as events that are not handed over by themselves."""

    server: VkServer
    edge: VkEdge
    engine: AsyncEngine
    now: float = 1_645_000_000.0
    woken: list[ChatAddress] = field(default_factory=list)
    watch: Counting = field(default_factory=Counting)

    @property
    def intake(self) -> Intake:
        return Intake(PostgresInbox(self.engine), self.edge, self._wake)

    @property
    def bookmark(self) -> Bookmark:
        return Bookmark(*bookmark_of(self.engine, "looked"))

    def catching_up(self, intake: Intake | None = None) -> CatchingUp:
        taken = partial(taken_messages, self.engine, "vk", self.edge.bot)
        return CatchingUp(self.edge.api, GROUP, intake or self.intake, taken, self.bookmark, self.watch)

    async def begin(self) -> None:
        """The first look, some time before what the test is about."""
        assert await self.catching_up().look() == 0
        self.now += LATER

    async def say(self, person: int, *texts: str) -> None:
        """A second passes after each."""
        for one in texts:
            await self.server.phone(person).say(one)
            self.now += 1

    async def hear(self, event: Json) -> None:
        await self.intake.take([write(event)])

    def polled(self) -> bool:
        """Whether long poll knows where to begin: what is said before, it does not hear."""
        return any(call.method == "groups.getLongPollServer" and call.accepted for call in self.server.calls)

    @property
    def events(self) -> list[Json]:
        return list(self.server.longpoll.events)

    async def kept(self) -> list[str]:
        """Texts in the order of the inbox."""
        async with self.engine.connect() as connection:
            raws = await connection.scalars(text("SELECT raw FROM inbox ORDER BY id"))
            return [str(said(read_object(raw)).get("text")) for raw in raws]

    async def keys(self) -> list[str]:
        async with self.engine.connect() as connection:
            return list(await connection.scalars(text("SELECT key FROM inbox ORDER BY id")))

    def _wake(self, chats: Iterable[ChatAddress]) -> None:
        self.woken += chats


def said(event: Json) -> Json:
    body = event["object"]
    assert isinstance(body, dict)
    message = body["message"]
    assert isinstance(message, dict)
    return message


@pytest.fixture
async def community(engine: AsyncEngine) -> AsyncIterator[Community]:
    limits = Limits(retry_scale=0.0002).without_pace()
    server = VkServer(VK_TOKEN, GROUP, schemas=Schemas.load(), limits=limits, secret=SECRET, clock=lambda: made.now)
    sandbox = Sandbox(None, server)
    base = await sandbox.start()
    made = Community(server, VkEdge(VK_TOKEN, GROUP, f"{base}/vk"), engine)
    yield made
    await made.edge.close()
    await sandbox.stop()


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_BACK_OFF", 0.01)


async def nothing_taken(_peers: Sequence[str], _since: int) -> Mapping[str, Sequence[Place]]:
    """As if what the inbox has were not looked at before."""
    return {}


@asynccontextmanager
async def running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_look_touches_nothing_that_was_there_before(community: Community) -> None:
    await community.say(ANNA, "до нас")
    await community.begin()
    assert await community.catching_up().look() == 0
    assert await community.kept() == []


async def test_what_was_said_and_never_came_is_taken_in_its_order(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "раз", "два")
    await community.say(BORIS, "привет")
    await community.say(ANNA, "три")
    assert await community.catching_up().look() == 4
    assert await community.kept() == ["раз", "два", "привет", "три"]
    assert {chat.peer for chat in community.woken} == {str(ANNA), str(BORIS)}
    community.now += LATER
    assert await community.catching_up().look() == 0


async def test_a_press_is_caught_up_and_our_own_messages_are_not(community: Community) -> None:
    await community.begin()
    keyboard = {
        "inline": True,
        "buttons": [[{"action": {"type": "text", "label": "Да", "payload": '{"choice":"5:ok"}'}}]],
    }
    phone = community.server.phone(ANNA)
    call = {"peer_id": ANNA, "random_id": 1, "message": "Верно?", "keyboard": write(keyboard)}
    await community.edge.api.call("messages.send", call)
    await phone.tap("Да")
    assert await community.catching_up().look() == 1
    async with community.engine.connect() as connection:
        raw = await connection.scalar(text("SELECT raw FROM inbox"))
    update = community.edge.identify(raw)
    assert update is not None
    parsed = community.edge.parse(update)
    assert (parsed.event.choice, parsed.event.rev, parsed.private) == ("ok", 5, True)


@pytest.mark.parametrize("event_first", [True, False])
async def test_an_event_and_its_message_are_one_update_whichever_comes_first(
    community: Community, event_first: bool
) -> None:
    await community.begin()
    await community.say(ANNA, "привет")
    (event,) = community.events
    if event_first:
        await community.hear(event)
    await community.catching_up().look()
    await community.hear(event)
    await community.hear({**event, "event_id": "told anew under another name"})
    assert await community.kept() == ["привет"]


async def test_without_the_name_of_the_message_it_would_be_served_twice(community: Community) -> None:
    """The twin of the test above, with the protection taken away."""
    await community.begin()
    async with community.engine.begin() as connection:
        await connection.execute(text("DROP INDEX uq_inbox_message"))
    await community.say(ANNA, "привет")
    await community.catching_up().look()
    await community.hear(community.events[0])
    assert await community.kept() == ["привет", "привет"]


async def test_a_message_that_is_caught_up_bears_a_name_that_tells_no_person(community: Community) -> None:
    """The name becomes the key of the turn, which logs tell."""
    await community.begin()
    await community.say(PERSON, "раз")
    await community.say(BORIS, "два")
    await community.catching_up().look()
    first, second = keys = await community.keys()
    assert first != second
    assert not any(str(PERSON) in key for key in keys)
    place = f"{PERSON}:1:{community.now - 2:.0f}"
    assert all(hashlib.new(kind, place.encode()).hexdigest() not in first for kind in ("md5", "sha1", "sha256"))


async def test_the_name_of_a_message_is_the_same_in_every_process(community: Community) -> None:
    message = {"peer_id": PERSON, "conversation_message_id": 1, "date": 1_645_000_000}
    names = {
        str(as_event(message, GROUP, VkApi(token).veiled)["event_id"])
        for token in (VK_TOKEN, VK_TOKEN, "another token")
    }
    assert len(names) == 2, "only the token makes another name of it"


async def test_a_message_that_was_caught_up_under_the_name_of_before_is_not_taken_again(community: Community) -> None:
    """That version named it by its peer, and may still run beside this one."""
    await community.begin()
    await community.say(ANNA, "привет")
    message = said(community.events[0])
    place = f"{ANNA}:{message['conversation_message_id']}:{message['date']}"
    before = {**as_event(message, GROUP, str), "event_id": f"message:{place}"}
    await community.hear(before)
    catching_up = CatchingUp(community.edge.api, GROUP, community.intake, nothing_taken, community.bookmark)
    assert await catching_up.look() == 1, "it is left to the inbox to know it"
    assert await community.kept() == ["привет"]
    assert await community.keys() == [f"message:{place}"]


async def test_and_the_other_way_round(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "привет")
    await community.catching_up().look()
    await community.hear({**as_event(said(community.events[0]), GROUP, str), "event_id": "message:the name of before"})
    assert await community.kept() == ["привет"]


async def test_a_message_that_a_newer_one_has_overtaken_is_left(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "1", "2", "3", "4")
    await community.hear(community.events[1])
    assert await community.catching_up().look() == 2
    assert await community.kept() == ["2", "3", "4"], "the first would be answered on a screen it was not said to"


async def test_what_is_left_behind_is_counted_once_when_its_event_has_had_its_time(community: Community) -> None:
    """An hour and more without callbacks: VK gives up the first words, and the same person writes again before the
    look."""
    await community.begin()
    await community.say(ANNA, "хвс 123", "гвс 45")
    await community.say(BORIS, "привет")
    community.now += 3700
    await community.say(ANNA, "вы тут?")
    await community.hear(community.events[-1])
    assert await community.catching_up().look() == 1, "nobody has overtaken Boris"
    assert await community.kept() == ["вы тут?", "привет"]
    assert community.watch.left == 2
    for _ in range(2):
        community.now += LOOK_EVERY
        assert await community.catching_up().look() == 0
    assert community.watch.left == 2


async def test_an_event_that_is_on_its_way_is_not_counted_as_left(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "раз", "два")
    await community.hear(community.events[1])
    await community.catching_up().look()
    assert community.watch.left == 0
    await community.hear(community.events[0])
    community.now += LOOK_EVERY
    await community.catching_up().look()
    assert community.watch.left == 0
    await community.say(ANNA, "три", "четыре")
    await community.hear(community.events[3])
    community.now += LOOK_EVERY
    await community.catching_up().look()
    assert community.watch.left == 1


async def test_a_look_that_broke_off_counts_what_it_left_when_it_is_done_again(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "раз", "два")
    await community.hear(community.events[1])
    community.now += LOOK_EVERY

    async def fails(_place: str) -> None:
        raise ConnectionError

    broken = community.catching_up()
    broken.bookmark = Bookmark(broken.bookmark.load, fails)
    with pytest.raises(ConnectionError):
        await broken.look()
    assert community.watch.left == 0
    await community.catching_up().look()
    assert community.watch.left == 1


async def test_a_look_that_broke_off_is_begun_anew_and_doubles_nothing(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HISTORIES", 1)
    await community.begin()
    await community.say(ANNA, "1", "2")
    await community.say(BORIS, "3")

    class Dies(Intake):
        """The process is killed after its first commit."""

        taken = 0

        async def take(self, raws: list[str]) -> None:  # type: ignore[override]  # narrower is enough for a test
            if self.taken:
                raise ConnectionError
            self.taken += 1
            await super().take(raws)

    before = await community.bookmark.load()
    with pytest.raises(ConnectionError):
        await community.catching_up(Dies(PostgresInbox(community.engine), community.edge)).look()
    assert len(await community.kept()) in (1, 2)
    assert await community.bookmark.load() == before
    await community.catching_up().look()
    assert sorted(await community.kept()) == ["1", "2", "3"]


async def test_many_chats_and_long_talks_are_read_page_by_page(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    monkeypatch.setattr(module, "HISTORY", 4)
    await community.begin()
    people = range(100, 137)
    for person in people:
        for number in range(1 + person % 7):
            await community.server.phone(person).say(f"{person} {number}")
    total = sum(1 + person % 7 for person in people)
    assert await community.catching_up().look() == total
    kept = await community.kept()
    for person in people:
        assert [one for one in kept if one.startswith(f"{person} ")] == [f"{person} {n}" for n in range(1 + person % 7)]


async def test_of_a_flood_the_newest_are_taken(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, *(str(number) for number in range(MOST_OF_A_CHAT + 30)))
    assert await community.catching_up().look() == MOST_OF_A_CHAT
    assert await community.kept() == [str(number) for number in range(30, MOST_OF_A_CHAT + 30)]


async def test_what_is_too_old_to_be_answered_is_left(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "вчера")
    community.now += DEPTH
    await community.say(ANNA, "сегодня")
    await community.catching_up().look()
    assert await community.kept() == ["сегодня"]


async def test_a_message_that_shows_a_little_late_is_found_by_the_next_look(community: Community) -> None:
    await community.begin()
    await community.catching_up().look()
    community.now += LATER
    looked = community.now
    await community.catching_up().look()
    community.now = looked - OVERLAP + 10
    await community.say(ANNA, "с опозданием")
    community.now = looked + LATER
    assert await community.catching_up().look() == 1


async def test_who_takes_over_soon_after_a_look_does_not_look_again(community: Community) -> None:
    await community.begin()
    await community.catching_up().look()
    await community.say(ANNA, "привет")
    calls = len(community.server.calls)
    catching_up = community.catching_up()
    assert await catching_up.look_if_due() == await catching_up.look_if_due() == 0
    assert [call.method for call in community.server.calls[calls:]] == ["utils.getServerTime"]
    community.now += LOOK_EVERY
    assert await community.catching_up().look_if_due() == 1


async def test_a_clock_that_was_turned_back_stops_nothing(community: Community) -> None:
    """With the setting NOW time may rewind at a restart."""
    await community.begin()
    await community.catching_up().look()
    community.now -= 50_000
    assert await community.catching_up().look() == 0
    community.now += LATER
    await community.say(ANNA, "снова")
    assert await community.catching_up().look() == 1


async def test_chats_of_several_people_are_left_alone(community: Community) -> None:
    await community.begin()
    await community.server.group_phone(1).say("@club77 привет")
    assert await community.catching_up().look() == 0


async def test_a_chat_that_vk_will_not_show_does_not_hold_up_the_others(community: Community) -> None:
    await community.begin()
    await community.say(ANNA, "раз")
    await community.say(BORIS, "два")
    community.server.faults.next("messages.getHistory", vk_error(917), times=3)
    assert await community.catching_up().look() == 1


@pytest.mark.parametrize("method", ["utils.getServerTime", "messages.getConversations", "execute"])
@pytest.mark.parametrize(
    "fault", [drop_before(), html_502(), vk_error(6), answer(200, {"response": [1, 2, 3]})], ids=str
)
async def test_trouble_that_passes_is_waited_out(community: Community, method: str, fault: object) -> None:
    await community.begin()
    await community.say(ANNA, "раз")
    community.server.faults.next(method, fault, times=2)
    assert await community.catching_up().look() == 1
    assert await community.kept() == ["раз"]


async def test_a_token_that_may_not_look_does_not_hold_up_polling(community: Community) -> None:
    community.server.faults.next("messages.getConversations", vk_error(15), times=50)
    await community.begin()
    poll = LongPoll(community.edge.api, GROUP, community.intake, wait=1, catching_up=community.catching_up())
    async with running(poll.run):
        await until(community.polled)
        await asyncio.sleep(0.1)
        await community.say(ANNA, "привет")
        await until_kept(community, ["привет"])


# --- with both ways in


async def until_kept(community: Community, texts: list[str], timeout: float = 10.0) -> None:
    async with asyncio.timeout(timeout):
        while await community.kept() != texts:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("failed", [1, 3])
async def test_what_long_poll_lost_is_served_before_what_comes_next(community: Community, failed: int) -> None:
    await community.begin()
    poll = LongPoll(community.edge.api, GROUP, community.intake, wait=1, catching_up=community.catching_up())
    async with running(poll.run):
        await until(community.polled)
        await community.say(ANNA, "раз")
        await until_kept(community, ["раз"])
        community.server.longpoll.ticked.discard("message_new")
        await community.say(ANNA, "пропало", "и это")
        community.server.longpoll.ticked.add("message_new")
        community.server.faults.next("longpoll", longpoll_failed(failed))
        await until_kept(community, ["раз", "пропало", "и это"])
        await community.say(ANNA, "дальше")
        await until_kept(community, ["раз", "пропало", "и это", "дальше"])


async def test_what_is_said_right_after_the_look_comes_by_long_poll(community: Community) -> None:
    """The new ts is asked for before the look: asked for after it, it would stand behind what was said between."""
    await community.begin()
    looks = community.catching_up()

    async def look() -> int:
        found = await CatchingUp.look(looks)
        await community.say(ANNA, "дальше")
        return found

    poll = LongPoll(community.edge.api, GROUP, community.intake, wait=1, catching_up=looks)
    async with running(poll.run):
        await until(community.polled)
        await community.say(ANNA, "раз")
        await until_kept(community, ["раз"])
        looks.look = look  # type: ignore[method-assign]
        community.server.faults.next("longpoll", longpoll_failed(3))
        await until_kept(community, ["раз", "дальше"])


async def test_what_was_said_while_nobody_polled_for_days_is_found_at_the_start(community: Community) -> None:
    """VK no longer has the events, and says nothing of it."""
    await community.begin()
    poll = LongPoll(community.edge.api, GROUP, community.intake, wait=1, catching_up=community.catching_up())
    await community.say(ANNA, "пока нас не было")
    community.server.longpoll.events.clear()
    async with running(poll.run):
        await until_kept(community, ["пока нас не было"])
        async with asyncio.timeout(10):
            while await community.bookmark.load() != str(int(community.now)):
                await asyncio.sleep(0.02)


async def test_a_callback_that_vk_has_given_up_is_found(community: Community) -> None:
    """Five tries, and VK stops: nobody will tell of that message again (messengers.md §2.1)."""
    await community.begin()
    community.server.set_callback("http://127.0.0.1:1/nobody")
    await community.say(ANNA, "раз", "два")
    tries = 1 + len(Limits().retry_delays)
    await until(lambda: len([one for one in community.server.handovers if one.answer == 0]) == 2 * tries)
    receiver = VkCallback(GROUP, SECRET, "c0de", community.intake)
    app = web.Application()
    app.router.add_post("/", handler(receiver))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    community.server.set_callback(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    async with running(community.catching_up().run):
        await until_kept(community, ["раз", "два"])
        await community.say(ANNA, "три")
        await until_kept(community, ["раз", "два", "три"])
    await runner.cleanup()


@pytest.mark.parametrize(("away", "found"), [(LOOK_AFTER_A_BREAK - 60, []), (LOOK_AFTER_A_BREAK + 60, ["раз"])])
async def test_after_minutes_without_the_database_the_first_thing_is_a_look(
    community: Community, away: float, found: list[str]
) -> None:
    """The lease is lost with the database, and taken when it is back: then the same work begins anew."""
    await community.begin()
    catching_up = community.catching_up()
    async with running(catching_up.run):
        await until_looked(community)
    await community.say(ANNA, "раз")
    community.now += away
    calls = len(community.server.calls)
    async with running(catching_up.run):
        await until(lambda: len(community.server.calls) > calls)
        await asyncio.sleep(0.3)
        assert await community.kept() == found


async def test_a_look_after_a_break_that_vk_does_not_let_end_is_still_due(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever took the database away may have taken the way to VK as well."""
    monkeypatch.setattr(module, "LOOK_EVERY", 4.0)
    monkeypatch.setattr(module, "LOOK_AFTER_A_BREAK", 1.0)
    await community.begin()
    await community.catching_up().look()
    await community.say(ANNA, "раз")
    community.now += 1
    community.server.faults.next("utils.getServerTime", drop_before(), times=module.TRIES + 1)
    async with running(community.catching_up().run):
        await until_kept(community, ["раз"])


async def until_looked(community: Community) -> None:
    async with asyncio.timeout(10):
        while await community.bookmark.load() != str(int(community.now)):
            await asyncio.sleep(0.02)
