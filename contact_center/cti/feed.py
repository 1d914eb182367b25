"""The live feed: a snapshot, then numbered changes, to every subscriber at its own pace.

The feed remembers which rows each sequence number touched, not their contents. A subscriber that falls behind
(or comes back with `since`) gets the present rows of everything touched meanwhile, so a slow reader costs no
memory and skips states nobody saw. When the memory does not reach back far enough it gets a snapshot.
"""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from contact_center.cti.events import Recorded
from contact_center.cti.feed_scope import Scope
from contact_center.cti.view import Key, Projection, Row, Rows, gather

REMEMBERED = 5_000
HEARTBEAT_S = 5.0
BUNDLE_S = 0.02
"""Changes of one moment travel together."""

OTHERS_SEEN = ("id", "name", "state", "team")
"""What an agent sees of colleagues."""


class LiveFeed:
    """Folds the log into its projections and wakes the subscribers. `epoch` names this core's run."""

    def __init__(self, projections: Sequence[Projection], epoch: str, clock: Callable[[], float]) -> None:
        self._projections = tuple(projections)
        self._epoch = epoch
        self._clock = clock
        self._seq = 0
        self._touched: deque[tuple[int, frozenset[Key]]] = deque(maxlen=REMEMBERED)
        self._oldest = 0
        self._marks = 0
        self._changed = asyncio.Event()
        self.subscribers = 0

    def preload(self, recorded: Iterable[Recorded]) -> None:
        """Fold events from before this run; nobody listens yet."""
        for event in recorded:
            self._seq = event.seq
            for projection in self._projections:
                projection.apply(event)
        self._oldest = self._seq

    def tell(self, batch: Sequence[Recorded]) -> None:
        """Listener of the event log."""
        for recorded in batch:
            keys: set[Key] = set()
            for projection in self._projections:
                keys |= projection.apply(recorded)
            self._seq = recorded.seq
            self._remember(frozenset(keys))
        self._wake()

    def touch(self, keys: Iterable[Key]) -> None:
        """Rows changed beside the log (a screen-pop arrived, a day began)."""
        found = frozenset(keys)
        if found:
            self._remember(found)
            self._wake()

    async def subscribe(self, scope: Scope, since: int | None, epoch: str | None) -> AsyncIterator[str]:
        """JSON texts for one client: what it missed (or a snapshot) at once, then changes and heartbeats."""
        eyes = _Eyes(scope)
        mark = self._marks
        yield self._since(since, eyes) if since is not None and epoch == self._epoch else self._snapshot(eyes)
        self.subscribers += 1
        try:
            while True:
                if self._marks == mark:
                    try:
                        await asyncio.wait_for(self._changed.wait(), HEARTBEAT_S)
                    except TimeoutError:
                        yield self._message("heartbeat", None)
                        continue
                    await asyncio.sleep(BUNDLE_S)
                text, mark = self._after(mark, eyes), self._marks
                if text is not None:
                    yield text
        finally:
            self.subscribers -= 1

    def _remember(self, keys: frozenset[Key]) -> None:
        if len(self._touched) == REMEMBERED:
            self._oldest = self._touched[0][0]
        self._touched.append((self._seq, keys))
        self._marks += 1

    def _wake(self) -> None:
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    def _after(self, mark: int, eyes: "_Eyes") -> str | None:
        missed = self._marks - mark
        if missed > len(self._touched):
            return self._snapshot(eyes)
        newest = itertools.islice(reversed(self._touched), missed)
        return self._changes({key for _, keys in newest for key in keys}, eyes)

    def _since(self, seq: int, eyes: "_Eyes") -> str:
        if seq < self._oldest or seq > self._seq:
            return self._snapshot(eyes)
        eyes.forget()
        newest = itertools.takewhile(lambda entry: entry[0] >= seq, reversed(self._touched))
        keys = {key for _, touched in newest for key in touched}
        return self._changes(keys, eyes) or self._message("changes", {})

    # messages

    def _changes(self, keys: set[Key], eyes: "_Eyes") -> str | None:
        rows = eyes.visible(gather(self._projections, keys))
        return self._message("changes", rows) if rows else None

    def _snapshot(self, eyes: "_Eyes") -> str:
        keys = [key for projection in self._projections for key in projection.present()]
        return self._message("snapshot", eyes.visible(gather(self._projections, keys)))

    def _message(self, kind: str, rows: Rows | None) -> str:
        message: dict[str, object] = {
            "type": kind,
            "epoch": self._epoch,
            "seq": self._seq,
            "now": self._clock(),
        }
        if rows is not None:
            message["rows"] = rows
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


class _Eyes:
    """What one subscriber may see, and which contacts it was shown (so that they can vanish again)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._shown: set[str] | None = set()

    def forget(self) -> None:
        """What this client was shown is unknown: it resumes."""
        self._shown = None

    def visible(self, rows: Rows) -> Rows:
        seen: Rows = {}
        for collection, named in rows.items():
            for name, row in named.items():
                if self._sees(collection, name, row):
                    seen.setdefault(collection, {})[name] = self._cut(collection, name, row)
        return seen

    def _sees(self, collection: str, name: str, row: Row | None) -> bool:
        if collection == "desks":
            return name == self._scope.agent
        if collection == "callbacks":
            return self._scope.everything
        if collection == "notices" and not self._scope.everything:
            return row is None or (row["owner"] is not None and row["owner"] == self._scope.agent)
        if collection == "contacts" and not self._scope.everything:
            mine = row is not None and row["agent"] == self._scope.agent
            shown = self._shown is None or name in self._shown
            if self._shown is not None:
                (self._shown.add if mine else self._shown.discard)(name)
            return mine or shown
        return True

    def _cut(self, collection: str, name: str, row: Row | None) -> Row | None:
        if row is None or self._scope.everything:
            return row
        if collection == "agents" and name != self._scope.agent:
            return {field: row[field] for field in OTHERS_SEEN}
        if collection == "contacts" and row["agent"] != self._scope.agent:
            return None
        return row
