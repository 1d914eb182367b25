"""Requirements that relax, wishes, caps, queues that send on, capacity by channel: under any order of events.

Beside the engine stands a plain account of who waits, who has whom in hand and who is gone.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contact_center.acd.capacity import VOICE_ONLY, Capacity
from contact_center.acd.contact import Free, Step, Waiting, Wish
from contact_center.acd.engine import Engine
from contact_center.acd.match import Match
from contact_center.acd.requirements import level_in
from contact_center.acd.rules import LONGEST_HEAD_START_S, POLICY_NAMES, QueueRule
from contact_center.runtime.requirements import read_requirement, simplest, written

AGENTS = ("anna", "bo", "cy", "di")
QUEUES = ("gold", "mail", "help")
SKILLS = ("sales", "help", "french")
MIXED = Capacity(voice=1, chat=2, mail=1)
skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=3)
way = st.dictionaries(st.sampled_from(SKILLS), st.sampled_from((1, 3, 5)), max_size=2)
steps = st.lists(st.builds(Step, after_s=st.sampled_from((5.0, 20.0)), ways=st.tuples(way)), max_size=2).map(
    tuple
)
queue_rule = st.builds(
    QueueRule,
    policy=st.sampled_from(POLICY_NAMES),
    target_s=st.sampled_from((5.0, 20.0)),
    importance=st.sampled_from((1.0, 8.0)),
    hold_targets=st.sampled_from((0.0, 3.0)),
    cap=st.sampled_from((None, None, 1, 2)),
    overflow_to=st.sampled_from(("", "help")),
    overflow_length=st.sampled_from((None, None, 1, 3)),
    overflow_wait_s=st.sampled_from((None, None, 10.0)),
    closed=st.sampled_from((False, False, False, True)),
)
rules_of_queues = st.fixed_dictionaries(dict.fromkeys(QUEUES, queue_rule))


class Floor(RuleBasedStateMachine):
    """Everything the engine may be told, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ruled = dict.fromkeys(QUEUES, QueueRule())
        self.engine = Engine(self.ruled, keeps_account=True)
        self.now, self.count = 0.0, 0
        self.waiting: dict[str, Waiting] = {}
        self.profile: dict[str, Free] = {}
        self.idle: set[str] = set()
        self.hands: dict[str, dict[str, Waiting]] = {agent: {} for agent in AGENTS}
        self.talking: dict[str, str] = {}
        self.gone: set[str] = set()

    # what is compared

    def channels(self, agent: str) -> frozenset[str]:
        mine = self.hands[agent].values()
        return frozenset(self.profile[agent].capacity.open_beside([each.channel for each in mine]))

    def talks(self, queue: str) -> int:
        return sum(each == queue for each in self.talking.values())

    def take(self, matches: list[Match]) -> None:
        for waiting, agent, decision in matches:
            assert self.waiting.pop(waiting.contact) == waiting, "the entry changed in line"
            assert agent in self.idle, "an agent was given a contact although he may get none"
            assert waiting.channel in self.channels(agent), "over capacity, or beside what excludes it"
            able = level_in(self.profile[agent].skills, waiting.ways(self.now))
            assert able or waiting.direct == agent, "the requirement is not met"
            assert decision is not None
            assert decision.candidates[0].agent == agent
            if waiting.direct is None:
                cap = self.ruled[waiting.queue].cap
                assert cap is None or self.talks(waiting.queue) < cap, "the queue's cap does not hold"
                self.talking[waiting.contact] = waiting.queue
                self.no_order_turned(waiting)
            self.idle.discard(agent)
            self.hands[agent][waiting.contact] = waiting
        for waiting, to, why in self.engine.overflows():
            self.sent_on(waiting, to, why)

    def no_order_turned(self, served: Waiting) -> None:
        """Inside a line only a wish lets others go first, or protect-target late contacts up to M targets."""
        ruled, ways = self.ruled[served.queue], served.ways(self.now)
        if self.wishing(served):
            return
        for other in self.waiting.values():
            same = (other.queue, other.channel, other.target_s) == (
                served.queue,
                served.channel,
                served.target_s,
            )
            if not same or other.direct or self.wishing(other) or other.ways(self.now) != ways:
                continue
            if other.rank < served.rank:
                waited = self.now - other.enqueued_at
                assert ruled.policy == "target"
                assert other.rank[0] == served.rank[0] >= 0
                assert ruled.target_s < waited <= ruled.target_s * ruled.hold_targets

    def wishing(self, waiting: Waiting) -> bool:
        return waiting.wish is not None and waiting.wish.until >= self.now

    def sent_on(self, waiting: Waiting, to: str, why: str) -> None:
        ruled = self.ruled[waiting.queue]
        assert self.waiting.pop(waiting.contact) == waiting
        assert not waiting.overflowed_from, "sent on twice"
        assert to == ruled.overflow_to
        if why == "wait":
            assert ruled.overflow_wait_s is not None
            assert self.now - waiting.enqueued_at >= ruled.overflow_wait_s - 1e-6
        else:
            assert ruled.closed if why == "closed" else ruled.overflow_length is not None
        back = replace(waiting, queue=to or waiting.queue, overflowed_from=waiting.queue, wish=None)
        self.enter(back)

    def enter(self, waiting: Waiting) -> None:
        self.waiting[waiting.contact] = waiting
        self.take(self.engine.enter(waiting, self.now))

    def time(self, seconds: float) -> None:
        """Time passes, and what is due on the way is done then."""
        end = self.now + seconds
        while (due := self.engine.next_retest()) is not None and due <= end:
            self.now = max(self.now, due)
            self.take(self.engine.tick(self.now))
        self.now = end

    # what happens

    @rule(
        queue=st.sampled_from(QUEUES),
        first=way,
        others=st.lists(way, max_size=2),
        relaxing=steps,
        channel=st.sampled_from(("voice", "voice", "chat", "mail")),
        wish=st.none() | st.tuples(st.sampled_from(AGENTS), st.sampled_from((0.0, 8.0, 30.0))),
        direct=st.sampled_from((None, None, None, None, *AGENTS)),
        head_start_s=st.sampled_from((0.0, 40.0, 500.0)),
        target_s=st.sampled_from((None, None, 3.0)),
        priority=st.sampled_from((0, 0, 0, 1, -1)),
    )
    def contact_comes(
        self, *, wish: tuple[str, float] | None, others: list[dict[str, int]], **kind: object
    ) -> None:
        self.time(0.5)
        self.count += 1
        waiting = Waiting(
            contact=f"c{self.count}",
            queue=kind["queue"],  # type: ignore[arg-type]
            skills=kind["first"],  # type: ignore[arg-type]
            alternatives=tuple(others),
            steps=kind["relaxing"],  # type: ignore[arg-type]
            channel=kind["channel"],  # type: ignore[arg-type]
            wish=Wish(agent=wish[0], until=self.now + wish[1]) if wish else None,
            direct=kind["direct"],  # type: ignore[arg-type]
            head_start_s=kind["head_start_s"],  # type: ignore[arg-type]
            target_s=kind["target_s"],  # type: ignore[arg-type]
            priority=kind["priority"],  # type: ignore[arg-type]
            enqueued_at=self.now,
        )
        self.enter(waiting)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def caller_gives_up(self, data: st.DataObject) -> None:
        contact = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.engine.leave(contact) == self.waiting.pop(contact)
        self.gone.add(contact)
        self.take(self.engine.settle(self.now))

    @rule(agent=st.sampled_from(AGENTS), has=skills, mixed=st.booleans(), changes=st.booleans())
    def agent_may_get_another(self, agent: str, has: dict[str, int], *, mixed: bool, changes: bool) -> None:
        self.time(0.5)
        before = self.profile.get(agent)
        if before is not None and (not changes or self.hands[agent]):
            has, mixed = before.skills, before.capacity is not VOICE_ONLY
        free = Free(agent=agent, skills=has, idle_since=self.now, capacity=MIXED if mixed else VOICE_ONLY)
        if not mixed:
            self.end(agent, list(self.hands[agent]))
        self.profile[agent] = free
        if self.channels(agent):
            self.idle.add(agent)
        self.take(self.engine.free(free, self.now))

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data())
    def talk_ends_wrap_up_begins(self, data: st.DataObject) -> None:
        agent, contact = data.draw(st.sampled_from(self.in_hand()))
        self.engine.over(agent, contact)
        self.talking.pop(contact, None)
        self.take(self.engine.settle(self.now))

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data())
    def agent_has_done_with_one(self, data: st.DataObject) -> None:
        agent, contact = data.draw(st.sampled_from(self.in_hand()))
        self.engine.done(agent, self.now, contact)
        self.end(agent, [contact])
        self.may_get_more(agent)

    def may_get_more(self, agent: str) -> None:
        """An agent who was open beside what he had says what he is open for now."""
        if agent in self.idle:
            self.take(self.engine.free(self.profile[agent], self.now))
        self.take(self.engine.settle(self.now))

    def in_hand(self) -> list[tuple[str, str]]:
        return [(agent, contact) for agent in AGENTS for contact in sorted(self.hands[agent])]

    def end(self, agent: str, contacts: list[str]) -> None:
        for contact in contacts:
            del self.hands[agent][contact]
            self.talking.pop(contact, None)
            self.gone.add(contact)

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data())
    def offer_lapses(self, data: st.DataObject) -> None:
        agent, contact = data.draw(st.sampled_from(self.in_hand()))
        before = self.hands[agent].pop(contact)
        self.talking.pop(contact, None)
        self.engine.passed_over(agent, contact)
        self.enter(replace(before, returned=before.returned + 1, wish=None))
        self.may_get_more(agent)

    @rule(agent=st.sampled_from(AGENTS))
    def agent_logs_off(self, agent: str) -> None:
        self.idle.discard(agent)
        self.end(agent, list(self.hands[agent]))
        self.profile.pop(agent, None)
        self.engine.taken(agent, self.now)
        self.take(self.engine.settle(self.now))

    @rule(rules=rules_of_queues)
    def supervisor_changes_rules(self, rules: dict[str, QueueRule]) -> None:
        self.ruled = rules
        self.take(self.engine.configure(rules, self.now))

    @rule(seconds=st.floats(0.1, 40))
    def time_passes(self, seconds: float) -> None:
        self.time(seconds)

    # what always holds

    @invariant()
    def everybody_is_in_exactly_one_place(self) -> None:
        assert {each.contact for each in self.engine.entries()} == set(self.waiting)
        in_hand = [contact for mine in self.hands.values() for contact in mine]
        assert len(set(in_hand)) == len(in_hand)
        assert not set(in_hand) & set(self.waiting)
        assert len(self.waiting) + len(in_hand) + len(self.gone) == self.count
        assert self.engine.idle_agents() == self.idle
        assert {queue: self.engine.given(queue) for queue in QUEUES} == {q: self.talks(q) for q in QUEUES}

    @invariant()
    def a_contact_waits_beside_an_agent_only_for_a_reason(self) -> None:
        for contact in self.waiting.values():
            ruled = self.ruled[contact.queue]
            full = ruled.cap is not None and self.talks(contact.queue) >= ruled.cap
            for agent in self.idle:
                free = self.profile[agent]
                if contact.channel not in self.channels(agent) or (full and contact.direct is None):
                    continue
                if contact.direct is not None:
                    assert contact.direct != agent
                elif level_in(free.skills, contact.ways(self.now)) and not self.wishing(contact):
                    assert ruled.policy in ("fair", "target")
                    assert contact.rank[0] >= 0
                    assert self.engine.next_retest() is not None, "held back and forgotten"


