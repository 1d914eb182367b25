"""What was given to make good is in the ledger: it lowers profit, is exported, and follows its case."""

from dataclasses import replace

from alembic import command

from contact_center.loyalty.policy import DEFAULT, ValueRules
from contact_center.loyalty.repair import Give, Remedy
from contact_center.recordings.recording import AuditRow
from contact_center.storage import exports, merging
from contact_center.storage.customer_theory import TheoryStore
from contact_center.storage.engine import Database
from contact_center.storage.migrate import configuration
from contact_center.storage.remedies import LONGEST_ID, ledger_id
from contact_center.storage.timeline import TimelineStore
from tests.calls import handled_call
from tests.contracts.test_loyalty_store import NOW, fill, known, reckoned
from tests.contracts.test_repair_work import Core
from tests.support import aio


def credit(amount: float, at: float) -> Give:
    return Give(remedy=Remedy(kind="credit", amount=amount, at=at, by="ann", cap=50.0))


async def complaining(database: Database) -> Core:
    await fill(database, 20)
    core = Core(database)
    await reckoned(core.store)
    await core.happens(handled_call("k", disposition="complaint"))
    return core


async def booked(database: Database) -> list[tuple[str, str, str]]:
    rows = [row async for row in exports.rows_of(database, "benefits")]
    return [(row["customer"], row["kind"], row["amount"]) for row in rows if row["kind"] == "remedy"]


def row(id_: str) -> AuditRow:
    return AuditRow(id=id_, at=NOW, user="sue", action="customer.merged", subject="c1", address="")


@aio
async def test_a_remedy_lowers_profit_and_is_in_history_and_export(database: Database) -> None:
    core = await complaining(database)
    before = await known(core.store, "c1")
    await core.does("k.voice", credit(30.0, NOW), "act-1")
    await core.does("k.voice", credit(12.5, NOW + 1), "act-2")
    assert await booked(database) == [("c1", "remedy", "-30"), ("c1", "remedy", "-12.5")]
    moments = await TimelineStore(database).page("c1", {"benefit"}, None, 9)
    assert [getattr(each, "amount", 0.0) for each in moments] == [-12.5, -30.0]
    await reckoned(core.store, NOW + 60)
    after = await known(core.store, "c1")
    assert after.current < before.current
    theory = await TheoryStore(database, core.store).theory("c1", NOW + 60)
    assert theory is not None
    assert [(each.kind, each.count, each.amount) for each in theory.benefits] == [("remedy", 2, -42.5)]
    trust = [[c.name for c in p.contributions] for p in (before, after)]
    assert trust[0] == trust[1], "what we gave says nothing of whom he referred"
    rules = replace(ValueRules(), count_remedies=False)
    await core.store.save_policy(replace(DEFAULT, version=1, value=rules))
    await reckoned(core.store, NOW + 120)
    assert (await known(core.store, "c1")).current > after.current, "refunds come with the transactions there"


@aio
async def test_a_remedy_goes_with_its_case_through_merge_and_split(database: Database) -> None:
    core = await complaining(database)
    await core.does("k.voice", credit(30.0, NOW), "act-1")
    await merging.merge(database, "new", "c1", row("m1"))
    assert await booked(database) == [("new", "remedy", "-30")]
    await core.does("k.voice", credit(5.0, NOW + 1), "act-2")
    assert [who for who, *_ in await booked(database)] == ["new", "new"]
    await merging.split(database, "m1", row("m2"))
    assert [who for who, *_ in await booked(database)] == ["c1", "c1"], "given meanwhile as well"


@aio
async def test_what_was_given_before_there_was_a_ledger_of_it_is_booked_once(database: Database) -> None:
    """A base of the version before: its cases alone know."""
    core = await complaining(database)
    await core.does("k.voice", credit(30.0, NOW), "act-1")
    async with database.transaction() as connection:
        await connection.run_sync(lambda c: command.downgrade(configuration(c), "0016_callback_promise"))
    assert await booked(database) == []
    async with database.transaction() as connection:
        await connection.run_sync(lambda c: command.upgrade(configuration(c), "head"))
    assert await booked(database) == [("c1", "remedy", "-30")]
    await core.does("k.voice", credit(5.0, NOW + 1), "act-2")
    assert await booked(database) == [("c1", "remedy", "-30"), ("c1", "remedy", "-5")]


def test_no_case_is_named_too_long_for_the_ledger() -> None:
    assert ledger_id("k.voice", 1) == "k.voice.remedy.1"
    long = [ledger_id("k" * 90 + end, place) for end in "ab" for place in (1, 2)]
    assert len(set(long)) == 4
    assert max(map(len, long)) <= LONGEST_ID
