"""Closed forms against published and independently derived figures, and their identities."""

from math import sqrt

import pytest

from contact_center.simulation import queueing
from contact_center.simulation.product_form import fcfs_alis

ERLANG_C = [
    # arrivals per s, handle s, agents, P(wait), ASA s, service level, occupancy, queue, 90 % wait s
    (48 / 60, 60, 50, 0.694455611, 20.8336683, 0.643454601, 0.96, 16.6669347, 58.1387),
    (4.2 / 60, 120, 12, 0.183888630, 6.12962101, 0.899079780, 0.70, 0.429073, 20.305),
    (100 / 1800, 180, 12, 0.449388224, 40.4449402, 0.640158040, 0.8333, 2.246941, 135.245),
    (360 / 3600, 240, 30, 0.172862055, 6.91448222, 0.895153863, 0.80, 0.691448, 21.893),
    (200 / 1800, 240, 32, 0.236264476, 10.6319014, 0.848511852, 0.8333, 1.181322, 38.690),
    (10, 300, 3100, 0.0424030843, 0.127209253, 0.999946036, 0.96774, 1.272093, 0.0),
]
ERLANG_A = [
    # arrivals per s, handle s, agents, patience s, P(wait), P(abandon), wait s, ASA s, level, occupancy
    (48 / 60, 60, 50, 120, 0.467774069, 0.0309122492, 3.70946990, 3.61590024, 0.943018955, 0.930324241),
    (4.2 / 60, 120, 12, 60, 0.127372282, 0.0296789055, 1.78073433, 1.44360462, 0.945269576, 0.679224766),
    (100 / 1800, 180, 12, 120, 0.279807019, 0.0615973770, 7.39168524, 6.33477417, 0.825582644, 0.782002186),
    (1, 100, 100, 200, 0.596703138, 0.0330301525, 6.60603051, 6.52909225, 0.879052353, 0.966969847),
    (1, 100, 90, 200, 0.937676961, 0.103364481, 20.6728963, 21.3422778, 0.433994018, 0.996261687),
    (10, 300, 3000, 180, 0.439232509, 0.00820850703, 1.47753127, 1.46775658, 0.991790004, 0.991791493),
    (0.282, 200, 60, 180, 0.325477370, 0.0286819546, 5.16275183, 4.91826312, 0.878588368, 0.913038963),
    (0.23, 200, 50, 180, 0.290027924, 0.0269667316, 4.85401169, 4.59116904, 0.885199903, 0.895190607),
    (0.28, 300, 90, 180, 0.240617410, 0.0208123744, 3.74622738, 3.54424354, 0.912458930, 0.913908451),
]
CLOSE = 2e-7


@pytest.mark.parametrize("row", ERLANG_C)
def test_erlang_c(row: tuple[float, ...]) -> None:
    found = queueing.erlang_c(row[0], row[1], int(row[2]), 20.0)
    assert found.p_wait == pytest.approx(row[3], rel=CLOSE)
    assert found.asa_s == pytest.approx(row[4], rel=CLOSE)
    assert found.service_level == pytest.approx(row[5], rel=CLOSE)
    assert found.occupancy == pytest.approx(row[6], abs=5e-5)
    assert found.mean_queue == pytest.approx(row[7], abs=1e-6)
    assert queueing.erlang_c_quantile_s(row[0], row[1], int(row[2]), 0.9) == pytest.approx(row[8], abs=1e-3)
    assert found.mean_queue == pytest.approx(row[0] * found.mean_wait_s), "Little"


def test_erlang_c_has_no_answer_for_overload() -> None:
    with pytest.raises(ValueError, match="more than 5 agents"):
        queueing.erlang_c(0.1, 60, 5, 20)


@pytest.mark.parametrize("row", ERLANG_A)
def test_erlang_a(row: tuple[float, ...]) -> None:
    found = queueing.erlang_a(row[0], row[1], int(row[2]), row[3], 20.0)
    assert found.p_wait == pytest.approx(row[4], rel=CLOSE)
    assert found.p_abandon == pytest.approx(row[5], rel=CLOSE)
    assert found.mean_wait_s == pytest.approx(row[6], rel=CLOSE)
    assert found.asa_s == pytest.approx(row[7], rel=CLOSE)
    assert found.service_level == pytest.approx(row[8], rel=CLOSE)
    assert found.occupancy == pytest.approx(row[9], rel=CLOSE)
    assert found.p_abandon == pytest.approx(found.mean_wait_s / row[3]), "who waits E[W] leaves at rate theta"
    assert found.occupancy == pytest.approx(row[0] * (1 - found.p_abandon) * row[1] / row[2])


