"""How messengers will show a broadcast: for those who look at it before it is sent, at the desk and on the console."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from bots.telegram.render import LIMITS as TELEGRAM
from bots.vk.render import LIMITS as VK
from core.accounts.model import Address
from core.broadcasts.model import Draft, PersonalFacts
from core.broadcasts.rules import personal
from core.city import City
from core.clock import CityClock
from core.ids import MailingId
from core.messengers import PersonalData
from core.money import Kopecks
from dialogs.broadcasts import broadcast_screen, preview
from dialogs.fit import FittedMessage
from dialogs.minimal import without_personal
from dialogs.screen import Translator
from infra.i18n import Catalogues
from infra.paths import LOCALES

LIMITS: Final = {"telegram": TELEGRAM, "vk": VK}
SAMPLE: Final = PersonalFacts("", Address("улица Труда", "14", "27"), Kopecks(123_450))
"""Stands for a reader's own facts."""

Previews = Callable[[Draft, MailingId, str], Mapping[str, FittedMessage]]


def previews_of(city: City, clock: CityClock) -> Previews:
    return partial(_previews, city, clock, Catalogues(LOCALES))


def _previews(
    city: City,
    clock: CityClock,
    translators: Callable[[str], Translator],
    draft: Draft,
    broadcast: MailingId,
    language: str,
) -> Mapping[str, FittedMessage]:
    facts = SAMPLE if personal(draft) else None
    screen = broadcast_screen(draft, broadcast, language, facts, clock, city)
    looks = {}
    for messenger, limits in LIMITS.items():
        minimal = city.messenger(messenger).personal_data is PersonalData.MINIMAL
        shown = without_personal(screen) if minimal else screen
        if shown is not None:
            looks[messenger] = preview(shown, translators(language), limits)
    return looks
