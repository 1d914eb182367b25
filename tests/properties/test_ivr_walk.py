"""A random valid flow under random events never crashes, never deadlocks, and keeps its promises."""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from contact_center.ivr.calendar import Calendar
from contact_center.ivr.check import check_source
from contact_center.ivr.codec import FLOW_STATE
from contact_center.ivr.events import (
    AnswerCall,
    AskCallback,
    CallbackPlaced,
    CallbackTerms,
    CallerGone,
    Connected,
    DigitPressed,
    End,
    Entered,
    EnterFlow,
    EnterQueue,
    Failed,
    FellSilent,
    Fetch,
    Fetched,
    FlowEffect,
    FlowEvent,
    FlowState,
    LeaveQueue,
    LookedUp,
    LookUpCustomer,
    MessageLeft,
    Play,
    PromptDone,
    QueueOutcome,
    QueuePosition,
    RecordingFailed,
    RequestCallback,
    Returned,
    SendTo,
    Tape,
    TimeReached,
    TransferFailed,
    Visited,
)
from contact_center.ivr.expressions import parse
from contact_center.ivr.flow import (
    Branch,
    Call,
    Callback,
    Case,
    Collect,
    Event,
    Flow,
    Hangup,
    Hours,
    Language,
    Lookup,
    Menu,
    Node,
    Phrase,
    Queue,
    Record,
    Return,
    Say,
    Set,
    SpokenDigits,
    SpokenNumber,
    Survey,
    Target,
    Transfer,
    Voicemail,
    Words,
)
from contact_center.ivr.interpreter import begin, deadline, step
from contact_center.ivr.loader import read_flow
from contact_center.ivr.source import Source
from contact_center.ivr.walk import IN_QUEUE

MOST_BLOB_BYTES = 60_000
NAMES = ("a", "b", "c", "d", "bye")
targets = st.sampled_from(NAMES).map(Target)
perhaps = st.none() | targets
parts = st.sampled_from(
    [
        Phrase("hello"),
        Phrase("hello", "zh"),
        Words({"en": "one", "zh": "一"}),
        SpokenNumber(parse("queue_position + count")),
        SpokenDigits(parse("caller_number + pin")),
    ]
)
says = st.lists(parts, min_size=1, max_size=3).map(tuple)
maybe_says = st.lists(parts, max_size=2).map(tuple)
conditions = st.sampled_from(
    ["customer_known", "count > 2", 'pin == "1"', 'language == "zh"', "not (count in [1])"]
)
changes = st.sampled_from(
    [
        {"count": parse("count + 1")},
        {"pin": parse("pin + caller_number")},
        {"count": parse("count * count + 2")},
    ]
)

nodes: st.SearchStrategy[Node] = st.one_of(
    st.builds(Say, say=says, next=targets, barge_in=st.booleans()),
    st.builds(
        Menu,
        say=says,
        choices=st.dictionaries(st.sampled_from("0123456789*#"), targets, min_size=1, max_size=4),
        no_input=targets,
        no_match=targets,
        no_input_say=maybe_says,
        no_match_say=maybe_says,
        help_say=maybe_says,
        tries=st.integers(1, 3),
        barge_in=st.booleans(),
        repeat_key=st.sampled_from(["*", None]),
    ),
    st.builds(
        Collect,
        say=says,
        into=st.just("pin"),
        next=targets,
        no_input=targets,
        no_match=targets,
        least_digits=st.integers(1, 2),
        most_digits=st.integers(2, 4),
        terminator=st.sampled_from(["#", None]),
        tries=st.integers(1, 3),
        barge_in=st.booleans(),
    ),
    st.builds(Set, values=changes, next=targets),
    st.builds(
        Branch,
        cases=st.lists(st.builds(Case, when=conditions.map(parse), to=targets), min_size=1, max_size=2).map(
            tuple
        ),
        otherwise=targets,
    ),
    st.builds(
        Lookup,
        number=st.just(parse("caller_number")),
        found=targets,
        not_found=targets,
        several=targets,
        failed=targets,
    ),
    st.builds(
        Queue,
        queue=st.just("sales"),
        position=maybe_says,
        comfort=maybe_says,
        longest_wait_s=st.none() | st.floats(1, 100),
        after=perhaps,
        no_agents=perhaps,
        overflow=perhaps,
    ),
    st.builds(
        Queue,
        queue=st.just("sales"),
        longest_line=st.integers(1, 5),
        longest_wait_ahead_s=st.floats(1, 100),
        overflow=targets,
        leave_key=st.just("#"),
        left=targets,
    ),
    st.builds(
        Callback,
        queue=st.just("sales"),
        say=says,
        wait_say=maybe_says,
        ask_number=says,
        invalid_say=maybe_says,
        confirm=maybe_says,
        accepted=targets,
        declined=targets,
        unavailable=targets,
        invalid=targets,
        barge_in=st.booleans(),
    ),
    st.builds(
        Callback,
        queue=st.just("sales"),
        say=says,
        accepted=targets,
        declined=targets,
        unavailable=targets,
        invalid=targets,
    ),
    st.builds(
        Survey,
        measure=st.sampled_from(["csat", "nps", "ces"]),
        say=says,
        next=targets,
        no_input=targets,
        no_match=targets,
        into=st.sampled_from([None, "count"]),
    ),
    st.builds(Hours, calendar=st.just("office"), open=targets, closed=targets, holiday=perhaps),
    st.builds(
        Lookup,
        table=st.just("plans"),
        key=st.sampled_from([parse("pin"), parse('"gold"')]),
        into=st.just({"pin": "code"}),
        found=targets,
        not_found=targets,
    ),
    st.builds(
        Lookup,
        url=st.just("https://crm.example/"),
        send=st.just({"pin": parse("pin")}),
        into=st.just({"count": "count", "pin": "pin"}),
        found=targets,
        not_found=targets,
        failed=targets,
    ),
    st.builds(Transfer, agent=st.just(parse("pin")), failed=perhaps, after=perhaps),
    st.builds(Transfer, queue=st.just("sales"), failed=perhaps, after=perhaps),
    st.builds(Transfer, number=st.just(parse("caller_number")), failed=perhaps, after=perhaps),
    st.builds(Transfer, flow=st.just("other")),
    st.builds(Voicemail, say=says, queue=st.just("sales"), next=targets, nothing=targets, failed=targets),
    st.builds(Record, act=st.sampled_from(["stop", "pause", "resume"]), next=targets),
    st.builds(Event, name=st.just("seen"), values=st.just({"count": parse("count")}), next=targets),
    st.builds(
        Call,
        flow=st.just("sub"),
        next=targets,
        outcomes=st.dictionaries(st.just("fine"), targets),
        give=st.just({"word": parse("caller_number")}),
        take=st.just({"pin": "word"}),
    ),
    st.builds(Return),
    st.builds(Language, language=st.sampled_from(["en", "zh"]), next=targets),
    st.builds(Hangup, say=maybe_says),
)


