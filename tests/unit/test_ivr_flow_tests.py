"""`flow test`: the shipped tests pass, and a test that should fail does, at its line and with a reason."""

from pathlib import Path

import pytest

from contact_center.ivr.library import Library, shipped_flows
from contact_center.ivr.source import FlowError
from contact_center.ivr.testing import run_tests
from tests.unit.test_ivr_check import GOOD


def test_shipped_tests_pass() -> None:
    results = run_tests([shipped_flows()])
    assert len(results) >= 10
    assert [str(each) for each in results if not each.passed] == []


@pytest.mark.parametrize(
    ("steps", "line", "why"),
    [
        ('[{hear: ask}, {press: "1"}, {queue: sales}, {agent: joins}, {agent: leaves}, end]', 3, ""),
        ("[{hear: [ask, ask, ask]}, {end: flow ended}]", 3, ""),
        ("[{hear: tea}]", 4, "'tea' was not heard, but ask, ask, ask"),
        ("[{press: '1'}, {queue: help}]", 4, "is in queue 'sales', not 'help'"),
        (
            "[{press: '1'}, {queue: {skills: {sales: 2}}}]",
            4,
            "asks for skills {'sales': 1}, not {'sales': 2}",
        ),
        ("[{press: '1'}, end]", 4, "the call goes on at node 'wait' (waiting)"),
        ("[{node: wait}]", 4, "is at node 'ask', not 'wait'"),
        ("[hang_up, {end: flow ended}]", 4, "ended for 'caller hung up', not 'flow ended'"),
        ("[{queue: sales}]", 4, "no queue was entered; is at node 'bye'"),
        ("[{pres: '1'}]", 4, "a step has no 'pres'"),
        ("[{press: '1', node: wait}]", 4, "a step is one of"),
        ("[{wait: soon}]", 4, "'wait' takes a number"),
        ("[{agent: sleeps}]", 4, "'agent' is joins or leaves or refuses, not 'sleeps'"),
        ("[dance]", 4, "'dance' is no step"),
        ("[]", 3, "has no list of steps"),
    ],
)
def test_a_test_passes_or_tells_where_and_why(tmp_path: Path, steps: str, line: int, why: str) -> None:
    (tmp_path / "flow.yaml").write_text(GOOD, encoding="utf-8")
    tests = tmp_path / "flow.test.yaml"
    tests.write_text(f"tests:\n  one:\n    caller: '1'\n    steps: {steps}\n", encoding="utf-8")
    result = run_tests([tmp_path / "flow.yaml"])[0]
    assert result.passed == (why == "")
    assert why in result.why
    assert result.line == line


def test_silence_ends_a_message_in_a_test_as_it_does_on_the_line(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(
        """languages: [en]
start: speak
nodes:
  speak: {kind: voicemail, say: {text: {en: Speak.}}, queue: q, next: kept, nothing: bye, failed: bye}
  kept: {kind: hangup, reason: kept}
  bye: {kind: hangup, reason: nothing said}
""",
        encoding="utf-8",
    )
    (tmp_path / "flow.test.yaml").write_text(
        """tests:
  something said: {steps: [{hear: beep}, {tape: start}, {wait: 9}, silence, {message: q}, {end: kept}]}
  nothing said: {steps: [{tape: start}, silence, {tape: stop}, {end: nothing said}]}
  nobody is recorded: {steps: [silence]}
""",
        encoding="utf-8",
    )
    whys = [result.why for result in run_tests([tmp_path])]
    assert whys == ["", "", "no recording runs that ends on silence"]


def test_a_faulty_flow_fails_its_tests(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(GOOD.replace("start: ask", "start: aks"), encoding="utf-8")
    (tmp_path / "flow.test.yaml").write_text("tests: {one: {steps: [end]}}", encoding="utf-8")
    (result,) = run_tests([tmp_path])
    assert "'start' leads to 'aks'" in str(result)


def test_library_keeps_the_version_a_caller_entered(tmp_path: Path) -> None:
    folder, archive = tmp_path / "flows", tmp_path / "archive"
    folder.mkdir()
    file = folder / "support.yaml"
    file.write_text(GOOD, encoding="utf-8")
    before = Library(folder, archive).entered_by("8100")
    assert before is not None
    file.write_text(GOOD.replace("sales: 1", "sales: 2"), encoding="utf-8")
    library = Library(folder, archive)
    after = library.entered_by("8100")
    assert after is not None
    assert after.version != before.version
    assert library.flow("support", before.version) == before
    assert library.flow("support", after.version) is after
    assert library.flow("support", "../../etc") is None
    assert library.entered_by("1") is None
    assert [each.name for each in library.all()] == ["support"]


def test_library_refuses_faulty_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="there is no flow"):
        Library(tmp_path, tmp_path / "archive")
    (tmp_path / "one.yaml").write_text(GOOD.replace("start: ask", "start: aks"), encoding="utf-8")
    (tmp_path / "two.yaml").write_text("nodes: {}", encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        Library(tmp_path, tmp_path / "archive")
    assert {Path(each.file).name for each in caught.value.findings} == {"one.yaml", "two.yaml"}
