"""When a calendar opens next, what Prometheus reads of callbacks, and who sees them in the feed."""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from contact_center.cti import events as cti
from contact_center.cti.events import CtiEvent, Recorded
from contact_center.cti.feed import LiveFeed
from contact_center.cti.feed_scope import Scope
from contact_center.ivr.companions import read_calendars
from contact_center.metrics.exporter import EventCounters, FloorGauges
from contact_center.metrics.wallboard import Floor
from tests.support import run_apart
from tests.world import DIRECTORY

CALENDARS = """\
office:
  zone: Europe/Berlin
  hours: {mon-fri: ["08:00-12:00", "13:00-18:00"], sat: "09:00-13:00", sun: "02:30-04:00"}
  holidays: ["2026-12-25"]
never: {zone: UTC, hours: {}}
"""
BERLIN = ZoneInfo("Europe/Berlin")
K, Q = "k1", "billing"


def berlin(text: str) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-07-01T09:15:20", "2026-07-01T09:15:20"),  # open: at once
        ("2026-07-01T12:00:30", "2026-07-01T13:00"),
        ("2026-07-03T18:00", "2026-07-04T09:00"),  # Friday evening, Saturday
        ("2026-12-24T19:00", "2026-12-26T09:00"),  # over the holiday
        ("2026-03-28T13:00", "2026-03-29T03:00"),  # the night without 02:30: open once it is past
        ("2026-10-24T13:00", "2026-10-25T02:30"),  # the night that has it twice: the first
    ],
)
def test_the_first_moment_a_calendar_is_open(tmp_path: Path, now: str, opens: str) -> None:
    file = tmp_path / "calendars.yaml"
    file.write_text(CALENDARS, encoding="utf-8")
    calendars = read_calendars(file)[1]
    assert calendars["office"].opens_at(berlin(now)) == berlin(opens)
    assert calendars["never"].opens_at(berlin(now)) is None
    assert calendars["never"].changes_at(berlin(now)) is None
    changes = calendars["office"].changes_at(berlin(now))
    assert changes is not None
    before, after = (calendars["office"].state_at(changes + step_s) == "open" for step_s in (-1.0, 0.0))
    assert before != after
    assert before == (opens == now), "the very next change"


def story() -> list[Recorded]:
    happened: list[CtiEvent] = [
        cti.CallbackRequested(
            callback=K,
            contact="c1",
            queue=Q,
            number="+1",
            skills={},
            priority=0,
            enqueued_at=1.0,
            expires_at=900.0,
            language="en",
        ),
        cti.CallbackMissed(callback=K, contact="c2", queue=Q, why="busy"),
        cti.CallbackScheduled(callback=K, contact="c1", queue=Q, due_at=9.0, why="retry"),
        cti.CallbackDone(callback=K, contact="c3", queue=Q, agent="anna", wait_s=200.0),
    ]
    return [Recorded(seq=n, id=str(n), at=float(n), event=event) for n, event in enumerate(happened, 1)]


def test_counters_and_the_gauge_of_callbacks() -> None:
    registry = CollectorRegistry()
    floor, counters = Floor(DIRECTORY), EventCounters(registry)
    registry.register(FloorGauges(floor, list, lambda: 0))
    *rest, done = story()
    for recorded in rest:
        floor.apply(recorded)
        counters.tell([recorded])
    value = registry.get_sample_value
    assert value("cc_callbacks_waiting", {"queue": Q}) == 1
    floor.apply(done)
    counters.tell([done])
    assert value("cc_callbacks_waiting", {"queue": Q}) == 0
    for what in ("requested", "missed_busy", "scheduled", "done"):
        assert value("cc_callbacks_total", {"queue": Q, "what": what}) == 1
    assert value("cc_callback_wait_seconds_sum", {"queue": Q}) == 200.0


async def _both(feed: LiveFeed) -> None:
    scopes = (Scope(agent=None, everything=True), Scope(agent="anna", everything=False))
    everything, own = [json.loads(await anext(feed.subscribe(each, None, None)))["rows"] for each in scopes]
    assert set(everything["callbacks"]) == {K}
    assert "callbacks" not in own


def test_agents_do_not_see_who_waits_to_be_called_back() -> None:
    feed = LiveFeed([Floor(DIRECTORY)], "e", lambda: 0.0)
    feed.preload(story()[:1])
    run_apart(_both(feed))
