"""`/feed`: the live view over a WebSocket, for as long as the session lives and the reader keeps up."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from starlette.responses import Response
from starlette.websockets import WebSocketState

from contact_center.cti.feed_scope import Scope
from contact_center.runtime.people import Session
from contact_center.web.access import Access, same_origin
from contact_center.web.ports import Feed
from contact_center.web.problems import problem

SLOW_READER_S = 10.0
"""A reader that takes nothing for so long is dropped; it comes back with `since` and misses nothing."""
SESSION_CHECK_S = 5.0

SESSION_OVER = 4401
"""Close code: log in again."""


def feed_routes(
    access: Access, feed: Feed, clock: Callable[[], float], *, slow_reader_s: float = SLOW_READER_S
) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/feed")
    async def follow(
        socket: WebSocket, since: Annotated[int | None, Query(ge=0)] = None, epoch: str | None = None
    ) -> None:
        session = await access.session_of(socket)
        refusal = _refusal(socket, session)
        if session is None or refusal is not None:
            await socket.send_denial_response(refusal or Response(status_code=401))
            return
        await socket.accept()
        texts = feed.subscribe(_scope(session), since if epoch is not None else None, epoch)
        watched = _while_logged_in(texts, access, socket, clock)
        await _first_to_end(_send_all(socket, watched, slow_reader_s), _until_gone(socket))

    return routes


def _refusal(socket: WebSocket, session: Session | None) -> Response | None:
    if not same_origin(socket):
        return problem(403, "The Origin header must name the host that serves the console.")
    if session is None:
        return problem(401, "Log in first.")
    if not _scope(session).everything and session.user.agent is None:
        return problem(403, "This user has no live view.")
    return None


def _scope(session: Session) -> Scope:
    everything = bool({"supervisor", "administrator"} & set(session.user.roles))
    return Scope(agent=session.user.agent, everything=everything)


async def _while_logged_in(
    texts: AsyncIterator[str], access: Access, socket: WebSocket, clock: Callable[[], float]
) -> AsyncGenerator[str, None]:
    """The texts until the session is over, looked up again with the first text after each few seconds."""
    checked_at = clock()
    try:
        async for text in texts:
            if clock() - checked_at >= SESSION_CHECK_S:
                checked_at = clock()
                if await access.session_of(socket) is None:
                    await socket.close(SESSION_OVER, "session over")
                    return
            yield text
    finally:
        if isinstance(texts, AsyncGenerator):
            await texts.aclose()


async def _send_all(socket: WebSocket, texts: AsyncGenerator[str, None], slow_reader_s: float) -> None:
    """Send each text before asking for the next, so that what waits for a slow reader stays bounded."""
    async with aclosing(texts):
        async for text in texts:
            try:
                await asyncio.wait_for(socket.send_text(text), slow_reader_s)
            except TimeoutError:
                return
    if socket.application_state is WebSocketState.CONNECTED:
        await socket.close(1001, "server ends the feed")


async def _until_gone(socket: WebSocket) -> None:
    """Wait for the reader to leave; whatever it says meanwhile is ignored."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _first_to_end(*coroutines: Coroutine[object, object, None]) -> None:
    """Run until one ends, end the others, and pass on a failure that is not just the reader leaving."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await task
