"""A flow tried by hand: whatever the caller does, it is told in order and ends or waits."""

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.ivr.check import load_flow
from contact_center.ivr.drawing import ABOUT, drawing
from contact_center.ivr.flow import Flow
from contact_center.ivr.library import Library, shipped_flows
from contact_center.ivr.trial import MOST_LINES, Agents, Arranged, Trial
from contact_center.ivr.trials import IDLE_S, MOST, Trials
from contact_center.runtime.errors import NotFound
from tests.unit.test_ivr_paths import everything

AT = 1_772_530_200.0
"""A Tuesday, 09:30 UTC."""
CHINESE = re.compile("[\u4e00-\u9fff]")


def shipped() -> dict[str, Flow]:
    with tempfile.TemporaryDirectory() as archive:
        return {flow.name: flow for flow in Library(shipped_flows(), Path(archive)).all()}


FLOWS = shipped()


def call(name: str, *, agents: Agents = "free", at: float = AT, customer: bool = False) -> Trial:
    record = {"id": "c1", "name": "Ada", "language": "en", "tier": "gold"} if customer else None
    return Trial(FLOWS[name], Arranged(at=at, agents=agents, customer=record), FLOWS.get)


def told(trial: Trial, what: str) -> list[str]:
    return [line.text for line in trial.lines if line.what == what]


def test_a_call_through_the_main_menu_to_an_agent_and_out() -> None:
    trial = call("main_menu")
    trial.press("11")
    assert told(trial, "key") == ["1", "1"]
    while trial.state.phase not in ("waiting", "connected") and not trial.over:
        trial.listen()
    assert told(trial, "queue")[0].startswith("billing")
    while trial.state.phase != "connected":
        trial.listen()
    trial.agent_leaves()
    trial.listen()
    assert (trial.over, trial.lines[-1].what) == (True, "end")
    times = [line.at_s for line in trial.lines]
    assert times == sorted(times)


TWO = """\
languages: [en]
start: wait
nodes:
  wait: {kind: queue, queue: sales, after: bye, no_agents: send}
  send: {kind: transfer, flow: other}
  bye: {kind: hangup}
"""
OTHER = """\
languages: [en]
start: sorry
nodes:
  sorry: {kind: say, say: {text: {en: "Nobody is there."}}, next: bye}
  bye: {kind: hangup, reason: sorry}
"""


def test_nobody_there_is_another_way_than_everybody_busy(tmp_path: Path) -> None:
    for name, text in (("two", TWO), ("other", OTHER)):
        (tmp_path / f"{name}.yaml").write_text(text)
    flows = {flow.name: flow for flow in Library(tmp_path, tmp_path / "archive").all()}

    def nodes(agents: Agents) -> list[str]:
        trial = Trial(flows["two"], Arranged(at=AT, agents=agents), flows.get)
        for _ in range(4):
            trial.listen()
        assert trial.flow.name == told(trial, "entered")[-1]
        return told(trial, "node")

    assert nodes("none") == ["wait", "send", "sorry", "bye"]
    assert nodes("busy") == ["wait"]
    trial = Trial(flows["two"], Arranged(at=AT, agents="none"), lambda _: None)
    trial.listen()
    assert told(trial, "failed") == ["no flow 'other'"]


ACT = st.one_of(
    st.text("0123456789*#", min_size=1, max_size=6).map(lambda keys: ("press", keys)),
    st.sampled_from([("listen", ""), ("listen", ""), ("agent_leaves", ""), ("hang_up", "")]),
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(sorted(FLOWS)),
    st.sampled_from(["free", "busy", "none"]),
    st.booleans(),
    st.integers(0, 7 * 24),
    st.lists(ACT, max_size=25),
)
def test_whatever_the_caller_does_the_trial_stays_in_order(
    name: str, agents: Agents, customer: bool, hour: int, acts: list[tuple[str, str]]
) -> None:
    trial = call(name, agents=agents, customer=customer, at=AT + 3600.0 * hour)
    for act, keys in acts:
        before = trial.now
        if act == "press":
            trial.press(keys)
        else:
            getattr(trial, act)()
        assert trial.now >= before
    assert told(trial, "failed") == []
    assert len(trial.lines) <= MOST_LINES + 20
    times = [line.at_s for line in trial.lines]
    assert times == sorted(times)
    if not trial.over and trial.state.phase != "connected":
        assert trial.next_at() is not None  # it waits for the caller or for time, never for nothing


def test_a_user_has_one_trial_and_idle_ones_are_forgotten() -> None:
    now, ids = [0.0], iter(map(str, range(1000)))
    trials = Trials(lambda: now[0], lambda: next(ids))
    trial = call("main_menu")
    first = trials.begin("ada", trial)
    assert trials.of("ada", first) is trial
    second = trials.begin("ada", call("main_menu"))
    for user, id_ in (("ada", first), ("bo", second)):
        assert _gone(trials, user, id_)
    now[0] = IDLE_S - 1
    assert not _gone(trials, "ada", second)
    now[0] += IDLE_S
    assert _gone(trials, "ada", second)
    kept = [trials.begin(f"user {number}", trial) for number in range(MOST + 1)]
    assert _gone(trials, "user 0", kept[0])
    assert not _gone(trials, "user 1", kept[1])


def _gone(trials: Trials, user: str, id_: str) -> bool:
    try:
        trials.of(user, id_)
    except NotFound:
        return True
    return False


def test_the_drawing_has_every_node_and_every_way_once(tmp_path: Path) -> None:
    for flow in (*FLOWS.values(), load_flow(everything(tmp_path))):
        drawn = drawing(flow)
        assert [box.node for box in drawn.boxes] == list(flow.nodes)
        ways = [(line.source, line.target) for line in drawn.lines]
        assert len(ways) == len(set(ways))
        assert ways.count(("", flow.start)) == 1
        for box in drawn.boxes:
            assert 0 <= box.x <= drawn.width - box.width
            assert 0 <= box.y <= drawn.height - box.height


def test_the_drawing_speaks_the_readers_language() -> None:
    assert ABOUT["en"].keys() == ABOUT["zh"].keys()
    for flow in FLOWS.values():
        english, chinese = drawing(flow, "en"), drawing(flow, "zh")
        assert [box.node for box in english.boxes] == [box.node for box in chinese.boxes]
        assert "个节点" in chinese.about
        for box, other in zip(english.boxes, chinese.boxes, strict=True):
            if box.kind in ("say", "menu", "voicemail"):
                assert not CHINESE.search(box.detail)
                assert CHINESE.search(other.detail), f"{flow.name}: {box.node}: {other.detail}"


def at_the_beep() -> Trial:
    trial = call("after_hours", at=AT + 12 * 3600.0)
    trial.press("11")
    for _ in range(10):
        if trial.state.phase == "recording":
            return trial
        trial.listen()
    raise AssertionError(trial.lines)


def test_a_message_ends_by_itself_when_the_caller_has_spoken() -> None:
    trial = at_the_beep()
    trial.listen()
    assert told(trial, "tape") == ["start", "stop"]
    assert told(trial, "message") == ["billing"]


def test_a_key_at_the_beep_leaves_no_message() -> None:
    trial = at_the_beep()
    trial.press("#")
    assert (told(trial, "tape"), told(trial, "message")) == (["start", "stop"], [])
    trial.listen()
    assert trial.over
