"""What a scenario may say beyond plain calls: each against a plainer centre that must agree."""

from pathlib import Path
from typing import Any

import pytest

from contact_center.acd.rules import PolicyName
from contact_center.simulation.centre import Day, Seen
from contact_center.simulation.figures import CALLBACK_FIGURES, QUEUE_FIGURES, SENT_ON_FIGURES
from contact_center.simulation.run import simulate, simulate_days
from contact_center.simulation.scenario import Scenario, ScenarioError, parse_scenario

QUEUE = {"name": "a", "arrivals_per_s": 0.05, "mean_handle_s": 50.0, "mean_patience_s": 90.0}
MAIL = {"name": "b", "arrivals_per_s": 0.006, "mean_handle_s": 40.0, "channel": "mail"}


def scenario(
    *queues: dict[str, Any],
    agents: list[dict[str, Any]],
    patience: str = "exponential",
    capacity: int | None = None,
) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": {
                "horizon_s": 20_000,
                "warmup_s": 500,
                "seed": 7,
                "replications": 2,
                "capacity": capacity,
            },
            "queue": list(queues),
            "agents": [{"name": f"g{number}", **group} for number, group in enumerate(agents)],
            "patience": {"distribution": patience},
        }
    )


def days(one: Scenario, policy: PolicyName = "fcfs") -> list[Day]:
    return list(simulate_days(one, policy))


def seen(one: Scenario, queue: str = "a", policy: PolicyName = "fcfs") -> list[Seen]:
    found = [day.queues[queue] for day in days(one, policy)]
    assert all(len(each.served_waits) > 100 for each in found), "too little happened to mean anything"
    return found


def plain(agents: int, **settings: Any) -> Scenario:
    return scenario(QUEUE | settings, agents=[{"count": agents, "skills": {"a": 1}}])


def test_a_cap_makes_so_many_agents_of_more() -> None:
    assert seen(plain(9, cap=3)) == seen(plain(3))


def test_a_queue_that_turns_away_behind_so_many_is_a_system_of_that_capacity() -> None:
    full = scenario(QUEUE, agents=[{"count": 3, "skills": {"a": 1}}], capacity=5)
    assert sum(each.blocked for each in seen(full)) > 20
    assert seen(plain(3, overflow_length=2)) == seen(full)


def test_a_queue_that_turns_away_after_so_long_is_everybodys_patience() -> None:
    thirty = scenario(
        QUEUE | {"mean_patience_s": 30.0}, agents=[{"count": 3, "skills": {"a": 1}}], patience="constant"
    )
    sent = scenario(
        QUEUE | {"mean_patience_s": None, "overflow_wait_s": 30.0}, agents=[{"count": 3, "skills": {"a": 1}}]
    )
    for out, gone in zip(seen(sent), seen(thirty), strict=True):
        assert out.served_waits == pytest.approx(gone.served_waits)
        assert out.blocked == len(gone.abandoned_waits) > 20


def test_a_queue_that_sends_on_at_once_is_the_other_queue() -> None:
    """And its calls are still counted as its own."""
    other = {"name": "b", "arrivals_per_s": 0.0, "mean_handle_s": 1.0}
    agents = [{"count": 3, "skills": {"b": 1}}]
    sent = scenario(QUEUE | {"hours": [], "overflow_to": "b"}, other, agents=agents)
    for there, here in zip(seen(sent), seen(plain(3)), strict=True):
        assert there.served_waits == here.served_waits
        assert there.abandoned_waits == here.abandoned_waits
        assert there.overflowed == there.offered


def test_hours_turn_away_who_comes_outside_of_them() -> None:
    day = plain(3, hours=[[0, 6000], [12_000, 16_000]])
    for open_, always in zip(seen(day), seen(plain(30)), strict=True):
        assert open_.offered == always.offered
        assert open_.blocked == pytest.approx(0.05 * (6000 + 4000), rel=0.15)
        assert open_.offered == open_.blocked + len(open_.served_waits) + len(open_.abandoned_waits)
    assert [one.blocked for one in seen(plain(3, hours=[[0, 20_000]]))] == [0, 0]


def test_a_requirement_relaxes_after_its_time() -> None:
    novices = [{"count": 4, "skills": {"a": 3}}]
    strict = QUEUE | {"needs": "a>=5", "mean_patience_s": 500.0, "relax": {"20": "a"}}
    for one in seen(scenario(strict, agents=novices)):
        assert min(one.served_waits) == pytest.approx(20.0)
    experts = [{"count": 4, "skills": {"french": 1, "speech": 1}}]
    french = QUEUE | {"needs": "french>=5 and (speech or a)"}
    assert seen(scenario(french, agents=experts)) == seen(plain(4))


def test_an_agent_with_three_chats_is_three_agents() -> None:
    chats = scenario(
        QUEUE | {"channel": "chat"},
        agents=[{"count": 1, "skills": {"a": 1}, "capacity": {"voice": 0, "chat": 3}}],
    )
    assert [one.served_waits for one in seen(chats)] == [one.served_waits for one in seen(plain(3))]


