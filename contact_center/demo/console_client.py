"""A console without a screen: one person's session, commands and feed over HTTP, as a browser uses them.

The contract is `docs/reference/console-api.md`. A core that restarts is waited for, a lost session renewed.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import connect

log = logging.getLogger(__name__)

RETRY_S = 0.5
PATIENCE_S = 30.0
FEED_SILENT_S = 12.0

Row = dict[str, Any]

SIMULATED_TEST: Row = {"microphone": "generated voice", "voice": "heard", "level": 0.9, "round_trip_ms": None}
"""The device test of a person without a browser: a generated voice, a round trip nobody measures."""


class ConsoleError(Exception):
    """The core refused something it should not have, or stayed away; the message says what."""


class ConsoleClient:
    """One person's console. `rows`: the feed's by collection and key; `epoch` changes with each core."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._login, self._password = login, password
        self._http = httpx.AsyncClient(
            base_url=f"{url}/api/v1", headers={"Origin": url}, timeout=10.0, trust_env=False
        )
        self._origin = url
        self._csrf = ""
        self._changed = asyncio.Event()
        self.epoch, self._seq = "", 0
        self.agent = ""
        self.rows: dict[str, dict[str, Row]] = {}

    async def log_in(self) -> None:
        """Open a session; `agent` is known afterwards (empty for who is none)."""
        answer = await self._persist(
            lambda: self._http.post("/session", json={"login": self._login, "password": self._password})
        )
        if answer.status_code != httpx.codes.OK:
            raise ConsoleError(f"log-in of {self._login} refused: {answer.status_code} {answer.text}")
        body = answer.json()
        self._csrf, self.agent = body["csrf"], body["user"]["agent"] or ""

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """A changing call; 4xx answers are returned, an absent core is waited for."""
        answer = await self._post(path, body)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self.log_in()
            answer = await self._post(path, body)
        return answer

    async def get(self, path: str) -> Any:
        answer = await self._persist(lambda: self._http.get(path))
        answer.raise_for_status()
        return answer.json()

    async def until(self, condition: Callable[[], object], *, within_s: float | None = None) -> bool:
        """Wait until the feed makes `condition()` true; False when `within_s` went by first."""
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    @property
    def desk(self) -> Row:
        """Own `desks` row; empty before the first snapshot."""
        return self.rows.get("desks", {}).get(self.agent) or {}

    @property
    def own(self) -> Row:
        """Own `agents` row."""
        return self.rows.get("agents", {}).get(self.agent) or {}

    async def follow_feed(self) -> None:
        """Keep `rows` up to date until cancelled."""
        while True:
            try:
                await self._follow_once()
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                log.info("feed of %s: %s", self._login, error)
            await asyncio.sleep(RETRY_S)

    async def close(self) -> None:
        await self._http.aclose()

    async def _follow_once(self) -> None:
        url = self._origin.replace("http", "ws", 1) + "/api/v1/feed"
        if self.epoch:
            url += f"?since={self._seq}&epoch={self.epoch}"
        cookie = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        async with connect(
            url,
            additional_headers={"Cookie": cookie},
            origin=websockets.Origin(self._origin),
            proxy=None,
            max_size=None,
        ) as socket:
            while True:
                async with asyncio.timeout(FEED_SILENT_S):
                    message = json.loads(await socket.recv())
                self._apply(message)

    def _apply(self, message: Row) -> None:
        match message["type"]:
            case "snapshot":
                self.rows = message["rows"]
            case "changes":
                for collection, rows in message["rows"].items():
                    held = self.rows.setdefault(collection, {})
                    for key, row in rows.items():
                        if row is None:
                            held.pop(key, None)
                        else:
                            held[key] = row
        self.epoch, self._seq = message["epoch"], message["seq"]
        self._changed.set()

    async def _post(self, path: str, body: Row) -> httpx.Response:
        return await self._persist(
            lambda: self._http.post(path, json=body, headers={"X-CSRF-Token": self._csrf})
        )

    async def _persist(self, request: Callable[[], Any]) -> httpx.Response:
        """Repeat a request while the core is away (connection refused, 5xx)."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_S
        while True:
            try:
                answer: httpx.Response = await request()
            except httpx.TransportError as error:
                why = repr(error)
            else:
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return answer
                why = f"{answer.status_code} {answer.text[:200]}"
            if loop.time() > give_up_at:
                raise ConsoleError(f"the core does not answer: {why}")
            await asyncio.sleep(RETRY_S)
