"""The feed over a real server and real WebSockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from contact_center.cti.feed_scope import Scope
from contact_center.storage.engine import Database
from contact_center.web.feed_socket import SESSION_CHECK_S, SESSION_OVER
from contact_center.web.server import ServeError, Server, serve
from tests.support import aio, until
from tests.web_fakes import Web, build_web, log_in


@asynccontextmanager
async def served(web: Web) -> AsyncIterator[Server]:
    server = await serve(web.app, "127.0.0.1:0")
    try:
        yield server
    finally:
        await server.stop()


async def cookie_of(server: Server, login: str) -> str:
    """Log in over HTTP; the cookie as a header value."""
    origin = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=origin, headers={"Origin": origin}) as client:
        assert (await log_in(client, login)).status_code == 200
        return f"cc_session={client.cookies['cc_session']}"


@asynccontextmanager
async def feed_of(
    server: Server, cookie: str, query: str = "", origin: str | None = None
) -> AsyncIterator[ClientConnection]:
    host = f"127.0.0.1:{server.port}"
    headers = {"Cookie": cookie}
    uri, its_origin = f"ws://{host}/api/v1/feed{query}", origin or f"http://{host}"
    async with connect(uri, additional_headers=headers, origin=its_origin) as following:  # type: ignore[arg-type]
        yield following


@aio
async def test_texts_arrive_as_they_are_and_in_order(web: Web) -> None:
    async with served(web) as server, feed_of(server, await cookie_of(server, "sue")) as feed:
        for number in range(100):
            web.feed.texts.put_nowait(f'{{"seq": {number}, "名": "梅"}}')
        assert [await feed.recv() for _ in range(100)] == [f'{{"seq": {n}, "名": "梅"}}' for n in range(100)]


@pytest.mark.parametrize(
    ("login", "query", "asked"),
    [
        ("sue", "", (Scope(agent=None, everything=True), None, None)),
        ("ann", "?since=7&epoch=e1", (Scope(agent="a1", everything=False), 7, "e1")),
        ("ann", "?since=7", (Scope(agent="a1", everything=False), None, None)),
    ],
)
@aio
async def test_each_sees_what_their_role_allows(
    web: Web, login: str, query: str, asked: tuple[Scope, int | None, str | None]
) -> None:
    async with served(web) as server, feed_of(server, await cookie_of(server, login), query) as feed:
        web.feed.texts.put_nowait("{}")
        await feed.recv()
    assert web.feed.asked == [asked]


@pytest.mark.parametrize(
    ("login", "origin", "status"),
    [(None, None, 401), ("ivo", None, 403), ("sue", "http://evil.test", 403)],
)
@aio
async def test_strangers_are_turned_away(
    web: Web, login: str | None, origin: str | None, status: int
) -> None:
    async with served(web) as server:
        cookie = "cc_session=forged" if login is None else await cookie_of(server, login)
        with pytest.raises(InvalidStatus) as refused:
            async with feed_of(server, cookie, origin=origin):
                pass
    assert refused.value.response.status_code == status
    assert web.feed.asked == []


@aio
async def test_a_reader_that_leaves_frees_its_subscription(web: Web) -> None:
    async with served(web) as server:
        async with feed_of(server, await cookie_of(server, "sue")):
            await until(lambda: web.feed.open == 1)
        await until(lambda: web.feed.open == 0)


@aio
async def test_a_slow_reader_is_dropped_before_much_is_buffered(
    sqlite_database: Database, tmp_path: Path
) -> None:
    web = await build_web(sqlite_database, tmp_path, slow_reader_s=0.2)
    async with served(web) as server:
        cookie = await cookie_of(server, "sue")
        reader = _deaf_reader(server, cookie)
        await until(lambda: web.feed.open == 1)
        for _ in range(400):
            web.feed.texts.put_nowait("x" * 100_000)
        await until(lambda: web.feed.open == 0, within_s=10)
        assert web.feed.sent < 200  # the socket's own buffers, not all 40 MB
        reader.close()


def _deaf_reader(server: Server, cookie: str) -> socket.socket:
    """A WebSocket that asks to be opened and then never reads."""
    host = f"127.0.0.1:{server.port}"
    request = (
        f"GET /api/v1/feed HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    reader = socket.create_connection(("127.0.0.1", server.port))
    reader.sendall(request.encode())
    return reader


@aio
async def test_logging_out_ends_the_feed(web: Web) -> None:
    async with served(web) as server:
        cookie = await cookie_of(server, "sue")
        async with feed_of(server, cookie) as feed:
            web.feed.texts.put_nowait("first")
            assert await feed.recv() == "first"
            origin = f"http://127.0.0.1:{server.port}"
            async with httpx.AsyncClient(headers={"Origin": origin, "Cookie": cookie}) as client:
                csrf = (await client.get(f"{origin}/api/v1/session")).json()["csrf"]
                left = await client.delete(f"{origin}/api/v1/session", headers={"X-CSRF-Token": csrf})
                assert left.status_code == 204
            web.now[0] += SESSION_CHECK_S
            web.feed.texts.put_nowait("no longer for you")
            with pytest.raises(ConnectionClosed) as closed:
                await feed.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SESSION_OVER
    assert web.feed.open == 0


@aio
async def test_the_server_stops_with_feeds_open(web: Web) -> None:
    async with served(web) as server:
        cookie = await cookie_of(server, "sue")
        async with feed_of(server, cookie) as feed:
            await until(lambda: web.feed.open == 1)
            await asyncio.wait_for(server.stop(), 5)
            with pytest.raises(ConnectionClosed):
                await feed.recv()
    assert web.feed.open == 0


@aio
async def test_a_taken_port_is_refused_by_name(web: Web) -> None:
    async with served(web) as server:
        with pytest.raises(
            ServeError, match=rf"http_bind 127\.0\.0\.1:{server.port}: Address already in use"
        ):
            await serve(web.app, f"127.0.0.1:{server.port}")
