"""Callbacks on the wallboard: who waits for one, and the day's counts by queue; a fold of the log."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from contact_center.acd.callback import Callback, advance
from contact_center.cti import events as cti
from contact_center.cti.view import Row
from contact_center.metrics.service_level import Formula

COUNTS: Final[Mapping[str, str]] = {
    "CallbackRequested": "callbacks_requested",
    "CallbackAttempted": "callbacks_attempted",
    "CallbackDone": "callbacks_done",
    "CallbackGivenUp": "callbacks_lost",
    "CallbackExpired": "callbacks_lost",
}
"""Which of the day's counts an event adds to; a repeated request or a cancelled one adds to none."""

CALLBACK_FORMULAS: Final[Mapping[str, Formula]] = {
    "callbacks_waiting": {
        "en": "callbacks in line with nobody on the telephone (not part of waiting)",
        "zh": "保留排队位置、当前无人在线的回拨数（不计入等待）",
    },
    "callbacks_requested": {"en": "places kept for a call back", "zh": "登记回拨的数量"},
    "callbacks_attempted": {"en": "calls made for them", "zh": "为回拨发起的呼叫数"},
    "callbacks_done": {
        "en": "callbacks whose customer talked with an agent (not part of answered)",
        "zh": "客户与坐席通话的回拨数（不计入接听）",
    },
    "callbacks_lost": {
        "en": "callbacks given up after the last attempt, or expired",
        "zh": "最后一次尝试后放弃或过期的回拨数",
    },
}


class CallbackBoard:
    """Open callbacks by id, and counts since the day began; changed in place."""

    def __init__(self) -> None:
        self.open: dict[str, Callback] = {}
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def start_day(self) -> None:
        self._counts.clear()

    def restore(self, known: Iterable[Callback]) -> None:
        """Those open when the core begins, however old."""
        self.open = {each.id: each for each in known if each.is_open}

    def apply(self, event: cti.CtiEvent, at: float) -> Callback | None:
        """Fold one event; the callback it is about."""
        if not isinstance(event, cti.CallbackEvent):
            return None
        before = self.open.get(event.callback)
        if before is None and not isinstance(event, cti.CallbackRequested):
            return None  # it began longer ago than the log is read
        after = advance(before, event, at)
        if after.is_open:
            self.open[after.id] = after
        else:
            self.open.pop(after.id, None)
        if event.type in COUNTS:
            self._counts[after.queue][COUNTS[event.type]] += 1
        return after

    def figures(self, queue: str | None) -> Row:
        """Of one queue, or (None) of all."""
        mine = [each for each in self.open.values() if queue in (None, each.queue)]
        detached = [each.enqueued_at for each in mine if each.state in ("waiting", "dialling")]
        counts: Counter[str] = Counter()
        for name, each in self._counts.items():
            if queue in (None, name):
                counts.update(each)
        return {
            "callbacks_waiting": len(detached),
            "callbacks_since": min(detached, default=None),
            **{name: counts[name] for name in dict.fromkeys(COUNTS.values())},
        }

    def row(self, callback: str) -> Row | None:
        one = self.open.get(callback)
        if one is None:
            return None
        return {
            "id": one.id,
            "queue": one.queue,
            "number": one.number,
            "customer": one.customer,
            "state": one.state,
            "requested_at": one.requested_at,
            "enqueued_at": one.enqueued_at,
            "due_at": one.due_at,
            "expires_at": one.expires_at,
            "promised_at": one.promised_at,
            "late": one.late,
            "attempts": one.attempts,
            "last_why": one.last_why,
            "by": one.by,
            "asked_in": one.asked_in,
            "contact": one.contact,
        }
