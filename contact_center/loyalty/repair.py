"""A repair case: who makes good, by when, and a clock that warns, escalates and breaches.

A call that we make by ourselves (`loyalty.outreach`) is a case as well: of an occasion instead of a reaction,
with one clock and nothing to make good. Nobody promised it to the customer.

`step(case, act, now) -> case, effects`. A case has a clock for its first action and, for a complaint, one for
the solution. A clock warns at 50 %, escalates at 80 % and breaches at 100 % of its time. Closing stops the
clocks, reopening gives back what was left of them. Deadlines are our defaults; a legal maximum goes before.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal, assert_never

from contact_center.loyalty.reactions import Reaction
from contact_center.loyalty.segments import Tier
from contact_center.loyalty.working_time import after_working_days

Occasion = Literal["welcome", "onboarding", "review", "follow_up", "development"]
"""Why we call a customer who did not ask for it."""
CaseKind = Reaction | Occasion
OCCASIONS: Final[tuple[Occasion, ...]] = ("welcome", "onboarding", "review", "follow_up", "development")
Mark = Literal["warn", "escalate", "breach"]
ClockName = Literal["first_action", "solution"]
MARKS: Final[tuple[tuple[Mark, float], ...]] = (("warn", 0.5), ("escalate", 0.8), ("breach", 1.0))

_MIN, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
FIRST_ACTION_S: Final[dict[Reaction, dict[Tier, float | None]]] = {
    "exit": {"platinum": 15 * _MIN, "gold": _HOUR, "iron": 4 * _HOUR, "lead": _DAY},
    "voice": {"platinum": _HOUR, "gold": 2 * _HOUR, "iron": 4 * _HOUR, "lead": _DAY},
    "neglect": {"platinum": 2 * _DAY, "gold": 3 * _DAY, "iron": 5 * _DAY, "lead": None},
    "loyalty": {"platinum": 3 * _DAY, "gold": 5 * _DAY, "iron": 10 * _DAY, "lead": 10 * _DAY},
}
SOLVE_WORKING_DAYS: Final[dict[Tier, int]] = {"platinum": 1, "gold": 2, "iron": 3, "lead": 5}
NOT_WANTED: Final = "not_wanted"
"""The result of a call after which the customer is not called by ourselves again."""
WITHDRAWN: Final = "withdrawn"
"""The end of a call that the customer does not want any more, before it was made."""
_SPOKEN: Final = ("reached", "not_reached", NOT_WANTED)
RESULTS: Final[dict[CaseKind, tuple[str, ...]]] = {
    "exit": ("stays", "clean_exit"),
    "voice": ("customer_confirms", "final_reply"),
    "neglect": ("positive_contact", "two_attempts"),
    "loyalty": ("sent",),
    "welcome": _SPOKEN,
    "onboarding": _SPOKEN,
    "review": _SPOKEN,
    "follow_up": ("still_good", "not_good_yet", "not_reached", NOT_WANTED),
    "development": ("accepted", "declined", "not_reached", NOT_WANTED),
}
"""What a case of each kind may end with; anything else is told in words."""
MAKES_GOOD: Final[dict[CaseKind, str]] = {
    "exit": "fix_value_or_price",
    "voice": "remedy",
    "neglect": "fix_failure",
    "loyalty": "small_gesture",
}
"""The task that something given to the customer does."""
TASKS: Final[dict[CaseKind, tuple[str, ...]]] = {
    "exit": ("retention_desk", "reason_code", "fix_value_or_price", "respect_final_no"),
    "voice": ("apology", "single_owner", "cause", "remedy", "customer_confirms", "survey_repair"),
    "neglect": ("call_by_liked_agent", "fix_failure", "open_question"),
    "loyalty": ("apologise_first", "small_gesture"),
    "welcome": ("call_customer", "ask_start"),
    "onboarding": ("call_customer", "ask_use"),
    "review": ("call_customer", "ask_cause", "agree_next"),
    "follow_up": ("call_customer", "ask_holds"),
    "development": ("call_customer", "fitting_offer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRules:
    """Seconds to the first action by reaction and tier (None: no case), working days to solve a complaint.

    `legal_maximum_s` bounds every clock of a complaint where the law does. `utc_offset_s` is the company's.
    What was said longer than `history_days` ago when it is first seen is history: no promise runs from it.
    Of customers who leave without a word only those of `drawdown_tiers` are gone after. Money: at least
    `remedy_minimum` may be given to anybody within `remedy_days`; by `offer_saves` who is leaving is likelier
    to stay for an offer.
    """

    first_action_s: dict[Reaction, dict[Tier, float | None]] = field(default_factory=lambda: FIRST_ACTION_S)
    solve_working_days: dict[Tier, int] = field(default_factory=lambda: SOLVE_WORKING_DAYS)
    legal_maximum_s: float | None = None
    utc_offset_s: float = 0.0
    history_days: float = 30.0
    drawdown_tiers: frozenset[Tier] = frozenset({"platinum", "gold"})
    remedy_minimum: float = 20.0
    remedy_days: float = 365.0
    offer_saves: float = 0.10


RemedyKind = Literal["credit", "fee_waived", "goods", "gesture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Something given to make good: `amount` in the company's money, `by` a user, `at` epoch seconds.

    `cap` is what the policy allowed then; `beyond` it a supervisor gave it and said why (`note`).
    """

    kind: RemedyKind
    amount: float
    at: float
    by: str
    cap: float
    beyond: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Runs until `due_at` (epoch seconds); stopped with `left_s` to go. `marks` have been told already."""

    name: ClockName
    total_s: float
    due_at: float | None
    left_s: float | None = None
    marks: tuple[Mark, ...] = ()
    done: bool = False

    @property
    def breached(self) -> bool:
        return "breach" in self.marks


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCase:
    """`open` until closed; `owner` is one agent, empty: whoever takes it. Tasks and remedies in their order.

    `reaction` is what it answers to: his reaction, or the occasion we call him on.
    """

    case: str
    customer: str
    reaction: CaseKind
    tier: Tier
    owner: str
    opened_at: float
    clocks: tuple[Clock, ...]
    because: str = ""
    contact: str | None = None
    severity: float = 0.0
    tasks_done: tuple[str, ...] = ()
    closed_at: float | None = None
    outcome: str = ""
    reopened: int = 0
    remedies: tuple[Remedy, ...] = ()

    @property
    def proactive(self) -> bool:
        """Whether it is a call of our own: nothing was promised, and nothing is to be made good."""
        return self.reaction in OCCASIONS

    @property
    def begins_with_call(self) -> bool:
        """Whether nobody is waiting for it, so that it begins with a call of ours."""
        return self.proactive or self.reaction in ("loyalty", "neglect")

    @property
    def overdue(self) -> bool:
        """Whether a clock that is not done has breached."""
        return self.closed_at is None and any(c.breached and not c.done for c in self.clocks)

    @property
    def due_at(self) -> float | None:
        """The next promise (epoch seconds); None when nothing runs."""
        return min((c.due_at for c in self.clocks if not c.done and c.due_at is not None), default=None)

    @property
    def worst_mark(self) -> Mark | None:
        """How far the clocks that still run have come."""
        running = [c.marks[-1] for c in self.clocks if self.closed_at is None and not c.done and c.marks]
        return max(running, key=[mark for mark, _ in MARKS].index, default=None)

    @property
    def repaired_in_time(self) -> bool:
        """Closed without a breach: halves what the complaint costs the index. History promised nothing."""
        kept = bool(self.clocks) and not any(c.breached for c in self.clocks)
        return self.closed_at is not None and kept

    @property
    def in_time(self) -> bool | None:
        """Whether what was promised was kept: False once broken, None while that is open or was never."""
        if self.proactive or not self.clocks:
            return None
        if any(c.breached for c in self.clocks):
            return False
        return None if self.closed_at is None else True

    @property
    def next_deadline(self) -> float | None:
        """When `Tick` has something to tell."""
        return min((at for clock in self.clocks if (at := _next_mark(clock)) is not None), default=None)


# -- acts and effects ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone:
    """The first task done stops the clock of the first action."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Somebody else makes good from now on; the promise and its clocks stay."""

    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Give:
    """Something is given to the customer; whether it may be is judged before (`remedies`)."""

    remedy: Remedy


