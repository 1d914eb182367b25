"""`flow test --over-sip`: the test files beside flows, run by a real SIP phone.

What is said is recognised by its sound: a piece of the prompt's file is looked for in what the phone heard.
`rehearsal` starts a centre of its own and arranges what a test wants. Against a centre that runs (`--centre`)
a test ends where it would have to arrange something, and that is said; what cannot be heard (an event, a
node) is passed over.
"""

import asyncio
import json
import queue
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from contact_center.demo.call_plan import CallPlan
from contact_center.demo.callers import spawn
from contact_center.ivr.audio import read_wav
from contact_center.ivr.check import load_flow
from contact_center.ivr.events import Prompt
from contact_center.ivr.flow import Flow, Words, said
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.scenario import TOLD, Scenario, Step, read_tests
from contact_center.ivr.testing import test_files
from contact_center.runtime.codec import Codec
from contact_center.telephony.media import audio

PATIENCE_S = 40.0
KEY_EVERY_S = 0.35
LIKENESS = 0.7
"""Of a piece of a prompt with what was heard after G.711, 1 for the same."""
PIECE_S, PIECES_FROM_S = 0.8, (0.3, 0.7, 1.1, 1.5, 1.9)
SHORT_S = 0.2
"""Up to five pieces of a prompt and its end, or short ones of a short one: any will do, for a packet may be
lost, and a busy phone may record its own answer late."""
SAME = audio.RATE_HZ // 5
"""Two marks of one file whose beginnings are nearer than this (samples) are of one time it was played."""
UNHEARD = frozenset({"node", *TOLD})
ARRANGED = frozenset({"position", "expects", "agent", "queue_says"})
SPEAKS_HZ = 1333.0
"""The caller's voice; he falls silent when a test says so."""
PLAN: Codec[CallPlan] = Codec(CallPlan)
Sound = NDArray[np.float64]


class NotHeard(Exception):  # noqa: N818  # says what is the case
    """The centre did something else than the test says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SipResult:
    """How one test went over SIP: `why` it failed, or how far it could be run."""

    file: str
    line: int
    name: str
    why: str = ""
    note: str = ""
    ran: bool = True

    @property
    def passed(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        state = self.why or ("passed" if self.ran else "not run")
        return f"{self.file}:{self.line}: {self.name}: {state}{f' ({self.note})' if self.note else ''}"


def run_over_sip(
    paths: Iterable[Path], *, centre: str, prompts: Path, only: Sequence[str] = ()
) -> Iterator[SipResult]:
    """Run every test of these files and folders; `centre` is HOST:PORT, `prompts` its folder of prompts."""
    for file in test_files(paths):
        read = read_file(file, prompts, only)
        if isinstance(read, SipResult):
            yield read
            continue
        flow, scenarios, book = read
        asyncio.run(book.prepare(flow))
        for scenario in scenarios:
            yield _run(str(file), flow, scenario, book, centre)


def read_file(
    file: Path, prompts: Path, only: Sequence[str]
) -> tuple[Flow, tuple[Scenario, ...], Prompts] | SipResult:
    """A test file's flow, its tests named by `only`, and its sounds; or why it cannot be run."""
    tests, source = read_tests(file)
    if tests is None or source.findings:
        why = str(min(source.findings)) if source.findings else "it cannot be read"
        return SipResult(file=str(file), line=1, name="reading", why=why)
    recordings = tests.flow.parent / "prompts"
    book = Prompts(prompts, recordings if recordings.is_dir() else None)
    wanted = tuple(scenario for scenario in tests.scenarios if scenario.is_one_of(only))
    return load_flow(tests.flow), wanted, book


def _run(file: str, flow: Flow, scenario: Scenario, prompts: Prompts, centre: str) -> SipResult:
    cannot = _cannot(flow, scenario)
    if cannot:
        name, line = scenario.name, scenario.line
        return SipResult(file=file, line=line, name=name, note=cannot, ran=False)
    line, note = scenario.line, ""
    with tempfile.TemporaryDirectory(prefix="over-sip-") as folder:
        person = Person(Path(folder), flow, prompts)
        try:
            number = scenario.called if scenario.called in flow.numbers else flow.numbers[0]
            person.dial(f"sip:{number}@{centre}", scenario.caller)
            for step in scenario.steps:
                line = step.line
                if step.kind in ARRANGED:
                    note = f"run to line {line}, where {step.kind!r} has to be arranged"
                    break
                person.take(step)
        except NotHeard as missed:
            return SipResult(file=file, line=line, name=scenario.name, why=str(missed))
        finally:
            person.leave()
    return SipResult(file=file, line=scenario.line, name=scenario.name, note=note)


