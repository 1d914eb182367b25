"""Days recorded and run again: Kaplan-Meier, the file, the fold over the event log, what a change does."""

from itertools import count
from math import exp, inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.acd.match import Match
from contact_center.acd.rules import QueueRule
from contact_center.cti import events as cti
from contact_center.cti.events import CtiEvent, Recorded
from contact_center.simulation.centre import Centre
from contact_center.simulation.changes import Changes, ChangesError, parse_changes
from contact_center.simulation.draws import draw_calls
from contact_center.simulation.from_log import simulate_day
from contact_center.simulation.recorded import (
    ContactLine,
    LogError,
    QueueLine,
    RecordedDay,
    ShiftLine,
    parse_day,
    read_day,
    write_day,
)
from contact_center.simulation.recording import record
from contact_center.simulation.replay import Past, Replay
from contact_center.simulation.scenario import Scenario
from contact_center.simulation.survival import kaplan_meier
from tests.routing_runs import scenario_of
from tests.world import DIRECTORY

FREIREICH = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
"""Weeks in remission under 6-MP (Freireich 1963, in nearly every textbook)."""


def test_kaplan_meier_of_the_textbook() -> None:
    found = kaplan_meier([(week, True) for week in FREIREICH] + [(week, False) for week in CENSORED])
    known = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert dict(zip(found.times_s, found.shares, strict=True)) == pytest.approx(known, abs=5e-4)
    assert found.at(5.9) == 1.0
    assert found.tail_per_s == pytest.approx(9 / (sum(FREIREICH) + sum(CENSORED)))


def test_drawn_patience_is_longer_than_what_was_waited() -> None:
    found = kaplan_meier([(10.0, True), (20.0, True), (30.0, False)])
    draw = np.random.default_rng(3)
    assert {found.draw(draw, 12.0) for _ in range(50)} - {20.0}, "some outlast everybody seen"
    assert min(found.draw(draw, 12.0) for _ in range(200)) == 20.0
    assert kaplan_meier([(5.0, False)]).draw(draw) == inf


