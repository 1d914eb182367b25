"""How long a caller will still wait, as it is said: a range in whole minutes, rounded outwards. Pure.

A written wait is "LOW HIGH" in minutes, with " longer" behind it when it is more than was said before: a
caller who was told three minutes and is now told eight hears that it takes longer, too.
"""

from bisect import bisect_left, bisect_right
from typing import Final

from contact_center.ivr.spoken import TWO, number_words

STEPS_MIN: Final = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60)
"""Whole minutes that are said; nobody is told 37."""

GRACE_S: Final = 30.0
"""Later than promised by less is not worth a word."""

_WORDS: Final = {
    "en": {
        "longer": "it is taking longer than we said",
        "in": "we expect to answer you in",
        "hour": "more than an hour",
        "soon": "less than a minute",
        "under": "less than",
        "about": "about",
        "between": "between",
        "and": "and",
        "minute": "minute",
        "minutes": "minutes",
    },
    "zh": {
        "longer": "等候时间比之前预计的要长",
        "in": "预计还需等候",
        "hour": "一个小时以上",
        "soon": "不到一分钟",
        "under": "不到",
        "about": "大约",
        "between": "",
        "and": "到",
        "minute": "分钟",
        "minutes": "分钟",
    },
}


def written(low_s: float, high_s: float, *, longer: bool) -> str:
    """The wait as a prompt carries it."""
    low = STEPS_MIN[bisect_right(STEPS_MIN, low_s / 60.0) - 1] if low_s > 0.0 else 0
    place = bisect_left(STEPS_MIN, high_s / 60.0)
    high = STEPS_MIN[max(1, place)] if place < len(STEPS_MIN) else STEPS_MIN[-1] + 1
    return f"{low} {high}" + (" longer" if longer else "")


def wait_words(value: str, language: str) -> tuple[str, ...]:
    """The pieces that say a written wait."""
    low, high, *more = value.split(" ")
    words = _WORDS[_tongue(language)]
    said = (*([words["longer"]] if more else ()), words["in"], *_range(int(low), int(high), language))
    return tuple(word for word in said if word)


def wait_pieces(language: str) -> tuple[str, ...]:
    """Every piece a wait may need."""
    numbers = {piece for step in STEPS_MIN for piece in _count(step, language)}
    words = {word for word in _WORDS[_tongue(language)].values() if word}
    return tuple(sorted(numbers | words))


def _range(low: int, high: int, language: str) -> tuple[str, ...]:
    words = _WORDS[_tongue(language)]
    if high > STEPS_MIN[-1]:
        return (words["hour"],)
    if high <= 1:
        return (words["soon"],)
    minutes = (*_count(high, language), words["minutes"])
    if not low:
        return (words["under"], *minutes)
    if high - low <= 1:
        return (words["about"], *minutes)
    return (words["between"], *_count(low, language), words["and"], *minutes)


def _count(minutes: int, language: str) -> tuple[str, ...]:
    if minutes == 2 and _tongue(language) == "zh":
        return (TWO,)
    return number_words(str(minutes), language)


def _tongue(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"
