"""Agents kept for callbacks in any story: one each, for one each, never too long; and it is looked again."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contact_center.acd import callbacks as acd
from contact_center.acd.callback_keeping import Keeping, Scene
from contact_center.acd.callback_turns import GREETING_S, LOOK_S, Expected, Turn
from contact_center.acd.callbacks import Callbacks
from contact_center.runtime.requirements import Need
from tests.properties.test_callback_laws import QUEUES, opens

AGENTS = ("ann", "bo", "cy")
SKILLS = {"billing": 3, "tech": 3}
LONGEST_S = max(queue.callback_ring_s for queue in QUEUES.values()) + GREETING_S


class Floor(RuleBasedStateMachine):
    """Driven as both drivers do: the line has whoever is free and not kept."""

    @initialize()
    def begin(self) -> None:
        self.now, self.ids = 0.0, 0
        self.book = Callbacks(QUEUES, opens)
        self.keeping = Keeping(self.book, QUEUES)
        self.free: set[str] = set()
        self.since: dict[str, float] = {}
        self.calling: list[str] = []
        """Callbacks whose call is about to begin."""

    def take(self, stimulus: acd.Stimulus) -> None:
        for event in self.book.step(stimulus, self.now):
            self.book.fold(event, self.now)

    def scene(self, coming: str | None = None) -> Scene:
        here = sorted(self.free | ({coming} if coming else set()))
        return Scene(line=[], staff=[Expected(agent=name, skills=SKILLS, free=True) for name in here])

    def follow(self, turn: Turn) -> None:
        assert turn.agent not in self.keeping.agents, "he is kept for another one"
        assert turn.callback.id not in self.calling or turn.callback.state == "dialling"
        if self.keeping.follow(turn, self.now):
            self.calling.append(turn.callback.id)
        self.free.discard(turn.agent)
        self.since[turn.agent] = self.now

    def let_go(self, callback: str) -> None:
        gone = self.keeping.let_go(callback)
        assert len(gone) <= 1, "two agents for one callback"
        for agent in gone:
            self.comes_free(agent)

    @rule(agent=st.sampled_from(AGENTS))
    def comes_free(self, agent: str) -> None:
        if agent in self.keeping.agents or agent in self.free:
            return
        mine = self.keeping.turn_of(agent, SKILLS, lambda: self.scene(agent), self.now)
        if mine is not None:
            self.follow(mine)
        else:
            self.free.add(agent)

    @rule(agent=st.sampled_from(AGENTS))
    def goes(self, agent: str) -> None:
        self.free.discard(agent)
        self.keeping.lost(agent)
        assert agent not in self.keeping.agents

    @rule(queue=st.sampled_from(sorted(QUEUES)))
    def asks(self, queue: str) -> None:
        if self.book.refusal(queue, self.now) is not None:
            return
        self.ids += 1
        name = f"x{self.ids:03d}"
        need = Need(ways=({queue: 1},), relaxed=())
        self.take(
            acd.Asked(
                callback=name,
                contact=name,
                queue=queue,
                number=f"+{self.ids}",
                need=need,
                enqueued_at=self.now,
                language="en",
            )
        )

    @rule(begins=st.booleans())
    def a_call_is_placed(self, begins: bool) -> None:
        if not self.calling:
            return
        callback = self.calling.pop(0)
        if begins:
            self.keeping.begun(callback)
            self.take(acd.Dialled(callback=callback, contact=f"c{callback}", agent_first=False))
        else:
            self.keeping.not_begun(callback, self.now)
            self.let_go(callback)

    @rule(which=st.integers(0, 3))
    def an_attempt_is_over(self, which: int) -> None:
        for one in [each for each in self.book.all() if each.contact is not None][which : which + 1]:
            self.take(acd.Over(contact=one.contact or "", why="no_answer"))
            self.let_go(one.id)

    @rule(seconds=st.sampled_from([1.0, 20.0, 90.0]))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        for _ in range(400):
            at = self.keeping.look_at(self.now, busy=len(self.free) < len(AGENTS))
            if at is None or at > end:
                break
            self.now = max(self.now, at)
            self.take(acd.TimeReached())
            for callback in self.keeping.overdue(self.now):
                self.let_go(callback)
            assert not self.keeping.overdue(self.now), "kept although his time is over"
            for turn in self.keeping.turns(self.scene(), self.now):
                self.follow(turn)
        else:
            raise AssertionError("time stands still")
        self.now = end

    @invariant()
    def laws_hold(self) -> None:
        if not hasattr(self, "keeping"):
            return
        kept = self.keeping.agents
        assert not kept & self.free, "the line has an agent who is kept"
        assert all(self.now - self.since[agent] <= LONGEST_S for agent in kept), "kept too long"
        at = self.keeping.look_at(self.now, busy=True)
        ready = Counter(each.state for each in self.book.ready(self.now) if each.due_at <= self.now)
        if ready["waiting"] > len(kept) + len(self.calling):
            assert at is not None
            assert at <= self.now + LOOK_S, "nobody looks whether an agent is about to be free"


Floor.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
TestKeeping = Floor.TestCase
