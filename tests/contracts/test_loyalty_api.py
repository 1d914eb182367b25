"""The customer theory over HTTP: portraits with their why, repair cases with their clocks, and the audit."""

import asyncio

from contact_center.loyalty.service import Loyalty
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.recordings import RecordingStore
from tests.calls import handled_call, recorded
from tests.support import aio
from tests.web_fakes import Web

API = "/api/v1"


async def complain(database: Database) -> None:
    """Customer c1 complains in a call with agent a1, after a night in which he was reckoned."""
    store, events = LoyaltyStore(database), EventStore(database)
    _ = [done async for done in store.recompute(1_700_000_000.0)]
    last = await events.last_seq()
    await events.append(recorded(handled_call("z", disposition="complaint"), first_seq=last + 1))
    await Loyalty(store, events.read, lambda: 0.0).follow()


@aio
async def test_a_portrait_says_why_and_who_looked(web: Web, sqlite_database: Database) -> None:
    await complain(sqlite_database)
    async with web.browser("ann") as client:
        shown = (await client.get(f"{API}/customers/c1/portrait")).json()
        assert (await client.get(f"{API}/customers/none/portrait")).status_code == 404
        assert (await client.get(f"{API}/loyalty/policy")).status_code == 403
    assert shown["next_step"] == "repair"
    assert {why["of"] for why in shown["why"]} >= {"stage", "value", "tier", "index", "next_step"}
    assert [c["name"] for c in shown["profile"]["contributions"]]
    assert [(row.action, row.user) for row in await RecordingStore(sqlite_database).noted(9, "c1")] == [
        ("profile.seen", "ann")
    ]


@aio
async def test_segments_and_policy_are_for_supervisors(web: Web, sqlite_database: Database) -> None:
    await complain(sqlite_database)
    async with web.browser("sue") as client:
        base = (await client.get(f"{API}/loyalty/segments")).json()
        assert sum(s["customers"] for s in base["segments"]) == 2
        assert base["equity"] == 0  # nobody has bought anything
        assert (await client.get(f"{API}/loyalty/policy")).json()["author"] == "shipped default"
    async with web.browser("ann") as client:
        assert (await client.get(f"{API}/loyalty/segments")).status_code == 403


@aio
async def test_a_repair_case_is_worked_on_by_its_owner(web: Web, sqlite_database: Database) -> None:
    await complain(sqlite_database)
    async with web.browser("ann") as client:
        (case,) = (await client.get(f"{API}/repairs")).json()["repairs"]
        assert (case["owner"], case["customer"], case["because"]) == ("a1", "c1", "complaint")
        path = f"{API}/repairs/{case['case']}"
        assert (await client.post(f"{path}/tasks", json={"task": "nonsense"})).status_code == 422
        begun = (await client.post(f"{path}/tasks", json={"task": "apology"})).json()
        assert begun["tasks_done"] == ["apology"]
        closed = (await client.post(f"{path}/close", json={"outcome": "confirmed"})).json()
        assert closed["outcome"] == "confirmed"
        assert (await client.get(f"{API}/repairs")).json() == {"repairs": []}
        again = (await client.post(f"{path}/reopen")).json()
        assert (again["reopened"], again["closed_at"]) == (1, None)
        assert (await client.post(f"{API}/repairs/none/reopen")).status_code == 404


@aio
async def test_a_remedy_is_given_within_the_cap_and_beyond_it_by_a_supervisor(
    web: Web, sqlite_database: Database
) -> None:
    """Nobody has bought anything here: the policy's minimum of 20 is what may be given."""
    await complain(sqlite_database)
    async with web.browser("ann") as client:
        (case,) = (await client.get(f"{API}/repairs")).json()["repairs"]
        assert (case["means"]["cap"], case["means"]["left"], case["means"]["share"]) == (20.0, 20.0, None)
        path = f"{API}/repairs/{case['case']}/remedies"
        for bad in ({"amount": 0}, {"amount": 1.005}, {"amount": 5, "kind": "gold"}, {"amount": -1}):
            assert (await client.post(path, json={"kind": "credit", **bad})).status_code == 422
        given = await client.post(path, json={"kind": "credit", "amount": 12.5, "note": "late parcel"})
        assert given.status_code == 201
        assert given.json()["tasks_done"] == ["remedy"]
        over = await client.post(path, json={"kind": "goods", "amount": 7.51})
        assert (over.status_code, over.json()["type"].split(":")[-1]) == (409, "over_cap")
        assert "7.50 of 20.00" in over.json()["detail"]
        (case,) = (await client.get(f"{API}/repairs")).json()["repairs"]
        assert (case["means"]["given"], case["means"]["left"]) == (12.5, 7.5)
    async with web.browser("bo") as client:
        assert (await client.post(path, json={"kind": "credit", "amount": 1})).status_code == 404, "not his"
    async with web.browser("sue") as client:
        silent = await client.post(path, json={"kind": "goods", "amount": 50})
        assert (silent.status_code, silent.json()["type"].split(":")[-1]) == (409, "say_why")
        beyond = await client.post(path, json={"kind": "goods", "amount": 50, "note": "our fault"})
        assert [r["beyond"] for r in beyond.json()["remedies"]] == [False, True]
        close = await client.post(path.replace("remedies", "close"), json={"outcome": "confirmed"})
        assert close.status_code == 200
        late = await client.post(path, json={"kind": "credit", "amount": 1})
        assert (late.status_code, late.json()["type"].split(":")[-1]) == (409, "case_closed")
    noted = await RecordingStore(sqlite_database).noted(9, case["case"])
    assert sorted((row.action, row.user, row.details) for row in noted) == [
        ("repair.remedy", "ann", "credit 12.50; 0.00 of 20.00 given before: late parcel"),
        ("repair.remedy_beyond", "sue", "goods 50.00; 12.50 of 20.00 given before: our fault"),
        ("repair.remedy_refused", "ann", "goods 7.51; 12.50 of 20.00 given before"),
    ]


@aio
async def test_two_who_give_at_once_do_not_both_spend_what_is_left(
    web: Web, sqlite_database: Database
) -> None:
    await complain(sqlite_database)
    async with web.browser("ann") as client:
        (case,) = (await client.get(f"{API}/repairs")).json()["repairs"]
        path = f"{API}/repairs/{case['case']}/remedies"
        wish = {"kind": "credit", "amount": 15}
        answers = await asyncio.gather(*(client.post(path, json=wish) for _ in range(3)))
        assert sorted(each.status_code for each in answers) == [201, 409, 409]
