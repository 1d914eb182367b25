"""What somebody must be told on screen: promises that run out, and that the records are away. A live view.

Repair marks are folded from the log; `records` is told beside it, because an outage of the database is no
event of the contact centre. A notice of a case goes when the case is closed.
"""

from collections.abc import Iterable
from typing import Final

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.cti.view import Key, Row
from contact_center.loyalty.repair import MARKS, RepairCase

RECORDS: Final[Key] = ("notices", "records")


class Notices:
    """Rows of the collection `notices`, by case; one of its own while events cannot be stored."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def restore(self, cases: Iterable[RepairCase]) -> None:
        """Open cases as a new core finds them: promises told before the part of the log that it reads."""
        for case in cases:
            running = [clock for clock in case.clocks if clock.marks and not clock.done and clock.due_at]
            for clock in sorted(running, key=lambda c: len(c.marks)):
                mark, due_at = clock.marks[-1], clock.due_at or 0.0
                row = _row(case.case, kind="repair", since=due_at - (1 - dict(MARKS)[mark]) * clock.total_s)
                its = {"case": case.case, "customer": case.customer, "owner": case.owner}
                told = {"clock": clock.name, "mark": mark, "due_at": due_at}
                self._rows[case.case] = row | its | told

    def records(self, fault: str | None, at: float) -> set[Key]:
        """The database cannot be written (why), or can again (None); the rows touched."""
        name = RECORDS[1]
        if fault is None:
            return {RECORDS} if self._rows.pop(name, None) is not None else set()
        if name in self._rows:
            return set()
        self._rows[name] = _row(name, kind="records_away", since=at, detail=fault)
        return {RECORDS}

    # projection

    def apply(self, recorded: Recorded) -> set[Key]:
        match recorded.event:
            case cti.RepairClockReached() as reached:
                row = _row(reached.case, kind="repair", since=recorded.at)
                names = ("case", "customer", "clock", "mark", "owner", "due_at")
                self._rows[reached.case] = row | {name: getattr(reached, name) for name in names}
                return {("notices", reached.case)}
            case cti.RepairAssigned(case=case, owner=owner) if case in self._rows:
                self._rows[case] = self._rows[case] | {"owner": owner}
                return {("notices", case)}
            case cti.RepairClosed(case=case) if self._rows.pop(case, None) is not None:
                return {("notices", case)}
            case _:
                return set()

    def present(self) -> Iterable[Key]:
        return [("notices", name) for name in self._rows]

    def row(self, key: Key) -> Row | None:
        return self._rows.get(key[1]) if key[0] == "notices" else None


def _row(name: str, *, kind: str, since: float, detail: str = "") -> Row:
    empty = dict.fromkeys(("case", "customer", "clock", "mark", "owner", "due_at"))
    return {"id": name, "kind": kind, "since": since, "detail": detail, **empty}
