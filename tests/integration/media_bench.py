"""A real media host, real phones, and a core that only remembers: what the media tests are played on."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from twisted.internet.defer import Deferred
from twisted.protocols.amp import CommandLocator

from contact_center.config import Settings
from contact_center.demo import callers
from contact_center.runtime import amp
from contact_center.runtime.codec import Codec
from contact_center.telephony import wire
from contact_center.telephony.inside import load_pass
from contact_center.telephony.quality import Quality

OPS: Codec[tuple[wire.Op, ...]] = Codec(tuple[wire.Op, ...])
NUMBERED: Codec[wire.Numbered] = Codec(wire.Numbered)
QUALITIES: Codec[dict[str, Quality]] = Codec(dict[str, Quality])
IMAGE: Codec[wire.ConversationImage] = Codec(wire.ConversationImage)


def sleep(delay_s: float) -> "Deferred[None]":
    from twisted.internet import reactor as installed

    clock: Any = installed
    waited: Deferred[None] = Deferred()
    clock.callLater(delay_s, waited.callback, None)
    return waited


async def until(what: Callable[[], Any], *, within_s: float = 10.0, why: str = "") -> Any:
    """Poll until `what()` is true, and give it; fail after the deadline."""
    deadline = time.monotonic() + within_s
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {why or what}")
        await sleep(0.02)


class Phone:
    """A simulated person's phone, a process of its own; its words are kept as they come."""

    def __init__(self, *options: str, shows: str = "") -> None:
        """`shows`: the pass that its INVITEs carry, as the edge's do."""
        self._process, self._shows = callers.spawn(*options), shows
        self.said: list[tuple[str, dict[str, Any]]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.extend(json.loads(line).items())

    async def sip(self) -> str:
        ready: dict[str, Any] = await until(lambda: self.last("ready"), within_s=40, why="phone ready")
        return str(ready["sip"])

    def last(self, event: str) -> dict[str, Any] | None:
        return next((body for said, body in reversed(self.said) if said == event), None)

    def tell(self, order: str, **body: object) -> None:
        assert self._process.stdin is not None
        if order == "dial":
            body = {"headers": {wire.INSIDE_HEADER: self._shows}} | body
        self._process.stdin.write(json.dumps({order: body}) + "\n")
        self._process.stdin.flush()

    async def heard(self, event: str, *, within_s: float = 10.0) -> dict[str, Any]:
        body: dict[str, Any] = await until(
            lambda: self.last(event), within_s=within_s, why=f"phone says {event}; said {self.said}"
        )
        return body

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(5)
        self._reader.join(5)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


class Core(CommandLocator):
    """Keeps what a media host says; acknowledges only through `do`."""

    def __init__(self, socket: Path) -> None:
        super().__init__()
        self._socket = socket
        self._port: Any = None
        self.links: list[amp.Link] = []
        self.reports: dict[str, list[wire.Numbered]] = {}
        self.lost: list[str] = []
        self.seen: dict[str, dict[str, Quality]] = {}
        self.figures: dict[str, float] = {}
        self.hellos = 0

    async def open(self) -> None:
        self._port = await amp.listen(
            self._socket, lambda: amp.Link(locator=self, up=self.links.append, down=self._down)
        )

    def _down(self, link: amp.Link) -> None:
        if link in self.links:
            self.links.remove(link)

    async def close(self) -> None:
        """As if killed: stop listening and drop every link."""
        await self._port.stopListening()
        for link in list(self.links):
            link.transport.abortConnection()
        await until(lambda: not self.links, why="core links down")

    @amp.RoleHello.responder
    def role_hello(self, role: str, name: str, pid: int, protocol: int, details: str) -> dict[str, object]:
        assert (role, protocol, json.loads(details)) == ("media", amp.PROTOCOL, {})
        self.hellos += 1
        return {}

    @amp.ReportMade.responder
    def report_made(self, conversation: str, numbered: str) -> dict[str, object]:
        self.take(conversation, NUMBERED.load(numbered))
        return {}

    @amp.QualitySeen.responder
    def quality_seen(self, conversation: str, legs: str) -> dict[str, object]:
        self.seen[conversation] = QUALITIES.load(legs)
        return {}

    @amp.ConversationLost.responder
    def conversation_lost(self, conversation: str, why: str) -> dict[str, object]:
        assert why
        self.lost.append(conversation)
        return {}

    @amp.RoleFigures.responder
    def role_figures(self, figures: str) -> dict[str, object]:
        self.figures = json.loads(figures)
        return {}

    def take(self, conversation: str, numbered: wire.Numbered) -> None:
        kept = self.reports.setdefault(conversation, [])
        if numbered.seq > (kept[-1].seq if kept else 0):  # as the real core does
            kept.append(numbered)

    def last_seq(self, conversation: str) -> int:
        kept = self.reports.get(conversation, [])
        return kept[-1].seq if kept else 0

    def of(self, conversation: str, type_: type[Any], leg: str | None = None) -> list[Any]:
        return [
            n.report
            for n in self.reports.get(conversation, [])
            if isinstance(n.report, type_) and leg in (None, getattr(n.report, "leg", None))
        ]

    async def do(self, conversation: str, *ops: wire.Op, blob: str = "", ack: int | None = None) -> None:
        await self.links_or_wait()
        await self.links[-1].callRemote(
            amp.Do,
            conversation=conversation,
            ack=self.last_seq(conversation) if ack is None else ack,
            blob=blob,
            ops=OPS.dump(ops).decode(),
        )

    async def image(self, conversation: str) -> wire.ConversationImage:
        answer = await self.links[-1].callRemote(amp.GetImage, conversation=conversation)
        return IMAGE.load(answer["image"])

    async def conversations(self) -> list[str]:
        answer = await self.links[-1].callRemote(amp.ListConversations)
        return list(json.loads(answer["conversations"]))

    async def links_or_wait(self) -> None:
        await until(lambda: self.links, why="media host linked to core")

    async def saw(self, conversation: str, type_: type[Any], leg: str | None = None) -> Any:
        found = await until(
            lambda: self.of(conversation, type_, leg),
            why=f"{type_.__name__} {leg or ''}; saw {self.reports.get(conversation)}",
        )
        return found[-1]


class Bench:
    """Sockets, prompts and processes of one test."""

    def __init__(self, *, idle_conversations: int = 2, max_conversations: int = 4) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cc-"))
        self.settings = Settings(
            data_dir=self.folder,
            idle_conversations=idle_conversations,
            max_conversations=max_conversations,
        )
        self.core = Core(self.settings.core_socket)
        self.host: subprocess.Popen[bytes] | None = None
        self.phones: list[Phone] = []
        self.claim_ms = 0.0  # how long the last claim took
        self._service: Any = None
        self._edge: amp.Link | None = None
        self._seen: set[psutil.Process] = set()

    async def open(self) -> "Bench":
        await self.core.open()
        self.start_host()
        self._service = amp.connect(
            self.settings.media_socket,
            lambda: amp.Link(up=self._edge_up, down=self._edge_down),
            most_s=0.1,
        )
        try:
            await self.linked()
        except AssertionError:  # no test will close it
            await self.close()
            raise
        return self

    def start_host(self) -> None:
        settings = {
            "CC_DATA_DIR": str(self.folder),
            "CC_IDLE_CONVERSATIONS": str(self.settings.idle_conversations),
            "CC_MAX_CONVERSATIONS": str(self.settings.max_conversations),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CC_")}
        self.host = subprocess.Popen(
            [sys.executable, "-m", "contact_center.telephony.media.host"], env=kept | settings
        )

    def _edge_up(self, link: amp.Link) -> None:
        self._edge = link

    def _edge_down(self, _link: amp.Link) -> None:
        self._edge = None

    async def linked(self) -> None:
        hellos = self.core.hellos
        await until(lambda: self._edge, why="media host listens")
        await until(lambda: self.core.hellos > hellos or self.core.links, why="media host says hello")

    async def claim(self, key: str) -> tuple[str, str]:
        edge = await until(lambda: self._edge, why="edge link")
        began = time.perf_counter()
        answer = await edge.callRemote(amp.Claim, key=key)
        self.claim_ms = 1000 * (time.perf_counter() - began)
        self.processes()
        return answer["conversation"], answer["sip"]

    def phone(self, *options: str) -> Phone:
        phone = Phone(*options, shows=load_pass(self.settings.run_dir))
        self.phones.append(phone)
        return phone

    def processes(self) -> set[psutil.Process]:
        """The host, its spawner and every conversation ever seen below them, that still run."""
        if self.host is not None and self.host.poll() is None:
            host = psutil.Process(self.host.pid)
            self._seen |= {host, *host.children(recursive=True)}
        return {p for p in self._seen if p.is_running() and p.status() != psutil.STATUS_ZOMBIE}

    def conversation_at(self, sip: str) -> psutil.Process:
        """The process that has this SIP socket."""
        port = int(sip.rpartition(":")[2])
        for process in self.processes():
            if any(c.laddr and c.laddr.port == port for c in process.net_connections("udp")):
                return process
        raise AssertionError(f"nobody has {sip}")

    async def stop_host(self) -> float:
        """SIGTERM; how long until no process is left."""
        assert self.host is not None
        self.processes()
        began = time.monotonic()
        self.host.terminate()
        await until(lambda: self.host is not None and self.host.poll() is not None, why="host ended")
        await until(lambda: not self.processes(), why=f"no process left, but {self.processes()}")
        return time.monotonic() - began

    async def close(self) -> None:
        for phone in self.phones:
            phone.close()
        if self.host is not None and self.host.poll() is None:
            await self.stop_host()
        for process in self.processes():
            process.kill()
        await self._service.stopService()
        await self.core.close()
        shutil.rmtree(self.folder)


async def freed(bench: Bench) -> None:
    """No conversation carries a call any more; what is still reported is acknowledged, as a core does."""
    deadline = time.monotonic() + 5
    while left := await bench.core.conversations():
        assert time.monotonic() < deadline, f"not freed: {[await bench.core.image(each) for each in left]}"
        for conversation in left:
            with contextlib.suppress(amp.Unknown):  # freed meanwhile
                await bench.core.do(conversation)
        await sleep(0.05)
