"""Whatever a flow file holds, `flow check` says in a sentence what is wrong with it, and where."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from contact_center.cli import app
from contact_center.ivr import source
from contact_center.ivr.check import check_paths, load_flow
from contact_center.ivr.companions import read_calendars, read_table
from contact_center.ivr.source import LONGEST_QUOTE
from contact_center.ivr.telling import told
from contact_center.ivr.testing import run_tests
from tests.unit.test_ivr_check import GOOD

SMALL = 'languages: [en]\nnumbers: ["1"]\nstart: a\nnodes:\n  a: {kind: hangup}\n'
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 5)}]\n" for n in range(1, 10)
)
NUMBERS = "a number is -12 or 0.5, of at most 15 digits; a text is quoted"
KIND = "there is no kind of node"

HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "1: the file is empty"),
    "only a comment": ("\n\n# to be written\n", "1: the file is empty"),
    "a mark of order in the middle": (
        SMALL.replace("start", "\ufeffstart"),
        "3: the invisible character U+FEFF is not allowed",
    ),
    "UTF-16": (SMALL.encode("utf-16"), "1: the file is not UTF-8 text"),
    "Latin-1": (SMALL.encode() + b"# caf\xe9\n", "6: the file is not UTF-8 text"),
    "NUL": (
        SMALL.replace("kind", "ki\0nd"),
        "5: this is not YAML: unacceptable character #x0000: control characters are not allowed",
    ),
    "a bell after Chinese": (
        SMALL + "# 你好 \x07\n",
        "6: this is not YAML: unacceptable character #x0007: control characters are not allowed",
    ),
    "tabs": (
        SMALL.replace("  a:", "\ta:"),
        "5: this is not YAML: found character that cannot start any token",
    ),
    "Windows lines": (
        SMALL.replace("hangup", "hangpu").replace("\n", "\r\n"),
        f"5: {KIND} 'hangpu'; did you",
    ),
    "Mac lines": (SMALL.replace("hangup", "hangpu").replace("\n", "\r"), f"5: {KIND} 'hangpu'; did you"),
    "10 MB": (b"#" * 10_000_000, "1: the file is larger than 1000000 bytes"),
    "a billion laughs": (LAUGHS, "1: its aliases expand to too many values"),
    "an anchor within itself": (
        SMALL.replace("nodes:\n  a: {", "nodes: &n\n  b: *n\n  a: {"),
        "1: its aliases",
    ),
    "deep lists": ("[" * 100_000, "1: values are nested more than 20 deep"),
    "deep mappings": ("".join(" " * n + "a:\n" for n in range(300)), "21: values are nested more than 20"),
    "a key twice": (SMALL + "nodes: {}\n", "6: a flow says 'nodes' twice"),
    "a node twice": (SMALL + "  a: {kind: hangup}\n", "6: 'nodes' says 'a' twice"),
    "read from right to left": (
        SMALL.replace("hangup", "\u202ehangup"),
        "5: the invisible character U+202E is not allowed",
    ),
    "no width": (SMALL.replace("hangup", "hang\u200bup"), "5: the invisible character U+200B is not allowed"),
    "a line ended unseen": (
        SMALL.replace("nodes:", "# a\u2028b\nnodes:"),
        "4: the invisible character U+2028 is not allowed",
    ),
    "escaped": (SMALL.replace("hangup", '"\\u202ehangup"'), f"5: {KIND} '\\u202ehangup'"),
    "joined": (SMALL.replace("hangup", "hang\u200dup"), f"5: {KIND} 'hang\\u200dup'"),
    "half a character": (
        SMALL.replace("hangup", '"\\ud800"'),
        "5: this is not YAML: found invalid Unicode character escape code",
    ),
    "an object of Python's": (
        SMALL.replace("{kind", "!!python/object:os.system {kind"),
        "5: a value has no tag such as '!!python/object:os.system'",
    ),
    "bytes": (SMALL.replace("hangup", "!!binary aGFuZ3Vw"), "5: a value has no tag such as '!!binary'"),
    "a number beyond numbers": (GOOD.replace("count: 0", "count: 1e400"), f"4: variable 'count': {NUMBERS}"),
    "a number of 16 digits": (
        GOOD.replace("count: 0", "count: 9999999999999999"),
        f"4: variable 'count': {NUMBERS}",
    ),
    "no number": (GOOD.replace("count: 0", "count: .nan"), f"4: variable 'count': {NUMBERS}"),
    "zeros in front": (GOOD.replace("count: 0", "count: 0049"), f"4: variable 'count': {NUMBERS}"),
    "seconds beyond numbers": (
        GOOD.replace("after: bye", "longest_wait_s: 1e400"),
        "18: 'longest_wait_s' takes a number",
    ),
    "tries without end": (
        GOOD.replace("no_match: bye", "no_match: bye\n    tries: 99999999999999999999"),
        "14: 'tries' takes a whole number",
    ),
    "a key of 2 000 letters": (SMALL + "k" * 2000 + ": 1\n", "6: a key has at most 1024 characters"),
    "a quoted key of 900 000": (
        SMALL.replace("  a:", f'  "{"k" * 900_000}":'),
        "5: a key has at most 1024 characters",
    ),
    "a bracket left open": (SMALL + "[", "6: this is not YAML: could not find expected ':'"),
    "a list for a key": (SMALL + "? [a, b]\n: c\n", "6: a key of a flow is a plain name"),
    "two documents": (SMALL + "---\n" + SMALL, "6: this is not YAML: but found another document"),
    "a list": ("- a\n", "1: a flow is written as `key: value` lines"),
    "a word": ("hello\n", "1: a flow is written as `key: value` lines"),
    "no node": (SMALL.replace("{kind: hangup}", "~"), "5: node 'a' is written as `key: value` lines"),
    "a number for a name": (SMALL.replace("  a:", "  1:"), "5: '1' is not a node name"),
    "a call out of the folder": (
        SMALL.replace("{kind: hangup}", '{kind: call, flow: "../a", next: a}'),
        "5: there is no flow '../a' beside this one",
    ),
    "a transfer out of the folder": (
        SMALL.replace("{kind: hangup}", '{kind: transfer, flow: "../a"}'),
        "5: there is no flow '../a' beside this one",
    ),
    "a table out of the folder": (
        SMALL.replace(
            "{kind: hangup}", '{kind: lookup, table: "../t", key: caller_number, found: a, not_found: a}'
        ),
        "5: '../t' is not a table name: small letters, digits and _",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_line_and_a_sentence(tmp_path: Path, name: str) -> None:
    content, sentence = HOSTILE[name]
    file = tmp_path / "flow.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = CliRunner().invoke(app, ["flow", "check", str(file)])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    lines = done.output.splitlines()
    assert [each for each in lines if each.startswith(f"{file}:{sentence}")], lines[:5]
    assert all(each.startswith((f"{file}:", "error: ")) for each in lines)


@pytest.mark.parametrize("file", [SMALL.encode("utf-8-sig"), SMALL.replace("\n", "\r\n").encode()])
def test_a_mark_of_order_and_windows_lines_are_no_fault(tmp_path: Path, file: bytes) -> None:
    (tmp_path / "flow.yaml").write_bytes(file)
    assert check_paths([tmp_path]) == []


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    said = {Path(each.file).name: str(each.sentence) for each in check_paths([tmp_path])}
    assert said == {
        "dangling.yaml": "the file cannot be read: No such file or directory",
        "folder.yaml": "the file cannot be read: Is a directory",
        "loop.yaml": "the file cannot be read: Too many levels of symbolic links",
        "pipe.yaml": "the file cannot be read: Not a regular file",
    }
    for name in ("loop.yaml", "pipe.yaml", "missing.yaml"):
        done = CliRunner().invoke(app, ["flow", "check", str(tmp_path / name), "--language", "zh"])
        assert (done.exit_code, "无法读取文件" in done.output) == (1, True)
    (empty,) = check_paths([tmp_path / "folder.yaml"])
    assert str(empty) == f"{tmp_path / 'folder.yaml'}:1: there is no flow in this folder"
    os.mkfifo(tmp_path / "table.csv")
    assert "Not a regular file" in str(read_table(tmp_path / "table.csv")[2][0])


def test_a_file_one_may_not_read_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flow.yaml").write_text(SMALL, "utf-8")

    def locked(_file: Path, _most: int) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(source, "read_bytes", locked)
    (found,) = check_paths([tmp_path])
    assert found.sentence == "the file cannot be read: Permission denied"
    assert told(found.sentence, "zh") == "无法读取文件：没有权限"


def test_a_sentence_quotes_no_megabyte(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(SMALL.replace("hangup", "x" * 900_000), "utf-8")
    (found, *_) = check_paths([tmp_path])
    assert found.sentence.startswith(f"{KIND} '{'x' * LONGEST_QUOTE}…'")
    assert len(found.sentence) < 2 * LONGEST_QUOTE


def test_null_stands_for_none_wherever_a_field_may_be_empty(tmp_path: Path) -> None:
    for written in ("", "null", "~"):
        text = GOOD.replace("no_match: bye", f"no_match: bye\n    repeat_key: {written}")
        (tmp_path / "flow.yaml").write_text(text, "utf-8")
        menu = load_flow(tmp_path / "flow.yaml").nodes["ask"]
        assert getattr(menu, "repeat_key", "") is None


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("flow: ../../etc/passwd\ntests: {t: {steps: [end]}}", "'../../etc/passwd' is not a flow name"),
        ('flow: "a\\0b"\ntests: {t: {steps: [end]}}', "'a\\x00b' is not a flow name"),
        ("tests: {t: {steps: [{wait: 999999999999999}]}}", "'wait' is from 0 to 86400, not 1e+15"),
        ("tests: {t: {steps: [{wait: -5}]}}", "'wait' is from 0 to 86400, not -5"),
        ("tests: {t: {steps: [{position: 0}]}}", "'position' is from 1 to 100000, not 0"),
        ("tests: {t: {steps: [{press: 1x}]}}", "'1x' is not a key"),
        ("tests: {[a, b]: {steps: [end]}}", "a key of 'tests' is a plain name"),
        ("tests: {t: {steps: [{[a]: 1}]}}", "a key of a step is a plain name"),
        (
            "tests: {t: {variables: {cuont: 1}, steps: [end]}}",
            "'cuont' is not declared under 'variables'; did you",
        ),
        ("tests: {t: {variables: {count: many}, steps: [end]}}", "variable 'count' is number, not text"),
    ],
)
def test_a_test_that_could_test_nothing_is_refused(tmp_path: Path, tests: str, why: str) -> None:
    (tmp_path / "flow.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "flow.test.yaml").write_text(tests, "utf-8")
    results = run_tests([tmp_path])
    assert [each for each in results if not each.passed and why in each.why], list(map(str, results))


@pytest.mark.parametrize(
    ("calendars", "sentence"),
    [
        ("[a]: {zone: UTC}", "a key of a file of calendars is a plain name"),
        ("a: {zone: [UTC]}", "there is no time zone ''; one is Europe/Berlin"),
        ("a: {zone: ../../../etc/passwd}", "there is no time zone '../../../etc/passwd'"),
        ("a: {zone: UTC, holidays: [[2026-12-25]]}", "'' is no date; one is 2026-12-25"),
        ("a: {zone: UTC, hours: {mon: 25:00-26:00}}", "hours are written as 09:00-17:30"),
    ],
)
def test_hostile_calendars_are_refused_with_a_sentence(tmp_path: Path, calendars: str, sentence: str) -> None:
    file = tmp_path / "calendars.yaml"
    file.write_text(calendars, "utf-8")
    assert [each for each in read_calendars(file)[2] if each.sentence.startswith(sentence)]


PIECES = [
    "[",
    "{",
    "? ",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!int ",
    '"',
    "'",
    "\n",
    "\t",
    "\0",
    "1e400",
    "~",
    "../x",
    "|\n",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([(0, 400, "")])
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.sampled_from(PIECES)), max_size=5))
def test_a_flow_cut_and_patched_anywhere_is_read_or_refused(
    tmp_path: Path, patches: list[tuple[int, int, str]]
) -> None:
    text = GOOD
    for at, cut, piece in patches:
        text = text[:at] + piece + text[at + cut :]
    file = tmp_path / "flow.yaml"
    file.write_text(text, "utf-8")
    lines = text.count("\n") + 1
    for each in check_paths([file]):
        assert 1 <= each.line <= lines
        assert each.sentence
        assert told(each.sentence, "zh") != each.sentence
