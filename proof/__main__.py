"""`python -m proof [path|broadcasts|order …] [--scale 0.1] [--json FILE] [--markdown FILE]`; without names, `path`."""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Final, cast

import uvloop

from proof.report import Line, command, markdown, show

PATH: Final[dict[str, str]] = {
    "exactly_once": "proof.exactly_once:exactly_once",
    "order": "proof.order:order",
    "twins": "proof.twins:twins",
    "machine": "proof.machine:machine",
    "webhook": "proof.webhooks:webhook",
    "peak": "proof.load:peak",
    "surge": "proof.load:surge",
    "backlog": "proof.backlog:backlog",
    "durability": "proof.load:durability",
    "postgres": "proof.outages:postgres",
    "redis": "proof.outages:redis",
    "rolling": "proof.rolling:rolling",
    "hasty": "proof.hasty:hasty",
}
"""Those of the durable path. Where each is: a module and its `async def …(scale: float) -> list[Line]`."""
BROADCASTS: Final[dict[str, str]] = {
    "broadcast_pace": "proof.broadcasts:broadcast_pace",
    "broadcast_city": "proof.broadcasts:broadcast_city",
    "broadcast_replies": "proof.broadcasts:broadcast_replies",
    "broadcast_kills": "proof.broadcast_kills:broadcast_kills",
}
SCENARIOS: Final = {**PATH, **BROADCASTS}
GROUPS: Final = {"path": PATH, "broadcasts": BROADCASTS}

Scenario = Callable[[float], Awaitable[list[Line]]]


def main() -> None:
    known = [*GROUPS, *SCENARIOS]
    parser = argparse.ArgumentParser(prog="python -m proof", description="The promises of the product, measured.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to prove (the path), of: {', '.join(known)}")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size, above 0")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the lines there too")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"no such proof: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if given.scale <= 0:
        parser.error("the scale must be above 0")
    asked = [one for name in given.names or ["path"] for one in GROUPS.get(name, [name])]
    lines = [line for name in dict.fromkeys(asked) for line in prove(name, given.scale)]
    show(lines)
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=2) + "\n")
    if given.markdown is not None:
        given.markdown.write_text(markdown(lines), encoding="utf-8")
    sys.exit(0 if lines and all(line.holds for line in lines) else 1)


def prove(name: str, scale: float) -> list[Line]:
    """Runs one scenario. One that breaks is a promise that does not hold; the others are still proved."""
    module, _, function = SCENARIOS[name].partition(":")
    print(f"{name}…", file=sys.stderr, flush=True)
    begun = time.monotonic()
    try:
        scenario = cast("Scenario", getattr(import_module(module), function))
        lines = uvloop.run(_awaited(scenario, scale))
    except Exception as error:  # whatever it is, the table must tell of it
        traceback.print_exc()
        lines = [Line(name, f"{type(error).__name__}: {error}"[:300], "the proof ends", False, command(name, scale))]
    print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return lines


async def _awaited(scenario: Scenario, scale: float) -> list[Line]:
    return await scenario(scale)


if __name__ == "__main__":
    main()
