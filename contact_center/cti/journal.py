"""The write-ahead file of the core: what was decided, on disk before anybody is told.

One JSON line per entry: the events recorded and, for each conversation concerned, its *turn* (the new state
blob and the ops that follow). A line is one `write`, so it survives the death of the process. The database
gets the events a moment later; after a crash, or a minute without a database, the journal has what it lacks.
A torn last line (power loss) is cut off. Files are rotated by size and deleted once stored, the newest two
always kept.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contact_center.cti.events import CtiEvent, Recorded
from contact_center.runtime.codec import Codec

_log = logging.getLogger(__name__)
ROTATE_BYTES = 32 * 1024 * 1024
KEEP_FILES = 2

event_codec: Codec[CtiEvent] = Codec(CtiEvent, union=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the core to a conversation. `turn` counts from 1 in each conversation."""

    conversation: str
    turn: int
    ack: int
    blob: str
    ops: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one stroke of the core decided; all of it is on disk, or none."""

    events: tuple[Recorded, ...]
    turns: tuple[Turn, ...] = ()


def dump_recorded(recorded: Recorded) -> dict[str, object]:
    """A recorded event as JSON-able Python."""
    return {
        "seq": recorded.seq,
        "id": recorded.id,
        "at": recorded.at,
        "event": event_codec.plain(recorded.event),
    }


def load_recorded(plain: dict[str, object]) -> Recorded:
    return Recorded(
        seq=int(str(plain["seq"])),
        id=str(plain["id"]),
        at=float(str(plain["at"])),
        event=event_codec.from_plain(plain["event"]),
    )


class Journal:
    """Append-only files `events/<first line number>.jsonl` in one folder."""

    def __init__(self, folder: Path, rotate_bytes: int = ROTATE_BYTES) -> None:
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._cut_torn_line()
        self._file = self._open_newest()

    def append(self, entry: Entry) -> None:
        """Write one entry; raises OSError (disk full) with the file left as it was."""
        line: dict[str, object] = {"events": [dump_recorded(event) for event in entry.events]}
        if entry.turns:
            line["turns"] = [[t.conversation, t.turn, t.ack, t.blob, t.ops] for t in entry.turns]
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        start = os.fstat(self._file).st_size
        if start + len(data) > self._rotate_bytes and start:
            self._rotate()
            start = 0
        if os.write(self._file, data) != len(data):
            os.ftruncate(self._file, start)
            raise OSError(f"journal line of {len(data)} bytes written only in part")

    def entries(self) -> Iterator[Entry]:
        """Every entry on disk, oldest first."""
        for path in self._files():
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    yield self._parse(path, number, line)

    def forget_stored(self, seq: int) -> None:
        """Delete files all of whose events have a sequence number up to `seq`; the newest two stay."""
        for path in self._files()[:-KEEP_FILES]:
            with path.open("rb") as lines:
                last = max((e.seq for line in lines for e in self._parse(path, 0, line).events), default=0)
            if last > seq:
                return
            path.unlink()

    def close(self) -> None:
        os.close(self._file)

    @staticmethod
    def _parse(path: Path, number: int, line: bytes) -> Entry:
        try:
            read = json.loads(line)
            events = tuple(load_recorded(event) for event in read["events"])
            turns = tuple(
                Turn(conversation=conversation, turn=turn, ack=ack, blob=blob, ops=ops)
                for conversation, turn, ack, blob, ops in read.get("turns", ())
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number}: not a journal line: {error}") from error
        return Entry(events=events, turns=turns)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _open_newest(self) -> int:
        files = self._files()
        path = files[-1] if files else self._folder / "00000001.jsonl"
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _rotate(self) -> None:
        number = int(self._files()[-1].stem) + 1
        os.close(self._file)
        path = self._folder / f"{number:08d}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _cut_torn_line(self) -> None:
        files = self._files()
        if not files:
            return
        data = files[-1].read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            _log.warning("journal %s: cut a torn line of %d bytes", files[-1].name, len(data) - whole)
            os.truncate(files[-1], whole)
