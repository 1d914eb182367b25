"""Tables of queues kept with the policy, measured on both engines, and edited over HTTP."""

from dataclasses import replace

from contact_center.loyalty.policy import DEFAULT, OwnLevers
from contact_center.runtime.directory import QueueSettings
from contact_center.simulation.tier_service import tier_service
from contact_center.storage.engine import Database
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.tier_service import TierServiceStore
from contact_center.web.policy_routes import queues_of
from tests.calls import abandoned_call, handled_call
from tests.contracts.test_customer_pages import got, posted
from tests.contracts.test_loyalty_store import DAY
from tests.contracts.test_tier_service import calls_of, is_of, opened
from tests.support import aio
from tests.web_fakes import Web

GOLD = "queue_levers.billing.gold"


@aio
async def test_a_queue_with_its_own_target_is_measured_by_it(database: Database) -> None:
    core = await opened(database)
    await is_of(database, "c1", "gold")
    await is_of(database, "new", "platinum")
    await core.happens(calls_of({"k1": handled_call("k1"), "k2": abandoned_call("k2", wait_s=40.0)}, "c1"))
    await core.happens(calls_of({"k3": handled_call("k3", customer="new")}, "new"))
    strict: OwnLevers = {"target_s": 12.0, "target_level": 0.95}
    policy = replace(
        DEFAULT,
        version=1,
        queue_levers={
            "billing": {"gold": strict, "platinum": {"head_start_s": 30.0}},
            "gone": {"gold": strict},
        },
    )
    await core.store.save_policy(policy)
    kept = await core.store.policy()
    assert kept == policy, "it comes back as it was"
    seen = await TierServiceStore(database).traffic(kept, core.now - DAY, core.now + DAY)
    gold, platinum = seen["gold"], seen["platinum"]
    assert (gold.offered, gold.within) == (2, 0), "12.5 s are within gold's 15, not within billing's own 12"
    assert set(gold.own) == {"billing"}
    part = gold.own["billing"]
    assert (part.offered, part.within, part.handled) == (2, 0, 1)
    assert (part.hours, part.wait_s) == (gold.hours, 52.5)
    assert (platinum.own, platinum.offered) == ({}, 1), "a head start of its own is no target"
    wide = replace(policy, queue_levers={"billing": {"gold": {"target_s": 13.0}}})
    again = (await TierServiceStore(database).traffic(wide, core.now - DAY, core.now + DAY))["gold"]
    assert (again.within, again.own["billing"].within) == (1, 1)
    shown = next(each for each in tier_service(seen, kept, 28.0) if each.tier == "gold")
    (billing,) = shown.queues
    assert (billing.queue, billing.target_s, billing.target_level) == ("billing", 12, 0.95)
    assert (billing.offered, billing.staff_hours) == (2, shown.staff_hours)
    exempt = replace(kept, tiering_off=frozenset({"billing"}))
    off = (await TierServiceStore(database).traffic(exempt, core.now - DAY, core.now + DAY))["gold"]
    assert (off.offered, off.own) == (0, {})


@aio
async def test_a_queue_is_given_its_own_values_and_has_them_taken_back(
    web: Web, sqlite_database: Database
) -> None:
    async with web.browser("sue") as sue, web.browser("ada") as ada:
        sheet = await got(sue, "/loyalty/policies/0")
        billing = next(q for q in sheet["queues"] if q["id"] == "billing")
        assert billing["name_zh"]
        routed = (await got(sue, "/routing"))["queues"]
        assert [q["tiering"] for q in sheet["queues"]] == [q["tiering"] for q in routed]
        assert {w["path"] for w in sheet["words"] if w["per_queue"]} > {"levers.*.head_start_s"}
        changes = {f"{GOLD}.head_start_s": 90.0, f"{GOLD}.callback_within_s": None}
        wanted = {"based_on": 0, "changes": changes}
        checked = await posted(ada, "/loyalty/policy/check", wanted)
        assert checked["faults"] == []
        first = checked["differences"][0]
        assert (first["queue"], first["before"], first["after"], first["inherited"]) == (
            "billing", 60, 90, "before",
        )  # fmt: skip
        for path, value, told in (
            ("queue_levers.biling.gold.head_start_s", 90, "biling"),
            ("queue_levers.billing.silver.head_start_s", 90, "silver"),
            (f"{GOLD}.menu", "standard", "before or outside any queue"),
            (f"{GOLD}.head_start_s", 200, "cap of 180"),
        ):
            wrong = {"based_on": 0, "changes": {path: value}}
            assert told in (await posted(ada, "/loyalty/policy/check", wrong))["faults"][0]["en"]
            refused = await posted(ada, "/loyalty/policies", {**wrong, "note": "no"}, 422)
            assert told in refused["detail"]
            await posted(ada, "/loyalty/policy/previews", wrong, 422)
        await posted(ada, "/loyalty/policies", {**wanted, "note": "billing"}, 201)
        kept = await LoyaltyStore(sqlite_database).policy()
        assert (kept.author, kept.queue_levers["billing"]["gold"]["head_start_s"]) == ("ada", 90)
        whole = await got(sue, "/loyalty/policy")
        assert whole["queue_levers"] == {"billing": {"gold": {"head_start_s": 90, "callback_within_s": None}}}
        sheet = await got(sue, "/loyalty/policies/1")
        assert {p["path"]: p["value"] for p in sheet["parameters"] if p["queue"]} == changes
        assert {p["path"] for p in sheet["parameters"] if not p["queue"]} == set(sheet["shipped"])
        back = {f"{GOLD}.head_start_s": "company"}
        await posted(ada, "/loyalty/policies", {"based_on": 1, "changes": back, "note": "as all"}, 201)
        told = (await got(sue, "/loyalty/policies/1/differences?to=2"))["differences"]
        assert [(d["before"], d["after"], d["inherited"]) for d in told] == [(90, 60, "after")]


def test_a_queue_goes_by_tiers_where_neither_it_nor_the_policy_says_no() -> None:
    known = {
        each: QueueSettings(id=each, name=each.title(), name_zh=each, tiering=each != "plain")
        for each in ("sales", "plain", "fraud")
    }
    policy = replace(DEFAULT, tiering_off=frozenset({"fraud"}), queue_levers={"gone": {}})
    shown = [(each.id, each.name, each.tiering) for each in queues_of(policy, known)]
    assert shown == [
        ("sales", "Sales", True),
        ("plain", "Plain", False),
        ("fraud", "Fraud", False),
        ("gone", "gone", False),
    ]


@aio
async def test_values_of_a_queue_that_is_gone_hinder_nobody(web: Web, sqlite_database: Database) -> None:
    gone = replace(DEFAULT, version=1, queue_levers={"closed": {"gold": {"head_start_s": 5.0}}})
    await LoyaltyStore(sqlite_database).save_policy(gone)
    async with web.browser("ada") as ada:
        sheet = await got(ada, "/loyalty/policies/1")
        assert [(q["id"], q["tiering"]) for q in sheet["queues"]][-1] == ("closed", False)
        kept = {"based_on": 1, "changes": {"lifecycle.hold": 3}}
        assert (await posted(ada, "/loyalty/policy/check", kept))["faults"] == []
        back = {"based_on": 1, "changes": {"queue_levers.closed.gold.head_start_s": "company"}}
        await posted(ada, "/loyalty/policies", {**back, "note": "gone"}, 201)
    assert (await LoyaltyStore(sqlite_database).policy()).queue_levers == {}
