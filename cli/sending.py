"""`vodoteplo sending …`: the switch that lets anything leave for the messengers. A restored copy starts with it off."""

from functools import partial

from cli.base import Base, run_with_base
from cli.refusal import refuse
from infra.db.switches import SENDING, is_on, set_switch, start_sending_afresh, unsent


def run_show() -> None:
    run_with_base(_show)


async def _show(ground: Base) -> None:
    async with ground.database() as engine:
        on, waiting = await is_on(engine, SENDING), await unsent(engine)
    print(f"Sending is {'on' if on else 'off'}; {waiting} calls wait.")


def run_off() -> None:
    run_with_base(_off)


async def _off(ground: Base) -> None:
    async with ground.database() as engine:
        await set_switch(engine, SENDING, False)
    print(
        "Sending is off: within seconds nothing leaves any more. What residents write is taken in when it is on again."
    )


def run_on(*, send: bool, drop: bool) -> None:
    if send and drop:
        refuse(["say --send or --drop, not both"])
    run_with_base(partial(_on, send=send, drop=drop))


async def _on(ground: Base, *, send: bool, drop: bool) -> None:
    async with ground.database() as engine:
        waiting = await unsent(engine)
        if waiting and not (send or drop or await is_on(engine, SENDING)):
            refuse(
                [
                    f"{waiting} calls wait. In a restored copy they may have been sent long ago by the original: "
                    "say --drop to forget them, or --send to send them"
                ]
            )
        dropped = 0
        if drop:
            dropped = await start_sending_afresh(engine)
        else:
            await set_switch(engine, SENDING, True)
    print(f"Sending is on; {dropped} calls were dropped." if drop else "Sending is on.")
