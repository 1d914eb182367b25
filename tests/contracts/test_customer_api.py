"""A customer's file over HTTP: what is kept, what he allows, merging and splitting, and who looked."""

from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.records import Records
from tests.support import aio
from tests.web_fakes import Web

API = "/api/v1"


@aio
async def test_a_file_holds_what_is_no_money_and_every_look_is_noted(web: Web) -> None:
    async with web.browser("ann") as client:
        noted = await client.post(f"{API}/customers/c1/notes", json={"text": "回电"})
        assert noted.status_code == 200
        path = f"{API}/customers/c1/consents/marketing"
        assert (await client.put(path, json={"granted": True, "source": "call"})).json()["granted"]
        file = (await client.get(f"{API}/customers/c1/file")).json()
        assert ([n["text"] for n in file["notes"]], file["notes"][0]["author"]) == (["回电"], "ann")
        assert [(c["purpose"], c["granted"]) for c in file["consents"]] == [("marketing", True)]
        assert file["organisation"] is None
        for _ in range(3):
            assert (await client.get(f"{API}/customers/c1")).status_code == 200
        await client.get(f"{API}/customers/c1/interactions")
        assert (await client.get(f"{API}/customers/none/file")).status_code == 404
        assert (await client.post(f"{API}/customers/none/notes", json={"text": "x"})).status_code == 404
        assert (await client.get(f"{API}/audit")).status_code == 403
    async with web.browser("ada") as client:
        rows = (await client.get(f"{API}/audit", params={"subject": "c1"})).json()["rows"]
        assert sorted((r["user"], r["action"]) for r in rows) == [
            ("ann", "consent.set"),
            ("ann", "history.seen"),
            ("ann", "record.seen"),  # as one: within a minute
        ]
        web.now[0] += 61
        await client.get(f"{API}/customers/c1")
        mine = (await client.get(f"{API}/audit", params={"user": "ada", "action": "record.seen"})).json()
        assert [r["subject"] for r in mine["rows"]] == ["c1"]


@aio
async def test_a_refusal_of_profiling_takes_the_profile_away_at_once(
    web: Web, sqlite_database: Database
) -> None:
    store = LoyaltyStore(sqlite_database)
    await web.nights.now()
    await web.nights.finished()
    assert await store.profile("c1") is not None
    async with web.browser("ann") as client:
        path = f"{API}/customers/c1/profiling"
        assert (await client.put(path, json={"refused": True})).status_code == 204
        assert await store.profile("c1") is None
        shown = (await client.get(f"{API}/customers/c1/portrait")).json()
        assert (shown["profile"], shown["refused"]) == (None, True)
        assert (await client.put(path, json={"refused": False})).status_code == 204
        assert await store.profile("c1") is not None


@aio
async def test_two_records_are_merged_and_split_by_a_supervisor(web: Web, sqlite_database: Database) -> None:
    records, store = Records(sqlite_database), LoyaltyStore(sqlite_database)
    before = [await records.customer(c) for c in ("c1", "c2")]
    await web.nights.now()
    await web.nights.finished()
    order = {"absorb": "c2", "reason": "same passport"}
    async with web.browser("ann") as client:
        assert (await client.post(f"{API}/customers/c1/merge", json=order)).status_code == 403
        assert (await client.get(f"{API}/customers/c1/merge", params={"absorb": "c2"})).status_code == 403
    async with web.browser("sue") as client:
        for absorb, answer in (("c1", 409), ("none", 404)):
            looked = await client.get(f"{API}/customers/c1/merge", params={"absorb": absorb})
            assert looked.status_code == answer
        preview = (await client.get(f"{API}/customers/c1/merge", params={"absorb": "c2"})).json()
        assert [await records.customer(c) for c in ("c1", "c2")] == before, "a look changes nothing"
        done = (await client.post(f"{API}/customers/c1/merge", json=order)).json()
        assert (done["kept"], done["absorbed"], done["user"]) == ("c1", "c2", "sue")
        assert (await client.get(f"{API}/customers/c2")).status_code == 404
        assert (await client.post(f"{API}/customers/c1/merge", json=order)).status_code == 404
        assert await store.profile("c2") is None
        joint = (await client.get(f"{API}/customers/c1")).json()
        assert {each["name"]: each["joint"] for each in preview["fields"]} == {
            name: value for name, value in joint.items() if name not in ("id", "version")
        }, "the merge did what the preview said"
        file = (await client.get(f"{API}/customers/c1/file")).json()
        assert [m["id"] for m in file["merges"]] == [done["id"]]
        path = f"{API}/merges/{done['id']}/split"
        assert (await client.post(path, json={"reason": "two people"})).status_code == 200
        assert (await client.post(path, json={"reason": "again"})).status_code == 409
        assert [await records.customer(c) for c in ("c1", "c2")] == before
        assert await store.profile("c2") is not None
        itself = {"absorb": "c1", "reason": "x"}
        assert (await client.post(f"{API}/customers/c1/merge", json=itself)).status_code == 409
    async with web.browser("ada") as client:
        rows = (await client.get(f"{API}/audit", params={"subject": "c1", "user": "sue"})).json()["rows"]
        told = {r["action"]: r["details"] for r in rows}
        assert told["customer.merged"] == "c2: same passport"
        assert told["customer.split"] == "two people"


@aio
async def test_nights_are_seen_by_supervisors_and_begun_by_administrators(web: Web) -> None:
    async with web.browser("sue") as client:
        assert (await client.get(f"{API}/loyalty/nights")).json() == {"nights": []}
        assert (await client.post(f"{API}/loyalty/nights")).status_code == 403
    async with web.browser("ada") as client:
        assert (await client.post(f"{API}/loyalty/nights")).status_code == 202
        await web.nights.finished()
        (night,) = (await client.get(f"{API}/loyalty/nights")).json()["nights"]
        assert (night["done"], night["customers"], night["fault"]) == (2, 2, "")
