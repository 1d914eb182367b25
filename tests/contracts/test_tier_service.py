"""What the history says of each tier, on both engines: his tier of then, queues that go by tiers, money."""

from dataclasses import replace

from sqlalchemy import update

from contact_center.cti import events as cti
from contact_center.demo.company import COMPANY
from contact_center.loyalty.policy import DEFAULT
from contact_center.simulation.tier_service import TierTraffic
from contact_center.storage.company import load_company
from contact_center.storage.customer_tables import profile, profile_change
from contact_center.storage.engine import Database
from contact_center.storage.tables import queue
from contact_center.storage.tier_service import TierServiceStore
from contact_center.storage.upsert import upsert
from tests.calls import abandoned_call, handled_call
from tests.contracts.test_loyalty_store import DAY, fill, known, reckoned
from tests.contracts.test_repair_work import Core
from tests.support import aio


async def is_of(database: Database, who: str, tier: str, *changes: tuple[float, str, str]) -> None:
    rows = [
        {"customer": who, "at": at, "what": "tier", "before": before, "after": after, "policy": 0}
        for at, before, after in changes
    ]
    async with database.transaction() as connection:
        await connection.execute(update(profile).where(profile.c.customer == who).values(tier=tier))
        await upsert(connection, profile_change, rows)


def calls_of(contacts: dict[str, list[cti.CtiEvent]], who: str) -> list[cti.CtiEvent]:
    """Each of them of this customer."""
    found: list[cti.CtiEvent] = []
    for contact, events in contacts.items():
        found += [events[0], cti.CustomerIdentified(contact=contact, customer=who, matches=1), *events[1:]]
    return found


async def opened(database: Database) -> Core:
    """A company whose billing goes by tiers, its base reckoned, and a minute later its calls."""
    await fill(database, 20)
    await load_company(database, COMPANY, str.upper)
    async with database.transaction() as connection:
        await connection.execute(update(queue).values(tiering=queue.c.id == "billing"))
    core = Core(database)
    await reckoned(core.store)
    return core


@aio
async def test_a_tier_is_measured_by_its_own_target_in_queues_that_go_by_tiers(database: Database) -> None:
    core = await opened(database)
    await is_of(database, "c1", "gold")
    await is_of(database, "leaving", "lead")
    await is_of(database, "new", "platinum")
    soon, late = handled_call("k1"), abandoned_call("k2", wait_s=40.0)
    at_once, elsewhere = abandoned_call("k3", wait_s=2.0), handled_call("k4")
    moved = (cti.Queued, cti.Established, cti.ContactEnded)
    elsewhere = [replace(each, queue="technical") if isinstance(each, moved) else each for each in elsewhere]
    await core.happens(calls_of({"k1": soon, "k2": late, "k3": at_once, "k4": elsewhere}, "c1"))
    await core.happens(calls_of({"k5": handled_call("k5", customer="new")}, "new"))
    seen = await TierServiceStore(database).traffic(DEFAULT, core.now - DAY, core.now + DAY)
    gold = seen["gold"]
    assert (gold.offered, gold.within, gold.short, gold.handled) == (3, 1, 1, 1), "12.5 s is within gold's 15"
    assert sum(gold.hours.values()) == 3
    assert gold.wait_s == 12.5 + 40.0 + 2.0
    assert (gold.work_s, gold.all_work_s) == (73.0, 146.0), "technical costs, but is not measured"
    platinum = seen["platinum"]
    assert (platinum.offered, platinum.within) == (1, 0), "and beyond platinum's 10"
    nobody = TierTraffic()
    assert seen["none"] == nobody, "everybody has a tier here"
    await core.happens(handled_call("k6", customer=None))
    strangers = (await TierServiceStore(database).traffic(DEFAULT, core.now - DAY, core.now + DAY))["none"]
    assert (strangers.offered, strangers.wait_s, strangers.value) == (1, 12.5, None)
    assert (seen["lead"].offered, seen["iron"].offered) == (0, 0)
    worth = (await known(core.store, "c1")).value
    assert worth is not None
    assert gold.value is not None
    assert gold.value >= worth
    exempt = replace(DEFAULT, tiering_off=frozenset({"billing"}))
    off = await TierServiceStore(database).traffic(exempt, core.now - DAY, core.now + DAY)
    assert (off["gold"].offered, off["gold"].all_work_s) == (0, 146.0)
    before = await TierServiceStore(database).traffic(DEFAULT, core.now - 3 * DAY, core.now - 2 * DAY)
    assert before["gold"].offered == 0


@aio
async def test_a_call_counts_for_the_tier_he_had_then(database: Database) -> None:
    core = await opened(database)
    await core.happens(calls_of({"k1": handled_call("k1")}, "c1"))
    changes = ((core.now - 9 * DAY, "lead", "iron"), (core.now + DAY, "iron", "gold"))
    await is_of(database, "c1", "platinum", *changes, (core.now + 2 * DAY, "gold", "platinum"))
    seen = await TierServiceStore(database).traffic(DEFAULT, core.now - DAY, core.now + DAY)
    assert {tier: each.offered for tier, each in seen.items() if each.offered} == {"iron": 1}
