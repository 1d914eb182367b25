"""The theory over a stored base, on both engines: the nightly reckoning, cases from events, their clocks."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from contact_center.cti import events as cti
from contact_center.customers.record import Consent, Customer
from contact_center.customers.rows import CustomerRow
from contact_center.customers.service import Customers
from contact_center.loyalty import repair
from contact_center.loyalty.casework import act_event
from contact_center.loyalty.ledger import Transaction
from contact_center.loyalty.notices import Notices
from contact_center.loyalty.policy import DEFAULT, Policy
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.repair import Close
from contact_center.loyalty.service import Loyalty
from contact_center.recordings.recording import AuditRow
from contact_center.storage import imports, merging
from contact_center.storage import loyalty as loyalty_store
from contact_center.storage.calling import CallerBook
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore, PolicyConflict
from contact_center.storage.nights import NightStore
from contact_center.storage.records import Records
from tests.calls import ARRIVED_AT, handled_call, recorded
from tests.support import aio

DAY = 86_400.0
MONTH = 365.25 / 12 * DAY
NOW = ARRIVED_AT + 3600.0


async def fill(database: Database, customers: int = 120) -> None:
    """A base with a story: `c1` buys every month, `leaving` did until a while ago, `new` since lately."""
    draw = np.random.default_rng(3)
    rows = [
        CustomerRow(customer=Customer(id=f"x{i:04}", name=f"N{i}"), consents=()) for i in range(customers)
    ]
    story = [
        Customer(id="c1", name="Loyal", numbers=("+12025550100",), products=3),
        Customer(id="leaving", name="Leaving", products=2),
        Customer(id="new", name="New"),
        Customer(id="refused", name="Refused", no_profiling=True),
    ]
    allowed = Consent(customer="c1", purpose="marketing", granted=True, at=0.0)
    rows += [CustomerRow(customer=c, consents=(allowed,) if c.id == "c1" else ()) for c in story]
    sales = [_sale("c1", age, 100) for age in range(30)]
    sales += [_sale("leaving", age, 100) for age in range(8, 30)]
    sales += [_sale("new", age, 40) for age in range(2)] + [_sale("refused", 1, 900)]
    for i in range(customers):  # as the purchase model has it: a rate and a chance to leave of one's own
        rate, leaves, price, age = draw.gamma(1.5, 0.3), draw.beta(1, 4), draw.gamma(4, 15), 24
        while age >= 0:
            sales.append(_sale(f"x{i:04}", age, 1 + int(price * draw.uniform(0.5, 1.5))))
            if draw.random() < leaves:
                break
            age -= 1 + int(draw.exponential(1 / rate))
    async with database.transaction() as connection:
        await imports._put(connection, rows)
        await imports._put(connection, sales)


def _sale(customer: str, months_ago: int, price: int) -> Transaction:
    return Transaction(
        id=f"{customer}-{months_ago}",
        customer=customer,
        at=NOW - months_ago * MONTH - 5 * DAY,
        unit_price=Decimal(price),
        unit_cost=Decimal(price) * Decimal("0.6"),
    )


async def reckoned(store: LoyaltyStore, now: float = NOW) -> list[int]:
    return [done async for done in store.recompute(now)]


async def known(store: LoyaltyStore, customer: str) -> Profile:
    found = await store.profile(customer)
    assert found is not None
    return found


@aio
async def test_the_base_is_reckoned_in_chunks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loyalty_store, "CHUNK", 50)
    await fill(database)
    store = LoyaltyStore(database)
    assert await reckoned(store) == [50, 100, 124]
    loyal, leaving, new = [await known(store, c) for c in ("c1", "leaving", "new")]
    assert (loyal.stage, loyal.basis, loyal.period) == ("stable", "transactions", "quarter")
    assert (loyal.method, loyal.tier) == ("purchase_model", "platinum")
    assert loyal.p10 is not None
    assert loyal.value is not None
    assert loyal.p10 < loyal.value
    assert leaving.stage in ("decline", "exited")
    assert (leaving.reaction, leaving.risks) == ("exit", ("exit_signal",))
    assert leaving.p_alive is not None
    assert loyal.p_alive is not None
    assert leaving.p_alive < loyal.p_alive
    assert (new.stage, new.method) == ("exploration", "segment_migration")
    assert await store.profile("refused") is None
    segments = await store.segments()
    assert sum(s.customers for s in segments) == 123  # all but who refused
    together = [p.value for i in range(120) if (p := await known(store, f"x{i:04}")).value is not None]
    together += [p.value for p in (loyal, leaving, new) if p.value is not None]
    assert sum(s.value for s in segments) == pytest.approx(sum(together))
    await reckoned(store)
    again = [await known(store, c) for c in ("c1", "leaving", "new")]
    assert [replace(p, past=()) for p in again] == [loyal, leaving, new]


@aio
async def test_one_customer_alone_is_reckoned_as_in_a_chunk(database: Database) -> None:
    await fill(database, 20)
    store = LoyaltyStore(database)
    await EventStore(database).append(recorded(handled_call("k")))
    await reckoned(store)
    nightly = await known(store, "c1")
    await store.refresh(["c1", "nobody"], NOW)
    again = await known(store, "c1")
    assert replace(again, past=()) == nightly


@aio
async def test_without_customers_or_money(database: Database) -> None:
    store = LoyaltyStore(database)
    assert await reckoned(store) == []
    await Records(database).save_customers([Customer(id="c1", name="Mei", numbers=("+12025550100",))])
    await EventStore(database).append(recorded(handled_call("k")))
    assert await reckoned(store) == [1]
    profile = await known(store, "c1")
    assert (profile.basis, profile.method, profile.value) == ("interactions", "none", None)
    assert profile.index is not None


@aio
async def test_a_complaint_opens_a_case_with_owner_and_due_time_once(database: Database) -> None:
    await fill(database, 20)
    store, events = LoyaltyStore(database), EventStore(database)
    await reckoned(store)
    before = await known(store, "c1")
    await events.append(recorded(handled_call("k", disposition="complaint")))
    service = Loyalty(store, events.read, lambda: NOW)
    last = await service.follow()
    assert last == await events.last_seq() == await store.followed()
    (case,) = await store.open_cases()
    assert (case.case, case.customer, case.owner, case.tier) == ("k.voice", "c1", "a1", before.tier)
    assert case.next_deadline is not None
    after = await known(store, "c1")
    assert (after.reaction, after.because) == ("voice", "complaint")
    assert after.index is not None
    assert before.index is not None
    assert after.index < before.index
    async with database.transaction() as connection:  # delivered again from the start
        await connection.exec_driver_sql("UPDATE projection_cursor SET seq = 0 WHERE name = 'loyalty'")
    await service.follow()
    assert await store.open_cases() == [case]
    async with database.transaction() as connection:  # replayed where no case is
        await connection.exec_driver_sql("DELETE FROM repair_case")
        await connection.exec_driver_sql("UPDATE projection_cursor SET seq = 0 WHERE name = 'loyalty'")
    await service.follow()
    assert await store.open_cases() == [case]
    shown = await Customers(CallerBook(database), "US", store.portrait).pop("+12025550100")
    assert shown.portrait is not None
    assert (shown.portrait.next_step, shown.portrait.repairs[0].owner) == ("repair", "a1")


@aio
async def test_a_look_up_says_what_the_records_and_the_portrait_say(database: Database) -> None:
    await fill(database, 20)
    shared = [Customer(id="s1", name="Ann", numbers=("+12025550177",), emails=("a@example.com",))]
    shared += [Customer(id="s2", name="Bo", numbers=("+12025550188", "+12025550177"))]
    shared += [Customer(id="s4", name="Dee", numbers=("+12025550177",), no_profiling=True)]
    refused = Customer(id="s3", name="Cy", numbers=("+12025550199",), no_profiling=True)
    records, store, events = CallerBook(database), LoyaltyStore(database), EventStore(database)
    await records.save_customers([*shared, refused])
    await reckoned(store)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    now = (await events.last_seq()) + 1
    chosen = [
        replace(e, customer="s2") if isinstance(e, cti.CustomerIdentified) else e for e in handled_call("m")
    ]
    await events.append(recorded(chosen, first_seq=now, at=NOW))
    await Loyalty(store, events.read, lambda: NOW).follow()
    for number, count in {"+12025550100": 1, "+12025550177": 3, "+12025550199": 1, "+1999": 0}.items():
        found, matches = await records.called(number, 5), await records.customers_by_number(number)
        assert (list(found.matches), len(matches)) == (matches, count)
        if count == 1:
            assert list(found.interactions) == await records.interactions_of_customer(matches[0].id, 5)
            assert found.portrait == await store.portrait(matches[0].id)
        else:
            assert list(found.interactions) == await records.interactions_of_number(number, 5)
            assert found.portrait is None
    shared_by = (await records.called("+12025550177", 5)).told_apart
    assert [(m.customer, bool(m.tier), m.last_at) for m in shared_by] == [
        *(("s1", True, None), ("s2", True, NOW), ("s4", False, None)),
    ]
    assert (await records.called("+12025550100", 5)).told_apart == ()


@aio
async def test_what_a_caller_answers_after_the_call_reaches_the_index(database: Database) -> None:
    await fill(database, 20)
    store, events = LoyaltyStore(database), EventStore(database)
    await reckoned(store)
    call = [*handled_call("k", disposition="resolved"), *(_answers("k", score) for score in (1, 5))]
    await events.append(recorded(call))
    service = Loyalty(store, events.read, lambda: NOW)
    await service.follow()
    happy = await known(store, "c1")
    asked = {each.name: each.score for each in happy.contributions}
    assert asked["satisfaction"] > 0.5, "he was asked, and his last answer counts"
    last = await events.last_seq()
    await events.append(recorded([_answers("k", 1)], first_seq=last + 1))  # he says otherwise: the last word
    await service.follow()
    angry = await known(store, "c1")
    assert angry.index is not None
    assert happy.index is not None
    assert angry.index < happy.index
    async with database.transaction() as connection:  # delivered again from the start
        await connection.exec_driver_sql("UPDATE projection_cursor SET seq = 0 WHERE name = 'loyalty'")
    await service.follow()
    assert (await known(store, "c1")).index == angry.index


def _answers(contact: str, score: int) -> cti.SurveyAnswered:
    return cti.SurveyAnswered(contact=contact, flow="survey", node="ask", measure="csat", score=score)


@aio
async def test_a_running_service_opens_the_case_within_five_seconds(sqlite_database: Database) -> None:
    await Records(sqlite_database).save_customers([Customer(id="c1", name="Mei")])
    store, events = LoyaltyStore(sqlite_database), EventStore(sqlite_database)
    service = Loyalty(store, events.read, lambda: ARRIVED_AT)
    service.start()
    try:
        log = recorded(handled_call("k", disposition="cancel"))
        service.tell(log)  # told before it is stored, as the log does
        await events.append(log)
        for _ in range(250):
            if cases := await store.open_cases():
                break
            await asyncio.sleep(0.02)
    finally:
        service.stop()
    assert [(c.case, c.reaction) for c in cases] == [("k.exit", "exit")]


@aio
async def test_clocks_that_run_out_put_the_customer_at_risk(database: Database) -> None:
    await fill(database, 20)
    store, events = LoyaltyStore(database), EventStore(database)
    await reckoned(store)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    now = ARRIVED_AT
    service = Loyalty(store, events.read, lambda: now)
    await service.follow()
    (case,) = await store.open_cases()
    assert await service.tick() == 0
    now = case.opened_at + 30 * DAY
    assert await service.tick() == 6  # both clocks ran out unseen
    assert await service.tick() == 0
    overdue = await known(store, "c1")
    assert "overdue_complaint" in overdue.risks
    (case,) = await store.open_cases()
    assert case.overdue


@aio
async def test_marks_and_closing_are_told_in_the_log_and_shown_until_closed(database: Database) -> None:
    await fill(database, 20)
    store, events, notices = LoyaltyStore(database), EventStore(database), Notices()
    await reckoned(store)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    now, told = ARRIVED_AT, list[cti.CtiEvent]()

    def append(some: Sequence[cti.CtiEvent]) -> None:
        told.extend(some)
        for event in some:
            notices.apply(cti.Recorded(seq=len(told), id="x", at=now, event=event))

    service = Loyalty(store, events.read, lambda: now, append)
    await service.follow()
    (case,) = await store.open_cases()
    assert case.next_deadline is not None
    now = case.next_deadline
    assert await service.tick() == 1
    (warned,) = told
    assert isinstance(warned, cti.RepairClockReached)
    assert (warned.mark, warned.clock, warned.owner, warned.customer) == ("warn", "first_action", "a1", "c1")
    assert warned.due_at == case.clocks[0].due_at
    assert [(row or {})["mark"] for row in map(notices.row, notices.present())] == ["warn"]
    now = case.opened_at + 30 * DAY
    await service.tick()
    marks = [(e.clock, e.mark) for e in told if isinstance(e, cti.RepairClockReached)]
    clocks, parts = ("first_action", "solution"), ("warn", "escalate", "breach")
    assert marks == [(clock, mark) for clock in clocks for mark in parts]
    await service.tell_log()
    assert not any(isinstance(e, cti.RepairClosed) for e in told)
    (late,) = await store.open_cases()
    closing = Close(outcome="confirmed")
    closed, _ = repair.step(late, closing, now)
    said = act_event(late, closed, closing, id_="act-1", by="sue", at=now)
    assert said is not None
    await store.keep_case(closed, now, [said])
    await service.tell_log()
    await service.tell_log()
    (end,) = [e for e in told if isinstance(e, cti.RepairClosed)]
    assert (end.case, end.outcome, end.in_time) == ("k.voice", "confirmed", False)
    assert list(notices.present()) == []


@aio
async def test_a_mark_is_told_once_though_storing_it_fails(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(sqlite_database, 5)
    store, events = LoyaltyStore(sqlite_database), EventStore(sqlite_database)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    now, told = ARRIVED_AT, list[cti.CtiEvent]()
    service = Loyalty(store, events.read, lambda: now, told.extend)
    await service.follow()
    now += 30 * DAY

    async def away(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(store, "keep_case", away)
        for _ in range(3):
            with pytest.raises(OSError, match="away"):
                await service.tick()
    assert await service.tick() == len(told) == 6


@aio
async def test_ancient_complaints_of_an_old_base_are_history(database: Database) -> None:
    await fill(database, 20)
    store, events = LoyaltyStore(database), EventStore(database)
    await reckoned(store)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    told = list[cti.CtiEvent]()
    service = Loyalty(store, events.read, lambda: ARRIVED_AT + 31 * DAY, told.extend)
    await service.follow()
    assert await service.tick() == 0
    assert (await store.open_cases(), told) == ([], [])
    kept = await store.case("k.voice")
    assert kept is not None
    assert (kept.outcome, kept.clocks, kept.overdue, kept.repaired_in_time) == ("history", (), False, False)
    profile = await known(store, "c1")
    assert "overdue_complaint" not in profile.risks
    trust = next(c.score for c in profile.contributions if c.name == "trust")
    await store.refresh(["c1"], NOW + 365 * DAY)  # what he complained of then weighs less and less
    later = next(c.score for c in (await known(store, "c1")).contributions if c.name == "trust")
    assert trust < later


@aio
async def test_a_merge_is_told_in_the_log_and_both_are_reckoned_anew(database: Database) -> None:
    await fill(database, 20)
    store, events = LoyaltyStore(database), EventStore(database)
    nights = NightStore(database)
    _ = [night async for night in nights.run("n1", lambda: NOW)]
    before = {c: await known(store, c) for c in ("c1", "leaving")}
    told = list[cti.CtiEvent]()
    service = Loyalty(store, events.read, lambda: NOW, told.extend)
    row = AuditRow(id="m1", at=NOW, user="sue", action="customer.merged", subject="c1", address="")
    await merging.merge(database, "c1", "leaving", row)
    await service.tell_log()
    await service.tell_log()
    assert told == [cti.CustomersMerged(merge="m1", kept="c1", absorbed="leaving", user="sue")]
    await events.append(recorded(told))
    await service.follow()
    joint = await known(store, "c1")
    assert joint.current >= before["c1"].current
    assert joint.rests_on.purchases == before["c1"].rests_on.purchases  # the same days: one purchase each
    assert await store.profile("leaving") is None
    await merging.split(database, "m1", replace(row, id="s1", at=NOW + 1))
    await service.tell_log()
    await events.append(recorded(told[1:], first_seq=2))
    await service.follow()
    for customer, profile in before.items():
        again = await known(store, customer)
        assert (again.value, again.stage) == (profile.value, profile.stage)
        assert again.index == pytest.approx(profile.index, abs=0.01)  # an hour of tenure less


@aio
async def test_who_refused_profiling_gets_no_profile_but_his_complaint_is_repaired(
    database: Database,
) -> None:
    await Records(database).save_customers([Customer(id="c1", name="Mei", no_profiling=True)])
    store, events = LoyaltyStore(database), EventStore(database)
    await events.append(recorded(handled_call("k", disposition="complaint")))
    await Loyalty(store, events.read, lambda: NOW).follow()
    await reckoned(store)
    (case,) = await store.open_cases()
    assert case.tier == "iron"
    portrait = await store.portrait("c1")
    assert portrait is not None
    assert (portrait.profile, portrait.refused, len(portrait.repairs)) == (None, True, 1)
    assert await store.portrait("nobody") is None


@aio
async def test_refusing_later_takes_the_profile_away(database: Database) -> None:
    await fill(database, 20)
    store, records = LoyaltyStore(database), Records(database)
    await reckoned(store)
    loyal = await records.customer("c1")
    assert loyal is not None
    await records.save_customers([replace(loyal, no_profiling=True)])
    portrait = await store.portrait("c1")
    assert portrait is not None
    assert portrait.profile is None
    await reckoned(store)
    assert await store.profile("c1") is None


@aio
async def test_policies_are_versions_with_author_and_date(database: Database) -> None:
    store = LoyaltyStore(database)
    assert await store.policy() == DEFAULT
    strict = Policy(
        version=1,
        author="ann",
        dated=NOW,
        note="fraud is served as it comes",
        tiering_off=frozenset({"fraud"}),
    )
    await store.save_policy(strict)
    with pytest.raises(PolicyConflict, match="2 comes next"):
        await store.save_policy(replace(strict, author="bob"))
    await store.save_policy(replace(strict, version=2, author="bob"))
    assert [(p.version, p.author) for p in await store.policies()] == [(2, "bob"), (1, "ann")]
    assert (await store.policy()).tiering_off == {"fraud"}
