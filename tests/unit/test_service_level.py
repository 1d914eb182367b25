"""The KPI definitions, on the worked example of the domain document and event by event."""

from dataclasses import fields

import pytest

from contact_center.cti.events import (
    ContactEnded,
    ContactOutcome,
    CtiEvent,
    Established,
    OfferLapse,
    OfferLapsed,
    Queued,
    Recorded,
    WrapUpEnded,
)
from contact_center.metrics import service_level as sl
from contact_center.runtime.directory import QueueSettings

SETTINGS = {"billing": QueueSettings(id="billing", name="Billing", name_zh="账单", target_s=20, short_s=5)}


def queued(*, requeued: bool = False) -> CtiEvent:
    return Queued(
        contact="c", queue="billing", skills={}, priority=0, enqueued_at=0, position=1, requeued=requeued
    )


def answered(wait_s: float) -> CtiEvent:
    return Established(contact="c", queue="billing", agent="a", wait_s=wait_s)


def ended(outcome: ContactOutcome, wait_s: float, talk_s: float = 0, hold_s: float = 0) -> CtiEvent:
    return ContactEnded(
        contact="c",
        outcome=outcome,
        queue="billing",
        agent=None,
        wait_s=wait_s,
        talk_s=talk_s,
        hold_s=hold_s,
    )


def lapse(reason: OfferLapse) -> CtiEvent:
    return OfferLapsed(contact="c", queue="billing", offer="o", agent="a", reason=reason)


def counts(*events: CtiEvent) -> sl.ServiceCounts:
    log = [Recorded(seq=i, id=str(i), at=float(i), event=e) for i, e in enumerate(events, start=1)]
    return sl.fold_all(log, SETTINGS).by_queue.get("billing", sl.NOTHING)


def test_worked_example_gives_the_published_figures() -> None:
    events = [queued()] * 1060
    events += [answered(20.0)] * 860 + [answered(20.1)] * 140
    events += [ended("abandoned", 5.0)] * 10 + [ended("abandoned", 12.0)] * 10
    events += [ended("abandoned", 33.0)] * 40
    figures = sl.kpis(counts(*events))
    shares = [round(100 * (v or 0), 1) for name, v in figures.items() if name.startswith("service_level")]
    assert shares == [82.7, 86.0, 81.1, 83.0, 82.1]
    assert figures["abandon_rate"] == pytest.approx(60 / 1060)


def test_handling_time_is_talk_hold_and_wrap_up_over_handled() -> None:
    wrap_up = WrapUpEnded(agent="a", contact="c", queue="billing", wrap_up_s=30, by="done")
    c = counts(queued(), answered(10), ended("handled", 10, talk_s=100, hold_s=20), wrap_up)
    assert (sl.aht_s(c), sl.asa_s(c), c.handled) == (150, 10, 1)


def test_a_requeued_contact_is_offered_once() -> None:
    assert counts(queued(), queued(requeued=True)).offered == 1


@pytest.mark.parametrize("outcome", ["ended_in_flow", "failed"])
def test_leaving_outside_the_queue_is_no_abandon(outcome: ContactOutcome) -> None:
    assert counts(ended(outcome, 0)) == sl.NOTHING


@pytest.mark.parametrize(("reason", "rona"), [("rona", 1), ("rejected", 0), ("caller_gone", 0)])
def test_only_a_ring_without_answer_is_a_rona(reason: OfferLapse, rona: int) -> None:
    assert counts(lapse(reason)).rona == rona


def test_nothing_to_divide_by_is_undefined_not_zero() -> None:
    assert set(sl.kpis(sl.NOTHING).values()) == {None}


def test_total_is_the_sum_of_the_queues() -> None:
    one = counts(queued(), answered(10))
    both = sl.total({"billing": one, "technical": one})
    assert (both.offered, both.answered_in_target, both.wait_answered_s) == (2, 2, 20)


def test_every_figure_has_its_formula_in_both_languages() -> None:
    names = {f.name for f in fields(sl.ServiceCounts)} | set(sl.KPIS)
    assert set(sl.FORMULAS) == names
    assert all(formula["en"] and formula["zh"] for formula in sl.FORMULAS.values())
