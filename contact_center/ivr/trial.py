"""A flow tried by hand: one caller on a virtual clock who keys, says nothing or hangs up, and what happens.

The caller, the hour, the customer's record and the agents are arranged; nothing outside is touched.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from contact_center.ivr.events import (
    CallerGone,
    Collected,
    Connected,
    DigitPressed,
    End,
    Entered,
    EnterFlow,
    EnterQueue,
    Failed,
    FellSilent,
    Fetch,
    FlowEffect,
    FlowEvent,
    LeaveQueue,
    LookUpCustomer,
    MessageLeft,
    Play,
    Prompt,
    QueueOutcome,
    QueuePosition,
    Returned,
    Scored,
    SendTo,
    Tape,
    Told,
    TransferFailed,
    Visited,
)
from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import Flow
from contact_center.ivr.interpreter import begin
from contact_center.ivr.scenario import Scenario
from contact_center.ivr.testing import PATIENCE_S, VirtualCaller
from contact_center.ivr.values import secret_variables
from contact_center.ivr.walk import flow_within
from contact_center.runtime.sentences import Word, sentence

Agents = Literal["free", "busy", "none"]
"""Whether somebody answers soon, all are talking, or nobody is logged in."""
What = Literal[
    "entered",
    "say",
    "music",
    "node",
    "key",
    "silence",
    "queue",
    "left_queue",
    "agent_joins",
    "agent_leaves",
    "refused",
    "sent",
    "tape",
    "message",
    "score",
    "event",
    "record",
    "hang_up",
    "end",
    "failed",
]
ANSWER_S = 4.0
"""How long a free agent takes to answer, and a busy one to refuse."""
SPEAKS_S = 8.0
"""How long a caller speaks who is recorded, unless he keys something or hangs up."""
MOST_LINES = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened, so many seconds after the call began; `prompts` is what was said then.

    `text` is the flow's own, or a `Sentence` or `Word` of ours.
    """

    at_s: float
    what: What
    text: str = ""
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """The world of a trial. `at` is epoch seconds; `replies` what look-ups over HTTP find, by node."""

    at: float
    caller: str = "+14155550100"
    called: str = "8000"
    customer: dict[str, str] | None = None
    agents: Agents = "free"
    replies: dict[str, dict[str, Value] | str] = field(default_factory=dict)


class Trial(VirtualCaller):
    """One call. `flow_named` knows the flow another one sends its caller to."""

    def __init__(self, flow: Flow, arranged: Arranged, flow_named: Callable[[str], Flow | None]) -> None:
        scenario = Scenario(
            name="trial",
            line=0,
            caller=arranged.caller,
            called=arranged.called,
            customer=arranged.customer,
            matches=int(arranged.customer is not None),
            at=arranged.at,
            replies=arranged.replies,
        )
        super().__init__(flow, scenario)
        self.arranged, self.lines, self._flow_named = arranged, list[Line](), flow_named
        self.enter()

    def enter(self) -> None:
        self.note("entered", self.flow.name)
        self.feed(Entered(caller_number=self.arranged.caller, called_number=self.arranged.called))

    @property
    def over(self) -> bool:
        return self.state.phase == "ended" or len(self.lines) >= MOST_LINES

    def note(self, what: What, text: str = "", prompts: tuple[Prompt, ...] = ()) -> None:
        self.lines.append(
            Line(at_s=round(self.now - self.arranged.at, 1), what=what, text=text, prompts=prompts)
        )

    def variables(self) -> dict[str, Value]:
        """Those of the flow the caller is in; what was keyed in secret stays hidden."""
        within = flow_within(self.flow, self.state) or self.flow
        secret = secret_variables(within)
        return {
            name: "*" * len(str(value)) if name in secret else value
            for name, value in self.state.variables.items()
        }

    # -- what the caller does ----------------------------------------------------------------------

    def press(self, keys: str) -> None:
        for key in keys:
            if not self.over:
                self.note("key", key)
                self.feed(DigitPressed(digit=key))

    def listen(self) -> None:
        """Say nothing until something is heard or recorded, the agent's part changes or the call ends."""
        began, before = self.now, len(self.lines)
        until = self.now + PATIENCE_S
        heard = ("say", "music", "tape", "agent_joins", "refused", "end", "failed")
        while not self.over and self.pass_time(until):
            if any(line.what in heard for line in self.lines[before:]):
                break
        waited = Line(
            at_s=round(began - self.arranged.at, 1), what="silence", text=f"{max(0.0, self.now - began):g}"
        )
        self.lines.insert(before, waited)

    def hang_up(self) -> None:
        if not self.over:
            self.coming.clear()
            self.note("hang_up")
            self.feed(CallerGone())

    def agent_leaves(self) -> None:
        if self.state.phase == "connected":
            self.note("agent_leaves")
            self.feed(Returned())

    # -- what the flow does ------------------------------------------------------------------------

    def carry_out(self, effect: FlowEffect) -> None:  # each effect in a line of its own
        match effect:
            case Visited(node=node):
                self.note("node", node)
            case Play(prompts=prompts, loop=loop):
                self.note("music" if loop else "say", prompts=prompts)
            case EnterQueue(queue=queue, skills=skills):
                self.note(
                    "queue", " ".join([queue, *(f"{skill}:{level}" for skill, level in skills.items())])
                )
                self._join_line()
            case LeaveQueue():
                self.coming.clear()
                self.note("left_queue")
            case SendTo(kind=kind, name=name):
                self.note("sent", f"{kind} {name}")
                free = self.arranged.agents == "free"
                answer = Connected() if free else TransferFailed(why=Word("nobody is there"))
                self.coming.append((self.now + ANSWER_S, answer))
            case EnterFlow(flow=name):
                self.note("sent", f"flow {name}")
                self._go_on_in(name)
            case LookUpCustomer():
                self.note("record", self.arranged.customer["name"] if self.arranged.customer else "")
            case Tape(act=act, silence_s=silence_s):
                self.note("tape", act)
                self.coming = [each for each in self.coming if not isinstance(each[1], FellSilent)]
                if act == "start" and silence_s:
                    silent_at = self.now + SPEAKS_S + silence_s
                    self.coming.append((silent_at, FellSilent(sounded_s=SPEAKS_S)))
            case MessageLeft(queue=queue):
                self.note("message", queue)
            case Scored(measure=measure, score=score):
                self.note("score", f"{measure} {score}")
            case Told(name=name):
                self.note("event", name)
            case End(reason=reason):
                self.note("end", Word(reason))
            case Failed(why=why):
                self.note("failed", why)
            case Collected() | Fetch() | _:
                pass
        if not isinstance(effect, Failed):
            super().carry_out(effect)

    def feed(self, event: FlowEvent) -> None:
        if isinstance(event, Connected):
            self.note("agent_joins")
        elif isinstance(event, TransferFailed):
            self.note("refused", event.why)
        super().feed(event)

    def _join_line(self) -> None:
        match self.arranged.agents:
            case "free":
                self.coming.append((self.now, QueuePosition(position=1)))
                self.coming.append((self.now + ANSWER_S, Connected()))
            case "busy":
                self.coming.append((self.now, QueuePosition(position=2, oldest_wait_s=60.0)))
            case "none":
                self.coming.append((self.now, QueuePosition(position=1)))
                self.coming.append((self.now, QueueOutcome(outcome="no_agents")))

    def _go_on_in(self, name: str) -> None:
        flow = self._flow_named(name)
        if flow is None:
            self.note("failed", sentence("no flow {name!r}", name=name))
            return
        self.flow, self.state, self.ended = flow, begin(flow, self.state), None
        self.enter()
