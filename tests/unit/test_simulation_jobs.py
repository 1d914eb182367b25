"""Simulations in the background: carried out apart, followed, cancelled, bounded, kept over a restart."""

from itertools import count
from pathlib import Path

import pytest

from contact_center.runtime.errors import Conflict, NotFound
from contact_center.simulation.jobs import BROKEN_OFF, MOST_WAITING, Simulations
from contact_center.simulation.order import Order, shipped_scenarios
from contact_center.simulation.recorded import ContactLine, QueueLine, RecordedDay, ShiftLine
from tests.support import aio, until

SMALL = """
[scenario]
horizon_s = 2000
replications = 3
[[queue]]
name = "q"
arrivals_per_s = 0.1
mean_handle_s = 60
[[agents]]
name = "a"
count = 8
skills = { q = 1 }
"""
ENDLESS = SMALL.replace("horizon_s = 2000", "horizon_s = 20000000")


def simulations(folder: Path, **bounds: float) -> Simulations:
    numbers, clock = count(1), count(1000)
    new_id = lambda: f"{len(list(folder.glob('*')))}-{next(numbers)}"  # noqa: E731
    kept = Simulations(folder, lambda: float(next(clock)), new_id, **bounds)  # type: ignore[arg-type]
    kept.start()
    return kept


def order(scenario: str = SMALL, **more: object) -> Order:
    return Order.model_validate({"title": "try", "source": "scenario", "scenario": scenario, **more})


@aio
async def test_they_are_carried_out_and_kept(tmp_path: Path) -> None:
    one = simulations(tmp_path)
    first, bad = one.order(order(), "sue"), one.order(order("[scenario]\nhorizon = 3"), "sue")
    await until(lambda: one.run(bad.id).state == "failed")
    done = one.run(first.id)
    assert (done.state, done.done, done.of, done.by) == ("done", 3, 3, "sue")
    result = one.result(first.id)
    assert result is not None
    served = result.outcome.total["served"].mean
    assert served is not None
    assert served > 100
    assert set(result.outcome.agents) == {"a"}
    assert "horizon" in one.run(bad.id).why
    again = simulations(tmp_path)
    assert [(run.id, run.state) for run in again.all()] == [(bad.id, "failed"), (first.id, "done")]
    assert again.result(first.id) == result
    assert again.result(bad.id) is None
    again.forget(bad.id)
    with pytest.raises(NotFound):
        again.run(bad.id)
    assert not (tmp_path / bad.id).exists()


@aio
async def test_one_runs_while_others_wait_and_any_can_be_cancelled(tmp_path: Path) -> None:
    one = simulations(tmp_path)
    running = one.order(order(ENDLESS), "sue")
    await until(lambda: one.run(running.id).of == 3)
    waiting = [one.order(order(), "sue") for _ in range(MOST_WAITING)]
    with pytest.raises(Conflict, match="wait already"):
        one.order(order(), "sue")
    with pytest.raises(Conflict, match="cancel"):
        one.forget(running.id)
    assert one.cancel(waiting[0].id).state == "cancelled"
    assert one.cancel(running.id).state == "cancelled"
    await until(lambda: one.run(waiting[1].id).state == "done")
    assert one.run(running.id).state == "cancelled", "the end of its process changes nothing any more"
    await one.stop()
    later = simulations(tmp_path)
    broken = [run for run in later.all() if run.state == "failed"]
    assert {run.why for run in broken} == {BROKEN_OFF}
    assert all(run.state in ("done", "failed", "cancelled") for run in later.all())


@aio
async def test_time_and_number_are_bounded(tmp_path: Path) -> None:
    hasty = simulations(tmp_path, most_s=0.5)
    slow = hasty.order(order(ENDLESS), "sue")
    await until(lambda: hasty.run(slow.id).state == "failed")
    assert "longer than" in hasty.run(slow.id).why
    one = simulations(tmp_path, kept=2)
    for _ in range(3):
        last = one.order(order(), "sue")
    await until(lambda: one.run(last.id).state == "done", within_s=30.0)
    one.order(order(), "sue")
    assert len(one.all()) == 2
    assert slow.id not in {run.id for run in one.all()}
    await one.stop()


@aio
async def test_a_recorded_day_is_carried_out(tmp_path: Path) -> None:
    contacts = tuple(
        ContactLine(
            contact=f"c{n}", at=60.0 * n, queue="q", outcome="served", agent="a", wait_s=0.0, handle_s=30.0
        )
        for n in range(50)
    )
    day = RecordedDay(
        from_at=0.0,
        to_at=4000.0,
        queues={"q": QueueLine(name="q")},
        shifts=(ShiftLine(agent="a", skills={}, from_at=0.0, to_at=4000.0),),
        contacts=contacts,
    )
    one = simulations(tmp_path)
    lines = "".join(f"{line}\n" for line in day.lines()) + "no line\n"
    wanted = Order(title="day", source="day", changes="handling = 2.5", replications=2)
    run = one.order(wanted, "sue", lines)
    await until(lambda: one.run(run.id).state not in ("waiting", "running"))
    result = one.result(run.id)
    assert result is not None, one.run(run.id).why
    assert result.real is not None
    assert result.as_it_was is not None
    assert (result.real.total["asa_s"].mean, result.as_it_was.total["asa_s"].mean) == (0.0, 0.0)
    slower = result.outcome.total["asa_s"].mean
    assert slower is not None
    assert slower > 10.0
    assert result.reproduced is not None
    assert result.reproduced[0] == result.reproduced[1]
    assert result.bad_lines[0].startswith("line 54: no JSON")


def test_scenarios_come_with_the_product() -> None:
    assert {"s1-x-model", "s5-burst"} <= set(shipped_scenarios())
