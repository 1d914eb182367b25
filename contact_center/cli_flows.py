"""The `contact-center flow` commands."""

import datetime as dt
import getpass
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contact_center.runtime.people import Language
from contact_center.runtime.sentences import sentence
from contact_center.terminal import fail, say, settings_or_fail

if TYPE_CHECKING:
    from contact_center.ivr.deployment import Ledger

flows = typer.Typer(help="IVR flows.", no_args_is_help=True)


LANGUAGE = Annotated[Language, typer.Option(help="Of the sentences.")]


@flows.command("check")
def check_flows(
    paths: Annotated[list[Path], typer.Argument(help="Flow files or folders.")],
    language: LANGUAGE = "en",
) -> None:
    """Find what is wrong with flows: each finding with file, line and a sentence.

    Ends with status 1 when there is a finding, a file that is missing or cannot be read among them.
    """
    from contact_center.ivr.check import check_paths
    from contact_center.ivr.telling import told

    findings = check_paths(paths)
    for finding in findings:
        say(told(finding.whole, language))
    if findings:
        fail(told(sentence("{count} findings", count=len(findings)), language))
    say(told(sentence("no findings"), language))


@flows.command("test")
def run_flow_tests(
    paths: Annotated[list[Path], typer.Argument(help="Flow files, test files or folders.", exists=True)],
    all_paths: Annotated[bool, typer.Option(help="Walk every path of each flow as well.")] = False,
    depth: Annotated[int, typer.Option(min=1, max=200, help="Longest path walked, in choices.")] = 40,
    over_sip: Annotated[
        bool, typer.Option(help="By real SIP phones, in a centre of its own that arranges what a test wants.")
    ] = False,
    centre: Annotated[str, typer.Option(help="HOST:PORT of a centre that runs, instead of its own.")] = "",
    only: Annotated[
        list[str] | None, typer.Option(help="Only tests with this in their name; may be repeated.")
    ] = None,
    language: LANGUAGE = "en",
) -> None:
    """Run the *.test.yaml beside each flow on a virtual clock, or by real SIP phones."""
    from contact_center.ivr.telling import told
    from contact_center.ivr.testing import run_tests

    if over_sip:
        _run_over_sip(paths, centre, only or ())
        return
    results = run_tests(paths, only or ())
    for result in results:
        say(told(result.whole, language))
    failed, count = sum(not result.passed for result in results), len(results)
    if not results:
        fail(told(sentence("no tests found"), language))
    if failed:
        fail(told(sentence("{failed} of {count} tests failed", failed=failed, count=count), language))
    say(told(sentence("{count} passed", count=count), language))
    if all_paths and not _walk_all(paths, depth):
        fail("some paths fail, or nodes and edges are never reached")


def _run_over_sip(paths: list[Path], centre: str, only: Sequence[str]) -> None:
    from contact_center.demo.over_sip import NotHeard, SipResult, run_over_sip
    from contact_center.demo.rehearsal import rehearse
    from contact_center.ivr.source import FlowError

    prompts = settings_or_fail().prompts_dir.resolve()
    results: list[SipResult] = []

    def told(result: SipResult) -> None:
        say(result)
        results.append(result)

    try:
        if centre:
            for result in run_over_sip(paths, centre=centre, prompts=prompts, only=only):
                told(result)
        else:
            rehearse(paths, prompts, told, only)
    except (FlowError, NotHeard, RuntimeError) as error:  # a faulty flow, no voice, no centre
        fail(str(error))
    failed = sum(not result.passed for result in results)
    ran = sum(result.ran for result in results)
    if failed or not ran:
        fail(f"{failed} of {ran} tests failed over SIP" if ran else "no test could be run over SIP")
    left = len(results) - ran
    say(f"{ran} passed over SIP" + (f", {left} have to arrange what a running centre cannot" if left else ""))


