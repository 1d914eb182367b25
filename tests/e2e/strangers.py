"""Who calls the shared centre besides its one carrier: a carrier known by its password alone, and attackers.

Each is at an address of its own (all of 127/8 is this host): what is held against one weighs on no other.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from contact_center.config import split_bind
from contact_center.telephony.sip.digest import ha1
from contact_center.telephony.sip.message import Response, parse
from tests.e2e.centre import Centre, metric
from tests.e2e.people import Caller
from tests.sip_samples import request

ROAMING, ROAMING_PASSWORD = "roaming", "a carrier's password"
ROAMING_HOST = "127.0.0.2"
PAID_START = "+888"
HASTY, HASTY_HOST = "hasty", "127.0.0.3"
HASTY_RATE_PER_S = 2.0
"""Calls a second that this carrier may offer, and as many at once."""
BAN_S = 3.0
MOST_CONVERSATIONS = 8
"""Both at the shared centre."""


def trunks(paid_port: int) -> str:
    """The trunks file of the shared centre: a carrier that callers of other tests come from, one that must
    prove itself, one that may call so fast and no faster, and one that outsiders must never reach."""
    return f"""
version = 1

[[trunk]]
name = "everybody"
sources = ["127.0.0.1/32"]
max_calls = 2000
max_calls_per_second = 200

[[trunk]]
name = "{ROAMING}"
inbound = {{ spelling = "digits" }}
max_calls = 1

[trunk.ask]
user = "{ROAMING}"
password = "{ROAMING_PASSWORD}"

[[trunk]]
name = "{HASTY}"
sources = ["{HASTY_HOST}/32"]
max_calls_per_second = {HASTY_RATE_PER_S}

[[trunk]]
name = "paid"
targets = ["sip:127.0.0.1:{paid_port}"]
numbers = ["{PAID_START}"]
keepalive_s = 0
"""


def edge_figure(centre: Centre, name: str) -> float:
    """A figure of the edge on the core's /metrics; the edge tells them every two seconds."""
    return metric(centre, f'cc_role{{figure="{name}",role="edge"}}')


class Stranger:
    """Raw datagrams from one address; everything that comes back is kept."""

    def __init__(self, host: str, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.setblocking(False)  # the standard library's own signature
        self.host, self.port = self._socket.getsockname()
        self._got: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)

    def _read(self) -> None:
        self._got.append(self._socket.recv(65536))

    @property
    def got(self) -> int:
        return len(self._got)

    @property
    def statuses(self) -> list[int]:
        """What was answered, in order."""
        answers = [parse(datagram) for datagram in self._got]
        return [answer.status for answer in answers if isinstance(answer, Response)]

    def sends(self, method: str, target: str, *, to: str, call: str = "c", **more: Any) -> None:
        """A request outside any call; `to` is HOST:PORT."""
        branch = f"z9hG4bK{self.host}{call}".replace(".", "-")
        via = f"SIP/2.0/UDP {self.host}:{self.port}"
        self.throws(request(method, target, via=via, branch=branch, call_id=f"{self.host}{call}", **more), to)

    def throws(self, datagram: bytes, to: str) -> None:
        self._socket.sendto(datagram, split_bind(to))

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()


@asynccontextmanager
async def stranger(host: str, port: int = 0) -> AsyncIterator[Stranger]:
    person = Stranger(host, port)
    try:
        yield person
    finally:
        person.close()


class RoamingPhone(Caller):
    """The carrier that is known by its password: a pjsua2 phone that registers nowhere."""

    def proves(self, password: str) -> None:
        """Answer challenges with this: SHA-256, which is offered first."""
        self._tell({"log_in": {"user": ROAMING, "password": password}})

    def proves_by_md5(self, password: str) -> None:
        """The same, but able to do MD5 only."""
        secret = ha1("MD5", ROAMING, "contact-center", password)
        self._tell({"log_in": {"user": ROAMING, "md5_ha1": secret}})


@asynccontextmanager
async def roaming_phone(folder: Path) -> AsyncIterator[RoamingPhone]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contact_center.demo.callers", "--conduct", "--listen", f"{ROAMING_HOST}:0"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    phone = RoamingPhone(process, folder)
    try:
        await phone.hears_of("ready")
        yield phone
    finally:
        await phone.end()


def inside_listeners(centre: Centre) -> list[str]:
    """Where the edge listens for conversations: every UDP port of it but the public one."""
    sockets = psutil.Process(centre.pid("edge")).net_connections("udp")
    found = {f"{each.laddr.ip}:{each.laddr.port}" for each in sockets if each.laddr.ip == "127.0.0.1"}
    return sorted(found - {centre.sip})
