"""What the bare bots share: their arguments and their listener."""

import argparse
import asyncio
import gc
import logging

from aiohttp import web


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    for name in ("token", "api", "redis", "secret"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--settled", action="store_true", help="the collector is tamed as the product's is")
    return parser


def listen(app: web.Application, given: argparse.Namespace) -> None:
    """Serves until the process is ended; says `ready` when it listens."""
    # Both libraries say a line or more for every update at their own levels.
    logging.disable(logging.INFO)
    asyncio.run(_serve(app, given))


async def _serve(app: web.Application, given: argparse.Namespace) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", given.port).start()
    if given.settled:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
    print("ready", flush=True)
    await asyncio.Event().wait()
