"""The simulator: what a scenario file may say, what comes out, and that policies see the same calls."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contact_center.acd.rules import POLICY_NAMES, QueueRule
from contact_center.cli import RoutingPolicy, app
from contact_center.simulation.centre import Centre, Day
from contact_center.simulation.draws import draw_calls
from contact_center.simulation.figures import AGENT_FIGURES, QUEUE_FIGURES, figure, queue_figures
from contact_center.simulation.run import simulate, simulate_days
from contact_center.simulation.scenario import Scenario, ScenarioError, read_scenario

SCENARIOS = Path(__file__).parents[2] / "load_tests" / "scenarios"
SMALL = """
[scenario]
name = "small"
horizon_s = 4000
warmup_s = 400
seed = 3
replications = 3

[[queue]]
name = "sales"
arrivals_per_s = 0.04
mean_handle_s = 100
mean_patience_s = 60

[[queue]]
name = "help"
arrival_profile = [[0, 0.02], [2000, 0.04]]
mean_handle_s = 80
target_s = 30
importance = 3

[[agents]]
name = "both"
count = 4
skills = { sales = 1, help = 2 }

[[agents]]
name = "helpers"
count = 3
skills = { help = 1 }

[handling]
distribution = "lognormal"
cv = 1.5
slowness = { 2 = 1.2 }

