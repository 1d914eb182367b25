"""The index, its sub-scores and the measures under it: oracles O22-O24 and the survey figures."""

import pytest

from contact_center.loyalty.index import (
    Complaint,
    complaint_factor,
    contract_score,
    loyalty_index,
    products_score,
    shrunk,
    tenure_score,
    wait_score,
)
from contact_center.loyalty.measures import Issue, ces, csat, fcr, nps, share

A = {
    "fcr": 0.9,
    "wait": 0.8,
    "csat": 0.75,
    "nps": 0.8,
    "ces": 0.8,
    "promise": 1.0,
    "complaint": 1.0,
    "tenure": tenure_score(48),
    "products": products_score(2),
    "contract": contract_score(6),
    "p_alive": 0.95,
    "repeat": 0.8,
    "cross_buy": 0.5,
    "referral": 1.0,
}
C = {
    "fcr": 0.75,
    "wait": 0.5,
    "promise": 0.5,
    "complaint": 1.0,
    "tenure": tenure_score(1),
    "products": products_score(1),
    "contract": contract_score(0),
    "p_alive": 0.7,
}


def test_o22_evidence_is_drawn_to_a_half_while_there_is_little() -> None:
    assert shrunk([(0, 1), (90, 0)]) == pytest.approx(0.571429, abs=5e-7)
    assert shrunk([]) == 0.5
    assert shrunk([(0, 1)] * 8) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("complaints", "factor"),
    [
        ([Complaint(age_days=0, severity=1)], 0),
        ([Complaint(age_days=60, severity=1)], 0.5),
        ([Complaint(age_days=0, severity=1, repaired=True)], 0.5),
        (
            [
                Complaint(age_days=60, severity=0.5),
                Complaint(age_days=60, severity=0.5, repaired=True),
            ],
            0.65625,
        ),
        ([], 1),
    ],
)
def test_o23_complaints(complaints: list[Complaint], factor: float) -> None:
    assert complaint_factor(complaints) == pytest.approx(factor)


def test_o24_a_stable_loyal_customer() -> None:
    found = loyalty_index(A, "stable")
    assert [c.score for c in found.contributions] == pytest.approx([0.8625, 0.775, 1, 0.62, 0.84])
    assert [c.points for c in found.contributions] == pytest.approx([17.25, 15.5, 25, 9.3, 16.8])
    assert found.value == pytest.approx(83.85)
    assert found.coverage == pytest.approx(1)
    assert (found.enough, found.kind) == (True, "true")
    assert found.attitude == pytest.approx(0.8885, abs=5e-5)
    assert found.behaviour == pytest.approx(0.7457, abs=5e-5)


def test_o24_a_new_customer_never_surveyed() -> None:
    found = loyalty_index(C, "exploration")
    assert found.coverage == pytest.approx(0.70)
    assert found.value == pytest.approx(63.08, abs=5e-3)
    assert "satisfaction" not in {c.name for c in found.contributions}


def test_with_too_little_known_nothing_may_act() -> None:
    few = loyalty_index({"csat": 1.0}, "stable")
    assert few.value == pytest.approx(100)
    assert (few.enough, few.behaviour, few.kind) == (False, None, None)
    nothing = loyalty_index({"csat": None}, "stable")
    assert (nothing.value, nothing.coverage, nothing.contributions) == (None, 0, ())


@pytest.mark.parametrize(
    ("attitude", "behaviour", "kind"),
    [(0.6, 0.6, "true"), (0.6, 0.59, "latent"), (0.59, 0.6, "spurious"), (0.59, 0.59, "none")],
)
def test_dick_and_basu(attitude: float, behaviour: float, kind: str) -> None:
    found = loyalty_index({"csat": attitude, "repeat": behaviour}, "stable")
    assert found.kind == kind


def test_waiting() -> None:
    waits = [wait_score(s, abandoned=False) for s in (0, 90, 180, 999)]
    assert [*waits, wait_score(1, abandoned=True)] == [1, 0.5, 0, 0, 0]


def test_nps_csat_and_ces() -> None:
    assert nps([10, 9, 9, 8, 7, 7, 6, 5, 10, 0]).value == pytest.approx(10)
    assert csat([5, 4, 3, 2, 5]).value == 0.6
    assert ces([7, 6, 4, 2, 5]).value == 0.6
    assert nps([]).value is None


def test_first_contact_resolution() -> None:
    day = 86_400.0
    issues = [Issue(contacts=(0.0,)) for _ in range(39)]
    issues += [Issue(contacts=(0.0, 6 * day)) for _ in range(9)]
    issues += [Issue(contacts=(0.0,), reopened=True) for _ in range(2)]
    assert fcr(issues).value == pytest.approx(0.78)
    assert fcr([Issue(contacts=(0.0, 8 * day))]).value == 1.0
    assert fcr([Issue(contacts=(0.0,), transferred_unresolved=True)]).value == 0.0


def test_wilson() -> None:
    """Newcombe (1998), method 3: 81 of 263 is 0.2553 to 0.3662."""
    found = share(81, 263)
    assert found.low == pytest.approx(0.2553, abs=5e-5)
    assert found.high == pytest.approx(0.3662, abs=5e-5)
    assert (share(0, 0).value, share(0, 0).low, share(0, 0).high) == (None, 0, 1)
    assert (share(29, 29).may_rank, share(30, 30).may_rank) == (False, True)
    with pytest.raises(ValueError, match="no share"):
        share(3, 2)
