"""The media host: keeps conversation processes ready, gives them to the edge, joins them to the core.

    python -m contact_center.telephony.media.host        # the role alone, settings from file and environment

It watches conversations by their AMP link, not as children, so a new host takes over those of a killed one:
each reconnects and says who it is. What a host must remember of a live conversation (that it lives, and the
edge's key) is one small file each in `run_dir/conversations`, so that the next host can tell the core of
those that died meanwhile.
"""

import json
import os
import secrets
import signal
from typing import Any

import psutil
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectionClosed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.protocols.amp import CommandLocator

from contact_center.config import Settings, load_settings
from contact_center.runtime import amp
from contact_center.runtime import reactor as runtime_reactor
from contact_center.telephony.media.conversation import begin_logging
from contact_center.telephony.media.nursery import Nursery
from contact_center.telephony.media.seats import Seat, Seats

CLAIM_WAIT_S = 5.0  # for a process being forked, when the limit allows one more; a cold start takes 3
REJOIN_S = 1.0  # conversations of a killed host are back by then; only then is the core told who lives
FIGURES_EVERY_S = 5.0
MOST_CALLS_PER_PROCESS = 50
MOST_GROWTH_BYTES = 10_000_000
STOP_S = 2.0  # then whoever is left is killed
LOOK_S = 0.02

log = Logger()


