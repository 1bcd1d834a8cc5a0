"""From the start of a process to its ready line, beside the bare import of both messengers' libraries.

The embedded servers are warm, the database is migrated; the sandbox is up, so that nothing is waited for. Files of both
are in the system's cache: the first round warms it, and the best of the others counts.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.children import running
from benchmarks.stage import environment, free_port, sandboxes
from infra.db.engine import create_engine
from infra.db.migrate import migrate
from infra.embedded import Servers, embedded_servers

ROUNDS = 4


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds."""
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as folder, embedded_servers(Path(folder)) as servers:
        return asyncio.run(_measure(servers, rounds))


async def _measure(servers: Servers, rounds: int) -> dict[str, float]:
    engine = create_engine(servers.database_url)
    await migrate(engine)
    await engine.dispose()
    imports, starts = [], []
    async with sandboxes() as (_telegram, _vk, base):
        for _ in range(rounds):
            imports.append(await asyncio.to_thread(_bare_import))
            starts.append(await asyncio.to_thread(_start, servers, base))
    return {"bare import, s": min(imports[1:]), "start to ready, s": min(starts[1:])}


def _bare_import() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiogram, vkbottle"], check=True)
    return time.perf_counter() - begun


def _start(servers: Servers, base: str) -> float:
    arguments = ["-c", "from cli.main import main; main()", "serve"]
    with running(arguments, environment(servers, base, free_port()), '"ready"') as child:
        return child.ready_after


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:20} {value:6.2f}")
