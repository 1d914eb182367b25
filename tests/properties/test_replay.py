"""Replaying the log into an empty base gives the same rows, whatever kinds of events it holds."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_center.cti import events as cti
from contact_center.customers.record import Customer
from contact_center.loyalty.service import Loyalty
from contact_center.storage import customer_tables as theirs
from contact_center.storage import tables
from contact_center.storage.engine import Database, open_database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.records import Records

Rows = dict[str, list[dict[str, Any]]]
KINDS = get_args(cti.CtiEvent)
NAMED: dict[str, st.SearchStrategy[Any]] = {
    "contact": st.sampled_from(["k1", "k2", "k3"]),
    "customer": st.sampled_from(["c1", "c2"]),
    "kept": st.just("c1"),
    "absorbed": st.just("c2"),
    "merge": st.sampled_from(["m1", "m2"]),
    "disposition": st.sampled_from(["resolved", "complaint", "cancel"]),
}


def value_of(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field: names that meet, numbers that JSON has."""
    if name in NAMED:
        return NAMED[name]
    if get_origin(hint) is UnionType:
        return st.one_of([value_of("", each) for each in get_args(hint)])
    if get_origin(hint) is dict:  # of the same values: JSON has no infinity
        key, value = get_args(hint)
        return st.dictionaries(value_of("", key), value_of("", value), max_size=3)
    if get_origin(hint) is tuple:
        first, *rest = get_args(hint)
        if rest == [...]:
            return st.lists(value_of("", first), max_size=2).map(tuple)
        return st.tuples(*(value_of("", each) for each in (first, *rest)))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if hint is type(None):
        return st.none()
    if hint is str:
        return st.text(st.characters(codec="utf-8", exclude_characters="\\x00"), max_size=4)
    if hint is float:
        return st.floats(0, 1e6)
    return st.booleans() if hint is bool else st.integers(0, 5) if hint is int else st.from_type(hint)


def kind_of(kind: Any) -> st.SearchStrategy[cti.CtiEvent]:
    hints = get_type_hints(kind)
    own = [f.name for f in fields(kind) if f.name not in ("type", "decision")]
    given_ = {name: value_of(name, hints[name]) for name in own}
    if "decision" in hints:
        given_["decision"] = st.just(cti.Decision(rule="r", wait_s=1.0, candidates=()))
    built: st.SearchStrategy[cti.CtiEvent] = st.builds(kind, **given_)
    return built


EVENTS = st.lists(st.one_of([kind_of(kind) for kind in KINDS]), min_size=5, max_size=60)


def test_every_kind_of_event_can_be_drawn() -> None:
    assert len(KINDS) == len({kind.__name__ for kind in KINDS}) > 50
    for kind in KINDS:
        kind_of(kind).validate()


@given(EVENTS, st.lists(st.integers(1, 20), min_size=60, max_size=60), st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_replay_gives_identical_rows(
    sqlite_template: Path, events: list[cti.CtiEvent], sizes: list[int], data: st.DataObject
) -> None:
    log = [
        cti.Recorded(seq=n, id=f"e{n}", at=1_700_000_000.0 + n, event=event)
        for n, event in enumerate(events, 1)
    ]
    repeated = data.draw(st.lists(st.integers(0, len(log) - 1), max_size=3))

    async def both(folder: Path) -> list[Rows]:
        whole = [len(log)] * len(log)
        return [
            await kept(copied(sqlite_template, folder / "live.db"), log, sizes, repeated),
            await kept(copied(sqlite_template, folder / "again.db"), log, whole, []),
        ]

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        live, again = thread.submit(asyncio.run, both(Path(folder))).result()
    assert live == again


def copied(template: Path, path: Path) -> Database:
    shutil.copy(template, path)
    return open_database(f"sqlite+aiosqlite:///{path}")


async def kept(
    database: Database, log: Sequence[cti.Recorded], sizes: list[int], repeated: list[int]
) -> Rows:
    """What the base holds after the log in batches, some of it delivered twice."""
    await Records(database).save_customers([Customer(id=c, name=c) for c in ("c1", "c2")])
    store, start = EventStore(database), 0
    for size in sizes:
        if start >= len(log):
            break
        await store.append(log[start : start + size])
        start += size
        for first in repeated:
            if first < start:
                await store.append(log[first : min(start, len(log))])
    loyalty = Loyalty(LoyaltyStore(database), store.read, lambda: 1_700_000_100.0)
    await loyalty.follow()
    async with database.transaction() as connection:  # and followed from the beginning again
        await connection.exec_driver_sql("UPDATE projection_cursor SET seq = 0 WHERE name = 'loyalty'")
    await loyalty.follow()
    found: Rows = {}
    async with database.reading() as connection:
        for table in (
            tables.interaction,
            tables.callback,
            theirs.customer_merge,
            theirs.survey_answer,
            theirs.repair_case,
            theirs.benefit,
        ):
            kept_rows = await connection.execute(table.select().order_by(*table.primary_key))
            found[table.name] = [{**row} for row in kept_rows.mappings()]
    await database.close()
    return found
