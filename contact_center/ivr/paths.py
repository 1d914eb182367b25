"""Walks every path of a flow: whatever the caller, the queue, the records and the clock may do.

A path ends where the call ends, where it comes to a state another path has gone on from, or at the depth
allowed. What is compared with what in the flow's expressions tells which answers are worth trying.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product

from contact_center.ivr.calendar import DAY_S, Calendar
from contact_center.ivr.errands import SCALES
from contact_center.ivr.events import (
    CallerGone,
    Connected,
    DigitPressed,
    Entered,
    EnterFlow,
    Failed,
    FellSilent,
    Fetched,
    FlowState,
    LookedUp,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    RecordingFailed,
    Returned,
    TimeReached,
    TransferFailed,
    Visited,
)
from contact_center.ivr.expressions import Constant, Expression, Items, Pair, Value, Variable, type_of
from contact_center.ivr.flow import (
    CUSTOMER_FIELDS,
    Branch,
    Callback,
    Collect,
    Flow,
    Lookup,
    Menu,
    Node,
    Queue,
    Survey,
    Voicemail,
    ways,
)
from contact_center.ivr.graph import reached_from
from contact_center.ivr.interpreter import begin, step
from contact_center.ivr.path_choices import (
    OTHER_CALLER,
    WRONG_KEY,
    Choice,
    callback_answers,
    callback_keys,
    presses,
)
from contact_center.ivr.variables import read_by
from contact_center.ivr.walk import flow_within

DEEPEST = 40
MOST_PATHS = 50_000
MOST_ANSWERS = 12
MOST_CUSTOMERS = 60
CALLER = "+14155550100"
ORDINARY_DAYS = 14
ALWAYS_READ = frozenset({"caller_number", "callback_number", "queue_position"})
"""Variables that nodes go by without an expression."""


@dataclass(slots=True)
class Walked:
    """What was found. `faults` tell how the flow failed and on which path; uncovered edges are (from, to)."""

    paths: int = 0
    steps: int = 0
    cut: int = 0
    faults: list[str] = field(default_factory=list)
    nodes: set[str] = field(default_factory=set)
    all_nodes: set[str] = field(default_factory=set)
    edges: set[tuple[str, str]] = field(default_factory=set)
    all_edges: set[tuple[str, str]] = field(default_factory=set)

    @property
    def uncovered_nodes(self) -> list[str]:
        return sorted(self.all_nodes - self.nodes)

    @property
    def uncovered_edges(self) -> list[tuple[str, str]]:
        return sorted(self.all_edges - self.edges)

    def __str__(self) -> str:
        nodes, edges = len(self.all_nodes & self.nodes), len(self.all_edges & self.edges)
        cut = f", {self.cut} cut at the depth" if self.cut else ""
        return (
            f"{self.paths} paths, {self.steps} steps{cut}; nodes {nodes}/{len(self.all_nodes)}, "
            f"edges {edges}/{len(self.all_edges)}"
        )


@dataclass(frozen=True, slots=True)
class _Point:
    """A caller on the way: where, when, how he came there."""

    state: FlowState
    now: float
    at: str
    trail: tuple[str, ...]


def walk(flow: Flow, *, deepest: int = DEEPEST, most: int = MOST_PATHS) -> Walked:
    """Walk the flow; at most `most` paths of at most `deepest` choices."""
    return _Walker(flow, deepest, most).walk()


class _Walker:
    def __init__(self, flow: Flow, deepest: int, most: int) -> None:
        self.flow, self.deepest, self.most = flow, deepest, most
        self.walked = Walked(
            all_nodes=set(flow.nodes),
            all_edges={(name, to) for name, _, to in ways(flow)},
        )
        self.answers = _Answers(flow)
        self.read_later = _read_later(flow)
        self.seen: set[str] = set()
        self.open: deque[_Point] = deque()

    def walk(self) -> Walked:
        for when, now in _moments(flow=self.flow):
            for number, given in product((CALLER, OTHER_CALLER), _given(self.flow)):
                entered = Entered(
                    caller_number=number,
                    called_number=next(iter(self.flow.numbers), "8000"),
                    variables=given,
                )
                first = _Point(begin(self.flow), now, "", ())
                label = f"{when} {number} {given or ''}".strip()
                self.take(first, (label, ((0.0, entered),)))
        while self.open and self.walked.paths < self.most:
            point = self.open.popleft()
            choices = list(self.choices(point.state, point.now))
            if not choices:
                self.fault(point, "nothing can happen any more: a deadlock")
            for choice in choices:
                self.take(point, choice)
        self.walked.cut += len(self.open)
        return self.walked

    def take(self, point: _Point, choice: Choice) -> None:
        """Let one thing happen; go on from there later, unless the path ends."""
        label, events = choice
        state, now, at = point.state, point.now, point.at
        trail = (*point.trail, label)
        ended = False
        for after_s, event in events:
            now += after_s
            state, effects = step(self.flow, state, event, now)
            self.walked.steps += 1
            for effect in effects:
                if isinstance(effect, Visited) and "/" not in effect.node:
                    self.walked.nodes.add(effect.node)
                    if at:
                        self.walked.edges.add((at, effect.node))
                    at = effect.node
                elif isinstance(effect, Failed):
                    self.fault(replace(point, trail=trail), effect.why)
                ended = ended or isinstance(effect, EnterFlow)
        key = _key(state, self.read_later)
        over = ended or state.phase == "ended" or key in self.seen
        deep = len(trail) >= self.deepest
        if over or deep:
            self.walked.paths += 1
            self.walked.cut += deep and not over
            return
        self.seen.add(key)
        self.open.append(_Point(state, now, at, trail))

    def fault(self, point: _Point, why: str) -> None:
        self.walked.faults.append(f"{why}, after: {', '.join(point.trail)}")

    # -- what may happen ---------------------------------------------------------------------------

    def choices(self, state: FlowState, now: float) -> Iterator[Choice]:
        within = flow_within(self.flow, state) or self.flow
        node = within.nodes[state.node]
        due = max(0.0, state.deadline - now) if state.deadline is not None else 0.0
        match state.phase:
            case "saying":
                yield "listens", ((1.0, PromptDone(play=state.playing)),)
            case "asking" if isinstance(node, Callback):
                yield from callback_keys(node, state, due)
            case "lookup" if isinstance(node, Callback):
                yield from callback_answers(node, state, due)
            case "asking":
                yield from self.keys(within, node, due)
            case "lookup" if isinstance(node, Lookup):
                yield "no answer", ((due, TimeReached()),)
                yield from self.found(node, state)
            case "joining" | "waiting" | "telling" if isinstance(node, Queue):
                yield from self.queue(node, state, now, due)
            case "transferring":
                yield "answered", ((1.0, Connected()), (1.0, Returned()))
                yield "not answered", ((1.0, TransferFailed(why="busy")),)
            case "recording" if isinstance(node, Voicemail):
                key = DigitPressed(digit=node.terminator)
                yield "a message", ((node.least_s, key),)
                yield "no message", ((0.0, key),)
                yield "a long message", ((due, TimeReached()),)
                yield "hangs up", ((node.least_s, CallerGone()),)
                if node.silence_s:
                    yield "falls silent", ((node.silence_s, FellSilent(sounded_s=node.least_s + 1.0)),)
                    yield "says nothing", ((node.silence_s, FellSilent(sounded_s=0.0)),)
                yield "disk full", ((1.0, RecordingFailed()),)
            case "connected":
                yield "agent leaves", ((1.0, Returned()),)
            case _:
                pass

    def keys(self, within: Flow, node: Node, due: float) -> Iterator[Choice]:
        yield "silence", ((due, TimeReached()),)
        yield f"presses {WRONG_KEY}", ((1.0, DigitPressed(digit=WRONG_KEY)),)
        if isinstance(node, Menu | Collect | Survey) and node.help_say and node.help_key:
            yield presses(node.help_key)
        match node:
            case Menu(choices=choices):
                operator = {"0"} if within.operator is not None else set()
                for key in sorted(choices.keys() | operator | within.language_keys.keys()):
                    yield presses(key)
            case Collect():
                for digits in self.answers.digits(node):
                    enough = len(digits) >= node.most_digits
                    yield presses(digits if enough or node.terminator is None else digits + node.terminator)
                    if not enough:
                        yield f"presses {digits}", (*presses(digits)[1], (61.0, TimeReached()))
            case Survey(measure=measure):
                least, most = SCALES[measure]
                for score in range(least, most + 1):
                    yield presses(f"{score}#" if most > 9 and score == 1 else str(score))
            case _:
                pass

    def found(self, node: Lookup, state: FlowState) -> Iterator[Choice]:
        if node.number is not None:
            yield "nobody", ((0.1, LookedUp(customer=None, matches=0)),)
            yield "several", ((0.1, LookedUp(customer=None, matches=2)),)
            for customer in self.answers.customers():
                yield f"customer {customer}", ((0.1, LookedUp(customer=customer, matches=1)),)
            return
        yield "not found", ((0.1, Fetched(fetch=state.fetches, outcome="not_found")),)
        yield "fails", ((0.1, Fetched(fetch=state.fetches, outcome="failed")),)
        for values in self.answers.facts(node, state):
            fetched = Fetched(fetch=state.fetches, outcome="found", values=values)
            yield f"answer {values}", ((0.1, fetched),)

    def queue(self, node: Queue, state: FlowState, now: float, due: float) -> Iterator[Choice]:
        yield "agent", ((1.0, QueuePosition(position=1)), (1.0, Connected()), (1.0, Returned()))
        yield "no agents", ((0.1, QueueOutcome(outcome="no_agents")),)
        yield "overflow", ((0.1, QueueOutcome(outcome="overflow")),)
        yield "place 2", ((0.1, QueuePosition(position=2)),)
        if state.playing and state.phase == "telling":
            yield "listens", ((1.0, PromptDone(play=state.playing)),)
        if state.deadline is not None:
            yield "waits", ((due, TimeReached()),)
        if node.longest_wait_s is not None:
            late = max(0.0, state.entered_at + node.longest_wait_s - now)
            yield "waits long", ((late, TimeReached()),)
        if node.longest_line is not None:
            yield "long line", ((0.1, QueuePosition(position=node.longest_line + 1)),)
        if node.longest_wait_ahead_s is not None:
            slow = QueuePosition(position=2, oldest_wait_s=node.longest_wait_ahead_s + 1)
            yield "slow line", ((0.1, slow),)
        if node.longest_predicted_wait_s is not None:
            likely_s = node.longest_predicted_wait_s + 1.0
            wait_s = (likely_s, likely_s, likely_s)
            yield "long wait expected", ((0.1, QueuePosition(position=2, wait_s=wait_s)),)
        if node.leave_key is not None:
            yield presses(node.leave_key)


def _given(flow: Flow) -> list[dict[str, Value]]:
    """What a flow that nobody dials may be entered with: its own values, and each yes or no turned round."""
    switches = [name for name, value in flow.variables.items() if isinstance(value, bool)]
    turned: list[dict[str, Value]] = [] if flow.numbers else [{n: not flow.variables[n]} for n in switches]
    return [{}, *turned]


def _read_later(flow: Flow) -> dict[str, frozenset[str]]:
    """Of each node the variables that it or a node behind it reads; called flows have theirs read as well."""
    edges: dict[str, set[str]] = {name: set() for name in flow.nodes}
    for name, _, to in ways(flow):
        edges[name].add(to)
    read = {name: read_by(node) for name, node in flow.nodes.items()}
    within = {name for called in flow.flows.values() for each in _flows(called) for name in _all_read(each)}
    return {
        name: frozenset().union(ALWAYS_READ, within, *(read[n] for n in reached_from({name}, edges)))
        for name in flow.nodes
    }


def _all_read(flow: Flow) -> set[str]:
    return {name for node in flow.nodes.values() for name in read_by(node)}


def _key(state: FlowState, read_later: Mapping[str, frozenset[str]]) -> str:
    """States that differ only in when they came about, or in what nobody asks any more, are one."""
    read = read_later.get(state.node) if not state.stack else None
    kept = {n: v for n, v in state.variables.items() if read is None or n in read}
    same = replace(
        state,
        variables=kept,
        entered_at=0.0,
        plays=0,
        fetches=0,
        playing="*" if state.playing else "",
        deadline=None,
        position_at=None,
        estimate_at=None,
        promised_until=None,
        comfort_at=None,
        comfort_next=0,
    )
    return repr(same)


def _moments(flow: Flow) -> list[tuple[str, float]]:
    """Moments at which the flow's calendars are open, closed and on holiday."""
    found: dict[tuple[str, ...], tuple[str, float]] = {}
    calendars = dict(_calendars(flow))
    if not calendars:
        return [("", 0.0)]
    wanted: set[tuple[str, str]] = set()
    first = int(max(calendar.offsets[0][0] for calendar in calendars.values())) // DAY_S
    named = {day for each in calendars.values() for day in (*each.holidays, *each.special)}
    for day in (*range(first, first + ORDINARY_DAYS), *sorted(named)):
        for hour in range(24):
            now = day * DAY_S + hour * 3600 + 60.0
            states = {name: calendar.state_at(now) for name, calendar in calendars.items()}
            if not states.items() <= wanted:
                wanted |= set(states.items())
                found[tuple(states.values())] = (", ".join(f"{n} {s}" for n, s in states.items()), now)
    return list(found.values())


