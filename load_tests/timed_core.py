"""The core role as it is, which also notes when each `Dial` left it; started by the latency benchmark.

    python -m load_tests.timed_core FILE

FILE gets one line per dial: conversation and epoch seconds, taken after the turn was handed to the link.
"""

import json
import sys
import time
from pathlib import Path

from contact_center import bootstrap
from contact_center.config import load_settings
from contact_center.cti.journal import Turn
from contact_center.runtime import role
from contact_center.switchboard.roles import RoleLinks


class TimedLinks(RoleLinks):
    """Writes down turns that dial."""

    file = Path()

    def send(self, turn: Turn) -> None:
        super().send(turn)
        sent_at = time.time()
        if '"type":"dial"' in turn.ops:
            with self.file.open("a") as lines:
                lines.write(json.dumps([turn.conversation, sent_at]) + "\n")


def main() -> int:
    TimedLinks.file = Path(sys.argv[1])
    bootstrap.RoleLinks = TimedLinks  # type: ignore[attr-defined]  # the name `start_core` builds its links by
    settings = load_settings()
    return role.run("core", lambda: bootstrap.start_core(settings), settings.log_level)


if __name__ == "__main__":
    sys.exit(main())
