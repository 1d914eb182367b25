"""The edge's other sockets and its calls out, with real user agents: TCP, TLS, IPv6, failover."""

import json
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import endpoints, protocol, reactor, ssl

from contact_center.config import Settings, split_bind
from contact_center.demo.ports import free_port
from contact_center.telephony.inside import load_pass
from contact_center.telephony.sip.edge.edge import EdgeService
from contact_center.telephony.sip.edge.phone_book import Devices
from contact_center.telephony.sip.message import Response, parse
from contact_center.telephony.wire import INSIDE_HEADER
from tests.certificates import a_certificate
from tests.integration.sipp_runs import sipp, until
from tests.integration.test_sip_edge import MediaHost, an_edge
from tests.sip_samples import request


class _Listening(protocol.Protocol):
    """A SIP client over a stream that keeps what it hears."""

    def __init__(self) -> None:
        self.heard = b""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        self.heard += data


@pytest.mark.parametrize("over", ["tcp", "ipv6"])
@pytest_twisted.ensureDeferred
async def test_whole_calls_over_tcp_and_ipv6_to_a_conversation_on_udp(tmp_path: Path, over: str) -> None:
    uas = await sipp("uas", tmp_path, calls=5)
    media = MediaHost(f"127.0.0.1:{uas.port}")
    host = "127.0.0.1" if over == "tcp" else "::1"
    place = f"127.0.0.1:{free_port()}" if over == "tcp" else f"[::1]:{free_port()}"
    try:
        listener = f"{'tcp' if over == 'tcp' else 'udp'}:{place}"
        async with an_edge(tmp_path, media, sip_also=listener) as edge:
            uac = await sipp("uac", tmp_path, remote=place, calls=5, tcp=over == "tcp", host=host)
            await uac.done()
            await uas.done()
            assert edge.figures()["requests_BYE"] == 5
            assert edge.figures().get("dropped", 0) == 0
    finally:
        await uas.stop()


@pytest_twisted.ensureDeferred
async def test_tls_with_our_certificate_and_ipv6(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path, "edge.example")
    port, six = free_port(), free_port()
    also = f"tls:127.0.0.1:{port} udp:[::1]:{six}"
    async with an_edge(tmp_path, None, sip_also=also, sip_tls_certificate=certificate) as edge:
        root = ssl.Certificate.loadPEM(certificate.read_bytes())
        options = ssl.optionsForClientTLS("edge.example", trustRoot=root)
        point = endpoints.wrapClientTLS(options, endpoints.HostnameEndpoint(reactor, "127.0.0.1", port))
        client = await point.connect(protocol.Factory.forProtocol(_Listening))
        datagram = request("OPTIONS", via="SIP/2.0/TLS 127.0.0.1:9")
        client.transport.write(datagram[:40])
        client.transport.write(datagram[40:] + b"\r\n\r\n")
        await until(lambda: client.heard.endswith(b"\r\n\r\n\r\n"), "an answer and a pong")
        answer = parse(client.heard)
        assert isinstance(answer, Response)
        assert (answer.status, answer.via.transport) == (200, "TLS")
        client.transport.loseConnection()
        await until(lambda: edge.figures()["connections"] == 0, "the connection is gone")

        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
            udp.setblocking(False)
            udp.bind(("::1", 0))
            udp.sendto(request("OPTIONS", via="SIP/2.0/UDP [::1]:9"), ("::1", six))
            heard: list[bytes] = []

            def came() -> bool:
                try:
                    heard.append(udp.recv(9000))
                except BlockingIOError:
                    return False
                return True

            await until(came, "an answer over IPv6")
            assert heard[0].startswith(b"SIP/2.0 200 ")


class _Output(protocol.ProcessProtocol):
    def __init__(self) -> None:
        self.lines: list[str] = []
        self._rest = ""
        self.over = False

    def outReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        *lines, self._rest = (self._rest + data.decode()).split("\n")
        self.lines += lines

    def processEnded(self, reason: object) -> None:  # noqa: N802
        self.over = True

    def said(self, name: str) -> dict[str, object] | None:
        found = (json.loads(line) for line in self.lines if line.startswith("{"))
        return next((dict(each[name]) for each in found if name in each), None)


async def a_phone(stack: AsyncExitStack, *options: str) -> _Output:
    """A pjsua2 phone as a process of its own, ended with the stack."""
    output = _Output()
    command = [sys.executable, "-m", "contact_center.demo.callers", *options]
    process = reactor.spawnProcess(output, sys.executable, command, env=None)

    async def end() -> None:
        if not output.over:
            process.signalProcess("TERM")
            await until(lambda: output.over, "the phone ended")

    stack.push_async_callback(end)
    if "--answer" in options:
        await until(lambda: output.said("ready") is not None, "the phone is ready")
    return output


def inside(edge: EdgeService, target: str, folder: Path) -> str:
    """Where a conversation of this edge would dial to, its pass included (RFC 3261 section 19.1.1)."""
    shown = load_pass(Settings(data_dir=folder).run_dir)
    return f"sip:{target}?Route=%3Csip:{edge.inside_address}%3Blr%3E&{INSIDE_HEADER}={shown}"


