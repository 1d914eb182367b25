"""How a leg sounded: a member of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityMeasured:
    """A leg that was up is over. Shares are 0-1; `mos` is the E-model's estimate (ITU-T G.107), 1.0-4.5.

    `lost_in`, `jitter_ms`: of what the party sent; `lost_out`, `round_trip_ms`: as the party reported them
    (RFC 3550 section 6.4), None when it did not.
    """

    contact: str
    party: Literal["caller", "agent", "outside"]
    agent: str | None
    number: str
    seconds: float
    lost_in: float
    lost_out: float | None
    jitter_ms: float
    round_trip_ms: float | None
    mos: float
    type: Literal["QualityMeasured"] = "QualityMeasured"
