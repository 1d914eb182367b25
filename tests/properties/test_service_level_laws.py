"""Laws of the service figures over any log: totals equal the log, and no figure leaves its range."""

from hypothesis import given
from hypothesis import strategies as st

from contact_center.cti.events import ContactEnded, CtiEvent, Established, OfferLapsed, Queued, WrapUpEnded
from contact_center.metrics import service_level as sl
from contact_center.runtime.directory import QueueSettings
from tests.calls import recorded

QUEUES = ("billing", "technical", "no longer configured")
SETTINGS = {
    queue: QueueSettings(id=queue, name=queue, name_zh=queue, target_s=target_s, short_s=5)
    for queue, target_s in (("billing", 20.0), ("technical", 40.0))
}
queue = st.sampled_from(QUEUES)
seconds = st.floats(0, 100)
contact = st.just("k")
agent = st.just("a1")
events: st.SearchStrategy[CtiEvent] = st.one_of(
    st.builds(
        Queued,
        contact=contact,
        queue=queue,
        skills=st.just({}),
        priority=st.just(0),
        enqueued_at=seconds,
        position=st.just(1),
        requeued=st.booleans(),
    ),
    st.builds(Established, contact=contact, queue=queue, agent=agent, wait_s=seconds),
    st.builds(
        OfferLapsed,
        contact=contact,
        queue=queue,
        offer=st.just("o"),
        agent=agent,
        reason=st.sampled_from(["rona", "rejected", "caller_gone", "device_failed", "agent_gone"]),
    ),
    st.builds(
        ContactEnded,
        contact=contact,
        outcome=st.sampled_from(["handled", "abandoned", "ended_in_flow", "failed"]),
        queue=st.one_of(st.none(), queue),
        agent=st.none(),
        wait_s=seconds,
        talk_s=seconds,
        hold_s=seconds,
    ),
    st.builds(WrapUpEnded, agent=agent, contact=contact, queue=queue, wrap_up_s=seconds, by=st.just("done")),
)


@given(st.lists(events))
def test_totals_equal_the_log(log: list[CtiEvent]) -> None:
    total = sl.total(sl.fold_all(recorded(log), SETTINGS).by_queue)
    ended = [e for e in log if isinstance(e, ContactEnded) and e.queue]
    assert total.offered == sum(isinstance(e, Queued) and not e.requeued for e in log)
    assert total.answered == sum(isinstance(e, Established) for e in log)
    assert total.abandoned == sum(e.outcome == "abandoned" for e in ended)
    assert total.handled == sum(e.outcome == "handled" for e in ended)
    assert total.rona == sum(isinstance(e, OfferLapsed) and e.reason == "rona" for e in log)


@given(st.lists(events))
def test_every_count_stays_within_its_whole(log: list[CtiEvent]) -> None:
    for counts in sl.fold_all(recorded(log), SETTINGS).by_queue.values():
        assert counts.abandoned == counts.abandoned_in_target + counts.abandoned_after_target
        assert counts.abandoned_short <= counts.abandoned_in_target <= counts.abandoned
        assert counts.answered_in_target <= counts.answered
        shares = [share for name, share in sl.kpis(counts).items() if name.startswith("service_level")]
        assert all(share is None or 0 <= share <= 1 for share in shares)


@given(st.lists(events), st.data())
def test_folding_may_stop_and_go_on_and_skip_what_does_not_count(
    log: list[CtiEvent], data: st.DataObject
) -> None:
    whole = recorded(log)
    split = data.draw(st.integers(0, len(whole)))
    state = sl.fold_all(whole[:split], SETTINGS)
    for event in whole[split:]:
        state = sl.fold(state, event, SETTINGS)
    counted = [event for event in whole if event.event.type in sl.COUNTED]
    assert state == sl.fold_all(whole, SETTINGS) == sl.fold_all(counted, SETTINGS)
