"""Deadlines by name on the running loop: setting one again replaces it, None clears it."""

import asyncio
from collections.abc import Callable

Key = tuple[str, str]


class LoopTimers:
    """`clock` gives epoch seconds, the time the deadlines are in."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pending: dict[Key, tuple[float, asyncio.TimerHandle]] = {}

    def set(self, key: Key, at: float | None, act: Callable[[], None]) -> None:
        """Call `act` once at `at`, or as soon as possible when that has passed."""
        pending = self._pending.get(key)
        if pending is not None:
            if pending[0] == at:
                return
            pending[1].cancel()
            del self._pending[key]
        if at is not None:
            delay_s = max(0.0, at - self._clock())
            handle = asyncio.get_running_loop().call_later(delay_s, self._fire, key, act)
            self._pending[key] = (at, handle)

    def _fire(self, key: Key, act: Callable[[], None]) -> None:
        self._pending.pop(key, None)
        act()

    def clear(self) -> None:
        """Forget every deadline."""
        for _, handle in self._pending.values():
            handle.cancel()
        self._pending.clear()
