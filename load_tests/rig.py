"""A whole contact centre for a benchmark: every role as a process of its own, in a folder of its own."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from contact_center.config import Settings
from contact_center.cti.events import Recorded
from contact_center.demo.ports import free_port
from contact_center.runtime.role import SUPERVISOR_PIPE
from contact_center.storage.engine import open_database
from contact_center.storage.events import EventStore
from load_tests import company
from load_tests.use import Use, roles_below

HERE = Path(__file__).parent
HOST = "127.0.0.1"
PATIENCE_S = 30.0
STOP_S = 6.0


class RigError(RuntimeError):
    """The contact centre did not come up, or a phone failed; the message says what."""


def until(condition: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
    """Look every 50 ms until `condition` holds."""
    give_up_at = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > give_up_at:
            raise RigError(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.05)


@dataclass(slots=True)
class Rig:
    """`agents` are who is in the company; `desk_phones` is set when a phone bank stands in for webrtc."""

    folder: Path
    settings: Settings
    sip_port: int
    url: str
    agents: list[company.LoggedIn] = field(default_factory=list)
    desk_phones: str = ""
    _roles: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    _pipe: tuple[int, int] = (-1, -1)

    @property
    def dial_times(self) -> Path:
        """Where a timed core notes its dials."""
        return self.folder / "dials.jsonl"

    def environment(self) -> dict[str, str]:
        chosen = self.settings
        return {
            **os.environ,
            "CC_SIP_BIND": chosen.sip_bind,
            "CC_HTTP_BIND": chosen.http_bind,
            "CC_DATA_DIR": str(chosen.data_dir),
            "CC_FLOWS_DIR": str(chosen.flows_dir),
            "CC_MAX_CONVERSATIONS": str(chosen.max_conversations),
            "CC_LOG_LEVEL": chosen.log_level,
            SUPERVISOR_PIPE: str(self._pipe[0]),
        }

    def start(self, *, timed_core: bool = False) -> None:
        """Start the roles and wait until the core calls itself ready and every agent is."""
        self._pipe = os.pipe()
        names = [agent.agent for agent in self.agents]
        timed = ["load_tests.timed_core", str(self.dial_times)]
        self._spawn("core", *(timed if timed_core else ["contact_center", "run", "core"]))
        self._spawn("media", "contact_center", "run", "media")
        self._spawn("edge", "contact_center", "run", "edge")
        if self.desk_phones:
            self._spawn("phone bank", "load_tests.phone_bank", self.desk_phones, *names)
        else:
            self._spawn("webrtc", "contact_center", "run", "webrtc")
        until(self._ready, "every role is connected to the core")
        if self.desk_phones:
            company.make_ready(self.url, self.agents)

    def _spawn(self, role: str, *module_and_arguments: str) -> None:
        log = (self.folder / f"{role.replace(' ', '-')}.log").open("wb")
        with log:
            self._roles[role] = subprocess.Popen(
                [sys.executable, "-m", *module_and_arguments],
                env=self.environment(),
                pass_fds=(self._pipe[0],),
                stdin=subprocess.PIPE if role == "phone bank" else subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def _ready(self) -> bool:
        for role, process in self._roles.items():
            if process.poll() is not None:
                said = (self.folder / f"{role.replace(' ', '-')}.log").read_text()[-1500:]
                raise RigError(f"{role} ended with status {process.returncode}: {said}")
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == httpx.codes.OK
        return False

    def metrics(self) -> dict[str, float]:
        """What `/metrics` says, of those without labels."""
        told = httpx.get(f"{self.url}/metrics", trust_env=False).text
        families = text_string_to_metric_families(told)
        return {one.name: one.value for family in families for one in family.samples if not one.labels}

    def stop(self) -> list[str]:
        """End every role; what it left behind, which should be nothing."""
        below = [use.process for uses in self.roles().values() for use in uses]
        for role in ("phone bank", "edge", "webrtc", "media", "core"):
            process = self._roles.pop(role, None)
            if process is None:
                continue
            if process.stdin is not None:
                process.stdin.close()
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for end in self._pipe:
            if end >= 0:
                os.close(end)
        self._pipe = (-1, -1)
        with contextlib.suppress(RigError):
            until(lambda: not any(process.is_running() for process in below), "all gone", STOP_S)
        left = [process for process in below if process.is_running()]
        for each in left:
            each.kill()
        return [f"pid {each.pid}" for each in left]

    # -- looking at it -------------------------------------------------------------------------------

    def pid(self, role: str) -> int:
        return self._roles[role].pid

    def roles(self) -> dict[str, list[Use]]:
        """What each role uses now: the media host, its preloaded parent and the conversations apart."""
        return roles_below({role: process.pid for role, process in self._roles.items()})

    def events(self, types: Sequence[str], since: float = 0.0) -> list[Recorded]:
        """Stored events of these types (all when none), from `since` (epoch seconds) on."""

        async def read() -> list[Recorded]:
            database = open_database(self.settings.effective_database_url)
            try:
                return [e async for e in EventStore(database).between(since, time.time() + 1, types or None)]
            finally:
                await database.close()

        return asyncio.run(read())

    def crashes(self) -> int:
        """Conversation processes that ended in a way of their own, by the media host's log."""
        return (self.folder / "media.log").read_text().count("ended with status")

    def until_idle(self, within_s: float = PATIENCE_S) -> None:
        """Until no conversation is live (the host keeps one file per live conversation)."""
        live = self.settings.run_dir / "conversations"
        until(lambda: not any(live.iterdir()), "all conversations are over", within_s)


@contextlib.contextmanager
def rig(*, agents: int, desk_phones: bool, max_conversations: int = 100) -> Iterator[Rig]:
    """A founded company, ready for `start`; stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="cc-bench-") as name:
        sip_port, http_port = free_port(), free_port()
        settings = Settings(
            sip_bind=f"{HOST}:{sip_port}",
            http_bind=f"{HOST}:{http_port}",
            data_dir=Path(name) / "var",
            flows_dir=HERE / "flows",
            max_conversations=max_conversations,
            log_level="WARNING",
        )
        settings.data_dir.mkdir(mode=0o700)
        founded = asyncio.run(company.found(settings, company.agent_names(agents)))
        made = Rig(
            folder=Path(name),
            settings=settings,
            sip_port=sip_port,
            url=f"http://{HOST}:{http_port}",
            agents=founded,
            desk_phones=f"{HOST}:{free_port()}" if desk_phones else "",
        )
        try:
            yield made
        finally:
            made.stop()
