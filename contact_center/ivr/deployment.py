"""Which version of a flow new callers enter: a ledger that is only ever added to, and the versions it names.

The ledger (`deployed.jsonl`) lies in the archive of flow versions, where the core looks for a change. What it
says goes before the file of the same name in the folder of flows; version "" is that file again.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from contact_center.ivr.check import check_source
from contact_center.ivr.flow import Flow
from contact_center.ivr.loader import read_flow
from contact_center.ivr.source import FlowError, Source
from contact_center.runtime.sentences import Refusal, sentence

LEDGER = "deployed.jsonl"


class DeploymentError(Refusal):
    """It cannot be deployed or rolled back; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One line of the ledger; `at` is epoch seconds."""

    flow: str
    version: str
    at: float
    author: str
    note: str
    act: Literal["deploy", "rollback"] = "deploy"


def kept(archive: Path, name: str, version: str) -> Path:
    """Where a version of a flow is kept, with what it uses beside it."""
    return archive / version / f"{name}.yaml"


def keep(archive: Path, source: Source, flow: Flow) -> None:
    """Put a version into the archive: what it uses first, so that a flow that is there is whole."""
    file = kept(archive, flow.name, flow.version)
    if file.exists():
        return
    for path, content in source.companions.items():
        write_whole(file.parent / path, content)
    write_whole(file, source.content)


def write_whole(file: Path, content: bytes) -> None:
    """Complete or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(file)


class Ledger:
    """The history of deployments in one archive."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self.file = archive / LEDGER

    def entries(self, flow: str | None = None) -> list[Deployment]:
        """Oldest first. A line cut off by a crash is no entry."""
        if not self.file.is_file():
            return []
        entries: list[Deployment] = []
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(Deployment(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return [entry for entry in entries if flow in (None, entry.flow)]

    def in_force(self) -> dict[str, str]:
        """The version of each flow deployed, without those that went back to the folder's file."""
        latest = {entry.flow: entry.version for entry in self.entries()}
        return {flow: version for flow, version in latest.items() if version}

    def deploy(
        self,
        file: Path,
        *,
        at: float,
        author: str,
        note: str,
        draft: bytes | None = None,
        numbers: Mapping[str, str] | None = None,
    ) -> Deployment:
        """Check a flow (or a draft) and let new callers enter it; `numbers` enter these flows already.

        Raises `FlowError`, or `DeploymentError`.
        """
        source = read_flow(file, draft=draft)
        check_source(source)
        flow = source.flow
        if flow is None or source.findings:
            raise FlowError(sorted(source.findings))
        for number in flow.numbers:
            owner = (numbers or {}).get(number, flow.name)
            if owner != flow.name:
                raise DeploymentError("number {number} already enters {owner!r}", number=number, owner=owner)
        if self.in_force().get(flow.name) == flow.version:
            raise DeploymentError(
                "version {version} of {flow!r} is in force already", version=flow.version, flow=flow.name
            )
        keep(self._archive, source, flow)
        self._keep_tests(file, flow)
        return self._add(Deployment(flow=flow.name, version=flow.version, at=at, author=author, note=note))

    def rollback(self, flow: str, *, at: float, author: str, note: str, to: str | None = None) -> Deployment:
        """Back to the version before the present one, or to `to` ("": the folder's file).

        Raises `DeploymentError`.
        """
        entries = self.entries(flow)
        if not entries:
            raise DeploymentError("{flow!r} was never deployed", flow=flow)
        present = entries[-1].version
        before = [entry.version for entry in entries if entry.version != present and entry.act == "deploy"]
        if to is None and not present:
            raise DeploymentError("{flow!r} is the file in the folder of flows already", flow=flow)
        if to is None:
            earlier = [e.version for e in _before_first(entries, present) if e.version != present]
            to = earlier[-1] if earlier else ""
        elif to == present:
            raise DeploymentError(
                "{flow!r} is at {where} already",
                flow=flow,
                where=to or sentence("the file in the folder of flows"),
            )
        elif to and to not in before:
            raise DeploymentError("{flow!r} has no earlier version {to!r}", flow=flow, to=to)
        if to and not kept(self._archive, flow, to).is_file():
            raise DeploymentError("version {to} of {flow!r} is not in the archive any more", to=to, flow=flow)
        back = Deployment(flow=flow, version=to, at=at, author=author, note=note, act="rollback")
        return self._add(back)

    def _keep_tests(self, file: Path, flow: Flow) -> None:
        """The tests beside the flow go with it, for the draft of its next version; no part of this one."""
        tests, there = file.with_name(f"{file.stem}.test.yaml"), kept(self._archive, flow.name, flow.version)
        if tests.is_file() and tests.parent != there.parent:
            write_whole(there.with_name(tests.name), tests.read_bytes())

    def _add(self, entry: Deployment) -> Deployment:
        self._archive.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as ledger:
            fcntl.flock(ledger, fcntl.LOCK_EX)
            if ledger.tell() and not self.file.read_bytes().endswith(b"\n"):
                ledger.write("\n")  # the line before was cut off
            ledger.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())
        return entry


def _before_first(entries: list[Deployment], version: str) -> list[Deployment]:
    """What came before a version was deployed first: rolling back twice goes back two versions."""
    first = next(number for number, entry in enumerate(entries) if entry.version == version)
    return entries[:first]
