"""The pass by which edge, conversations and relay know one another's INVITEs on the addresses inside.

Whoever can send a datagram to `CC_MEDIA_HOST` finds their ports; an INVITE without the pass
(`wire.INSIDE_HEADER`) is answered 403. Every role reads it at its start from `data_dir/run`, where the
sockets between the roles are as well; the first one makes it. It outlives restarts, for calls do.
"""

import contextlib
import os
import secrets
from pathlib import Path

BYTES = 32


def load_pass(run_dir: Path) -> str:
    """The installation's pass in hexadecimal, readable by this user only; several roles may ask at once."""
    path = run_dir / "inside.key"
    with contextlib.suppress(FileNotFoundError):
        return path.read_text("ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"inside.{secrets.token_hex(4)}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(BYTES))
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)  # whole or not at all: who comes second takes what is there
    fresh.unlink()
    return path.read_text("ascii").strip()