TestFloor = Floor.TestCase
TestFloor.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


arrivals = st.lists(
    st.tuples(
        st.floats(0, 60),
        st.sampled_from((0.0, 20.0, 60.0, 120.0, 400.0)),
        st.sampled_from((None, 3.0, 10.0)),
        st.booleans(),
    ),
    min_size=2,
    max_size=40,
)


@given(
    arrivals=arrivals,
    policy=st.sampled_from([name for name in POLICY_NAMES if name != "target"]),
    target_s=st.sampled_from((5.0, 20.0, 120.0)),
    other_importance=st.sampled_from((1.0, 8.0)),
)
@settings(max_examples=120, deadline=None)
def test_nobody_is_overtaken_by_who_came_more_than_the_longest_head_start_later(
    arrivals: list[tuple[float, float, float | None, bool]],
    policy: str,
    target_s: float,
    other_importance: float,
) -> None:
    """Whatever the tiers: head starts and tighter targets together move nobody further than that."""
    one = QueueRule(policy=policy, target_s=target_s)  # type: ignore[arg-type]
    engine = Engine({"sales": one, "other": replace(one, importance=other_importance)})
    now, there, free = 0.0, {}, Free(agent="anna", skills={"sales": 5}, idle_since=0.0)
    for number, (later_s, head_start_s, tight_s, frees) in enumerate(arrivals):
        now += later_s
        waiting = Waiting(
            contact=f"c{number}",
            queue="sales",
            skills={"sales": 1},
            enqueued_at=now,
            head_start_s=head_start_s,
            target_s=tight_s,
        )
        there[waiting.contact] = now
        matches = engine.enter(waiting, now)
        if frees:
            matches += engine.free(replace(free, idle_since=now), now)
        for match in matches:
            came = there.pop(match.waiting.contact)
            assert all(came - earlier <= LONGEST_HEAD_START_S + 1e-6 for earlier in there.values())


