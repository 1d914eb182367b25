"""How callers went through the flows of a day: each node, each way on, and where they hung up. Pure.

A fold over CTI events. A place is a node, after the call nodes that led to its flow (`offer/ask`). Counted by
the local day the event is of; the two latest days are kept.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded

TYPES = (
    "FlowEntered",
    "NodeVisited",
    "Established",
    "OutsideJoined",
    "ConnectionCleared",
    "MessageLeft",
    "ContactEnded",
)
"""The events this fold reads."""
MOST_LEFT = 100
"""Callers who hung up, remembered until it is known whether what they leave is a message."""

Place = tuple[str, ...]
Way = tuple[Place, str, str]
"""Where the flow's own nodes begin, and from which of them to which; from "" on entry."""


@dataclass(slots=True)
class Day:
    """Counts of one local day, by (flow, place) and (flow, way)."""

    visits: Counter[tuple[str, Place]] = field(default_factory=Counter)
    hang_ups: Counter[tuple[str, Place]] = field(default_factory=Counter)
    ways: Counter[tuple[str, Way]] = field(default_factory=Counter)


@dataclass(slots=True)
class _Caller:
    flow: str
    place: Place = ()
    talking: bool = False


class FlowTraffic:
    """`day_of` tells the day of an epoch second, as a text that sorts by time."""

    def __init__(self, day_of: Callable[[float], str]) -> None:
        self._day_of = day_of
        self._days: dict[str, Day] = {}
        self._callers: dict[str, _Caller] = {}
        self._left: dict[str, tuple[str, tuple[str, Place]]] = {}

    def day(self, name: str) -> Day:
        """The counts of a day; empty for one that is not kept."""
        return self._days.get(name, Day())

    def take(self, recorded: Recorded) -> None:
        """Fold one event in; others than `TYPES` change nothing."""
        match recorded.event:
            case cti.FlowEntered(contact=contact, flow=flow):
                self._callers[contact] = _Caller(flow)
            case cti.NodeVisited(contact=contact, node=node):
                self._visit(contact, tuple(node.split("/")), recorded.at)
            case cti.Established(contact=contact) | cti.OutsideJoined(contact=contact):
                if (caller := self._callers.get(contact)) is not None:
                    caller.talking = True
            case cti.ConnectionCleared(contact=contact, party="caller", by="caller"):
                self._hang_up(contact, recorded.at)
            case cti.MessageLeft(contact=contact):
                if (left := self._left.pop(contact, None)) is not None:
                    day, place = left  # who leaves a message hangs up to end it
                    self._days[day].hang_ups[place] -= 1
            case cti.ContactEnded(contact=contact):
                self._callers.pop(contact, None)
            case _:
                pass

    def _visit(self, contact: str, place: Place, at: float) -> None:
        caller = self._callers.get(contact)
        if caller is None:
            return
        day, depth = self._today(at), len(place) - 1
        before = caller.place
        same = len(before) > depth and before[:depth] == place[:-1]
        day.visits[caller.flow, place] += 1
        day.ways[caller.flow, (place[:-1], before[depth] if same else "", place[-1])] += 1
        caller.place, caller.talking = place, False

    def _hang_up(self, contact: str, at: float) -> None:
        caller = self._callers.get(contact)
        if caller is None or caller.talking or not caller.place:
            return
        where = (caller.flow, caller.place)
        self._today(at).hang_ups[where] += 1
        self._left[contact] = (self._day_of(at), where)
        if len(self._left) > MOST_LEFT:
            del self._left[next(iter(self._left))]

    def _today(self, at: float) -> Day:
        name = self._day_of(at)
        if name not in self._days:
            self._days[name] = Day()
            for old in sorted(self._days)[:-2]:
                del self._days[old]
            self._left = {c: left for c, left in self._left.items() if left[0] in self._days}
        return self._days.setdefault(name, Day())


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTraffic:
    """How often a node was entered, and how many hung up there."""

    node: str
    visits: int
    hang_ups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayTraffic:
    """How often callers went from one node to another; `source` is empty on entry."""

    source: str
    target: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One flow's day, wherever it was gone through: dialled, or called by another flow."""

    nodes: tuple[NodeTraffic, ...]
    ways: tuple[WayTraffic, ...]


def traffic_of(day: Day, at: frozenset[tuple[str, Place]]) -> Traffic:
    """The counts of the flow that begins at these places: (flow entered, call nodes that lead to it)."""
    visits, hang_ups, ways = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for (flow, place), count in day.visits.items():
        if (flow, place[:-1]) in at:
            visits[place[-1]] += count
    for (flow, place), count in day.hang_ups.items():
        for depth in range(len(place)):
            if (flow, place[:depth]) in at:
                hang_ups[place[depth]] += count  # in a called flow is at the node that called it, too
    for (flow, (start, source, target)), count in day.ways.items():
        if (flow, start) in at:
            ways[source, target] += count
    return Traffic(
        nodes=tuple(
            NodeTraffic(node=node, visits=visits[node], hang_ups=hang_ups[node])
            for node in sorted(visits.keys() | hang_ups.keys())
        ),
        ways=tuple(WayTraffic(source=s, target=t, count=n) for (s, t), n in sorted(ways.items())),
    )
