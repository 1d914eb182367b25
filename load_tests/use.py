"""What processes use: CPU, memory, open files, by role."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

MEDIA_PARENT, CONVERSATIONS = "media parent", "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One process at one moment. `private_mb` is memory no other process shares (USS), `written_mb` what of
    it the process has written: USS also counts pages of a library while nobody else has it loaded."""

    process: psutil.Process
    cpu_s: float
    rss_mb: float
    private_mb: float
    written_mb: float
    files: int
    sockets: int


def look(process: psutil.Process) -> Use:
    times, memory = process.cpu_times(), process.memory_full_info()
    links = _links(process.pid)
    return Use(
        process=process,
        cpu_s=times.user + times.system,
        rss_mb=memory.rss / 1e6,
        private_mb=memory.uss / 1e6,
        written_mb=_written_kib(process.pid) * 1024 / 1e6,
        files=len(links),
        sockets=sum(link.startswith("socket:") for link in links),
    )


def _written_kib(pid: int) -> int:
    """proc(5), `smaps_rollup`."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPrivate_Dirty:")[2].split()[0])


def _links(pid: int) -> list[str]:
    links = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(str(entry.readlink()))
    return links


def roles_below(pids: Mapping[str, int]) -> dict[str, list[Use]]:
    """Uses by role; below `media` are the preloaded parent and, forked from it, the conversations."""
    found: dict[str, list[psutil.Process]] = {}
    for role, pid in pids.items():
        process = psutil.Process(pid)
        found[role] = [process]
        if role == "media":
            found[MEDIA_PARENT] = process.children()
            found[CONVERSATIONS] = [child for parent in process.children() for child in parent.children()]
    return {role: [*_all_there(processes)] for role, processes in found.items()}


def _all_there(processes: Iterable[psutil.Process]) -> Iterable[Use]:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            yield look(process)


def total(uses: Iterable[Use], name: str) -> float:
    """The sum of one field."""
    return float(sum(getattr(use, name) for use in uses))
