"""Pages about customers over HTTP: theory, timeline, repair cases, segments, the policy and its previews."""

import csv
import io
from typing import Any

import httpx

from contact_center.customers.record import Consent, CustomerNote
from contact_center.customers.rows import CustomerRow
from contact_center.loyalty import repair
from contact_center.loyalty.measures import SurveyAnswer
from contact_center.loyalty.service import Loyalty
from contact_center.storage import imports
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.recordings import RecordingStore
from tests.calls import handled_call, recorded
from tests.contracts.test_loyalty_store import NOW, fill, reckoned
from tests.support import aio
from tests.web_fakes import Web

API = "/api/v1"
DAY = 86_400.0
EARLIER = NOW - 270 * DAY


async def story(web: Web, database: Database, customers: int = 60) -> None:
    """A reckoned base in which `c1` has bought, complained, answered and been written about."""
    web.now[0] = NOW
    await fill(database, customers)
    store, events = LoyaltyStore(database), EventStore(database)
    await reckoned(store, EARLIER)
    last = await events.last_seq()
    await events.append(recorded(handled_call("z", disposition="complaint"), first_seq=last + 1))
    await Loyalty(store, events.read, lambda: NOW).follow()
    await imports.put(
        database,
        [
            SurveyAnswer(contact="z", question="csat", customer="c1", at=NOW - 5.0, answer=2),
            CustomerNote(id="n1", customer="c1", at=NOW - 4.0, author="sue", text="Called back."),
        ],
    )
    await reckoned(store)


