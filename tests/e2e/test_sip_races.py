"""SIPp scenarios of `load_tests/sipp/races` against a whole centre: one call each, nothing left of it."""

import asyncio
from pathlib import Path

import pytest

from contact_center.demo.ports import free_port
from contact_center.runtime.reactor import as_future
from tests.e2e.centre import Centre
from tests.e2e.floor import OUTSIDE
from tests.e2e.outside import announce
from tests.e2e.people import agent, supervisor
from tests.e2e.sipp import SCENARIOS, Sipp, ended, states
from tests.support import aio

RACES = sorted((SCENARIOS / "races").glob("*.xml"))
pytestmark = pytest.mark.usefixtures("silent_caller")


@pytest.mark.parametrize("scenario", RACES, ids=lambda path: path.stem)
@aio
async def test_a_race_is_one_call_that_ends(centre: Centre, scenario: Path, tmp_path: Path) -> None:
    number = f"+4930555{RACES.index(scenario):04}"
    async with supervisor(centre) as sofia:
        before = states(sofia)
        await Sipp(scenario, centre, number, tmp_path).went_well()
        mine = await ended(sofia, number)
        assert [row["outcome"] for row in mine] == ["ended_in_flow"], "one call, ended by its caller"
        assert states(sofia) == before


@aio
async def test_of_two_answers_to_a_call_out_one_is_kept_and_the_other_let_go(
    centre: Centre, tmp_path: Path
) -> None:
    """RFC 3261 section 13.2.2.4, the forked INVITE, at a number that SIPp answers twice."""
    port = free_port()
    phone = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(SCENARIOS / "forks" / "two_answers.xml"), "-i", "127.0.0.1", "-p", str(port)),
        *("-m", "1", "-timeout", "40s", "-timeout_error", "-nostdin"),
        *("-trace_err", "-error_file", str(tmp_path / "errors")),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    link = announce(centre, f"127.0.0.1:{port}")
    try:
        async with agent(centre, "gus") as gus:
            began = await gus.console.post("/calls", to=OUTSIDE, queue="technical")
            assert began.status_code == 201, began.text
            contact = began.json()["contact"]
            await gus.sees(
                lambda: (gus.console.desk.get("call") or {}).get("state") == "talking", what="talk"
            )
            await asyncio.sleep(1.0)  # the second answer is let go meanwhile, and the first is not
            assert gus.console.desk["call"]["state"] == "talking"
            await gus.do(f"/contacts/{contact}/hang-up")
            code = await phone.wait()
            errors = (tmp_path / "errors").read_text() if (tmp_path / "errors").exists() else ""
            assert code == 0, errors[-3000:]
            await gus.sees_state("wrap_up")
            await gus.wrap_up(contact)
    finally:
        await as_future(link.stopService())
        if phone.returncode is None:
            phone.kill()
