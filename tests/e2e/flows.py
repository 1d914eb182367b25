"""Flows of a test's own, put in force in a running centre as `flow deploy` does."""

import time
from pathlib import Path

from contact_center.ivr.deployment import Ledger
from tests.e2e.centre import Centre
from tests.support import until


async def put_in_force(centre: Centre, file: Path, *, note: str = "") -> str:
    """New callers enter this flow from now on; its version."""
    done = Ledger(centre.home / "flows").deploy(file, at=time.time(), author="ada", note=note)
    taken_up = f"{done.flow} {done.version}"
    await until(lambda: taken_up in centre.log(), within_s=30.0, what=f"{taken_up} in force")
    return done.version
