"""Delivery: order in a chat, chats side by side, retries, pauses, files, leftovers, the end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bots.chat_pace import ChatPace, Spell
from bots.delivery import TRIES, Bounds, Delivery
from bots.edge import Delivered, GivenUp, Outcome, TryAgain
from bots.pace import Pace
from dialogs.ports import ChatAddress, Outgoing
from dialogs.screen import File, Form
from tests.bots.fakes import BOT, FakeEdge, FakeFiles, FakeOutbox, chat, outgoing, until

RECEIPT = File(Form.RECEIPT_PDF)
OTHER_BOT = ("vk", "2")


class House:
    """Delivery over fakes; `answers` are what the messenger says to the first sends of a row."""

    def __init__(self, chat_pace: ChatPace | None = None, **bounds: object) -> None:
        self.outbox = FakeOutbox()
        self.files = FakeFiles()
        self.edge, self.other = FakeEdge(), FakeEdge(OTHER_BOT)
        self.pace = Pace()
        self.watched: list[tuple[str, str]] = []
        self.took: list[float] = []
        self.waits: list[float] = []
        self.answers: dict[int, list[Outcome]] = {}
        self.edge.outcome = self._outcome
        self.delivery = Delivery(
            self.outbox,
            self.files,
            {BOT: self.edge, OTHER_BOT: self.other},
            self.pace,
            self._speaks,
            self,
            Bounds(**{"sweep_every": 0.05, **bounds}),
            chat_pace=chat_pace or ChatPace(),
        )

    def send(self, messenger: str, outcome: str, seconds: float) -> None:
        self.watched.append((messenger, outcome))

    def delivered(self, messenger: str, seconds: float) -> None:
        self.took.append(seconds)

    def paced(self, messenger: str, seconds: float) -> None:
        self.waits.append(seconds)

    async def _speaks(self, chat: ChatAddress) -> str:
        return "tt"

    async def _outcome(self, row: Outgoing) -> Outcome:
        await asyncio.sleep(0)
        left = self.answers.get(row.id, [])
        return left.pop(0) if left else Delivered()

    @property
    def sent(self) -> list[int]:
        return [row.id for row in self.edge.sent]


@asynccontextmanager
async def running(house: House) -> AsyncIterator[House]:
    task = asyncio.create_task(house.delivery.run())
    try:
        yield house
    finally:
        await house.delivery.drain(1.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_calls_of_a_chat_leave_in_order_one_at_a_time_and_chats_do_not_wait_for_each_other() -> None:
    house = House()

    async def slow(row: Outgoing) -> Outcome:
        await asyncio.sleep(0.005)
        return Delivered()

    house.edge.outcome = slow
    rows = [outgoing(number, number % 10) for number in range(1, 101)]
    async with running(house):
        house.delivery.accept(rows)
        await until(lambda: len(house.sent) == 100)
    for peer in range(10):
        ids = [row.id for row in house.edge.sent if row.chat == chat(peer)]
        assert ids == sorted(ids)
    assert house.edge.most_at_once == 10


async def test_no_more_calls_are_on_their_way_than_allowed() -> None:
    house = House(at_once=4)

    async def slow(row: Outgoing) -> Outcome:
        await asyncio.sleep(0.002)
        return Delivered()

    house.edge.outcome = slow
    async with running(house):
        house.delivery.accept([outgoing(number, number) for number in range(1, 51)])
        await until(lambda: len(house.sent) == 50)
    assert house.edge.most_at_once == 4


async def test_sent_marks_are_written_in_batches() -> None:
    house = House()
    async with running(house):
        house.delivery.accept([outgoing(number, number) for number in range(1, 301)])
        await until(lambda: len(house.outbox.done) == 300)
    assert sorted(house.outbox.done) == list(range(1, 301))
    assert len(house.outbox.batches) <= 6
    assert max(map(len, house.outbox.batches)) <= 200


async def test_marks_wait_for_a_database_that_is_away() -> None:
    house = House()
    house.outbox.away = True
    async with running(house):
        house.delivery.accept([outgoing(1, 1)])
        await until(lambda: house.sent == [1])
        await asyncio.sleep(0.1)
        house.outbox.away = False
        await until(lambda: house.outbox.done == [1])


async def test_a_call_that_failed_for_now_is_sent_again_and_holds_its_chat_but_no_other() -> None:
    house = House()
    house.answers[1] = [TryAgain(0.2)]
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "a"), outgoing(3, "b")])
        await until(lambda: house.sent == [3])
        await until(lambda: house.sent == [3, 1, 2])
    assert house.watched.count(("telegram", "again")) == 1


async def test_waits_grow_with_each_failure() -> None:
    house = House()
    house.answers[1] = [TryAgain(0.0), TryAgain(0.0)]
    async with running(house):
        begun = time.monotonic()
        house.delivery.accept([outgoing(1, 1)])
        await until(lambda: house.sent == [1], timeout=5.0)
    assert time.monotonic() - begun >= 1.5


async def test_a_long_wait_goes_back_to_the_outbox_and_later_calls_of_the_chat_stay_behind() -> None:
    house = House(patience=0.5)
    house.answers[1] = [TryAgain(2.0)]
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "a")])
        await until(lambda: house.outbox.put_offs)
        house.delivery.accept([outgoing(3, "a"), outgoing(4, "b")])
        await until(lambda: house.sent == [4] and len(house.outbox.put_offs) == 2)
    (first, wait), (later, longer) = house.outbox.put_offs
    assert (first, wait) == ([1, 2], 2.0)
    assert later == [3]
    assert longer > 1.5


async def test_stop_everybody_pauses_the_token_for_all_its_chats_and_counts_as_nobodys_failure() -> None:
    house = House()
    house.answers[1] = [TryAgain(0.3, everyone=True)]
    async with running(house):
        begun = time.monotonic()
        house.delivery.accept([outgoing(1, "a")])
        await until(lambda: house.watched)
        other = Outgoing(9, chat("z", OTHER_BOT), outgoing(9, "z").call, 9)
        house.delivery.accept([outgoing(2, "b"), other])
        await until(lambda: house.other.sent)
        assert house.sent == []
        await until(lambda: sorted(house.sent) == [1, 2])
    assert time.monotonic() - begun >= 0.3


async def test_a_pause_longer_than_patience_empties_memory() -> None:
    house = House(patience=0.5)
    await house.pace.pause(BOT, 100.0)
    async with running(house):
        house.delivery.accept([outgoing(1, "a")])
        await until(lambda: house.outbox.put_offs)
    (ids, seconds), *_ = house.outbox.put_offs
    assert ids == [1]
    assert 90 < seconds <= 100


async def test_a_wrong_call_is_given_up_alone() -> None:
    house = House()
    house.answers[1] = [GivenUp("dead", "Bad Request: chat is strange")]
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "a")])
        await until(lambda: house.sent == [2] and house.outbox.given_up == {1: "dead"})


async def test_all_that_waits_for_someone_who_blocked_the_bot_is_given_up() -> None:
    house = House()
    house.answers[1] = [GivenUp("blocked")]
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "a"), outgoing(3, "b")])
        await until(lambda: house.outbox.given_up == {1: "blocked", 2: "blocked"})
        await until(lambda: house.sent == [3])


async def test_a_call_is_not_tried_for_ever() -> None:
    house = House()
    house.answers[1] = [TryAgain(0.0)]
    async with running(house):
        house.delivery.accept([Outgoing(1, chat("a"), outgoing(1, "a").call, 1, attempt=40)])
        await until(lambda: house.outbox.given_up == {1: "dead"})


async def test_what_was_only_held_through_a_pause_has_not_been_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of a wrong token must not leave replies that the first hiccup after it kills."""
    house = House(patience=0.0, sweep_every=0.005)

    async def paused(_token: object) -> float:
        return 0.001

    async with running(house):
        with monkeypatch.context() as stopped:
            stopped.setattr(house.pace, "paused", paused)
            house.outbox.left_behind(outgoing(1, "a"))
            await until(lambda: len(house.outbox.put_offs) > TRIES, timeout=10.0)
        house.answers[1] = [TryAgain(0.0, unclear=True)]
        await until(lambda: house.sent == [1])
    assert house.outbox.given_up == {}


