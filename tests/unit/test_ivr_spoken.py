"""How numbers, amounts and dates are said."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contact_center.ivr.spoken import date_words, digit_words, money_words, number_words, pieces


@pytest.mark.parametrize(
    ("value", "language", "words"),
    [
        ("0", "en", "0"),
        ("21", "en", "20 1"),
        ("115", "en", "1 hundred 15"),
        ("2026", "en", "2 thousand 20 6"),
        ("1000000", "en", "1 million"),
        ("-3.50", "en", "minus 3 point 5 0"),
        ("12.0", "en", "12"),
        ("1234567890123", "en", "1 2 3 4 5 6 7 8 9 0 1 2 3"),
        ("105", "zh", "1 百 零 5"),
        ("115", "zh", "1 百 1 15"),
        ("1005", "zh", "1 千 零 5"),
        ("10050", "zh", "1 万 零 50"),
        ("20300", "zh", "两 万 零 3 百"),
        ("100000005", "zh", "1 亿 零 5"),
        ("2", "zh", "2"),
        ("12", "zh", "12"),
        ("200", "zh", "2 百"),
        ("2000", "zh", "两 千"),
        ("22222", "zh", "两 万 2 千 2 百 20 2"),
        ("20020000", "zh", "两 千 零 2 万"),
        ("200000000", "zh", "两 亿"),
        ("1010", "zh", "1 千 零 1 10"),
        ("110000", "zh", "11 万"),
        ("100150000", "zh", "1 亿 零 1 15 万"),
        ("105000", "zh", "10 万 5 千"),
        ("0.5", "zh", "0 点 5"),
        ("-2", "zh", "负 2"),
        ("1234567890123", "zh", "幺 2 3 4 5 6 7 8 9 0 幺 2 3"),
    ],
)
def test_numbers(value: str, language: str, words: str) -> None:
    assert " ".join(number_words(value, language)) == words


@pytest.mark.parametrize(
    ("value", "language", "words"),
    [
        ("1 USD", "en", "1 dollar"),
        ("12.5 USD", "en", "12 dollars 50 cents"),
        ("0.01 GBP", "en", "1 penny"),
        ("0 EUR", "en", "0 euros"),
        ("-2 EUR", "en", "minus 2 euros"),
        ("12.5 CNY", "zh", "12 元 5 角"),
        ("12.05 CNY", "zh", "12 元 零 5 分"),
        ("0.15 CNY", "zh", "1 角 5 分"),
        ("3.2 USD", "zh", "3 美元 20 美分"),
        ("2 CNY", "zh", "两 元"),
        ("2.22 CNY", "zh", "两 元 两 角 两 分"),
        ("12 CNY", "zh", "12 元"),
        ("2000.50 CNY", "zh", "两 千 元 5 角"),
        ("102.02 USD", "zh", "1 百 零 2 美元 两 美分"),
    ],
)
def test_money(value: str, language: str, words: str) -> None:
    assert " ".join(money_words(value, language)) == words


def test_digits_one_by_one() -> None:
    assert digit_words("+1 (202) 5", "en") == ("1", "2", "0", "2", "5")
    assert digit_words("13800138000", "zh-CN") == tuple("幺3800幺38000")


def test_dates() -> None:
    assert " ".join(date_words("2026-03-01", "en")) == "March 1st 20 20 6"
    assert " ".join(date_words("2005-11-12", "en")) == "November 12th 2 thousand 5"
    assert " ".join(date_words("2026-03-21", "zh")) == "2 0 2 6 年 3月 21日"
    assert " ".join(date_words("2012-02-10", "zh")) == "2 0 1 2 年 2月 10日"
    assert " ".join(date_words("1905-06-02", "en")) == "June 2nd 19 oh 5"
    assert " ".join(date_words("1900-06-03", "en")) == "June 3rd 19 hundred"
    assert " ".join(date_words("2000-06-22", "en")) == "June 22nd 2 thousand"
    assert date_words("tomorrow", "en") == ()
    assert date_words("2026-13-01", "en") == tuple("20261301")


@given(number=st.integers(-(10**14), 10**14), cents=st.integers(0, 99))
def test_every_word_is_a_prepared_piece(number: int, cents: int) -> None:
    for language in ("en", "zh"):
        known = set(pieces(language))
        assert set(number_words(f"{number}.{cents:02}", language)) <= known
        for currency in ("USD", "EUR", "GBP", "CNY"):
            assert set(money_words(f"{number % 10**9}.{cents:02} {currency}", language)) <= known
        assert set(date_words(f"{2000 + cents}-{cents % 12 + 1:02}-{cents % 28 + 1:02}", language)) <= known


@given(number=st.integers(0, 10**12 - 1))
def test_a_number_said_in_mandarin_is_that_number(number: int) -> None:
    """Read the words back by the rules of the language."""
    words = [word.replace("两", "2") for word in number_words(str(number), "zh")]
    assert value_of(words) == number


def value_of(words: list[str]) -> int:
    for sign, size in (("亿", 10**8), ("万", 10**4)):
        if sign in words:
            at = words.index(sign)
            return value_of(words[:at]) * size + value_of(words[at + 1 :])
    total = pending = 0
    for word in words:
        if word == "零":
            continue
        if word in ("百", "千"):
            total += pending * (100 if word == "百" else 1000)
            pending = 0
        elif pending == 1:  # one-ten-five after a hundred
            pending = int(word)
        else:
            pending += int(word)
    return total + pending
