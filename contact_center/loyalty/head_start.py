"""Who is served first when value counts: first come first served, with a bounded favour.

Serve the least arrival − min(cap, head start + extra). Because no favour exceeds the cap, nobody is overtaken
by a caller who came more than the cap later. Where tiering is off the order is pure arrival.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

CAP_S: Final = 180.0
AT_RISK_S: Final = 60.0
OVERDUE_S: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`arrived_at` in epoch seconds; `head_start_s` is the tier's (0 for who refused profiling)."""

    contact: str
    arrived_at: float
    head_start_s: float = 0.0
    at_risk: bool = False
    complaint_overdue: bool = False


def favour_s(
    head_start_s: float, *, at_risk: bool = False, complaint_overdue: bool = False, cap_s: float = CAP_S
) -> float:
    """Seconds earlier than he came that the caller counts as arrived; of two extras the larger counts."""
    extra = max(AT_RISK_S * at_risk, OVERDUE_S * complaint_overdue)
    return min(cap_s, max(0.0, head_start_s) + extra)


def order(callers: Iterable[Caller], *, tiering: bool = True, cap_s: float = CAP_S) -> list[Caller]:
    """First to be served first; equal ones by arrival, then by contact."""

    def key(caller: Caller) -> tuple[float, float, str]:
        favour = favour_s(
            caller.head_start_s,
            at_risk=caller.at_risk,
            complaint_overdue=caller.complaint_overdue,
            cap_s=cap_s,
        )
        return (
            caller.arrived_at - favour if tiering else caller.arrived_at,
            caller.arrived_at,
            caller.contact,
        )

    return sorted(callers, key=key)