@pytest.mark.parametrize(("attempt", "age", "ends"), [(1, 9000.0, "sent"), (2, 3000.0, "sent"), (2, 3301.0, "unknown")])
async def test_what_the_messenger_would_show_twice_by_now_is_unknown(attempt: int, age: float, ends: str) -> None:
    """A first try may be repeated whenever it is; after another's, nobody knows when that one was."""
    house = House()
    house.edge.knows_again = 3300.0
    house.answers[1] = [TryAgain(0.0, unclear=True)]
    async with running(house):
        house.delivery.accept([replace(outgoing(1, "a"), attempt=attempt, age=age)])
        await until(lambda: house.sent == [1] or house.outbox.given_up)
    assert house.outbox.given_up == ({} if ends == "sent" else {1: ends})


async def test_what_was_clearly_not_taken_is_sent_however_late_it_is() -> None:
    house = House()
    house.edge.knows_again = 3300.0
    house.answers[1] = [TryAgain(0.0)]
    async with running(house):
        house.delivery.accept([replace(outgoing(1, "a"), attempt=2, age=9000.0)])
        await until(lambda: house.sent == [1])


async def test_who_is_answered_goes_before_news_that_wait_already() -> None:
    house = House(at_once=1)
    gate = asyncio.Event()

    async def waits(row: Outgoing) -> Outcome:
        await gate.wait()
        return Delivered()

    house.edge.outcome = waits
    async with running(house):
        house.delivery.accept([replace(outgoing(number, number), reply=False) for number in (1, 2, 3)])
        await until(lambda: house.edge.at_once == 1)
        house.delivery.accept([outgoing(4, 4), outgoing(5, 5)])
        await asyncio.sleep(0.01)
        gate.set()
        await until(lambda: len(house.sent) == 5)
    assert house.sent == [1, 4, 5, 2, 3]


