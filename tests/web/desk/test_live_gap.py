"""What happens while a page loads is not lost to it: as soon as it listens it is told to look at everything."""

import asyncio

from tests.desks import DeskSite


async def test_a_page_that_begins_to_listen_looks_at_everything(desk: DeskSite) -> None:
    browser = await desk.seat(await desk.hire("anna"))
    headers = {"Accept": "text/event-stream"}
    async with asyncio.timeout(5), browser.http.get(f"{desk.address}/desk/live", headers=headers) as stream:
        told = [(await stream.content.readline()).decode().strip() for _ in range(5)]
    assert told == ["event: standing", told[1], "", "event: ticket", "data: 0"]