def _cannot(flow: Flow, scenario: Scenario) -> str:
    """Why a test can only be run on the virtual clock; empty when a phone can run it."""
    if not flow.numbers:
        return "the flow has no number to dial"
    arranged = {
        "a customer record": scenario.customer is not None or scenario.matches > 0,
        "silent records": not scenario.records_answer,
        "a date": scenario.at != 0.0,
        "replies": bool(scenario.replies),
        "callbacks": _calls_back(scenario),
    }
    wanted = [name for name, is_wanted in arranged.items() if is_wanted]
    return f"it has to arrange {', '.join(wanted)}" if wanted else ""


def _calls_back(scenario: Scenario) -> bool:
    """Whether it wants a line that calls back, or one that does not, as the test says."""
    told = bool(scenario.callback) or scenario.callback_wait_s is not None or bool(scenario.variables)
    return told or any(step.kind == "callback" for step in scenario.steps)


class Person:
    """A caller with a SIP phone who listens for prompts."""

    def __init__(self, folder: Path, flow: Flow, prompts: Prompts, *, patience_s: float = PATIENCE_S) -> None:
        self.flow, self.prompts, self.patience_s = flow, prompts, patience_s
        self.recording = folder / "heard.wav"
        self.heard_to = 0
        self._last: tuple[str, int] | None = None
        self.up = False
        self.ended: dict[str, Any] | None = None
        self._phone = spawn("--conduct")
        self._said: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        if self._phone.stdout is not None:
            for line in self._phone.stdout:
                if line.startswith("{"):
                    ((name, body),) = json.loads(line).items()
                    self._said.put((name, body))

    def _tell(self, order: dict[str, Any]) -> None:
        if self._phone.stdin is not None and self._phone.poll() is None:
            self._phone.stdin.write(json.dumps(order) + "\n")
            self._phone.stdin.flush()

    def dial(self, to: str, number: str) -> None:
        plan = CallPlan(
            to=to,
            from_number=number,
            tone_hz=SPEAKS_HZ,
            patience_s=900.0,
            max_talk_s=900.0,
            record=str(self.recording),
        )
        self._tell({"dial": json.loads(PLAN.dump(plan))})
        due = time.monotonic() + self.patience_s
        while not self.up:
            if not self._listen(due) or self.ended is not None:
                cause = f"with {self.ended['cause']}" if self.ended else "in time"
                raise NotHeard(f"the call was not answered {cause}")

    def _listen(self, due: float) -> bool:
        """Take in what the phone says next; false when it is past `due`."""
        try:
            name, body = self._said.get(timeout=0.1)
        except queue.Empty:
            return time.monotonic() < due
        self.up = self.up or name == "up"
        if name == "ended":
            self.ended = body
        return True

    def leave(self) -> None:
        self._tell({"hangup": {"id": "call"}})
        due = time.monotonic() + 3.0
        while self.up and self.ended is None and self._listen(due):
            pass
        self._tell({"stop": {}})
        try:
            self._phone.wait(5.0)
        except subprocess.TimeoutExpired:
            self._phone.kill()
            self._phone.wait()

    # -- steps -------------------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        match step.kind:
            case "press":
                for key in step.text:
                    self._tell({"info": {"id": "call", "digits": key}})
                    time.sleep(KEY_EVERY_S)
            case "wait":
                time.sleep(float(step.text))
            case "hang_up":
                self._tell({"hangup": {"id": "call"}})
            case "silence":
                self._tell({"hush": {"id": "call"}})
            case "hear":
                for text in step.texts:
                    self.hear(text)
            case "queue":
                self.hear("hold", what=f"the music of queue {step.text!r}")
            case "end":
                due = time.monotonic() + self.patience_s
                while self.ended is None:
                    if not self._listen(due):
                        raise NotHeard("the call goes on")
            case _:
                pass  # it makes no sound

    def hear(self, text: str, *, what: str = "") -> None:
        """Listen until a prompt of this name has begun, in any language of the flow."""
        marks = [(file, mark) for file in self.files(text) for mark in marks_of(Path(file))]
        if not marks:
            raise NotHeard(f"{text!r} has no sound to listen for")
        due = time.monotonic() + self.patience_s
        longest = max(mark.piece.size for _, mark in marks)
        over = False
        while True:
            sound = _samples(self.recording, self.heard_to)
            found = [hit for file, mark in marks if (hit := self._hit(file, mark, sound)) is not None]
            if found:
                self.heard_to, file, begins = min(found)
                self._last = (file, begins)
                return
            self.heard_to += max(0, sound.size - longest)  # the rest has been searched
            if over:
                raise NotHeard(f"{what or repr(text)} was not heard")
            over = not self._listen(due) or self.ended is not None  # what came last is still to be searched

    def _hit(self, file: str, mark: "Mark", sound: Sound) -> tuple[int, str, int] | None:
        """Where the mark ends in all that was heard, and where its file began; not what was heard before."""
        skipped = 0
        while (at := find(mark.piece, sound[skipped:])) is not None:
            ends = self.heard_to + skipped + at
            begins = ends - mark.ends
            if self._last is None or self._last[0] != file or abs(begins - self._last[1]) > SAME:
                return ends, file, begins
            skipped += at
        return None

    def files(self, text: str) -> list[str]:
        """The sounds a test may mean by this name."""
        wanted = [
            Prompt(kind=kind, value=text, language=language, text=words)
            for flow in within(self.flow)
            for language in self.flow.languages
            for kind, words in meant(flow, text, language)
        ]
        if not wanted:
            wanted = [Prompt(kind="beep" if text == "beep" else "music", value=text, language="")]
        return list(dict.fromkeys(self.prompts.files([prompt])[0] for prompt in wanted))


