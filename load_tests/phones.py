"""SIPp as callers and as desk phones. It echoes RTP, so packets flow both ways at little cost."""

import contextlib
import csv
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from contact_center.demo.ports import free_port
from load_tests.rig import HERE, HOST, Rig, RigError, until

SCENARIOS = HERE / "sipp"
RECORDINGS = Path("/usr/share/sip-tester")
"""Where Debian's sip-tester keeps its captures of DTMF (RFC 4733)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How one SIPp run of callers went."""

    made: int
    failed: int
    retransmissions: int


def call(
    rig: Rig, *, per_s: float, calls: int, talk_s: float, media_port: int = 0
) -> "subprocess.Popen[bytes]":
    """Callers that begin `per_s` a second; ends by itself, at the latest 30 s after the last.

    With `media_port` their sound is somebody else's there; SIPp only signals and sends the key.
    """
    folder = rig.folder
    for old in (*folder.glob("callers*.csv"), *folder.glob("callers.err")):
        old.unlink()
    (folder / "dtmf_2833_1.pcap").write_bytes((RECORDINGS / "dtmf_2833_1.pcap").read_bytes())
    command = _sipp(_scenario("caller.xml", rig, media_port), free_port())
    command += ["-r", f"{per_s:g}", "-m", str(calls), "-d", str(round(talk_s * 1000))]
    command += ["-trace_stat", "-stf", str(folder / "callers.csv"), "-fd", "1"]
    command += ["-trace_err", "-error_file", str(folder / "callers.err")]
    command += ["-timeout", f"{calls / per_s + talk_s + 30:.0f}s", f"{HOST}:{rig.sip_port}"]
    return _start(command, folder)


def went(callers: "subprocess.Popen[bytes]", rig: Rig) -> Calls:
    """Wait for the callers to be through."""
    callers.wait()
    with (rig.folder / "callers.csv").open() as lines:
        last = list(csv.DictReader(lines, delimiter=";"))[-1]
    return Calls(
        made=int(last["TotalCallCreated"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
    )


def complaints(rig: Rig) -> list[str]:
    """What SIPp callers found wrong, the first of it."""
    file = rig.folder / "callers.err"
    said = file.read_text(errors="replace").splitlines() if file.exists() else []
    said = [line for line in said if "pcap" not in line]
    wrong = [line for line in said if "Aborting" in line or "Timeout" in line or "Dead call" in line]
    return [wrong[0].partition(": ")[2][:120].replace("|", "/")] if wrong else []


@contextmanager
def desk_phones(rig: Rig, *, media_port: int = 0) -> Iterator[Path]:
    """The agents' phones, at the address the phone bank names; yields the log of their INVITEs.

    They echo RTP; with `media_port` their sound is somebody else's there.
    """
    log = rig.folder / "invites.log"
    scenario = _scenario("agent.xml", rig, media_port)
    command = _sipp(scenario, int(rig.desk_phones.rpartition(":")[2]))
    command += [] if media_port else ["-rtp_echo"]
    command += [
        "-trace_logs",
        "-log_file",
        str(log),
        "-trace_err",
        "-error_file",
        str(rig.folder / "agents.err"),
    ]
    phones = _start(command, rig.folder)
    try:
        until(lambda: phones.poll() is not None or _listens(phones.pid), "the desk phones listen")
        if phones.poll() is not None:
            raise RigError(f"the desk phones ended with status {phones.returncode}")
        yield log
    finally:
        phones.send_signal(signal.SIGUSR1)  # finish the calls there are
        try:
            phones.wait(3)
        except subprocess.TimeoutExpired:
            phones.kill()
            phones.wait()


def _listens(pid: int) -> bool:
    """Whether it has bound its SIP port (SIPp opens that one last)."""
    with contextlib.suppress(psutil.Error):
        return len(psutil.Process(pid).net_connections("udp")) >= 3
    return False


def _scenario(name: str, rig: Rig, media_port: int) -> Path:
    """The scenario as it is, or a copy whose SDP names another's port for sound."""
    if not media_port:
        return SCENARIOS / name
    copy = rig.folder / name
    copy.write_text((SCENARIOS / name).read_text().replace("[media_port]", str(media_port)))
    return copy


def _sipp(scenario: Path, port: int) -> list[str]:
    media_port = 2 * (free_port() // 2)
    command = ["sipp", "-sf", str(scenario), "-i", HOST, "-p", str(port), "-mi", HOST]
    return [*command, "-mp", str(media_port), "-nostdin"]


def _start(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise RigError("SIPp is not installed (Debian: sip-tester)") from error
