"""What a flow's look-up over HTTP gets of a real server: facts, nothing, or no answer within the time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from contact_center.ivr.expressions import Value
from contact_center.switchboard.facts import LARGEST_ANSWER_BYTES, HttpFacts
from contact_center.switchboard.ports import FactOutcome
from tests.support import aio

PLAIN = {"plan": "gold", "level": 3, "open": True}
TIMEOUT_S = 0.3


@dataclass(slots=True)
class Server:
    """Answers every request with `answer`; without one it stays silent. `asked` is what came in."""

    answer: bytes | None = None
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    url: str = ""

    def says(self, status: str, body: bytes, *headers: str) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.answer = "\r\n".join(head).encode() + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := (await reader.readline()).decode().rstrip():
                length = 0
                while header := (await reader.readline()).decode().rstrip().lower():
                    name, _, value = header.partition(":")
                    length = int(value) if name == "content-length" else length
                self.asked.append((line, await reader.readexactly(length)))
                if self.answer is not None:
                    writer.write(self.answer)
                    await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Server, HttpFacts]]:
    server, facts = Server(), HttpFacts()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/plan"
    try:
        yield server, facts
    finally:
        await facts.close()
        listening.close()
        await listening.wait_closed()


async def asked(
    server: Server, facts: HttpFacts, *, post: bool = False
) -> tuple[FactOutcome, dict[str, Value]]:
    return await facts.ask(server.url, post=post, send={"number": "+1 2"}, timeout_s=TIMEOUT_S)


@aio
async def test_values_are_sent_and_those_a_variable_can_hold_come_back() -> None:
    async with served() as (server, facts):
        server.says("200 OK", json.dumps({**PLAIN, "list": [1], "none": None, "far": 1e300}).encode())
        assert await asked(server, facts) == ("found", PLAIN)
        assert await asked(server, facts, post=True) == ("found", PLAIN)
    (get, nothing), (post, body) = server.asked
    assert (get, nothing) == ("GET /plan?number=%2B1+2 HTTP/1.1", b"")
    assert (post, json.loads(body)) == ("POST /plan HTTP/1.1", {"number": "+1 2"})


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        ("404 Not Found", b"", "not_found"),
        ("500 Oh", b"{}", "failed"),
        ("200 OK", b"<html>", "failed"),
        ("200 OK", b"[1]", "failed"),
        ("200 OK", b"\xff", "failed"),
        ("302 Found", b"{}", "failed"),
        ("200 OK", b'{"a": "' + b"x" * LARGEST_ANSWER_BYTES + b'"}', "failed"),
    ],
)
@aio
async def test_what_is_no_answer_is_told_from_nothing_found(status: str, body: bytes, outcome: str) -> None:
    async with served() as (server, facts):
        server.says(status, body, "Location: /plan")
        assert await asked(server, facts) == (outcome, {})
        assert len(server.asked) == 1


@aio
async def test_silence_and_a_server_that_is_not_there_fail_in_time() -> None:
    async with served() as (server, facts):
        began = time.monotonic()
        assert await asked(server, facts) == ("failed", {})
        assert TIMEOUT_S <= time.monotonic() - began < TIMEOUT_S + 5.0
        server.url = "http://127.0.0.1:1/"
        assert await asked(server, facts) == ("failed", {})
        server.url = "http://[nowhere"
        assert await asked(server, facts) == ("failed", {})
