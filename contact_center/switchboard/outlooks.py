"""What a caller who came now would wait, per queue: looked at while anything moves, said when it changes.

It goes into the log as an event, so the wallboard, its television and a replay all show the same.
"""

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from contact_center.acd.contact import Waiting
from contact_center.acd.estimate import Estimate
from contact_center.cti import events as cti
from contact_center.runtime.requirements import Need

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

EVERY_S: Final = 5.0
QUEUES_PER_S: Final = 10
"""How often it is looked at, at most: every five seconds, more rarely where there are very many queues."""

STEPS_S: Final = (0.0, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600)
"""A change inside one step is not worth an event."""


class Outlooks:
    """One per switchboard. The contact that would come is like the last one that came to the queue.

    Until one has come it is as the flows would send it. After a restart every queue is looked at anew, so no
    screen keeps what was true before it.
    """

    def __init__(self, board: "Switchboard") -> None:
        self._board = board
        self._armed = False
        self._needs: dict[str, Need] = {}
        self._said: dict[str, tuple[int, int, int] | None] = {}

    def came(self, waiting: Waiting) -> None:
        """A contact entered its queue."""
        self._needs[waiting.queue] = waiting.need

    def arm(self) -> None:
        """Something moved: look, but not now and not twice."""
        if not self._armed:
            self._armed = True
            self._board.at(("outlook", ""), self._board.log.now() + self._every_s(), self._look)

    def _every_s(self) -> float:
        return max(EVERY_S, len(self._needs) / QUEUES_PER_S)

    def _look(self) -> None:
        self._armed = False
        waiting = False
        for queue in self._board.directory.queues:
            if queue not in self._needs:
                self._needs[queue] = self._board.flows.needs(queue, "")
        with self._board.stroke() as stroke:
            for queue, need in self._needs.items():
                like = Waiting(contact="~", queue=queue, enqueued_at=stroke.now).needing(need)
                estimate = self._board.distribution.would_wait(like, stroke.now)
                waiting = waiting or bool(self._board.distribution.line(queue))
                said = _step(estimate)
                if queue not in self._said or self._said[queue] != said:
                    self._said[queue] = said
                    self._board.emit(stroke, _event(queue, estimate))
        if waiting:
            self.arm()


def _step(estimate: Estimate | None) -> tuple[int, int, int] | None:
    if estimate is None:
        return None
    low, likely, high = (
        bisect_right(STEPS_S, each) for each in (estimate.low_s, estimate.likely_s, estimate.high_s)
    )
    return low, likely, high


def _event(queue: str, estimate: Estimate | None) -> cti.QueueOutlook:
    if estimate is None:
        return cti.QueueOutlook(queue=queue, low_s=None, likely_s=None, high_s=None)
    return cti.QueueOutlook(
        queue=queue,
        low_s=round(estimate.low_s, 1),
        likely_s=round(estimate.likely_s, 1),
        high_s=round(estimate.high_s, 1),
    )
