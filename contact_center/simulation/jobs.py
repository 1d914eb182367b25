"""Simulations ordered from the console: one at a time, each in its own process, results kept in a folder.

`FOLDER/ID/` holds `order.json`, `run.json` (who, when, how it ended) and `result.json`. Bounded on all sides:
how many wait, how long one runs, how many are kept.
"""

import asyncio
import logging
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from contact_center.runtime.errors import Conflict, NotFound
from contact_center.simulation.order import Order, Result, Run, State

_log = logging.getLogger(__name__)
MOST_WAITING: Final = 5
MOST_KEPT: Final = 100
MOST_S: Final = 900.0
"""No simulation runs longer (seconds)."""

ENDED: Final = ("done", "failed", "cancelled")
BROKEN_OFF: Final = "the server was restarted meanwhile"
TOO_LONG: Final = f"it ran longer than {MOST_S:.0f} s and was stopped"


class Simulations:
    """`clock` gives epoch seconds, `new_id` a unique id. Call `start` once, `stop` at the end."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        *,
        most_s: float = MOST_S,
        kept: int = MOST_KEPT,
    ) -> None:
        self._folder, self._clock, self._new_id = folder, clock, new_id
        self._most_s, self._kept = most_s, kept
        self._runs: dict[str, Run] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._running: str | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Know what was kept; what was under way when the server went down is over."""
        for file in sorted(self._folder.glob("*/run.json")):
            try:
                run = Run.model_validate_json(file.read_text("utf-8"))
            except (OSError, ValueError):
                _log.warning("a kept simulation cannot be read: %s", file)
                continue
            self._runs[run.id] = run
            if run.state not in ENDED:
                self._end(run.id, "failed", BROKEN_OFF)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    # questions

    def all(self) -> list[Run]:
        """The newest first."""
        return sorted(self._runs.values(), key=lambda run: (-run.ordered_at, run.id))

    def run(self, id_: str) -> Run:
        """Raises `NotFound`."""
        try:
            return self._runs[id_]
        except KeyError:
            raise NotFound(f"There is no simulation {id_}.") from None

    def result(self, id_: str) -> Result | None:
        """What came of it; None unless it is done."""
        if self.run(id_).state != "done":
            return None
        return Result.model_validate_json((self._folder / id_ / "result.json").read_text("utf-8"))

    # acts

    def order(self, order: Order, by: str, day: str = "") -> Run:
        """Take an order in; `day` is the recorded day's lines. Raises `Conflict` when too many wait."""
        if sum(run.state == "waiting" for run in self._runs.values()) >= MOST_WAITING:
            raise Conflict(
                "crowded", f"{MOST_WAITING} simulations wait already; cancel one or try again later"
            )
        run = Run(id=self._new_id(), order=order, by=by, ordered_at=self._clock())
        place = self._folder / run.id
        place.mkdir(parents=True, mode=0o700)
        (place / "order.json").write_text(order.model_dump_json(), "utf-8")
        if day:
            (place / "day.jsonl").write_text(day, "utf-8")
        self._keep(run)
        self._forget_oldest()
        self._go_on()
        return run

    def cancel(self, id_: str) -> Run:
        """End it, waiting or running; one that has ended stays as it is."""
        run = self.run(id_)
        if run.state not in ENDED:
            self._end(id_, "cancelled", "")
            if self._running == id_:
                self._kill()
        return self.run(id_)

    def forget(self, id_: str) -> None:
        """Take it out of the folder; raises `Conflict` while it runs."""
        run = self.run(id_)
        if run.state not in ENDED:
            raise Conflict("running", "cancel it first")
        del self._runs[id_]
        shutil.rmtree(self._folder / id_, ignore_errors=True)

    # inside

    def _keep(self, run: Run) -> None:
        self._runs[run.id] = run
        part = self._folder / run.id / "run.part"
        part.write_text(run.model_dump_json(), "utf-8")
        part.rename(part.with_name("run.json"))

    def _end(self, id_: str, state: State, why: str) -> None:
        ended = {"state": state, "why": why, "ended_at": self._clock()}
        self._keep(self._runs[id_].model_copy(update=ended))

    def _forget_oldest(self) -> None:
        ended = [run for run in self.all() if run.state in ENDED]
        for run in ended[max(0, self._kept - (len(self._runs) - len(ended))) :]:
            self.forget(run.id)

    def _go_on(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        """Carry out what waits, the oldest first."""
        while waiting := [run for run in reversed(self.all()) if run.state == "waiting"]:
            id_ = self._running = waiting[0].id
            self._keep(waiting[0].model_copy(update={"state": "running"}))
            try:
                await self._carry_out(id_)
            except OSError as error:
                self._end(id_, "failed", str(error))
            finally:
                self._kill()
                self._process = self._running = None

    async def _carry_out(self, id_: str) -> None:
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "contact_center.simulation.worker", str(self._folder / id_)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        if self._runs[id_].state == "cancelled":
            return
        try:
            async with asyncio.timeout(self._most_s):
                said, _ = await asyncio.gather(_text(process.stderr), self._follow(id_, process.stdout))
                code = await process.wait()
        except TimeoutError:
            self._end(id_, "failed", TOO_LONG)
            return
        if self._runs[id_].state == "cancelled":
            return
        if code == 0:
            self._end(id_, "done", "")
        else:
            self._end(id_, "failed", said.strip()[-2000:] or f"its process ended with {code}")

    async def _follow(self, id_: str, stdout: asyncio.StreamReader | None) -> None:
        """Take in how far it is."""
        while stdout is not None and (line := await stdout.readline()):
            done, _, of = line.decode().partition(" ")
            run = self._runs[id_]
            if run.state == "running":
                self._runs[id_] = run.model_copy(update={"done": int(done), "of": int(of)})

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()


async def _text(stream: asyncio.StreamReader | None) -> str:
    return (await stream.read()).decode(errors="replace") if stream is not None else ""
