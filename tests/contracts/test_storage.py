"""What the other rooms rely on in storage, on real SQLite and real PostgreSQL alike."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from contact_center.cti.events import AgentReady, DispositionSet, Recorded
from contact_center.customers import history
from contact_center.customers.record import Customer
from contact_center.runtime.people import Session, User
from contact_center.storage import customer_tables
from contact_center.storage.company import CompanyFileError, load_company
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database, DatabaseError, create_engine, open_database
from contact_center.storage.events import EventStore, LogDiverged
from contact_center.storage.migrate import upgrade
from contact_center.storage.people import People
from contact_center.storage.records import InteractionQuery, Records
from tests.calls import ARRIVED_AT, abandoned_call, handled_call, recorded
from tests.support import aio

MEI = Customer(
    id="c1",
    name="王梅",
    numbers=("+12025550100", "+8613800138000"),
    emails=("mei@example.com",),
    language="zh",
    city="上海",
    tags=("vip",),
    since=1.5,
)
JOHN = Customer(
    id="c2",
    name="John Mey",
    numbers=("+12025550100",),
    external_ids=("crm-77",),
    company="Quay_Works",
    organisation="quay",
    preferred_agent="a1",
    since=2.0,
    contract_until=9.0,
    products=2,
    no_profiling=True,
)

COMPANY = """
name = "Harbour"
name_zh = "海港"
skills = ["billing", "english"]
[[agents]]
id = "a1"
name = "Ann"
team = "day"
skills = {billing = 4, english = 5}
[[dispositions]]
code = "resolved"
en = "Resolved"
zh = "已解决"
[[dispositions]]
code = "callback"
en = "Call back"
zh = "回电"
[[not_ready_reasons]]
code = "break"
en = "Break"
zh = "休息"
[[queues]]
id = "billing"
name = "Billing"
name_zh = "账单"
target_s = 15
dispositions = ["callback", "resolved"]
[[entry_points]]
number = "8000"
flow = "main_menu"
[[users]]
login = "ann"
name = "Ann"
password = "correct horse"
roles = ["agent"]
agent = "a1"
"""


@aio
async def test_migrations_and_tables_do_not_drift(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    await upgrade(empty_database_url)  # nothing left to do
    engine = create_engine(empty_database_url)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda c: compare_metadata(
                MigrationContext.configure(c, opts={"compare_type": True, "compare_server_default": True}),
                customer_tables.profile.metadata,
            )
        )
    await engine.dispose()
    assert differences == []


@aio
async def test_what_is_appended_is_read_back_as_it_was(database: Database) -> None:
    store, log = EventStore(database), recorded(handled_call("k"))
    await store.append(log[:5])
    await store.append(log[5:])
    assert await store.last_seq() == len(log)
    assert await store.of_contact("k") == log
    assert await store.read(after=3, limit=4) == log[3:7]
    assert await store.of_contact("other") == []


@aio
async def test_history_is_the_fold_of_the_log_after_every_batch(database: Database) -> None:
    store, records = EventStore(database), Records(database)
    log = recorded([*handled_call("k"), *abandoned_call("m")])
    for batch in (log[:7], log[5:9], log[9:]):  # the second repeats two events
        await store.append(batch)
        for contact in ("k", "m"):
            events = await store.of_contact(contact)
            kept = await records.interaction(contact)
            assert kept == (history.fold(events) if events else None)


@aio
async def test_appending_again_changes_nothing(database: Database) -> None:
    store, records, log = EventStore(database), Records(database), recorded(handled_call("k"))
    await store.append(log)
    before = await records.interaction("k")
    await store.append(log)
    await store.append([])
    assert (await records.interaction("k"), await store.last_seq()) == (before, len(log))


@aio
async def test_a_batch_that_does_not_continue_the_log_leaves_no_trace(database: Database) -> None:
    store, log = EventStore(database), recorded(handled_call("k"))
    await store.append(log[:3])
    with pytest.raises(LogDiverged, match="missing"):
        await store.append(log[4:])
    another = Recorded(seq=3, id="other", at=log[2].at, event=AgentReady(agent="a1"))
    with pytest.raises(LogDiverged, match="do not belong together"):
        await store.append([another, *log[3:]])
    assert await store.last_seq() == 3
    assert await store.read(after=0, limit=99) == log[:3]


@aio
async def test_two_writers_cannot_both_append(database: Database) -> None:
    store, log = EventStore(database), recorded(handled_call("k"))
    await store.append(log[:1])
    ours = log[1:]
    theirs = [replace(r, id=f"x{r.seq}") for r in ours]
    outcomes = await asyncio.gather(store.append(ours), store.append(theirs), return_exceptions=True)
    assert [type(o) for o in outcomes if o is not None] == [LogDiverged]
    stored = await store.read(after=1, limit=99)
    assert stored in (ours, theirs)


@aio
async def test_events_between_two_times_by_type(database: Database) -> None:
    store, log = EventStore(database), recorded(handled_call("k"))
    await store.append(log)
    span = [r async for r in store.between(ARRIVED_AT + 2, ARRIVED_AT + 8)]
    assert span == log[1:4]
    noted = [r async for r in store.between(0, ARRIVED_AT * 2, types={"DispositionSet"})]
    assert noted == [r for r in log if isinstance(r.event, DispositionSet)]


@aio
async def test_more_than_a_page_of_events_comes_in_order(database: Database) -> None:
    store = EventStore(database)
    log = recorded([AgentReady(agent="a1")] * 2100)
    await store.append(log)
    assert [r async for r in store.between(0, ARRIVED_AT * 2)] == log


@aio
async def test_customers_by_number_and_by_any_text(database: Database) -> None:
    records = Records(database)
    await records.save_customers([MEI, JOHN])
    await records.save_customers([MEI])  # the same again
    assert await records.customer("c1") == MEI
    assert await records.customer("c2") == JOHN
    assert await records.customer("nobody") is None
    assert {c.id for c in await records.customers_by_number("+12025550100")} == {"c1", "c2"}
    assert await records.customers_by_number("+8613800138000") == [MEI]
    assert await records.customers_by_number("+19") == []
    for text, found in {
        "梅": {"c1"},
        "me": {"c1", "c2"},  # an e-mail, and a name whatever its case
        "QUAY_": {"c2"},
        "quayx": set(),
        "138 0013": {"c1"},
        "%": set(),
        "": {"c1", "c2"},
    }.items():
        assert {c.id for c in await records.search_customers(text, 10)} == found, text
    assert len(await records.search_customers("", 1)) == 1


@aio
async def test_interactions_newest_first_with_names(database: Database, tmp_path: Path) -> None:
    records, store = Records(database), EventStore(database)
    await records.save_customers([MEI])
    (tmp_path / "company.toml").write_text(COMPANY)
    await load_company(database, tmp_path / "company.toml", str.upper)
    old = recorded(handled_call("old"))
    new = recorded(abandoned_call("new"), first_seq=len(old) + 1, at=ARRIVED_AT + 100)
    await store.append([*old, *new])
    both = await records.interactions(InteractionQuery(queue="billing"))
    assert [(i.contact, i.customer_name, i.agent_name) for i in both] == [
        ("new", None, None),
        ("old", "王梅", "Ann"),
    ]
    assert [i.contact for i in await records.interactions(InteractionQuery(agent="a1"))] == ["old"]
    assert [i.contact for i in await records.interactions(InteractionQuery(limit=1))] == ["new"]
    after = InteractionQuery(from_at=ARRIVED_AT + 1, to_at=ARRIVED_AT + 101)
    assert [i.contact for i in await records.interactions(after)] == ["new"]
    assert [i.contact for i in await records.interactions_of_customer("c1", 5)] == ["old"]
    assert len(await records.interactions_of_number("+12025550100", 5)) == 2
    assert await records.interaction_count() == 2


@aio
async def test_sessions_end_by_time_by_log_out_and_with_a_new_password(database: Database) -> None:
    people = People(database)
    ann = User(id="u1", login="ann", name="Ann", roles=("agent", "supervisor"), agent="a1", language="zh")
    await people.save_user(ann, "hash")
    assert await people.user("ann") == (ann, "hash")
    assert await people.user("bob") is None
    live = Session(token_hash="t1", csrf="x", user=ann, expires_at=100.0)
    await people.open_session(live, now=1.0)
    assert await people.session("t1", now=99.9) == live
    assert await people.session("t1", now=100.0) is None
    await people.open_session(replace(live, token_hash="t2", expires_at=200.0), now=150.0)
    assert await people.session("t1", now=1.0) is None  # expired ones are swept when another opens
    await people.close_session("t2")
    assert await people.session("t2", now=150.0) is None
    await people.open_session(replace(live, token_hash="t3"), now=1.0)
    await people.save_user(ann, "new hash")
    assert await people.session("t3", now=1.0) is None


@aio
async def test_a_company_file_loaded_twice_is_loaded_once(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "company.toml"
    path.write_text(COMPANY)
    await load_company(database, path, str.upper)
    first = await load_directory(database)
    path.write_text(COMPANY.replace('"correct horse"', '"another one"'))
    await load_company(database, path, str.upper)
    assert await load_directory(database) == first
    assert first.agents["a1"].skills == {"billing": 4, "english": 5}
    assert [c.code for c in first.queues["billing"].dispositions] == ["callback", "resolved"]
    assert (first.queues["billing"].target_s, first.entry_points["8000"].flow) == (15, "main_menu")
    assert first.not_ready_reasons[0].zh == "休息"
    known = await People(database).user("ann")
    assert known is not None
    assert known[1] == "CORRECT HORSE"


@aio
async def test_a_company_file_changes_what_it_names(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "company.toml"
    path.write_text(COMPANY)
    await load_company(database, path, str.upper)
    path.write_text(
        COMPANY.replace("{billing = 4, english = 5}", "{billing = 1}").replace('"callback", ', "")
    )
    await load_company(database, path, str.upper)
    company = await load_directory(database)
    assert company.agents["a1"].skills == {"billing": 1}
    assert [c.code for c in company.queues["billing"].dispositions] == ["resolved"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("billing = 4", "billing = 6", r"agents\.0\.skills\.billing: .*less than or equal to 5"),
        ("billing = 4", "cooking = 4", r"agents\.a1\.skills: no skill cooking"),
        ('agent = "a1"', 'agent = "a9"', r"users\.ann\.agent: no agent a9"),
        ('["callback", "resolved"]', '["oops"]', r"queues\.billing\.dispositions: no disposition oops"),
        ("target_s = 15", "target = 15", r"queues\.0\.target: Extra inputs"),
        ('code = "callback"', 'code = "resolved"', r"dispositions: resolved is there more than once"),
        ('name = "Harbour"', "name = Harbour", r"company\.toml: Invalid value"),
    ],
)
@aio
async def test_a_faulty_company_file_is_refused_by_key(
    sqlite_database: Database, tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "company.toml"
    path.write_text(COMPANY.replace(old, new))
    with pytest.raises(CompanyFileError, match=message) as refused:
        await load_company(sqlite_database, path, str.upper)
    assert str(path) in str(refused.value)
    assert (await load_directory(sqlite_database)).agents == {}


@aio
async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    async def half_a_change() -> None:
        async with database.transaction() as connection:
            await connection.exec_driver_sql("INSERT INTO skill (name) VALUES ('one')")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await half_a_change()
    assert (await load_directory(database)).skills == ()


@aio
async def test_ping_says_whether_the_database_answers(database: Database) -> None:
    assert await database.ping()
    gone = open_database("postgresql+asyncpg://tests@127.0.0.1:1/none")
    assert not await gone.ping()
    await gone.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite+aiosqlite://", "sqlite:///x.db"])
def test_a_wrong_database_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(DatabaseError, match="database_url"):
        open_database(url)


@aio
async def test_a_tier_set_by_hand_becomes_a_tag(tmp_path: Path) -> None:
    """From 0012 on there is one tier, the reckoned one; the word somebody wrote is kept."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
    await upgrade(url, "0011_base_runs")
    old = open_database(url)
    async with old.transaction() as connection:
        for id_, tier in (("c1", "gold"), ("c2", "standard")):
            await connection.exec_driver_sql(
                "INSERT INTO customer (id, name, kind, tier, language, city, company, notes, tags, since,"
                " no_profiling) VALUES (?, 'Mei', 'person', ?, 'en', '', '', '', '[\"vip\"]', 0, 0)",
                (id_, tier),
            )
    await old.close()
    await upgrade(url)
    database = open_database(url)
    tags = {c.id: (c.tags, c.version) for c in await Records(database).customers_after("", 9)}
    await database.close()
    assert tags == {"c1": (("vip", "tier:gold"), 1), "c2": (("vip",), 1)}
