"""What a conversation's recording takes down. Pure: values and one question, `takes`."""

from collections.abc import Iterable
from dataclasses import dataclass

from contact_center.telephony import wire

LEFT, RIGHT = "left", "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """A recording that runs."""

    record: wire.Record
    since: float
    paused: bool = False


def takes(tape: Tape | None, up: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Which leg goes on which track, of the legs that are up; nothing while paused."""
    if tape is None or tape.paused:
        return frozenset()
    return frozenset((LEFT if leg == tape.record.left_leg else RIGHT, leg) for leg in up)
