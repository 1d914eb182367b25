"""`contact-center explain`: the decisions of a call, from the stored log."""

import json
import os
import subprocess
import sys
from pathlib import Path

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.storage import migrate
from contact_center.storage.engine import open_database
from contact_center.storage.events import EventStore
from tests.support import run_apart

DECISION = cti.Decision(
    rule="fair",
    wait_s=12.0,
    candidates=(
        cti.Candidate(agent="anna", idle_s=9.0, proficiency=4, penalty=0.1, price=0.25),
        cti.Candidate(agent="bo", idle_s=30.0, proficiency=2, level=3, penalty=0.6, price=0.9),
    ),
    urgency=2.6,
    importance=3.0,
    gain=1.5,
    loss=0.5,
)
QUEUED = cti.Queued(
    contact="k", queue="billing", skills={"billing": 2}, priority=0, enqueued_at=1.0, position=1
)
OFFER = cti.OfferMade(
    contact="k", queue="billing", offer="k.1", agent="anna", deadline=33.0, decision=DECISION
)


async def told(url: str) -> None:
    await migrate.upgrade(url)
    database = open_database(url)
    happened: tuple[cti.CtiEvent, ...] = (QUEUED, OFFER)
    log = [Recorded(seq=n, id=str(n), at=12.0 + n, event=event) for n, event in enumerate(happened, 1)]
    try:
        await EventStore(database).append(log)
    finally:
        await database.close()


def explained(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "contact_center", "explain", *arguments]
    environment = {**os.environ, "CC_DATA_DIR": str(home), "COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_calls_decisions_are_explained(tmp_path: Path) -> None:
    run_apart(told(f"sqlite+aiosqlite:///{tmp_path / 'contact-center.db'}"))
    shown = explained(tmp_path, "k")
    assert shown.returncode == 0, shown.stderr
    for part in (
        "anna has billing",
        "anna 具备 billing",
        "Urgency 2.60 × importance 3",
        "bo",
        "0.90",
        "loss 0.50",
    ):
        assert part in shown.stdout
    (row,) = json.loads(explained(tmp_path, "k", "--json").stdout)
    assert (row["agent"], row["decision"]["gain"], len(row["decision"]["candidates"])) == ("anna", 1.5, 2)
    assert set(row["sentence"]) == {"en", "zh"}
    unknown = explained(tmp_path, "nobody")
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)
