"""The edge between real SIPp callers and SIPp conversations, with a media host that only answers claims."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.protocols import amp as twisted_amp

from contact_center.config import Settings, split_bind
from contact_center.demo.ports import free_port
from contact_center.runtime import amp
from contact_center.telephony.sip.edge.edge import EdgeService, start
from contact_center.telephony.sip.edge.media_hosts import MediaHosts
from contact_center.telephony.sip.edge.places import Where
from contact_center.telephony.sip.message import Response, parse
from tests.integration.sipp_runs import sipp, until
from tests.sip_samples import request


@dataclass(slots=True)
class MediaHost:
    """Answers every claim with `sip`, or that none is idle; `held` claims wait."""

    sip: str = ""
    keys: list[str] = field(default_factory=list)
    held: "Deferred[None] | None" = None
    links: list[amp.Link] = field(default_factory=list)

    def protocol(self) -> amp.Link:
        host = self

        class Claims(twisted_amp.CommandLocator):
            @amp.Claim.responder
            async def claim(self, key: str) -> dict[str, str]:
                host.keys.append(key)
                if host.held is not None:
                    await host.held
                if not host.sip:
                    raise amp.NoneIdle("none")
                return {"conversation": f"c{len(host.keys)}", "sip": host.sip}

        return amp.Link(locator=Claims(), up=self.links.append)


class Core(twisted_amp.CommandLocator):
    """Writes down who said hello and the last figures."""

    def __init__(self) -> None:
        self.hello: dict[str, Any] = {}
        self.figures: dict[str, float] = {}

    @amp.RoleHello.responder
    def role_hello(self, **said: Any) -> dict[str, Any]:
        self.hello = said
        return {}

    @amp.RoleFigures.responder
    def role_figures(self, figures: str) -> dict[str, Any]:
        self.figures = json.loads(figures)
        return {}


@asynccontextmanager
async def an_edge(
    data_dir: Path, media: MediaHost | None, bind: str = "127.0.0.1:0", **more: Any
) -> AsyncIterator[EdgeService]:
    settings = Settings(sip_bind=bind, data_dir=data_dir, **more)
    listening = None if media is None else await amp.listen(settings.media_socket, media.protocol)
    edge = start(settings)
    try:
        if media is not None:
            await until(lambda: edge.media_hosts.connected == 1, "the edge is linked to the media host")
        yield edge
    finally:
        await edge.stop()
        if listening is not None:
            await listening.stopListening()


async def run(
    scenario: str, conversation: str, folder: Path, *, calls: int = 5
) -> tuple[MediaHost, dict[str, float]]:
    """Callers against conversations through a fresh edge; both sides must see every call to its end."""
    uas = await sipp(conversation, folder, calls=calls)
    media = MediaHost(f"127.0.0.1:{uas.port}")
    try:
        async with an_edge(folder, media) as edge:
            uac = await sipp(scenario, folder, remote=edge.address, calls=calls)
            await uac.done()
            await uas.done()
            return media, edge.proxy.figures
    finally:
        await uas.stop()


@pytest_twisted.ensureDeferred
async def test_whole_calls(tmp_path: Path) -> None:
    media, figures = await run("uac", "uas", tmp_path, calls=20)
    assert len(media.keys) == len(set(media.keys)) == 20
    assert figures["requests_INVITE"] >= 20
    assert figures["responses_1xx"] >= 20
    assert figures["responses_2xx"] >= 40
    assert figures.get("dropped", 0) == figures.get("malformed", 0) == 0


@pytest_twisted.ensureDeferred
async def test_cancel(tmp_path: Path) -> None:
    _, figures = await run("uac_cancel", "uas_cancel", tmp_path)
    assert figures["requests_CANCEL"] >= 5
    assert figures["responses_4xx"] >= 5


@pytest_twisted.ensureDeferred
async def test_bye_from_the_conversation_reaches_a_caller_behind_nat(tmp_path: Path) -> None:
    _, figures = await run("uac_hears_bye", "uas_bye", tmp_path)
    assert figures["requests_BYE"] >= 5
    assert figures.get("dropped", 0) == 0


@pytest_twisted.ensureDeferred
async def test_503_when_no_conversation_is_idle(tmp_path: Path) -> None:
    async with an_edge(tmp_path, MediaHost()) as edge:
        caller = await sipp("uac_503", tmp_path, remote=edge.address, calls=5)
        await caller.done()
        assert edge.proxy.figures["rejected_503"] == 5


@pytest_twisted.ensureDeferred
async def test_503_while_no_media_host_is_there(tmp_path: Path) -> None:
    async with an_edge(tmp_path, None) as edge:
        caller = await sipp("uac_503", tmp_path, remote=edge.address, calls=2)
        await caller.done()
        assert edge.proxy.figures["rejected_503"] == 2


@pytest_twisted.ensureDeferred
async def test_503_when_the_media_host_dies_with_our_claim(tmp_path: Path) -> None:
    media = MediaHost(held=Deferred())
    async with an_edge(tmp_path, media) as edge:
        caller = await sipp("uac_503", tmp_path, remote=edge.address)
        await until(lambda: len(media.keys) == 1, "the claim is out")
        media.links[0].transport.abortConnection()
        await caller.done()
        assert edge.proxy.figures["rejected_503"] == 1


@pytest_twisted.ensureDeferred
async def test_claims_go_round_the_media_hosts_that_are_up(tmp_path: Path) -> None:
    sockets = (tmp_path / "a.sock", tmp_path / "b.sock")
    servers = (MediaHost("127.0.0.1:1"), MediaHost("127.0.0.1:2"))
    ports = [await amp.listen(path, server.protocol) for path, server in zip(sockets, servers, strict=True)]
    hosts = MediaHosts(sockets)
    await until(lambda: hosts.connected == 2, "both hosts are linked")
    found = [await hosts.claim(reactor, f"key-{n}") for n in range(4)]
    assert {address for address in found[:2] if address} == {Where("127.0.0.1", 1), Where("127.0.0.1", 2)}
    assert found[2:] == found[:2]
    await ports[0].stopListening()
    servers[0].links[0].transport.abortConnection()
    await until(lambda: hosts.connected == 1, "the lost host is noticed")
    assert [await hosts.claim(reactor, f"key-{n}") for n in range(2)] == [Where("127.0.0.1", 2)] * 2
    await hosts.stop()
    await ports[1].stopListening()


@pytest_twisted.ensureDeferred
async def test_a_slow_claim_is_made_once_though_the_invite_is_repeated(tmp_path: Path) -> None:
    uas = await sipp("uas", tmp_path)
    media = MediaHost(f"127.0.0.1:{uas.port}", held=Deferred())
    assert media.held is not None
    try:
        async with an_edge(tmp_path, media) as edge:
            caller = await sipp("uac", tmp_path, remote=edge.address)
            await until(lambda: edge.proxy.figures.get("requests_INVITE", 0) >= 2, "the INVITE is repeated")
            media.held.callback(None)
            await caller.done()
            await uas.done()
            assert len(media.keys) == 1
    finally:
        await uas.stop()


@pytest_twisted.ensureDeferred
async def test_a_call_outlives_the_edge(tmp_path: Path) -> None:
    """The edge is replaced by a new one on the same port while the caller talks; the BYE finds its way."""
    uas = await sipp("uas", tmp_path)
    media = MediaHost(f"127.0.0.1:{uas.port}")
    try:
        async with an_edge(tmp_path, media) as first:
            address = first.address
            caller = await sipp("uac_long", tmp_path, remote=address)
            await until(lambda: first.proxy.figures.get("requests_ACK", 0) >= 1, "the call is up")
        async with an_edge(tmp_path, media, address) as second:
            await caller.done()
            await uas.done()
            assert second.proxy.figures["requests_BYE"] >= 1
            assert len(media.keys) == 1
    finally:
        await uas.stop()


@pytest_twisted.ensureDeferred
async def test_the_core_is_told_who_we_are_and_our_figures(tmp_path: Path) -> None:
    core = Core()
    listening = await amp.listen(Settings(data_dir=tmp_path).core_socket, lambda: amp.Link(locator=core))
    async with an_edge(tmp_path, None) as edge:
        await until(lambda: bool(core.figures), "the core has figures")
        details = {"sip": edge.inside_address, "public": edge.address, "ways": []}
        assert (core.hello["role"], json.loads(core.hello["details"])) == ("edge", details)
        assert core.figures["media_hosts"] == 0
    await listening.stopListening()


def test_the_role_starts_alone_and_stops_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CC_")}
    changed = {"CC_SIP_BIND": f"127.0.0.1:{port}", "CC_DATA_DIR": str(tmp_path / "var")}
    command = [sys.executable, "-c", "from contact_center.cli import main; main()", "run", "edge"]
    output = tmp_path / "output"
    with output.open("wb") as file:
        role = subprocess.Popen(command, env=kept | changed, cwd=tmp_path, stdout=file, stderr=file)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", port))
            client.settimeout(0.2)
            give_up = time.monotonic() + 20
            while True:
                assert role.poll() is None, "the role ended"
                assert time.monotonic() < give_up, "no answer to OPTIONS"
                with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                    client.send(request("OPTIONS"))
                    assert client.recv(65536).startswith(b"SIP/2.0 200 ")
                    break
        role.terminate()
        assert role.wait(20) == 0
        assert "Traceback" not in output.read_text()
    finally:
        if role.poll() is None:
            role.kill()
            role.wait()


@pytest_twisted.ensureDeferred
async def test_options_and_rubbish_over_a_real_socket(tmp_path: Path) -> None:
    async with an_edge(tmp_path, None) as edge:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind(("127.0.0.1", 0))
            client.setblocking(False)
            answers: list[bytes] = []

            def heard() -> bool:
                try:
                    answers.append(client.recv(65536))
                except BlockingIOError:
                    return False
                return True

            for datagram in (b"rubbish", b"\r\n\r\n", request("ACK"), request("OPTIONS")):
                client.sendto(datagram, split_bind(edge.address))
            await until(heard, "an answer to OPTIONS")
            answer = parse(answers[0])
            assert isinstance(answer, Response)
            assert (answer.status, answer.cseq.method) == (200, "OPTIONS")
            assert edge.proxy.figures["malformed"] == 1
