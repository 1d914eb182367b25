"""What tests of several rooms share: asyncio code on the test reactor, and waiting for a condition."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar, cast

import pytest_twisted

from contact_center.runtime.reactor import as_deferred

P = ParamSpec("P")
T = TypeVar("T")


def aio(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Awaitable[None]]:
    """Run an `async def` test as an asyncio task on pytest-twisted's reactor."""

    @functools.wraps(test)
    async def on_the_reactor(*args: P.args, **kwargs: P.kwargs) -> None:
        await as_deferred(test(*args, **kwargs))

    return cast("Callable[P, Awaitable[None]]", pytest_twisted.ensureDeferred(on_the_reactor))


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the reactor to its end, from a synchronous fixture or test."""
    return cast("T", pytest_twisted.blockon(as_deferred(coroutine)))


async def eventually(condition: Callable[[], bool], *, within_s: float = 5.0) -> None:
    """Return when `condition` holds; fail when it does not within the deadline."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not condition():
        if loop.time() > deadline:
            raise AssertionError(f"not within {within_s} s: {condition}")
        await asyncio.sleep(0.005)