def within(flow: Flow) -> Iterator[Flow]:
    """The flow, and those it calls."""
    yield flow
    for called in flow.flows.values():
        yield from within(called)


def meant(
    flow: Flow, text: str, language: str
) -> Iterator[tuple[Literal["phrase", "number", "digits", "date", "money", "text"], str]]:
    """What a name may be in a flow: a prompt of its own, a number, digits one by one, or plain words."""
    if text in flow.prompts:
        yield "phrase", flow.prompts[text].get(language, "")
    elif text.isdigit():
        yield "number", ""
        yield "digits", ""
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        yield "date", ""
    elif re.fullmatch(r"-?[0-9.]+ [A-Z]{3}", text):
        yield "money", ""
    else:
        spoken = (part for node in flow.nodes.values() for _, part in said(node) if isinstance(part, Words))
        if any(part.texts.get(language) == text for part in spoken):
            yield "text", text


def _samples(file: Path, from_sample: int) -> Sound:
    if not file.exists():
        return np.zeros(0)
    return np.asarray(audio.growing_wav(file, from_sample), dtype=np.float64) / 32768.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A piece of a sound by which it is known again; `ends` is where in the sound it ends, in samples."""

    piece: Sound
    ends: int


def marks_of(file: Path) -> list[Mark]:
    """Parts near the beginning of a prompt by which it is known again; none of a silent one."""
    samples, _ = read_wav(file.read_bytes())
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    if not loud.size:
        return []
    first, length, short = int(loud[0]), int(PIECE_S * audio.RATE_HZ), int(SHORT_S * audio.RATE_HZ)
    begins = [first + int(from_s * audio.RATE_HZ) for from_s in PIECES_FROM_S]
    begins.append(max(begins[0], int(loud[-1]) - length))
    spans = [(begin, begin + length) for begin in begins if begin + length <= samples.size]
    spans = [(begin, end) for begin, end in spans if np.max(np.abs(samples[begin:end])) > 0.02]
    if not spans:
        last = max(int(loud[-1]) - short, first + 1)
        spans = [(begin, begin + short) for begin in range(first, last, short)]
    return [Mark(piece=samples[begin:end], ends=end) for begin, end in spans]


def find(piece: Sound, sound: Sound) -> int | None:
    """Where the piece ends in the sound, by normalised cross-correlation; None when it is not in it."""
    if sound.size < piece.size:
        return None
    size = 1 << (sound.size + piece.size - 1).bit_length()
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size))
    matches = np.fft.irfft(product, size)[: sound.size - piece.size + 1]
    energy = np.concatenate([[0.0], np.cumsum(sound**2)])
    local = np.sqrt(np.maximum(energy[piece.size :] - energy[: -piece.size], 1e-9))
    likeness = matches / (local * float(np.sqrt(np.sum(piece**2))))
    hits = np.flatnonzero((likeness >= LIKENESS) & (local > 1e-3))
    if not hits.size:
        return None
    first = int(hits[0])
    best = first + int(np.argmax(likeness[first : first + piece.size]))
    return best + piece.size
