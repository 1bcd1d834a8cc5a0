"""Residents' questions at the desk: the queue, conversations, what is done to them, answers kept ready, news."""

from web.desk.acts import Acts, add_acts
from web.desk.canned import add_canned
from web.desk.conversation import Conversations, add_conversations
from web.desk.live import Hub, add_live
from web.desk.queue import add_queue
from web.desk.shell import Shell


def add_tickets(shell: Shell) -> None:
    parts = shell.house.parts
    hub = Hub(parts.live, parts.desks)
    pages = Conversations(hub)
    add_live(shell, hub)
    add_queue(shell)
    add_conversations(shell, pages)
    add_acts(shell, Acts(pages, parts.make_file, parts.live))
    add_canned(shell)
