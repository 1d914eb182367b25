"""What agents of the demo write down as the outcome of a call: mostly the everyday ones."""

from collections.abc import Sequence
from random import Random
from typing import Final

GRAVE: Final = frozenset({"complaint", "cancel"})
"""Each opens a repair case; a small company has a few of them, not one in five."""
GRAVE_SHARE: Final = 0.02


def drawn(draw: Random, codes: Sequence[str]) -> str:
    """One of the codes a queue offers."""
    grave = [code for code in codes if code in GRAVE]
    everyday = [code for code in codes if code not in GRAVE]
    return draw.choice(grave if grave and draw.random() < GRAVE_SHARE else everyday)
