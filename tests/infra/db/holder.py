"""A process that holds a lease and moves a bookmark as its holder: `python -m tests.infra.db.holder URL TERM`.

It says on its output what happens: "holds NUMBER", "saved PLACE", "rejected PLACE".
"""

import asyncio
import itertools
import sys

from infra.db.bookmarks import bookmark_of
from infra.db.engine import create_engine
from infra.db.leases import Lease, LeaseLost

LEASE, BOOKMARK = "poll:vk:1", "vk:1"


def tell(what: str, number: int | None) -> None:
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


async def hold(url: str, term: float) -> None:
    engine = create_engine(url)
    lease = Lease(engine, LEASE, term)
    # What is on its way when the process freezes knows the number of that time, and nothing of what came after.
    believed = Lease(engine, LEASE, term)
    _, save = bookmark_of(engine, BOOKMARK, believed)

    async def work() -> None:
        believed.number = lease.number
        tell("holds", lease.number)
        await asyncio.Event().wait()

    async def write() -> None:
        for place in itertools.count():
            await asyncio.sleep(0.02)
            try:
                await save(f"first {place}")
                tell("saved", place)
            except LeaseLost:
                tell("rejected", place)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lease.hold(work))
        tasks.create_task(write())


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1], float(sys.argv[2])))
