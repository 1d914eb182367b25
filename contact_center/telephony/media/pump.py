"""Polls an `Endpoint` from the reactor, as often as the moment asks and no oftener.

A signalling packet wakes the reactor through the library's own SIP socket, so polling is left with RTP (which
shares the queue), timers and DTMF. Fast while something is being set up or commanded, slower while people
talk (fewer wake-ups are most of the CPU), slowest while idle.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

HURRY_LASTS_S = 0.5
MOST_POLLS = 16  # in one go, while there is more


class Pace(Enum):
    """Seconds between polls."""

    HURRY = 0.005
    TALK = 0.04
    IDLE = 0.2


class Pump:
    """Calls `poll` until stopped. `pace()` is asked after each; `hurry()` quickens the next half second."""

    def __init__(self, reactor: Any, poll: Callable[[], int], pace: Callable[[], Pace], sip_fd: int) -> None:
        self._reactor, self._poll, self._pace = reactor, poll, pace
        self._hurry_until = 0.0
        self._timer: Any = None
        self._running = self._polling = False
        self._socket = _Socket(sip_fd, self.hurry)

    def start(self) -> None:
        self._running = True
        self._reactor.addReader(self._socket)
        self._beat()

    def stop(self) -> None:
        self._running = False
        self._reactor.removeReader(self._socket)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def hurry(self) -> None:
        """Poll now and often for a while: a packet is there, or a command was just given."""
        self._hurry_until = self._reactor.seconds() + HURRY_LASTS_S
        if self._running and not self._polling:
            if self._timer is not None and self._timer.active():
                self._timer.cancel()
            self._beat()

    def _beat(self) -> None:
        self._polling = True
        try:
            hurried = self._reactor.seconds() < self._hurry_until
            for _ in range(MOST_POLLS if hurried else 1):
                if self._poll() <= 0:
                    break
        finally:
            self._polling = False
        if not self._running:  # stopped from within
            return
        pace = Pace.HURRY if self._reactor.seconds() < self._hurry_until else self._pace()
        self._timer = self._reactor.callLater(pace.value, self._beat)


@implementer(IReadDescriptor)
class _Socket:
    """The library's SIP socket as the reactor sees it. The library reads it; nobody here does."""

    def __init__(self, fd: int, readable: Callable[[], None]) -> None:
        self._fd, self._readable = fd, readable

    def fileno(self) -> int:
        return self._fd

    def doRead(self) -> None:  # noqa: N802  # Twisted's names, here and below
        self._readable()

    def connectionLost(self, reason: object) -> None:  # noqa: N802
        """The reactor is going down; the library owns the socket."""

    def logPrefix(self) -> str:  # noqa: N802
        return "sip"
