"""The host's end of the spawner: keeps it running, orders forks, hears of births and deaths."""

import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver

from contact_center.config import Settings

RESTART_S = 0.5

log = Logger()


class Nursery:
    """`spawn()` orders one conversation process. `born(pid)` and `died(pid, status)` tell of them."""

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        *,
        born: Callable[[int], None],
        died: Callable[[int, int], None],
        lost_orders: Callable[[], None],
    ) -> None:
        self._reactor, self._settings = reactor, settings
        self._born, self._died, self._lost_orders = born, died, lost_orders
        self._spawner: subprocess.Popen[bytes] | None = None
        self._line: _SpawnerLine | None = None
        self._stopped = False
        self.ordered = 0  # not yet born

    def start(self) -> None:
        here, there = socket.socketpair()
        with here, there:
            self._spawner = subprocess.Popen(  # noqa: S603  # our own module
                [
                    sys.executable,
                    "-m",
                    "contact_center.telephony.media.spawner",
                    str(there.fileno()),
                ],
                pass_fds=[there.fileno()],
                stdin=subprocess.PIPE,
            )
            self._hand_over_settings()
            here.setblocking(False)
            self._line = _SpawnerLine(self._heard, self._gone)
            wiring = Factory.forProtocol(lambda: self._line)
            wiring.noisy = False
            self._reactor.adoptStreamConnection(here.fileno(), socket.AF_UNIX, wiring)

    def _hand_over_settings(self) -> None:
        """Through a pipe: arguments are readable by every user, and settings hold passwords."""
        assert self._spawner is not None and self._spawner.stdin is not None  # noqa: S101, PT018  # just made
        with self._spawner.stdin as pipe:
            pipe.write(self._settings.model_dump_json().encode())

    def order_no_more(self) -> None:
        """Forks ordered are still reported; none follows."""
        self._stopped = True

    def stop(self) -> None:
        """End the spawner (end of file on its socket). Children are the host's to end."""
        self._stopped = True
        if self._line is not None:
            self._line.transport.loseConnection()

    def reaped(self) -> bool:
        """Whether the spawner's own process is over."""
        return self._spawner is None or self._spawner.poll() is not None

    def kill(self) -> None:
        if self._spawner is not None and self._spawner.poll() is None:
            self._spawner.kill()
            self._spawner.wait()

    def spawn(self) -> None:
        if self._line is not None and not self._stopped:
            self.ordered += 1
            self._line.sendLine(b"spawn")

    def _heard(self, line: str) -> None:
        match line.split():
            case ["ready"]:
                log.debug("spawner ready")
            case ["spawned", pid]:
                self.ordered -= 1
                self._born(int(pid))
            case ["exited", pid, status]:
                self._died(int(pid), int(status))
            case _:
                log.error("spawner said {line!r}", line=line)

    def _gone(self) -> None:
        self._line, self.ordered = None, 0
        if not self._stopped:
            log.error("the spawner ended; starting another")
            self._reactor.callLater(RESTART_S, self._again)

    def _again(self) -> None:
        self.kill()
        if not self._stopped:
            self.start()
            self._lost_orders()


class _SpawnerLine(LineOnlyReceiver):
    delimiter = b"\n"

    def __init__(self, heard: Callable[[str], None], gone: Callable[[], None]) -> None:
        self._heard_line, self._gone = heard, gone

    def lineReceived(self, line: bytes) -> None:  # noqa: N802  # Twisted's names, here and below
        self._heard_line(line.decode())

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802
        self._gone()
