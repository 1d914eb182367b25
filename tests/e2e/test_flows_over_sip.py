"""`flow test --over-sip`: three flows by a real phone, one of them deployed while the centre runs."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from contact_center.ivr.library import shipped_flows
from tests.e2e.centre import Centre
from tests.support import aio

SHIPPED = shipped_flows()
TESTS = """\
flow: {flow}
tests:
{tests}"""
MENU = """\
  the menu is heard, twice for who is silent:
    steps:
      - hear: [welcome, choose_language]
      - press: "1"
      - hear: main_choices
      - press: "*"
      - hear: main_choices
      - press: "1"
      - hear: please_hold
      - queue: billing
      - hang_up
      - end
"""
AWAY = """\
  a message in Mandarin:
    steps:
      - hear: [closed, choose_language]
      - press: "2"
      - hear: leave_or_not
      - press: "1"
      - hear: [leave_message, beep]
      - wait: 3
      - press: "#"
      - hear: message_taken
      - end
"""
TELECOM = """\
  a known outage, then the survey:
    steps:
      - hear: [welcome, choose_language]
      - press: "1"
      - hear: main_choices
      - press: "3"
      - hear: ask_area
      - press: "020#"
      - hear: [area_outage, rate]
      - press: "5"
      - hear: [thanks, goodbye]
      - end
"""


async def command(centre: Centre, *words: str | Path) -> tuple[int, str]:
    """A `contact-center` command with the centre's settings, and all it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contact_center", *map(str, words)),
        env={**os.environ, **centre.settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return int(process.returncode or 0), said.decode()


def beside(folder: Path, flow: Path, tests: str) -> Path:
    """A test file beside a copy of a flow and all it uses."""
    for file in [flow, SHIPPED / "calendars.yaml", SHIPPED / "main_menu.yaml", *flow.parent.glob("tables/*")]:
        copy = folder / (f"tables/{file.name}" if file.parent.name == "tables" else file.name)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    made = folder / f"sip_{flow.stem}.test.yaml"
    made.write_text(TESTS.format(flow=flow.stem, tests=tests), encoding="utf-8")
    return made


async def deployed(centre: Centre, flow: Path, version_of: str) -> None:
    status, said = await command(centre, "flow", "deploy", flow, "--note", "test")
    assert status == 0, said
    due = time.monotonic() + 30.0
    while "flows in force: " not in centre.log() or version_of not in centre.log():
        assert time.monotonic() < due, centre.log()
        await asyncio.sleep(0.2)


@pytest.mark.slow
@aio
async def test_three_flows_are_heard_by_a_phone(centre: Centre, tmp_path: Path) -> None:
    always_shut = tmp_path / "shut"
    always_shut.mkdir()
    away = beside(always_shut, SHIPPED / "after_hours.yaml", AWAY)
    (always_shut / "calendars.yaml").write_text("office: {zone: UTC}\n", encoding="utf-8")
    telecom = beside(tmp_path, SHIPPED / "packs" / "telecom" / "telecom.yaml", TELECOM)
    menu = beside(tmp_path, SHIPPED / "main_menu.yaml", MENU)
    await deployed(centre, always_shut / "after_hours.yaml", "after_hours")
    await deployed(centre, tmp_path / "telecom.yaml", "telecom")
    runs = [command(centre, "flow", "test", file, "--over-sip") for file in (menu, away, telecom)]
    for status, said in await asyncio.gather(*runs):
        assert status == 0, said
        assert "1 passed over SIP" in said
