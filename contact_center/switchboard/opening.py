"""Queues that open and close by their hours: the line hears of it the very minute the calendar says.

Whoever waits as a queue closes goes on waiting; who comes then is sent on, as by the supervisor's `closed`.
"""

import logging
from typing import TYPE_CHECKING

from contact_center.acd import distribution as acd
from contact_center.acd.rules import rules_of
from contact_center.ivr.calendar import Calendar
from contact_center.switchboard.stroke import Stroke

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

_log = logging.getLogger(__name__)


class Opening:
    """Keeps the rules in force those of this moment."""

    def __init__(self, board: "Switchboard") -> None:
        self._board = board

    def begin(self) -> None:
        """As the core starts, before anybody is in line."""
        for queue, settings in self._board.directory.queues.items():
            if settings.hours and self._board.flows.calendar(settings.hours) is None:
                _log.warning(
                    "queue %s has hours %r, which no calendar has: it is open", queue, settings.hours
                )
        now = self._board.log.now()
        self._board.distribution.step(self._rules(now), now)
        self._arm(now)

    def take(self, stroke: Stroke) -> None:
        """The settings of queues are others, or it is time."""
        self._board.acd(stroke, self._rules(stroke.now))
        self._arm(stroke.now)

    def calendars_changed(self) -> None:
        """Other calendars are in force: queues and callbacks go by them from now on."""
        with self._board.stroke() as stroke:
            self.take(stroke)
        self._board.calling_back.hours_changed()

    def _rules(self, now: float) -> acd.RulesChanged:
        shut = {queue for queue, calendar in self._hours().items() if calendar.state_at(now) != "open"}
        return acd.RulesChanged(rules=rules_of(self._board.directory.queues, shut))

    def _hours(self) -> dict[str, Calendar]:
        """The calendars of the queues that have one."""
        found = {
            queue: self._board.flows.calendar(settings.hours)
            for queue, settings in self._board.directory.queues.items()
            if settings.hours
        }
        return {queue: calendar for queue, calendar in found.items() if calendar is not None}

    def _arm(self, now: float) -> None:
        changes = (calendar.changes_at(now) for calendar in self._hours().values())
        at = min((each for each in changes if each is not None), default=None)
        self._board.set_timer(("opening", ""), at, self._time)

    def _time(self) -> None:
        with self._board.stroke() as stroke:
            self.take(stroke)
