"""The house's calendars: `calendars.yaml` of the folder of flows, as it is in force now.

A file that changes on disk is in force when it is next looked at, for queues and for flows, also for callers
who are in one. One with a fault, or without a calendar that somebody asks, changes nothing: every fault is
told with its file and line, and what was in force stays.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from contact_center.ivr.calendar import Calendar
from contact_center.ivr.companions import CALENDARS, read_calendars
from contact_center.ivr.flow import Flow, Hours, Queue
from contact_center.ivr.source import Finding
from contact_center.runtime.sentences import sentence

_log = logging.getLogger(__name__)
Read = tuple[dict[str, Calendar], list[Finding]]
"""What a file has, and what is wrong with it."""


class HouseCalendars:
    """Those in force, by name, and what flows make of them."""

    def __init__(self, folder: Path) -> None:
        """As the file is; what is wrong with it is logged, and what can be read of it is in force."""
        self.file = folder / CALENDARS
        self._mark = _mark(self.file)
        _, self.all, wrong = read_calendars(self.file)
        self._asking: dict[tuple[str, str], Flow] = {}
        for finding in wrong:
            _log.warning("%s", finding)

    def read(self) -> Read | None:
        """The file, if it has changed since it was read last."""
        mark = _mark(self.file)
        if mark == self._mark:
            return None
        self._mark = mark
        _, calendars, wrong = read_calendars(self.file)
        return calendars, wrong

    def take(self, read: Read, asked: Mapping[str, str]) -> bool:
        """Let what was read be in force, unless it is faulty; whether others are then.

        `asked`: who asks which calendar, by its name.
        """
        calendars, wrong = read
        gone = (name for name in asked if name in self.all and name not in calendars)
        faults = sorted({*wrong} or {self._missing(name, asked[name]) for name in gone})
        for finding in faults:
            _log.error("%s; the calendars stay as they were", finding)
        changed = {name for name in {*calendars, *self.all} if calendars.get(name) != self.all.get(name)}
        if faults or not changed:
            return False
        self.all = calendars
        self._asking.clear()
        _log.info("%s: in force now: %s", self.file, ", ".join(sorted(changed)))
        return True

    def _missing(self, name: str, who: str) -> Finding:
        told = sentence("there is no calendar {name!r} any more, which {who} asks", name=name, who=who)
        return Finding(str(self.file), 1, told)

    def asked_by(self, flow: Flow) -> Flow:
        """The flow, asking the calendars in force; one the house does not have is as the flow brings it."""
        if not (flow.calendars or flow.flows):
            return flow
        key = (flow.name, flow.version)
        if key not in self._asking:
            self._asking[key] = _with(flow, self.all)
        return self._asking[key]


def calendars_asked(flows: Iterable[Flow]) -> Iterator[tuple[str, str]]:
    """(calendar, which flow asks it)."""
    for flow in flows:
        for node in flow.nodes.values():
            if isinstance(node, Hours | Queue) and node.calendar:
                yield node.calendar, f"flow {flow.name}"
        yield from calendars_asked(flow.flows.values())


def _with(flow: Flow, calendars: Mapping[str, Calendar]) -> Flow:
    return replace(
        flow,
        calendars={name: calendars.get(name, own) for name, own in flow.calendars.items()},
        flows={name: _with(called, calendars) for name, called in flow.flows.items()},
    )


def _mark(file: Path) -> tuple[int, int]:
    """What changes with the file."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
