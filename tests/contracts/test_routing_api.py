"""Queues and skills over HTTP: who may, what is refused, what is kept and written down."""

import pytest

from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database
from contact_center.storage.recordings import RecordingStore
from tests.support import aio
from tests.web_fakes import Web

API = "/api/v1/routing"


@aio
async def test_a_supervisor_changes_a_queue_and_it_is_kept(web: Web, sqlite_database: Database) -> None:
    async with web.browser("sue") as client:
        before = (await client.get(API)).json()
        assert [queue["id"] for queue in before["queues"]] == ["billing", "technical"]
        assert before["agents"][0]["skills"] == {"billing": 4}
        assert before["calendars"] == ["weekdays"]
        wanted = {
            "routing": "fair",
            "cap": 3,
            "overflow_to": "technical",
            "overflow_wait_s": 60,
            "hours": "weekdays",
            "tiering": True,
        }
        changed = (await client.patch(f"{API}/queues/billing", json=wanted)).json()
        assert {name: changed[name] for name in wanted} == wanted
        assert changed["target_s"] == 20, "what is not named stays"
        lifted = (await client.patch(f"{API}/queues/billing", json={"cap": None})).json()
        assert (lifted["cap"], lifted["routing"]) == (None, "fair")
    kept = (await load_directory(sqlite_database)).queues["billing"]
    assert (kept.routing, kept.cap, kept.overflow_to, kept.tiering) == ("fair", None, "technical", True)
    assert kept.hours == "weekdays"
    rows = await RecordingStore(sqlite_database).noted(9, "billing")
    assert [(row.action, row.user) for row in rows] == [("routing.queue", "sue")] * 2
    assert any("cap=3" in row.details for row in rows)


@aio
async def test_levels_are_kept_exactly(web: Web, sqlite_database: Database) -> None:
    async with web.browser("ada") as client:
        path = f"{API}/agents/a2/skills"
        changed = (await client.put(path, json={"skills": {"billing": 5}})).json()
        assert changed["skills"] == {"billing": 5}
        assert (await client.put(path, json={"skills": {}})).json()["skills"] == {}
    directory = await load_directory(sqlite_database)
    assert (dict(directory.agents["a2"].skills), dict(directory.agents["a1"].skills)) == ({}, {"billing": 4})


@aio
@pytest.mark.parametrize(
    "wrong", [{"routing": "luck"}, {"importance": 0}, {"cap": 0}, {"sticky_s": 999}, {"x": 1}]
)
async def test_settings_out_of_range_are_refused(web: Web, wrong: dict[str, object]) -> None:
    async with web.browser("sue") as client:
        assert (await client.patch(f"{API}/queues/billing", json=wrong)).status_code == 422
        assert (await client.patch(f"{API}/queues/none", json={"cap": 2})).status_code == 404


@aio
async def test_agents_may_not(web: Web) -> None:
    async with web.browser("ann") as client:
        assert (await client.get(API)).status_code == 403
        assert (await client.patch(f"{API}/queues/billing", json={"cap": 2})).status_code == 403
        assert (await client.put(f"{API}/agents/a1/skills", json={"skills": {}})).status_code == 403
