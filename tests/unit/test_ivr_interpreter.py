"""The interpreter, node by node and key by key."""

from dataclasses import replace

from contact_center.ivr.codec import FLOW_STATE
from contact_center.ivr.events import (
    AnswerCall,
    CallerGone,
    Collected,
    Connected,
    DigitPressed,
    End,
    Entered,
    EnterQueue,
    Failed,
    FlowEffect,
    FlowEvent,
    LeaveQueue,
    LookedUp,
    LookUpCustomer,
    Play,
    Prompt,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    Returned,
    StopPlaying,
    TimeReached,
    Visited,
)
from contact_center.ivr.expressions import parse
from contact_center.ivr.flow import (
    Branch,
    Case,
    Flow,
    Hangup,
    Language,
    Lookup,
    Queue,
    Say,
    Set,
    SpokenNumber,
    Target,
)
from contact_center.ivr.interpreter import begin, deadline, step
from tests.unit.ivr_flows_for_tests import (
    BYE,
    COLLECT,
    COLLECT_FLOW,
    MENU,
    MENU_FLOW,
    QUEUE_FLOW,
    flow_of,
    phrase,
)


class Caller:
    """Feeds events to a flow and keeps what the last one caused."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.state, self.now = flow, begin(flow), 0.0
        self.effects: tuple[FlowEffect, ...] = ()
        self.does(Entered(caller_number="+14155550100", called_number="8000"))

    def does(self, event: FlowEvent, after_s: float = 0.0) -> tuple[FlowEffect, ...]:
        self.now += after_s
        self.state, self.effects = step(self.flow, self.state, event, self.now)
        assert FLOW_STATE.load(FLOW_STATE.dump(self.state)) == self.state
        return self.effects

    def keys(self, digits: str) -> tuple[FlowEffect, ...]:
        for digit in digits:
            self.does(DigitPressed(digit=digit))
        return self.effects

    def hears_it_out(self) -> tuple[FlowEffect, ...]:
        return self.does(PromptDone(play=self.state.playing), after_s=2)

    def is_late(self) -> tuple[FlowEffect, ...]:
        due = deadline(self.flow, self.state)
        assert due is not None
        self.now = due
        return self.does(TimeReached())

    @property
    def said(self) -> list[str]:
        return [
            prompt.value for effect in self.effects if isinstance(effect, Play) for prompt in effect.prompts
        ]

    @property
    def end(self) -> str | None:
        return next((effect.reason for effect in self.effects if isinstance(effect, End)), None)


def test_entering_visits_answers_and_plays_in_this_order() -> None:
    caller = Caller(MENU_FLOW)
    prompt = Prompt(kind="phrase", value="choices", language="en")
    assert caller.effects == (Visited(node="menu"), AnswerCall(), Play(play="play-1", prompts=(prompt,)))


def test_a_key_cuts_the_menu_short() -> None:
    caller = Caller(MENU_FLOW)
    assert caller.keys("2") == (
        StopPlaying(),
        Collected(node="menu", digits="2"),
        Visited(node="two"),
        End(code=603, reason="two"),
    )


def test_silence_and_wrong_keys_are_told_apart_and_limited() -> None:
    caller = Caller(MENU_FLOW)
    caller.hears_it_out()
    assert deadline(MENU_FLOW, caller.state) == caller.now + 5
    caller.is_late()
    assert caller.said == ["nothing", "choices"]
    caller.hears_it_out()
    caller.is_late()
    assert caller.end == "silent"

    caller = Caller(MENU_FLOW)
    caller.keys("7")
    assert caller.said == ["mistake", "choices"]
    caller.keys("#")
    assert caller.end == "wrong"


def test_star_repeats_without_using_up_a_try_and_zero_reaches_the_operator() -> None:
    caller = Caller(MENU_FLOW)
    for _ in range(5):
        caller.keys("*")
        assert caller.said == ["choices"]
    caller.keys("0")
    assert caller.end == "staff"


def test_help_and_another_language_cost_no_try_and_choices_go_before_them() -> None:
    helpful = replace(MENU, help_say=phrase("help"), choices={**MENU.choices, "9": Target("one")})
    keys = {"8": "zh", "9": "en"}
    caller = Caller(replace(MENU_FLOW, nodes={**MENU_FLOW.nodes, "menu": helpful}, language_keys=keys))
    for _ in range(5):
        caller.keys("#")
        assert caller.said == ["help", "choices"]
    caller.keys("8")
    assert caller.said == ["choices"]
    assert caller.state.language == caller.state.variables["language"] == "zh"
    caller.keys("9")
    assert (caller.end, caller.state.language) == ("one", "zh")


def test_help_forgets_the_digits_keyed_so_far() -> None:
    asks = replace(COLLECT, help_say=phrase("help"), help_key="#", terminator=None)
    caller = Caller(replace(COLLECT_FLOW, nodes={**COLLECT_FLOW.nodes, "ask": asks}))
    caller.keys("12#")
    assert caller.said == ["help", "pin"]
    caller.keys("9876")
    assert (caller.end, caller.state.variables["pin"]) == ("good", "9876")


def test_without_an_operator_zero_is_a_wrong_key() -> None:
    flow = flow_of("menu", menu=MENU_FLOW.nodes["menu"])
    caller = Caller(flow)
    caller.keys("0")
    assert caller.said == ["mistake", "choices"]


def test_digits_end_by_number_by_terminator_and_by_silence() -> None:
    for keys, ends in (("1234", True), ("123#", True), ("123", False)):
        caller = Caller(COLLECT_FLOW)
        caller.keys(keys)
        assert (caller.end == "good") is ends
        if not ends:
            caller.is_late()
        assert caller.end == "good"
        assert caller.state.variables["pin"] == keys.rstrip("#")


def test_secret_digits_are_masked_in_effects() -> None:
    caller = Caller(COLLECT_FLOW)
    assert Collected(node="ask", digits="****", secret=True) in caller.keys("9876")
    assert "9876" not in repr(caller.effects)


def test_too_few_digits_are_no_match_and_star_starts_over() -> None:
    caller = Caller(COLLECT_FLOW)
    caller.keys("12*")
    assert caller.said == ["pin"]
    assert caller.state.digits == ""
    caller.keys("12#")
    assert caller.said == ["pin"]
    caller.keys("1")
    caller.is_late()
    assert caller.end == "wrong"


def test_keys_typed_ahead_answer_the_next_questions_and_a_retry_forgets_them() -> None:
    say = Say(say=phrase("hello"), next=Target("menu"), barge_in=False)
    flow = Flow(
        name="test",
        version="1",
        start="hello",
        languages=("en",),
        nodes={**MENU_FLOW.nodes, "hello": say},
    )
    caller = Caller(flow)
    assert caller.keys("2") == ()  # not to be interrupted
    caller.hears_it_out()
    assert caller.end == "two"

    caller = Caller(flow)
    caller.keys("71")
    caller.hears_it_out()
    assert caller.said == ["mistake", "choices"]
    assert caller.state.typed_ahead == ""


def test_a_prompt_whose_end_is_never_reported_ends_by_time() -> None:
    caller = Caller(MENU_FLOW)
    caller.is_late()
    assert caller.state.playing == ""
    assert deadline(MENU_FLOW, caller.state) == caller.now + 5


def test_the_end_of_another_play_changes_nothing() -> None:
    caller = Caller(MENU_FLOW)
    before = caller.state
    assert caller.does(PromptDone(play="play-0")) == ()
    assert caller.does(PromptDone(play="")) == ()
    assert caller.state == before


LOOKUP_FLOW = flow_of(
    "find",
    find=Lookup(
        number=parse("caller_number"),
        found=Target("known"),
        not_found=BYE,
        several=Target("many"),
        failed=Target("down"),
    ),
    known=Branch(
        cases=(Case(when=parse('customer_name == "Ada" and customer_known'), to=Target("ada")),),
        otherwise=BYE,
    ),
    ada=Hangup(reason="ada", code=486),
    many=Hangup(reason="many"),
    down=Hangup(reason="down"),
)


def test_lookup_takes_its_four_ways_without_answering_the_call() -> None:
    for customer, matches, reason in (({"name": "Ada"}, 1, "ada"), (None, 0, "over"), (None, 2, "many")):
        caller = Caller(LOOKUP_FLOW)
        assert caller.effects == (Visited(node="find"), LookUpCustomer(number="+14155550100"))
        caller.does(LookedUp(customer=customer, matches=matches))
        assert caller.end == reason
        assert caller.state.variables["customer_matches"] == matches
    caller = Caller(LOOKUP_FLOW)
    caller.is_late()
    assert caller.end == "down"


def test_language_changes_what_is_said_and_set_changes_variables() -> None:
    flow = flow_of(
        "count",
        count=Set(values={"count": parse("count + 2")}, next=Target("chinese")),
        chinese=Language(language="zh", next=Target("hello")),
        hello=Say(say=phrase("hello"), next=BYE),
    )
    caller = Caller(flow)
    assert caller.state.variables["count"] == 2
    assert caller.state.variables["language"] == "zh"
    play = caller.effects[-1]
    assert isinstance(play, Play)
    assert play.prompts == (Prompt(kind="phrase", value="hello", language="zh", text="你好"),)


def test_a_loop_that_never_waits_fails_instead_of_hanging() -> None:
    flow = flow_of("spin", spin=Set(values={"count": parse("count + 1")}, next=Target("spin")))
    caller = Caller(flow)
    assert caller.effects[-2:] == (Failed(why="'spin' loops for ever"), End(code=500, reason="flow failed"))


def test_an_expression_that_cannot_be_computed_fails_the_flow_and_leaves_the_queue() -> None:
    spoken = Queue(queue="sales", position=(*phrase("place"), SpokenNumber(parse("nowhere"))))
    caller = Caller(flow_of("wait", wait=spoken))
    effects = caller.does(QueuePosition(position=1))
    assert [type(each) for each in effects] == [LeaveQueue, Failed, End]


def test_entering_a_queue_asks_for_the_skills_of_the_language() -> None:
    caller = Caller(QUEUE_FLOW)
    skills = {"sales": 2, "english": 3}  # the level written in the node is higher than the language's
    assert caller.effects == (
        Visited(node="wait"),
        AnswerCall(),
        EnterQueue(queue="sales", skills=skills, priority=4),
    )


def test_position_first_then_music_then_whatever_is_due() -> None:
    caller = Caller(QUEUE_FLOW)
    caller.does(QueuePosition(position=3), after_s=0.2)
    assert caller.said == ["place", "3"]
    place = caller.effects[-1]
    assert isinstance(place, Play)
    assert [prompt.value for prompt in place.then] == ["hold"]  # whatever becomes of the core meanwhile
    caller.hears_it_out()
    assert caller.said == ["hold"]
    music = caller.effects[-1]
    assert isinstance(music, Play)
    assert music.loop
    assert caller.does(QueuePosition(position=2)) == ()  # said when it is due, not at every change
    heard = []
    for _ in range(8):
        caller.is_late() if caller.said == ["hold"] or not caller.effects else caller.hears_it_out()
        heard.append(caller.said)
    assert heard[:6] == [["comfort_a"], ["hold"], ["place", "2"], ["hold"], ["comfort_b"], ["hold"]]


def test_music_starts_when_the_queue_tells_no_position() -> None:
    caller = Caller(QUEUE_FLOW)
    caller.is_late()
    assert caller.now == 1
    assert caller.said == ["hold"]
    told = []
    for _ in range(8):
        caller.is_late() if caller.said == ["hold"] else caller.hears_it_out()
        told += caller.said
    assert "comfort_a" in told
    assert "place" not in told


def test_an_agent_silences_the_flow_until_they_leave() -> None:
    caller = Caller(QUEUE_FLOW)
    caller.is_late()
    assert caller.does(Connected()) == (StopPlaying(),)
    assert deadline(QUEUE_FLOW, caller.state) is None
    assert caller.keys("123") == ()
    assert caller.does(QueuePosition(position=1)) == ()
    assert caller.does(Returned()) == (Visited(node="bye"), End(code=603, reason="over"))


def test_without_an_after_edge_the_call_ends() -> None:
    caller = Caller(flow_of("wait", wait=Queue(queue="sales")))
    caller.does(Connected())
    assert caller.does(Returned()) == (End(code=603, reason="the agent has left"),)


def test_overflow_leaves_the_queue_by_its_edge_or_by_time() -> None:
    caller = Caller(QUEUE_FLOW)
    assert caller.does(QueueOutcome(outcome="no_agents")) == ()  # no such edge: go on waiting
    assert caller.does(QueueOutcome(outcome="overflow"))[0] == LeaveQueue()
    assert caller.end == "full"

    caller = Caller(QUEUE_FLOW)
    while caller.state.phase != "ended":
        caller.is_late() if caller.state.phase != "telling" else caller.hears_it_out()
    assert 100 <= caller.now <= 103
    assert caller.end == "full"
    assert LeaveQueue() in caller.effects


def test_a_caller_who_is_gone_ends_everything_silently() -> None:
    caller = Caller(QUEUE_FLOW)
    assert caller.does(CallerGone()) == ()
    assert caller.state.phase == "ended"
    assert caller.does(Connected()) == ()


def test_variables_given_on_entry_must_be_declared_and_of_their_type() -> None:
    given = {"count": "7", "pin": "1", "customer_known": True, "other": 1}
    event = Entered(caller_number="1", called_number="2", variables=given)  # type: ignore[arg-type]
    state, _ = step(MENU_FLOW, begin(MENU_FLOW), event, 0)
    assert (state.variables["count"], state.variables["pin"]) == (0, "1")
    assert state.variables["customer_known"] is False
    assert "other" not in state.variables


def test_a_state_of_another_flow_or_a_missing_node_changes_nothing() -> None:
    caller = Caller(MENU_FLOW)
    assert step(COLLECT_FLOW, caller.state, DigitPressed(digit="1"), 1) == (caller.state, ())
    other = Flow(name="other", version="1", start="x", languages=("en",), nodes={})
    assert step(other, caller.state, DigitPressed(digit="1"), 1) == (caller.state, ())


def test_time_that_has_not_come_changes_nothing() -> None:
    caller = Caller(MENU_FLOW)
    before = caller.state
    assert caller.does(TimeReached(), after_s=179.9) == ()
    assert caller.state == before


def test_comfort_comes_every_so_many_seconds() -> None:
    wait = Queue(queue="sales", comfort=phrase("comfort"), comfort_every_s=20)
    caller = Caller(flow_of("wait", wait=wait))
    told_at: list[float] = []
    while len(told_at) < 3:
        caller.is_late() if caller.state.phase == "waiting" else caller.hears_it_out()
        if "comfort" in caller.said:
            told_at.append(caller.now)
    assert told_at == [20, 40, 60]


def test_music_that_fails_is_not_restarted_at_once() -> None:
    caller = Caller(flow_of("wait", wait=Queue(queue="sales")))
    before = caller.state
    assert caller.said == ["hold"]
    assert caller.hears_it_out() == ()
    assert caller.state == before
