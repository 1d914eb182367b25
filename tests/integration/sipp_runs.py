"""Real SIPp processes for integration tests."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet import protocol, reactor, task
from twisted.internet.defer import Deferred

from contact_center.demo.ports import free_port

SCENARIOS = Path(__file__).parent / "sipp"
PATIENCE_S = 20.0


def _taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


async def until(condition: Callable[[], bool], what: str) -> None:
    """Poll until `condition` holds; fails with `what` after `PATIENCE_S`."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"not in {PATIENCE_S} s: {what}")
        await task.deferLater(reactor, 0.01, lambda: None)


class _Process(protocol.ProcessProtocol):
    def __init__(self) -> None:
        self.output = b""
        self.exited: Deferred[int] = Deferred()

    def outReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        self.output += data

    errReceived = outReceived  # noqa: N815

    def processEnded(self, reason: Any) -> None:  # noqa: N802
        self.exited.callback(reason.value.exitCode if reason.value.exitCode is not None else -1)


@dataclass(slots=True)
class Sipp:
    """One SIPp run."""

    port: int
    process: _Process
    transport: Any

    async def done(self) -> None:
        """Wait for the end; every call must have succeeded."""
        code = await self.process.exited
        assert code == 0, f"sipp ended with {code}:\n{self.process.output.decode(errors='replace')[-4000:]}"

    async def stop(self) -> None:
        if not self.process.exited.called:
            self.transport.signalProcess("KILL")
            await self.process.exited


async def sipp(
    scenario: str,
    folder: Path,
    *,
    remote: str = "",
    calls: int = 1,
    rate: int = 20,
    tcp: bool = False,
    host: str = "127.0.0.1",
) -> Sipp:
    """Start SIPp and wait until its port is bound, at 127.0.0.1; it ends by itself after `calls`."""
    port = free_port()
    process = _Process()
    arguments = [
        *(
            "sipp",
            *([remote] if remote else []),
            "-sf",
            str(SCENARIOS / f"{scenario}.xml"),
            "-i",
            host,
        ),
        *("-p", str(port), "-t", "t1" if tcp else "u1", "-m", str(calls), "-r", str(rate)),
        *("-timeout", "20s", "-timeout_error", "-nostdin"),
        *("-trace_err", "-error_file", str(folder / f"{Path(scenario).stem}.err")),
    ]
    transport = reactor.spawnProcess(process, "sipp", arguments, env=None, path=str(folder))
    await until(lambda: bool(remote) or _taken(port) or process.exited.called, f"{scenario} bound its port")
    return Sipp(port, process, transport)
