"""SIPp scenarios of `load_tests/sipp/races` against a whole centre: one call each, nothing left of it."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_center.cti.view import Row
from contact_center.runtime.reactor import as_future
from tests.e2e.centre import Centre, free_port
from tests.e2e.floor import OUTSIDE
from tests.e2e.outside import announce
from tests.e2e.people import Supervisor, agent, supervisor
from tests.support import aio, until

SIPP = Path(__file__).parents[2] / "load_tests" / "sipp"
SCENARIOS = sorted((SIPP / "races").glob("*.xml"))
SILENT = "+49305550090"


class Sipp:
    """One call, under way."""

    def __init__(
        self, scenario: Path, centre: Centre, number: str, folder: Path, *, most_s: int = 30
    ) -> None:
        self.scenario, self._errors = scenario, folder / "errors"
        self.process = subprocess.Popen(
            [
                *("sipp", centre.sip, "-sf", str(scenario), "-s", number, "-i", "127.0.0.1", "-m", "1"),
                *("-timeout", f"{most_s}s", "-timeout_error", "-nostdin"),
                *("-trace_err", "-error_file", str(self._errors)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._most_s = most_s

    async def went_well(self) -> None:
        """It is over; fails with SIPp's own words when it did not go as the scenario says."""
        await until(lambda: self.process.poll() is not None, within_s=self._most_s + 5, what="SIPp's end")
        errors = self._errors.read_text() if self._errors.exists() else ""
        code = self.process.returncode
        assert code == 0, f"{self.scenario.stem} ended with {code}: {errors[-3000:]}"


@pytest.fixture(scope="module", autouse=True)
def silent_caller(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sipp]:
    """A caller of a minute, while the others come and go."""
    scenario = SIPP / "timers" / "session_expires.xml"
    sipp = Sipp(scenario, centre, SILENT, tmp_path_factory.mktemp("silent"), most_s=100)
    yield sipp
    if sipp.process.poll() is None:
        sipp.process.kill()
        sipp.process.wait()


def calls_of(sofia: Supervisor, number: str) -> list[Row]:
    return [row for row in sofia.rows.get("contacts", {}).values() if row["from_number"] == number]


def states(sofia: Supervisor) -> dict[str, object]:
    """What every agent is doing."""
    return {agent: row.get("state") for agent, row in sofia.rows.get("agents", {}).items()}


async def ended(sofia: Supervisor, number: str) -> list[Row]:
    """The interactions of a number, once nothing is live and the last is written."""
    await sofia.sees(lambda: not calls_of(sofia, number), what="nothing left of the call")
    mine: list[Row] = []
    async with asyncio.timeout(20):
        while not [row for row in mine if row["ended_at"] is not None]:  # written behind the calls
            found = await sofia.get("/interactions")
            mine = [row for row in found["interactions"] if row["from_number"] == number]
            await asyncio.sleep(0.1)
    return mine


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
@aio
async def test_a_race_is_one_call_that_ends(centre: Centre, scenario: Path, tmp_path: Path) -> None:
    number = f"+4930555{SCENARIOS.index(scenario):04}"
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
    port = free_port(socket.SOCK_DGRAM)
    phone = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(SIPP / "forks" / "two_answers.xml"), "-i", "127.0.0.1", "-p", str(port)),
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


@pytest.mark.slow
@aio
async def test_a_caller_that_does_not_refresh_its_session_is_let_go(
    centre: Centre, silent_caller: Sipp
) -> None:
    """RFC 4028 section 10: BYE a third of the interval, at most 32 s, before it ends; 90 s is the least."""
    async with supervisor(centre) as sofia:
        before = states(sofia)
        await silent_caller.went_well()
        (call,) = await ended(sofia, SILENT)
        assert 50.0 < call["ended_at"] - call["started_at"] < 80.0
        assert states(sofia) == before
