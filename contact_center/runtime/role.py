"""Running one role in this process until it is told to stop, or until its supervisor is gone."""

import asyncio
import gc
import inspect
import logging
import os
import signal
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from contact_center.runtime import logs, reactor
from contact_center.runtime.arenas import share_arenas
from contact_center.runtime.reactor import as_future

_log = logging.getLogger(__name__)
SUPERVISOR_PIPE = "CONTACT_CENTER_SUPERVISOR_FD"
"""Names the read end of a pipe whose other end closes with the supervisor's death."""
CANNOT_START = 1
"""Exit status of a role whose start failed."""


def run(role: str, start: Callable[[], Any], log_level: str) -> int:
    """Install the reactor, `start()` the role, serve; returns the exit status.

    `start` returns an object with `stop()`; both may answer with a Deferred or an awaitable. SIGTERM and
    SIGINT stop the role in order; a second one at once.
    """
    logs.begin(role, log_level)
    share_arenas()
    loop = reactor.install()
    from twisted.internet import reactor as installed  # the one just installed

    clock: Any = installed
    state = _Running(role, start, loop, clock)
    clock.callWhenRunning(state.begin)
    clock.run(installSignalHandlers=False)
    return state.status


def _set_apart() -> None:
    """What is there after the start stays: collecting garbage passes over it from now on.

    Otherwise a full collection of the core takes a quarter of a second, and comes so seldom (when a quarter
    of all objects are new) that garbage in cycles grows for thousands of calls.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # nothing is counted as long-lived from here on, so little is enough for the next full one


class _Running:
    def __init__(
        self, role: str, start: Callable[[], Any], loop: asyncio.AbstractEventLoop, clock: Any
    ) -> None:
        self._role, self._start_role, self._loop, self._clock = role, start, loop, clock
        self._service: Any = None
        self._stopping = False
        self._task: asyncio.Future[None] | None = None
        self.status = 0

    def begin(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        supervisor = os.environ.get(SUPERVISOR_PIPE)
        if supervisor is not None:
            self._loop.add_reader(int(supervisor), self.stop)
        self._task = asyncio.ensure_future(self._begin())

    async def _begin(self) -> None:
        try:
            self._service = await _settled(self._start_role())
            _set_apart()
        except Exception as error:  # noqa: BLE001  # whatever it was, the role is not there: say so and end
            _log.error("the %s role cannot start: %s", self._role, error, exc_info=_unexpected(error))
            self.status = CANNOT_START
            self._clock.stop()

    def stop(self) -> None:
        if self._stopping:
            self._clock.stop()
            return
        self._stopping = True
        supervisor = os.environ.get(SUPERVISOR_PIPE)
        if supervisor is not None:
            self._loop.remove_reader(int(supervisor))
        self._task = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        try:
            if self._service is not None:
                await _settled(self._service.stop())
        finally:
            self._clock.stop()


async def _settled(answer: Any) -> Any:
    """The value of what may be a Deferred, an awaitable, or the value itself."""
    if isinstance(answer, Deferred):
        return await as_future(answer)
    return await answer if inspect.isawaitable(answer) else answer


def _unexpected(error: Exception) -> bool:
    """A fault that explains itself needs no traceback."""
    return not isinstance(error, OSError) and type(error).__module__.split(".")[0] != "contact_center"
