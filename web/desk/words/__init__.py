"""Words of the desk. Russian stands where it is used; English here, one module an area (ADR 0014).

A plural is written with its forms apart: «{n} вопрос|{n} вопроса|{n} вопросов», in English with two.
"""

from collections.abc import Mapping
from typing import Final

from web.desk.words import broadcasts, conversations, counter, numbers, outages, shell

ENGLISH: Final[Mapping[str, str]] = {
    **shell.ENGLISH,
    **conversations.ENGLISH,
    **counter.ENGLISH,
    **numbers.ENGLISH,
    **outages.ENGLISH,
    **broadcasts.ENGLISH,
}


def word(text: str) -> str:
    """Marks a Russian text that is translated later, where it is shown."""
    return text


class Words:
    """One language's words; what templates call as `t` and `tn`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = ENGLISH if language == "en" else {}

    def t(self, text: str, **facts: object) -> str:
        """The text in this language; {names} in it are filled in."""
        found = self._catalogue.get(text, text)
        return found.format_map(facts) if facts else found

    def tn(self, n: int, text: str, **facts: object) -> str:
        """The form of a counted text; {n} is the number."""
        forms = self._catalogue.get(text, text).split("|")
        return forms[min(self._form(abs(n)), len(forms) - 1)].format_map({"n": n, **facts})

    def _form(self, n: int) -> int:
        if self.language == "en":
            return 0 if n == 1 else 1
        if n % 10 == 1 and n % 100 != 11:
            return 0
        return 1 if n % 10 in {2, 3, 4} and n % 100 not in {12, 13, 14} else 2
