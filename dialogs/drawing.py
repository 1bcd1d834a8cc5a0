"""What every screen gets beside its step's own: the row that leads back, pages of its items, the labels it offers."""

import re
from collections.abc import Mapping
from dataclasses import replace

from dialogs.screen import Choice, Screen, Translator, msg

BACK = Choice("nav.back", msg("‹ Назад"))
MENU = Choice("nav.menu", msg("Меню"))
PERSON = Choice("nav.person", msg("Вопрос"))
EARLIER = Choice("nav.earlier", msg("« Выше"))
LATER = Choice("nav.later", msg("Ниже »"))

ITEMS_ON_A_PAGE = 4
"""With arrows, navigation and a row of a step's own it fits VK's ten buttons in six rows (messengers.md §2.4)."""


def navigation(*, asking: bool) -> tuple[Choice, ...]:
    """The last row of every screen but home; whoever is `asking` a person need not be led to one."""
    return (BACK, MENU) if asking else (BACK, MENU, PERSON)


def labels(screen: Screen, translator: Translator) -> Mapping[str, str]:
    """The choices a screen offers, with their labels as they may be typed; of a confirmation none may."""
    choices = (*screen.items, *(choice for row in screen.choices for choice in row))
    return {choice.id: "" if choice.confirm else plain_label(translator.text(choice.label)) for choice in choices}


def plain_label(label: str) -> str:
    """A label as people type it: words only, in small letters, ё as е."""
    return " ".join(re.findall(r"\w+", label.casefold().replace("ё", "е")))


def paged(screen: Screen, page: int) -> Screen:
    """The screen with one page of its items, and arrows where there are more."""
    pages = -(-len(screen.items) // ITEMS_ON_A_PAGE)
    if pages < 2:
        return screen
    page = min(page, pages - 1)
    items = screen.items[page * ITEMS_ON_A_PAGE : (page + 1) * ITEMS_ON_A_PAGE]
    arrows = tuple(arrow for arrow, there in ((EARLIER, page > 0), (LATER, page < pages - 1)) if there)
    return replace(screen, items=items, choices=(arrows, *screen.choices))
