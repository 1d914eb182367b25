"""Runs a coroutine test on the reactor's asyncio loop, where Twisted and asyncio meet in production too."""

import asyncio
import functools
import time
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred


def on_loop(
    test: Callable[..., Coroutine[Any, Any, None]], *, within_s: float = 30.0
) -> "Callable[..., Deferred[None]]":
    """Decorate an `async def` test; it fails when it takes longer than `within_s`."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> "Deferred[None]":
        from twisted.internet import reactor

        loop = reactor._asyncioEventloop
        task = asyncio.ensure_future(asyncio.wait_for(test(*args, **kwargs), within_s), loop=loop)
        return Deferred.fromFuture(task)  # pytest-twisted waits for it

    return run


async def until(condition: Callable[[], object], *, within_s: float = 10.0, what: str = "condition") -> None:
    """Wait until `condition()` is true; polls, and fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} not met within {within_s} s")
        await asyncio.sleep(0.01)