def test_a_call_interrupts_a_mail_which_then_goes_on() -> None:
    both = [{"count": 1, "skills": {"a": 1, "b": 1}, "capacity": {"mail": 1}}]
    slow = QUEUE | {"arrivals_per_s": 0.012}
    with_mail = scenario(slow, MAIL, agents=both)
    alone = scenario(slow, agents=[{"count": 1, "skills": {"a": 1}}])
    assert seen(with_mail) == seen(alone), "mails are nothing to a caller"
    pairs = zip(days(with_mail), days(alone), strict=True)
    mails_s = [mixed.busy["g0"][0] - voice.busy["g0"][0] for mixed, voice in pairs]
    assert sum(mails_s) / 2 == pytest.approx(0.006 * 40.0, rel=0.25), "their work is done all the same"
    beside_nothing = scenario(slow, MAIL, agents=[both[0] | {"beside": []}])
    assert sum(map(len, (one.abandoned_waits for one in seen(beside_nothing)))) > sum(
        map(len, (one.abandoned_waits for one in seen(alone)))
    ), "who may not be interrupted lets callers wait"


CALLBACK = {"after_s": 5.0, "share": 0.6, "ring_s": 10.0, "reached": 0.6, "attempts": 2, "gap_s": 60.0}


@pytest.mark.parametrize("first", ["customer", "agent"])
def test_callbacks_keep_their_place_and_are_all_accounted_for(first: str) -> None:
    both = seen(plain(3, callback=CALLBACK | {"first": first}))
    for one in both:
        assert one.offered == len(one.served_waits) + len(one.abandoned_waits) + one.asked
        assert min(one.callback_waits) >= 5.0
    asked = sum(one.asked for one in both)
    lost = asked - sum(len(one.callback_waits) for one in both)
    assert lost / asked == pytest.approx(0.4 * 0.4, abs=0.08), "who is not reached in two attempts"


def test_callbacks_nobody_takes_change_nothing() -> None:
    assert seen(plain(3, callback=CALLBACK | {"share": 0.0})) == seen(plain(3))


def test_who_is_called_back_waits_about_as_long_as_he_would_have() -> None:
    patient = QUEUE | {"mean_patience_s": None, "arrivals_per_s": 0.045}
    agents = [{"count": 3, "skills": {"a": 1}}]
    sure = {"after_s": 0.0, "share": 1.0, "ring_s": 2.0, "reached": 1.0}
    called = days(scenario(patient | {"callback": sure}, agents=agents))
    waited = [wait for day in called for wait in day.queues["a"].callback_waits]
    would = [
        w for day in days(scenario(patient, agents=agents)) for w in day.queues["a"].served_waits if w > 0
    ]
    assert len(waited) == pytest.approx(len(would), rel=0.1)
    assert sum(waited) / len(waited) == pytest.approx(sum(would) / len(would), rel=0.25)


FILE = """
[scenario]
horizon_s = 2000
[[queue]]
name = "a"
arrivals_per_s = 0.02
mean_handle_s = 60
needs = "a and (french>=4 or german)"
relax = { 30 = "a" }
overflow_to = "b"
overflow_wait_s = 40
hours = [[0, 1500]]
[queue.callback]
share = 0.3
[[queue]]
name = "b"
arrivals_per_s = 0.01
mean_handle_s = 60
channel = "chat"
[[agents]]
name = "g"
count = 2
skills = { a = 1, french = 2, b = 1 }
capacity = { chat = 2 }
beside = [["voice", "chat"]]
"""


def test_all_of_it_in_one_file_and_the_figures_it_adds(tmp_path: Path) -> None:
    read = parse_scenario(FILE)
    outcome = simulate(read, "fair", replications=2).plain
    assert list(outcome["queues"]["a"]) == [*QUEUE_FIGURES, *SENT_ON_FIGURES, *CALLBACK_FIGURES]
    assert outcome["queues"]["a"]["overflowed"]["mean"] > 0


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("share = 0.3", "shared = 0.3", "[[queue]] 'a': callback.shared: unknown key"),
        ("chat = 2 }", "fax = 2 }", "[[agents]] 'g': capacity.fax: unknown key"),
        ("hours =", "ours =", "[[queue]] 'a': ours: unknown key"),
        ("german)", "german", "needs: a ) is missing"),
        ('30 = "a"', '30 = "a or"', "relax.30: a skill is missing"),
        ('overflow_to = "b"', 'overflow_to = "a"', "overflow_to: no other queue 'a'"),
        ("[[0, 1500]]", "[[1500, 0]]", "hours: each span"),
        ("french = 2", "finnish = 2", "skills.finnish: no such queue, and none needs it"),
        ('channel = "chat"', 'channel = "chat"\ncallback = {}', "callback: only of the voice channel"),
        ('"voice", "chat"]', '"voice", "fax"]', "beside.0.1"),
        ("share = 0.3", "share = 1.3", "callback.share"),
    ],
)
def test_what_does_not_fit_is_named(before: str, after: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(FILE.replace(before, after, 1))
    assert said in str(caught.value)
