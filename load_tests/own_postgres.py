"""A PostgreSQL of one's own on a free port, for tests and measurements; it can be stopped and started."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from contact_center.demo.ports import free_port

BIN = Path("/usr/lib/postgresql/15/bin")
CARELESS = ("fsync=off", "full_page_writes=off", "max_connections=50")
"""Settings of a server whose data nobody misses after a power cut."""


class OwnPostgres:
    """One cluster in a folder of its own. It refuses to run as root, so then it runs as `postgres`."""

    def __init__(self, settings: Sequence[str] = CARELESS) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="cc-pg-"))
        self._owner = "postgres" if os.geteuid() == 0 else None
        self._settings, self._port = settings, free_port()
        self._server: subprocess.Popen[bytes] | None = None
        if self._owner is not None:
            shutil.chown(self._home, self._owner)
        subprocess.run(
            [
                *(str(BIN / "initdb"), "-D", str(self._home / "data"), "-U", "tests"),
                *("-A", "trust", "-E", "UTF8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            user=self._owner,
            cwd=self._home,
        )

    @property
    def url(self) -> str:
        """Without the name of a database."""
        return f"postgresql+asyncpg://tests@127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns once it answers."""
        log = self._home / "log"
        chosen = [word for setting in self._settings for word in ("-c", setting)]
        self._server = subprocess.Popen(
            [
                *(str(BIN / "postgres"), "-D", str(self._home / "data"), "-p", str(self._port)),
                *("-h", "127.0.0.1", "-k", str(self._home), *chosen),
            ],
            stdout=subprocess.DEVNULL,
            stderr=log.open("ab"),
            user=self._owner,
            cwd=self._home,
        )
        ready = [str(BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port), "-t", "1"]
        deadline = time.monotonic() + 20
        while self._server.poll() is None and time.monotonic() < deadline:
            if subprocess.run(ready, check=False).returncode == 0:
                return
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")

    def stop(self) -> None:
        """A fast shutdown: open connections do not delay it."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(timeout=60)
            self._server = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._home)


@contextmanager
def own_postgres(settings: Sequence[str] = CARELESS) -> Iterator[OwnPostgres]:
    """A running one, removed with all its data afterwards."""
    postgres = OwnPostgres(settings)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.remove()
