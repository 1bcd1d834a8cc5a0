"""The web application of a process."""

from collections.abc import Mapping

from aiohttp import web

from dialogs.web_page import OneTimePages
from web.desk import DeskParts, add_desk
from web.health import Health
from web.metrics import Metrics
from web.pages import add_pages
from web.webhooks import LARGEST_BODY, Receiver, handler


def build_app(
    webhooks: Mapping[str, Receiver],
    health: Health,
    metrics: Metrics,
    pages: OneTimePages | None = None,
    desk: DeskParts | None = None,
) -> web.Application:
    """The routes of contracts/product.md. `webhooks` maps paths to who receives there; `pages` are shown once; `desk`
    is the operators'."""
    app = web.Application(client_max_size=LARGEST_BODY)
    for path, receiver in webhooks.items():
        app.router.add_post(path, handler(receiver))
    app.router.add_get("/health/live", health.live)
    app.router.add_get("/health/ready", health.ready)
    app.router.add_get("/metrics", metrics.page)
    if pages is not None:
        add_pages(app, pages)
    if desk is not None:
        add_desk(app, desk)
    return app


class Site:
    """An application that listens. `stop` lets the requests that have begun end."""

    def __init__(self, app: web.Application) -> None:
        # No access log: addresses and the rest are personal, and proxies keep their own.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)

    async def start(self, host: str, port: int) -> int:
        """Listens; the port, which is the given one or, for 0, a free one."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        await self._runner.cleanup()
