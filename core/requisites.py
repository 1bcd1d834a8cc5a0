"""Checks of bank details: what a payee's requisites must be for the money to arrive.

Pure and silent: each check returns the problems found, in plain words, and an empty list means "looks right".
Our own requisites are refused when a check fails; scanned ones are only warned about, as real accounts with an odd
key have been seen.
"""

import re

from stdnum.ru import inn as russian_inn

_ACCOUNT = re.compile(r"[1-9][0-9]{4}[0-9ABCEHKMPTX][0-9]{14}")
_CORR_ACCOUNT = re.compile(r"30101[0-9]{15}")
_BIC = re.compile(r"(?:04|00|01|02)[0-9]{7}")
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_CURRENCY_LETTERS = "ABCEHKMPTX"
_WEIGHTS = (7, 1, 3)
_KEY = 8  # the ninth digit of an account is its key


def account_problem(account: str, bic: str) -> str | None:
    """Checks a payee's account (20 signs) against the BIC of its bank, by order 515 of the Bank of Russia (1997)."""
    if _ACCOUNT.fullmatch(account) is None:
        return "an account has 20 digits (a currency letter may stand sixth)"
    return _key_problem(account, bic, bic[-3:])


def corr_account_problem(account: str, bic: str) -> str | None:
    """Checks a bank's correspondent account (30101…), whose key is counted with digits 5 and 6 of the BIC."""
    if _CORR_ACCOUNT.fullmatch(account) is None:
        return "a correspondent account has 20 digits and begins 30101"
    return _key_problem(account, bic, "0" + bic[4:6])


def bic_problem(bic: str) -> str | None:
    return None if _BIC.fullmatch(bic) else "a BIC has 9 digits and begins 04 (00, 01, 02 since 2021)"


def kpp_problem(kpp: str) -> str | None:
    return None if _KPP.fullmatch(kpp) else "a KPP has 9 signs: four digits, two digits or Latin capitals, three digits"


def payee_name_problem(name: str) -> str | None:
    """The payee's name as it goes into the payment QR code (GOST R 56042: 1 to 160 signs)."""
    return _text_problem(name, 160)


def bank_name_problem(bank: str) -> str | None:
    """The bank's name as it goes into the payment QR code (1 to 45 signs)."""
    return _text_problem(bank, 45)


def _text_problem(text: str, limit: int) -> str | None:
    if not 1 <= len(text) <= limit:
        return f"it has {len(text)} signs, a payment QR code holds 1 to {limit}"
    return "it holds the sign | which separates the fields of a payment QR code" if "|" in text else None


def inn_problem(inn: str) -> str | None:
    """Checks length and check digits of an INN of an organisation (10 digits) or a person (12)."""
    if re.fullmatch(r"[0-9]{10}|[0-9]{12}", inn) is None:
        return "an INN has 10 or 12 digits"
    return None if russian_inn.is_valid(inn) else "its check digits do not fit: a digit is wrong"


def account_key(account: str, prefix: str) -> int:
    """The key an account must bear (its ninth digit), for the three digits taken from the BIC."""
    return _weighted_sum(prefix + account[:_KEY] + "0" + account[_KEY + 1 :]) * 3 % 10


def _key_problem(account: str, bic: str, prefix: str) -> str | None:
    if bic_problem(bic):
        return "it cannot be checked without a right BIC"
    key = account_key(account, prefix)
    return None if int(account[_KEY]) == key else "its key does not fit the BIC: a digit of one of them is wrong"


def _weighted_sum(signs: str) -> int:
    digits = (_CURRENCY_LETTERS.find(sign) if sign in _CURRENCY_LETTERS else int(sign) for sign in signs)
    return sum(digit * _WEIGHTS[place % 3] % 10 for place, digit in enumerate(digits))


def requisites_problems(*, inn: str, kpp: str, account: str, bic: str, corr_account: str) -> dict[str, str]:
    """Every problem of a payee's requisites, by the name of the field; empty when all fit together.

    An empty `kpp` (a sole trader has none) and an empty or "0" `corr_account` (a bank without one) are right.
    """
    found = {
        "inn": inn_problem(inn),
        "kpp": kpp_problem(kpp) if kpp else None,
        "account": account_problem(account, bic),
        "bic": bic_problem(bic),
        "corr_account": corr_account_problem(corr_account, bic) if corr_account.strip("0") else None,
    }
    return {name: problem for name, problem in found.items() if problem}
