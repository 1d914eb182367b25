"""Bodies of the flow routes that are not simply a value of another room."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contact_center.ivr.deployment import Deployment
from contact_center.ivr.drafts import Draft
from contact_center.ivr.drawing import MOST_NODES, Drawing, drawing
from contact_center.ivr.events import FlowState, Phase, Prompt
from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import Flow
from contact_center.ivr.source import LARGEST_FILE_BYTES
from contact_center.ivr.telling import told
from contact_center.ivr.testing import Result
from contact_center.ivr.trial import Agents, Trial, What
from contact_center.ivr.workshop import Checked, Workshop
from contact_center.metrics.flow_traffic import Place, Traffic
from contact_center.runtime.people import Language

_Text = Annotated[str, Field(max_length=200)]
_Revision = Annotated[str, Field(max_length=64)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FlowSource(_Request):
    source: Annotated[str, Field(max_length=LARGEST_FILE_BYTES)]


class DraftText(FlowSource):
    """`after` is the revision the text was made from; empty when there was no draft."""

    after: _Revision = ""


class DeployOrder(_Request):
    """Deploys the draft of this revision. Tests that fail are no reason to refuse `despite_tests`."""

    revision: _Revision
    note: Annotated[str, Field(min_length=1, max_length=400)]
    despite_tests: bool = False


class RollbackOrder(_Request):
    """`to` is a version; empty: the file in the folder of flows."""

    to: _Revision
    note: Annotated[str, Field(min_length=1, max_length=400)]


class TrialCustomer(_Request):
    """The one record the caller's number has."""

    id: _Text = "c1"
    name: _Text
    language: Literal["", "en", "zh"] = ""
    segment: _Text = ""


class TrialOrder(_Request):
    """`at` is when the caller calls (epoch seconds); `replies` what look-ups over HTTP find, by node."""

    of: Literal["draft", "in_force"] = "draft"
    at: Annotated[float, Field(ge=0, le=4e9)]
    caller: _Text = "+14155550100"
    called: _Text = "8000"
    customer: TrialCustomer | None = None
    agents: Agents = "free"
    replies: Annotated[
        dict[str, dict[str, str | bool | int | float] | Literal["not_found", "failed", "silent"]],
        Field(max_length=50),
    ] = {}


