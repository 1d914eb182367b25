"""The engine under any order of events and settings: everybody in one place, nobody lost, no order turned."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.acd.match import Match
from contact_center.acd.rules import POLICY_NAMES, QueueRule, qualifies

AGENTS = ("anna", "bo", "cy", "di")
QUEUES = ("gold", "mail")
skills = st.dictionaries(st.sampled_from(("sales", "help")), st.integers(1, 5), max_size=2)
needs = st.dictionaries(st.sampled_from(("sales", "help")), st.sampled_from((1, 4)), max_size=2)
queue_rule = st.builds(
    QueueRule,
    policy=st.sampled_from(POLICY_NAMES),
    target_s=st.sampled_from((5.0, 20.0)),
    importance=st.sampled_from((1.0, 8.0)),
    hold_targets=st.sampled_from((0.0, 3.0)),
    slowness=st.sampled_from(((0.0,) * 5, (0.0, 0.5, 0.9, 0.9, 0.9))),
)
rules_of_queues = st.fixed_dictionaries(dict.fromkeys(QUEUES, queue_rule))


class Floor(RuleBasedStateMachine):
    """A plain account of who waits, idles and talks, beside the engine."""

    def __init__(self) -> None:
        super().__init__()
        self.ruled = dict.fromkeys(QUEUES, QueueRule())
        self.engine = Engine(self.ruled)
        self.now, self.count = 0.0, 0
        self.waiting: dict[str, Waiting] = {}
        self.idle: dict[str, Free] = {}
        self.busy: dict[str, Waiting] = {}
        self.gone: set[str] = set()

    def take(self, matches: list[Match]) -> None:
        for match in matches:
            waiting = self.waiting.pop(match.waiting.contact)
            free = self.idle.pop(match.agent)
            assert match.waiting == waiting, "the entry changed in line"
            assert match.agent not in self.busy, "two contacts for one agent"
            assert qualifies(free.skills, waiting.skills) or waiting.direct == match.agent
            self.no_order_turned(waiting)
            self.busy[match.agent] = waiting

    def no_order_turned(self, served: Waiting) -> None:
        """Inside a line only protect-target passes over, only late contacts, and only up to M targets."""
        rule_ = self.ruled[served.queue]
        for other in self.waiting.values():
            same = other.queue == served.queue and other.skills == served.skills
            if served.direct is None and other.direct is None and same and other.rank < served.rank:
                waited = self.now - other.enqueued_at
                assert rule_.policy == "target"
                assert other.rank[0] == served.rank[0] >= 0
                assert waited > rule_.target_s
                assert waited <= rule_.target_s * rule_.hold_targets

    @rule(
        queue=st.sampled_from(QUEUES),
        needed=needs,
        priority=st.sampled_from((0, 0, 0, 1, -1)),
        direct=st.sampled_from((None, None, None, *AGENTS)),
        head_start_s=st.sampled_from((0.0, 40.0)),
    )
    def contact_comes(
        self, queue: str, needed: dict[str, int], priority: int, direct: str | None, head_start_s: float
    ) -> None:
        self.count += 1
        self.now += 0.5
        waiting = Waiting(
            contact=f"c{self.count}",
            queue=queue,
            skills=needed,
            priority=priority,
            enqueued_at=self.now,
            direct=direct,
            head_start_s=head_start_s,
        )
        self.waiting[waiting.contact] = waiting
        self.take(self.engine.enter(waiting, self.now))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def caller_gives_up(self, data: st.DataObject) -> None:
        contact = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.engine.leave(contact) == self.waiting.pop(contact)
        assert self.engine.leave(contact) is None
        self.gone.add(contact)

    @rule(agent=st.sampled_from(AGENTS), has=skills)
    def agent_frees(self, agent: str, has: dict[str, int]) -> None:
        """After a contact, from a break, or idle with other skills."""
        self.now += 0.5
        done = self.busy.pop(agent, None)
        if done is not None:
            self.gone.add(done.contact)
        free = Free(agent=agent, skills=has, idle_since=self.now)
        self.idle[agent] = free
        self.engine.done(agent, self.now)
        self.take(self.engine.free(free, self.now))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_vanishes(self, agent: str) -> None:
        self.idle.pop(agent, None)
        self.engine.taken(agent, self.now)
        if agent in self.busy:
            self.comes_back(agent)

    @precondition(lambda self: self.busy)
    @rule(data=st.data())
    def offer_lapses(self, data: st.DataObject) -> None:
        agent = data.draw(st.sampled_from(sorted(self.busy)))
        self.engine.passed_over(agent)
        self.comes_back(agent)

    def comes_back(self, agent: str) -> None:
        before = self.busy.pop(agent)
        waiting = Waiting(
            contact=before.contact,
            queue=before.queue,
            skills=before.skills,
            priority=before.priority,
            enqueued_at=before.enqueued_at,
            returned=before.returned + 1,
        )
        self.waiting[waiting.contact] = waiting
        self.take(self.engine.enter(waiting, self.now))

    @rule(rules=rules_of_queues)
    def supervisor_changes_rules(self, rules: dict[str, QueueRule]) -> None:
        self.ruled = rules
        self.take(self.engine.configure(rules, self.now))

    @rule(seconds=st.floats(0.1, 50))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        due = self.engine.next_retest()
        if due is not None and due <= self.now:
            self.take(self.engine.tick(self.now))

    @invariant()
    def everybody_is_in_exactly_one_place(self) -> None:
        assert {each.contact for each in self.engine.entries()} == set(self.waiting)
        assert self.engine.idle_agents() == set(self.idle)
        talking = {each.contact for each in self.busy.values()}
        assert len(talking) == len(self.busy)
        assert len(self.waiting) + len(talking) + len(self.gone) == self.count

    @invariant()
    def only_hold_back_lets_a_contact_wait_beside_an_agent(self) -> None:
        for contact in self.waiting.values():
            for agent in self.idle.values():
                if contact.direct is not None:
                    assert contact.direct != agent.agent
                elif qualifies(agent.skills, contact.skills):
                    assert self.ruled[contact.queue].policy in ("fair", "target")
                    assert contact.rank[0] >= 0, "a contact with priority was held back"
                    assert self.engine.next_retest() is not None, "held back and forgotten"


TestFloor = Floor.TestCase
TestFloor.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
