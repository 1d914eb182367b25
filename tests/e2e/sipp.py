"""SIPp scenarios of `load_tests/sipp` against a whole centre, and what is left of their calls."""

import asyncio
import subprocess
from pathlib import Path

from contact_center.cti.view import Row
from tests.e2e.centre import HOST, Centre
from tests.e2e.people import Supervisor
from tests.support import until

SCENARIOS = Path(__file__).parents[2] / "load_tests" / "sipp"
SILENT = "+49305550090"
"""Who calls once and is silent from then on."""


class Sipp:
    """One call, or several at once, under way; `pause_ms` for the pauses the scenario leaves open."""

    def __init__(
        self,
        scenario: Path,
        centre: Centre,
        number: str,
        folder: Path,
        *,
        most_s: int = 30,
        calls: int = 1,
        host: str = HOST,
        pause_ms: int = 0,
    ) -> None:
        self.scenario, self._errors = scenario, folder / "errors"
        self.process = subprocess.Popen(
            [
                *("sipp", centre.sip, "-sf", str(scenario), "-s", number, "-i", host),
                *(
                    "-m",
                    str(calls),
                    "-l",
                    str(calls),
                    "-r",
                    "50",
                    "-timeout",
                    f"{most_s}s",
                    "-timeout_error",
                    "-nostdin",
                    "-d",
                    str(pause_ms),
                ),
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
