"""A router between a browser and the relay: every connection gets a path of its own, which a test can cut.

The page's `POST /agent/device` is changed on its way, as a network would leave it: the server cannot reach
the browser's own addresses, and its own is the router's. What is cut stays cut; who attaches anew finds a new
path.
"""

import asyncio
import json
import re
from typing import Any

from playwright.async_api import Page, Route

HOST = "127.0.0.1"
CANDIDATE = re.compile(r"^(a=candidate:\S+ 1 udp \d+) \S+ \d+ typ host.*$", re.MULTILINE | re.IGNORECASE)
NOWHERE = 9
"""The discard port: a candidate that never answers, so that the server waits for the browser's own checks."""


class _Side(asyncio.DatagramProtocol):
    """One socket of a path; what comes in leaves by the other. Without `server` it learns whom it is for.

    `sounded_at` is when the first packet of sound came in, by the loop's clock.
    """

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        self.to, self.learns = server, server is None
        self.sounded_at: float | None = None
        self.other = self
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.learns:
            self.to = addr
        if self.sounded_at is None and is_sound(data):
            self.sounded_at = asyncio.get_running_loop().time()
        other = self.other
        if other.transport is not None and other.to is not None and not other.transport.is_closing():
            other.transport.sendto(data, other.to)


def is_sound(data: bytes) -> bool:
    """An RTP packet (RFC 5764 section 5.1.2), and not RTCP (RFC 5761 section 4)."""
    return len(data) > 12 and 128 <= data[0] < 192 and not 192 <= data[1] <= 223


class Router:
    """The paths of one page, oldest first."""

    def __init__(self) -> None:
        self.paths: list[tuple[_Side, _Side]] = []

    async def stand_before(self, page: Page) -> None:
        await page.route("**/agent/device", self._attach)

    async def _attach(self, route: Route) -> None:
        asked = json.loads(route.request.post_data or "{}")
        offer = CANDIDATE.sub(rf"\1 {HOST} {NOWHERE} typ host", asked["sdp"])
        answer = await route.fetch(post_data=json.dumps({**asked, "sdp": offer}))
        body = await answer.json()
        if "sdp" in body:
            body["sdp"] = await self._through_us(body["sdp"])
        await route.fulfill(response=answer, json=body)

    async def _through_us(self, sdp: str) -> str:
        found = re.search(
            r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp, re.MULTILINE | re.IGNORECASE
        )
        assert found is not None, sdp
        loop = asyncio.get_running_loop()
        _, outside = await loop.create_datagram_endpoint(_Side, local_addr=(HOST, 0))
        server = (found[1], int(found[2]))
        _, inside = await loop.create_datagram_endpoint(lambda: _Side(server), local_addr=(HOST, 0))
        outside.other, inside.other = inside, outside
        self.paths.append((outside, inside))
        port = outside.transport.get_extra_info("sockname")[1]
        return CANDIDATE.sub(rf"\1 {HOST} {port} typ host", sdp)

    @property
    def sounded_at(self) -> float | None:
        """When sound first came from the browser on the newest path."""
        return self.paths[-1][0].sounded_at

    def cut(self) -> None:
        """The network is another one: nothing passes on any path there was."""
        for path in self.paths:
            for side in path:
                if side.transport is not None:
                    side.transport.close()
