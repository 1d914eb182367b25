"""Callbacks under any story: nobody lost, every place kept, one call at a time, none without an agent."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contact_center.acd import callbacks as acd
from contact_center.acd.callback import LIVE, PROMISE_LEAD_S, Callback, advance
from contact_center.acd.callback_turns import LEAD_S, Expected, OnCall, about_to_be_free, turns
from contact_center.acd.callbacks import Callbacks
from contact_center.acd.contact import Waiting
from contact_center.acd.rules import LONGEST_HEAD_START_S, qualifies
from contact_center.cti import events as cti
from contact_center.runtime.directory import QueueSettings
from contact_center.runtime.requirements import Need

QUEUES = {
    "billing": QueueSettings(id="billing", name="Billing", name_zh="账单", callback_most=6),
    "tech": QueueSettings(
        id="tech",
        name="Tech",
        name_zh="技术",
        callback="agent_first",
        importance=3.0,
        callback_attempts=2,
        callback_gap_s=50.0,
        callback_expires_s=900.0,
    ),
}
STAFF: tuple[dict[str, int], ...] = ({"billing": 3, "tech": 3}, {"billing": 1}, {"other": 3}, {"spare": 1})
NUMBERS = ("+1", "+2", "+3")
OPENS_EVERY_S, OPEN_S = 1000.0, 700.0
WHYS = ("no_answer", "busy", "unreachable", "not_confirmed", "left_waiting", "no_agent", "failed")


def opens(queue: str, at: float) -> float | None:
    """Billing is always open; tech the first 700 s of every 1000 s."""
    if queue == "billing" or at % OPENS_EVERY_S < OPEN_S:
        return at
    return (at // OPENS_EVERY_S + 1) * OPENS_EVERY_S


class Line(RuleBasedStateMachine):
    """The machine, driven as the switchboard does, beside a fold of all its events."""

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.book = Callbacks(QUEUES, opens)
        self.kept: dict[str, Callback] = {}
        self.places: dict[str, float] = {}
        self.ids = 0

    def take(self, stimulus: acd.Stimulus) -> None:
        for event in self.book.step(stimulus, self.now):
            before = self.kept.get(event.callback)
            assert before is None or before.is_open, "an ended callback goes on"
            self.kept[event.callback] = advance(before, event, self.now)
            self.book.fold(event, self.now)
            if isinstance(event, cti.CallbackAttempted):
                assert opens(event.queue, self.now) == self.now, "called while closed"
            if isinstance(event, cti.CallbackGivenUp):
                assert self.kept[event.callback].missed >= QUEUES[event.queue].callback_attempts
            if isinstance(event, cti.CallbackLate):
                assert before is not None
                assert (before.state, before.missed, before.late) == ("waiting", 0, False)
                assert event.promised_at == before.promised_at
                assert event.promised_at <= self.now
            if isinstance(event, cti.CallbackExpired):
                assert self.kept[event.callback].expires_at - self.now < 1000.0

    def able(self, skills: Mapping[str, int], callback: Callback) -> bool:
        """By any of the ways that suffice by now."""
        suffices = [{callback.queue: 1}, {"other": 3}]
        if self.now >= callback.enqueued_at + 60.0:
            suffices.append({"spare": 1})
        return any(qualifies(skills, way) for way in suffices)

    def new(self) -> str:
        self.ids += 1
        return f"x{self.ids:03d}"

    @rule(
        queue=st.sampled_from(sorted(QUEUES)),
        number=st.sampled_from(NUMBERS),
        ago=st.floats(0, 60),
        within_s=st.sampled_from([None, 30.0, 500.0, 2000.0]),
    )
    def somebody_asks(self, queue: str, number: str, ago: float, within_s: float | None) -> None:
        if self.book.refusal(queue, self.now) is not None:
            return
        earlier = [each for each in self.book.all() if (each.queue, each.number) == (queue, number)]
        asked = acd.Asked(
            callback=self.new(),
            contact=self.new(),
            queue=queue,
            number=number,
            need=Need(ways=({queue: 1}, {"other": 3}), relaxed=((60.0, ({"spare": 1},)),)),
            enqueued_at=self.now - ago,
            language="en",
            promised_at=None if within_s is None else self.now + within_s,
        )
        self.take(asked)
        mine = [each for each in self.book.all() if (each.queue, each.number) == (queue, number)]
        assert len(mine) == 1, "a request that was made twice"
        place = mine[0].enqueued_at
        assert place == min([self.now - ago, *(each.enqueued_at for each in earlier)])
        self.places[mine[0].id] = place

    @rule(free=st.integers(0, 3), soon=st.integers(0, 2), callers=st.integers(0, 3), turn=st.integers(0, 3))
    def agents_come_free(self, free: int, soon: int, callers: int, turn: int) -> None:
        """Whoever is free or about to be gets turns; what begins is dialled."""
        staff = [
            Expected(agent=f"a{n}", skills=STAFF[(n + turn) % len(STAFF)], free=n < free)
            for n in range(free + soon)
        ]
        line = [
            Waiting(contact=f"w{n}", queue="billing", skills={"billing": 1}, enqueued_at=self.now - 30.0 * n)
            for n in range(callers)
        ]
        before = [each for each in self.book.all() if each.state == "dialling"]
        given_out = turns(self.book.ready(self.now), line, staff, QUEUES, (), self.now)
        agents = [turn.agent for turn in given_out]
        assert len(set(agents)) == len(agents), "two callbacks for one agent"
        skills = {each.agent: each.skills for each in staff}
        assert all(self.able(skills[turn.agent], turn.callback) for turn in given_out)
        begun = [turn.callback for turn in given_out if turn.callback.state == "waiting"]
        for one in begun:
            agent_first = QUEUES[one.queue].callback == "agent_first"
            self.take(acd.Dialled(callback=one.id, contact=self.new(), agent_first=agent_first))
        assert not begun or len(before) + len(begun) <= len(staff), "more attempts than agents expected"
        for queue in QUEUES:
            mine = [each for each in (*before, *begun) if each.queue == queue]
            able = [each for each in staff if any(self.able(each.skills, one) for one in mine)]
            assert not [each for each in begun if each.queue == queue] or len(mine) <= len(able)

    @rule(why=st.sampled_from(WHYS), which=st.integers(0, 5))
    def an_attempt_fails(self, why: cti.MissedWhy, which: int) -> None:
        live = [each for each in self.book.all() if each.contact is not None]
        for one in live[which : which + 1]:
            self.take(acd.Over(contact=one.contact or "", why=why))

    @rule(which=st.integers(0, 5), agent=st.sampled_from(["", "anna"]))
    def a_customer_answers(self, which: int, agent: str) -> None:
        for one in [each for each in self.book.all() if each.contact is not None][which : which + 1]:
            self.take(acd.Answered(contact=one.contact or ""))
            if agent:
                self.take(acd.Talking(contact=one.contact or "", agent=agent))
                assert self.kept[one.id].state == "done"

    @rule(queue=st.sampled_from(sorted(QUEUES)), number=st.sampled_from(NUMBERS))
    def somebody_calls_in(self, queue: str, number: str) -> None:
        self.take(acd.CalledIn(contact=self.new(), queue=queue, number=number))

    @rule(seconds=st.sampled_from([1.0, 20.0, 120.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        for _ in range(200):
            due = self.book.deadline(self.now)
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.take(acd.TimeReached())
        else:
            raise AssertionError("time stands still")
        self.now = end
        broken = (each.breaks_at for each in self.book.all() if not each.late)
        assert all(at is None or at > end for at in broken), "a broken promise that nobody told"

    @rule(which=st.integers(0, 5))
    def a_supervisor_wants_it_now(self, which: int) -> None:
        for one in self.book.all()[which : which + 1]:
            self.take(acd.CallNow(callback=one.id))

    @rule()
    def the_core_is_killed(self) -> None:
        """Another begins with what is stored; attempts whose call is gone are over."""
        self.book = Callbacks(QUEUES, opens, self.kept.values())
        for one in self.book.all():
            if one.contact is not None:
                self.take(acd.Over(contact=one.contact, why="failed"))

    @invariant()
    def laws_hold(self) -> None:
        if not hasattr(self, "book"):
            return
        assert {each.id: each for each in self.book.all()} == {
            each.id: each for each in self.kept.values() if each.is_open
        }
        calls = Counter(each.number for each in self.book.all() if each.state in ("dialling", "in_line"))
        assert max(calls.values(), default=0) <= 1, "somebody is called twice at once"
        contacts = [each.contact for each in self.book.all() if each.contact is not None]
        assert len(contacts) == len(set(contacts))
        for each in self.kept.values():
            assert each.enqueued_at == self.places[each.id], "a place was lost"
            assert (each.contact is not None) == (each.state in (*LIVE, "done"))
            assert each.promised_at is None or each.promised_at <= each.expires_at
            assert each.place("c").rank[1] == self.places[each.id]
        assert [each.enqueued_at for each in self.book.all()] == sorted(
            each.enqueued_at for each in self.book.all()
        )


Line.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCallbacks = Line.TestCase


def callback(name: str, queue: str = "billing", since: float = 0.0, **more: object) -> Callback:
    return Callback(
        id=name,
        queue=queue,
        number=f"+{name}",
        skills={queue: 1},
        enqueued_at=since,
        requested_at=since,
        expires_at=9e9,
        **more,  # type: ignore[arg-type]
    )


@given(
    waits=st.lists(st.floats(0, 900), min_size=1, max_size=6),
    callers=st.lists(st.floats(0, 900), max_size=6),
    agents=st.integers(0, 8),
)
def test_nobody_is_called_before_a_caller_who_stands_before_him(
    waits: list[float], callers: list[float], agents: int
) -> None:
    asked = [callback(f"k{n}", since=1000.0 - wait) for n, wait in enumerate(waits)]
    line = [
        Waiting(contact=f"w{n}", queue="billing", skills={"billing": 1}, enqueued_at=1000.0 - wait)
        for n, wait in enumerate(callers)
    ]
    staff = [Expected(agent=f"a{n}", skills={"billing": 1}, free=False) for n in range(agents)]
    found = turns(asked, line, staff, QUEUES, (), 1000.0)
    everybody = sorted([*line, *(each.place(each.id) for each in asked)], key=lambda each: each.rank)
    first = {each.contact for each in everybody[:agents]}
    assert {turn.callback.id for turn in found} == {name for name in first if name.startswith("k")}


@given(
    asked=st.lists(
        st.tuples(st.floats(0, 900), st.one_of(st.none(), st.floats(-900, 2000))), min_size=1, max_size=6
    ),
    callers=st.lists(st.tuples(st.floats(0, 900), st.floats(0, 180)), max_size=6),
    agents=st.integers(0, 8),
)
def test_a_promise_moves_a_place_but_overtakes_nobody_by_more_than_the_cap(
    asked: list[tuple[float, float | None]], callers: list[tuple[float, float]], agents: int
) -> None:
    """Who is called before somebody who stays came at most the cap after him; without tiers nobody does."""
    book = [
        callback(f"k{n}", since=1000.0 - wait, promised_at=None if left is None else 1000.0 + left)
        for n, (wait, left) in enumerate(asked)
    ]
    line = [
        Waiting(contact=f"w{n}", queue="billing", enqueued_at=1000.0 - wait, head_start_s=favour)
        for n, (wait, favour) in enumerate(callers)
    ]
    staff = [Expected(agent=f"a{n}", skills={"billing": 1}, free=False) for n in range(agents)]
    for tiering, cap_s in ((True, LONGEST_HEAD_START_S), (False, 0.0)):
        queues = {"billing": replace(QUEUES["billing"], tiering=tiering)}
        found = {turn.callback.id for turn in turns(book, line, staff, queues, (), 1000.0)}
        places = [*line, *(each.place_at(each.id, 1000.0, queues["billing"]) for each in book)]
        first = {each.contact for each in sorted(places, key=lambda each: each.rank)[:agents]}
        assert found == {name for name in first if name.startswith("k")}
        called = [each.enqueued_at for each in book if each.id in found]
        left_in_line = [each.enqueued_at for each in line if each.contact not in first]
        assert max(called, default=0.0) - min(left_in_line, default=9e9) <= cap_s + 1e-6


@given(st.floats(0, 5000), st.floats(0, 5000), st.floats(0, 100))
def test_the_nearer_a_promise_the_sooner_its_place_within_the_cap(
    due: float, now: float, later: float
) -> None:
    one = callback("k", promised_at=due)
    assert 0.0 <= one.sooner_s(now) <= one.sooner_s(now + later) <= LONGEST_HEAD_START_S
    assert one.sooner_s(due) == LONGEST_HEAD_START_S
    assert one.sooner_s(due - PROMISE_LEAD_S) == 0.0
    for nothing in (callback("k"), replace(one, missed=1)):
        assert nothing.sooner_s(now) == 0.0


def test_a_promise_that_falls_due_is_called_before_who_came_a_little_earlier() -> None:
    earlier = Waiting(contact="w", queue="billing", enqueued_at=850.0)
    one = callback("k", since=900.0, promised_at=1060.0)
    staff = [Expected(agent="a", skills={"billing": 1}, free=True)]
    tiered = {"billing": replace(QUEUES["billing"], tiering=True)}
    assert turns([one], [earlier], staff, tiered, (), 1000.0)
    assert not turns([replace(one, promised_at=2000.0)], [earlier], staff, tiered, (), 1000.0)
    assert not turns([one], [earlier], staff, QUEUES, (), 1000.0), "a queue without tiers goes by arrival"
    assert not turns([one], [replace(earlier, enqueued_at=700.0)], staff, tiered, (), 1000.0)


def test_a_more_important_queue_is_called_first_and_agent_first_wants_a_free_agent() -> None:
    both = [callback("k1", "billing", 900.0), callback("k2", "tech", 940.0)]
    skills = {"billing": 3, "tech": 3}
    (turn,) = turns(both, [], [Expected(agent="a", skills=skills, free=True)], QUEUES, (), 1000.0)
    assert turn.callback.id == "k2"
    (turn,) = turns(both, [], [Expected(agent="a", skills=skills, free=False)], QUEUES, (), 1000.0)
    assert turn.callback.id == "k1"


def test_who_is_on_the_telephone_with_us_is_not_called() -> None:
    staff = [Expected(agent="a", skills={"billing": 1}, free=True)]
    assert not turns([callback("k1")], [], staff, QUEUES, {"+k1"}, 10.0)
    assert not turns([callback("k1", due_at=20.0)], [], staff, QUEUES, (), 10.0)
    assert turns([callback("k1")], [], staff, QUEUES, {"+other"}, 10.0)


def test_as_many_agents_as_will_be_free_on_average() -> None:
    """100 talks of 240 s: 100 · (1 − exp(−15/240)) = 6.06; one talk alone is never expected to end."""
    talking = [OnCall(agent=f"a{n:03d}", skills={}, talked_s=float(n), mean_s=240.0) for n in range(100)]
    expected = about_to_be_free(talking)
    assert LEAD_S == 15.0
    assert [each.agent for each in expected] == [f"a{n:03d}" for n in (99, 98, 97, 96, 95, 94)]
    assert not about_to_be_free(talking[:1])
