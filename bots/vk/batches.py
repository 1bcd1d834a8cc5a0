"""Fills VK's calls: messages that wait for the next moment of the pace leave together, up to 25 in one `execute`.

20 calls a second are 20 messages a second one by one, and 500 this way (messengers.md §2.2, §6). A message that need
not wait goes alone.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bots.http import UnreachableError
from bots.raw import as_list, as_object, integer, string
from bots.vk.api import NextCall
from bots.vk.errors import BATCH, VkError
from dialogs.ports import Json

MOST_MESSAGES: Final = 25
MOST_CHARACTERS: Final = 30_000
"""Of all parameters of one `execute`; its own limit is not published, this stays far below what servers take."""

Params = Mapping[str, str | int]
Request = Callable[[str, Params], Awaitable[Json]]
"""One API call: the whole answer, errors raised."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    params: Params
    answer: "asyncio.Future[object]"

    @property
    def size(self) -> int:
        return sum(len(str(value)) for value in self.params.values())


class Batches:
    """Sends messages of one token. Calls overlap: the next begins when the pace says so, not when one has ended."""

    def __init__(self, request: Request, next_call: NextCall) -> None:
        self._request = request
        self._next_call = next_call
        self._waiting: deque[_Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._filling = False

    async def send(self, params: Params) -> object:
        """messages.send; its response. Raises VkError or UnreachableError."""
        waiting = _Waiting(params, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if not self._filling:
            self._filling = True
            self._start(self._fill())
        return await waiting.answer

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fill(self) -> None:
        try:
            while self._waiting:
                await self._next_call()
                self._start(self._send(self._take()))
        finally:
            self._filling = False

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < MOST_MESSAGES:
            size += self._waiting[0].size
            if batch and size > MOST_CHARACTERS:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _send(self, batch: list[_Waiting]) -> None:
        try:
            if len(batch) == 1:
                answers: list[object] = [(await self._request("messages.send", batch[0].params)).get("response")]
            else:
                code = code_of([waiting.params for waiting in batch])
                answers = answers_of(await self._request("execute", {"code": code}), len(batch))
        except VkError as error:
            if error.code in BATCH and len(batch) > 1:
                self._start(self._send_alone(batch))
                return
            answers = [error] * len(batch)
        except UnreachableError as error:
            answers = [error] * len(batch)
        except BaseException as error:
            # A bug or the end of the process: whoever waits must not wait for ever.
            _settle(batch, [UnreachableError(type(error).__name__)] * len(batch))
            raise
        _settle(batch, answers)

    async def _send_alone(self, batch: list[_Waiting]) -> None:
        """One by one, so that what is wrong with one of them is that one's concern."""
        try:
            for waiting in batch:
                await self._next_call()
                await self._send([waiting])
        finally:
            _settle(batch, [UnreachableError("not sent")] * len(batch))

    def _start(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _settle(batch: list[_Waiting], answers: list[object]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        if waiting.answer.done():
            continue
        if isinstance(answer, Exception):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)


def code_of(messages: Sequence[Params]) -> str:
    """The script that sends them in one `execute`."""
    calls = (json.dumps(dict(params), ensure_ascii=False) for params in messages)
    return "return [" + ",".join(f"API.messages.send({params})" for params in calls) + "];"


def answers_of(answer: Json, count: int) -> list[object]:
    """The response or the error (VkError) of each message: a failed one is `false`, errors stand apart in order."""
    responses = as_list(answer.get("response"))
    if len(responses) != count:
        raise UnreachableError("execute answered for another number of messages")
    listed = [as_object(error) for error in as_list(answer.get("execute_errors"))]
    # The last error comes once more under the name of `execute` itself.
    errors = iter([error for error in listed if error.get("method") == "messages.send"])
    return [response if response is not False else _error(next(errors, {})) for response in responses]


def _error(error: Json) -> Exception:
    return VkError(integer(error.get("error_code")) or 1, string(error.get("error_msg")))
