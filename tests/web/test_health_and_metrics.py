"""Health and metrics over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from web.app import Site, build_app
from web.health import Health
from web.metrics import Depths, Metrics


@asynccontextmanager
async def listening(health: Health, metrics: Metrics) -> AsyncIterator[Callable[[str], Awaitable[tuple[int, str]]]]:
    site = Site(build_app({}, health, metrics))
    port = await site.start("127.0.0.1", 0)
    async with aiohttp.ClientSession() as http:

        async def get(path: str) -> tuple[int, str]:
            async with http.get(f"http://127.0.0.1:{port}{path}") as response:
                return response.status, await response.text()

        yield get
    await site.stop()


async def there() -> None:
    return


async def away() -> None:
    raise ConnectionError


async def hangs() -> None:
    await asyncio.sleep(60)


async def test_a_whole_house_is_live_and_ready() -> None:
    async with listening(Health({"database": there}, {"redis": there}), Metrics()) as get:
        assert (await get("/health/live"))[0] == 200
        status, text = await get("/health/ready")
    assert status == 200
    assert text == '{"status": "ready", "parts": {"database": "ok", "redis": "ok"}}'


async def test_without_redis_the_house_is_degraded_and_ready() -> None:
    async with listening(Health({"database": there}, {"redis": away}), Metrics()) as get:
        status, text = await get("/health/ready")
    assert status == 200
    assert '"degraded"' in text


async def test_without_its_database_the_house_is_live_and_not_ready() -> None:
    health = Health({"database": away})
    async with listening(health, Metrics()) as get:
        assert (await get("/health/ready"))[0] == 503
        assert (await get("/health/live"))[0] == 200
        health.needed = {"database": there}
        assert (await get("/health/ready"))[0] == 200


async def test_a_part_that_does_not_answer_in_time_is_away() -> None:
    async with listening(Health({"database": hangs}), Metrics()) as get:
        async with asyncio.timeout(4):
            status, _text = await get("/health/ready")
    assert status == 503


async def test_a_house_that_is_about_to_end_is_not_ready() -> None:
    health = Health({"database": there})
    async with listening(health, Metrics()) as get:
        health.draining = True
        status, text = await get("/health/ready")
    assert status == 503
    assert '"draining"' in text


async def test_metrics_tell_turns_sends_and_what_waits() -> None:
    async def depths() -> Depths:
        return Depths(inbox=3, inbox_age=1.5, outbox=7, outbox_age=20.0)

    metrics = Metrics(depths)
    metrics.turn("vk", "served", 0.02)
    metrics.send("telegram", "blocked", 0.1)
    async with listening(Health(), metrics) as get:
        status, text = await get("/metrics")
    assert status == 200
    lines = text.splitlines()
    assert 'vodoteplo_turn_seconds_count{messenger="vk",outcome="served"} 1.0' in lines
    assert 'vodoteplo_send_seconds_count{messenger="telegram",outcome="blocked"} 1.0' in lines
    assert 'vodoteplo_waiting_rows{queue="outbox"} 7.0' in lines
    assert 'vodoteplo_oldest_waiting_seconds{queue="inbox"} 1.5' in lines


async def test_metrics_are_told_while_the_database_is_away() -> None:
    async def fails() -> Depths:
        raise ConnectionError

    metrics = Metrics(fails)
    metrics.turn("vk", "served", 0.02)
    async with listening(Health(), metrics) as get:
        status, text = await get("/metrics")
    assert status == 200
    assert "vodoteplo_turn_seconds_count" in text
    assert "vodoteplo_depths_unknown_total 1.0" in text


async def test_no_label_is_about_a_resident() -> None:
    """What may be a label is listed, and what its values may be too: none of them grows with the residents."""
    metrics = Metrics()
    metrics.turn("vk", "served", 0.02)
    metrics.send("vk", "sent", 0.02)
    for tell in (metrics.served, metrics.delivered, metrics.paced):
        tell("vk", 0.02)
    samples = [sample for family in metrics.registry.collect() for sample in family.samples]
    assert {label for sample in samples for label in sample.labels} <= {"messenger", "outcome", "queue", "le"}
    assert len(samples) < 200


async def test_metrics_tell_latency_dead_letters_and_the_switch() -> None:
    async def depths() -> Depths:
        return Depths(0, 0.0, 0, 0.0, dead_letters=4, link_failures=51, link_alarms=1, sign_in_failures=7)

    metrics = Metrics(depths)
    metrics.served("vk", 0.3)
    metrics.delivered("vk", 0.4)
    metrics.paced("vk", 2.0)
    metrics.may_send = lambda: False
    async with listening(Health(), metrics) as get:
        lines = (await get("/metrics"))[1].splitlines()
    assert 'vodoteplo_update_seconds_sum{messenger="vk"} 0.3' in lines
    assert 'vodoteplo_delivery_seconds_sum{messenger="vk"} 0.4' in lines
    assert 'vodoteplo_pace_wait_seconds_sum{messenger="vk"} 2.0' in lines
    assert "vodoteplo_dead_letters 4.0" in lines
    assert "vodoteplo_link_failures 51.0" in lines
    assert "vodoteplo_link_alarms 1.0" in lines
    assert "vodoteplo_sign_in_failures 7.0" in lines
    assert "vodoteplo_sending 0.0" in lines