class MediaHost:
    """One per machine. Built by `start`."""

    def __init__(self, clock: Any, settings: Settings) -> None:
        self._clock, self._settings = clock, settings
        self._seats = Seats(settings.run_dir / "conversations")
        self._core: amp.Link | None = None
        self._core_service: Any = None
        self._listening: Any = None
        self._lost: list[tuple[str, str]] = []  # not yet told to a core
        self._waiting: list[Deferred[None]] = []
        self._figures = {"claimed": 0, "spawned": 0, "retired": 0, "lost": 0, "crashed": 0}
        self._past_cpu_s = 0.0
        self._stopping = False
        self._nursery = Nursery(clock, settings, born=self._born, died=self._died, lost_orders=self._fill)
        self._beat = LoopingCall(self._tick)
        self._beat.clock = clock

    async def begin(self) -> "MediaHost":
        """Listen, fork, and (a little later after a crash) connect to the core."""
        crashed = self._settings.media_socket.exists()
        self._seats.begin()
        self._listening = await amp.listen(self._settings.media_socket, self._peer)
        self._nursery.start()
        self._fill()
        self._clock.callLater(REJOIN_S if crashed else 0, self._join_core)
        self._beat.start(FIGURES_EVERY_S, now=False)
        return self

    def _join_core(self) -> None:
        for conversation in self._seats.missing():
            self._lose(conversation, "its process ended while no media host ran")
        if not self._stopping:
            self._core_service = amp.connect(
                self._settings.core_socket,
                lambda: amp.Link(locator=_CoreSide(self), up=self._core_up, down=self._core_down),
            )

    def stop(self) -> "Deferred[None]":
        """End calls with a BYE and every process; fires when none is left (within 3 s)."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._stopping = True
        if self._beat.running:
            self._beat.stop()
        if self._core_service is not None:
            await self._core_service.stopService()
        await self._listening.stopListening()
        self._nursery.order_no_more()
        until = self._clock.seconds() + STOP_S / 4
        while self._nursery.ordered and self._clock.seconds() < until:
            await _sleep(self._clock, LOOK_S)
        pids = self._seats.pids()
        self._nursery.stop()
        await self._end(pids, signal.SIGTERM, STOP_S)
        await self._end(pids, signal.SIGKILL, STOP_S / 4)
        self._nursery.kill()

    async def _end(self, pids: list[int], how: signal.Signals, most_s: float) -> None:
        for pid in pids:
            _signal(pid, how)
        until = self._clock.seconds() + most_s
        while self._clock.seconds() < until:
            if self._nursery.reaped() and not any(_runs(pid) for pid in pids):
                return
            await _sleep(self._clock, LOOK_S)

    # -- processes -----------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Order as many forks as are wanted and neither idle nor on their way."""
        seats, settings = self._seats, self._settings
        room = settings.max_conversations - seats.live
        want = min(max(settings.idle_conversations, len(self._waiting)), room)
        for _ in range(want - len(seats.idle) - len(seats.unborn) - self._nursery.ordered):
            self._nursery.spawn()

    def _born(self, pid: int) -> None:
        self._figures["spawned"] += 1
        self._seats.born(pid)
        if self._stopping:
            _signal(pid, signal.SIGTERM)

    def _died(self, pid: int, status: int) -> None:
        self._seats.unborn.discard(pid)
        self._seats.early.discard(pid)
        if status not in (0, -signal.SIGTERM):
            self._figures["crashed"] += 1
            log.error("conversation process {pid} ended with status {status}", pid=pid, status=status)
        if not self._stopping:
            self._fill()

    def _peer(self) -> amp.Link:
        side = _PeerSide(self)
        return amp.Link(locator=side, up=side.up, down=side.down)

    def seated(self, link: amp.Link, pid: int, sip: str, conversation: str) -> Seat:
        """A conversation process said hello."""
        seat = self._seats.seat(link, pid, sip, conversation)
        if not conversation:
            self._idle(seat)
        return seat

    def _idle(self, seat: Seat) -> None:
        self._seats.idle.append(seat)
        if self._waiting:
            self._waiting.pop(0).callback(None)

    def left(self, seat: Seat) -> None:
        """A conversation process is gone, with its call if it had one."""
        self._past_cpu_s += seat.cpu_s
        self._seats.leave(seat)
        seat.ready_or(ConnectionClosed())
        if self._stopping:
            return
        if seat.conversation:
            self._lose(seat.conversation, f"its process {seat.pid} ended")
        self._fill()

    def _lose(self, conversation: str, why: str) -> None:
        log.error("conversation {conversation} lost: {why}", conversation=conversation, why=why)
        self._figures["lost"] += 1
        self._seats.forget(conversation)
        if self._core is None:
            self._lost.append((conversation, why))
        else:
            self._core.callRemote(amp.ConversationLost, conversation=conversation, why=why)

    def freed(self, seat: Seat, conversation: str) -> None:
        """Its call is over: ready for the next, unless it has served long or grown."""
        if seat.conversation != conversation:
            return
        self._seats.free(seat)
        seat.look()
        if seat.uses >= MOST_CALLS_PER_PROCESS or seat.growth_bytes > MOST_GROWTH_BYTES:
            self._retire(seat)
        else:
            self._idle(seat)
        self._fill()

    def _retire(self, seat: Seat) -> None:
        self._figures["retired"] += 1
        _signal(seat.pid, signal.SIGTERM)

    # -- the edge ------------------------------------------------------------------------------------

    async def claim(self, key: str) -> Seat:
        """A conversation for `key`, told to expect its call; raises `NoneIdle`."""
        while True:
            seat = self._seats.by_key.get(key)
            if seat is not None:
                if await seat.ready():
                    return seat
            elif self._seats.idle:
                seat = self._seats.claim(key, secrets.token_hex(8))
                self._figures["claimed"] += 1
                self._fill()
                try:
                    await seat.link.callRemote(amp.Expect, conversation=seat.conversation)
                except ConnectionClosed:
                    continue  # it was just leaving; the next one will do
                seat.ready_or(None)
                return seat
            else:
                await self._some_idle()

    async def _some_idle(self) -> None:
        promised = self._seats.live + len(self._waiting)
        if self._stopping or promised >= self._settings.max_conversations:
            raise amp.NoneIdle(f"{promised} conversations are live or waited for")
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self._fill()
        waiting.addTimeout(CLAIM_WAIT_S, self._clock)
        try:
            await waiting
        except DeferredTimeout as error:
            raise amp.NoneIdle("no conversation process became ready") from error
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    # -- the core ------------------------------------------------------------------------------------

    def _core_up(self, link: amp.Link) -> None:
        hello = link.callRemote(
            amp.RoleHello, role="media", name="media", pid=os.getpid(), protocol=amp.PROTOCOL, details="{}"
        )
        hello.addCallbacks(lambda _: self._core_welcomes(link), self._core_refuses)

    def _core_welcomes(self, link: amp.Link) -> None:
        self._core = link
        lost, self._lost = self._lost, []
        for conversation, why in lost:
            link.callRemote(amp.ConversationLost, conversation=conversation, why=why)

    def _core_refuses(self, failure: Any) -> None:
        log.error("the core refused this media host: {why}", why=failure.getErrorMessage())

    def _core_down(self, link: amp.Link) -> None:
        if self._core is link:
            self._core = None

    def reported(self, conversation: str, numbered: str) -> None:
        """Pass a report on; with no core it stays where it was made, unacknowledged."""
        if self._core is not None:
            self._core.callRemote(amp.ReportMade, conversation=conversation, numbered=numbered)

    def measured(self, conversation: str, legs: str) -> None:
        if self._core is not None:
            self._core.callRemote(amp.QualitySeen, conversation=conversation, legs=legs)

    def conversations(self) -> list[str]:
        return list(self._seats.by_conversation)

    async def forward(self, command: Any, conversation: str, **arguments: object) -> dict[str, object]:
        """Ask a conversation; raises `Unknown` when it is not here or just died."""
        seat = self._seats.by_conversation.get(conversation)
        if seat is None:
            raise amp.Unknown(conversation)
        try:
            answer: dict[str, object] = await seat.link.callRemote(
                command, conversation=conversation, **arguments
            )
        except ConnectionClosed as error:
            raise amp.Unknown(conversation) from error
        return answer

    # -- figures -------------------------------------------------------------------------------------

    def _tick(self) -> None:
        idle = self._seats.idle
        for seat in idle[2 * self._settings.idle_conversations :]:  # after a burst, slowly
            idle.remove(seat)
            self._retire(seat)
            break
        if self._core is not None:
            self._core.callRemote(amp.RoleFigures, figures=json.dumps(self.figures()))

    def figures(self) -> dict[str, float]:
        """Counters since start; `cpu_seconds` is that of all conversations, past ones included."""
        for seat in self._seats.all:
            seat.look()
        return {
            "idle": len(self._seats.idle),
            "live": self._seats.live,
            **self._figures,
            "cpu_seconds": self._past_cpu_s + sum(seat.cpu_s for seat in self._seats.all),
            "rss_bytes": sum(seat.rss_bytes for seat in self._seats.all),
        }


