"""The registrar's two small files under `data_dir/phones`: devices (HA1, by `contact-center device add`) and
registrations (by the edge). Both are replaced whole, so a reader never sees half of one.
"""

import json
import logging
import os
from pathlib import Path

from contact_center.runtime.codec import Codec, CodecError
from contact_center.telephony.sip.digest import ALGORITHMS, Secret, ha1
from contact_center.telephony.sip.edge.registrar import Binding

_log = logging.getLogger(__name__)


def write_whole(path: Path, text: str) -> None:
    """Replace a file by one with this text, readable by this user only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh.replace(path)


class Devices:
    """Whose phone has which secret. Read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._known: dict[str, dict[str, str]] = {}

    def secret_of(self, agent: str) -> Secret | None:
        self._read()
        found = self._known.get(agent)
        return None if found is None else Secret(agent, found)

    @property
    def agents(self) -> tuple[str, ...]:
        self._read()
        return tuple(sorted(self._known))

    def add(self, agent: str, realm: str, password: str) -> None:
        """Store what a phone of this agent must prove; the password itself is not kept."""
        self._read()
        self._known[agent] = {algorithm: ha1(algorithm, agent, realm, password) for algorithm in ALGORITHMS}
        self._write()

    def remove(self, agent: str) -> bool:
        self._read()
        known = self._known.pop(agent, None) is not None
        if known:
            self._write()
        return known

    def _write(self) -> None:
        write_whole(self._path, json.dumps(self._known, indent=1, sort_keys=True))

    def _read(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._known = None, {}
            return
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            self._known = json.loads(self._path.read_text("utf-8"))
            self._stamp = stamp


BINDINGS: Codec[tuple[Binding, ...]] = Codec(tuple[Binding, ...])


class Registrations:
    """The registrations on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[Binding, ...] = ()

    def load(self) -> tuple[Binding, ...]:
        """What was registered; a file that cannot be read is as none: phones register again."""
        try:
            return BINDINGS.load(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return ()
        except (CodecError, OSError, UnicodeDecodeError) as error:
            _log.warning("%s cannot be read, phones must register again: %s", self._path, error)
        return ()

    def save(self, bindings: tuple[Binding, ...]) -> None:
        """Write them, if they changed."""
        if bindings != self._last:
            write_whole(self._path, BINDINGS.dump(bindings).decode())
            self._last = bindings
