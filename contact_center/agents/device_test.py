"""The test of an agent's browser phone, as its console measured it, and whether that is good enough. Pure.

A desk phone needs none: what it can do was settled when it registered.
"""

from dataclasses import dataclass
from typing import Final, Literal

LEAST_LEVEL: Final = 0.2
MOST_ROUND_TRIP_MS: Final = 800.0
"""Beyond it people talk at the same time all the while (ITU-T G.114: no use beyond 400 ms one way)."""

Voice = Literal["heard", "known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTest:
    """`voice`: heard now at `level` (0-1, the console's meter), or the microphone passed there before.

    `round_trip_ms` is None where the browser does not measure it.
    """

    microphone: str
    voice: Voice
    level: float | None
    round_trip_ms: float | None


def fault_of(test: DeviceTest) -> str:
    """What is wrong, for people; empty when the device will do."""
    if test.voice == "heard" and (test.level is None or test.level < LEAST_LEVEL):
        return "the microphone was not heard"
    if test.round_trip_ms is not None and test.round_trip_ms > MOST_ROUND_TRIP_MS:
        return f"the round trip of {test.round_trip_ms:.0f} ms is longer than {MOST_ROUND_TRIP_MS:.0f} ms"
    return ""
