"""Faults in the nodes that do an errand, and in what a flow uses besides its file, are found and told."""

from pathlib import Path

import pytest

from contact_center.ivr.check import check_paths, load_flow
from contact_center.ivr.companions import read_calendars, read_table
from contact_center.ivr.events import End, Entered, Failed
from contact_center.ivr.interpreter import begin, step
from contact_center.ivr.source import FlowError
from tests.unit.test_ivr_check import GOOD, findings_of, with_node
from tests.unit.test_ivr_paths import everything

CALLED = """\
languages: [en, zh]
start: hello
variables: {word: ""}
nodes:
  hello: {kind: say, say: {text: {en: Hello, zh: 您好}}, next: back}
  back: {kind: return}
"""


CALLBACK = (
    "kind: callback, queue: q, say: hello, accepted: bye, declined: bye, unavailable: bye, invalid: bye"
)


@pytest.mark.parametrize(
    ("node", "finding"),
    [
        ("kind: hours, calendar: office, open: bye, closed: bye", "no calendar 'office' in calendars.yaml"),
        (
            CALLBACK + ", accept_key: x",
            "'x' is not a key (0-9, *, #)",
        ),
        (
            CALLBACK + ", other_key: '1'",
            "the key '1' has two meanings",
        ),
        (
            CALLBACK + ", confirm: hello",
            "'confirm' goes with 'ask_number'",
        ),
        (
            CALLBACK + ", terminator: '*'",
            "'terminator' and 'repeat_key' are the same key",
        ),
        (
            CALLBACK + ", skills_by_language: {fr: {french: 1}}",
            "the flow does not speak 'fr'",
        ),
        ("kind: callback, queue: q, say: hello", "has to say the outcome 'accepted'"),
        ("kind: lookup, found: bye, not_found: bye", "exactly one of 'number', 'table' and 'url'"),
        ("kind: lookup, number: caller_number, found: bye, not_found: bye", "the outcome 'several'"),
        (
            "kind: lookup, url: 'ftp://x', found: bye, not_found: bye, failed: bye",
            "is no http or https address",
        ),
        (
            "kind: lookup, url: 'https://x/', found: bye, not_found: bye",
            "lookup by 'url' has to say the outcome 'failed'",
        ),
        ("kind: lookup, table: none, key: pin, found: bye, not_found: bye", "the table cannot be read"),
        ("kind: lookup, table: none, found: bye, not_found: bye", "'table' and 'key' go together"),
        ("kind: transfer, queue: a, flow: b", "exactly one of 'agent', 'queue', 'flow' and 'number'"),
        ("kind: transfer, flow: b", "there is no flow 'b' beside this one"),
        ("kind: transfer, flow: b, after: bye", "a transfer to a flow does not come back"),
        ("kind: transfer, agent: count", "'agent' wants text"),
        ("kind: record, act: stop, queue: q, next: bye", "'queue' goes with the act 'start'"),
        ("kind: record, act: erase, next: bye", "'act' is one of start, stop, pause, resume"),
        ("kind: event, name: Bad Name, next: bye", "is no event name"),
        ("kind: event, name: a, values: {x: 'y + 1'}, next: bye", "there is no variable 'y'"),
        ("kind: call, flow: nowhere, next: bye", "flow 'nowhere' cannot be used"),
        ("kind: call, flow: flow, next: bye", "flow 'flow' would call itself for ever"),
        ("kind: call, flow: called, next: bye, outcomes: {fine: bye}", "never returns 'fine'"),
        ("kind: call, flow: called, next: bye, give: {wrod: pin}", "no variable 'wrod'; did you mean 'word'"),
        ("kind: call, flow: called, next: bye, give: {word: count}", "'word' wants text"),
        (
            "kind: call, flow: called, next: bye, take: {count: word}",
            "'word' is text there, 'count' is number",
        ),
        (
            "kind: survey, measure: csat, say: ask, help_say: ask, next: bye, no_input: bye, no_match: bye",
            "'help_say' needs a 'help_key'",
        ),
        (
            "kind: menu, say: ask, choices: {'#': bye}, help_say: ask, no_input: bye, no_match: bye",
            "the key '#' is a choice already",
        ),
        (
            "kind: menu, say: ask, choices: {}, help_say: ask, help_key: '*', no_input: bye, no_match: bye",
            "'help_key' and 'repeat_key' are the same key",
        ),
        (
            "kind: survey, measure: csat, say: ask, into: pin, next: bye, no_input: bye, no_match: bye",
            "a score is a number, but 'pin' is text",
        ),
        ("kind: say, say: {money: count}, next: bye", "'money' says its 'currency'"),
        ("kind: say, say: {date: count}, next: bye", "'say' wants text"),
        ("kind: queue, queue: q, leave_key: '#'", "'leave_key' and 'left' go together"),
        ("kind: queue, queue: q, longest_line: 3", "'longest_line' needs the outcome 'overflow'"),
        (
            "kind: voicemail, say: ask, queue: q, next: bye, nothing: bye, failed: bye, terminator: 5x",
            "'5x' is not a key",
        ),
    ],
)
def test_finding(tmp_path: Path, node: str, finding: str) -> None:
    (tmp_path / "called.yaml").write_text(CALLED, encoding="utf-8")
    found = findings_of(tmp_path, with_node(f"  extra: {{{node}}}\n"))
    assert [each for each in found if finding in each], found


