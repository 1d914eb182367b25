"""`flow test --over-sip`: shipped tests by real phones, in a centre of its own and against one that runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contact_center.ivr.library import shipped_flows
from tests.e2e.centre import Centre

SHIPPED = shipped_flows()
MOST_S = 400.0
"""A busy machine lets phones wait; nothing here goes by how fast it is."""
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


def begun(centre: Centre, *words: str | Path) -> "subprocess.Popen[str]":
    """A `contact-center` command with the centre's settings, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "contact_center", *map(str, words)],
        env={**os.environ, **centre.settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_shipped_tests_are_run_by_real_phones(centre: Centre, tmp_path: Path) -> None:
    menu = tmp_path / "menu.test.yaml"
    menu.write_text(MENU, encoding="utf-8")
    for name in ("main_menu.yaml", "calendars.yaml"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    picked = [word for name in OWN.values() for word in ("--only", name)]
    runs = {
        "3 passed over SIP": begun(centre, "flow", "test", *OWN, "--over-sip", *picked),
        "1 passed over SIP": begun(centre, "flow", "test", menu, "--over-sip", "--centre", centre.sip),
    }
    try:
        for passed, process in runs.items():
            said, _ = process.communicate(timeout=MOST_S)
            assert passed in said, said
            assert process.returncode == 0
    finally:
        for process in runs.values():
            process.terminate()
            process.wait(30)