class _PeerSide(CommandLocator):
    """What a conversation process or the edge may ask on media.sock."""

    def __init__(self, host: MediaHost) -> None:
        super().__init__()
        self._host = host
        self._link: amp.Link | None = None
        self._seat: Seat | None = None

    def up(self, link: amp.Link) -> None:
        self._link = link

    def down(self, _link: amp.Link) -> None:
        if self._seat is not None:
            self._host.left(self._seat)

    @amp.ConversationHello.responder
    def hello(self, pid: int, sip: str, conversation: str, protocol: int) -> dict[str, object]:
        if protocol != amp.PROTOCOL:
            raise amp.WrongProtocol(f"{protocol}, not {amp.PROTOCOL}")
        if self._link is not None:
            self._seat = self._host.seated(self._link, pid, sip, conversation)
        return {}

    @amp.ReportMade.responder
    def report_made(self, conversation: str, numbered: str) -> dict[str, object]:
        self._host.reported(conversation, numbered)
        return {}

    @amp.QualitySeen.responder
    def quality_seen(self, conversation: str, legs: str) -> dict[str, object]:
        self._host.measured(conversation, legs)
        return {}

    @amp.Freed.responder
    def freed(self, conversation: str) -> dict[str, object]:
        if self._seat is not None:
            self._host.freed(self._seat, conversation)
        return {}

    @amp.Claim.responder
    async def claim(self, key: str) -> dict[str, object]:
        seat = await self._host.claim(key)
        return {"conversation": seat.conversation, "sip": seat.sip}


class _CoreSide(CommandLocator):
    """What the core may ask."""

    def __init__(self, host: MediaHost) -> None:
        super().__init__()
        self._host = host

    @amp.Do.responder
    async def do(self, conversation: str, ack: int, blob: str, ops: str) -> dict[str, object]:
        return await self._host.forward(amp.Do, conversation, ack=ack, blob=blob, ops=ops)

    @amp.GetImage.responder
    async def get_image(self, conversation: str) -> dict[str, object]:
        return await self._host.forward(amp.GetImage, conversation)

    @amp.Originate.responder
    async def originate(self) -> dict[str, object]:
        seat = await self._host.claim(f"own-{secrets.token_hex(8)}")
        return {"conversation": seat.conversation}

    @amp.ListConversations.responder
    def list_conversations(self) -> dict[str, object]:
        return {"conversations": json.dumps(self._host.conversations())}


def start(settings: Settings) -> "Deferred[MediaHost]":
    """Start the role in this process; fires when it listens."""
    from twisted.internet import reactor as clock  # installed by then

    return Deferred.fromCoroutine(MediaHost(clock, settings).begin())


def main() -> None:
    """The role alone, until SIGTERM."""
    loop = runtime_reactor.install()
    from twisted.internet import reactor as installed

    clock: Any = installed
    settings = load_settings()
    begin_logging(settings.log_level)

    def started(host: MediaHost) -> None:
        loop.add_signal_handler(signal.SIGTERM, lambda: host.stop().addBoth(lambda _: clock.stop()))

    def failed(failure: Any) -> None:
        log.failure("the media host did not start", failure)
        clock.stop()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    clock.callWhenRunning(lambda: start(settings).addCallbacks(started, failed))
    clock.run(installSignalHandlers=False)


def _signal(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _sleep(clock: Any, delay_s: float) -> "Deferred[None]":
    waited: Deferred[None] = Deferred()
    clock.callLater(delay_s, waited.callback, None)
    return waited


if __name__ == "__main__":
    main()
