"""`flow test --over-sip`: shipped tests by real phones, in a centre of its own and against one that runs."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from contact_center.ivr.library import shipped_flows
from tests.e2e.centre import Centre
from tests.support import aio

SHIPPED = shipped_flows()
OWN = {
    SHIPPED / "main_menu.yaml": "welcomed back, in Mandarin",
    SHIPPED / "survey.yaml": "an unhappy one",
    SHIPPED / "packs" / "telecom": "key 1, in English",
}
"""A customer's record; a flow nobody dials; a place in line, an agent, and the survey after the call."""
MENU = """\
flow: main_menu
tests:
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


@pytest.mark.slow
@aio
async def test_shipped_tests_are_run_by_real_phones(centre: Centre, tmp_path: Path) -> None:
    menu = tmp_path / "menu.test.yaml"
    menu.write_text(MENU, encoding="utf-8")
    for name in ("main_menu.yaml", "calendars.yaml"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    picked = [word for name in OWN.values() for word in ("--only", name)]
    own = command(centre, "flow", "test", *OWN, "--over-sip", *picked)
    running = command(centre, "flow", "test", menu, "--over-sip", "--centre", centre.sip)
    for passed, (status, said) in zip((3, 1), await asyncio.gather(own, running), strict=True):
        assert status == 0, said
        assert f"{passed} passed over SIP" in said
