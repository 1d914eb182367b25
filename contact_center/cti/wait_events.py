"""How long a caller will wait, as told and as expected: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTold:
    """The caller heard how long he will still wait; seconds, 80 % between `low_s` and `high_s`.

    `longer`: it is more than he heard before, and he was told so.
    """

    contact: str
    queue: str
    position: int
    low_s: float
    likely_s: float
    high_s: float
    longer: bool = False
    type: Literal["WaitTold"] = "WaitTold"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOutlook:
    """What a caller who came now would wait in a queue; said when it changes by more than a little.

    None: nobody at work could serve him.
    """

    queue: str
    low_s: float | None
    likely_s: float | None
    high_s: float | None
    type: Literal["QueueOutlook"] = "QueueOutlook"
