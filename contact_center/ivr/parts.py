"""What nodes are made of: targets, notes on fields, and the parts of what is said. Pure values."""

from dataclasses import dataclass
from typing import Literal, NewType

from contact_center.ivr.expressions import Expression

Target = NewType("Target", str)
"""The name of the node an outcome leads to."""


@dataclass(frozen=True, slots=True)
class Doc:
    """What a field is for (the reference prints it), and the least and most a number may be."""

    text: str
    least: float | None = None
    most: float | None = None


# -- what is said ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phrase:
    """A prompt by its key: the recorded file if there is one, else the flow's text for it, spoken."""

    key: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Text written in place, by language."""

    texts: dict[str, str]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """A whole number as a number: 12 is "twelve"."""

    value: Expression
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenDigits:
    """A text digit by digit: "12" is "one, two"."""

    value: Expression
    language: str | None = None


Currency = Literal["USD", "EUR", "GBP", "CNY"]


@dataclass(frozen=True, slots=True)
class SpokenDate:
    """A date written as year-month-day: "2026-03-01" is "March first, two thousand twenty-six"."""

    value: Expression
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenMoney:
    """A number as an amount: 12.5 is "twelve dollars and fifty cents"."""

    value: Expression
    currency: Currency
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenWait:
    """How long the caller will still wait: "between two and four minutes", "about five minutes"."""

    language: str | None = None


Part = Phrase | Words | SpokenNumber | SpokenDigits | SpokenDate | SpokenMoney | SpokenWait
Says = tuple[Part, ...]
"""Parts said one after another, each in the caller's language unless it names its own."""
