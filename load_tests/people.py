"""The demo's own simulated people, told what to do: callers with SIP phones, agents with WebRTC legs."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from contact_center.demo import callers
from contact_center.telephony.media.library import MOST_CALLS
from load_tests.company import PASSWORD
from load_tests.rig import HOST, Rig, until

CALLER_HZ, AGENT_HZ = 1000, 440
STOP_S = 8.0


@dataclass(slots=True)
class Phone:
    """One process of `contact_center.demo.callers`: four lines, conducted."""

    process: "subprocess.Popen[str]"
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    dialled: int = 0

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += list(json.loads(line).items())

    def dial(self, name: str, rig: Rig, *, talk_s: float) -> None:
        """Call in, key 1, talk for so long after hearing the agent."""
        plan = {
            "id": name,
            "to": f"sip:8000@{HOST}:{rig.sip_port}",
            "from_number": "+12025550100",
            "digits": [["1", 0.6]],
            "tone_hz": CALLER_HZ,
            "listen_hz": AGENT_HZ,
            "max_talk_s": talk_s,
            "patience_s": 30,
        }
        assert self.process.stdin is not None
        self.dialled += 1
        self.process.stdin.write(json.dumps({"dial": plan}) + "\n")
        self.process.stdin.flush()

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in list(self.said))

    @property
    def busy_lines(self) -> int:
        """Calls dialled that have neither ended nor been refused by the phone itself; none once it died."""
        dead = self.process.poll() is not None
        return 0 if dead else self.dialled - self.count("ended") - self.count("refused")

    @property
    def results(self) -> list[dict[str, Any]]:
        """`CallResult` of every call that has ended."""
        return [body for name, body in list(self.said) if name == "ended"]


def new_phone() -> Phone:
    """A phone that is ready to dial."""
    phone = Phone(callers.spawn("--conduct"))
    until(lambda: bool(phone.count("ready")), "a caller's phone is ready")
    return phone


@contextlib.contextmanager
def callers_phones(lines: int) -> Iterator[list[Phone]]:
    """Phones enough for that many lines at once."""
    phones: list[Phone] = []
    try:
        phones += [new_phone() for _ in range(-(-lines // MOST_CALLS))]
        yield phones
    finally:
        for phone in phones:
            _end(phone.process)


@contextlib.contextmanager
def agents_at_work(rig: Rig, *options: str) -> Iterator[list[dict[str, Any]]]:
    """All agents of the company logged in, connected and ready; yields what they heard, as it comes."""
    logins = [{"login": agent.agent, "password": PASSWORD} for agent in rig.agents]
    file = rig.folder / "logins.json"
    file.write_text(json.dumps(logins))
    command = [sys.executable, "-m", "contact_center.demo.agents", "--url", rig.url, "--logins", str(file)]
    command += ["--tone-hz", str(AGENT_HZ), "--listen-hz", str(CALLER_HZ), *options]
    log = rig.folder / "agents.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, bufsize=1)
    heard: list[dict[str, Any]] = []

    def listen() -> None:
        assert process.stdout is not None
        heard.extend(json.loads(line) for line in process.stdout)

    threading.Thread(target=listen, daemon=True).start()
    try:
        until(lambda: len(_ready(rig)) == len(rig.agents), "every agent is ready", 60.0)
        yield heard
    finally:
        _end(process)


def _ready(rig: Rig) -> Sequence[object]:
    return rig.events(["AgentReady"])


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
