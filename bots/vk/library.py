"""vkbottle, without what its import changes in the process. Loads vkbottle: import it late.

It puts a handler of its own on its logger and takes over `warnings.showwarning`; both are put back. Its log quotes
requests whole, texts of people included, so that only warnings of it are let through.
"""

import logging
import warnings

_showwarning = warnings.showwarning

from vkbottle import API, ABCResponseValidator, AiohttpClient  # noqa: E402  # between taking and putting back
from vkbottle.tools.mini_types.bot import MessageEventMin, MessageMin, message_min  # noqa: E402  # as above
from vkbottle_types.objects import MessagesMessageAttachment  # noqa: E402  # as above

warnings.showwarning = _showwarning
logging.getLogger("vkbottle").handlers.clear()
logging.getLogger("vkbottle").setLevel(logging.WARNING)

__all__ = [
    "API",
    "ABCResponseValidator",
    "AiohttpClient",
    "MessageEventMin",
    "MessageMin",
    "MessagesMessageAttachment",
    "message_min",
]
