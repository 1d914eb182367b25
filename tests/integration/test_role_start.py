"""A role in a process of its own: what it started with is passed over by later collections of garbage."""

import subprocess
import sys

ROLE = """
import gc, os, signal
from contact_center.runtime import role

class Service:
    def stop(self):
        print("frozen", gc.get_freeze_count())

def start():
    from twisted.internet import reactor
    reactor.callLater(0.2, os.kill, os.getpid(), signal.SIGTERM)
    return Service()

raise SystemExit(role.run("test", start, "WARNING"))
"""


def test_what_a_role_started_with_is_set_apart() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ROLE], capture_output=True, text=True, timeout=60, check=True
    )
    word, count = ended.stdout.split()
    assert word == "frozen"
    assert int(count) > 1000
