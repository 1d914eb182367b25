"""The one event loop of a process: Twisted's asyncio reactor on uvloop.

`install()` must run before anything imports `twisted.internet.reactor`. Twisted protocols, aiortc, SQLAlchemy
and the ASGI application then share the loop; `as_future` and `as_deferred` cross between the two worlds.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from twisted.internet import asyncioreactor
from twisted.internet.defer import Deferred

T = TypeVar("T")


def install() -> asyncio.AbstractEventLoop:
    """Install the asyncio reactor on a new uvloop (or the standard loop where uvloop has no wheel)."""
    try:
        import uvloop  # optional at run time: not every platform has it

        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    except ImportError:
        loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    return loop


def as_future(deferred: "Deferred[T]") -> "asyncio.Future[T]":
    """Await a Deferred from a coroutine run by asyncio."""
    return cast("asyncio.Future[T]", deferred.asFuture(asyncio.get_running_loop()))


def as_deferred(coroutine: Coroutine[Any, Any, T]) -> "Deferred[T]":
    """Run an asyncio coroutine as a task and hand back a Deferred."""
    return Deferred.fromFuture(asyncio.ensure_future(coroutine))
