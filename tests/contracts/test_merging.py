"""Two records made one and taken apart again, on both engines: nothing lost, history along, the log told."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from contact_center.cti import events as cti
from contact_center.customers.merging import Moved, merged, parted
from contact_center.customers.record import Consent, Customer, CustomerNote
from contact_center.customers.rows import CustomerRow, Parsed
from contact_center.loyalty.ledger import Benefit, Transaction
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.storage import imports, merging
from contact_center.storage.customer_tables import customer_merge, profile_change
from contact_center.storage.engine import Database, open_database
from contact_center.storage.erasure import erase
from contact_center.storage.events import EventStore
from contact_center.storage.exports import everything_of
from contact_center.storage.migrate import upgrade
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.records import Records
from contact_center.storage.tables import interaction
from tests.calls import handled_call, recorded
from tests.support import aio

NOW = 1_700_000_000.0
MEI = Customer(id="c1", name="王梅", numbers=("+12025550100",), tags=("vip",), since=50.0, language="zh")
WANG = Customer(
    id="c2",
    name="Mei Wang",
    numbers=("+12025550100", "+12025550111"),
    emails=("mei@example.com",),
    external_ids=("crm-7",),
    tags=("new",),
    since=20.0,
    city="Shanghai",
    no_profiling=True,
)


def by(user: str, id_: str = "m1", action: str = "customer.merged", at: float = NOW) -> AuditRow:
    return AuditRow(id=id_, at=at, user=user, action=action, subject="c1", address="")


async def fill(database: Database) -> None:
    allowed = Consent(customer="c1", purpose="marketing", granted=True, at=10.0)
    refused = Consent(customer="c2", purpose="marketing", granted=False, at=20.0)
    surveyed = Consent(customer="c2", purpose="survey", granted=True, at=5.0)
    rows = [
        CustomerRow(customer=MEI, consents=(allowed,)),
        CustomerRow(customer=WANG, consents=(refused, surveyed)),
    ]
    money = [Transaction(id=f"t{c}", customer=c, at=NOW - 9, unit_price=Decimal(5)) for c in ("c1", "c2")]
    others: list[Parsed] = [
        Benefit(id="b", customer="c2", at=NOW - 9, kind="referral", amount=Decimal(3)),
        CustomerNote(id="n", customer="c2", at=NOW - 9, author="ann", text="回电"),
    ]
    async with database.transaction() as connection:
        await imports._put(connection, rows)
        await imports._put(connection, money)
        await imports._put(connection, others)
        changed = {"before": "formation", "after": "stable", "policy": 0}
        turn = {"customer": "c2", "at": NOW - 40.0, "what": "stage"}
        await connection.execute(insert(profile_change).values(**turn, **changed))
    calls = call("k", "c1") + call("m", "c2", 100)
    wish = cti.CallbackRequested(
        callback="b1",
        contact="m",
        queue="billing",
        number="+12025550111",
        skills={},
        priority=0,
        enqueued_at=NOW,
        expires_at=NOW + 900,
        language="en",
        customer="c2",
    )
    await EventStore(database).append(calls + recorded([wish], first_seq=len(calls) + 1))


def call(contact: str, customer: str, seq: int = 1) -> list[cti.Recorded]:
    """Numbers follow one another once there are two of them."""
    log = recorded(handled_call(contact), first_seq=seq if seq == 1 else 1 + len(handled_call("k")))
    return [
        replace(r, event=replace(r.event, customer=customer))
        if isinstance(r.event, cti.CustomerIdentified)
        else r
        for r in log
    ]


async def everything(database: Database) -> list[Any]:
    found = [await everything_of(database, c) for c in ("c1", "c2")]
    for record in found:
        if record is not None:
            del record["customer"]["version"]  # counts the merge and the split as well
    return [None if f is None else {k: v for k, v in f.items() if k not in ("audit", "merge")} for f in found]


@aio
async def test_a_merge_takes_everything_along_and_a_split_gives_it_back(database: Database) -> None:
    await fill(database)
    before = await everything(database)
    done = await merging.merge(database, "c1", "c2", by("sue"))
    assert (done.absorbed_name, done.split_at) == ("Mei Wang", None)
    joint, gone = await everything(database)
    assert gone is None
    assert joint["customer"]["numbers"] == ("+12025550100", "+12025550111")
    assert (joint["customer"]["city"], joint["customer"]["since"], joint["customer"]["no_profiling"]) == (
        ("Shanghai", 20.0, True)
    )
    assert {c["purpose"]: c["granted"] for c in joint["consent"]} == {"marketing": False, "survey": True}
    for name, count in {"sale": 2, "benefit": 1, "customer_note": 1, "interaction": 2, "callback": 1}.items():
        assert len(joint[name]) == count, name
    assert [c.id for c in await Records(database).customers_by_number("+12025550111")] == ["c1"]
    assert len(await Records(database).interactions_of_customer("c1", 9)) == 2
    assert (joint["profile_change"], len(before[1]["profile_change"])) == ([], 1)
    with pytest.raises(NotFound, match="no customer c2"):
        await merging.merge(database, "c1", "c2", by("sue", "m2"))
    with pytest.raises(Conflict, match="himself"):
        await merging.merge(database, "c1", "c1", by("sue", "m2"))
    await merging.split(database, "m1", by("bob", "s1", "customer.split"))
    assert await everything(database) == before
    with pytest.raises(Conflict, match="already"):
        await merging.split(database, "m1", by("bob", "s2", "customer.split"))
    assert [(m.id, m.user, m.split_by) for m in await merging.merges_of(database, "c1")] == [
        ("m1", "sue", "bob")
    ]
    noted = {r.action for r in await RecordingStore(database).noted(9, "c1")}
    assert noted == {"customer.split", "customer.merged"}


@aio
async def test_what_came_after_the_merge_stays_where_it_came_to(database: Database) -> None:
    await fill(database)
    await merging.merge(database, "c1", "c2", by("sue"))
    records, later = Records(database), Transaction(id="t9", customer="c2", at=NOW, unit_price=Decimal(7))
    async with database.transaction() as connection:  # the shop still sends the old id
        good, refusals = await imports._of_known_customers(
            connection, [(1, later), (2, CustomerRow(customer=WANG, consents=()))]
        )
        await imports._put(connection, good)
    assert [r.reason for r in refusals] == ["id: c2 is merged into c1"]
    joint = await records.customer("c1")
    assert joint is not None
    await records.save_customers([replace(joint, city="Beijing", numbers=(*joint.numbers, "+12025550199"))])
    await merging.split(database, "m1", by("bob", "s1"))
    mei, wang = await records.customer("c1"), await records.customer("c2")
    assert wang == WANG
    assert mei == replace(MEI, city="Beijing", numbers=("+12025550100", "+12025550199"))
    one, other = await everything(database)
    assert ([s["id"] for s in one["sale"]], [s["id"] for s in other["sale"]]) == (["t9", "tc1"], ["tc2"])


@aio
async def test_merges_of_merges_come_apart_the_last_one_first(database: Database) -> None:
    await fill(database)
    third = Customer(id="c3", name="M. Wang", external_ids=("crm-8",))
    await Records(database).save_customers([third])
    before = [*await everything(database), await Records(database).customer("c3")]
    await merging.merge(database, "c1", "c2", by("sue", "m1"))
    await merging.merge(database, "c3", "c1", by("sue", "m2", at=NOW + 1))
    assert len(await Records(database).interactions_of_customer("c3", 9)) == 2
    async with database.reading() as connection:
        assert await merging.successors(connection, ["c1", "c2"]) == {"c1": "c3", "c2": "c3"}
    with pytest.raises(Conflict, match="Merge m2 came after m1"):
        await merging.split(database, "m1", by("bob", "s1"))
    for one in ("m2", "m1"):
        await merging.split(database, one, by("bob", f"s{one}"))
    assert [*await everything(database), await Records(database).customer("c3")] == before


@aio
async def test_a_replay_of_the_log_gives_the_same_history(database: Database, tmp_path: Path) -> None:
    """As it happened: merged beside the log, told to it later, the old id calls in between, split at last."""
    await fill(database)
    store, ended = EventStore(database), len(handled_call("k")) * 2 + 1
    await merging.merge(database, "c1", "c2", by("sue"))
    late = recorded(handled_call("late"), first_seq=ended + 1)
    late = [
        replace(r, event=replace(r.event, customer="c2"))
        if isinstance(r.event, cti.CustomerIdentified)
        else r
        for r in late
    ]
    await store.append(late[:4])
    await store.append(await told(database, store))
    await store.append([replace(r, seq=r.seq + 1) for r in late[4:]])
    merged_rows = await history(database)
    assert {row["customer"] for row in merged_rows} == {"c1"}
    assert await history(await replayed(store, tmp_path / "a.db")) == merged_rows
    await merging.split(database, "m1", by("bob", "s1"))
    await store.append(await told(database, store))
    assert await merging.unsaid(database) == []
    split_rows = await history(database)
    assert {row["contact"]: row["customer"] for row in split_rows} == {"k": "c1", "m": "c2", "late": "c2"}
    assert await history(await replayed(store, tmp_path / "b.db")) == split_rows


async def told(database: Database, store: EventStore) -> list[cti.Recorded]:
    """What the running core does: the events of merges and splits, numbered after the others."""
    waiting = await merging.unsaid(database)
    await merging.said(database, [event.merge for event in waiting])
    return numbered(waiting, await store.last_seq())


def numbered(events: Sequence[cti.CtiEvent], after: int) -> list[cti.Recorded]:
    return [
        cti.Recorded(seq=after + n, id=f"x{after + n}", at=NOW, event=event)
        for n, event in enumerate(events, 1)
    ]


async def history(database: Database) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        rows = await connection.execute(interaction.select().order_by(interaction.c.contact))
        return [{**row} for row in rows.mappings()]


async def replayed(store: EventStore, path: Path) -> Database:
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    empty = open_database(url)
    log = await store.read(0, 1000)
    for start in range(0, len(log), 5):
        await EventStore(empty).append(log[start : start + 5])
        await EventStore(empty).append(log[start : start + 5])  # delivered twice
    return empty


@aio
async def test_who_is_erased_is_erased_from_merges_too(database: Database, tmp_path: Path) -> None:
    await fill(database)
    await merging.merge(database, "c1", "c2", by("sue"))
    shown = await everything_of(database, "c1")
    assert shown is not None
    assert "Mei Wang" in str(shown["merge"])
    await erase(database, "c1", tmp_path, by("sue", "e1", "customer.erased"))
    assert await merging.merges_of(database, "c1") == []


@aio
async def test_the_erased_are_erased_from_events_beside_calls(database: Database, tmp_path: Path) -> None:
    await fill(database)
    store = EventStore(database)
    merge = cti.CustomersMerged(merge="m1", kept="c2", absorbed="c1", user="sue")
    his = cti.RepairClosed(case="k.voice", customer="c1", owner="a1", outcome="told Mei", in_time=True)
    other = replace(his, case="m.voice", customer="c11")
    beside: list[cti.CtiEvent] = [merge, his, other]
    await store.append(numbered(beside, await store.last_seq()))
    assert await erase(database, "c1", tmp_path, by("sue", "e1", "customer.erased")) is not None
    left = [r.event for r in (await store.read(0, 1000))[-3:]]
    assert left == [replace(merge, absorbed=""), replace(his, customer="", outcome=""), other]


_TEXTS = st.sampled_from(["", "a", "b"])
_CUSTOMERS = st.builds(
    Customer,
    id=st.just("x"),
    name=st.just("X"),
    numbers=st.lists(st.sampled_from(["+1", "+2", "+3"]), unique=True).map(tuple),
    tags=st.lists(st.sampled_from(["t", "u"]), unique=True).map(tuple),
    city=_TEXTS,
    organisation=st.sampled_from([None, "o", "p"]),
    products=st.sampled_from([None, 1, 2]),
    since=st.sampled_from([0.0, 1.0, 2.0]),
    no_profiling=st.booleans(),
)


@given(_CUSTOMERS, _CUSTOMERS)
def test_a_merge_undone_is_as_if_it_had_never_been(kept: Customer, absorbed: Customer) -> None:
    joint = merged(kept, replace(absorbed, id="y"))
    assert parted(joint, Moved(record=absorbed, before=kept, merged=joint)) == kept
    assert set(joint.numbers) == {*kept.numbers, *absorbed.numbers}
    assert joint.no_profiling == (kept.no_profiling or absorbed.no_profiling)
    assert merged(joint, absorbed) == joint


@aio
async def test_an_absorbed_record_cannot_be_absorbed_again_by_a_log(database: Database) -> None:
    """A log that says so all the same, as one put together by hand: the first merge is the merge."""
    await fill(database)
    twice = [cti.CustomersMerged(merge=m, kept="c1", absorbed="c2", user="sue") for m in ("m1", "m2")]
    known = cti.CustomerIdentified(contact="k1", customer="c2", matches=1)
    store = EventStore(database)
    last = (await store.read(0, 1000))[-1].seq
    await store.append(recorded([*twice, known], first_seq=last + 1))
    async with database.reading() as connection:
        merges = (await connection.execute(select(customer_merge.c.id))).scalars().all()
    assert merges == ["m1"]
