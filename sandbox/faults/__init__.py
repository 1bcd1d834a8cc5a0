"""Faults: what goes wrong between the bot and a messenger, and when.

A `Fault` befalls a call of the API, a `Mishap` an update on its way to the bot; a `FaultPlan` of either says when, by
name (a method, or a kind of update; "*" is any): on order, first ordered first met (`next`), or by chance from a seed
(`sometimes`). Each server has both plans: `server.faults` and `server.mishaps`.

    what happens to a call          made by                                      the call takes effect
    ------------------------------  -------------------------------------------  ---------------------
    another answer                  answer                                       no
    a pace or flood limit           telegram_flood, vk_error(6 | 9 | 29)         no
    an error inside a 200           vk_error(10 | 901 | …)                       no
    an error with its status        telegram_error(403 | 409 | 500 | …)          no
    a server or gateway broken      server_error, html_502, gateway_timeout      no
    an answer nobody can read       broken_json, not_text                        no
    half an answer                  torn                                         yes
    a connection reset              drop_before                                  no
    silence until the caller goes   hang                                         no
    the right answer, late          late                                         yes
    any of these, but taken before  accepted(fault); accepted_then_drop          yes
    an upload that took nothing     empty_photo (name "upload_photo")            no
    Long Poll lost its place        longpoll_failed(1 | 2 | 3) (name "longpoll") it is true of the server then

    what happens to an update       made by      webhook, callback               getUpdates, Long Poll
    ------------------------------  -----------  ------------------------------  ------------------------------
    it comes twice, with one id     twice        posted beside the first, or     given once more, confirmed or
                                                 so much later, or elsewhere     not
    others overtake it              late_update  sent after them                 given after them
    a press sent anew by a client   again        another update id, same data    the same
    it cannot be parsed             unreadable   chat and id stay, unless "all"  the same
    a stranger posts it first       no_secret    without the secret, then truly  nothing
    the bot's answer is not heard   unheard      sent again as if refused        nothing (use accepted(...) on
                                                                                 getUpdates or "longpoll")
    the first attempt never leaves  unsent       comes as a retry                nothing

VK stops calling back after errors in a row where `Limits.suspend_after` says so, or by `callback.suspend()`.

Inside `execute` a VK error befalls its call alone; anything else befalls the answer of the whole `execute`. Names of
what is not a method: "file" (Telegram's downloads), "longpoll", "upload_photo", "upload_doc", "media" (VK's); "*" is
these as well.

What happened is in the logs: `server.calls` says of each call whether it was accepted and which fault it met,
`server.handovers` of each update how it was handed to the bot, what the bot answered, and which mishap it met.
"""

from sandbox.faults.calls import (
    Fault,
    accepted,
    accepted_then_drop,
    answer,
    broken_json,
    drop_before,
    empty_photo,
    gateway_timeout,
    hang,
    html_502,
    late,
    longpoll_failed,
    not_text,
    server_error,
    telegram_conflict,
    telegram_error,
    telegram_flood,
    torn,
    undergo,
    vk_error,
)
from sandbox.faults.plan import FaultPlan
from sandbox.faults.updates import (
    Handover,
    Mishap,
    Road,
    again,
    late_update,
    no_secret,
    spoiled,
    twice,
    unheard,
    unreadable,
    unsent,
)

__all__ = [
    "Fault",
    "FaultPlan",
    "Handover",
    "Mishap",
    "Road",
    "accepted",
    "accepted_then_drop",
    "again",
    "answer",
    "broken_json",
    "drop_before",
    "empty_photo",
    "gateway_timeout",
    "hang",
    "html_502",
    "late",
    "late_update",
    "longpoll_failed",
    "no_secret",
    "not_text",
    "server_error",
    "spoiled",
    "telegram_conflict",
    "telegram_error",
    "telegram_flood",
    "torn",
    "twice",
    "undergo",
    "unheard",
    "unreadable",
    "unsent",
    "vk_error",
]
