"""The lag of the event loop: measured, told, and a reason not to be live."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.web.test_health_and_metrics import listening
from web.health import LONGEST_LAG, Health
from web.lag import LoopLag
from web.metrics import Metrics


@asynccontextmanager
async def measuring(lag: LoopLag) -> AsyncIterator[LoopLag]:
    task = asyncio.create_task(lag.run())
    await asyncio.sleep(0.15)
    yield lag
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_loop_that_is_not_blocked_is_hardly_late() -> None:
    async with measuring(LoopLag()) as lag:
        await asyncio.sleep(0.3)
        assert lag.worst(5.0) < 0.3


async def test_a_blocked_loop_was_late_and_is_forgiven_by_and_by() -> None:
    async with measuring(LoopLag()) as lag:
        time.sleep(0.6)
        assert lag.worst(5.0) > 0.4, "the delay has not ended, and is seen already"
        await asyncio.sleep(0.25)
        assert lag.worst(5.0) > 0.4
        assert lag.worst(0.1) < 0.4


async def test_a_process_whose_loop_hangs_is_not_live_and_says_how_late_it_was() -> None:
    metrics = Metrics()
    async with measuring(metrics.lag), listening(Health(lag=metrics.lag), metrics) as get:
        assert (await get("/health/live"))[0] == 200
        time.sleep(LONGEST_LAG + 0.3)
        status, text = await get("/health/live")
        _, told = await get("/metrics")
    assert status == 503
    assert '"late"' in text
    (line,) = [line for line in told.splitlines() if line.startswith("vodoteplo_loop_lag_seconds ")]
    assert float(line.split()[1]) >= LONGEST_LAG


async def test_nothing_is_late_that_does_not_run() -> None:
    assert LoopLag().worst(60.0) == 0.0
