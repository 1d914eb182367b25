"""Where flows are worked on: what is in force, drafts of it, their check and tests, deployment and return."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from contact_center.ivr.audio import SoundError
from contact_center.ivr.check import check_source
from contact_center.ivr.deployment import Deployment, DeploymentError, Ledger, keep, kept
from contact_center.ivr.drafts import Drafts
from contact_center.ivr.drawing import MOST_NODES, Drawing, drawing
from contact_center.ivr.flow import Call, Flow
from contact_center.ivr.library import Library
from contact_center.ivr.loader import read_flow
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.source import FLOW_NAME, Finding, FlowError
from contact_center.ivr.speech import SpeechError
from contact_center.ivr.testing import Result, run_file, test_files
from contact_center.ivr.walk import MOST_CALLS
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.people import Language
from contact_center.runtime.sentences import joined, sentence

MOST_FINDINGS = 200
"""Of a check; an author mends the first ones first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A draft read by the server: `flow` as far as it can be read, drawn when it is not too large."""

    findings: tuple[Finding, ...]
    more: int
    flow: Flow | None
    drawing: Drawing | None


class Workshop:
    """`taken_up` makes the core look at the ledger now; `clock` gives epoch seconds.

    A flow is read where it lies, so a draft of it uses the calendars, tables and flows beside it: in the
    folder of flows, or, for one deployed from elsewhere, in the archive.
    """

    def __init__(
        self,
        *,
        folder: Path,
        archive: Path,
        library: Library,
        prompts: Prompts,
        taken_up: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._folder, self._archive, self._library, self._prompts = folder, archive, library, prompts
        self._taken_up, self._clock = taken_up, clock
        self._ledger = Ledger(archive)
        self._one_at_a_time = asyncio.Lock()
        self.drafts = Drafts(archive)

    # -- what there is -----------------------------------------------------------------------------

    def in_force(self) -> dict[str, Flow]:
        """What new callers enter, by name."""
        return {flow.name: flow for flow in self._library.all()}

    def known(self, name: str) -> Flow | None:
        """The flow in force, None for one that is only a draft; raises `NotFound` for a strange name."""
        if not FLOW_NAME.fullmatch(name):
            raise NotFound(f"There is no flow {name!r}.")
        return self.in_force().get(name)

    def history(self, name: str) -> list[Deployment]:
        """What was put in force when, newest first; version "" is the file in the folder of flows."""
        return self._ledger.entries(name)[::-1]

    def in_folder(self, name: str) -> str:
        """The version of the file in the folder of flows; empty when there is none."""
        flow = self._library.folder.get(name)
        return flow.version if flow is not None else ""

    def source(self, name: str, version: str) -> str:
        """The text of one version; raises `NotFound`."""
        self.known(name)
        file = kept(self._archive, name, version)
        if not version.isalnum() or not file.is_file():
            raise NotFound(f"There is no version {version!r} of {name!r}.")
        return file.read_text(encoding="utf-8-sig")

    def file(self, name: str) -> Path:
        """Where a flow lies, with what it uses beside it."""
        in_folder = self._folder / f"{name}.yaml"
        flow = self.known(name)
        if in_folder.is_file() or flow is None:
            return in_folder
        return kept(self._archive, name, flow.version)

    def recordings(self, name: str) -> Path:
        """The folder of prompts beside a flow."""
        return self.file(name).parent / "prompts"

    def has_tests(self, name: str) -> bool:
        return any(file.is_file() for file in test_files([self.file(name)]))

    def places(self, name: str) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Where callers come into a flow: (flow they entered, call nodes that lead on to it)."""
        return frozenset(
            (root.name, calls) for root in self._library.all() for calls in _ways_to(root, name, ())
        )

    # -- drafts ------------------------------------------------------------------------------------

    async def check(self, name: str, source: str, reader: Language = "en") -> Checked:
        """What `flow check` finds in a text, and its picture in the reader's language."""
        self.known(name)
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._check, name, source, reader)

    def _check(self, name: str, source: str, reader: Language) -> Checked:
        read = read_flow(self.file(name), draft=source.encode())
        check_source(read)
        flow = read.flow
        for number in flow.numbers if flow is not None else ():
            other = self._library.entered_by(number)
            if other is not None and other.name != name:
                read.find(
                    ("numbers",), "number {number} already enters {owner!r}", number=number, owner=other.name
                )
        findings = sorted(set(read.findings))
        small = flow is not None and len(flow.nodes) <= MOST_NODES
        return Checked(
            findings=tuple(findings[:MOST_FINDINGS]),
            more=max(0, len(findings) - MOST_FINDINGS),
            flow=flow,
            drawing=drawing(flow, reader) if flow is not None and small else None,
        )

    async def fit(self, name: str, source: str) -> Flow:
        """A text as a flow without a finding; raises `Conflict` with the first ones."""
        checked = await self.check(name, source)
        if checked.flow is None or checked.findings:
            first = [
                sentence("line {line}: {sentence}", line=each.line, sentence=each.sentence)
                for each in checked.findings[:3]
            ]
            raise Conflict("check", joined("; ", first))
        return checked.flow

    async def test(self, name: str, source: str) -> tuple[Result, ...]:
        """The tests beside the flow, run on a text; none when there are none."""
        files = [file for file in test_files([self.file(name)]) if file.is_file()]
        async with self._one_at_a_time:
            return tuple(await asyncio.to_thread(_run, files, source.encode()))

    # -- in force ----------------------------------------------------------------------------------

    async def deploy(
        self, name: str, revision: str, *, author: str, note: str, despite_tests: bool
    ) -> Deployment:
        """Let new callers enter the draft of this revision; raises `Conflict`, `NotFound`.

        Refused when the check finds something, when a prompt cannot be made, or, unless `despite_tests`,
        when a test fails.
        """
        self.known(name)
        draft = self.drafts.of(name)
        if draft is None:
            raise NotFound(f"There is no draft of {name!r}.")
        if draft.revision != revision:
            raise Conflict(
                "draft",
                sentence(
                    "{author} has changed the draft of {flow!r} meanwhile.", author=draft.author, flow=name
                ),
            )
        flow = await self.fit(name, draft.source)
        failed = [result for result in await self.test(name, draft.source) if not result.passed]
        if failed and not despite_tests:
            raise Conflict(
                "tests",
                sentence(
                    "{count} tests fail: {name}: {why}",
                    count=len(failed),
                    name=failed[0].name,
                    why=failed[0].why,
                ),
            )
        try:
            await asyncio.to_thread(self._keep, name, draft.source)
            await self._prompts.prepare(flow)
            done = await asyncio.to_thread(self._deploy, name, draft.source, author, note)
        except (SpeechError, SoundError) as error:
            raise Conflict("prompts", error.sentence) from error
        except (DeploymentError, FlowError) as error:
            raise Conflict("deploy", error.sentence) from error
        await self._taken_up()
        self.drafts.drop(name, revision)
        return done

    def _keep(self, name: str, source: str) -> None:
        """Into the archive before it is put in force: its recordings are played from there."""
        read = read_flow(self.file(name), draft=source.encode())
        if read.flow is not None:
            keep(self._archive, read, read.flow)

    def _deploy(self, name: str, source: str, author: str, note: str) -> Deployment:
        file, at = self.file(name), self._clock()
        return self._ledger.deploy(file, at=at, author=author, note=note, draft=source.encode())

    async def roll_back(self, name: str, to: str, *, author: str, note: str) -> Deployment:
        """New callers enter an earlier version again ("": the folder's file); raises `Conflict`."""
        self.known(name)
        if not to and not self.in_folder(name):
            raise Conflict(
                "deploy", sentence("There is no file of {name!r} in the folder of flows.", name=name)
            )
        try:
            at = self._clock()
            done = self._ledger.rollback(name, at=at, author=author, note=note, to=to)
        except DeploymentError as error:
            raise Conflict("deploy", error.sentence) from error
        await self._taken_up()
        return done


def _run(files: list[Path], draft: bytes) -> list[Result]:
    return [result for file in files for result in run_file(file, draft)]


def _ways_to(flow: Flow, name: str, calls: tuple[str, ...]) -> list[tuple[str, ...]]:
    found = [calls] if flow.name == name else []
    if len(calls) < MOST_CALLS:
        for node_name, node in flow.nodes.items():
            if isinstance(node, Call) and node.flow in flow.flows:
                found += _ways_to(flow.flows[node.flow], name, (*calls, node_name))
    return found