OFFICE = Calendar(zone="UTC", offsets=((0.0, 0),), weekly=(((0, 17),),) * 7, holidays=frozenset({0}))
SUB = Flow(
    name="sub",
    version="1",
    start="ask",
    languages=("en", "zh"),
    nodes={
        "ask": Menu(
            say=(Phrase("hello"),),
            choices={"1": Target("fine"), "2": Target("over")},
            no_input=Target("done"),
            no_match=Target("note"),
        ),
        "note": Set(values={"word": parse('word + "1"')}, next=Target("done")),
        "fine": Return(outcome="fine"),
        "done": Return(),
        "over": Hangup(say=(Phrase("hello"),)),
    },
    variables={"word": ""},
    prompts={"hello": {"en": "Hello", "zh": "你好"}},
)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    return Flow(
        name="random",
        version="1",
        start=draw(st.sampled_from(NAMES)),
        languages=("en", "zh"),
        nodes={**{name: draw(nodes) for name in NAMES[:-1]}, "bye": Hangup()},
        operator=draw(perhaps),
        language_keys=draw(st.sampled_from([{}, {"2": "zh", "#": "en"}])),
        variables={"pin": "", "count": 0},
        prompts={"hello": {"en": "Hello", "zh": "你好"}},
        calendars={"office": OFFICE},
        tables={"plans": {"gold": {"code": "7"}}},
        flows={"sub": SUB},
    )


entered = Entered(caller_number="+1415", called_number="8000")
events: st.SearchStrategy[FlowEvent | str] = st.one_of(
    st.just(entered),
    st.sampled_from(["prompt over", "time", "time"]),
    st.builds(PromptDone, play=st.sampled_from(["", "play-1", "nonsense"])),
    st.builds(DigitPressed, digit=st.sampled_from("0123456789*#A") | st.text(max_size=2)),
    st.just(TimeReached()),
    st.just(LookedUp(customer={"name": "Ada"}, matches=1)) | st.just(LookedUp(customer=None, matches=2)),
    st.builds(QueuePosition, position=st.integers(-1, 30), oldest_wait_s=st.floats(0, 200)),
    st.builds(
        Fetched,
        fetch=st.integers(1, 3),
        outcome=st.sampled_from(["found", "not_found", "failed"]),
        values=st.sampled_from([{}, {"count": 2, "pin": "9"}, {"count": "two"}]),
    ),
    st.builds(
        CallbackTerms,
        available=st.sampled_from([True, True, False]),
        number=st.sampled_from(["", "+1415"]),
        wait_s=st.sampled_from([None, 0.0, 90.0]),
    ),
    st.builds(CallbackPlaced, placed=st.booleans()),
    st.sampled_from([TransferFailed(why="busy"), RecordingFailed()]),
    st.builds(FellSilent, sounded_s=st.sampled_from([0.0, 1.0, 9.0])),
    st.sampled_from([Connected(), Returned()]),
    st.builds(QueueOutcome, outcome=st.sampled_from(["no_agents", "overflow"])),
)


def waits(state: FlowState) -> bool:
    """Whether somebody or some time will move the flow on."""
    if state.phase in ("ended", "connected", "new"):
        return state.deadline is None
    return state.deadline is not None or (state.phase in ("waiting", "transferring") and bool(state.playing))


