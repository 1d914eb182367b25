"""What a merge would do, field by field, before it is done."""

from hypothesis import given
from hypothesis import strategies as st

from contact_center.customers.merging import consent_by_consent, field_by_field, latest, merged
from contact_center.customers.record import Consent, Customer

WORDS = st.sampled_from(["", "a", "b"])
LISTS = st.lists(st.sampled_from(["x", "y", "z"]), unique=True, max_size=3).map(tuple)


def records(id_: str) -> st.SearchStrategy[Customer]:
    return st.builds(
        Customer,
        id=st.just(id_),
        name=WORDS,
        numbers=LISTS,
        tags=LISTS,
        language=st.sampled_from(["en", "zh"]),
        city=WORDS,
        organisation=st.sampled_from([None, "o1", "o2"]),
        since=st.sampled_from([0.0, 5.0, 9.0]),
        products=st.sampled_from([None, 0, 2]),
        no_profiling=st.booleans(),
    )


@given(records("c1"), records("c2"))
def test_every_field_is_told_as_the_merge_makes_it(kept: Customer, absorbed: Customer) -> None:
    joint, told = merged(kept, absorbed), field_by_field(kept, absorbed)
    assert {each.name: each.joint for each in told} == {each.name: getattr(joint, each.name) for each in told}
    for each in told:
        assert (each.how == "same") == (each.kept == each.absorbed)
        if each.how == "conflict":
            assert each.absorbed
            assert each.joint == each.kept, "the word of the record that stays"
            assert each.name not in ("since", "no_profiling", "numbers", "tags")
        elif each.how == "taken":
            assert each.joint == each.absorbed
        elif each.how == "kept":
            assert each.joint == each.kept
        elif each.how == "joined":
            assert isinstance(each.joint, tuple)
            assert isinstance(each.kept, tuple)
            assert isinstance(each.absorbed, tuple)
            assert set(each.joint) == {*each.kept, *each.absorbed}


def consents(of: str) -> st.SearchStrategy[tuple[Consent, ...]]:
    one = st.builds(
        Consent,
        customer=st.just(of),
        purpose=st.sampled_from(["marketing", "survey"]),
        granted=st.booleans(),
        at=st.sampled_from([1.0, 2.0]),
    )
    return st.lists(one, max_size=2, unique_by=lambda consent: consent.purpose).map(tuple)


@given(consents("c1"), consents("c2"))
def test_every_consent_is_told_as_it_will_count(
    mine: tuple[Consent, ...], theirs: tuple[Consent, ...]
) -> None:
    after = latest((*mine, *theirs))
    told = consent_by_consent(mine, theirs)
    assert {each.purpose: each.joint for each in told} == {p: one.granted for p, one in after.items()}
    assert all(each.joint in (each.kept, each.absorbed) for each in told)
