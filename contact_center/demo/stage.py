"""A contact centre of its own for the tests beside flows: real lines, sound and routing in an arranged world.

The core runs in this process, edge and media host beside it (`rehearsal`). What a test file arranges takes
the place of what the core would ask outside: the customer's record, answers over HTTP, the hour, what the
line says of callbacks. The agent is one real phone; who stands before the caller in line is put there. All
of it runs in the reactor's thread.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final, get_args

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Waiting
from contact_center.agents.presence import Idle
from contact_center.bootstrap import Core
from contact_center.cti import events as cti
from contact_center.cti.journal import Turn
from contact_center.customers.pop import Pop
from contact_center.customers.record import Customer
from contact_center.ivr import events as ivr
from contact_center.ivr.calendar import Calendar
from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import Flow, Queue
from contact_center.ivr.library import queue_needs
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.scenario import Scenario
from contact_center.loyalty.policy import Menu
from contact_center.runtime.errors import Conflict
from contact_center.runtime.requirements import Need
from contact_center.storage.records import Records
from contact_center.switchboard import ports
from contact_center.switchboard.calling_back import CallingBack
from contact_center.switchboard.desk import SwitchboardDesk
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke

AGENT = "rehearsal"
"""The agent with every skill, whose phone is the stage's."""
CALLED_BACK = "called_back"
"""The queue of a flow that a called back customer enters: that of his callback."""
FIRST = 100
"""Priority of those who stand before the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shifted(Calendar):
    """A calendar that goes by another clock, `shift_s` ahead of this one."""

    shift_s: float

    def local(self, now: float) -> tuple[int, int]:
        return Calendar.local(self, now + self.shift_s)


MENUS: Final[Mapping[str, Menu]] = {menu: menu for menu in get_args(Menu)}


def staged(flow: Flow, scenario: Scenario, now: float) -> Flow:
    """The flow as the test wants it: at its hour, with its variables, and whom it calls back in a queue."""
    shift_s = scenario.at - now
    calendars = {
        name: _Shifted(
            zone=each.zone,
            offsets=each.offsets,
            weekly=each.weekly,
            holidays=each.holidays,
            special=each.special,
            shift_s=shift_s,
        )
        for name, each in flow.calendars.items()
    }
    nodes = {
        name: replace(node, queue=CALLED_BACK) if isinstance(node, Queue) and not node.queue else node
        for name, node in flow.nodes.items()
    }
    given = {name: value for name, value in scenario.variables.items() if name in flow.variables}
    return replace(
        flow,
        nodes=nodes,
        variables={**flow.variables, **given},
        calendars=dict(calendars),
        flows={name: staged(each, scenario, now) for name, each in flow.flows.items()},
    )


class Stage:
    """One test at a time: `arrange` it, let the phone dial, tell it what the world does, `clear` it."""

    def __init__(self, core: Core, phone: str) -> None:
        """`phone` is where the agent's phone listens (HOST:PORT)."""
        self.core, self.board, self.desk, self.phone = core, core.board, SwitchboardDesk(core.board), phone
        self.scenario = Scenario(name="", line=0)
        self.told: list[str] = []
        self.why_ended = ""
        self._before: list[str] = []
        self._expects: tuple[float, float, float] | None = None
        self._book = Records(core.database)
        self._records = _Records(self, core.board.records)
        self._flows = _Flows(core.board.flows)
        board = core.board
        board.records, board.facts, board.flows = self._records, _Facts(self), self._flows
        board.devices = board.trunks = _Phones(phone)
        board.media = _Media(self, board.media)
        board.calling_back = _CallingBack(self)
        core.log.subscribe(self._tell)

    def _tell(self, batch: Sequence[cti.Recorded]) -> None:
        self.told += [said for each in batch if (said := as_told(each.event))]

    # -- one test ----------------------------------------------------------------------------------

    async def arrange(self, flow: Flow, scenario: Scenario, prompts: Prompts) -> None:
        """The world this test begins in; its caller may dial."""
        self.scenario = scenario
        self._flows.take(staged(flow, scenario, self.core.log.now()), prompts)
        self.told.clear()
        self.why_ended, self._expects = "", None
        await self._book.save_customers(self._customers())
        self._go_by_tiers("menu" in (scenario.customer or {}))
        first = next((each for each in scenario.steps if each.kind == "position"), None)
        self.stand_before(int(float(first.text)) - 1 if first is not None else 0)
        for agent in (AGENT, *sent_to(scenario)):
            if not self.board.presence_of(agent).logged_on:
                self.board.device(agent, up=True, why="", kind="sip")
                await self.desk.log_on(agent)
            if agent != AGENT:
                await self.desk.choose_status(agent, "ready")

    def _go_by_tiers(self, tiering: bool) -> None:
        """Whether the queues do; only then a customer's menu is his tier's."""
        directory = self.board.directory
        queues = {name: replace(queue, tiering=tiering) for name, queue in directory.queues.items()}
        self.board.directory = replace(directory, queues=queues)

    def _customers(self) -> list[Customer]:
        """Who has the caller's number; whoever had it in another test is out of the way."""
        number = self.board.records.e164(self.scenario.caller)
        known = self.scenario.customer or {}
        people = max(self.scenario.matches, int(bool(known)))
        return [
            Customer(
                id=f"rehearsal-{place}",
                name=known.get("name", f"Person {place}"),
                language=known.get("language", ""),
                numbers=(number,) if number and place <= people else (),
            )
            for place in (1, 2, 3)
        ]

    def clear(self) -> None:
        """The test is over and its caller gone: nobody in line, nothing to call back."""
        self.stand_before(0)
        for callback in list(self.board.calling_back.book.all()):
            self.board.calling_back.cancel(callback.id, AGENT)

    def is_quiet(self) -> bool:
        """Nobody is on the line, and the agent is at nothing."""
        return self.session() is None and isinstance(self.board.presence_of(AGENT).activity, Idle)

    def session(self) -> Session | None:
        """The caller's call."""
        return next(iter(self.board.sessions.values()), None)

    def phase(self) -> str:
        """What the caller's flow waits for; "ended" when there is none."""
        session = self.session()
        return session.flow.phase if session is not None and session.flow is not None else "ended"

    def node(self) -> str:
        session = self.session()
        return session.flow.node if session is not None and session.flow is not None else ""

    # -- what the world does -----------------------------------------------------------------------

    def stand_before(self, others: int) -> None:
        """So many stand before the caller, whichever queue he is in."""
        with self.board.stroke() as stroke:
            for name in self._before:
                self.board.acd(stroke, acd.ContactGone(contact=name))
            self._before.clear()
            for queue in self.board.directory.queues:
                for place in range(others):
                    name = f"before-{queue}-{place}"
                    waiting = Waiting(contact=name, queue=queue, priority=FIRST, enqueued_at=stroke.now)
                    self.board.acd(stroke, acd.ContactQueued(waiting=waiting))
                    self._before.append(name)

    def expects(self, likely_s: float) -> None:
        self._expects = (likely_s / 2.0, likely_s, likely_s * 1.5)

    def position(self, place: int) -> None:
        self.stand_before(place - 1)
        if self._expects is not None or self.phase() == "joining":
            self.feed(ivr.QueuePosition(position=place, wait_s=self._expects))

    def queue_says(self, outcome: str) -> None:
        self.feed(ivr.QueueOutcome(outcome="overflow" if outcome == "overflow" else "no_agents"))

    def feed(self, event: ivr.FlowEvent) -> None:
        session = self.session()
        if session is not None:
            with self.board.stroke() as stroke:
                stroke.flow(session.conversation, event)

    async def agent_ready(self) -> None:
        """Nobody stands before the caller any more, and the agent's phone rings next, or rings already."""
        self.stand_before(0)
        session = self.session()
        if session is not None and session.transfer is None:
            await self.desk.choose_status(AGENT, "ready")

    async def agent_rests(self) -> None:
        await self.desk.choose_status(AGENT, "break")


