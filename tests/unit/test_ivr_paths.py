"""`flow test --all-paths`: everything is walked, what cannot be reached or fails is told."""

import time
from pathlib import Path

import pytest

from contact_center.ivr.check import check_source, flow_files, load_flow
from contact_center.ivr.expressions import parse
from contact_center.ivr.flow import Branch, Case, Flow, Hangup, Set, SpokenDate, SpokenMoney, Target
from contact_center.ivr.library import shipped_flows
from contact_center.ivr.paths import walk
from contact_center.ivr.source import Source
from contact_center.ivr.testing import run_tests
from tests.unit.ivr_flows_for_tests import COLLECT_FLOW, MENU_FLOW, QUEUE_FLOW, flow_of

EVERYTHING = """\
languages: [en]
numbers: ["8100"]
start: open
variables: {account: {type: text}, plan: "", secret: "", level: 0, score: 0}
nodes:
  open: {kind: hours, calendar: office, open: ask, closed: mail, holiday: bye}
  ask:
    kind: collect
    say: {text: {en: Account?}}
    into: account
    least_digits: 2
    most_digits: 4
    next: row
    no_input: mail
    no_match: mail
  row: {kind: lookup, table: accounts, key: account, into: {plan: plan}, found: which, not_found: far}
  which:
    kind: branch
    cases: [{when: plan == "gold", to: gold}]
    otherwise: rate
  gold: {kind: transfer, agent: '"anna"', failed: wait, after: rate}
  far:
    kind: lookup
    url: https://crm.example/level
    post: true
    send: {account: account}
    into: {level: level}
    found: level
    not_found: bye
    failed: bye
  level:
    kind: branch
    cases: [{when: level > 7, to: note}]
    otherwise: rate
  note: {kind: event, name: high.level, values: {level: level}, next: wait}
  wait:
    kind: queue
    queue: sales
    longest_line: 3
    longest_wait_ahead_s: 60
    longest_wait_s: 100
    leave_key: "#"
    left: back
    overflow: bye
    after: rate
  back:
    kind: callback
    queue: sales
    say: {text: {en: Call you back?}}
    wait_say: [{text: {en: Minutes}}, {number: callback_wait_min}]
    ask_number: {text: {en: Which number?}}
    confirm: {digits: callback_number}
    accepted: bye
    declined: wait
    unavailable: mail
    invalid: rate
  rate: {kind: survey, measure: nps, say: {text: {en: Rate.}}, next: bye, no_input: bye, no_match: bye}
  mail: {kind: voicemail, say: {text: {en: Speak.}}, queue: sales, next: bye, nothing: bye, failed: bye}
  bye: {kind: hangup}
"""
CALENDARS = """\
office:
  zone: Europe/Berlin
  hours: {mon-fri: ["08:00-12:00", "13:00-18:00"], sat: "09:00-13:00"}
  holidays: ["2026-12-25"]
  special: {"2026-12-24": "08:00-12:00"}
"""
TABLE = "account,plan\n1234,gold\n77,silver\n"
TESTS = """\
flow: everything
tests:
  a gold customer asks for anna, who is not there:
    at: "2026-12-24T11:59+01:00"
    steps:
      - press: "1234"
      - transfer: agent anna
      - agent: refuses
      - queue: sales
      - agent: joins
      - agent: leaves
      - press: "10"
      - score: nps 10
      - end
  after noon on Christmas Eve:
    at: "2026-12-24T12:00+01:00"
    steps: [{tape: start}, {wait: 3}, {press: "#"}, {tape: stop}, {message: sales}, end]
  in summer the office opens at six of UTC:
    at: "2026-07-01T06:00"
    replies: {far: {level: 8}}
    steps: [{press: "99#"}, {event: high.level}, {queue: sales}]
  a holiday:
    at: "2026-12-25T10:00+01:00"
    steps: [end]
"""


def everything(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "accounts.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "calendars.yaml").write_text(CALENDARS, encoding="utf-8")
    (tmp_path / "everything.test.yaml").write_text(TESTS, encoding="utf-8")
    file = tmp_path / "everything.yaml"
    file.write_text(EVERYTHING, encoding="utf-8")
    return file


def test_every_kind_is_walked_to_every_outcome(tmp_path: Path) -> None:
    walked = walk(load_flow(everything(tmp_path)))
    assert (walked.faults, walked.uncovered_nodes, walked.uncovered_edges) == ([], [], [])
    assert walked.cut == 0


def test_the_virtual_clock_knows_zones_holidays_and_short_days(tmp_path: Path) -> None:
    everything(tmp_path)
    assert [str(each) for each in run_tests([tmp_path]) if not each.passed] == []


@pytest.mark.parametrize("flow", [MENU_FLOW, COLLECT_FLOW, QUEUE_FLOW], ids=["menu", "collect", "queue"])
def test_questions_and_queues_are_walked_to_every_outcome(flow: Flow) -> None:
    walked = walk(flow)
    assert (walked.faults, walked.uncovered_edges) == ([], [])
    assert set(walked.uncovered_nodes) <= {"bye"}


def test_what_is_on_no_path_and_what_fails_is_told() -> None:
    never = Branch(cases=(Case(when=parse("count > 5"), to=Target("over")),), otherwise=Target("bye"))
    walked = walk(flow_of("look", look=never, over=Hangup()))
    assert (walked.uncovered_nodes, walked.uncovered_edges) == (["over"], [("look", "over")])
    grows = Set(values={"count": parse("count * 10 + 9")}, next=Target("grow"))
    fault = walk(flow_of("grow", grow=grows)).faults[0]
    assert "at most" in fault or "loops for ever" in fault


def test_shipped_flows_are_covered_and_a_thousand_paths_take_seconds() -> None:
    began, paths = time.perf_counter(), 0
    for file in flow_files([shipped_flows()]):
        walked = walk(load_flow(file))
        assert (walked.faults, walked.uncovered_nodes, walked.uncovered_edges) == ([], [], []), file
        paths += walked.paths
    assert paths >= 1000
    assert (time.perf_counter() - began) / paths < 0.01


def test_money_and_dates_are_checked_like_other_values() -> None:
    said = Hangup(say=(SpokenDate(parse("count")), SpokenMoney(parse("pin"), "EUR")))
    source = Source("x.yaml", flow=flow_of("say", say=said))
    check_source(source)
    told = " ".join(each.sentence for each in source.findings)
    assert "wants text, but 'count' is number" in told
    assert "wants number, but 'pin' is text" in told
