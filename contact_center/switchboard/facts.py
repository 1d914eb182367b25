"""Asking other systems over HTTP for what a flow wants to know."""

import asyncio
import json
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from contact_center.ivr.expressions import LARGEST_NUMBER, LONGEST_TEXT, Value
from contact_center.switchboard.ports import FactOutcome

_log = logging.getLogger(__name__)
LARGEST_ANSWER_BYTES = 65_536
logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and what callers keyed is in them


class HttpFacts:
    """The switchboard's `Facts`. One client for all calls; redirects are not followed."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._client = client or httpx.AsyncClient(limits=limits, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self, url: str, *, post: bool, send: Mapping[str, str], timeout_s: float
    ) -> tuple[FactOutcome, dict[str, Value]]:
        """`failed` for whatever is no answer: silence, an error, what is no JSON object or too large."""
        host = _host(url)
        try:
            async with asyncio.timeout(timeout_s):
                status, body = await self._answer(url, post, send)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            _log.warning("no answer from %s: %s", host, type(error).__name__)
            return "failed", {}
        if status == 404:
            return "not_found", {}
        try:
            answer = json.loads(body) if 200 <= status < 300 else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            _log.warning("no JSON object from %s, status %d", host, status)
            return "failed", {}
        return "found", {name: value for name, value in answer.items() if _plain(value)}

    async def _answer(self, url: str, post: bool, send: Mapping[str, str]) -> tuple[int, bytes]:
        body: dict[str, object] = {"json": dict(send)} if post else {"params": dict(send)}
        method = "POST" if post else "GET"
        if not send:
            body = {}
        async with self._client.stream(method, url, **body) as response:  # type: ignore[arg-type]  # `json` or nothing
            content = b""
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > LARGEST_ANSWER_BYTES:
                    return 502, b""
            return response.status_code, content


def _host(url: str) -> str | None:
    """Who is asked, for the log: of an address its path and query may tell too much."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _plain(value: object) -> bool:
    """What a flow's variable can hold."""
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    return isinstance(value, bool | int | float) and abs(value) <= LARGEST_NUMBER
