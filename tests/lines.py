"""Lines to the database that can be spoilt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit, urlunsplit

from sandbox.proxy import Proxy


@asynccontextmanager
async def over_tcp(database_url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A line over TCP, and the address that leads over it."""
    parts = urlsplit(database_url)
    (folder,) = parse_qs(parts.query)["host"]
    proxy = Proxy(f"{folder}/.s.PGSQL.5432")
    place = await proxy.start()
    try:
        yield proxy, urlunsplit(parts._replace(netloc=f"{parts.username or 'postgres'}@{place}", query=""))
    finally:
        proxy.heal()
        await proxy.stop()
