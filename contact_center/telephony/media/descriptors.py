"""What the SIP library does to this process's file descriptors: prints on one, opens others."""

import os
import sys
from pathlib import Path


class stdout_shut:  # noqa: N801  # used as a function
    """pjlib prints on creation, before any log setting is read; stdout may be somebody's protocol."""

    def __enter__(self) -> None:
        sys.stdout.flush()
        self._kept = os.dup(1)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._kept, 1)
        os.close(self._kept)


def socket_fds() -> set[int]:
    found: set[int] = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if str(entry.readlink()).startswith("socket:"):
                found.add(int(entry.name))
        except FileNotFoundError:  # the directory's own descriptor
            continue
    return found