def test_endless_patience_makes_erlang_a_erlang_c() -> None:
    patient = queueing.erlang_a(0.07, 120, 12, 1e9, 20.0)
    endless = queueing.erlang_c(0.07, 120, 12, 20.0)
    assert patient.asa_s == pytest.approx(endless.asa_s, rel=1e-4)
    assert patient.service_level == pytest.approx(endless.service_level, rel=1e-4)


HALFIN_WHITT = ((0.1, 0.880287), (0.5, 0.504539), (1, 0.223361), (1.5, 0.084690), (2, 0.026881))
"""Beta, P(wait)."""

GARNETT = (
    # beta, mean patience / mean handling, P(wait)
    (0, 2, 0.585786),
    (0, 1, 0.5),
    (-1, 2, 0.931226),
    (0.5, 2, 0.357177),
    (1, 0.5, 0.135641),
)


def test_many_agents_without_and_with_abandonment() -> None:
    for beta, p_wait in HALFIN_WHITT:
        assert queueing.halfin_whitt(beta) == pytest.approx(p_wait, abs=1e-6)
    for beta, ratio, p_wait in GARNETT:
        assert queueing.garnett(beta, ratio) == pytest.approx(p_wait, abs=1e-6)


def test_what_is_exact_of_many_agents_comes_to_the_limit() -> None:
    """With four times the agents half of the difference is left."""

    def agents(load: int, beta: float) -> int:
        return load + round(beta * sqrt(load))

    for beta, limit in HALFIN_WHITT:
        off, less = (
            queueing.erlang_c(load / 200, 200, agents(load, beta), 20).p_wait / limit - 1
            for load in (400, 1600)
        )
        assert less == pytest.approx(off / 2, rel=0.1)
    for beta, ratio, limit in GARNETT:
        off, less = (
            queueing.erlang_a(load / 200, 200, agents(load, beta), 200 * ratio, 20).p_wait / limit - 1
            for load in (400, 1600)
        )
        assert less == pytest.approx(off / 2, rel=0.1)


def test_wallace_and_whitts_end_points() -> None:
    """Six call types, 90 agents, 120 trunks: all skills, and one skill each; minutes are the paper's."""
    everyone = queueing.limited(8.4 / 60, 600, 90, 120, 30)
    assert everyone.blocking == pytest.approx(0.00364308, rel=1e-5)
    assert everyone.mean_delay_s / 60 == pytest.approx(0.450023, rel=1e-5)
    assert everyone.p_delay_within == pytest.approx(0.732922, rel=1e-5)
    assert everyone.p_wait == pytest.approx(0.379706, rel=1e-5)
    assert everyone.utilisation == pytest.approx(0.929933, rel=1e-5)
    alone = queueing.shared_trunks(6, 1.4 / 60, 600, 15, 120, 30)
    assert alone.blocking == pytest.approx(0.0416587, rel=1e-5)
    assert alone.mean_delay_s / 60 == pytest.approx(3.05432, rel=1e-5)
    assert alone.p_delay_within == pytest.approx(0.473426, rel=1e-5)
    assert alone.p_wait == pytest.approx(0.573563, rel=1e-5)
    assert alone.utilisation == pytest.approx(0.894452, rel=1e-5)


def test_longest_idle_product_form() -> None:
    letter_n = fcfs_alis((0.6, 0.5), (1, 1), (frozenset({0, 1}), frozenset({1})))
    assert letter_n.p_wait == pytest.approx((0.33611111, 0.67222222))
    assert letter_n.mean_wait == pytest.approx((0.37345679, 1.49382716))
    assert letter_n.busy == pytest.approx((0.42777778, 0.67222222))
    everyone = frozenset(range(4))
    pooled = fcfs_alis((1.4, 1.8), (1, 1, 1, 1), (everyone, everyone))
    assert pooled.p_wait == pytest.approx((0.59643247, 0.59643247))
    assert pooled.mean_wait == pytest.approx((0.74554059, 0.74554059))
    assert pooled.busy == pytest.approx((0.8,) * 4)
    chain = fcfs_alis(
        (0.9, 0.8, 1.2),
        (1, 1, 0.8, 0.8, 0.9),
        (frozenset({0, 1, 4}), frozenset({1, 2}), frozenset({2, 3, 4})),
    )
    assert chain.p_wait == pytest.approx((0.30336757, 0.57091498, 0.43578048))
    assert chain.mean_wait == pytest.approx((0.22104722, 0.69365650, 0.42282919))
    assert chain.busy == pytest.approx((0.47866328, 0.68484182, 0.76454294, 0.63204812, 0.68802450))
