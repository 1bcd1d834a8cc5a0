"""Which chat of a person is told what nobody has asked for."""

from typing import Final

# Of one person's chats the best: one that is not blocked goes before, then the preferred, then the one used last.
BEST_CHAT: Final = """
residents.id, (chats.blocked_at IS NOT NULL), (chats.messenger = residents.prefers) DESC NULLS LAST,
chats.used_at DESC NULLS LAST, chats.id
"""
