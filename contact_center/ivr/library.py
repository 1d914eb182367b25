"""The flows in use: by the number a caller dialled, and by the version a caller is in.

A flow that callers may be in is kept in an archive under its version, so that a core started again with
changed files still finds what its callers entered.
"""

from collections.abc import Iterable
from pathlib import Path

import contact_center
from contact_center.ivr.check import check_source, flow_files
from contact_center.ivr.deployment import Ledger, keep, kept
from contact_center.ivr.flow import Flow, Queue
from contact_center.ivr.loader import read_flow
from contact_center.ivr.needs import needed, relaxed
from contact_center.ivr.source import Finding, FlowError
from contact_center.runtime.requirements import Need
from contact_center.runtime.sentences import sentence


def shipped_flows() -> Path:
    """The folder of the flows that come with the package (in a checkout: `ivr_flows/` beside it)."""
    package = Path(contact_center.__file__).parent
    installed = package / "shipped" / "ivr_flows"
    return installed if installed.is_dir() else package.parent / "ivr_flows"


def numbers_in_force(folder: Path, archive: Path) -> dict[str, str]:
    """Which flow a dialled number enters, by the files alone and whatever else may be wrong with them."""
    files = {file.stem: file for file in flow_files([folder])}
    files |= {name: kept(archive, name, version) for name, version in Ledger(archive).in_force().items()}
    flows = {name: read_flow(file).flow for name, file in files.items()}
    return {number: name for name, flow in flows.items() if flow is not None for number in flow.numbers}


def queue_needs(flows: Iterable[Flow], queue: str, language: str) -> Need:
    """What flows ask for as they enter a queue: as the first node that asks for a skill of its own.

    `language` adds what that node needs for it. A queue that no flow enters needs nothing.
    """
    nodes = [node for flow in flows for node in flow.nodes.values() if isinstance(node, Queue)]
    mine = sorted((node for node in nodes if node.queue == queue), key=lambda node: not node.skills)
    if not mine:
        return Need()
    return Need(ways=needed(mine[0], language), relaxed=relaxed(mine[0]), priority=mine[0].priority)


class Library:
    """Checked flows of one folder, read once at start."""

    def __init__(self, folder: Path, archive: Path) -> None:
        """Read and check every flow of `folder`; raises `FlowError` with all findings of all files."""
        self._archive, self._ledger = archive, Ledger(archive)
        self._folder: dict[str, Flow] = {}
        self._flows: dict[str, Flow] = {}
        self._numbers: dict[str, Flow] = {}
        self._archived: dict[tuple[str, str], Flow | None] = {}
        findings: list[Finding] = []
        for file in flow_files([folder]):
            source = read_flow(file)
            check_source(source)
            for number in source.flow.numbers if source.flow is not None else ():
                if number in self._numbers:
                    source.find(
                        ("numbers",),
                        "number {number} already enters {owner!r}",
                        number=number,
                        owner=self._numbers[number].name,
                    )
            findings.extend(source.findings)
            if source.flow is not None and not source.findings:
                keep(archive, source, source.flow)
                self._folder[source.flow.name] = source.flow
                self._numbers.update(dict.fromkeys(source.flow.numbers, source.flow))
        if findings:
            raise FlowError(sorted(findings))
        if not self._folder:
            raise FlowError([Finding(str(folder), 1, sentence("there is no flow in this folder"))])
        self.take(self.deployed())

    @property
    def folder(self) -> dict[str, Flow]:
        """The flows of the folder, whether something is deployed in their place or not."""
        return dict(self._folder)

    @property
    def ledger(self) -> Path:
        """The file that changes when a flow is deployed or rolled back."""
        return self._ledger.file

    def deployed(self) -> tuple[Flow, ...]:
        """The flows the ledger has put in force, read from the archive; one that is gone from it is not."""
        versions = self._ledger.in_force().items()
        flows = [self.flow(name, version) for name, version in versions]
        return tuple(flow for flow in flows if flow is not None)

    def take(self, deployed: Iterable[Flow]) -> None:
        """Let new callers enter these, and the folder's flows of other names; theirs are the numbers."""
        ahead = {flow.name: flow for flow in deployed}
        rest = {name: flow for name, flow in self._folder.items() if name not in ahead}
        self._flows = {**rest, **ahead}
        self._numbers = {number: flow for flow in self._flows.values() for number in flow.numbers}

    def all(self) -> tuple[Flow, ...]:
        """The current version of every flow."""
        return tuple(self._flows.values())

    def entered_by(self, number: str) -> Flow | None:
        """The flow new callers of a dialled number enter."""
        return self._numbers.get(number)

    def flow(self, name: str, version: str) -> Flow | None:
        """Exactly the version a caller entered; None when it is in neither folder nor archive."""
        current = self._flows.get(name)
        if current is not None and current.version == version:
            return current
        if (name, version) not in self._archived:
            known = version.isalnum() and name.replace("_", "").isalnum()
            file = kept(self._archive, name, version)
            self._archived[name, version] = read_flow(file).flow if known and file.is_file() else None
        return self._archived[name, version]