SECRET = """\
languages: [en]
numbers: ["8100"]
start: ask
variables: {pin: "", twice: ""}
nodes:
  ask:
    kind: collect
    say: {text: {en: Pin?}}
    into: pin
    secret: true
    next: double
    no_input: bye
    no_match: bye
  double: {kind: set, values: {twice: pin + pin}, next: tell}
  tell: {kind: event, name: pin, values: {pin: twice}, next: bye}
  bye: {kind: hangup}
"""


def test_what_was_keyed_in_secret_may_not_be_told(tmp_path: Path) -> None:
    assert any("'twice' is secret and must not be told" in each for each in findings_of(tmp_path, SECRET))
    asks = "kind: lookup, url: 'https://x/', send: {p: twice}, found: bye, not_found: bye, failed: bye"
    leaks = SECRET.replace("kind: event, name: pin, values: {pin: twice}, next: bye", asks)
    assert any("a secret value in the address" in each for each in findings_of(tmp_path, leaks))
    assert findings_of(tmp_path, leaks.replace("lookup,", "lookup, post: true,")) == []


def test_a_queue_knows_its_calendar(tmp_path: Path) -> None:
    (tmp_path / "calendars.yaml").write_text("office: {zone: UTC}\n", encoding="utf-8")
    queue = "kind: queue, queue: q, calendar: office, overflow: bye, after: bye"
    assert findings_of(tmp_path, with_node(f"  extra: {{{queue}}}\n")) == []


def test_a_called_flow_comes_back_in_a_language_this_one_speaks(tmp_path: Path) -> None:
    (tmp_path / "called.yaml").write_text(f"language_keys: {{'7': zh}}\n{CALLED}", encoding="utf-8")
    text = with_node("  extra: {kind: call, flow: called, next: bye}\n")
    assert findings_of(tmp_path, text) == []
    found = findings_of(tmp_path, text.replace("[en, zh]", "[en]").replace(', zh: "请按 1。"', ""))
    assert [each.partition(": ")[2] for each in found] == [
        "flow 'called' may come back speaking zh; this one does not"
    ]


def test_keys_of_languages_are_keys_and_languages(tmp_path: Path) -> None:
    found = findings_of(
        tmp_path, GOOD.replace("start: ask", "start: ask\nlanguage_keys: {'12': en, '9': fr}")
    )
    assert found == ["4: '12' is not a key (0-9, *, #)", "4: the flow does not speak 'fr'"]