[patience]
distribution = "gamma"
cv = 0.5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    return read_scenario(written(tmp_path, SMALL))


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_scenarios_are_read(path: Path) -> None:
    assert read_scenario(path).scenario.replications == 16


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("mean_patience_s = 60", "mean_patience = 60", "[[queue]] 'sales': mean_patience: unknown key"),
        ("seed = 3", "sed = 3", "[scenario] sed: unknown key"),
        ("cv = 1.5", "cw = 1.5", "[handling] cw: unknown key"),
        ("count = 4", "count = 4\ncolour = 1", "[[agents]] 'both': colour: unknown key"),
        ("[patience]", "[patients]", "patients: unknown key"),
        ("help = 2 }", "halp = 2 }", "skills.halp: no such queue"),
        ("arrivals_per_s = 0.04", "", "give either arrivals_per_s or arrival_profile"),
        ("[2000, 0.04]", "[0, 0.04]", "each from_s must be later"),
        ("warmup_s = 400", "warmup_s = 4000", "warmup_s must be less"),
        ("horizon_s = 4000", "", "[scenario] horizon_s: Field required"),
        ('name = "helpers"', 'name = "both"', "agents 'both' are there twice"),
        ("help = 2 }", "help = 9 }", "skills.help: Input should be less"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(written(tmp_path, SMALL.replace(before, after, 1)))
    assert said in str(caught.value)
    assert "scenario.toml" in str(caught.value)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        read_scenario(written(tmp_path, "[scenario"))


def arrivals(day: Day) -> list[int]:
    return [seen.offered for seen in day.queues.values()]


def test_every_policy_sees_the_same_calls_and_loses_none(small: Scenario) -> None:
    by_policy = {policy: simulate_days(small, policy) for policy in POLICY_NAMES}
    first = [arrivals(day) for day in by_policy["fcfs"]]
    for days in by_policy.values():
        assert [arrivals(day) for day in days] == first
        for day in days:
            for seen in day.queues.values():
                ended = len(seen.served_waits) + len(seen.abandoned_waits) + seen.blocked
                assert ended == seen.offered > 0
            assert not day.queues["help"].abandoned_waits, "without patience given, nobody gives up"
            assert all(0 < share <= 1 for share in day.busy["both"])


def test_seeds_repeat_and_differ(small: Scenario) -> None:
    once = simulate(small, "fair", seed=8).plain
    assert simulate(small, "fair", seed=8).plain == once
    assert simulate(small, "fair", seed=9).plain != once


def test_a_full_system_takes_nobody_in(small: Scenario) -> None:
    frame = small.scenario.model_copy(update={"capacity": 5})
    days = simulate_days(small.model_copy(update={"scenario": frame}), "fcfs")
    assert sum(seen.blocked for day in days for seen in day.queues.values()) > 0


def test_a_profile_holds_until_the_next(small: Scenario) -> None:
    assert small.queue[1].pieces(3000.0) == [(0.0, 2000.0, 0.02), (2000.0, 3000.0, 0.04)]


def test_distributions_have_the_means_asked_for(small: Scenario) -> None:
    handle, patience = [], []
    for replication in range(40):
        calls = draw_calls(small, 1, replication)
        mine = [n for n, queue in enumerate(calls.queue) if queue == 0]
        handle += [calls.handle_s[n] for n in mine]
        patience += [calls.patience_s[n] for n in mine]
    assert sum(handle) / len(handle) == pytest.approx(100, rel=0.06)
    assert sum(patience) / len(patience) == pytest.approx(60, rel=0.03)


def test_the_slower_level_takes_longer(small: Scenario) -> None:
    """One helper of level 2 alone, handling constant: the call lasts 1.2 times its time."""
    only = small.model_copy(
        update={
            "agents": (small.agents[0].model_copy(update={"count": 1, "skills": {"help": 2}}),),
            "queue": (small.queue[1].model_copy(update={"mean_handle_s": 10.0}),),
            "handling": small.handling.model_copy(update={"distribution": "constant"}),
        }
    )
    calls = draw_calls(only, 1, 0)
    day = Centre(only, QueueRule(), calls).run()
    counted = sum(at >= 400 for at in calls.at)
    busy_s = day.busy["both"][0] * 3600
    assert busy_s == pytest.approx(12.0 * counted, rel=0.05)


def test_figures_of_a_known_day(small: Scenario) -> None:
    day = simulate_days(small, "fcfs", replications=1)[0]
    seen = day.queues["sales"]
    seen.served_waits[:] = [0.0, 10.0, 30.0]
    seen.abandoned_waits[:] = [5.0]
    seen.offered, seen.blocked = 5, 1
    figures = queue_figures([(seen, 20.0)])
    assert figures["service_level"] == pytest.approx(2 / 5)
    assert figures["asa_s"] == pytest.approx(40 / 3)
    assert figures["mean_wait_s"] == pytest.approx(45 / 4)
    assert figures["p_wait"] == pytest.approx(3 / 4)


def test_half_width_is_students() -> None:
    """1, 2, 3, 4: mean 2.5, t(3) = 3.182, deviation 1.2910."""
    found = figure([1.0, 2.0, 3.0, 4.0])
    assert found.mean == 2.5
    assert found.half_width == pytest.approx(3.182 * 1.29099 / 2, rel=1e-4)
    assert figure([1.0]).plain == {"mean": 1.0, "half_width": None}
    assert figure([]).plain == {"mean": None, "half_width": None}


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    told = CliRunner().invoke(app, ["simulate", str(path), "--policy", "target", "--hold", "4", "--json"])
    assert told.exit_code == 0
    figures = json.loads(told.stdout)
    assert set(figures) == {"total", "queues", "agents"}
    assert set(figures["total"]) == {*QUEUE_FIGURES, *AGENT_FIGURES}
    assert set(figures["queues"]) == {"sales", "help"}
    assert set(figures["agents"]["both"]) == set(AGENT_FIGURES)
    assert all(set(each) == {"mean", "half_width"} for each in figures["queues"]["help"].values())


def test_the_command_prints_tables_and_faults(tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["simulate", str(written(tmp_path, SMALL)), "--replications", "1"])
    assert good.exit_code == 0
    assert "service_level" in good.stdout
    bad = CliRunner().invoke(app, ["simulate", str(written(tmp_path, SMALL.replace("seed", "sed")))])
    assert bad.exit_code == 1


def test_the_command_names_all_policies() -> None:
    assert tuple(policy.value for policy in RoutingPolicy) == POLICY_NAMES
