"""Serving the ASGI application inside the loop that already runs, without taking over signals."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from contact_center.config import split_bind

_DEAD_PEER_MS = 30_000


class ServeError(Exception):
    """The address cannot be listened on; the message says which and why."""


class _WithoutSignals(uvicorn.Server):
    """uvicorn's server; SIGINT and SIGTERM stay with whoever runs the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """A running server. `port` is the one listened on, also when 0 was asked for."""

    def __init__(self, server: uvicorn.Server, task: "asyncio.Task[None]", port: int) -> None:
        self.port = port
        self._server = server
        self._task = task

    async def stop(self) -> None:
        """Close the feeds, finish running requests (2 s at most), stop listening."""
        self._server.should_exit = True
        await self._task


async def serve(app: ASGIApp, bind: str) -> Server:
    """Listen on `bind` (HOST:PORT) and serve; connections are accepted when this returns."""
    listening = _listen(bind)
    server = _WithoutSignals(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=64 * 1024,  # what readers of the feed say is ignored anyhow
            timeout_graceful_shutdown=2,
        )
    )
    port = int(listening.getsockname()[1])
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]), name="http")
    return Server(server, task, port)


def _listen(bind: str) -> socket.socket:
    host, port = split_bind(bind)
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ServeError(f"cannot listen on http_bind {bind}: {error.strerror}") from error
    listening.setblocking(False)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: a peer that takes no data any more is dropped
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_MS)
    return listening
