"""The host's book of conversation processes: who is idle, who carries which call, what each uses."""

from dataclasses import dataclass, field
from pathlib import Path

import psutil
from twisted.internet.defer import Deferred

from contact_center.runtime import amp


@dataclass(eq=False, slots=True, kw_only=True)
class Seat:
    """One conversation process. `conversation` and `key` are empty while it is idle."""

    link: amp.Link
    pid: int
    sip: str
    conversation: str = ""
    key: str = ""
    uses: int = 0
    cpu_s: float = 0.0
    rss_bytes: int = 0
    first_rss_bytes: int = 0  # once the first call is over: by then the shared pages it needs are in
    _ready: bool = True
    _waiting: list["Deferred[bool]"] = field(default_factory=list)

    def look(self) -> None:
        """Read what the process uses now."""
        try:
            process = psutil.Process(self.pid)
            times = process.cpu_times()
            self.cpu_s = times.user + times.system
            self.rss_bytes = process.memory_info().rss
        except psutil.NoSuchProcess:
            return
        if self.uses == 1 and not self.conversation and not self.first_rss_bytes:
            self.first_rss_bytes = self.rss_bytes

    @property
    def growth_bytes(self) -> int:
        return self.rss_bytes - self.first_rss_bytes if self.first_rss_bytes else 0

    def expecting(self) -> None:
        self._ready = False

    def ready(self) -> "Deferred[bool]":
        """Fires true once the process expects its call, false when it is gone instead."""
        waited: Deferred[bool] = Deferred()
        if self._ready:
            waited.callback(True)
        else:
            self._waiting.append(waited)
        return waited

    def ready_or(self, fault: Exception | None) -> None:
        """It expects its call, or (`fault`) it never will."""
        self._ready = fault is None
        waiting, self._waiting = self._waiting, []
        for waited in waiting:
            waited.callback(fault is None)


class Seats:
    """Every process that said hello, and those on their way; keeps one file per live conversation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.all: list[Seat] = []
        self.idle: list[Seat] = []
        self.unborn: set[int] = set()  # forked, no hello yet
        self.early: set[int] = set()  # hello came before the spawner's word
        self.by_key: dict[str, Seat] = {}
        self.by_conversation: dict[str, Seat] = {}

    def begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def live(self) -> int:
        return len(self.by_conversation)

    def pids(self) -> list[int]:
        return [*self.unborn, *(seat.pid for seat in self.all)]

    def missing(self) -> list[str]:
        """Conversations a former host had, and nobody carries now."""
        return sorted(file.name for file in self._folder.iterdir() if file.name not in self.by_conversation)

    def born(self, pid: int) -> None:
        if pid in self.early:
            self.early.discard(pid)
        else:
            self.unborn.add(pid)

    def seat(self, link: amp.Link, pid: int, sip: str, conversation: str) -> Seat:
        if pid in self.unborn:
            self.unborn.discard(pid)
        else:
            self.early.add(pid)
        seat = Seat(link=link, pid=pid, sip=sip, conversation=conversation)
        self.all.append(seat)
        if conversation:
            file = self._folder / conversation
            seat.key = file.read_text() if file.exists() else ""
            self._take(seat)
        return seat

    def claim(self, key: str, conversation: str) -> Seat:
        """The idle process that was used last (its pages are warm) becomes `conversation`."""
        seat = self.idle.pop()
        seat.key, seat.conversation = key, conversation
        seat.uses += 1
        seat.expecting()
        (self._folder / conversation).write_text(key)
        self._take(seat)
        return seat

    def _take(self, seat: Seat) -> None:
        self.by_conversation[seat.conversation] = seat
        if seat.key:
            self.by_key[seat.key] = seat

    def free(self, seat: Seat) -> None:
        self.forget(seat.conversation)
        self.by_key.pop(seat.key, None)
        seat.conversation = seat.key = ""

    def leave(self, seat: Seat) -> None:
        """Its link is gone. The file of its conversation stays until `forget`."""
        self.all.remove(seat)
        self.early.discard(seat.pid)
        if seat in self.idle:
            self.idle.remove(seat)
        if self.by_conversation.get(seat.conversation) is seat:
            del self.by_conversation[seat.conversation]
        if self.by_key.get(seat.key) is seat:
            del self.by_key[seat.key]

    def forget(self, conversation: str) -> None:
        self.by_conversation.pop(conversation, None)
        (self._folder / conversation).unlink(missing_ok=True)