async def got(client: httpx.AsyncClient, path: str, status: int = 200) -> Any:
    answer = await client.get(API + path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def posted(client: httpx.AsyncClient, path: str, body: Any, status: int = 200) -> Any:
    answer = await client.post(API + path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@aio
async def test_the_theory_of_a_customer_and_of_those_without(web: Web, sqlite_database: Database) -> None:
    async with web.browser("ann") as client:
        bare = await got(client, "/customers/c1/theory")
        assert (bare["relationship"], bare["worth"], bare["reckoned_at"]) == (None, None, None)
        await story(web, sqlite_database, 120)
        whole = await got(client, "/customers/c1/theory")
        refused = await got(client, "/customers/refused/theory")
        await got(client, "/customers/none/theory", 404)
    assert (whole["portrait"]["refused"], refused["portrait"]["refused"]) == (False, True)
    assert (refused["relationship"], refused["worth"], refused["cut"]) == (None, None, None)
    profile, stretches = whole["portrait"]["profile"], whole["relationship"]["stretches"]
    assert stretches[-1]["stage"] == profile["stage"]
    assert stretches[-1]["to_at"] == whole["reckoned_at"] == NOW
    estimates = {e["method"]: e for e in whole["worth"]["estimates"]}
    own, group = estimates["purchase_model"], estimates["segment_migration"]
    weight = whole["worth"]["own_weight"]
    blended = weight * own["value"] + (1 - weight) * group["value"]
    assert abs(blended - profile["value"]) < 1e-6 * abs(profile["value"])
    assert abs(estimates["segment_retention"]["value"] - profile["current"]) < 1e-6 * abs(profile["current"])
    counted = sum(a["net"] for a in whole["worth"]["actions"] if a["counted"])
    assert abs(counted - profile["potential"]) < 1e-6 * max(1.0, profile["potential"])
    assert all((e["value"] is None) == (e["missing"] is not None) for e in estimates.values())
    assert len(whole["worth"]["rfm"]["scores"]) == 3
    seen = await RecordingStore(sqlite_database).noted(9, "c1")
    assert {row.action for row in seen} == {"profile.seen"}


@aio
async def test_a_timeline_has_everything_once_in_pages_of_any_size(
    web: Web, sqlite_database: Database
) -> None:
    await story(web, sqlite_database)
    async with web.browser("ann") as client:
        whole = (await got(client, "/customers/c1/timeline?limit=200"))["moments"]
        assert {m["kind"] for m in whole} >= {"contact", "sale", "case", "survey", "note"}
        assert [m["at"] for m in whole] == sorted((m["at"] for m in whole), reverse=True)
        paged: list[Any] = []
        after: str | None = ""
        while after is not None:
            place = f"&after={after}" if after else ""
            page = await got(client, f"/customers/c1/timeline?limit=4{place}")
            assert len(page["moments"]) <= 4
            paged, after = [*paged, *page["moments"]], page["after"]
        assert paged == whole
        notes = (await got(client, "/customers/c1/timeline?kind=note&kind=survey"))["moments"]
        assert [m["kind"] for m in notes] == ["note", "survey"]
        assert (await got(client, "/customers/none/timeline"))["moments"] == []
        await got(client, "/customers/c1/timeline?kind=nonsense", 422)
        await got(client, "/customers/c1/timeline?after=soon|x", 422)


@aio
async def test_a_case_is_taken_given_away_and_seen_with_its_promise(
    web: Web, sqlite_database: Database
) -> None:
    await story(web, sqlite_database)
    async with web.browser("bo") as bo, web.browser("sue") as sue:
        to_take = (await got(bo, "/repairs"))["repairs"]
        assert {(c["owner"], c["to_call"]) for c in to_take} <= {("", True)}, "no case of anybody else"
        (line,) = [c for c in (await got(sue, "/repairs"))["repairs"] if c["customer"] == "c1"]
        assert (line["customer_name"], line["owner"], line["mark"]) == ("Loyal", "a1", None)
        assert line["promised_at"] == min(c["due_at"] for c in line["clocks"])
        assert line["plan"] == list(repair.TASKS["voice"])
        path = f"/repairs/{line['case']}/owner"
        await posted(bo, path, {"owner": "a1"}, 403)
        assert (await posted(bo, path, {}))["owner"] == "a2"
        (own,) = [c for c in (await got(bo, "/repairs"))["repairs"] if c not in to_take]
        assert [c["due_at"] for c in own["clocks"]] == [c["due_at"] for c in line["clocks"]]
        await posted(sue, path, {}, 422)
        await posted(sue, path, {"owner": "nobody"}, 422)
        assert (await posted(sue, path, {"owner": "a1"}))["owner"] == "a1"
        await posted(sue, "/repairs/none/owner", {"owner": "a1"}, 404)
        await posted(sue, f"/repairs/{line['case']}/close", {"outcome": "customer_confirms: all well"})
        (closed,) = (await got(bo, "/repairs?customer=c1"))["repairs"]
        assert closed["outcome"] == "customer_confirms: all well"
    told = [row.details for row in await RecordingStore(sqlite_database).noted(9, line["case"])]
    assert sorted(told) == ["a1 to a2", "a2 to a1"]


@aio
async def test_segments_add_up_and_their_lists_hold_who_is_counted(
    web: Web, sqlite_database: Database
) -> None:
    async with web.browser("ann") as ann:
        await got(ann, "/loyalty/matrix", 403)
        await got(ann, "/loyalty/figures", 403)
    async with web.browser("sue") as client:
        assert (await got(client, "/loyalty/matrix"))["matrix"] is None
        await story(web, sqlite_database)
        matrix = (await got(client, "/loyalty/matrix"))["matrix"]
        steps = (await got(client, "/loyalty/pyramid"))["steps"]
        whole = await got(client, "/loyalty/customers?limit=200")
        assert sum(c["customers"] for c in matrix["cells"]) == whole["total"] == len(whole["members"])
        assert sum(s["customers"] for s in steps) == whole["total"]
        figures = (await got(client, "/loyalty/figures?days=91"))["figures"]
        left = sum(m["stage"] == "exited" for m in whole["members"])
        assert figures["stable"]["n"] == whole["total"] - left
        assert (figures["retained"]["profit"], figures["enough"]) == (None, 30)
        for cell in matrix["cells"]:
            edges = [[None, *matrix[f"{a}_edges"], None] for a in ("current", "potential")]
            asked = "&".join(
                f"{axis}_{end}={value}"
                for axis, own in zip(("current", "potential"), edges, strict=True)
                for end, value in (("from", own[cell[axis]]), ("to", own[cell[axis] + 1]))
                if value is not None
            )
            assert (await got(client, f"/loyalty/customers?{asked}"))["total"] == cell["customers"]
        risky = await got(client, "/loyalty/customers?at_risk=true&limit=200")
        assert {m["id"] for m in risky["members"]} == {m["id"] for m in whole["members"] if m["risks"]}
        signs = await got(client, "/loyalty/customers?risk=exit_signal&tier=platinum&tier=gold&limit=200")
        assert all("exit_signal" in m["risks"] for m in signs["members"])
        assert {m["tier"] for m in signs["members"]} <= {"platinum", "gold"}
        found = (await got(client, "/customers?limit=200"))["customers"]
        everywhere = {
            m["id"]: m["tier"] for m in (await got(client, "/loyalty/customers?limit=200"))["members"]
        }
        assert {c["id"]: c["tier"] for c in found if c["tier"] is not None} == everywhere
        paged: list[Any] = []
        after: str | None = ""
        while after is not None:
            page = await got(client, f"/loyalty/customers?limit=7{f'&after={after}' if after else ''}")
            paged, after = [*paged, *page["members"]], page["after"]
        assert paged == whole["members"]
        text = (await client.get(f"{API}/loyalty/customers.csv?stage=stable")).text
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert {r["id"] for r in rows} == {m["id"] for m in whole["members"] if m["stage"] == "stable"}


@aio
async def test_the_base_over_time(web: Web, sqlite_database: Database) -> None:
    await story(web, sqlite_database)
    async with web.browser("sue") as client:
        runs = (await got(client, "/loyalty/runs"))["runs"]
        assert [run["at"] for run in runs] == [EARLIER, NOW]
        base = await got(client, "/loyalty/segments")
        assert abs(runs[-1]["equity"] - base["equity"]) < 1e-6
        assert abs(sum(runs[-1]["by_tier"].values()) - base["equity"]) < 1e-6
        now = (await got(client, f"/loyalty/flow?from={NOW}&to={NOW}"))["flows"]
        assert all(f["before"] == f["after"] for f in now)
        moved = (await got(client, f"/loyalty/flow?from={EARLIER}&to={NOW}"))["flows"]
        assert sum(f["customers"] for f in moved) == sum(f["customers"] for f in now) == runs[-1]["customers"]
        assert any(f["before"] != f["after"] for f in moved)
        tiers = (await got(client, f"/loyalty/flow?from=0&to={NOW}&of=tier"))["flows"]
        assert {f["after"] for f in tiers} <= {"platinum", "gold", "iron", "lead"}


@aio
async def test_a_policy_is_checked_previewed_and_saved_by_an_administrator(
    web: Web, sqlite_database: Database
) -> None:
    await story(web, sqlite_database)
    changes = {"segments.runs": 1, "lifecycle.drawdown_decline": 0.16, "reactions.exit_drawdown": 0.9}
    wanted = {"based_on": 0, "changes": changes}
    async with web.browser("sue") as sue, web.browser("ada") as ada:
        sheet = await got(sue, "/loyalty/policies/0")
        assert {p["path"] for p in sheet["parameters"]} == set(sheet["shipped"])
        await posted(sue, "/loyalty/policy/check", wanted, 403)
        good = await posted(ada, "/loyalty/policy/check", wanted)
        assert good["faults"] == []
        assert {d["path"]: d["after"] for d in good["differences"]} == changes
        bad = await posted(ada, "/loyalty/policy/check", {**wanted, "changes": {"lifecycle.hold": 99}})
        assert [f["path"] for f in bad["faults"]] == ["lifecycle.hold"]
        wrong = {**wanted, "changes": {"lifecycle.hold": 99}, "note": "no"}
        assert "lifecycle.hold" in (await posted(ada, "/loyalty/policies", wrong, 422))["detail"]
        await posted(ada, "/loyalty/policies", {**wanted, "note": ""}, 422)
        begun = await posted(ada, "/loyalty/policy/previews", wanted, 202)
        states: list[Any] = []

        while not states or states[-1]["state"] == "running":
            states.append(await got(ada, f"/loyalty/policy/previews/{begun['id']}"))
        preview = states[-1]["preview"]
        assert states[-1]["state"] == "ready"
        assert preview["customers"] == 64
        assert 0 < preview["movers"] <= 64
        risk = {(m["before"], m["after"]) for m in preview["moves"] if m["of"] == "risk"}
        assert ("at_risk", "calm") in risk
        assert {m["customer"] for m in preview["sample"]}
        await got(ada, "/loyalty/policy/previews/other", 404)
        before = await LoyaltyStore(sqlite_database).segments()
        saved = await posted(ada, "/loyalty/policies", {**wanted, "note": "sooner"}, 201)
        assert (saved["version"], saved["author"], saved["note"]) == (1, "ada", "sooner")
        assert await LoyaltyStore(sqlite_database).segments() == before  # it acts from the next reckoning on
        again = await posted(ada, "/loyalty/policies", {**wanted, "note": "late"}, 409)
        assert again["type"].endswith(":policy")
        versions = (await got(sue, "/loyalty/policies"))["versions"]
        assert [v["version"] for v in versions] == [1, 0]
        found = (await got(sue, "/loyalty/policies/0/differences?to=1"))["differences"]
        assert {d["path"]: d["after"] for d in found} == changes
        await got(sue, "/loyalty/policies/7", 404)


@aio
async def test_who_refuses_profiling_later_leaves_no_trace_of_it(web: Web, sqlite_database: Database) -> None:
    await story(web, sqlite_database)
    async with web.browser("sue") as client:
        moved = (await got(client, "/customers/leaving/timeline?kind=change"))["moments"]
        assert [(m["what"], m["after"]) for m in moved]
        record = await web.records.customer("leaving")
        assert record is not None
        consent = Consent(customer="leaving", purpose="marketing", granted=False, at=NOW)
        refused = {name: getattr(record, name) for name in record.__slots__} | {"no_profiling": True}
        await imports.put(
            sqlite_database, [CustomerRow(customer=type(record)(**refused), consents=(consent,))]
        )
        await reckoned(LoyaltyStore(sqlite_database), NOW + DAY)
        assert (await got(client, "/customers/leaving/timeline?kind=change"))["moments"] == []
