"""Finished recordings: encoded one at a time after the call, kept as long as the queue says, then deleted.

The two WAV files a conversation leaves behind are the work list: they go only after the encoded file is in
its place and its row is stored, so a crash at any moment repeats work and loses nothing.
"""

import asyncio
import datetime as dt
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.recordings.recording import (
    DAY_S,
    AuditRow,
    Pause,
    Peaks,
    Recording,
    Told,
    contact_of,
    told,
)
from contact_center.runtime.directory import QueueSettings

_log = logging.getLogger(__name__)
LAST_WRITE_S = 0.5  # the recorder closes its files on the bridge's next beat
LOG_PATIENCE_S = 10.0  # the log is stored in batches
ROUND_S = 3600.0
LEFT, RIGHT = ".left.wav", ".right.wav"


class EncodingFailed(Exception):  # noqa: N818  # named for what happened
    """The encoder process ended badly; the message is its last words."""


class Shelf(Protocol):
    """Where rows are kept (`storage.recordings.RecordingStore`)."""

    async def keep(self, recording: Recording) -> None: ...

    async def expired(self, now: float) -> Sequence[Recording]: ...

    async def forget(self, recording: str, row: AuditRow) -> None: ...


def file_of(recording: str, started_at: float) -> str:
    """Where it is kept below the folder of recordings: YYYY/MM/DD of its start (UTC)."""
    day = dt.datetime.fromtimestamp(started_at, dt.UTC)
    return f"{day:%Y/%m/%d}/{recording}.ogg"


class Recordings:
    """One per core. `running` names the recordings of live calls, `events_of` a contact's stored events."""

    def __init__(
        self,
        *,
        folder: Path,
        shelf: Shelf,
        events_of: Callable[[str], Awaitable[Sequence[Recorded]]],
        queues: Callable[[], Mapping[str, QueueSettings]],
        running: Callable[[], Collection[str]],
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self.folder, self._shelf = folder, shelf
        self._events_of, self._queues, self._running = events_of, queues, running
        self._clock, self._new_id = clock, new_id
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def live(self) -> Path:
        return self.folder / "live"

    def tell(self, batch: Sequence[Recorded]) -> None:
        """A listener of the log: what has ended is encoded."""
        for recorded in batch:
            if isinstance(recorded.event, cti.RecordingStopped | cti.RecordingFailed):
                self._waiting.put_nowait(recorded.event.recording)

    def start(self) -> None:
        """Begin working; call when the sessions of an earlier core have been adopted."""
        self.live.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._rounds())]

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _work(self) -> None:
        while True:
            await self.finish(await self._waiting.get())

    async def _rounds(self) -> None:
        """What was left behind, and what is due to go: at start and every hour."""
        while True:
            for name in self.left_behind():
                self._waiting.put_nowait(name)
            try:
                await self.expire()
            except Exception:  # noqa: BLE001  # disk or database, whatever they raise: the rounds go on
                _log.exception("expired recordings could not be deleted; next try in an hour")
            await asyncio.sleep(ROUND_S)

    def left_behind(self) -> list[str]:
        """Recordings with files of which no call is running any more."""
        names = {file.name.removesuffix(LEFT).removesuffix(RIGHT) for file in self.live.glob("*.wav")}
        return sorted(names - set(self._running()))

    async def finish(self, name: str) -> None:
        """Encode, keep and tidy one; a failure is logged and leaves the files for the next round."""
        try:
            await self._finish(name)
        except Exception:  # noqa: BLE001  # one bad recording must not stop the others
            _log.exception("recording %s could not be encoded; its files stay", name)

    async def _finish(self, name: str) -> None:
        tracks = (self.live / f"{name}{LEFT}", self.live / f"{name}{RIGHT}")
        if not any(track.exists() for track in tracks):
            return
        story = await self._story(name)
        await asyncio.sleep(LAST_WRITE_S)
        made = self.live / f"{name}.ogg"
        answer = await self._encode(*tracks, made)
        if answer["seconds"]:
            kept = self._recording(name, story, answer)
            target = self.folder / kept.file
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made.replace(target)
            await self._shelf.keep(kept)
            _log.info("recording %s kept: %.1f s, %d bytes", name, kept.seconds, kept.bytes)
        for track in tracks:
            track.unlink(missing_ok=True)

    async def _story(self, name: str) -> Told | None:
        """What the log says, once it says that it is over, or after waiting for that in vain."""
        story = None
        due = asyncio.get_running_loop().time() + LOG_PATIENCE_S
        while asyncio.get_running_loop().time() < due:
            story = told(name, await self._events_of(contact_of(name)))
            if story is None or story.over:
                return story
            await asyncio.sleep(0.1)
        return story

    async def _encode(self, left: Path, right: Path, out: Path) -> dict[str, Any]:
        module = f"{__package__}.encode"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, left, right, out),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complaint = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.returncode != 0:
            raise EncodingFailed(complaint.decode(errors="replace").strip().rpartition("\n")[2])
        answer: dict[str, Any] = json.loads(said)
        return answer

    def _recording(self, name: str, story: Told | None, made: Mapping[str, Any]) -> Recording:
        """A recording no log knows of is kept for the shortest time any queue has, under nobody's name."""
        if story is None:
            file = self.live / f"{name}{LEFT}"
            began = (file.stat().st_mtime if file.exists() else self._clock()) - made["seconds"]
            story = Told(id=name, contact=contact_of(name), queue="", agent="", started_at=began)
        pauses = story.pauses
        if story.paused_s is not None:
            pauses = (*pauses, Pause(from_s=story.paused_s, to_s=made["seconds"]))
        return Recording(
            id=name,
            contact=story.contact,
            queue=story.queue,
            agent=story.agent,
            started_at=story.started_at,
            seconds=made["seconds"],
            file=file_of(name, story.started_at),
            bytes=made["bytes"],
            sha256=made["sha256"],
            peaks=Peaks(left=tuple(made["left"]), right=tuple(made["right"])),
            pauses=pauses,
            expires_at=story.started_at + DAY_S * self._days(story.queue),
            fault=story.fault,
        )

    def _days(self, queue: str) -> int:
        queues = self._queues()
        if queue in queues:
            return queues[queue].recording_days
        days = [settings.recording_days for settings in queues.values()]
        return min(days, default=QueueSettings(id="", name="", name_zh="").recording_days)

    async def expire(self) -> int:
        """Delete what has been kept long enough; each deletion is an audit row. How many went."""
        due = await self._shelf.expired(self._clock())
        for recording in due:
            (self.folder / recording.file).unlink(missing_ok=True)
            row = AuditRow(
                id=self._new_id(),
                at=self._clock(),
                user="system",
                action="recording.expired",
                subject=recording.id,
                address="",
                details=f"sha256 {recording.sha256}",
            )
            await self._shelf.forget(recording.id, row)
        return len(due)
