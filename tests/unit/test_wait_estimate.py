"""Wait estimates: the model against exact figures, what is learnt, and what the distribution answers."""

import random

import pytest

from contact_center.acd.contact import Free, Waiting
from contact_center.acd.distribution import (
    AgentDone,
    AgentFree,
    ContactGone,
    ContactQueued,
    Distribution,
    MakeOffer,
    OfferConnected,
)
from contact_center.acd.durations import Spread
from contact_center.acd.estimate import AT_ONCE, Calibration, Prospect, prospect
from contact_center.acd.forecast import Patience


def test_without_abandonment_it_is_an_erlang_distribution() -> None:
    """Four steps at 0.1 per second: mean 40 s; the spread of the rate adds to 1/sqrt(4)."""
    found = prospect(3.0, 0.1, 0.0)
    assert found.mean_s == pytest.approx(40.0)
    assert found.stages == pytest.approx(1.0 / (1.0 / 4.0 + 0.15**2))


def test_those_ahead_who_give_up_shorten_it() -> None:
    """A death process: 1/(R) + 1/(R+q) + 1/(R+2q)."""
    assert prospect(2.0, 0.1, 0.02).mean_s == pytest.approx(1 / 0.1 + 1 / 0.12 + 1 / 0.14)


def test_very_many_ahead_are_an_integral() -> None:
    exact = sum(1.0 / (0.5 + n * 0.01) for n in range(301))
    assert prospect(300.0, 0.5, 0.01).mean_s == pytest.approx(exact, rel=0.002)


def test_the_scale_of_the_normal_goes_both_ways() -> None:
    one = Prospect(mean_s=30.0, stages=2.5)
    for wait_s in (1.0, 10.0, 30.0, 120.0):
        assert one.wait_s(one.z_of(wait_s)) == pytest.approx(wait_s)


@pytest.mark.parametrize("patience", [None, 2.0])
def test_a_wrong_model_is_put_right(patience: float | None) -> None:
    """Real waits are twice as long and wider than the model has them; some give up before."""
    draw = random.Random(7)  # noqa: S311
    calibration, situation = Calibration(), Prospect(mean_s=30.0, stages=6.0)
    inside = 0
    for number in range(6000):
        wait_s = 60.0 * draw.gammavariate(2.0, 0.5)
        gone_s = 60.0 * patience * draw.expovariate(1.0) if patience else wait_s + 1.0
        estimate = calibration.estimate(situation)
        inside += number >= 1000 and estimate.low_s <= wait_s <= estimate.high_s
        calibration.learn(
            calibration.scaled(situation), situation, min(wait_s, gone_s), served=wait_s < gone_s
        )
    assert inside / 5000 == pytest.approx(0.8, abs=0.02)


def test_a_spread_learns_how_handling_times_go_on() -> None:
    """Nearly constant durations: halfway through, the end within a half is near certain, and not before."""
    spread = Spread()
    assert spread.ends_within(1.0, 1.0) == pytest.approx(0.632, abs=0.02)
    for number in range(2000):
        spread.add(0.95 + 0.1 * (number % 11) / 10)
    assert spread.ends_within(0.5, 0.6) > 0.9
    assert spread.ends_within(0.3, 0.3) < 0.1
    assert spread.survival(60.0) <= spread.survival(1.2) < 0.05


def test_patience_counts_those_who_were_served() -> None:
    """Ten give up and thirty are served, 2 400 s waited by all: one in 240 s."""
    patience = Patience()
    before = patience.leave_per_s
    for number in range(400):
        patience.over(60.0, gave_up=number % 4 == 0)
    assert before == pytest.approx(1 / 600)
    assert patience.leave_per_s == pytest.approx(1 / 240, rel=0.05)


def waiting(contact: str, now: float) -> Waiting:
    return Waiting(contact=contact, queue="sales", skills={"sales": 3}, enqueued_at=now)


def floor(agents: int = 2) -> Distribution:
    distribution = Distribution(20.0)
    for number in range(agents):
        free = Free(agent=f"a{number}", skills={"sales": 4}, idle_since=0.0)
        distribution.step(AgentFree(free=free), 0.0)
    return distribution


def answer(distribution: Distribution, contact: str, now: float) -> None:
    for offer in distribution.step(ContactQueued(waiting=waiting(contact, now)), now):
        assert isinstance(offer, MakeOffer)
        distribution.step(OfferConnected(offer=offer.offer.offer), now + 3.0)


def test_nobody_waits_while_an_agent_is_idle() -> None:
    distribution = floor()
    assert distribution.would_wait(waiting("x", 1.0), 1.0) == AT_ONCE
    answer(distribution, "c1", 1.0)
    answer(distribution, "c2", 1.0)
    later = distribution.would_wait(waiting("x", 5.0), 5.0)
    assert later is not None
    assert later.low_s < later.likely_s < later.high_s


def test_the_estimate_grows_along_the_line() -> None:
    distribution = floor()
    for number in range(2):
        answer(distribution, f"busy{number}", 1.0)
    for number in range(5):
        distribution.step(ContactQueued(waiting=waiting(f"c{number}", 10.0 + number)), 10.0 + number)
    told = [distribution.estimate(f"c{number}", 15.0) for number in range(5)]
    likely = [each.likely_s for each in told if each is not None]
    assert len(likely) == 5
    assert likely == sorted(likely)
    again = distribution.would_wait(waiting("new", 15.0), 15.0)
    assert again is not None
    assert again.likely_s > likely[-1]
    distribution.step(ContactGone(contact="c0"), 16.0)
    after = distribution.estimate("c4", 16.0)
    assert after is not None
    assert after.likely_s < likely[-1]


def test_an_estimate_nobody_can_make_is_none() -> None:
    distribution = Distribution(20.0)
    distribution.step(ContactQueued(waiting=waiting("c", 0.0)), 0.0)
    assert distribution.estimate("c", 0.0) is None
    assert distribution.would_wait(waiting("x", 0.0), 0.0) is None
    assert distribution.estimate("nobody", 0.0) is None


def test_an_offer_is_the_end_of_waiting() -> None:
    distribution = floor(agents=1)
    distribution.step(ContactQueued(waiting=waiting("c", 0.0)), 0.0)
    assert distribution.estimate("c", 0.0) == AT_ONCE


def test_a_long_call_near_its_end_shortens_the_wait() -> None:
    """Measured handling times hardly vary: who has talked nearly so long will be free soon."""
    distribution = floor(agents=1)
    now = 0.0
    for number in range(60):
        answer(distribution, f"c{number}", now)
        distribution.step(AgentDone(agent="a0"), now + 100.0)
        free = Free(agent="a0", skills={"sales": 4}, idle_since=now + 100.0)
        distribution.step(AgentFree(free=free), now + 100.0)
        now += 101.0
    answer(distribution, "long", now)
    early = distribution.would_wait(waiting("x", now + 10.0), now + 10.0)
    late = distribution.would_wait(waiting("x", now + 95.0), now + 95.0)
    assert early is not None
    assert late is not None
    assert late.likely_s < early.likely_s
