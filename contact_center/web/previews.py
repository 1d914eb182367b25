"""Previews of a policy that run beside the centre's work: started, asked how far they are, stopped.

The reckoning itself is the caller's (`bootstrap` gives one that runs in a process of its own, so that calls
never wait for arithmetic). One runs at a time: another one begun takes its place.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from contact_center.loyalty.policy import Policy
from contact_center.loyalty.policy_preview import Preview
from contact_center.storage.policy_previews import Reached

_log = logging.getLogger(__name__)
Reckon = Callable[[Policy], AsyncIterator[Reached]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewState:
    """`done` of `of` customers; `preview` once it is ready, `stopped` when another took its place."""

    id: str
    state: Literal["running", "ready", "failed", "stopped"]
    done: int = 0
    of: int = 0
    preview: Preview | None = None


class Previews:
    """The last preview asked for, and how it stands."""

    def __init__(self, reckon: Reckon, new_id: Callable[[], str]) -> None:
        self._reckon, self._new_id = reckon, new_id
        self._state: PreviewState | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self, candidate: Policy) -> PreviewState:
        """Start one; the one before is stopped."""
        self.stop()
        begun = self._state = PreviewState(id=self._new_id(), state="running")
        self._task = asyncio.create_task(self._run(begun.id, candidate))
        return begun

    def state(self, id_: str) -> PreviewState | None:
        """How a preview stands; None for one that is unknown or was followed by another."""
        return self._state if self._state is not None and self._state.id == id_ else None

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self, id_: str, candidate: Policy) -> None:
        try:
            async for reached in self._reckon(candidate):
                done = reached.preview is not None
                self._told(
                    PreviewState(
                        id=id_,
                        state="ready" if done else "running",
                        done=reached.done,
                        of=reached.of,
                        preview=reached.preview,
                    )
                )
        except asyncio.CancelledError:
            self._told(PreviewState(id=id_, state="stopped"))
            raise
        except Exception:  # noqa: BLE001  # whatever the reckoning raises, the screen must hear of it
            _log.exception("the preview of a policy failed")
            self._told(PreviewState(id=id_, state="failed"))

    def _told(self, state: PreviewState) -> None:
        if self._state is not None and self._state.id == state.id:
            self._state = state