def sent_to(scenario: Scenario) -> list[str]:
    """The agents a test wants its caller sent to by name."""
    named = (each.text.split(" ", 1) for each in scenario.steps if each.kind == "transfer")
    return [words[1] for words in named if words[0] == "agent" and len(words) > 1]


def as_told(event: cti.CtiEvent) -> str:
    """What happened as a test file writes it; empty for what it does not speak of."""
    match event:
        case cti.FlowTransferred(to=kind, target=target):
            return f"transfer {kind} {target}"
        case cti.RecordingStarted():
            return "tape start"
        case cti.RecordingStopped():
            return "tape stop"
        case cti.RecordingPaused():
            return "tape pause"
        case cti.RecordingResumed():
            return "tape resume"
        case cti.MessageLeft(queue=queue):
            return f"message {queue}"
        case cti.SurveyAnswered(measure=measure, score=score):
            return f"score {measure} {score}"
        case cti.FlowNoted(name=name):
            return f"event {name}"
        case cti.CallbackRequested(queue=queue, number=number):
            return f"callback {queue} {number}"
        case _:
            return ""


# -- what the core asks outside ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed(Pop):
    """What the records say, of a customer whose tier and menu the test says, not a reckoning."""

    arranged: Mapping[str, str] = field(default_factory=dict)

    @property
    def tier(self) -> str:
        return self.arranged.get("tier", "")

    @property
    def menu(self) -> Menu:
        return MENUS.get(self.arranged.get("menu", ""), "standard")