def _calendars(flow: Flow) -> Iterator[tuple[str, Calendar]]:
    yield from flow.calendars.items()
    for called in flow.flows.values():
        yield from _calendars(called)


class _Answers:
    """What callers may key and records may say, as far as it makes a difference to the flow."""

    def __init__(self, flow: Flow) -> None:
        self.by_variable: dict[str, list[Value]] = {}
        self.keys: list[str] = []
        for within in _flows(flow):
            for node in within.nodes.values():
                if isinstance(node, Branch):
                    for case in node.cases:
                        self._compared(case.when)
            for table in within.tables.values():
                self.keys.extend(list(table)[:MOST_ANSWERS])

    def _compared(self, expression: Expression) -> None:
        pending: list[object] = [expression.root]
        while pending:
            term = pending.pop()
            if isinstance(term, Pair):
                pending += [term.left, term.right]
                sides = (term.left, term.right)
                for one, other in (sides, sides[::-1]):
                    if isinstance(one, Variable):
                        self._note(one.name, _constants(other))
            else:
                pending += [getattr(term, name) for name in ("term",) if hasattr(term, name)]

    def _note(self, variable: str, values: Iterable[Value]) -> None:
        known = self.by_variable.setdefault(variable, [])
        for value in values:
            near: list[Value] = [value]
            if isinstance(value, int | float) and not isinstance(value, bool):
                near += [value - 1, value + 1]
            known += [each for each in near if each not in known]

    def customers(self) -> list[dict[str, str]]:
        """One nobody cares about, one for each value a branch looks for, and one for each two of them."""
        plain = dict.fromkeys(CUSTOMER_FIELDS, "x")
        made = [plain]
        looked_for = {name: self.by_variable.get(f"customer_{name}", []) for name in CUSTOMER_FIELDS}
        told = [(name, str(value)) for name, values in looked_for.items() for value in values]
        made += [{**plain, name: value} for name, value in told]
        made += [{**plain, a: x, b: y} for (a, x), (b, y) in combinations(told, 2) if a != b]
        return made[:MOST_CUSTOMERS]

    def facts(self, node: Lookup, state: FlowState) -> list[dict[str, Value]]:
        usual: dict[str, Value] = {}
        for variable, name in node.into.items():
            kind = type_of(state.variables[variable])
            usual[name] = "x" if kind == "text" else 1 if kind == "number" else True
        made = [usual]
        for variable, name in node.into.items():
            values = self.by_variable.get(variable, [])
            if isinstance(usual[name], bool):
                values = [False]
            made += [{**usual, name: value} for value in values]
        return made[:MOST_ANSWERS]

    def digits(self, node: Collect) -> list[str]:
        wanted = [*map(str, self.by_variable.get(node.into, [])), *self.keys, "1" * node.least_digits]
        wanted.append("9" * node.most_digits)
        fits = [each for each in wanted if each.isdigit() and len(each) <= node.most_digits]
        return list(dict.fromkeys(fits))[: MOST_ANSWERS * 2]


def _flows(flow: Flow) -> Iterator[Flow]:
    yield flow
    for called in flow.flows.values():
        yield from _flows(called)


def _constants(term: object) -> list[Value]:
    if isinstance(term, Constant):
        return [term.value]
    if isinstance(term, Items):
        return [value for item in term.items for value in _constants(item)]
    return []