class Noted(Centre):
    """A simulated centre that is written down like a real one."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__(scenario, QueueRule(policy="tiers"), draw_calls(scenario, seed, 0))
        self.lines: list[ContactLine] = []

    def _give(self, matches: list[Match], now: float) -> None:
        super()._give(matches, now)
        for waiting, agent, _ in matches:
            call = int(waiting.contact)
            self._note(call, now, "served", agent)

    def _give_up(self, call: int, now: float) -> None:
        waits = self._engine.waiting(str(call)) is not None
        super()._give_up(call, now)
        if waits:
            self._note(call, now, "abandoned", None)

    def _note(self, call: int, now: float, outcome: str, agent: str | None) -> None:
        at, queue = self._calls.at[call], self._queues[self._calls.queue[call]]
        line = {
            "contact": str(call),
            "at": at,
            "queue": queue,
            "skills": {queue: 1},
            "outcome": outcome,
            "wait_s": now - at,
            "agent": agent,
            "handle_s": self._calls.handle_s[call] if agent else None,
        }
        self.lines.append(ContactLine.model_validate(line))

    def day(self) -> RecordedDay:
        self.run()
        horizon_s = self._scenario.scenario.horizon_s
        shifts = [
            ShiftLine(
                agent=agent.agent,
                skills=dict.fromkeys(agent.skills, 4),
                from_at=0.0,
                to_at=horizon_s + 4000.0,
            )
            for agent in self._agents
        ]
        queues = {name: QueueLine(name=name, policy="tiers") for name in self._queues}
        lines = sorted(self.lines, key=lambda line: line.at)
        return RecordedDay(
            from_at=0.0, to_at=horizon_s, queues=queues, shifts=tuple(shifts), contacts=tuple(lines)
        )


def noted(horizon_s: float) -> RecordedDay:
    queue = {"mean_handle_s": 180, "mean_patience_s": 150, "arrivals_per_s": 0.06}
    scenario = scenario_of(
        [queue | {"name": "a"}, queue | {"name": "b"}],
        [(10, {"a": 1}), (10, {"b": 1}), (2, {"a": 1, "b": 1})],
        horizon_s=horizon_s,
        warmup_s=0,
    )
    return Noted(scenario, 9).day()


@pytest.fixture(scope="module")
def day() -> RecordedDay:
    return noted(14_000.0)


def test_the_patience_behind_a_log_is_found_again() -> None:
    """Exponential, 150 s on average, though most callers never showed it."""
    day = noted(60_000.0)
    waits = [(line.wait_s, line.outcome == "abandoned") for line in day.contacts]
    assert 0.02 < np.mean([gone for _, gone in waits]) < 0.25
    found = kaplan_meier(waits)
    for time_s in (20.0, 50.0, 100.0, 150.0):
        assert found.at(time_s) == pytest.approx(exp(-time_s / 150.0), abs=0.06)
    assert 1.0 / found.tail_per_s == pytest.approx(150.0, rel=0.15)


def test_a_day_run_again_as_it_was_is_that_day(day: RecordedDay) -> None:
    answer = simulate_day(day, Changes(), replications=5)
    good, of = answer.reproduced
    assert good == of, {name: each for name, each in answer.as_it_was[""].items() if not each.reproduced}
    assert answer.changed is None
    total = answer.as_it_was[""]
    assert total["service_level"].real == pytest.approx(total["service_level"].rerun.mean, abs=0.005)
    assert total["asa_s"].real == pytest.approx(total["asa_s"].rerun.mean, rel=0.03)


def test_fewer_agents_more_calls_and_another_policy_do_what_they_must(day: RecordedDay) -> None:
    def level(text: str) -> float:
        changed = simulate_day(day, parse_changes(text), replications=2).changed
        assert changed is not None
        return changed[""]["service_level"].mean

    as_was = simulate_day(day, Changes(), replications=2).as_it_was[""]["service_level"].rerun.mean
    assert level('[[without]]\nname = "g0.1"\n[[without]]\nname = "g1.1"') < as_was - 0.02
    assert level('[[agent]]\nname = "new"\nskills = { a = 4, b = 4 }') > as_was + 0.02
    assert level("calls = 1.15") < as_was - 0.05
    assert level("handling = 0.85") > as_was + 0.04
    both = "skills = { a = 4, b = 4 }\n"
    everybody = "".join(f'[[agent]]\nname = "g{g}.{n}"\n{both}' for g in (0, 1) for n in range(10))
    assert level(everybody) > as_was + 0.01


def test_an_agent_who_comes_for_an_hour_serves_for_an_hour() -> None:
    line = ContactLine(
        contact="c", at=0.0, queue="q", outcome="served", agent="a", wait_s=0.0, handle_s=600.0
    )
    contacts = tuple(line.model_copy(update={"contact": f"c{n}", "at": 600.0 * n}) for n in range(12))
    day = RecordedDay(
        from_at=0.0,
        to_at=7200.0,
        queues={"q": QueueLine(name="q")},
        shifts=(ShiftLine(agent="a", skills={}, from_at=0.0, to_at=3600.0),),
        contacts=contacts,
    )
    past = Past(day)
    run = Replay(day, past, past.calls(day, Changes(), 1, 0)).run()
    assert len(run.queues["q"].served_waits) == 7, "the one offered before the hour was over is finished"
    assert run.left == {"q": 5}


def test_changes_that_fit_nothing_are_refused(day: RecordedDay) -> None:
    with pytest.raises(ChangesError, match="queue 'nope'"):
        parse_changes('[[queue]]\nname = "nope"').of(day, None, None)
    with pytest.raises(ChangesError, match="'bo' was not at work"):
        parse_changes('[[without]]\nname = "bo"').of(day, None, None)
    with pytest.raises(ChangesError, match="callz"):
        parse_changes("callz = 2")
    with pytest.raises(ChangesError, match="to_h"):
        parse_changes('[[agent]]\nname = "n"\nskills = {}\nfrom_h = 5\nto_h = 4').of(day, None, None)


# -- the file --------------------------------------------------------------------------------------------


def test_a_bad_line_is_named_and_nothing_else_lost(tmp_path: Path, day: RecordedDay) -> None:
    lines = list(day.lines())
    lines.insert(3, '{"kind": "contact", "contact": "x", "at": 1, "queue": "a", "outcome": "eaten"}')
    lines.insert(9, "{half a line")
    lines.insert(11, '{"kind": "weather"}')
    file = tmp_path / "day.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    again, faults = read_day(file)
    assert again == day
    assert [fault.split(":")[0] for fault in faults] == ["line 4", "line 10", "line 12"]
    assert "outcome" in faults[0]
    assert "wait_s" in faults[0]
    assert "no JSON" in faults[1]


def test_a_file_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text("nonsense\n", "utf-8")
    with pytest.raises(LogError, match="no contact"):
        read_day(file)
    with pytest.raises(LogError, match="gone"):
        read_day(tmp_path / "gone.jsonl")


def test_what_is_written_is_read_again(tmp_path: Path, day: RecordedDay) -> None:
    write_day(day, tmp_path / "day.jsonl")
    assert read_day(tmp_path / "day.jsonl") == (day, [])


@given(st.lists(st.text(max_size=60), max_size=20))
def test_no_text_breaks_the_reader(lines: list[str]) -> None:
    _, faults = parse_day(lines)
    assert len(faults) <= len(lines)


# -- from the event log ----------------------------------------------------------------------------------


def recorded(*events: tuple[float, CtiEvent]) -> list[Recorded]:
    number = count(1)
    return [Recorded(seq=n, id=str(n), at=at, event=event) for (at, event), n in zip(events, number)]  # noqa: B905


def queued(contact: str, at: float) -> tuple[float, CtiEvent]:
    event = cti.Queued(
        contact=contact, queue="billing", skills={"billing": 1}, priority=0, enqueued_at=at, position=1
    )
    return at, event


def offered(contact: str, at: float, agent: str = "anna") -> list[tuple[float, CtiEvent]]:
    decision = cti.Decision(rule="fcfs", wait_s=0.0, candidates=())
    made = cti.OfferMade(
        contact=contact, queue="billing", offer="o", agent=agent, deadline=at + 20, decision=decision
    )
    return [(at, made), (at, cti.AgentReserved(agent=agent, contact=contact, offer="o"))]


READY: list[tuple[float, CtiEvent]] = [
    (90.0, cti.AgentLoggedOn(agent="anna")),
    (91.0, cti.DeviceConnected(agent="anna", kind="webrtc")),
    (92.0, cti.AgentStatusChosen(agent="anna", status="ready")),
    (92.0, cti.AgentReady(agent="anna")),
]


def ended(contact: str, outcome: cti.ContactOutcome = "handled") -> cti.ContactEnded:
    return cti.ContactEnded(
        contact=contact, outcome=outcome, queue="billing", agent=None, wait_s=0.0, talk_s=0.0, hold_s=0.0
    )


def test_the_log_tells_waits_rings_handling_and_shifts() -> None:
    events = recorded(
        *READY,
        queued("c1", 110.0),
        *offered("c1", 112.0),
        queued("c2", 113.0),
        (117.0, cti.Established(contact="c1", queue="billing", agent="anna", wait_s=7.0)),
        (117.0, cti.AgentBusy(agent="anna", contact="c1")),
        (133.0, ended("c2", "abandoned")),
        (160.0, cti.AgentStatusChosen(agent="anna", status="lunch")),
        (177.0, ended("c1")),
        (177.0, cti.AgentWorkingAfterCall(agent="anna", contact="c1", queue="billing", deadline=300.0)),
        (187.0, cti.WrapUpEnded(agent="anna", contact="c1", queue="billing", by="done", wrap_up_s=10.0)),
        (187.0, cti.AgentNotReady(agent="anna", reason="lunch")),
        queued("c3", 190.0),
        (195.0, cti.Diverted(contact="c3", queue="billing")),
    )
    day = record(events, DIRECTORY, 100.0, 200.0)
    told = [(line.contact, line.outcome, line.wait_s, line.ring_s, line.handle_s) for line in day.contacts]
    assert told == [
        ("c1", "served", 7.0, 5.0, 70.0),
        ("c2", "abandoned", 20.0, 0.0, None),
        ("c3", "left", 5.0, 0.0, None),
    ]
    assert [(shift.agent, shift.from_at, shift.to_at) for shift in day.shifts] == [("anna", 100.0, 160.0)]
    assert list(day.queues) == ["billing"]


def test_a_caller_who_gives_up_while_a_device_rings_does_so_again() -> None:
    lapsed = cti.OfferLapsed(contact="c1", queue="billing", offer="o", agent="anna", reason="rona")
    gone = cti.OfferLapsed(contact="c1", queue="billing", offer="o", agent="anna", reason="caller_gone")
    missed = recorded(
        *READY, queued("c1", 110.0), *offered("c1", 111.0), (119.0, lapsed), (123.0, ended("c1", "abandoned"))
    )
    assert [line.ring_s for line in record(missed, DIRECTORY, 100.0, 200.0).contacts] == [0.0], (
        "it rang no more"
    )
    events = recorded(
        *READY,
        queued("c1", 110.0),
        *offered("c1", 111.0),
        (114.0, gone),
        (114.0, cti.AgentReady(agent="anna")),
        (114.0, ended("c1", "abandoned")),
        queued("c2", 120.0),
        *offered("c2", 120.0),
        (128.0, cti.Established(contact="c2", queue="billing", agent="anna", wait_s=8.0)),
        (128.0, cti.AgentBusy(agent="anna", contact="c2")),
        (150.0, ended("c2")),
        (150.0, cti.AgentReady(agent="anna")),
    )
    day = record(events, DIRECTORY, 100.0, 200.0)
    assert [(line.outcome, line.wait_s, line.ring_s) for line in day.contacts] == [
        ("abandoned", 4.0, 3.0),
        ("served", 8.0, 8.0),
    ]
    past = Past(day)
    run = Replay(day, past, past.calls(day, Changes(), 1, 0)).run()
    (seen,) = run.queues.values()
    assert (seen.abandoned_waits, seen.served_waits) == ([4.0], [8.0]), "though anna was idle all the time"
    assert run.busy_s == {"anna": pytest.approx(4.0 + 8.0 + 22.0)}


def test_all_a_contact_needed_is_recorded_and_asked_again() -> None:
    asked = cti.Queued(
        contact="c1",
        queue="billing",
        skills={"billing": 5},
        priority=0,
        enqueued_at=110.0,
        position=1,
        alternatives=({"french": 1},),
        relaxed=((6.0, ({"billing": 1},)),),
    )
    events = recorded(
        *READY,
        (110.0, asked),
        *offered("c1", 116.0),
        (117.0, cti.Established(contact="c1", queue="billing", agent="anna", wait_s=7.0)),
        (117.0, cti.AgentBusy(agent="anna", contact="c1")),
        (150.0, ended("c1")),
        (150.0, cti.AgentReady(agent="anna")),
    )
    day = record(events, DIRECTORY, 100.0, 200.0)
    past = Past(day)
    run = Replay(day, past, past.calls(day, Changes(), 1, 0)).run()
    assert [seen.served_waits for seen in run.queues.values()] == [[7.0]], (
        "when less was asked, and not before"
    )


def test_a_log_without_presence_still_tells_handling_times() -> None:
    """As the demo's past, or another centre's records: contact and wrap-up end, nobody logs on."""
    decision = cti.Decision(rule="fcfs", wait_s=0.0, candidates=())
    made = cti.OfferMade(
        contact="c1", queue="billing", offer="o", agent="anna", deadline=130.0, decision=decision
    )
    events = recorded(
        queued("c1", 110.0),
        (112.0, made),
        (115.0, cti.Established(contact="c1", queue="billing", agent="anna", wait_s=5.0)),
        (150.0, ended("c1")),
        (160.0, cti.WrapUpEnded(agent="anna", contact="c1", queue="billing", by="done", wrap_up_s=10.0)),
        queued("c2", 161.0),
        (162.0, cti.Established(contact="c2", queue="billing", agent="anna", wait_s=1.0)),
        (182.0, ended("c2")),
    )
    day = record(events, DIRECTORY, 100.0, 300.0)
    assert [(line.ring_s, line.handle_s) for line in day.contacts] == [(3.0, 45.0), (0.0, 20.0)]
    assert [(shift.from_at, shift.to_at) for shift in day.shifts] == [(112.0, 182.0)]


def test_a_day_of_calls_that_took_no_time_runs_again() -> None:
    line = ContactLine(contact="c", at=5.0, queue="q", outcome="served", agent="a", wait_s=0.0, handle_s=0.0)
    day = RecordedDay(
        from_at=0.0,
        to_at=100.0,
        queues={"q": QueueLine(name="q", policy="fair")},
        shifts=(ShiftLine(agent="a", skills={}, from_at=0.0, to_at=100.0),),
        contacts=(line,),
    )
    answer = simulate_day(day, Changes(), replications=2)
    assert answer.reproduced[0] == answer.reproduced[1]


def test_a_call_of_his_own_takes_an_agent_from_the_queues() -> None:
    events = recorded(
        *READY,
        queued("c1", 110.0),
        (112.0, ended("c1", "abandoned")),
        (120.0, cti.AgentBusy(agent="anna", contact="out")),
        (150.0, cti.AgentReady(agent="anna")),
    )
    day = record(events, DIRECTORY, 100.0, 200.0)
    assert [(shift.from_at, shift.to_at) for shift in day.shifts] == [(100.0, 120.0), (150.0, 200.0)]