Act = Tick | TaskDone | Assign | Give | Close | Reopen


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A clock reached a mark: warn the owner, escalate to the supervisor, or the promise is broken."""

    case: str
    clock: ClockName
    mark: Mark
    at: float


def opened(
    *,
    case: str,
    customer: str,
    reaction: Reaction,
    tier: Tier,
    owner: str,
    now: float,
    because: str = "",
    contact: str | None = None,
    severity: float = 0.0,
    rules: RepairRules | None = None,
) -> RepairCase | None:
    """A new case with its clocks running; None when the policy does nothing for this reaction and tier."""
    plan = rules or RepairRules()
    first_s = plan.first_action_s[reaction][tier]
    if first_s is None:
        return None
    spans: list[tuple[ClockName, float]] = [("first_action", first_s)]
    if reaction == "voice":
        due = after_working_days(now, plan.solve_working_days[tier], plan.utc_offset_s)
        spans.append(("solution", due - now))
    most = plan.legal_maximum_s if reaction == "voice" and plan.legal_maximum_s is not None else float("inf")
    clocks = tuple(Clock(name=n, total_s=min(s, most), due_at=now + min(s, most)) for n, s in spans)
    return RepairCase(
        case=case,
        customer=customer,
        reaction=reaction,
        tier=tier,
        owner=owner,
        opened_at=now,
        clocks=clocks,
        because=because,
        contact=contact,
        severity=severity,
    )


def intended(
    *,
    case: str,
    customer: str,
    occasion: Occasion,
    tier: Tier,
    owner: str,
    now: float,
    due_at: float,
    because: str,
    contact: str | None = None,
) -> RepairCase:
    """A call to be made by ourselves until `due_at`."""
    clock = Clock(name="first_action", total_s=due_at - now, due_at=due_at)
    return RepairCase(
        case=case,
        customer=customer,
        reaction=occasion,
        tier=tier,
        owner=owner,
        opened_at=now,
        clocks=(clock,),
        because=because,
        contact=contact,
    )


HISTORY: Final = "history"
"""The outcome of what was seen too late for any promise."""


def as_history(case: RepairCase) -> RepairCase:
    """The case as something that was: closed when it was said, without clocks, nobody's promise broken."""
    return replace(case, clocks=(), closed_at=case.opened_at, outcome=HISTORY)


