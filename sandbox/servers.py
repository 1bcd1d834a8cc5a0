"""Both stand-ins as one web application: Telegram under /telegram, VK under /vk."""

from aiohttp import web

from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer


class Sandbox:
    """The API addresses are `<base>/telegram` and `<base>/vk` (the client appends `/method/`)."""

    def __init__(self, telegram: TelegramServer | None = None, vk: VkServer | None = None) -> None:
        self.telegram = telegram
        self.vk = vk
        self._runner: web.AppRunner | None = None

    def mount(self, app: web.Application, base_url: str = "") -> None:
        """Add the servers to an application; without `base_url` VK learns its address from the first call."""
        if self.telegram is not None:
            self.telegram.mounted("/telegram")
            app.add_subapp("/telegram", self.telegram.app)
        if self.vk is not None:
            self.vk.mounted("/vk", f"{base_url}/vk" if base_url else "")
            app.add_subapp("/vk", self.vk.app)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, port 0 takes a free one; returns the base address."""
        app = web.Application()
        self.mount(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        listening = self._runner.addresses[0]
        base = f"http://{host}:{listening[1]}"
        if self.vk is not None:
            self.vk.mounted("/vk", f"{base}/vk")
        return base

    async def stop(self) -> None:
        """Stop listening; waiting polls end, deliveries stop."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
