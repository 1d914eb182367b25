"""What an agent of several channels has in hand: the most urgent channel goes on, the others stand still.

A call interrupts a chat or a mail, a chat a mail; contacts of one channel do not slow each other down.
"""

from dataclasses import dataclass

from contact_center.acd.capacity import CHANNELS, Channel

Moment = tuple[float, int]
"""(when it will be over, number of the call)."""


@dataclass(slots=True)
class _Job:
    rank: int
    left_s: float
    ends_at: float | None = None


class Desk:
    """One agent's contacts by number of the call; times in seconds."""

    def __init__(self) -> None:
        self._jobs: dict[int, _Job] = {}
        self._busy_since = 0.0

    def take(self, call: int, channel: Channel, handle_s: float, now: float) -> list[Moment]:
        """One more; whose end is another now."""
        if not self._jobs:
            self._busy_since = now
        self._jobs[call] = _Job(CHANNELS.index(channel), handle_s)
        return self._go_on(now)

    def is_due(self, call: int, now: float) -> bool:
        """Whether this is the moment at which it is over, and not one that was put off."""
        job = self._jobs.get(call)
        return job is not None and job.ends_at == now

    def over(self, call: int, now: float) -> tuple[list[Moment], float | None]:
        """It is done: whose end is another now, and since when he was busy if he is not any more."""
        del self._jobs[call]
        return self._go_on(now), None if self._jobs else self._busy_since

    def _go_on(self, now: float) -> list[Moment]:
        first = min((job.rank for job in self._jobs.values()), default=0)
        other = []
        for call, job in self._jobs.items():
            if job.rank == first and job.ends_at is None:
                job.ends_at = now + job.left_s
                other.append((job.ends_at, call))
            elif job.rank != first and job.ends_at is not None:
                job.left_s, job.ends_at = job.ends_at - now, None
        return other
