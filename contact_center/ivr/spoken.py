"""Numbers, amounts and dates as the prepared pieces that say them, in each language. Pure.

A piece is a short text with a file of its own: "35" is ("30", "5"), 120 is ("1", "hundred", "20").
"""

import re

PREPARED_NUMBERS = (*range(21), *range(30, 100, 10))
"""Numbers with a piece of their own; the others to 99 are tens and ones."""

LARGEST = 10**12
TWO, ONE_OF_MANY, OH = "两", "幺", "oh"
"""Mandarin says 两 of two things (两千, 两元), and 幺 for a 1 among digits; English says 1905 as 19 oh 5."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ENGLISH_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (100, "hundred"))
_MANDARIN_SCALES = ((10**8, "亿"), (10**4, "万"), (10**3, "千"), (100, "百"))
_COINS = {
    "en": {
        "USD": ("dollar", "dollars", "cent", "cents"),
        "EUR": ("euro", "euros", "cent", "cents"),
        "GBP": ("pound", "pounds", "penny", "pence"),
        "CNY": ("yuan", "yuan", "fen", "fen"),
    },
    "zh": {
        "USD": ("美元", "美元", "美分", "美分"),
        "EUR": ("欧元", "欧元", "欧分", "欧分"),
        "GBP": ("英镑", "英镑", "便士", "便士"),
        "CNY": ("元", "元", "分", "分"),
    },
}
_NUMBER = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,9}))?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def pieces(language: str) -> tuple[str, ...]:
    """Every piece a number, an amount or a date may need."""
    numbers = [str(number) for number in PREPARED_NUMBERS]
    coins = [word for words in _COINS[_tongue(language)].values() for word in words]
    if _tongue(language) == "zh":
        words = [word for _, word in _MANDARIN_SCALES]
        words += ["零", "点", "负", "年", "角", TWO, ONE_OF_MANY, *(f"{month}月" for month in range(1, 13))]
        words += [f"{day}日" for day in range(1, 32)]
    else:
        words = [word for _, word in _ENGLISH_SCALES]
        words += ["point", "minus", OH, *_MONTHS, *(_ordinal(day) for day in range(1, 32))]
    return tuple(dict.fromkeys([*numbers, *words, *coins]))


def _tongue(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


def digit_words(value: str, language: str = "en") -> tuple[str, ...]:
    """One by one, as numbers of telephones and accounts are."""
    one = ONE_OF_MANY if _tongue(language) == "zh" else "1"
    return tuple(one if each == "1" else each for each in value if each in "0123456789")


def number_words(value: str, language: str = "en") -> tuple[str, ...]:
    """A decimal number; one of more than twelve digits is said digit by digit."""
    found = _NUMBER.fullmatch(value)
    if found is None:
        return digit_words(value, language)
    sign, whole, fraction = found.groups()
    minus, point = ("负", "点") if _tongue(language) == "zh" else ("minus", "point")
    said = _whole(int(whole), language) if int(whole) < LARGEST else digit_words(whole, language)
    tail = (point, *fraction) if fraction and fraction.strip("0") else ()
    return (*([minus] if sign else ()), *said, *tail)


def _whole(number: int, language: str) -> tuple[str, ...]:
    if _tongue(language) == "zh":
        return _mandarin(number, leads=True)
    if number < 100:
        return _below_hundred(number)
    size, word = next(scale for scale in _ENGLISH_SCALES if number >= scale[0])
    rest = _whole(number % size, language) if number % size else ()
    return (*_whole(number // size, language), word, *rest)


def _below_hundred(number: int) -> tuple[str, ...]:
    return (str(number),) if number in PREPARED_NUMBERS else (str(number // 10 * 10), str(number % 10))


def _mandarin(number: int, *, leads: bool) -> tuple[str, ...]:
    """`leads`: nothing was said before it. Then ten is 十 and two thousand 两千, else 一十 and 二千."""
    if number < 100:
        ten = not leads and 10 <= number < 20
        return (*(["1"] if ten else ()), *_below_hundred(number))
    size, word = next(scale for scale in _MANDARIN_SCALES if number >= scale[0])
    count, rest = divmod(number, size)
    head = ((TWO,) if leads and count == 2 and size > 100 else _mandarin(count, leads=leads)) + (word,)
    if not rest:
        return head
    gap = ("零",) if rest * 10 < size else ()
    return (*head, *gap, *_mandarin(rest, leads=False))


def money_words(value: str, language: str) -> tuple[str, ...]:
    """ "12.5 USD": whole units, and hundredths where there are any."""
    amount, _, currency = value.partition(" ")
    coins = _COINS[_tongue(language)].get(currency)
    try:
        hundredths = round(abs(float(amount)) * 100)
    except (ValueError, OverflowError):
        return digit_words(value, language)
    if coins is None:
        return number_words(amount, language)
    units, rest = divmod(hundredths, 100)
    minus = "负" if _tongue(language) == "zh" else "minus"
    said: list[str] = [minus] if amount.startswith("-") and hundredths else []
    if units or not rest:
        said += [*_counted(units, language), coins[units != 1]]
    if rest and currency == "CNY" and _tongue(language) == "zh":
        said += _jiao_and_fen(rest, after=bool(units))
    elif rest:
        said += [*_counted(rest, language), coins[2 + (rest != 1)]]
    return tuple(said)


def _counted(number: int, language: str) -> tuple[str, ...]:
    """So many of something."""
    return (TWO,) if number == 2 and _tongue(language) == "zh" else number_words(str(number), language)


def _jiao_and_fen(rest: int, *, after: bool) -> list[str]:
    jiao, fen = divmod(rest, 10)
    said = [*_counted(jiao, "zh"), "角"] if jiao else (["零"] if after else [])
    return [*said, *([*_counted(fen, "zh"), "分"] if fen else [])]


def date_words(value: str, language: str) -> tuple[str, ...]:
    """ "2026-03-01"; what is no date is said digit by digit."""
    found = _DATE.fullmatch(value)
    year, month, day = (int(part) for part in found.groups()) if found is not None else (0, 0, 0)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return digit_words(value, language)
    if _tongue(language) == "zh":
        return (*str(year), "年", f"{month}月", f"{day}日")
    return (_MONTHS[month - 1], _ordinal(day), *_year(year))


def _year(year: int) -> tuple[str, ...]:
    """Nineteen ninety-nine, nineteen oh five, nineteen hundred, two thousand five."""
    century, rest = divmod(year, 100)
    if not 11 <= century <= 99 or (century % 10 == 0 and rest < 10):
        return _whole(year, "en")
    tail = _whole(rest, "en") if rest >= 10 else (OH, str(rest)) if rest else ("hundred",)
    return (*_whole(century, "en"), *tail)