def step(case: RepairCase, act: Act, now: float) -> tuple[RepairCase, tuple[Told, ...]]:
    """What the act changes, and the marks that had been reached by `now`, each told once."""
    case, told = _marked(case, now)
    match act:
        case Tick():
            pass
        case TaskDone(task=task):
            case = _did(case, task)
        case Give(remedy=remedy):
            if case.closed_at is None and (makes := MAKES_GOOD.get(case.reaction)) is not None:
                case = _did(replace(case, remedies=(*case.remedies, remedy)), makes)
        case Assign(owner=owner):
            if case.closed_at is None:
                case = replace(case, owner=owner)
        case Close(outcome=outcome):
            if case.closed_at is None:
                stopped = tuple(_stopped(c, now) for c in case.clocks)
                case = replace(case, closed_at=now, outcome=outcome, clocks=stopped)
        case Reopen():
            if case.closed_at is not None:
                running = tuple(_running(c, now) for c in case.clocks)
                case = replace(case, closed_at=None, outcome="", clocks=running, reopened=case.reopened + 1)
        case _:
            assert_never(act)
    return case, told


def _did(case: RepairCase, task: str) -> RepairCase:
    """A task of the plan is done, which is the first action if nothing was before."""
    if case.closed_at is not None or task not in TASKS[case.reaction] or task in case.tasks_done:
        return case
    first = tuple(replace(c, done=c.done or c.name == "first_action") for c in case.clocks)
    return replace(case, tasks_done=(*case.tasks_done, task), clocks=first)


def _next_mark(clock: Clock) -> float | None:
    if clock.done or clock.due_at is None:
        return None
    for mark, part in MARKS:
        if mark not in clock.marks:
            return clock.due_at - (1 - part) * clock.total_s
    return None


def _marked(case: RepairCase, now: float) -> tuple[RepairCase, tuple[Told, ...]]:
    told: list[Told] = []
    clocks = []
    for clock in case.clocks:
        while (at := _next_mark(clock)) is not None and at <= now:
            mark = MARKS[len(clock.marks)][0]
            told.append(Told(case=case.case, clock=clock.name, mark=mark, at=at))
            clock = replace(clock, marks=(*clock.marks, mark))  # noqa: PLW2901  # the clock as it goes on
        clocks.append(clock)
    return replace(case, clocks=tuple(clocks)), tuple(told)


def _stopped(clock: Clock, now: float) -> Clock:
    return clock if clock.due_at is None else replace(clock, due_at=None, left_s=clock.due_at - now)


def _running(clock: Clock, now: float) -> Clock:
    return clock if clock.left_s is None else replace(clock, due_at=now + clock.left_s, left_s=None)
