"""What is said of flows is said in English and Chinese: every sentence, by the template it is made from."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import contact_center
from contact_center.ivr.check import check_paths
from contact_center.ivr.chinese import SENTENCES, WORDS
from contact_center.ivr.chinese_fields import NOTES
from contact_center.ivr.events import Phase
from contact_center.ivr.expressions import ExpressionError, Type, typed
from contact_center.ivr.expressions import parse as parsed
from contact_center.ivr.flow import NODE_TYPES, Case, shapes
from contact_center.ivr.reference import schema
from contact_center.ivr.source import FlowError
from contact_center.ivr.telling import told
from contact_center.ivr.testing import run_tests
from contact_center.runtime.sentences import Word, joined, sentence
from tests.unit.test_ivr_check import GOOD

PACKAGE = Path(contact_center.__file__).parent
SPEAKERS = (
    *sorted((PACKAGE / "ivr").glob("*.py")),
    PACKAGE / "runtime" / "requirements.py",
    PACKAGE / "web" / "flow_routes.py",
    PACKAGE / "cli_flows.py",
)
REFUSALS = {
    *("DeploymentError", "ExpressionError", "RequirementError"),
    *("SoundError", "SpeechError", "Unexpected"),
}
CHINESE = re.compile("[\u4e00-\u9fff]")


def spoken_in(file: Path) -> Iterator[str]:
    """The templates of one module. What is no literal text cannot be translated: it fails."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at = 1 if name == "find" else 0 if name == "sentence" or name in REFUSALS else len(node.args)
        for given in node.args[at : at + 1]:
            for each in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                if isinstance(each, ast.Constant):
                    if isinstance(each.value, str):  # bytes and text have a `find` as well
                        yield each.value
                    continue
                handed_on = ast.unparse(each) in ("template", "error.sentence", "fault")
                assert handed_on, f"{file.name}:{each.lineno}: no template: {ast.unparse(each)}"


def placeholders(template: str) -> list[tuple[str, str, str]]:
    parts = (
        (name, spec or "", conversion or "")
        for _, name, spec, conversion in Formatter().parse(template)
        if name
    )
    return sorted(parts)


def test_every_sentence_has_a_chinese_one_and_no_other_is_kept() -> None:
    templates = {template for file in SPEAKERS for template in spoken_in(file)}
    assert len(templates) > 200
    assert sorted(templates - SENTENCES.keys()) == []
    assert sorted(SENTENCES.keys() - templates) == []


def test_a_text_made_on_the_spot_would_be_noticed(tmp_path: Path) -> None:
    file = tmp_path / "speaker.py"
    file.write_text('check.find(place, "one" if good else "two")\ncheck.find(place, f"{it} is wrong")\n')
    found = spoken_in(file)
    assert [next(found), next(found)] == ["one", "two"]
    with pytest.raises(AssertionError, match="is wrong"):
        next(found)


def test_a_chinese_sentence_tells_the_same_values() -> None:
    for template, chinese in SENTENCES.items():
        assert placeholders(chinese) == placeholders(template)
        words = re.sub(r"\{[^}]*\}", "", chinese)
        assert CHINESE.search(words) or not re.search(r"\w", words), chinese


def test_every_note_on_a_kind_and_its_fields_is_there_in_chinese() -> None:
    kinds = [*NODE_TYPES.values(), Case]
    notes = {shape.doc.text for kind in kinds for shape in shapes(kind)}
    notes |= {(kind.__doc__ or "").strip().splitlines()[0] for kind in kinds}
    described = set(_descriptions(schema()))
    assert notes - {"One way out of a branch."} <= described
    assert described | notes == NOTES.keys()
    assert all(CHINESE.search(each) for each in _descriptions(schema("zh")))


def _descriptions(part: object) -> Iterator[str]:
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _descriptions(each)
    if isinstance(part, dict) and isinstance(part.get("description"), str):
        yield part["description"]


def test_types_and_phases_are_words() -> None:
    assert {*get_args(Type), *get_args(Phase)} <= WORDS.keys()


def test_a_sentence_is_its_english_and_is_told_with_all_it_was_made_of() -> None:
    near = sentence("; did you mean {name!r}?", name="ask")
    made = sentence("there is no prompt {key!r}{near}", key="a{0}", near=near)
    assert made == "there is no prompt 'a{0}'; did you mean 'ask'?"
    assert told(made, "en") == made
    assert type(told(made, "en")) is str
    assert told(made, "zh") == "没有提示语 'a{0}'；是否想写 'ask'？"
    assert told("as {it} is", "zh") == "as {it} is"
    assert told(Word("a word {nobody} knows"), "zh") == "a word {nobody} knows"
    both = joined("; ", [made, Word("text")])
    assert both == f"{made}; text"
    assert told(both, "zh") == f"{told(made, 'zh')}；文本"


def test_findings_are_told_in_chinese_down_to_their_last_part(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    text = GOOD.replace("start: ask", "start: aks").replace("skills: {sales: 1}", 'needs: "sales >="')
    text = text.replace("    no_match: bye\n", "    tries: soon\n")
    text += '  odd:\n    kind: branch\n    cases: [{when: "count + pin", to: bye}]\n    otherwise: bye\n'
    file.write_text(text, encoding="utf-8")
    found = [(each.line, told(each.sentence, "zh")) for each in check_paths([file])]
    assert found == [
        (3, "'start' 指向 'aks'，但没有这个节点；是否想写 'ask'？"),
        (8, "menu 节点必须写明出口 'no_match'（最后一次按的不是选项）"),
        (13, "'tries' 应为整数"),
        (17, "'sales >=' 中 sales>= 之后应为 1 到 5 级"),
        (23, "'when'：'+' 不能连接数字与文本"),
    ]
    whole = FlowError(check_paths([file])).sentence
    assert told(whole, "zh").splitlines()[0] == f"{file}:3: {found[0][1]}"
    missing = check_paths([tmp_path / "no.yaml"])[0]
    assert told(missing.whole, "zh") == f"{tmp_path / 'no.yaml'}:1: 无法读取文件：没有这个文件或目录"


def test_why_a_test_fails_is_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(GOOD, encoding="utf-8")
    steps = (
        "{hear: [ask, bye]}",
        "{node: bye}",
        "{queue: sales}, {queue: support}",
        "{end: bye}",
        "{tape: start}",
    )
    tests = "".join(f"  t{number}: {{steps: [{step}]}}\n" for number, step in enumerate(steps))
    (tmp_path / "flow.test.yaml").write_text(f"tests:\n{tests}", encoding="utf-8")
    assert [told(result.why, "zh") for result in run_tests([tmp_path])] == [
        "没有听到 'bye'，听到的是：ask, ask, ask",
        "现在在节点 'ask'，而不是 'bye'",
        "没有进入队列；现在在节点 'bye'",
        "通话因 'flow ended' 结束，而不是 'bye'",
        "没有发生 'tape start'，发生的是：无",
    ]


def test_an_expression_refused_is_told_in_chinese() -> None:
    with pytest.raises(ExpressionError) as caught:
        typed(parsed("len(1) == 2"), {})
    assert str(caught.value) == "'len' takes text, not number"
    assert told(caught.value.sentence, "zh") == "'len' 取文本，不能取数字"