def test_a_variable_without_a_value_on_some_path_is_found(tmp_path: Path) -> None:
    typed = SECRET.replace('twice: ""', "twice: {type: text}").replace(
        "event, name: pin, values: {pin: twice}", "say, say: {digits: twice}"
    )
    assert findings_of(tmp_path, typed) == []
    skips = typed.replace("no_input: bye", "no_input: tell")
    assert any("'twice' has no value on some path to 'tell'" in each for each in findings_of(tmp_path, skips))
    line = "queue, queue: q, agent: twice, after: bye"
    asked = skips.replace("say, say: {digits: twice}, next: bye", line)
    assert any("'twice' has no value" in each for each in findings_of(tmp_path, asked))
    wrong = typed.replace("{type: text}", "{type: texts}")
    assert any("variable 'twice' is {type: text}" in each for each in findings_of(tmp_path, wrong))


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("office: {zone: Mars/Base}", 1, "there is no time zone 'Mars/Base'"),
        ("office: {zone: ../../etc/passwd}", 1, "there is no time zone"),
        ("office:\n  zone: UTC\n  hours: {mon-fri: 18:00-09:00}", 3, "hours are written as 09:00-17:30"),
        ("office:\n  zone: UTC\n  hours: {someday: 08:00-09:00}", 3, "'someday' is no day"),
        ("office:\n  zone: UTC\n  holidays: ['2026-02-30']", 3, "'2026-02-30' is no date"),
        ("office:\n  zone: UTC\n  closed: never", 3, "a calendar has no 'closed'"),
        ("[a]", 1, "a file of calendars is written as `key: value` lines"),
    ],
)
def test_faults_of_calendars(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    file = tmp_path / "calendars.yaml"
    file.write_text(text, encoding="utf-8")
    found = read_calendars(file)[2]
    assert [each for each in found if each.line == line and sentence in each.sentence], found


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b"a,b\n1,2\n1,3\n", 3, "key '1' is there twice"),
        (b"a,b\n1\n", 2, "the row has 1 values, not 2"),
        (b"a,a\n", 1, "the first line names the columns"),
        (b"a,b\n\xff,1\n", 1, "the table is not UTF-8 text"),
        (b'a,b\n"1,2\n', 1, "this is not CSV"),
        (b"a\n" + b"x" * 1_000_001, 1, "the table is larger than"),
    ],
)
def test_faults_of_tables(tmp_path: Path, content: bytes, line: int, sentence: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    found = read_table(file)[2]
    assert [each for each in found if each.line == line and sentence in each.sentence], found


def test_invisible_characters_are_refused(tmp_path: Path) -> None:
    for character in ("\u202e", "\u2066", "\u200b", "\U000e0041"):
        found = findings_of(tmp_path, GOOD.replace("Press 1.", f"Press {character}1."))
        assert found == [f"6: the invisible character U+{ord(character):04X} is not allowed"]


def test_a_change_of_what_a_flow_uses_is_a_new_version(tmp_path: Path) -> None:
    file = everything(tmp_path)
    versions = {load_flow(file).version}
    for name, old, new in (("calendars.yaml", "18:00", "17:00"), ("tables/accounts.csv", "gold", "bold")):
        beside = tmp_path / name
        beside.write_text(beside.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        versions.add(load_flow(file).version)
    assert len(versions) == 3
    (tmp_path / "tables" / "accounts.csv").unlink()
    with pytest.raises(FlowError, match="the table cannot be read"):
        load_flow(file)
    assert any("accounts.csv" in each.file for each in check_paths([file]))


def test_variables_are_kept_small_enough_to_travel(tmp_path: Path) -> None:
    names = [f"v{number}" for number in range(38)]
    eight = " + ".join(["caller_number"] * 8)
    sets = [f"  g{n}: {{kind: set, values: {{v{n}: {eight}}}, next: g{n + 1}}}" for n in range(38)]
    grow = "\n".join(sets)
    text = "languages: [en]\nstart: g0\nnumbers: ['1']\nvariables: {%s}\nnodes:\n%s\n  g38: {kind: hangup}\n"
    file = tmp_path / "flow.yaml"
    file.write_text(text % (", ".join(f'{name}: ""' for name in names), grow), encoding="utf-8")
    caller = Entered(caller_number="1" * 100, called_number="1")
    says = "g38: {kind: say, say: {text: {en: Hi}}, next: bye}\n  bye: {kind: hangup}"
    asks = file.read_text(encoding="utf-8").replace("g38: {kind: hangup}", says)
    file.write_text(asks, encoding="utf-8")
    flow = load_flow(file)
    _, effects = step(flow, begin(flow), caller, 0.0)
    assert Failed(why="the variables hold more than 6000 characters") in effects
    assert isinstance(effects[-1], End)
    many = asks.replace("variables: {", "variables: {a1: 1, a2: 1, a3: 1, ")
    assert any("at most 40 variables" in each for each in findings_of(tmp_path, many))
