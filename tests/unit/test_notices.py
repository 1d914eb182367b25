"""Notices reach the owner of a case and supervisors, nobody else, and go when the case is closed."""

import json
from dataclasses import replace

import pytest

from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.cti.feed import LiveFeed
from contact_center.cti.feed_scope import Scope
from contact_center.loyalty.notices import Notices
from contact_center.loyalty.repair import Close, Tick, opened, step
from contact_center.web.feed_rows import NoticeRow
from tests.support import aio

REACHED = cti.RepairClockReached(
    case="k.voice",
    customer="c1",
    clock="solution",
    mark="breach",
    owner="a1",
    due_at=90.0,
)


def after(*events: cti.CtiEvent) -> Notices:
    notices = Notices()
    for seq, event in enumerate(events, 1):
        notices.apply(Recorded(seq=seq, id=f"e{seq}", at=100.0, event=event))
    return notices


def test_a_row_is_as_the_feed_promises_and_goes_with_its_case() -> None:
    notices = after(REACHED)
    row = notices.row(("notices", "k.voice"))
    assert NoticeRow.model_validate(row).model_dump() == row
    closed = cti.RepairClosed(case="k.voice", customer="c1", owner="a1", outcome="done", in_time=False)
    assert notices.apply(Recorded(seq=2, id="e", at=1.0, event=closed)) == {("notices", "k.voice")}
    assert list(notices.present()) == []
    assert notices.apply(Recorded(seq=3, id="f", at=1.0, event=closed)) == set()


def test_a_new_core_shows_again_what_was_told_and_is_not_over() -> None:
    case = opened(
        case="k.voice",
        customer="c1",
        reaction="voice",
        tier="gold",
        owner="a1",
        now=100.0,
        because="complaint",
    )
    assert case is not None
    ticked, marks = step(case, Tick(), 100.0 + 3600.0 * 1.7)  # of the two hours to the first action
    kept = Notices()
    kept.restore([ticked, replace(case, case="quiet.voice")])
    ((_, name),) = kept.present()
    row = kept.row(("notices", name))
    assert row is not None
    assert NoticeRow.model_validate(row).model_dump() == row
    assert (name, row["clock"], row["mark"], row["owner"]) == ("k.voice", "first_action", "escalate", "a1")
    assert (row["since"], row["due_at"]) == (pytest.approx(marks[-1].at), 7300.0)
    kept.restore([step(ticked, Close(outcome="done"), 9000.0)[0]])
    reassigned = cti.RepairAssigned(act="x", case="k.voice", owner="a2", by="sue", assigned_at=1.0)
    kept.apply(Recorded(seq=1, id="e", at=1.0, event=reassigned))
    assert (kept.row(("notices", name)) or {})["owner"] == "a2"


def test_an_absent_database_is_one_notice_from_when_it_went() -> None:
    notices = Notices()
    assert notices.records("refused", 5.0) == {("notices", "records")}
    assert notices.records("refused again", 6.0) == set()
    row = notices.row(("notices", "records"))
    assert row is not None
    assert (row["since"], row["detail"]) == (5.0, "refused")
    assert NoticeRow.model_validate(row).model_dump() == row
    assert notices.records(None, 7.0) == {("notices", "records")}
    assert notices.records(None, 8.0) == set()


@aio
async def test_who_sees_what() -> None:
    notices = after(REACHED)
    notices.records("refused", 5.0)
    feed = LiveFeed([notices], "f", lambda: 0.0)

    async def seen(scope: Scope) -> set[str]:
        texts = feed.subscribe(scope, None, None)
        rows = json.loads(await anext(texts))["rows"]
        await texts.aclose()  # type: ignore[attr-defined]  # a generator, as the feed is
        return set(rows.get("notices", {}))

    assert await seen(Scope(agent=None, everything=True)) == {"k.voice", "records"}
    assert await seen(Scope(agent="a1", everything=False)) == {"k.voice"}
    assert await seen(Scope(agent="a2", everything=False)) == set()
