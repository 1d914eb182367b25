"""Every fault of a flow file is found, with its line and a sentence that helps."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.ivr.check import check_paths, load_flow
from contact_center.ivr.graph import in_loops, reached_from
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.source import LARGEST_FILE_BYTES, MOST_GUESSES, FlowError

GOOD = """\
languages: [en, zh]
numbers: ["8100"]
start: ask
variables: {pin: "", count: 0}
prompts:
  ask: {en: "Press 1.", zh: "请按 1。"}
nodes:
  ask:
    kind: menu
    say: ask
    choices: {"1": wait}
    no_input: bye
    no_match: bye
  wait:
    kind: queue
    queue: sales
    skills: {sales: 1}
    after: bye
  bye:
    kind: hangup
"""


def findings_of(tmp_path: Path, text: str | bytes) -> list[str]:
    file = tmp_path / "flow.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return [f"{each.line}: {each.sentence}" for each in check_paths([file])]


def test_a_good_flow_has_no_findings(tmp_path: Path) -> None:
    assert findings_of(tmp_path, GOOD) == []


def test_shipped_flows_have_no_findings() -> None:
    assert list(map(str, check_paths([shipped_flows()]))) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (("start: ask", "start: aks"), r"3: 'start' leads to 'aks', which is no node; did you mean 'ask'\?"),
        (("kind: menu", "kind: meny"), r"9: there is no kind of node 'meny'; did you mean 'menu'\?"),
        (("    no_input: bye\n", ""), r"8: a menu has to say the outcome 'no_input' \(nothing was pressed"),
        (
            ("no_match: bye", "no_match: by"),
            r"13: 'no_match' leads to 'by', which is no node; did you mean 'bye'",
        ),
        (('{"1": wait}', '{"1": nowhere}'), r"11: '1' leads to 'nowhere', which is no node"),
        (('{"1": wait}', '{"12": wait}'), r"11: '12' is not a key"),
        (("skills: {sales: 1}", "skills: {sales: 6}"), r"17: 'sales' is from 1 to 5, not 6"),
        (("skills: {sales: 1}", "skill: {sales: 1}"), r"17: a queue has no 'skill'; did you mean 'skills'\?"),
        (("say: ask", "say: aks"), r"10: there is no prompt 'aks'; did you mean 'ask'\?"),
        ((', zh: "请按 1。"', ""), r"10: prompt 'ask' is missing in zh"),
        (("say: ask", "say: {text: {en: hi}}"), r"10: the text is missing in zh"),
        (("say: ask", "say: {number: pin}"), r"10: 'say' wants number, but 'pin' is text"),
        (
            ("say: ask", "say: {number: cuont}"),
            r"10: 'say': there is no variable 'cuont'; did you mean 'count'",
        ),
        (("say: ask", "say: {number: count +}"), r"10: 'number': a value is expected, not 'the end'"),
        (("say: ask", "say: {phrase: ask, language: fr}"), r"10: the flow does not speak 'fr'"),
        (("[en, zh]", "[en, zh, tlh]"), r"1: no voice speaks 'tlh'"),
        (
            ("queue: sales", "queue: sales\n    music: jazz"),
            r"17: there is no recording prompts/music/jazz\.wav",
        ),
        (("count: 0", "language: en"), r"4: 'language' is a variable every flow has"),
        (("kind: hangup", "kind: hangup\n    kind: say"), r"21: node 'bye' says 'kind' twice"),
        (("    after: bye", "    longest_wait_s: soon"), r"18: 'longest_wait_s' takes a number"),
        (("    after: bye", "    after: [bye]"), r"18: 'after' takes a single value"),
    ],
)
def test_finding(tmp_path: Path, change: tuple[str, str], finding: str) -> None:
    assert change[0] in GOOD
    found = findings_of(tmp_path, GOOD.replace(*change))
    assert [each for each in found if re.match(finding, each)], found


def with_node(node: str, *, reached_from: str = "no_input: bye") -> str:
    return GOOD.replace(reached_from, f"{reached_from.split(':')[0]}: extra") + node


@pytest.mark.parametrize(
    ("node", "finding"),
    [
        ("  extra:\n    kind: set\n    values: {other: 1}\n    next: bye\n", "'other' is not declared"),
        (
            "  extra:\n    kind: set\n    values: {count: pin}\n    next: bye\n",
            "'count' wants number, but 'pin'",
        ),
        ("  extra:\n    kind: set\n    values: {caller_number: pin}\n    next: bye\n", "is read only"),
        (
            "  extra:\n    kind: branch\n    cases: [{when: count, to: bye}]\n    otherwise: bye\n",
            "wants boolean",
        ),
        (
            "  extra:\n    kind: branch\n    cases: [{when: 'count ='}]\n    otherwise: bye\n",
            "has to say the outcome",
        ),
        ("  extra:\n    kind: language\n    language: fr\n    next: bye\n", "does not speak 'fr'"),
        ("  extra:\n    kind: say\n    say: ask\n    next: extra\n", "is in a loop without input"),
        ("  extra:\n    kind: say\n    say: ask\n    next: extra\n", "the call can never end"),
        ("  lonely:\n    kind: hangup\n", "node 'lonely' is never reached"),
    ],
)
def test_finding_in_a_node(tmp_path: Path, node: str, finding: str) -> None:
    text = GOOD + node if "lonely" in node else with_node(node)
    found = findings_of(tmp_path, text)
    assert [each for each in found if finding in each], found
    assert all(int(each.split(":")[0]) >= 20 for each in found), found


def test_all_faults_are_told_at_once_in_order_of_line(tmp_path: Path) -> None:
    broken = (
        GOOD.replace("kind: menu", "kind: meny")
        .replace("sales: 1", "sales: 9")
        .replace("[en, zh]", "[en, xx]")
    )
    found = findings_of(tmp_path, broken)
    assert [int(each.split(":")[0]) for each in found] == [1, 6, 9, 17]


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 5)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (LAUGHS, "1: its aliases expand to too many values"),
        ("a: &a [*a]", "1: its aliases expand to too many values"),
        ("[" * 100_000, "1: values are nested more than 20 deep"),
        ("- x\n" * 60_000, "49999: the file holds more than 50000 values"),
        ("#" * (LARGEST_FILE_BYTES + 1), f"1: the file is larger than {LARGEST_FILE_BYTES} bytes"),
        (b"title: ok\n\xff\xfe\n", "2: the file is not UTF-8 text"),
        ("title: \x00", "1: this is not YAML"),
        ("title: ]", "1: this is not YAML"),
        ("", "1: the file is empty"),
        ("--- a\n--- b\n", "2: this is not YAML"),
        ("just text", "1: a flow is written as `key: value` lines"),
        (
            "!!python/object/apply:os.system ['true']",
            "1: a value has no tag such as '!!python/object/apply:os.system'",
        ),
        ("? [a, b]\n: c", "1: a key of a flow is a plain name"),
    ],
    ids=range(13),
)
def test_hostile_files_are_refused_with_a_sentence(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    found = findings_of(tmp_path, content)
    assert found
    assert found[0].startswith(sentence)


def test_a_missing_file_is_a_finding_and_a_faulty_one_cannot_be_loaded(tmp_path: Path) -> None:
    missing = check_paths([tmp_path / "no.yaml"])
    assert str(missing[0]).endswith("no.yaml:1: the file cannot be read: No such file or directory")
    file = tmp_path / "flow.yaml"
    file.write_text(GOOD.replace("start: ask", "start: aks"), encoding="utf-8")
    with pytest.raises(FlowError, match=r"flow\.yaml:3: 'start' leads to 'aks'"):
        load_flow(file)


def test_words_that_yaml_1_1_takes_for_truth_are_text(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(GOOD.replace("wait", "on").replace("bye", "no"), encoding="utf-8")
    assert set(load_flow(file).nodes) == {"ask", "on", "no"}


def test_two_flows_cannot_have_one_number(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.yaml").write_text(GOOD, encoding="utf-8")
    (found,) = check_paths([tmp_path])
    assert found.file.endswith("second.yaml")
    assert "number 8100 already enters" in found.sentence


def test_the_largest_flow_is_checked_in_no_time(tmp_path: Path) -> None:
    """5 000 nodes in one ring: once round for each of them would take minutes."""
    names = [f"n{number}" for number in range(5000)]
    ring = "".join(
        f"  {one}: {{kind: say, say: a, next: {to}}}\n" for one, to in pairwise([*names, names[0]])
    )
    began = time.process_time()
    found = findings_of(
        tmp_path, f"languages: [en]\nstart: n0\nnumbers: ['1']\nprompts: {{a: {{en: x}}}}\nnodes:\n{ring}"
    )
    assert sum("is in a loop without input" in each for each in found) == 5000
    assert sum("the call can never end" in each for each in found) == 5000
    assert time.process_time() - began < 10.0


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"))))
def test_what_lies_in_a_loop_comes_back_to_itself(leads: dict[str, set[str]]) -> None:
    edges = {name: leads.get(name, set()) for name in "abcdefgh"}
    assert in_loops(edges) == {name for name in edges if name in reached_from(edges[name], edges)}


def test_the_operator_key_is_a_way_out_of_a_loop(tmp_path: Path) -> None:
    loop = """languages: [en]
numbers: ["1"]
start: again
operator: bye
nodes:
  again: {kind: menu, say: {text: {en: Zero.}}, choices: {"1": again}, no_input: again, no_match: again}
  bye: {kind: hangup}
"""
    assert findings_of(tmp_path, loop) == []
    without = findings_of(tmp_path, loop.replace("operator: bye\n", ""))
    assert any("a loop without an exit" in each for each in without)


def test_a_text_full_of_faults_is_not_guessed_at_for_ever(tmp_path: Path) -> None:
    nodes = "".join(f"  node_number_{n}: {{kind: say, say: ask, next: nodenumber{n}}}\n" for n in range(900))
    found = findings_of(tmp_path, f"languages: [en]\nstart: node_number_0\nnodes:\n{nodes}")
    assert len(found) > 1800
    guessed = [each for each in found if "did you mean" in each]
    assert 0 < len(guessed) <= MOST_GUESSES + 1
