"""SIPp scenarios of `load_tests/sipp/races` against a whole centre: one call each, nothing left of it."""

import asyncio
from pathlib import Path

import pytest

from contact_center.cti.view import Row
from tests.e2e.centre import Centre
from tests.e2e.people import Supervisor, supervisor
from tests.support import aio

SCENARIOS = sorted((Path(__file__).parents[2] / "load_tests" / "sipp" / "races").glob("*.xml"))


async def run_sipp(scenario: Path, centre: Centre, number: str, folder: Path) -> None:
    """One call; fails with SIPp's own words when it did not go as the scenario says."""
    process = await asyncio.create_subprocess_exec(
        *("sipp", centre.sip, "-sf", str(scenario), "-s", number, "-i", "127.0.0.1", "-m", "1"),
        *(
            "-timeout",
            "15s",
            "-timeout_error",
            "-nostdin",
            "-trace_err",
            "-error_file",
            str(folder / "errors"),
        ),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    code = await process.wait()
    errors = (folder / "errors").read_text() if (folder / "errors").exists() else ""
    assert code == 0, f"{scenario.stem} ended with {code}: {errors[-3000:]}"


def calls_of(sofia: Supervisor, number: str) -> list[Row]:
    return [row for row in sofia.rows.get("contacts", {}).values() if row["from_number"] == number]


def states(sofia: Supervisor) -> dict[str, object]:
    """What every agent is doing."""
    return {agent: row.get("state") for agent, row in sofia.rows.get("agents", {}).items()}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
@aio
async def test_a_race_is_one_call_that_ends(centre: Centre, scenario: Path, tmp_path: Path) -> None:
    number = f"+4930555{SCENARIOS.index(scenario):04}"
    async with supervisor(centre) as sofia:
        before = states(sofia)
        await run_sipp(scenario, centre, number, tmp_path)
        await sofia.sees(lambda: not calls_of(sofia, number), what="nothing left of the call")
        mine: list[Row] = []
        async with asyncio.timeout(10):
            while not [row for row in mine if row["ended_at"] is not None]:  # written behind the calls
                found = await sofia.get("/interactions")
                mine = [row for row in found["interactions"] if row["from_number"] == number]
                await asyncio.sleep(0.1)
        assert [row["outcome"] for row in mine] == ["ended_in_flow"], "one call, ended by its caller"
        assert states(sofia) == before
