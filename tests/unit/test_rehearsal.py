"""What a centre of its own arranges for a test: company, flow, hour, variables; and how it tells of it."""

from pathlib import Path

import pytest

from contact_center.cti import events as cti
from contact_center.demo.rehearsal import company_for
from contact_center.demo.stage import AGENT, CALLED_BACK, as_told, sent_to, staged
from contact_center.ivr.check import load_flow
from contact_center.ivr.flow import Queue
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.scenario import Scenario, Step, read_tests
from contact_center.storage.company import read_company

NOW = 1_790_000_000.0


def test_a_company_has_what_the_flows_ask_for(tmp_path: Path) -> None:
    files = []
    for name in ("main_menu", "callback", "after_hours", "packs/telecom/telecom"):
        file = shipped_flows() / f"{name}.test.yaml"
        tests, _ = read_tests(file)
        assert tests is not None
        files.append((file, load_flow(tests.flow), tests.scenarios, Prompts(tmp_path, None)))
    made = tmp_path / "company.toml"
    made.write_text(company_for(files), encoding="utf-8")
    company = read_company(made)
    assert {"billing", "technical", "fault_l1", CALLED_BACK} <= {queue.id for queue in company.queues}
    (agent,) = company.agents
    assert agent.id == AGENT
    assert agent.skills.keys() == set(company.skills) >= {"billing", "fault", "mandarin"}


def test_agents_that_callers_are_sent_to_work_there(tmp_path: Path) -> None:
    steps = (
        Step(line=1, kind="transfer", text="agent anna"),
        Step(line=2, kind="transfer", text="flow main_menu"),
    )
    scenario = Scenario(name="sent on", line=1, steps=steps)
    assert sent_to(scenario) == ["anna"]
    flow = load_flow(shipped_flows() / "survey.yaml")
    made = tmp_path / "company.toml"
    made.write_text(company_for([(tmp_path, flow, (scenario,), Prompts(tmp_path, None))]), encoding="utf-8")
    assert [agent.id for agent in read_company(made).agents] == [AGENT, "anna"]


def test_a_flow_is_at_the_hour_of_its_test() -> None:
    flow = load_flow(shipped_flows() / "after_hours.yaml")
    tests, _ = read_tests(shipped_flows() / "after_hours.test.yaml")
    assert tests is not None
    hours = {each.name: each.at for each in tests.scenarios}
    for name, state in (("by day the main menu answers", "open"), ("a holiday", "holiday")):
        scenario = next(each for each in tests.scenarios if each.name == name)
        (calendar,) = staged(flow, scenario, NOW).calendars.values()
        assert calendar.state_at(NOW) == state
        assert calendar.local(NOW + 60) == next(iter(flow.calendars.values())).local(hours[name] + 60)


def test_a_callback_has_a_queue_and_the_flow_its_variables() -> None:
    flow = load_flow(shipped_flows() / "callback.yaml")
    scenario = Scenario(name="x", line=1, variables={"confirm": False, "unknown": 1})
    made = staged(flow, scenario, NOW)
    line = made.nodes["line"]
    assert isinstance(line, Queue)
    assert line.queue == CALLED_BACK
    assert made.variables == {"confirm": False}
    assert (made.name, made.version) == (flow.name, flow.version)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            cti.FlowTransferred(contact="c", flow="f", to="flow", target="main_menu"),
            "transfer flow main_menu",
        ),
        (cti.RecordingStopped(contact="c", recording="r", seconds=3.0), "tape stop"),
        (cti.MessageLeft(contact="c", queue="q", recording="r", seconds=3.0), "message q"),
        (cti.FlowNoted(contact="c", flow="f", node="n", name="seen", values={}), "event seen"),
        (cti.NodeVisited(contact="c", flow="f", node="n"), ""),
    ],
)
def test_what_happened_is_told_as_test_files_write_it(event: cti.CtiEvent, told: str) -> None:
    assert as_told(event) == told
