"""The product's process as it is measured: `vodoteplo serve`, with the pace of VK's calls lifted.

VK takes 20 calls a second, and the product keeps to that; the sandbox takes as many as come, from the bare bot too.
"""

import argparse
import cProfile

import cli.wiring
from cli.serve import run_serve

WITHOUT_PACE = 1_000_000.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--vk-pace", action="store_true", help="keep to VK's calls a second")
    parser.add_argument("--profile", help="write a cProfile of the whole run to this file")
    given = parser.parse_args()
    if not given.vk_pace:
        vars(cli.wiring)["CALLS_PER_SECOND"] = WITHOUT_PACE
    if given.profile:
        cProfile.runctx("run_serve('all')", {"run_serve": run_serve}, {}, given.profile)
    else:
        run_serve("all")


if __name__ == "__main__":
    main()
