"""Taking in customers, transactions, benefits and answers from files, in batches that can be gone on with.

A batch and the note of how far it reached are one transaction. What was imported half is gone on with; the
same row again changes nothing, because rows carry their own ids.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from contact_center.customers.files import Row, rows
from contact_center.customers.record import CustomerNote, Expectation, Organisation
from contact_center.customers.rows import (
    CustomerRow,
    Parsed,
    Refused,
    benefit_row,
    customer_row,
    expectation_row,
    note_row,
    organisation_row,
    survey_row,
    transaction_row,
)
from contact_center.loyalty.ledger import Benefit, Transaction
from contact_center.loyalty.measures import SurveyAnswer
from contact_center.storage.customer_tables import (
    benefit,
    consent,
    customer_note,
    expected_event,
    import_run,
    organisation,
    sale,
    survey_answer,
)
from contact_center.storage.engine import Database
from contact_center.storage.merging import successors
from contact_center.storage.money import e4
from contact_center.storage.records import put_customers
from contact_center.storage.tables import customer
from contact_center.storage.upsert import upsert

Kind = Literal["customers", "transactions", "benefits", "surveys", "organisations", "notes", "events"]
BATCH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """So far: rows gone through, of these refused; `refusals` are those of the last batch."""

    rows: int
    refused: int
    refusals: tuple[Refusal, ...] = ()
    resumed_at: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What to import, how. `dry` looks at every row and stores nothing; `now` in epoch seconds."""

    kind: Kind
    path: Path
    region: str
    now: float
    dry: bool = False

    def parse(self, row: Row) -> Parsed:
        match self.kind:
            case "customers":
                return customer_row(row.fields, self.region, self.now)
            case "transactions":
                return transaction_row(row.fields, self.now)
            case "benefits":
                return benefit_row(row.fields, self.now)
            case "surveys":
                return survey_row(row.fields, self.now)
            case "organisations":
                return organisation_row(row.fields)
            case "notes":
                return note_row(row.fields, self.now)
            case "events":
                return expectation_row(row.fields, self.now)

    def name(self) -> str:
        """The same for the same content."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return f"{self.kind}:{digest.hexdigest()}"


async def take(
    database: Database, wanted: Import, read_bytes: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Progress]:
    """Import; yields after every batch. Raises `FileFault` where the file is wrong as a whole."""
    name = wanted.name()
    progress = Progress(rows=0, refused=0) if wanted.dry else await _reached(database, name)
    if progress.finished:
        yield progress
        return
    source = islice(rows(wanted.path, read_bytes), progress.rows, None)
    while batch := list(islice(source, BATCH)):
        parsed, refusals = _parsed(wanted, batch)
        async with database.transaction() as connection:
            good, unknown = await _of_known_customers(connection, parsed)
            refusals = sorted([*refusals, *unknown], key=lambda r: r.line)
            progress = Progress(
                rows=progress.rows + len(batch),
                refused=progress.refused + len(refusals),
                refusals=tuple(refusals),
                resumed_at=progress.resumed_at,
            )
            if not wanted.dry:
                await _put(connection, good)
                await _note(connection, name, progress, wanted.now)
        yield progress
    progress = Progress(
        rows=progress.rows, refused=progress.refused, resumed_at=progress.resumed_at, finished=True
    )
    if not wanted.dry:
        async with database.transaction() as connection:
            await _note(connection, name, progress, wanted.now)
    yield progress


async def _reached(database: Database, name: str) -> Progress:
    async with database.reading() as connection:
        found = (await connection.execute(select(import_run).where(import_run.c.id == name))).one_or_none()
    if found is None:
        return Progress(rows=0, refused=0)
    return Progress(rows=found.rows, refused=found.refused, resumed_at=found.rows, finished=found.finished)


async def _note(connection: AsyncConnection, name: str, progress: Progress, now: float) -> None:
    row = {"rows": progress.rows, "refused": progress.refused, "finished": progress.finished}
    await upsert(connection, import_run, [{"id": name, **row, "at": now}])


def _parsed(wanted: Import, batch: Iterable[Row]) -> tuple[list[tuple[int, Parsed]], list[Refusal]]:
    good, refusals = [], []
    for row in batch:
        try:
            good.append((row.line, wanted.parse(row)))
        except Refused as refused:
            refusals.append(Refusal(line=row.line, reason=str(refused)))
    return good, refusals


async def _of_known_customers(
    connection: AsyncConnection, parsed: Sequence[tuple[int, Parsed]]
) -> tuple[list[Parsed], list[Refusal]]:
    """Money without a customer is refused; what is of a merged one goes to the record he is in now."""
    people = {line: p.customer.id for line, p in parsed if isinstance(p, CustomerRow)}
    owners = {line: p.customer for line, p in parsed if not isinstance(p, CustomerRow | Organisation)}
    named = sorted({*people.values(), *owners.values()})
    query = select(customer.c.id).where(customer.c.id.in_(set(owners.values())))
    known = set((await connection.execute(query)).scalars()) if owners else set()
    merged = await successors(connection, named) if named else {}
    why = {line: f"id: {id_} is merged into {merged[id_]}" for line, id_ in people.items() if id_ in merged}
    why |= {
        line: f"customer: there is no {id_}"
        for line, id_ in owners.items()
        if id_ not in known and id_ not in merged
    }
    good = [_readdressed(p, merged) for line, p in parsed if line not in why]
    return good, [Refusal(line=line, reason=reason) for line, reason in why.items()]


def _readdressed(parsed: Parsed, merged: dict[str, str]) -> Parsed:
    if isinstance(parsed, CustomerRow | Organisation) or parsed.customer not in merged:
        return parsed
    return replace(parsed, customer=merged[parsed.customer])


async def put(database: Database, rows: Sequence[Parsed]) -> None:
    """These rows as an import would leave them, all or nothing."""
    async with database.transaction() as connection:
        await _put(connection, rows)


async def _put(connection: AsyncConnection, good: Sequence[Parsed]) -> None:
    people = [p for p in good if isinstance(p, CustomerRow)]
    if people:
        await put_customers(connection, [p.customer for p in people])
        given = {(c.customer, c.purpose): asdict(c) for p in people for c in p.consents}
        await upsert(connection, consent, list(given.values()))
    await upsert(connection, sale, [_sale(p) for p in good if isinstance(p, Transaction)])
    expected = [_expected(p) for p in good if isinstance(p, Expectation)]
    await upsert(connection, expected_event, expected)
    await upsert(connection, benefit, [_benefit(p) for p in good if isinstance(p, Benefit)])
    for table, kind in (
        (survey_answer, SurveyAnswer),
        (organisation, Organisation),
        (customer_note, CustomerNote),
    ):
        await upsert(connection, table, [asdict(p) for p in good if isinstance(p, kind)])


def _sale(given: Transaction) -> dict[str, Any]:
    return {
        "id": given.id,
        "customer": given.customer,
        "at": given.at,
        "kind": given.kind,
        "quantity_e4": e4(given.quantity),
        "unit_price_e4": e4(given.unit_price),
        "unit_cost_e4": e4(given.unit_cost),
        "currency": given.currency,
    }


def _expected(given: Expectation) -> dict[str, Any]:
    plain = asdict(given)
    return {name: value for name, value in plain.items() if name not in ("revenue", "cost")} | {
        "revenue_e4": e4(given.revenue),
        "cost_e4": e4(given.cost),
    }


def _benefit(given: Benefit) -> dict[str, Any]:
    plain = {"id": given.id, "customer": given.customer, "at": given.at, "kind": given.kind}
    return plain | {"amount_e4": e4(given.amount)}
