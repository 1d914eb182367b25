"""The interaction is a fold: any prefix makes sense, repetition and order of delivery change nothing."""

from functools import reduce
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contact_center.cti.events import (
    CtiEvent,
    DispositionSet,
    NodeVisited,
    NoteTaken,
    OfferLapsed,
    Recorded,
    WrapUpEnded,
)
from contact_center.customers.history import Interaction, advance, fold
from tests.calls import abandoned_call, handled_call, recorded


@st.composite
def contacts(draw: st.DrawFn) -> list[Recorded]:
    """A whole contact: a real shape with further events strewn in after its arrival."""
    events = draw(st.sampled_from([handled_call("k"), abandoned_call("k")]))
    extras: st.SearchStrategy[CtiEvent] = st.one_of(
        st.builds(NodeVisited, contact=st.just("k"), flow=st.just("f"), node=st.text(max_size=5)),
        st.builds(DispositionSet, contact=st.just("k"), agent=st.just("a1"), disposition=st.text(max_size=5)),
        st.builds(NoteTaken, contact=st.just("k"), agent=st.just("a1"), note=st.text(max_size=5)),
        st.builds(
            OfferLapsed,
            contact=st.just("k"),
            queue=st.just("billing"),
            offer=st.just("o"),
            agent=st.just("a1"),
            reason=st.sampled_from(["rona", "rejected"]),
        ),
    )
    for extra in draw(st.lists(extras, max_size=8)):
        events.insert(draw(st.integers(1, len(events))), extra)
    first, at = draw(st.integers(1, 1000)), draw(st.floats(0, 2e9))
    return recorded(events, first_seq=first, at=at)


def _rows(log: list[Recorded]) -> list[Interaction]:
    return [fold(log[:count]) for count in range(1, len(log) + 1)]


@given(contacts())
def test_every_prefix_is_a_consistent_row(log: list[Recorded]) -> None:
    for row, last in zip(_rows(log), log, strict=True):
        assert row.seq == last.seq
        assert row.started_at == log[0].at
        assert (row.ended_at is None) == (row.outcome is None)
        assert row.ended_at is None or row.started_at <= row.ended_at <= last.at
        assert 0 <= row.ivr_s <= last.at - row.started_at
        assert min(row.wait_s, row.talk_s, row.hold_s, row.wrap_up_s) >= 0
        assert (row.disposition is None) == (
            not any(isinstance(r.event, DispositionSet) for r in _to(log, row))
        )


@given(contacts())
def test_the_last_word_is_the_note(log: list[Recorded]) -> None:
    said = [r.event.note for r in log if isinstance(r.event, DispositionSet | NoteTaken)]
    assert fold(log).note == (said[-1] if said else "")


@given(contacts())
def test_rows_only_ever_grow(log: list[Recorded]) -> None:
    rows = _rows(log)
    for earlier, later in pairwise(rows):
        assert later.ivr_path[: len(earlier.ivr_path)] == earlier.ivr_path
        assert later.digits[: len(earlier.digits)] == earlier.digits
        assert later.rona_count >= earlier.rona_count
        assert earlier.outcome is None or later.outcome == earlier.outcome


@given(contacts())
def test_totals_equal_the_log(log: list[Recorded]) -> None:
    row, events = fold(log), [r.event for r in log]
    assert row.rona_count == sum(isinstance(e, OfferLapsed) and e.reason == "rona" for e in events)
    assert row.wrap_up_s == sum(e.wrap_up_s for e in events if isinstance(e, WrapUpEnded))
    assert list(row.ivr_path) == [e.node for e in events if isinstance(e, NodeVisited)]


@given(contacts(), st.data())
def test_repetition_and_order_of_delivery_change_nothing(log: list[Recorded], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(log)))
    assert fold(data.draw(st.permutations([*log, *again]))) == fold(log)


@given(contacts(), st.data())
def test_a_kept_row_goes_on_as_if_it_had_never_been_put_down(
    log: list[Recorded], data: st.DataObject
) -> None:
    split = data.draw(st.integers(1, len(log)))
    overlap = data.draw(st.integers(0, split))
    kept = fold(log[:split])
    assert reduce(advance, log[overlap:], kept) == fold(log)


def _to(log: list[Recorded], row: Interaction) -> list[Recorded]:
    return [r for r in log if r.seq <= row.seq]