async def test_one_who_is_answered_too_fast_waits_alone() -> None:
    house = House(ChatPace({BOT: Spell(rate=5.0, burst=6)}))
    async with running(house):
        begun = time.monotonic()
        house.delivery.accept([outgoing(number, "hasty") for number in range(1, 11)])
        house.delivery.accept([outgoing(number, number) for number in range(11, 51)])
        await until(lambda: set(range(11, 51)) <= set(house.sent))
        assert 10 not in house.sent
        await until(lambda: len(house.sent) == 50, timeout=10.0)
    assert time.monotonic() - begun >= 0.79
    assert [one for one in house.sent if one <= 10] == list(range(1, 11))
    assert house.waits


async def test_a_lane_is_not_longer_than_it_may_be_and_the_rest_follows_in_order() -> None:
    house = House(lane=3, at_once=1)
    async with running(house):
        house.delivery.accept([outgoing(number, "a") for number in range(1, 11)])
        for number in range(4, 11):
            house.outbox.left_behind(outgoing(number, "a"))
        house.delivery.accept([outgoing(11, "b")])
        await until(lambda: 11 in house.sent)
        await until(lambda: len(house.sent) == 11, timeout=6.0)
    assert [one for one in house.sent if one < 11] == list(range(1, 11))
    assert [number for ids, _wait in house.outbox.put_offs for number in ids] == list(range(4, 11))


async def test_an_edge_that_breaks_its_word_and_raises_loses_no_call() -> None:
    house = House()
    raised: list[int] = []

    async def raises_once(row: Outgoing) -> Outcome:
        if not raised:
            raised.append(row.id)
            raise ZeroDivisionError
        return Delivered()

    house.edge.outcome = raises_once
    async with running(house):
        house.delivery.accept([outgoing(1, 1)])
        await until(lambda: house.sent == [1])


async def test_what_a_crash_left_is_swept_up_in_order() -> None:
    house = House()
    house.outbox.left_behind(*(outgoing(number, "a") for number in (3, 1, 2)))
    async with running(house):
        await until(lambda: house.sent == [1, 2, 3])


async def test_leftovers_go_before_newer_calls_that_wait_already() -> None:
    house = House()
    gate = asyncio.Event()

    async def wait(row: Outgoing) -> Outcome:
        await gate.wait()
        return Delivered()

    house.edge.outcome = wait
    async with running(house):
        house.delivery.accept([outgoing(5, "a"), outgoing(7, "a")])
        await asyncio.sleep(0.01)
        house.outbox.left_behind(outgoing(6, "a"))
        await until(lambda: house.outbox.rows[6][1] > 0)
        gate.set()
        await until(lambda: house.sent == [5, 6, 7])