class _Records:
    """The core's own records, unless the test wants them silent; numbers of seven digits may be called."""

    def __init__(self, stage: Stage, real: ports.Records) -> None:
        self._stage, self._real = stage, real

    def e164(self, raw_number: str) -> str | None:
        return self._real.e164(raw_number)

    def callable_back(self, raw_number: str) -> str | None:
        return raw_number if raw_number.removeprefix("+").isdigit() and len(raw_number) >= 7 else None

    async def pop(self, raw_number: str) -> Pop:
        if not self._stage.scenario.records_answer:
            await asyncio.sleep(3600)
        found = await self._real.pop(raw_number)
        known = {each.name: getattr(found, each.name) for each in fields(found)}
        return _Placed(**known, arranged=self._stage.scenario.customer or {})

    async def chosen(self, pop: Pop, customer: str) -> Pop:
        return await self._real.chosen(pop, customer)


class _Facts:
    """Answers as the test's `replies` say, by the node that asks; silence without one."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def ask(
        self, url: str, *, post: bool, send: Mapping[str, str], timeout_s: float
    ) -> tuple[ports.FactOutcome, dict[str, Value]]:
        reply = self._stage.scenario.replies.get(self._stage.node(), "silent")
        if isinstance(reply, dict):
            return "found", reply
        if reply == "silent":
            await asyncio.sleep(timeout_s)
        return ("not_found" if reply == "not_found" else "failed"), {}


class _Flows:
    """The flow under test answers every number; the rest is as the core has it."""

    def __init__(self, real: ports.Flows) -> None:
        self._real = real
        self._flow: Flow | None = None
        self._prompts: Prompts | None = None

    def take(self, flow: Flow, prompts: Prompts) -> None:
        self._flow, self._prompts = flow, prompts

    def for_number(self, number: str) -> Flow | None:
        return self._flow

    def version(self, name: str, version: str) -> Flow | None:
        mine = self._flow
        if mine is not None and (mine.name, mine.version) == (name, version):
            return mine
        return self._real.version(name, version)

    def files(self, prompts: Sequence[ivr.Prompt]) -> tuple[str, ...]:
        return self._real.files(prompts) if self._prompts is None else self._prompts.files(prompts)

    def hold_music(self) -> tuple[str, ...]:
        return self._real.hold_music()

    def ringing(self) -> tuple[str, ...]:
        return self._real.ringing()

    def all(self) -> tuple[Flow, ...]:
        return self._real.all() if self._flow is None else (self._flow, *self._real.all())

    def named(self, name: str) -> Flow | None:
        return next((flow for flow in self.all() if flow.name == name), None)

    def calendar(self, name: str) -> Calendar | None:
        return self._real.calendar(name)

    def calendar_names(self) -> tuple[str, ...]:
        return self._real.calendar_names()

    def needs(self, queue: str, language: str) -> Need:
        return queue_needs(self.all(), queue, language)


class _Phones:
    """Every agent and every outside number is the one phone; it is picked up by hand."""

    def __init__(self, phone: str) -> None:
        self._phone = phone

    def target(self, whom: str) -> str | None:
        return f"sip:{whom}@{self._phone}"

    def allows(self, number: str) -> bool:
        return True

    def srtp(self, number: str) -> bool:
        return False

    async def attach(self, agent: str, sdp: str) -> str:
        raise Conflict("device", "the agent of a rehearsal has a desk phone")

    async def detach(self, agent: str) -> None:
        """A desk phone stays where it is."""

    async def accept(self, agent: str, conversation: str, leg: str) -> None:
        """A desk phone is picked up by hand."""


class _Media:
    """The real conversations; what the caller's hang-up was for is noted on the way."""

    def __init__(self, stage: Stage, real: ports.Media) -> None:
        self._stage, self._real = stage, real

    def send(self, turn: Turn) -> None:
        for op in json.loads(turn.ops):
            if op["type"] == "hangup" and op["leg"] == "caller":
                self._stage.why_ended = op["reason"]
        self._real.send(turn)

    async def claim(self) -> str:
        return await self._real.claim()


class _CallingBack(CallingBack):
    """The line says of callbacks what the test says; nobody is called back meanwhile."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.board, ())
        self._stage = stage

    def terms(self, stroke: Stroke, conversation: str, queue: str, number: str) -> None:
        wanted = self._stage.scenario
        if wanted.callback == "silent":
            return
        terms = ivr.CallbackTerms(
            available=wanted.callback != "closed",
            number=self.allowed(number) or "",
            wait_s=wanted.callback_wait_s,
            promise_s=wanted.callback_promise_s,
            promise_next_day=wanted.callback_next_day,
        )
        stroke.flow(conversation, terms)

    def request(self, stroke: Stroke, conversation: str, wanted: ivr.RequestCallback) -> None:
        if self._stage.scenario.callback == "refused":
            stroke.flow(conversation, ivr.CallbackPlaced(placed=False))
        else:
            super().request(stroke, conversation, wanted)
