"""Starts every role as a process of its own, starts again what dies, and leaves nothing behind.

The supervisor is the sub-reaper of everything below it (prctl(2) PR_SET_CHILD_SUBREAPER): a conversation that
outlived its media host becomes its child, and is ended with the rest. Roles notice its own death by a pipe.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from contact_center.runtime.role import CANNOT_START, SUPERVISOR_PIPE

_log = logging.getLogger(__name__)
PR_SET_CHILD_SUBREAPER = 36
RESTART_MOST_S = 5.0
STEADY_S = 10.0
"""A role that ran this long starts again at once; faster deaths wait longer each time."""
STOP_S = 8.0
ROLES = ("core", "media", "webrtc", "edge")


@dataclass(slots=True)
class Role:
    """One role's process, now or to be started at `start_at`."""

    name: str
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    proven: bool = False
    """It could start once, so that a failure to start is worth another try."""


@dataclass(slots=True)
class Supervisor:
    """`environment` is what the roles run with."""

    roles: Sequence[str] = ROLES
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    _roles: list[Role] = field(default_factory=list)
    _stop: bool = False

    def run(
        self,
        until: Callable[[], bool] = lambda: False,
        before_end: Callable[[], None] = lambda: None,
    ) -> int:
        """Run until a signal, until `until()`, or until a role cannot start at all; the exit status.

        `before_end` is called while the roles still run.
        """
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        previous = {
            number: signal.signal(number, lambda *_: self.stop())
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        reading, writing = os.pipe()
        self._roles = [Role(name=name) for name in self.roles]
        status = 0
        try:
            while not self._stop and not until():
                for role in self._roles:
                    if not self._tend(role, reading):
                        status, self._stop = 1, True
                time.sleep(0.1)
            before_end()
        finally:
            self._end_all()
            os.close(writing)
            os.close(reading)
            for number, handler in previous.items():
                signal.signal(number, handler)
        return status

    def stop(self) -> None:
        self._stop = True

    def pid(self, role: str) -> int | None:
        """The process of a role, None while it is being restarted."""
        for each in self._roles:
            if each.name == role and each.process is not None and each.process.poll() is None:
                return each.process.pid
        return None

    def _tend(self, role: Role, pipe: int) -> bool:
        """Start or restart a role when due; False when it cannot start in the first place.

        A role that ran before is tried again for ever: whatever it lacks now (a database, say) may come back,
        and calls are up meanwhile.
        """
        now = time.monotonic()
        if role.process is not None:
            code = role.process.poll()
            if code is None:
                return True
            lived_s = now - role.started_at
            role.process = None
            role.deaths = 1 if lived_s > STEADY_S else role.deaths + 1
            role.proven = role.proven or code != CANNOT_START
            if not role.proven:
                _log.error("%s cannot start; giving up", role.name)
                return False
            wait_s = 0.0 if role.deaths == 1 else min(RESTART_MOST_S, 0.25 * 2**role.deaths)
            role.start_at = now + wait_s
            _log.warning("%s ended (%s) after %.1f s, starting again", role.name, _cause(code), lived_s)
        if now >= role.start_at:
            role.started_at = now
            role.process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-m", "contact_center", "run", role.name],
                env={**self.environment, SUPERVISOR_PIPE: str(pipe)},
                pass_fds=(pipe,),
                start_new_session=True,
            )
        return True

    def _end_all(self) -> None:
        """SIGTERM to the roles, the core last (it records every end); then to whatever is left below us."""
        for role in sorted(self._roles, key=lambda role: role.name == "core"):
            if role.process is None or role.process.poll() is not None:
                continue
            role.process.send_signal(signal.SIGTERM)
            try:
                role.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                _log.warning("%s does not stop", role.name)
        left = psutil.Process().children(recursive=True)
        for process in left:
            _send(process, signal.SIGTERM)
        _, alive = psutil.wait_procs(left, timeout=3)
        for process in alive:
            _log.warning("process %d would not end, killing it", process.pid)
            _send(process, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=2)
        _reap()


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _reap() -> None:
    """Collect orphans that became our children and have ended."""
    for child in psutil.Process().children():
        if child.status() == psutil.STATUS_ZOMBIE:
            try:
                os.waitpid(child.pid, os.WNOHANG)
            except ChildProcessError:
                return


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
