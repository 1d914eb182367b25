"""Who is under contract: his chance to leave within a year, whose knowledge it is, and what acts on it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.loyalty.contract_value import Contracts, churn_in_year, kept_shares
from contact_center.loyalty.lifecycle import at_risk
from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.profile import Churn, Profile, portrait
from contact_center.loyalty.remedies import offers_to, retention_due, withheld
from contact_center.loyalty.renewal_model import RenewalModel
from tests.unit.test_loyalty_profile import LOYAL

PUBLISHED = RenewalModel(alpha=0.7041, beta=1.1820)
UNDER_CONTRACT = replace(LOYAL, p_alive=None, method="renewal_model", tier="iron", churn=Churn(chance=0.3))


def contracts(tenure_months: list[float], months_left: list[float]) -> Contracts:
    return Contracts(tenure_months=np.array(tenure_months), months_left=np.array(months_left))


def test_at_each_renewal_as_many_leave_as_the_published_model_has_it() -> None:
    """Oracle O31: retention .6267 .7560 .8188 .8559 .8804 at the first five renewals."""
    found = churn_in_year(PUBLISHED, contracts([6, 18, 30, 42, 54], [6.0] * 5), 0.97)
    assert 1 - found == pytest.approx([0.6267, 0.7560, 0.8188, 0.8559, 0.8804], abs=1e-4)


def test_only_a_renewal_within_the_year_counts_and_only_a_running_contract() -> None:
    found = churn_in_year(PUBLISHED, contracts([6, 6, 6, 30, 6], [11.9, 12.0, 20.0, -1.0, np.nan]), 0.97)
    assert found[0] == pytest.approx(0.3733, abs=1e-4)
    assert found[1:3].tolist() == [0.0, 0.0], "nobody leaves while his contract runs"
    assert np.isnan(found[3:]).all()


def test_without_a_model_everybody_is_taken_alike_by_the_policy() -> None:
    found = churn_in_year(None, contracts([6, 60, 6], [6.0, 30.0, -1.0]), 0.97)
    assert found[:2] == pytest.approx([1 - 0.97**12] * 2)
    assert np.isnan(found[2])


sizes, months = st.floats(0.01, 50), st.floats(0.5, 240)


@given(alpha=sizes, beta=sizes, left=st.floats(0.01, 36), tenures=st.tuples(months, months))
def test_who_has_been_here_longer_is_never_likelier_to_leave(
    alpha: float, beta: float, left: float, tenures: tuple[float, float]
) -> None:
    model, (short, long) = RenewalModel(alpha=alpha, beta=beta), sorted(tenures)
    newer, older = churn_in_year(model, contracts([short, long], [left, left]), 0.97)
    assert 0 <= older <= newer <= 1


@given(
    alpha=sizes,
    beta=sizes,
    of=st.lists(st.tuples(months, st.floats(0.01, 36)), min_size=1, max_size=8),
    learnt=st.booleans(),
)
def test_it_says_what_the_value_of_the_contract_rests_on(
    alpha: float, beta: float, of: list[tuple[float, float]], learnt: bool
) -> None:
    """The share still there after twelve periods of a month, as lifetime profit has it."""
    model = RenewalModel(alpha=alpha, beta=beta) if learnt else None
    held = contracts([tenure for tenure, _ in of], [left for _, left in of])
    shares = kept_shares(model, held, kept=0.97, per_year=12, horizon=12)
    assert 1 - churn_in_year(model, held, 0.97) == pytest.approx(shares[:, -1])


def test_nothing_acts_on_what_the_policy_takes_for_granted() -> None:
    guessed, learnt = (replace(UNDER_CONTRACT, churn=Churn(chance=0.7, renewal=r)) for r in (None, 1))
    assert not retention_due(guessed)
    assert guessed.stays is None
    assert learnt.stays == pytest.approx(0.3)
    assert retention_due(learnt)
    assert not retention_due(replace(learnt, value=0.0)), "worth nothing, he may go"
    assert not retention_due(replace(learnt, churn=Churn(chance=0.49, renewal=1)))
    assert [offer.name for offer in offers_to(learnt, 0.0, DEFAULT)]
    assert offers_to(guessed, 0.0, DEFAULT) == ()


def everybody_held() -> Policy:
    return replace(DEFAULT, retention=replace(DEFAULT.retention, hold_out=1.0))


def test_who_is_likely_to_end_his_contract_may_be_left_alone_but_not_once_he_spoke() -> None:
    likely = replace(UNDER_CONTRACT, churn=Churn(chance=0.7, renewal=1))
    assert withheld(likely, everybody_held())
    assert offers_to(likely, 0.0, everybody_held()) == ()
    for said in (
        replace(likely, reaction="exit", because="cancel"),
        replace(likely, reaction="voice", because="complaint"),
    ):
        assert not withheld(said, everybody_held())


@pytest.mark.parametrize(("chance", "risks"), [(None, ()), (0.49, ()), (0.5, ("likely_churn",))])
def test_a_likely_end_of_the_contract_is_a_risk(chance: float | None, risks: tuple[str, ...]) -> None:
    seen = at_risk(
        exit_signal=False, index_drop=None, p_alive_drop=None, overdue_complaint=False, p_churn=chance
    )
    assert seen == risks


def why_of(profile: Profile) -> tuple[str, str]:
    (found,) = [w for w in portrait(profile, refused=False).why if w.of == "churn"]
    return found.en, found.zh


def test_whose_knowledge_it_is_stands_beside_the_figure() -> None:
    en, zh = why_of(replace(UNDER_CONTRACT, churn=Churn(chance=0.3733, renewal=1)))
    assert en.startswith("37% of contracts end at renewal 1, which falls within a year")
    assert "shifted beta-geometric" in en
    assert "not what he has said" in en
    assert "第 1 次续约" in zh
    en, zh = why_of(replace(UNDER_CONTRACT, churn=Churn(chance=0.306)))
    assert "policy takes 31% of all contracts" in en
    assert "nothing acts on it" in en
    assert "不据此行动" in zh
    en, zh = why_of(replace(UNDER_CONTRACT, churn=Churn(chance=0.0, renewal=2)))
    assert "runs for more than a year" in en
    assert "renewal 2 comes next" in en
    assert "第 2 次续约" in zh
    assert all(w.of != "churn" for w in portrait(LOYAL, refused=False).why), "not of who has no contract"