@given(
    policy=st.sampled_from([name for name in POLICY_NAMES if name != "target"]),
    callers=st.lists(st.tuples(st.floats(0.0, 120.0), st.booleans(), st.booleans()), max_size=40),
)
def test_credit_at_the_start_is_a_constant_head_start(
    policy: str, callers: list[tuple[float, bool, bool]]
) -> None:
    """The rule of the "Anonymous Bank": by time in queue, to which priority customers are given 1.5 minutes.

    Who is first never changes while they wait: ordinary callers by when they came, priority customers as if
    90 s before.
    """
    engine = Engine({"bank": QueueRule(policy=policy)})  # type: ignore[arg-type]
    now, in_line = 0.0, dict[str, float]()
    for number, (later_s, has_priority, frees) in enumerate(callers):
        now += later_s
        credit_s = 90.0 if has_priority else 0.0
        waiting = Waiting(contact=f"c{number:02}", queue="bank", enqueued_at=now, head_start_s=credit_s)
        in_line[waiting.contact] = now - credit_s
        assert not engine.enter(waiting, now)
        if frees:
            (match,) = engine.free(Free(agent="anna", skills={}, idle_since=now), now)
            assert match.waiting.contact == min(in_line, key=lambda contact: (in_line[contact], contact))
            del in_line[match.waiting.contact]


