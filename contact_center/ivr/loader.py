"""Reads a flow with all it uses beside its file, and reports every fault, not just the first.

What the file says is read by `reading`, which keeps the line of everything.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from contact_center.ivr.calendar import Calendar
from contact_center.ivr.companions import (
    CALENDARS,
    TABLES,
    read_calendars,
    read_recording,
    read_table,
    recording_of,
)
from contact_center.ivr.flow import Call, Flow, Hours, Lookup, Phrase, Queue, Transfer, said
from contact_center.ivr.reading import Reader
from contact_center.ivr.source import FLOW_NAME, Source, compose_file


def read_flow(file: Path, callers: tuple[str, ...] = (), draft: bytes | None = None) -> Source:
    """Read one file, and what it uses, as far as they can be read; nothing is raised for what is in them.

    `callers` are the flows on the way that call this one; `draft` is read in place of the file's content.
    """
    source = Source(str(file))
    content, root = compose_file(source, draft)
    if root is not None:
        Reader(source).flow(root, file.stem, "")
    if source.flow is not None:
        _link(source, file, content, callers)
    return source


def _link(source: Source, file: Path, content: bytes, callers: tuple[str, ...]) -> None:
    """Put calendars, tables and called flows into the flow, and make its version of all of them."""
    flow = source.flow
    if flow is None:
        return
    beside = source.companions
    nodes = flow.nodes.items()
    calendars: dict[str, Calendar] = {}
    if any(isinstance(node, Hours | Queue) and node.calendar for _, node in nodes):
        beside[CALENDARS], calendars, findings = read_calendars(file.with_name(CALENDARS))
        source.findings.extend(findings)
    tables: dict[str, dict[str, dict[str, str]]] = {}
    flows: dict[str, Flow] = {}
    for name, node in nodes:
        if isinstance(node, Lookup) and node.table and FLOW_NAME.fullmatch(node.table):
            path = f"{TABLES}/{node.table}.csv"
            if path not in beside:
                beside[path], tables[node.table], findings = read_table(file.parent / path)
                source.findings.extend(findings)
        elif isinstance(node, Call) and FLOW_NAME.fullmatch(node.flow) and node.flow not in flows:
            if node.flow in (*callers, flow.name):
                source.find(
                    ("nodes", name, "flow"), "flow {flow!r} would call itself for ever", flow=node.flow
                )
                continue
            called = read_flow(file.with_name(f"{node.flow}.yaml"), (*callers, flow.name))
            source.called[node.flow] = called
            if called.flow is not None:
                flows[node.flow] = called.flow
                beside.update(called.companions)
                beside[f"{node.flow}.yaml"] = called.content
    recordings = _record(source, replace(flow, flows=flows), file.parent / "prompts")
    source.content = content
    digest = hashlib.sha256(content)
    for path in sorted(beside):
        digest.update(f"\n{path}\n".encode() + beside[path])
    source.flow = replace(
        flow,
        version=digest.hexdigest()[:16],
        calendars=calendars,
        tables=tables,
        flows=flows,
        recordings=recordings,
    )


def _record(source: Source, flow: Flow, folder: Path) -> frozenset[str]:
    """Which of the things said are recorded; the recordings are put beside the flow."""
    found: set[str] = set()
    for name in _sounds(flow, flow.languages):
        file = recording_of(folder, name)
        if file is not None and name not in found:
            found.add(name)
            source.companions[f"prompts/{name}.wav"], findings = read_recording(file)
            source.findings.extend(findings)
    return frozenset(found)


def _sounds(flow: Flow, languages: tuple[str, ...]) -> Iterator[str]:
    """Every name a recording of this flow, and of those it calls, would have."""
    for node in flow.nodes.values():
        if isinstance(node, Queue | Transfer):
            yield f"music/{node.music}"
        for _, part in said(node):
            if isinstance(part, Phrase):
                yield from (
                    f"{each}/{part.key}" for each in ((part.language,) if part.language else languages)
                )
    for called in flow.flows.values():
        yield from _sounds(called, languages)
