"""Health: live means that this process answers in time, ready that it can work. Redis away is degraded, and ready."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from web.lag import LoopLag

Probe = Callable[[], Awaitable[object]]
"""Asks one part of the house whether it is there; raises when it is not."""

PROBE_WITHIN: Final = 2.0
LONGEST_LAG: Final = 1.0
"""Seconds the event loop may have been late (reliability.md O1)."""
LAG_WITHIN: Final = 5.0


@dataclass
class Health:
    """`needed` parts make the process unready when they are away, `wanted` ones only degraded.

    `draining` is set when the process is about to end: it takes no more work, and says so.
    """

    needed: Mapping[str, Probe] = field(default_factory=dict)
    wanted: Mapping[str, Probe] = field(default_factory=dict)
    draining: bool = False
    lag: LoopLag = field(default_factory=LoopLag)

    async def live(self, _request: web.Request) -> web.Response:
        """A loop that was late lately is not live: whoever restarts processes should ask several times in a row."""
        lag = self.lag.worst(LAG_WITHIN)
        late = lag >= LONGEST_LAG
        answer = {"status": "late" if late else "live", "loop_lag": round(lag, 3)}
        return web.json_response(answer, status=503 if late else 200)

    async def ready(self, _request: web.Request) -> web.Response:
        needed, wanted = await asyncio.gather(_ask(self.needed), _ask(self.wanted))
        if self.draining:
            status = "draining"
        elif not all(needed.values()):
            status = "unavailable"
        else:
            status = "ready" if all(wanted.values()) else "degraded"
        parts = {name: "ok" if there else "away" for name, there in {**needed, **wanted}.items()}
        code = 200 if status in {"ready", "degraded"} else 503
        return web.json_response({"status": status, "parts": parts}, status=code)


async def _ask(probes: Mapping[str, Probe]) -> dict[str, bool]:
    answers = await asyncio.gather(*(_there(probe) for probe in probes.values()))
    return dict(zip(probes, answers, strict=True))


async def _there(probe: Probe) -> bool:
    try:
        async with asyncio.timeout(PROBE_WITHIN):
            await probe()
    except Exception:  # a probe may raise anything: that is its answer
        return False
    return True