@given(ways=st.lists(way, min_size=1, max_size=6), has=skills)
def test_the_simplest_requirement_is_met_by_the_same_agents(
    ways: list[dict[str, int]], has: dict[str, int]
) -> None:
    simple = simplest(ways)
    assert bool(level_in(has, simple)) == bool(level_in(has, ways))
    assert simplest(simple) == simple
    assert read_requirement(written(simple)) == simple


written_requirement = st.recursive(
    st.tuples(st.sampled_from(SKILLS), st.sampled_from((1, 3, 5))),
    lambda inner: st.tuples(inner, st.sampled_from(("and", "or")), inner),
    max_leaves=5,
)


def text_of(tree: object) -> str:
    match tree:
        case (str() as skill, int() as least):
            return f"{skill}>={least}"
        case (left, word, right):
            return f"({text_of(left)} {word} {text_of(right)})"
        case _:
            raise AssertionError(tree)


def holds(tree: object, has: dict[str, int]) -> bool:
    match tree:
        case (str() as skill, int() as least):
            return has.get(skill, 0) >= least
        case (left, "and", right):
            return holds(left, has) and holds(right, has)
        case (left, _, right):
            return holds(left, has) or holds(right, has)
        case _:
            raise AssertionError(tree)


@given(tree=written_requirement, has=skills)
def test_a_written_requirement_means_what_it_says(tree: object, has: dict[str, int]) -> None:
    ways = read_requirement(text_of(tree))
    assert any(all(has.get(s, 0) >= least for s, least in each.items()) for each in ways) == holds(tree, has)
