"""A whole contact centre for a test: `contact-center run` as a process of its own, on free local ports."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from contact_center.demo.ports import free_port

HOST = "127.0.0.1"
READY_WITHIN_S = 60.0
END_WITHIN_S = 20.0
_http = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""Made once: a client for each question takes 20 ms of the processor, which a starting centre needs."""
MARK = "CONTACT_CENTER_TEST"
"""An environment variable that every process of one centre inherits, so that none can hide."""


@dataclass(slots=True)
class Centre:
    """`home` is the data directory; `http` a URL, `sip` what callers dial a number at (HOST:PORT)."""

    home: Path
    http: str
    sip: str
    mark: str
    settings: Mapping[str, str]
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        """Start every role and wait until each is connected."""
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "contact_center", "run"],
                env={**clean_environment(), **self.settings, MARK: self.mark},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self.is_ready, within_s=READY_WITHIN_S, what="/readyz", detail=self.log)

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the centre ended ({self.process.returncode}):\n{self.log()}")
        try:
            return _http.get(f"{self.http}/readyz", timeout=2.0).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def pid(self, role: str) -> int:
        """The process of a role; fails while there is none."""
        for process in psutil.Process(self.process.pid).children():
            if process.cmdline()[-2:] == ["run", role]:
                return process.pid
        raise AssertionError(f"no process of the role {role}")

    def processes(self) -> list[psutil.Process]:
        """Every living process of this centre, wherever in the tree."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def log(self) -> str:
        """What the roles wrote, the last 100 lines."""
        return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-100:])

    def stop(self) -> None:
        """End it by its own pid; fails when anything of it is left."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(END_WITHIN_S)
        left = [f"{process.pid} {' '.join(process.cmdline())}" for process in self.processes()]
        for process in self.processes():
            process.kill()
        assert not left, f"processes left behind: {left}\n{self.log()}"
        assert status == 0, f"the centre ended with {status}:\n{self.log()}"


@contextmanager
def running(database: Path | str, prompts: Path, **settings: str) -> Iterator[Centre]:
    """A started centre with a company in it.

    `database` is a SQLite file to begin with a copy of, or the URL of a database that is used as it is.
    """
    home = Path(tempfile.mkdtemp(prefix="cc-"))
    (home / "prompts").symlink_to(prompts)
    if isinstance(database, Path):
        shutil.copy(database, home / "contact-center.db")
    else:
        settings["CC_DATABASE_URL"] = database
    http, sip = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
    given = {"CC_DATA_DIR": str(home), "CC_HTTP_BIND": http, "CC_SIP_BIND": sip, **settings}
    centre = Centre(home=home, http=f"http://{http}", sip=sip, mark=secrets.token_hex(8), settings=given)
    try:
        centre.start()
        yield centre
    finally:
        centre.stop()
        shutil.rmtree(home)


def metric(centre: Centre, name: str) -> float:
    """One sample of /metrics; 0 while there is none."""
    for line in _http.get(f"{centre.http}/metrics").text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    return 0.0


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CC_")}


def wait_for(
    condition: Callable[[], object],
    *,
    within_s: float,
    what: str,
    detail: Callable[[], str] = lambda: "",
) -> None:
    """Poll from a synchronous fixture; fails with `detail()` after `within_s`."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {within_s} s\n{detail()}")
        time.sleep(0.05)
