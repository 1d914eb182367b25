"""Calendars that change on disk: in force without a restart; one with a fault changes nothing and is told."""

import asyncio
import logging
from pathlib import Path

import pytest

from contact_center.ivr.events import Entered, Play
from contact_center.ivr.flow import Flow
from contact_center.ivr.house_calendars import HouseCalendars
from contact_center.ivr.interpreter import begin, step
from contact_center.ivr.library import Library
from contact_center.ivr.prompts import Prompts
from contact_center.runtime.directory import Directory, QueueSettings
from contact_center.switchboard import flow_book
from contact_center.switchboard.flow_book import FlowBook
from tests.support import run_apart as run
from tests.unit.test_ivr_prompts import ToneSpeech

FLOW = """
languages: [en]
start: when
nodes:
  when: {kind: hours, calendar: office, open: here, closed: gone}
  here: {kind: say, say: [{text: {en: We are here.}}], next: back}
  gone: {kind: say, say: [{text: {en: We are gone.}}], next: back}
  back: {kind: return}
"""
CALLING = """
languages: [en]
start: in
nodes:
  in: {kind: call, flow: main, next: bye}
  bye: {kind: hangup}
"""
MONDAY_NOON = 4 * 86_400 + 43_200.0
OPEN = "office: {zone: UTC, hours: {mon-fri: 08:00-18:00}}\n"
HOLIDAY = OPEN.replace("}}", "}, holidays: [1970-01-05]}")
LATE = "late: {zone: UTC, hours: {mon-fri: 18:00-22:00}}\n"


def book_of(tmp_path: Path, calendars: str = OPEN, **queues: QueueSettings) -> FlowBook:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "main.yaml").write_text(FLOW, "utf-8")
    (folder / "outer.yaml").write_text(CALLING, "utf-8")
    (folder / "calendars.yaml").write_text(calendars, "utf-8")
    library, prompts = Library(folder, tmp_path / "archive"), Prompts(tmp_path / "cache", None, ToneSpeech())
    return FlowBook(library, prompts, Directory(queues=queues), HouseCalendars(folder))


def write(tmp_path: Path, calendars: str) -> None:
    (tmp_path / "flows" / "calendars.yaml").write_text(calendars, "utf-8")


def the(book: FlowBook, name: str = "main") -> Flow:
    flow = book.named(name)
    assert flow is not None
    return flow


def said(flow: Flow) -> str:
    _, effects = step(flow, begin(flow), Entered(caller_number="+1", called_number="8100"), MONDAY_NOON)
    play = next(effect for effect in effects if isinstance(effect, Play))
    return play.prompts[0].value


def test_a_changed_calendar_is_asked_by_flows_and_queues_and_by_callers_inside(tmp_path: Path) -> None:
    book, told = book_of(tmp_path), []
    book.on_calendars = lambda: told.append(book.calendar("office"))
    before = the(book)
    assert (said(before), said(the(book, "outer"))) == ("We are here.", "We are here.")
    run(book.look_at_calendars())
    assert not told, "nothing has changed"
    write(tmp_path, HOLIDAY)
    assert said(the(book)) == "We are here.", "not before it is looked at"
    run(book.look_at_calendars())
    assert (said(the(book)), said(the(book, "outer"))) == ("We are gone.", "We are gone.")
    inside = book.version("main", before.version)
    assert inside is not None
    assert said(inside) == "We are gone.", "whoever is in the flow already"
    (office,) = told
    assert office is not None
    assert office.state_at(MONDAY_NOON) == "holiday"
    write(tmp_path, f"# a word\n{HOLIDAY}")
    run(book.look_at_calendars())
    assert len(told) == 1, "the same calendars"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (OPEN + "shop: {zone: Mars/Base, hours: {mon: 08:00-09:00}}\n", 2, "Mars/Base"),
        (OPEN.replace("08:00-18:00", "08:00-"), 1, "the later time last"),
        ("office: [half a file\n", 1, ""),
        (LATE, 1, "'office' any more, which flow main asks"),
        (OPEN, 1, "'late' any more, which queue sales asks"),
        ("", 1, "the file is empty"),
    ],
)
def test_a_file_with_a_fault_changes_nothing_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, line: int, why: str
) -> None:
    sales = QueueSettings(id="sales", name="Sales", name_zh="销售", callback_hours="late")
    book = book_of(tmp_path, OPEN + LATE, sales=sales)
    before = dict(book.calendars)
    write(tmp_path, text)
    with caplog.at_level(logging.ERROR):
        run(book.look_at_calendars())
    assert dict(book.calendars) == before
    assert said(the(book)) == "We are here."
    found = [record.getMessage() for record in caplog.records]
    assert any(f"calendars.yaml:{line}: " in each and why in each for each in found), found
    write(tmp_path, HOLIDAY + LATE)
    run(book.look_at_calendars())
    assert said(the(book)) == "We are gone.", "and is in force as soon as it is mended"


async def _followed(book: FlowBook, tmp_path: Path) -> None:
    changed = asyncio.Event()
    book.on_calendars = changed.set
    following = asyncio.create_task(book.follow())
    write(tmp_path, HOLIDAY)
    await asyncio.wait_for(changed.wait(), 20)
    following.cancel()


def test_the_core_looks_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_book, "LOOK_EVERY_S", 0.01)
    book = book_of(tmp_path)
    run(_followed(book, tmp_path))
    assert said(the(book)) == "We are gone."