class TrialAct(_Request):
    """Keys pressed; or nothing said until something happens; or the call or the agent's part ended."""

    act: Literal["press", "listen", "hang_up", "agent_leaves"]
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{0,32}$")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLine:
    """A flow in the list. `version` is empty for one that is only a draft."""

    name: str
    title: str
    numbers: tuple[str, ...]
    languages: tuple[str, ...]
    version: str
    origin: Literal["deployed", "folder", "draft"]
    deployed: Deployment | None
    draft_at: float | None
    draft_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLines:
    flows: tuple[FlowLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDetail(FlowLine):
    """`drawing` is of the version in force, null when it is too large; `in_folder` the folder's version."""

    source: str
    drawing: Drawing | None
    draft: Draft | None
    history: tuple[Deployment, ...]
    in_folder: str
    has_tests: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionText:
    version: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingBody:
    """One fault; `file` is empty for the flow itself, else the file beside it."""

    line: int
    sentence: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBody:
    """What the check finds (and how many `more`), and the picture as far as the text can be read."""

    findings: tuple[FindingBody, ...]
    more: int
    version: str
    drawing: Drawing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestBody:
    """How one test went; `why` is empty when it passed, `line` that of its file."""

    __test__ = False  # not a pytest class

    name: str
    line: int
    passed: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestBodies:
    __test__ = False

    tests: tuple[TestBody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCallers:
    """Callers at a node now; `talking` of them are with somebody."""

    node: str
    callers: int
    talking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFlow:
    """Callers in a flow now, by node; `older` of all are in another version than new callers enter."""

    flow: str
    callers: int
    older: int
    nodes: tuple[NodeCallers, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFlows:
    flows: tuple[LiveFlow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficBody:
    """A day's callers; `complete` once the whole of it has been counted."""

    complete: bool
    traffic: Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPart:
    """One thing heard: its words, or the key of a recording or of music."""

    kind: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """One thing that happened; `number` names its sound when something was said."""

    number: int
    at_s: float
    what: What
    text: str
    said: tuple[SaidPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBody:
    """A trial as it stands: `node` of the flow first entered, `waits` for what the caller does."""

    id: str
    flow: str
    version: str
    language: str
    phase: Phase
    node: str
    over: bool
    lines: tuple[TrialLine, ...]
    variables: dict[str, Value]


def line_of(workshop: Workshop, name: str, flow: Flow | None, draft: Draft | None) -> FlowLine:
    history = workshop.history(name)
    deployed = history[0] if history and history[0].version else None
    return FlowLine(
        name=name,
        title=flow.title if flow is not None else name,
        numbers=flow.numbers if flow is not None else (),
        languages=flow.languages if flow is not None else (),
        version=flow.version if flow is not None else "",
        origin="draft" if flow is None else "deployed" if deployed is not None else "folder",
        deployed=deployed,
        draft_at=draft.saved_at if draft is not None else None,
        draft_by=draft.author if draft is not None else "",
    )


def detail_of(
    workshop: Workshop, line: FlowLine, flow: Flow | None, draft: Draft | None, reader: Language
) -> FlowDetail:
    """Reads files: not in the event loop."""
    values = {name: getattr(line, name) for name in FlowLine.__dataclass_fields__}
    return FlowDetail(
        **values,
        source=workshop.source(line.name, flow.version) if flow is not None else "",
        drawing=drawing(flow, reader) if flow is not None and len(flow.nodes) <= MOST_NODES else None,
        draft=draft,
        history=tuple(workshop.history(line.name)),
        in_folder=workshop.in_folder(line.name),
        has_tests=workshop.has_tests(line.name),
    )


def check_body(workshop: Workshop, name: str, checked: Checked, reader: Language) -> CheckBody:
    own = str(workshop.file(name))
    return CheckBody(
        findings=tuple(
            FindingBody(
                line=each.line,
                sentence=told(each.sentence, reader),
                file="" if each.file == own else each.file.rpartition("/")[2],
            )
            for each in checked.findings
        ),
        more=checked.more,
        version=checked.flow.version if checked.flow is not None else "",
        drawing=checked.drawing,
    )


def test_body(result: Result, reader: Language) -> TestBody:
    return TestBody(name=result.name, line=result.line, passed=result.passed, why=told(result.why, reader))


Standing = Counter[tuple[str, str, Place, bool]]
"""How many callers are at (flow, version, place, whether they talk with somebody)."""


def standing_of(states: Iterable[FlowState]) -> Standing:
    """Callers counted by where they are: thousands of them are at few places."""
    return Counter(
        (
            state.flow,
            state.version,
            (*(frame.node for frame in state.stack), state.node),
            state.phase == "connected",
        )
        for state in states
        if state.node
    )


def live_body(flow: str, version: str, at: frozenset[tuple[str, Place]], standing: Standing) -> LiveFlow:
    """Who is where in a flow, entered or called."""
    callers, talking, older = Counter[str](), Counter[str](), 0
    for (entered, its_version, place, talks), count in standing.items():
        for depth in range(len(place)):
            if (entered, place[:depth]) in at:
                callers[place[depth]] += count
                talking[place[depth]] += count if talks else 0
        older += count if entered == flow and its_version != version else 0
    nodes = (NodeCallers(node=n, callers=callers[n], talking=talking[n]) for n in sorted(callers))
    return LiveFlow(flow=flow, callers=callers.total(), older=older, nodes=tuple(nodes))


def trial_body(id_: str, trial: Trial, reader: Language) -> TrialBody:
    state = trial.state
    lines = tuple(
        TrialLine(
            number=number,
            at_s=line.at_s,
            what=line.what,
            text=told(line.text, reader),
            said=tuple(_part(prompt) for prompt in line.prompts),
        )
        for number, line in enumerate(trial.lines)
    )
    return TrialBody(
        id=id_,
        flow=trial.flow.name,
        version=trial.flow.version,
        language=state.language,
        phase=state.phase,
        node=state.stack[0].node if state.stack else state.node,
        over=trial.over,
        lines=lines,
        variables=trial.variables(),
    )


def _part(prompt: Prompt) -> SaidPart:
    text = (prompt.text or prompt.value) if prompt.kind == "phrase" else prompt.value
    return SaidPart(kind=prompt.kind, text=text, language=prompt.language)