@pytest_twisted.ensureDeferred
async def test_a_call_out_finds_the_target_that_lives(tmp_path: Path) -> None:
    """Refused connection, then a TLS server with a certificate nobody vouches for, then a carrier."""
    wrong = ssl.PrivateCertificate.loadPEM(a_certificate(tmp_path, "other.example").read_bytes())
    listening = protocol.Factory.forProtocol(_Listening)
    server = reactor.listenSSL(0, listening, wrong.options(), interface="127.0.0.1")
    dead, alive = free_port(), free_port()
    trunks = tmp_path / "trunks.toml"
    trunks.write_text(
        f"""
[[trunk]]
name = "carrier"
numbers = ["+49"]
keepalive_s = 0
targets = ["sip:127.0.0.1:{dead};transport=tcp", "sip:127.0.0.1:{server.getHost().port};transport=tls",
           "sip:127.0.0.1:{alive}"]
outbound = {{ spelling = "national", country = "49" }}
"""
    )
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(an_edge(tmp_path, None, trunks_file=trunks))
        carrier = await a_phone(stack, "--answer", "--listen", f"127.0.0.1:{alive}", "--tone", "440")
        to = inside(edge, "+4930123456@trunk.invalid", tmp_path)
        us = await a_phone(
            stack, "--to", to, "--from", "+4930999", "--json", "--listen-tone", "440", "--max-talk-s", "0.5"
        )
        await until(lambda: us.over, "the call is over")
        result = json.loads(us.lines[-1])
        assert result["answered"]
        assert result["heard_tone"]
        await until(lambda: carrier.said("ended") is not None, "the BYE reached the carrier")
        ended = carrier.said("ended")
        assert ended is not None
        assert (ended["from_number"], ended["to"]) == ("030999", "030123456")
        assert edge.figures()["connections_failed"] == 2
    await server.stopListening()


@pytest_twisted.ensureDeferred
async def test_a_call_out_to_a_number_no_carrier_is_for(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(an_edge(tmp_path, None))
        to = inside(edge, "+4930123456@trunk.invalid", tmp_path)
        us = await a_phone(stack, "--to", to, "--json")
        await until(lambda: us.over, "the call is over")
        assert json.loads(us.lines[-1])["cause"] == 404


@pytest_twisted.ensureDeferred
async def test_two_phones_of_an_agent_ring_and_a_restarted_edge_still_knows_them(tmp_path: Path) -> None:
    Devices(tmp_path / "phones" / "devices.json").add("ann", "contact-center", "a password")
    async with AsyncExitStack() as stack:
        async with an_edge(tmp_path, None) as first:
            address = first.address
            options = (
                "--answer",
                "--register",
                f"sip:{address}",
                "--user",
                "ann",
                "--password",
                "a password",
            )
            slow = await a_phone(stack, *options, "--answer-after-s", "5")
            fast = await a_phone(stack, *options, "--answer-after-s", "0.2", "--tone", "440")
            await until(lambda: len(first.registrar.bindings) == 2, "both phones registered")
        edge = await stack.enter_async_context(an_edge(tmp_path, None, address))
        assert edge.agents_up() == ("ann",)
        to = inside(edge, "ann@phone.invalid", tmp_path)
        us = await a_phone(stack, "--to", to, "--json", "--listen-tone", "440", "--max-talk-s", "0.3")
        await until(lambda: us.over, "the call is over")
        assert json.loads(us.lines[-1])["heard_tone"]
        await until(lambda: slow.said("ended") is not None, "the other phone stopped ringing")
        assert slow.said("up") is None
        assert fast.said("up") is not None


@pytest.mark.parametrize("over", ["udp", "tls"])
@pytest_twisted.ensureDeferred
async def test_the_edge_registers_at_a_carrier(tmp_path: Path, over: str) -> None:
    """The carrier is another edge: it asks with a digest, and then knows where to reach us.

    Over TLS that is the connection, which is made because its certificate is one we were told to trust.
    """
    theirs = tmp_path / "theirs"
    Devices(theirs / "phones" / "devices.json").add("49301", "contact-center", "secret secret")
    async with AsyncExitStack() as stack:
        certificate, port = a_certificate(tmp_path, "carrier.example"), free_port()
        also = f"tls:127.0.0.1:{port}"
        carrier = await stack.enter_async_context(
            an_edge(theirs, None, sip_also=also, sip_tls_certificate=certificate)
        )
        there = f"sip:127.0.0.1:{port};transport=tls" if over == "tls" else f"sip:{carrier.address}"
        trunks = tmp_path / "trunks.toml"
        trunks.write_text(
            f"""
[[trunk]]
name = "carrier"
targets = ["{there}"]
log_in = {{ user = "49301", password = "secret secret" }}
registration = {{ registrar = "{there}", user = "49301" }}
"""
        )
        edge = await stack.enter_async_context(
            an_edge(tmp_path / "ours", None, trunks_file=trunks, sip_tls_ca=certificate)
        )
        await until(lambda: edge.figures().get("trunk_registered_carrier") == 1, "registered")
        await until(lambda: edge.figures().get("trunk_target_up_carrier") == 1, "the carrier is up")
        (binding,) = carrier.registrar.bindings
        assert binding.where.transport == over
        assert (binding.where[:2] == split_bind(edge.address)) == (over == "udp")
        assert carrier.figures()["requests_OPTIONS"] == 1