def keeps_promises(effects: list[FlowEffect], state: FlowState) -> None:
    """What must hold of all effects of one call in order."""
    answered = queued = ended = taping = False
    for effect in effects:
        assert not ended, f"{effect} after the end"
        match effect:
            case AnswerCall():
                assert not answered
                answered = True
            case Play(prompts=prompts):
                assert answered
                assert prompts
            case EnterQueue():
                assert answered
                assert not queued
                queued = True
            case LeaveQueue():
                assert queued
                queued = False
            case Visited():
                queued = False  # only after LeaveQueue or an agent
            case SendTo():
                assert answered
            case RequestCallback(number=number):
                assert answered
                assert number == "+1415", "a number that the line has not allowed"
            case Tape(act="start"):
                assert answered
                taping = True
            case MessageLeft():
                assert taping
            case End() | EnterFlow():
                ended = True
            case _:
                pass
    assert ended == (state.phase == "ended")


@given(flow=flows(), sequence=st.lists(events, max_size=40), delays=st.data())
@settings(max_examples=400, deadline=None)
def test_random_events_never_crash_or_deadlock(
    flow: Flow, sequence: list[FlowEvent | str], delays: st.DataObject
) -> None:
    state, now, effects = begin(flow), 1000.0, list[FlowEffect]()
    for each in [entered, *sequence]:
        due = deadline(flow, state)
        now += delays.draw(st.floats(0, 5)) if not isinstance(each, str) else 0
        event: FlowEvent
        if each == "prompt over":
            event = PromptDone(play=state.playing)
        elif each == "time":
            now, event = max(now, due or 0), TimeReached()
        else:
            assert not isinstance(each, str)
            event = each
        once = step(flow, state, event, now)
        assert once == step(flow, state, event, now)  # the same again: no clock, no chance
        if state.phase in IN_QUEUE and once[0].phase not in (*IN_QUEUE, "connected"):
            assert LeaveQueue() in once[1]
        state = once[0]
        effects.extend(once[1])
        assert waits(state), state
        blob = FLOW_STATE.dump(state)
        assert FLOW_STATE.load(blob) == state
        assert len(blob) < MOST_BLOB_BYTES
    keeps_promises(effects, state)


@given(flow=flows())
@settings(max_examples=300, deadline=None)
def test_a_caller_who_does_nothing_is_never_stuck(flow: Flow) -> None:
    """Prompts end and time passes; the call ends, waits for an agent, or goes round asking the caller."""
    state, effects = step(flow, begin(flow), entered, 0.0)
    now, asked = 0.0, 0
    for _ in range(300):
        if state.phase in ("ended", "connected", "transferring") or (
            state.phase == "waiting" and state.deadline is None
        ):
            break
        assert state.deadline is not None
        asked += state.phase in ("recording", "asking", "lookup", "waiting", "telling", "joining", "saying")
        now = state.deadline
        before = state
        state, effects = step(flow, state, TimeReached(), now)
        assert state != before, "time came and nothing happened"
    assert (
        asked
        or state.phase in ("ended", "waiting", "transferring")
        or any(isinstance(each, Failed) for each in effects)
    )


@given(flow=flows(), sequence=st.lists(events.filter(lambda each: not isinstance(each, str)), max_size=10))
@settings(max_examples=100, deadline=None)
def test_nothing_follows_the_callers_leaving(flow: Flow, sequence: list[FlowEvent]) -> None:
    state, _ = step(flow, begin(flow), entered, 0.0)
    state, effects = step(flow, state, CallerGone(), 1.0)
    assert effects == ()
    for each in sequence:
        assert step(flow, state, each, 2.0) == (state, ())


@given(flow=flows())
@settings(max_examples=100, deadline=None)
def test_a_lookup_is_asked_for_whenever_the_flow_waits_for_one(flow: Flow) -> None:
    state, effects = step(flow, begin(flow), entered, 0.0)
    asked = any(isinstance(each, LookUpCustomer | Fetch | AskCallback) for each in effects)
    assert (state.phase == "lookup") == asked


@given(flow=flows())
@settings(max_examples=100, deadline=None)
def test_checking_never_crashes_and_the_random_flows_are_valid_but_for_their_graph(flow: Flow) -> None:
    source = Source("random.yaml", flow=flow, called={"sub": Source("sub.yaml", flow=SUB)})
    check_source(source)
    graph = ("beside this one", "never reached", "loop without input", "can never end", "is a choice already")
    assert not [each for each in source.findings if not any(words in each.sentence for words in graph)]


@given(
    content=st.binary(max_size=300)
    | st.text(alphabet="abnodes:kind[]{}&*!-\n \"'|>#%@,0", max_size=300).map(str.encode)
)
@settings(max_examples=400, deadline=None)
def test_whatever_is_in_a_file_is_reported_and_never_raised(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "flow.yaml"
        file.write_bytes(content)
        source = read_flow(file)
        check_source(source)
        assert source.findings
        assert all(each.line >= 1 and each.sentence for each in source.findings)
