"""The `contact-center flow` commands, as typed."""

import json
import re
import shlex
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contact_center.cli import app
from contact_center.ivr.reference import schema
from contact_center.ivr.scenario import KEYS, STEPS
from tests.unit.test_ivr_check import GOOD
from tests.unit.test_ivr_paths import everything

ROOT = Path(__file__).parents[2]
TESTS = 'tests: {one: {steps: [{hear: ask}, {press: "1"}, {queue: sales}]}}\n'


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "opening.yaml"
    file.write_text(GOOD, encoding="utf-8")
    (tmp_path / "opening.test.yaml").write_text(TESTS, encoding="utf-8")
    return file


def typed(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["flow", *map(str, words)])
    return result.exit_code, result.output


def test_check_and_test_and_show(flow: Path) -> None:
    assert typed("check", flow) == (0, "no findings\n")
    status, said = typed("test", flow, "--all-paths")
    assert status == 0
    assert "nodes 3/3, edges 3/3" in said
    assert typed("show", flow) == (0, f"{flow.with_suffix('.svg')}\n")
    assert flow.with_suffix(".svg").read_text(encoding="utf-8").startswith("<svg ")


def test_faults_fail(flow: Path) -> None:
    flow.write_text(GOOD.replace("start: ask", "start: aks"), encoding="utf-8")
    for words in (("check",), ("test", "--all-paths"), ("show",), ("deploy",)):
        status, said = typed(words[0], flow, *words[1:])
        assert status == 1
        assert "opening.yaml:3: " in said
        assert "'start' leads to 'aks'" in said


def test_a_node_on_no_path_fails_all_paths(flow: Path, tmp_path: Path) -> None:
    text = GOOD.replace("no_input: bye", "no_input: never")
    never = '  never:\n    kind: branch\n    cases: [{when: pin == "1", to: wait}]\n    otherwise: bye\n'
    flow.write_text(text + never, encoding="utf-8")
    status, said = typed("test", flow, "--all-paths")
    assert status == 1
    assert "no path goes from 'never' to 'wait'" in said
    everything_else = everything(tmp_path)
    assert typed("test", everything_else, "--all-paths", "--depth", "1")[0] == 1


def test_deploy_history_and_rollback(flow: Path) -> None:
    status, said = typed("deploy", flow, "--note", "first", "--author", "ada")
    assert status == 0
    first = said.split()[1]
    assert typed("deploy", flow)[0] == 1
    flow.write_text(GOOD.replace("Press 1.", "Press one."), encoding="utf-8")
    assert typed("deploy", flow, "--note", "second", "--author", "bo")[0] == 0
    assert typed("rollback", "opening", "--author", "eve") == (0, f"opening is back at {first}\n")
    status, said = typed("history", "opening")
    assert [line.split()[1:5:3] for line in said.splitlines()] == [
        ["deploy", "ada"],
        ["deploy", "bo"],
        ["rollback", "eve"],
    ]
    assert typed("rollback", "other")[0] == 1


def test_names_in_brackets_are_no_markup_and_steer_no_terminal(flow: Path) -> None:
    flow.write_text(GOOD.replace("start: ask", "start: '[/x]'").replace("[en, zh]", '"\\e]0;x\\a"'))
    for command in ("check", "show", "deploy", "test"):
        status, said = typed(command, flow)
        assert status == 1
        assert "is a list such as [first, second]" in said
        assert "\x1b]0" not in said
    flow.write_text(
        GOOD.replace("start: ask", "start: '[/x]'").replace("8100", "\\e[2J").replace("[en, zh]", "[en]")
    )
    for command in ("check", "show"):
        assert "'start' leads to '[/x]', which is no node" in typed(command, flow)[1]


def test_the_commands_speak_chinese_when_asked(flow: Path) -> None:
    zh = ("--language", "zh")
    assert typed("check", flow, *zh) == (0, "未发现问题\n")
    assert typed("test", flow, *zh)[1].splitlines()[-1] == "1 个通过"
    assert "opening 的" not in typed("deploy", flow, *zh)[1]
    assert "已在生效" in typed("deploy", flow, *zh)[1]
    assert "从未部署" in typed("rollback", "other", *zh)[1]
    flow.write_text(GOOD.replace("start: ask", "start: aks"), encoding="utf-8")
    for words in (("check",), ("test",), ("show",), ("deploy",)):
        status, said = typed(words[0], flow, *words[1:], *zh)
        assert status == 1
        assert "opening.yaml:3:" in said
        assert "'start' 指向 'aks'，但没有这个节点；是否想写 'ask'？" in said


def test_the_schema_is_printed_as_published_and_in_chinese() -> None:
    status, said = typed("schema")
    assert (status, json.loads(said)) == (0, schema())
    assert json.loads(typed("schema", "--language", "zh")[1]) == schema("zh")


def test_the_guide_is_true_of_a_fresh_flow(flow: Path) -> None:
    """The flow and its test in `docs/how-to/write-a-flow.md` go through all the commands named there."""
    guide = (ROOT / "docs" / "how-to" / "write-a-flow.md").read_text(encoding="utf-8")
    found = re.findall(r"^ *```yaml\n(.*?)^ *```", guide, re.DOTALL | re.MULTILINE)
    blocks = [textwrap.dedent(each) for each in found]
    folder = flow.parent / "ivr_flows"
    folder.mkdir()
    (folder / "opening.yaml").write_text(blocks[0], encoding="utf-8")
    (folder / "opening.test.yaml").write_text(blocks[1], encoding="utf-8")
    lines = re.findall(r"`contact-center flow (check ivr_flows|[^`]*opening[^`]*)`", guide)
    told = {line.split()[0]: typed(*shlex.split(line)) for line in lines}
    assert {name: status for name, (status, _) in told.items()} == dict.fromkeys(
        ("check", "show", "deploy", "rollback", "history"), 0
    )
    assert typed("test", "ivr_flows", "--all-paths")[1].splitlines()[1] == "1 passed"
    assert (folder / "opening.svg").is_file()
    marked = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", guide, flags=re.DOTALL))
    assert {*KEYS, *STEPS} - {word for each in marked for word in re.findall(r"\w+", each)} == {"steps"}


def test_a_number_that_enters_another_flow_is_not_taken_from_it(
    flow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC_FLOWS_DIR", str(flow.parent))
    other = flow.parent / "elsewhere" / "other.yaml"
    other.parent.mkdir()
    other.write_text(GOOD, encoding="utf-8")
    status, said = typed("deploy", other)
    assert (status, "number 8100 already enters 'opening'" in said) == (1, True)
    flow.write_text("only half a flow: [", encoding="utf-8")  # a file being written stands in nobody's way
    assert typed("deploy", other)[0] == 0
    flow.write_text(GOOD, encoding="utf-8")
    status, said = typed("deploy", flow)
    assert (status, "number 8100 already enters 'other'" in said) == (1, True)
    flow.write_text(GOOD.replace("8100", "8200"), encoding="utf-8")
    assert typed("deploy", flow, other)[0] == 1  # that version of the other one is in force already
    assert [line.split()[2] for line in typed("history")[1].splitlines()] == ["other", "opening"]
