"""Simulations over the API: who may, what is refused in words, from order to result, a recorded day."""

import asyncio
from pathlib import Path

from contact_center.simulation.jobs import Simulations
from contact_center.storage.engine import Database
from tests.calls import ARRIVED_AT
from tests.contracts.test_console_api import API, is_problem
from tests.support import aio
from tests.unit.test_simulation_jobs import SMALL
from tests.web_fakes import build_web


@aio
async def test_a_simulation_from_order_to_result(database: Database, tmp_path: Path) -> None:
    web = await build_web(database, tmp_path)
    async with web.browser("sue") as client:
        listed = (await client.get(f"{API}/simulations")).json()
        assert listed["simulations"] == []
        assert "s4-vip" in {each["name"] for each in listed["scenarios"]}
        body = {"title": "small", "scenario": SMALL, "policy": "tiers", "replications": 2}
        ordered = await client.post(f"{API}/simulations", json=body)
        assert ordered.status_code == 201, ordered.text
        path = f"{API}/simulations/{ordered.json()['id']}"
        done: dict[str, object] = {}
        for _ in range(600):
            done = (await client.get(path)).json()
            if done["result"] is not None:
                break
            await asyncio.sleep(0.05)
        summary = done["simulation"]
        assert isinstance(summary, dict)
        assert (summary["by"], summary["state"], summary["of"]) == ("sue", "done", 2)
        result = done["result"]
        assert isinstance(result, dict)
        assert result["outcome"]["total"]["service_level"]["mean"] > 0.7
        assert result["outcome"]["agents"]["a"]["occupancy"]["half_width"] > 0.0
        assert (await client.post(f"{path}/cancel")).json()["state"] == "done"
        assert (await client.delete(path)).status_code == 204
        assert is_problem(await client.get(path), 404)


@aio
async def test_what_cannot_be_simulated_is_refused_in_words(database: Database, tmp_path: Path) -> None:
    web = await build_web(database, tmp_path)
    async with web.browser("sue") as client:

        async def refused(**body: object) -> str:
            answer = await client.post(f"{API}/simulations", json={"title": "t", **body})
            assert is_problem(answer, 422)
            return answer.text

        assert "arrivals_per_s" in await refused(scenario=SMALL.replace("arrivals_per_s = 0.1", ""))
        assert "s9" in await refused(shipped="s9")
        assert "one of shipped" in await refused()
        assert "one of shipped" in await refused(shipped="s4-vip", scenario=SMALL)
        assert "two days" in await refused(from_at=0.0, to_at=1e9)
        assert "recorded day" in await refused(shipped="s4-vip", changes="calls = 2")
        assert "No contact" in await refused(from_at=1.0, to_at=2.0)
        day = {"from_at": ARRIVED_AT - 3600.0, "to_at": ARRIVED_AT + 3600.0}
        assert "'x' was not at work" in await refused(**day, changes="[[without]]\nname='x'")
    async with web.browser("ann") as agent:
        assert is_problem(await agent.get(f"{API}/simulations"), 403)


def test_the_folder_is_the_servers_own(tmp_path: Path) -> None:
    """Nothing is written before something is ordered."""
    Simulations(tmp_path / "simulations", lambda: 0.0, lambda: "s").start()
    assert not (tmp_path / "simulations").exists()