async def test_a_call_waits_for_earlier_ones_of_its_chat_that_another_process_holds() -> None:
    house = House()
    theirs, ours = outgoing(1, "a"), replace(outgoing(2, "a"), behind=(1,))
    async with running(house):
        house.delivery.accept([ours, outgoing(3, "b")])
        await until(lambda: house.sent == [3] and house.outbox.put_offs == [([2], 0.0)])
        house.outbox.left_behind(theirs, ours)
        await until(lambda: house.sent == [3, 1, 2])


async def test_a_call_does_not_wait_for_earlier_ones_that_this_process_has_in_hand() -> None:
    house = House()
    async with running(house):
        house.delivery.accept([outgoing(1, "a")])
        house.delivery.accept([replace(outgoing(2, "a"), behind=(1,))])
        await until(lambda: house.sent == [1, 2] and house.outbox.done == [1, 2])
        # A turn that had looked before the marks were written takes them for unsent.
        house.delivery.accept([replace(outgoing(3, "a"), behind=(1, 2))])
        await until(lambda: house.sent == [1, 2, 3])


async def test_a_row_that_is_held_is_not_sent_twice_when_it_is_leased_again() -> None:
    house = House()
    gate = asyncio.Event()

    async def wait(row: Outgoing) -> Outcome:
        await gate.wait()
        return Delivered()

    house.edge.outcome = wait
    async with running(house):
        house.delivery.accept([outgoing(1, "a")])
        house.outbox.left_behind(outgoing(1, "a"))
        await until(lambda: house.outbox.rows[1][1] > 0)
        gate.set()
        await until(lambda: house.outbox.done == [1])
        await asyncio.sleep(0.1)
    assert house.sent == [1]


async def test_a_row_whose_lease_ran_out_in_memory_is_neither_sent_nor_touched() -> None:
    house = House(lease=0.1, at_once=1)

    async def slow(row: Outgoing) -> Outcome:
        await asyncio.sleep(0.2)
        return Delivered()

    house.edge.outcome = slow
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "b")])
        await until(lambda: house.outbox.done == [1])
        await asyncio.sleep(0.1)
    assert house.sent == [1]
    assert house.outbox.put_offs == []


async def test_a_row_that_is_held_for_long_is_kept_leased() -> None:
    house = House(lease=0.2, renew_every=0.05, at_once=1)
    gate = asyncio.Event()

    async def wait(row: Outgoing) -> Outcome:
        await gate.wait()
        return Delivered()

    house.edge.outcome = wait
    async with running(house):
        house.outbox.left_behind(outgoing(1, "a"), outgoing(2, "b"))
        await until(lambda: house.outbox.renewed.count(2) > 6)
        gate.set()
        await until(lambda: sorted(house.outbox.done) == [1, 2])
    assert house.sent == [1, 2]


async def test_a_row_whose_mark_could_not_be_written_yet_is_not_sent_again() -> None:
    house = House()
    async with running(house):
        house.outbox.left_behind(outgoing(1, "a"))
        await until(lambda: house.sent == [1])
        house.outbox.away = True
        house.delivery.accept([outgoing(2, "a")])
        await until(lambda: house.sent == [1, 2])
        house.delivery.accept([outgoing(2, "a")])
        await asyncio.sleep(0.1)
        house.outbox.away = False
        await until(lambda: house.outbox.done == [1, 2])
    assert house.sent == [1, 2]


async def test_memory_is_bounded_and_the_rest_stays_in_the_outbox() -> None:
    house = House(holds=10)
    gate = asyncio.Event()

    async def wait(row: Outgoing) -> Outcome:
        await gate.wait()
        return Delivered()

    house.edge.outcome = wait
    async with running(house):
        house.delivery.accept([outgoing(number, number) for number in range(1, 31)])
        await until(lambda: sum(len(ids) for ids, _wait in house.outbox.put_offs) == 20)
        assert house.edge.at_once == 10
        gate.set()


async def test_calls_of_a_bot_that_is_not_ours_are_left_to_others() -> None:
    house = House()
    async with running(house):
        stranger = Outgoing(1, chat("a", ("telegram", "gone")), outgoing(1, "a").call, 1)
        house.delivery.accept([stranger])
        await until(lambda: house.outbox.put_offs == [([1], 600.0)])


