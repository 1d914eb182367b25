"""What tests of several rooms share: asyncio code on the test reactor, and waiting for a condition."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar, cast

import pytest_twisted

from contact_center.runtime.reactor import as_deferred

P = ParamSpec("P")
T = TypeVar("T")
MOST_S = 120.0
"""No asynchronous test may take longer."""


def aio(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Awaitable[None]]:
    """Run an `async def` test as an asyncio task on the reactor, where Twisted and asyncio meet."""

    @functools.wraps(test)
    async def on_the_reactor(*args: P.args, **kwargs: P.kwargs) -> None:
        await as_deferred(asyncio.wait_for(test(*args, **kwargs), MOST_S))

    return cast("Callable[P, Awaitable[None]]", pytest_twisted.ensureDeferred(on_the_reactor))


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the reactor to its end, from a synchronous fixture."""
    return cast("T", pytest_twisted.blockon(as_deferred(coroutine)))


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop of its own from a synchronous test (those run inside the reactor)."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result(timeout=MOST_S)


async def until(
    condition: Callable[[], object], *, within_s: float = 10.0, what: str = "the condition"
) -> None:
    """Return when `condition()` is true; fail when it does not become so in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not condition():
        if loop.time() > deadline:
            raise AssertionError(f"{what} not met within {within_s} s")
        await asyncio.sleep(0.005)
