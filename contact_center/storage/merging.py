"""Merging and splitting customers: one transaction each, with everything that hangs on a record.

What was moved is kept with the merge, so that it can be undone. The interactions follow the same rule when
the log is replayed (`in_history`), and a call identified as an absorbed record later belongs to the kept one.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.cti import events as cti
from contact_center.customers.merging import (
    ConsentMerge,
    FieldMerge,
    Moved,
    Turn,
    consent_by_consent,
    field_by_field,
    latest,
    merged,
    parted,
)
from contact_center.customers.record import Consent, Customer
from contact_center.recordings.recording import AuditRow
from contact_center.runtime.codec import Codec
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.storage import remedies
from contact_center.storage.base_reading import CASES
from contact_center.storage.customer_tables import (
    benefit,
    consent,
    customer_merge,
    customer_note,
    expected_event,
    profile,
    profile_change,
    repair_case,
    sale,
    survey_answer,
)
from contact_center.storage.engine import Database
from contact_center.storage.records import customer_of, put_customers
from contact_center.storage.tables import audit, callback, customer, interaction
from contact_center.storage.upsert import upsert

MOVED: Codec[Moved] = Codec(Moved)
MERGED, SPLIT = 1, 2
_KEYED: Final = {
    "customer_note": (customer_note, customer_note.c.id),
    "sale": (sale, sale.c.id),
    "benefit": (benefit, benefit.c.id),
    "expected_event": (expected_event, expected_event.c.id),
    "repair_case": (repair_case, repair_case.c.id),
    "survey_answer": (survey_answer, survey_answer.c.contact),
    "interaction": (interaction, interaction.c.contact),
    "callback": (callback, callback.c.id),
}
"""What belongs to a customer and moves with him, by table and the key it is remembered by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two records made one; `split_at` (epoch seconds) when they were taken apart again."""

    id: str
    kept: str
    absorbed: str
    absorbed_name: str
    at: float
    user: str
    split_at: float | None = None
    split_by: str = ""


async def merge(database: Database, kept: str, absorbed: str, row: AuditRow) -> Merge:
    """Make two records one, under the id of `kept`. `row` is the audit row, its id that of the merge.

    Raises `NotFound` for an unknown customer and `Conflict` for one and the same.
    """
    if kept == absorbed:
        raise Conflict("same_customer", "A customer cannot be merged with himself.")
    async with database.transaction() as connection:
        mine, theirs = await _record(connection, kept), await _record(connection, absorbed)
        joint = merged(mine, theirs)
        consents = [await _consents(connection, id_) for id_ in (kept, absorbed)]
        moved = Moved(
            record=theirs,
            before=mine,
            merged=joint,
            consents=consents[1],
            consents_before=consents[0],
            rows=await _move(connection, absorbed, kept),
            merges=await _along(connection, absorbed, kept),
            turns=await _turns(connection, absorbed),
        )
        await connection.execute(delete(customer).where(customer.c.id == absorbed))
        await put_customers(connection, [joint])
        await _put_consents(connection, kept, latest((*consents[0], *consents[1])).values())
        done = Merge(
            id=row.id, kept=kept, absorbed=absorbed, absorbed_name=theirs.name, at=row.at, user=row.user
        )
        await connection.execute(insert(customer_merge).values(**_values(done, moved, unsaid=MERGED)))
        await connection.execute(insert(audit).values(**asdict(row)))
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    """What a merge would do. `moves`: how much of each kind (by table) would come along."""

    kept: Customer
    absorbed: Customer
    fields: tuple[FieldMerge, ...]
    consents: tuple[ConsentMerge, ...]
    moves: dict[str, int]


async def preview(database: Database, kept: str, absorbed: str) -> MergePreview:
    """Nothing is changed. Raises what `merge` would: `NotFound`, `Conflict` for one and the same."""
    if kept == absorbed:
        raise Conflict("same_customer", "A customer cannot be merged with himself.")
    async with database.reading() as connection:
        mine, theirs = await _record(connection, kept), await _record(connection, absorbed)
        consents = [await _consents(connection, id_) for id_ in (kept, absorbed)]
        moves = {}
        for name, (table, _) in _KEYED.items():
            count = select(func.count()).select_from(table).where(table.c.customer == absorbed)
            moves[name] = (await connection.execute(count)).scalar_one()
    return MergePreview(
        kept=mine,
        absorbed=theirs,
        fields=field_by_field(mine, theirs),
        consents=consent_by_consent(consents[0], consents[1]),
        moves=moves,
    )


async def split(database: Database, id_: str, row: AuditRow) -> Merge:
    """Undo a merge: the absorbed record and what was moved with it come back; later additions stay.

    Raises `NotFound` for an unknown merge, `Conflict` when it is split already or another one into the same
    record came after it: the last one is taken apart first, or fields and refusals could not be told apart.
    """
    async with database.transaction() as connection:
        found = await _merge_row(connection, id_)
        if found is None:
            raise NotFound(f"There is no merge {id_}.")
        if found.split_at is not None:
            raise Conflict("split_already", f"Merge {id_} has been taken apart already.")
        moved = MOVED.load(found.body)
        later = customer_merge.c.kept == found.kept, customer_merge.c.at > found.at
        query = select(customer_merge.c.id).where(*later, customer_merge.c.split_at.is_(None))
        if (last := (await connection.execute(query.limit(1))).scalar()) is not None:
            raise Conflict("later_merge", f"Merge {last} came after {id_}: take that one apart first.")
        if moved.record is None:
            raise Conflict("no_record", f"Of merge {id_} the records are not known here.")
        await put_customers(connection, [moved.record, parted(await _record(connection, found.kept), moved)])
        await _put_consents(connection, moved.record.id, moved.consents)
        await _put_consents(
            connection, found.kept, _consents_back(await _consents(connection, found.kept), moved)
        )
        await _back(connection, found, moved)
        theirs = [asdict(turn) | {"customer": moved.record.id} for turn in moved.turns]
        await upsert(connection, profile_change, theirs)
        unsaid = found.unsaid | SPLIT
        change = {"split_at": row.at, "split_by": row.user, "unsaid": unsaid}
        await connection.execute(update(customer_merge).where(customer_merge.c.id == id_).values(**change))
        await connection.execute(insert(audit).values(**asdict(replace(row, subject=found.kept))))
    return replace(_merge(found), split_at=row.at, split_by=row.user)


async def merges_of(database: Database, kept: str) -> list[Merge]:
    """The merges into a record, newest first, those that were split too."""
    query = select(customer_merge).where(customer_merge.c.kept == kept)
    async with database.reading() as connection:
        rows = await connection.execute(query.order_by(customer_merge.c.at.desc(), customer_merge.c.id))
        return [_merge(row) for row in rows]


# -- told to the log ---------------------------------------------------------------------------------------


async def unsaid(database: Database) -> list[cti.CustomersMerged | cti.CustomersSplit]:
    """The events of merges and splits that the log does not have yet, oldest first."""
    async with database.reading() as connection:
        query = select(customer_merge).where(customer_merge.c.unsaid > 0).order_by(customer_merge.c.at)
        rows = list(await connection.execute(query))
    said: list[cti.CustomersMerged | cti.CustomersSplit] = []
    for row in rows:
        who = {"merge": row.id, "kept": row.kept, "absorbed": row.absorbed}
        if row.unsaid & MERGED:
            said.append(cti.CustomersMerged(user=row.user, **who))
        if row.unsaid & SPLIT:
            said.append(cti.CustomersSplit(user=row.split_by, **who))
    return said


async def said(database: Database, merges: Sequence[str]) -> None:
    """The log has them."""
    async with database.transaction() as connection:
        which = customer_merge.c.id.in_(merges)
        await connection.execute(update(customer_merge).where(which).values(unsaid=0))


# -- history -----------------------------------------------------------------------------------------------


async def in_history(
    connection: AsyncConnection, event: cti.CustomersMerged | cti.CustomersSplit, at: float
) -> None:
    """What a merge or a split changes in the history; nothing where it was done with the records.

    A record that has been absorbed is nobody's any more: another merge of it, before a split, is none.
    """
    found = await _merge_row(connection, event.merge)
    match event:
        case cti.CustomersMerged() if found is None and not await successors(connection, [event.absorbed]):
            moved = Moved(
                rows=await _move(connection, event.absorbed, event.kept),
                merges=await _along(connection, event.absorbed, event.kept),
            )
            new = Merge(
                id=event.merge,
                kept=event.kept,
                absorbed=event.absorbed,
                absorbed_name="",
                at=at,
                user=event.user,
            )
            await connection.execute(insert(customer_merge).values(**_values(new, moved, unsaid=0)))
        case cti.CustomersSplit() if found is not None and found.split_at is None:
            await _back(connection, found, MOVED.load(found.body))
            change = {"split_at": at, "split_by": event.user}
            which = customer_merge.c.id == event.merge
            await connection.execute(update(customer_merge).where(which).values(**change))
        case _:
            pass


async def owners(
    connection: AsyncConnection, identified: dict[str, str], table: str = "interaction"
) -> dict[str, str]:
    """Row of `table` -> the record it belongs to instead, of rows (contacts) identified as an absorbed one.

    They are remembered with the merge: a split gives them back.
    """
    kept = await successors(connection, sorted(set(identified.values())))
    instead = {key: kept[who] for key, who in identified.items() if who in kept}
    for absorbed in {identified[key] for key in instead}:
        active = customer_merge.c.absorbed == absorbed, customer_merge.c.split_at.is_(None)
        row = (await connection.execute(select(customer_merge).where(*active))).one()
        moved = MOVED.load(row.body)
        known = moved.rows.get(table, ())
        new = [key for key in instead if identified[key] == absorbed and key not in known]
        rows = moved.rows | {table: (*known, *new)}
        body = MOVED.dump(replace(moved, rows=rows)).decode()
        await connection.execute(
            update(customer_merge).where(customer_merge.c.id == row.id).values(body=body)
        )
    return instead


async def successors(connection: AsyncConnection, absorbed: Sequence[str]) -> dict[str, str]:
    """Absorbed record -> the one that has what was its."""
    active = customer_merge.c.absorbed.in_(absorbed), customer_merge.c.split_at.is_(None)
    rows = await connection.execute(select(customer_merge.c.absorbed, customer_merge.c.kept).where(*active))
    return {row.absorbed: row.kept for row in rows}


# -- moving ------------------------------------------------------------------------------------------------


async def _move(connection: AsyncConnection, absorbed: str, kept: str) -> dict[str, tuple[str, ...]]:
    """Everything of one customer to another; the keys of what was moved, by table."""
    rows: dict[str, tuple[str, ...]] = {}
    for name, (table, key) in _KEYED.items():
        his = table.c.customer == absorbed
        found = (await connection.execute(select(key).where(his).order_by(key))).scalars()
        if keys := tuple(dict.fromkeys(found)):
            rows[name] = keys
            await connection.execute(update(table).where(his).values(customer=kept))
    await _readdress(connection, rows.get("repair_case", ()), kept)
    return rows


async def _back(connection: AsyncConnection, found: Row[Any], moved: Moved) -> None:
    for name, keys in moved.rows.items():
        table, key = _KEYED[name]
        still = table.c.customer == found.kept
        for some in (keys[i : i + 500] for i in range(0, len(keys), 500)):
            change = update(table).where(key.in_(some), still).values(customer=found.absorbed)
            await connection.execute(change)
    await _readdress(connection, moved.rows.get("repair_case", ()), found.absorbed)
    along = customer_merge.c.id.in_(moved.merges), customer_merge.c.kept == found.kept
    await connection.execute(update(customer_merge).where(*along).values(kept=found.absorbed))
    both = profile.c.customer.in_([found.kept, found.absorbed])
    await connection.execute(delete(profile).where(both))  # made of both together: reckoned anew


async def _along(connection: AsyncConnection, absorbed: str, kept: str) -> tuple[str, ...]:
    """Merges into the absorbed record are merges into the kept one from now on."""
    into = customer_merge.c.kept == absorbed
    found = tuple((await connection.execute(select(customer_merge.c.id).where(into))).scalars())
    await connection.execute(update(customer_merge).where(into).values(kept=kept))
    return found


async def _readdress(connection: AsyncConnection, cases: Sequence[str], owner: str) -> None:
    """The text of a repair case names its customer as well; what was given in it is booked with him."""
    if not cases:
        return
    query = select(repair_case.c.body).where(repair_case.c.id.in_(cases), repair_case.c.customer == owner)
    found = (await connection.execute(query)).scalars()
    his = [replace(CASES.load(body), customer=owner) for body in found]
    changed = [{"its_id": case.case, "body": CASES.dump(case).decode()} for case in his]
    await remedies.book(connection, his)
    if changed:
        await connection.execute(update(repair_case).where(repair_case.c.id == bindparam("its_id")), changed)


# -- rows --------------------------------------------------------------------------------------------------


async def _record(connection: AsyncConnection, id_: str) -> Customer:
    found = await customer_of(connection, id_)
    if found is None:
        raise NotFound(f"There is no customer {id_}.")
    return found


async def _consents(connection: AsyncConnection, id_: str) -> tuple[Consent, ...]:
    query = select(consent).where(consent.c.customer == id_).order_by(consent.c.purpose)
    return tuple(Consent(**row._mapping) for row in await connection.execute(query))


async def _put_consents(connection: AsyncConnection, id_: str, given: Any) -> None:
    await connection.execute(delete(consent).where(consent.c.customer == id_))
    await upsert(connection, consent, [asdict(one) | {"customer": id_} for one in given])


def _consents_back(now: tuple[Consent, ...], moved: Moved) -> list[Consent]:
    """Without those that the merge had brought; what the customer said since counts."""
    before = {c.purpose: c for c in moved.consents_before}
    brought = {(c.purpose, c.at, c.granted) for c in moved.consents}
    kept = {c.purpose: c for c in now if (c.purpose, c.at, c.granted) not in brought}
    return list({**before, **kept}.values())


async def _turns(connection: AsyncConnection, id_: str) -> tuple[Turn, ...]:
    c = profile_change.c
    query = select(c.at, c.what, c.before, c.after, c.policy).where(c.customer == id_)
    return tuple(Turn(**row._mapping) for row in await connection.execute(query.order_by(c.at, c.what)))


async def _merge_row(connection: AsyncConnection, id_: str) -> Row[Any] | None:
    query = select(customer_merge).where(customer_merge.c.id == id_)
    return (await connection.execute(query)).one_or_none()


def _merge(row: Row[Any]) -> Merge:
    moved = MOVED.load(row.body)
    return Merge(
        id=row.id,
        kept=row.kept,
        absorbed=row.absorbed,
        absorbed_name=moved.record.name if moved.record is not None else "",
        at=row.at,
        user=row.user,
        split_at=row.split_at,
        split_by=row.split_by,
    )


def _values(new: Merge, moved: Moved, *, unsaid: int) -> dict[str, Any]:
    kept = {
        name: getattr(new, name) for name in ("id", "kept", "absorbed", "at", "user", "split_at", "split_by")
    }
    return kept | {"unsaid": unsaid, "body": MOVED.dump(moved).decode()}
