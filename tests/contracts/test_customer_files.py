"""Customers, transactions and benefits in and out of files, on both engines; and forgetting one of them."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contact_center.cli import app
from contact_center.customers.files import FileFault, Writer, rows
from contact_center.customers.record import Customer
from contact_center.customers.rows import CUSTOMER_COLUMNS
from contact_center.loyalty.ledger import Transaction
from contact_center.loyalty.policy import DEFAULT
from contact_center.recordings.recording import AuditRow, Peaks, Recording
from contact_center.storage import imports
from contact_center.storage.customer_theory import TheoryStore
from contact_center.storage.engine import Database
from contact_center.storage.erasure import erase, without_person
from contact_center.storage.events import EventStore
from contact_center.storage.exports import everything_of, rows_of
from contact_center.storage.imports import Import, Kind, Progress, take
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.money import amount, e4
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.records import Records
from tests.calls import handled_call, recorded
from tests.support import aio

NOW = 1_700_000_000.0
CUSTOMERS = """id,name,kind,numbers,emails,tags,since,products,consents,no_profiling
c1,王梅,person,+1 202-555-0100;(202) 555-0101,Mei@Example.com,vip;new,2021-05-01,2,marketing=yes,
c2,,person,,,,,,,
c3,Quay Works,company,12,,,,,,
c4,Quay Works,company,,ap@quay.example,,1600000000,,marketing=no;survey=yes,yes
c5,Too,many,values,,,,,,,,
"""
TRANSACTIONS = """id,customer,at,kind,quantity,unit_price,unit_cost
t1,c1,2023-01-05T10:00:00+08:00,order,2,19.99,5
t2,nobody,2023-01-05,order,1,1,1
t3,c1,2023-02-05,refund,1,19.99,5
t4,c1,2023-02-05,order,1,0.00001,5
t5,c1,2093-02-05,order,1,1,5
"""


def wanted(path: Path, kind: Kind = "customers", *, dry: bool = False) -> Import:
    return Import(kind=kind, path=path, region="US", now=NOW, dry=dry)


async def run(database: Database, job: Import) -> list[Progress]:
    return [progress async for progress in take(database, job)]


@aio
async def test_good_rows_are_taken_and_bad_ones_named(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(CUSTOMERS)
    batch, last = await run(database, wanted(path))
    assert [(r.line, r.reason) for r in batch.refusals] == [
        (3, "name: is missing"),
        (4, "numbers: '12' is no phone number"),
        (6, "12 values for 10 columns"),
    ]
    assert (last.rows, last.refused, last.finished) == (5, 3, True)
    mei = await Records(database).customer("c1")
    assert mei is not None
    assert mei.numbers == ("+12025550100", "+12025550101")
    assert (mei.emails, mei.tags, mei.products, mei.since) == (
        ("mei@example.com",),
        ("vip", "new"),
        2,
        1619827200.0,
    )
    quay = await Records(database).customer("c4")
    assert quay is not None
    assert quay.no_profiling
    found = await everything_of(database, "c4")
    assert found is not None
    assert {c["purpose"]: c["granted"] for c in found["consent"]} == {"marketing": False, "survey": True}


@aio
async def test_a_dry_run_finds_the_same_faults_and_stores_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(CUSTOMERS)
    dry = await run(database, wanted(path, dry=True))
    assert await Records(database).customer("c1") is None
    wet = await run(database, wanted(path))
    assert [p.refusals for p in dry] == [p.refusals for p in wet]


@aio
async def test_money_needs_a_customer_and_the_same_id_is_the_same(database: Database, tmp_path: Path) -> None:
    await Records(database).save_customers([Customer(id="c1", name="Mei")])
    path = tmp_path / "t.csv"
    path.write_text(TRANSACTIONS)
    batch, _ = await run(database, wanted(path, "transactions"))
    assert [(r.line, r.reason) for r in batch.refusals] == [
        (3, "customer: there is no nobody"),
        (5, "unit_price: '0.00001' has more than four decimals"),
        (6, "at: is before 1970 or in the future"),
    ]
    path.write_text(TRANSACTIONS.replace("19.99", "29.99"))  # another file: the rows are corrected
    await run(database, wanted(path, "transactions"))
    kept = [row async for row in rows_of(database, "transactions")]
    assert [(r["id"], r["kind"], r["unit_price"]) for r in kept] == [
        ("t1", "order", "29.99"),
        ("t3", "refund", "29.99"),
    ]
    benefits = tmp_path / "b.jsonl"
    benefits.write_text(
        '{"id": "b1", "customer": "c1", "at": 1650000000, "kind": "referral", "amount": 5}\n{"id": "b2"}'
    )
    (done, _) = await run(database, wanted(benefits, "benefits"))
    assert (done.rows, [r.reason for r in done.refusals]) == (2, ["kind: is missing"])


@aio
async def test_survey_answers_go_in_and_out_and_into_the_index(database: Database, tmp_path: Path) -> None:
    await Records(database).save_customers([Customer(id="c1", name="Mei")])
    store = LoyaltyStore(database)
    path = tmp_path / "s.csv"
    path.write_text(
        "contact,question,customer,at,answer\n"
        f"k,csat,c1,{NOW},5\nk,nps,c1,{NOW},9\nm,csat,c1,{NOW},6\nm,mood,c1,{NOW},1\n"
    )
    batch, _ = await run(database, wanted(path, "surveys"))
    assert [(r.line, r.reason) for r in batch.refusals] == [
        (4, "answer: csat is answered with a whole number from 1 to 5"),
        (5, "question: 'mood' is not one of csat, nps, ces, value_survey"),
    ]
    kept = [row async for row in rows_of(database, "surveys")]
    assert [(r["contact"], r["question"], r["answer"]) for r in kept] == [("k", "csat", 5), ("k", "nps", 9)]
    _ = [done async for done in store.recompute(NOW)]
    profile = await store.profile("c1")
    assert profile is not None
    satisfaction = next(c.score for c in profile.contributions if c.name == "satisfaction")
    assert satisfaction == pytest.approx((0.5 * 2 / 3 + 0.25 * (0.9 + 1) / 3) / 0.75)


@pytest.mark.parametrize(
    ("kind", "good", "bad", "reason"),
    [
        ("organisations", {"id": "q", "name": "Quay", "parent": None}, {"id": "r"}, "name: is missing"),
        (
            "notes",
            {"id": "n", "customer": "c1", "at": 1.5, "author": "ann", "text": "回电"},
            {"id": "m", "customer": "c9", "at": 1.5, "text": "x"},
            "customer: there is no c9",
        ),
    ],
)
@aio
async def test_organisations_and_notes(
    database: Database, tmp_path: Path, kind: Kind, good: dict[str, str], bad: dict[str, str], reason: str
) -> None:
    await Records(database).save_customers([Customer(id="c1", name="Mei")])
    path = tmp_path / "x.json"
    path.write_text(json.dumps([good, bad]))
    batch, _ = await run(database, wanted(path, kind))
    assert [r.reason for r in batch.refusals] == [reason]
    assert [row async for row in rows_of(database, kind)] == [good]


@aio
async def test_judged_events_go_in_and_out_and_decide_the_value(database: Database, tmp_path: Path) -> None:
    await Records(database).save_customers([Customer(id="c1", name="Mei")])
    sold = Transaction(id="t", customer="c1", at=NOW - 9, unit_price=Decimal(5))
    async with database.transaction() as connection:
        await imports._put(connection, [sold])
    month, path = 365.25 / 12 * 86_400, tmp_path / "e.csv"
    rows_in = [(3, 0.8, 120, 40), (6, 0.5, 300, 180), (9, 0.3, 0, 60), (12, 0.7, 240, 90)]
    path.write_text(
        "id,customer,due_at,probability,revenue,cost,author,basis,at\n"
        + "".join(f"e{m},c1,{NOW + m * month},{p},{r},{c},ann,talks,{NOW}\n" for m, p, r, c in rows_in)
        + f"x,c1,{NOW - 1},0.5,1,0,ann,talks,{NOW}\ny,c1,{NOW + 9},1.5,1,0,ann,talks,{NOW}\n"
        + f"z,c1,{NOW + 9},0.5,1,0,,talks,{NOW}\n"
    )
    batch, _ = await run(database, wanted(path, "events"))
    assert [r.reason for r in batch.refusals] == [
        "due_at: is missing or past",
        "probability: must be from 0 to 1",
        "author: is missing",
    ]
    kept = [row async for row in rows_of(database, "events")]
    assert [(r["id"], r["revenue"], r["cost"]) for r in kept][:2] == [
        ("e12", "240", "90"),
        ("e3", "120", "40"),
    ]
    store = LoyaltyStore(database)
    rules = DEFAULT.value
    monthly = replace(rules, rate_yearly=1.01**12 - 1)  # 1 % a month, as the published example has it
    await store.save_policy(replace(DEFAULT, version=1, value=monthly))
    _ = [done async for done in store.recompute(NOW)]
    profile = await store.profile("c1")
    assert profile is not None
    assert (profile.method, profile.rests_on.events) == ("customer_events", 4)
    assert profile.value == pytest.approx(195.3645)
    assert profile.p10 is not None
    assert profile.p10 < 195 < (profile.p90 or 0)
    page = await TheoryStore(database, store).theory("c1", NOW)
    assert page is not None
    assert page.worth is not None
    judged = next(each for each in page.worth.estimates if each.method == "customer_events")
    assert (judged.value, judged.p10, judged.p90) == pytest.approx((profile.value, profile.p10, profile.p90))
    assert [(ground.name, ground.value) for ground in judged.rests_on] == [("events", 4.0)]
    renewed = next(each for each in page.worth.estimates if each.method == "renewal_model")
    assert (renewed.value, renewed.missing) == (None, "no_contract")


@aio
async def test_an_import_broken_off_goes_on_where_it_was(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(json.dumps({"id": f"c{i:03}", "name": f"N{i}"}) for i in range(35)))
    async for progress in take(database, wanted(path)):
        if progress.rows == 20:
            break
    resumed = await run(database, wanted(path))
    assert [p.rows for p in resumed] == [30, 35, 35]
    assert {p.resumed_at for p in resumed} == {20}
    assert len(await Records(database).search_customers("", 100)) == 35
    (again,) = await run(database, wanted(path))
    assert (again.finished, again.resumed_at, again.rows) == (True, 35, 35)


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
@aio
async def test_what_is_exported_is_imported_as_it_was(database: Database, tmp_path: Path, name: str) -> None:
    source, target = tmp_path / "c.csv", tmp_path / name
    source.write_text(CUSTOMERS)
    await run(database, wanted(source))
    before = await Records(database).search_customers("", 100)
    with target.open("w", newline="") as file:
        writer = Writer(file, "csv" if name.endswith("csv") else "json", CUSTOMER_COLUMNS)
        async for row in rows_of(database, "customers"):
            writer.write(row)
    for one in before:
        await erase(database, one.id, tmp_path, _row("customer.erased", one.id))
    assert await Records(database).search_customers("", 100) == []
    (_, last) = await run(database, wanted(target))
    assert (last.rows, last.refused) == (2, 0)
    assert await Records(database).search_customers("", 100) == before


def _row(action: str, subject: str) -> AuditRow:
    return AuditRow(
        id=f"a-{subject}", at=NOW, user="ann", action=action, subject=subject, address="", details=""
    )


@aio
async def test_a_customer_is_forgotten_and_the_calls_stay_counted(database: Database, tmp_path: Path) -> None:
    records, store, shelf = Records(database), EventStore(database), RecordingStore(database)
    await records.save_customers([Customer(id="c1", name="王梅", numbers=("+12025550100",))])
    await store.append(recorded(handled_call("k")))
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "k.ogg").write_bytes(b"voice")
    await shelf.keep(
        Recording(
            id="k.1",
            contact="k",
            queue="billing",
            agent="a1",
            started_at=1.0,
            seconds=2.0,
            file="day/k.ogg",
            bytes=5,
            sha256="0",
            peaks=Peaks(left=(), right=()),
            pauses=(),
            expires_at=9.0,
        )
    )
    shown = await everything_of(database, "c1")
    assert shown is not None
    assert [len(shown[name]) for name in ("interaction", "recording")] == [1, 1]
    done = await erase(database, "c1", tmp_path, _row("customer.erased", "c1"))
    assert done is not None
    assert (done.contacts, done.recordings) == (1, 1)
    assert not (tmp_path / "day" / "k.ogg").exists()
    kept = await records.interaction("k")
    assert kept is not None
    assert (kept.customer, kept.from_number, kept.digits, kept.note) == (None, "", (), "")
    assert kept.outcome == "handled"
    text = str(await store.of_contact("k"))
    assert "2025550100" not in text
    assert "王梅" not in text
    assert await everything_of(database, "c1") is None
    assert await erase(database, "c1", tmp_path, _row("customer.erased", "c1")) is None
    assert [row.action for row in await shelf.noted(9, "c1")] == ["customer.erased"]


def test_only_what_tells_who_it_was_is_emptied() -> None:
    body = (
        '{"contact":"k","customer":"c1","matches":1,"name":"王梅","tier":"gold","type":"CustomerIdentified"}'
    )
    assert json.loads(without_person(body)) == {
        "contact": "k",
        "customer": None,
        "matches": 1,
        "name": "",
        "tier": "gold",
        "type": "CustomerIdentified",
    }


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.csv", "", "no header"),
        ("x.csv", 'id,name\n1,"open', "line"),
        ("x.json", '[{"id": 1}, 2]', "object 2: int instead of an object"),
        ("x.json", '[{"id": 1}, {"id"', "object 2"),
        ("x.txt", "", "must end with"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FileFault, match=message):
        list(rows(tmp_path / name))


def test_text_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("id,name\n1,é\n".encode("latin-1"))
    with pytest.raises(FileFault, match="not UTF-8"):
        list(rows(tmp_path / "x.csv"))


def test_json_is_read_piece_by_piece_whatever_its_form(tmp_path: Path) -> None:
    objects = [{"id": i, "name": "x" * 3000, "tags": ["[", "]"]} for i in range(100)]
    (tmp_path / "a.json").write_text(json.dumps(objects, indent=2))
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, objects)))
    for name in ("a.json", "b.jsonl"):
        assert [row.fields for row in rows(tmp_path / name)] == objects


def test_money_is_exact() -> None:
    assert amount(e4(Decimal("19.9999"))) == Decimal("19.9999")
    for wrong in ("0.00001", "1e30", "NaN", "Infinity"):
        with pytest.raises(ValueError, match=r"amount|decimals"):
            e4(Decimal(wrong))


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CC_DEFAULT_REGION", "US")
    Path("c.csv").write_text(CUSTOMERS)

    def invoke(*words: str) -> Result:
        with ThreadPoolExecutor(1) as thread:  # the tests' own thread runs a reactor already
            return thread.submit(CliRunner().invoke, app, words).result()

    dry = invoke("customer", "import", "c.csv", "--dry-run", "--errors", "dry.csv")
    assert (dry.exit_code, "2 of 5 rows would be taken" in dry.output) == (1, True)
    taken = invoke("customer", "import", "c.csv")
    assert "2 of 5 rows taken" in taken.output
    with Path("c.csv.errors.csv").open() as file:
        assert [row["line"] for row in csv.DictReader(file)] == ["3", "4", "6"]
    again = invoke("customer", "import", "c.csv")
    assert "nothing was left to do" in again.output
    counted = invoke("loyalty", "recompute")
    assert "2 customers in" in counted.output
    Path("policy.json").write_text(invoke("loyalty", "policy").output)
    saved = invoke("loyalty", "policy-save", "policy.json", "--note", "as it was")
    assert "policy version 1 is in force" in saved.output
    Path("policy.json").write_text('{"head_start_cap_s": "long"}')
    assert invoke("loyalty", "policy-save", "policy.json", "--note", "wrong").exit_code == 1
    for queue, tier, told in (
        ("biling", "gold", "no queue “biling”"),
        ("billing", "silver", "billing.silver"),
    ):
        wrong = {"queue_levers": {queue: {tier: {"head_start_s": 90}}}}
        Path("policy.json").write_text(json.dumps(wrong))
        refused = invoke("loyalty", "policy-save", "policy.json", "--note", "wrong")
        assert (refused.exit_code, told in " ".join(refused.output.split())) == (1, True), refused.output
    written = invoke("customer", "export", "out.csv")
    assert (written.exit_code, "2 rows written" in written.output) == (0, True)
    one = invoke("customer", "export-one", "c1", "mine")
    assert one.exit_code == 0
    assert json.loads(Path("mine/customer.json").read_text())["customer"]["name"] == "王梅"
    joined = invoke("customer", "merge", "c1", "c4", "--reason", "one firm")
    assert "c4 is part of c1 now" in joined.output
    merge = joined.output.split("split ")[1].split("`")[0]
    assert "are two again" in invoke("customer", "split", merge, "--reason", "two").output
    refused = invoke("customer", "split", merge, "--reason", "two")
    assert (refused.exit_code, "already" in refused.output) == (1, True)
    assert invoke("customer", "erase", "c1", "--yes").exit_code == 0
    gone = invoke("customer", "erase", "c1", "--yes")
    assert gone.exit_code == 1