async def test_a_file_is_uploaded_once_and_then_sent_by_its_name() -> None:
    house = House()
    house.answers[1] = [Delivered("file-id")]
    async with running(house):
        house.delivery.accept([outgoing(1, "a", file=RECEIPT)])
        await until(lambda: house.sent == [1])
        house.delivery.accept([outgoing(2, "b", file=RECEIPT)])
        await until(lambda: house.sent == [1, 2])
    (content, first), (_content, second) = house.edge.files
    assert content is not None
    assert content.content == b"receipt_pdf"
    assert (first, second) == (None, "file-id")
    assert house.files.language == "tt"


async def test_a_file_that_shows_something_gone_is_given_up_and_the_chat_goes_on() -> None:
    house = House()
    house.files.gone = True
    async with running(house):
        house.delivery.accept([outgoing(1, "a", file=RECEIPT), outgoing(2, "a")])
        await until(lambda: house.sent == [2] and house.outbox.given_up == {1: "dead"})


async def test_draining_sends_what_is_held_and_gives_the_rest_back() -> None:
    house = House()
    house.answers[2] = [TryAgain(5.0)]
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "b"), outgoing(3, "b")])
        await until(lambda: ("telegram", "again") in house.watched)
        begun = time.monotonic()
        await house.delivery.drain(5.0)
        assert time.monotonic() - begun < 1.0
        house.delivery.accept([outgoing(4, "c")])
        await until(lambda: 4 in [number for ids, _wait in house.outbox.put_offs for number in ids])
    assert house.sent == [1]
    assert house.outbox.done == [1]
    assert [2, 3] in [ids for ids, _wait in house.outbox.put_offs]


async def test_draining_does_not_wait_for_ever_for_a_call_that_hangs() -> None:
    house = House()

    async def hangs(row: Outgoing) -> Outcome:
        await asyncio.sleep(60)
        return Delivered()

    house.edge.outcome = hangs
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "a")])
        await asyncio.sleep(0.02)
        await house.delivery.drain(0.1)
    assert house.outbox.put_offs == [([2], 0.0)], "the first may have been accepted: only its lease may free it"


async def test_draining_gives_back_at_once_what_only_waited_to_leave() -> None:
    house = House(at_once=1)

    async def hangs(row: Outgoing) -> Outcome:
        await asyncio.sleep(60)
        return Delivered()

    house.edge.outcome = hangs
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "b")])
        await until(lambda: house.edge.at_once == 1)
        await house.delivery.drain(0.05)
    assert house.outbox.put_offs == [([2], 0.0)]


async def test_draining_gives_nothing_back_that_was_sent_and_not_marked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()

    async def hangs(_token: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(house.pace, "spent", hangs)
    async with running(house):
        house.delivery.accept([outgoing(1, "a"), outgoing(2, "a")])
        await until(lambda: house.sent == [1])
        await house.delivery.drain(0.05)
    assert house.outbox.put_offs == [([2], 0.0)]


async def test_nothing_of_what_was_sent_is_logged(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House()
    house.answers[1] = [GivenUp("dead", "Bad Request: message is too long")]
    async with running(house):
        house.delivery.accept([outgoing(1, "900001", text="Баланс Иванова")])
        await until(lambda: house.outbox.given_up)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "message is too long" in logged
    assert "Иванов" not in logged
    assert "900001" not in logged


async def test_a_delivery_is_as_old_as_the_call() -> None:
    """What a crash left behind has waited since it was stored, not since it was found."""
    house = House()
    house.outbox.left_behind(replace(outgoing(1, 1), age=40.0))
    async with running(house):
        house.delivery.accept([outgoing(2, 2)])
        await until(lambda: len(house.took) == 2)
    assert house.took[0] < 1.0
    assert 40.0 <= house.took[1] < 41.0


async def test_a_wait_for_the_pace_is_told() -> None:
    house = House()
    async with running(house):
        await house.pace.pause(BOT, 0.2)
        house.delivery.accept([outgoing(1, 1)])
        await until(lambda: house.sent == [1])
    assert house.waits
    assert max(house.waits) <= 0.2