def _walk_all(paths: list[Path], depth: int) -> bool:
    """Walk every flow and say what was covered; false when something failed or was not reached."""
    from contact_center.ivr.check import load_flow
    from contact_center.ivr.paths import walk
    from contact_center.ivr.source import FlowError
    from contact_center.ivr.testing import flows_of

    good, total, began = True, 0, time.perf_counter()
    for file in flows_of(paths):
        try:
            walked = walk(load_flow(file), deepest=depth)
        except FlowError as error:
            say(error)
            good = False
            continue
        say(f"{file}: {walked}")
        for fault in walked.faults:
            say(f"{file}: {fault}")
        for name in walked.uncovered_nodes:
            say(f"{file}: node {name!r} is on no path")
        for one, other in walked.uncovered_edges:
            say(f"{file}: no path goes from {one!r} to {other!r}")
        total += walked.paths
        good = good and not (walked.faults or walked.uncovered_nodes or walked.uncovered_edges)
    say(f"{total} paths in {time.perf_counter() - began:.2f} s")
    return good


@flows.command("show")
def show(
    path: Annotated[Path, typer.Argument(help="A flow file.", exists=True, dir_okay=False)],
    to: Annotated[Path | None, typer.Option(help="The SVG file; beside the flow if not given.")] = None,
    language: LANGUAGE = "en",
) -> None:
    """Draw a flow as SVG."""
    from contact_center.ivr.check import load_flow
    from contact_center.ivr.picture import picture
    from contact_center.ivr.source import FlowError
    from contact_center.ivr.telling import told

    try:
        drawn = picture(load_flow(path), language)
    except FlowError as error:
        fail(told(error.sentence, language))
    file = to or path.with_suffix(".svg")
    file.write_text(drawn, encoding="utf-8")
    say(file)


@flows.command("schema")
def print_schema(language: LANGUAGE = "en") -> None:
    """The JSON Schema of a flow file, with which an editor completes and underlines."""
    from contact_center.ivr.reference import schema

    print(json.dumps(schema(language), indent=2, ensure_ascii=False))


NOTE = Annotated[str, typer.Option(help="Why; kept in the history.")]
AUTHOR = Annotated[str, typer.Option(help="Who; your log-in name if not given.")]


def _ledger() -> "Ledger":
    from contact_center.ivr.deployment import Ledger

    return Ledger(settings_or_fail().data_dir.resolve() / "flows")


def _numbers(ledger: "Ledger") -> dict[str, str]:
    """Number to the flow callers of it enter now."""
    from contact_center.ivr.library import numbers_in_force, shipped_flows

    return numbers_in_force(settings_or_fail().flows_dir or shipped_flows(), ledger.file.parent)


@flows.command("deploy")
def deploy(
    paths: Annotated[list[Path], typer.Argument(help="Flow files.", exists=True, dir_okay=False)],
    note: NOTE = "",
    author: AUTHOR = "",
    language: LANGUAGE = "en",
) -> None:
    """Let new callers enter these flows; a running core takes them up, and callers in a flow stay in it."""
    from contact_center.ivr.deployment import DeploymentError
    from contact_center.ivr.source import FlowError
    from contact_center.ivr.telling import told

    ledger = _ledger()
    for path in paths:
        try:
            by, numbers = author or getpass.getuser(), _numbers(ledger)
            done = ledger.deploy(path, at=time.time(), author=by, note=note, numbers=numbers)
        except (FlowError, DeploymentError) as error:
            fail(told(error.sentence, language))
        say(f"{done.flow} {done.version} deployed in {ledger.file.parent}")


@flows.command("rollback")
def rollback(
    name: Annotated[str, typer.Argument(help="The flow's name.")],
    to: Annotated[str | None, typer.Option(help="A version; the one before if not given.")] = None,
    note: NOTE = "",
    author: AUTHOR = "",
    language: LANGUAGE = "en",
) -> None:
    """Go back to an earlier version of a flow."""
    from contact_center.ivr.deployment import DeploymentError
    from contact_center.ivr.telling import told

    try:
        by = author or getpass.getuser()
        done = _ledger().rollback(name, at=time.time(), author=by, note=note, to=to)
    except DeploymentError as error:
        fail(told(error.sentence, language))
    say(f"{done.flow} is back at {done.version or 'the file in the folder of flows'}")


@flows.command("history")
def history(
    name: Annotated[str | None, typer.Argument(help="One flow; all if not given.")] = None,
) -> None:
    """Which version of a flow was put in force when, by whom and why."""
    for entry in _ledger().entries(name):
        at = dt.datetime.fromtimestamp(entry.at).astimezone().isoformat(timespec="seconds")
        version = entry.version or "(folder)"
        say(f"{at}  {entry.act:8}  {entry.flow}  {version}  {entry.author}  {entry.note}".rstrip())
