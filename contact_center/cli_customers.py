"""`contact-center customer …` and `contact-center loyalty …`: records in and out, the nightly reckoning."""

import asyncio
import csv
import getpass
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from contact_center.config import Settings
from contact_center.terminal import err, fail, out, settings_or_fail

if TYPE_CHECKING:
    from contact_center.recordings.recording import AuditRow
    from contact_center.storage.engine import Database
    from contact_center.storage.imports import Import
    from contact_center.storage.imports import Progress as Reached
    from contact_center.storage.merging import Merge

app = typer.Typer(help="Customers: import, export, and what the law asks.", no_args_is_help=True)
loyalty = typer.Typer(help="Life cycle, value, tier and loyalty of the base.", no_args_is_help=True)


class What(StrEnum):
    """What a file holds."""

    CUSTOMERS = "customers"
    TRANSACTIONS = "transactions"
    BENEFITS = "benefits"
    SURVEYS = "surveys"
    ORGANISATIONS = "organisations"
    NOTES = "notes"
    EVENTS = "events"


_What = Annotated[What, typer.Option(help="What the file holds.")]
_Customer = Annotated[str, typer.Argument(help="The customer's id.")]


@asynccontextmanager
async def _database(configured: Settings) -> "AsyncIterator[Database]":
    from contact_center.storage import migrate
    from contact_center.storage.engine import open_database

    configured.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await migrate.upgrade(configured.effective_database_url)
    opened = open_database(configured.effective_database_url)
    try:
        yield opened
    finally:
        await opened.close()


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    return Progress(*columns, TimeRemainingColumn(), console=err)


# -- in and out --------------------------------------------------------------------------------------------


@app.command("import")
def import_file(
    path: Annotated[Path, typer.Argument(help="CSV, JSON or JSON lines.", exists=True, dir_okay=False)],
    what: _What = What.CUSTOMERS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at every row, store nothing.")] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Where refused rows are listed; FILE.errors.csv when not given.")
    ] = None,
) -> None:
    """Take in customers and what is known of them; an import that was broken off goes on where it was."""
    from contact_center.customers.files import FileFault
    from contact_center.storage.imports import Import

    configured = settings_or_fail()
    wanted = Import(
        kind=what.value, path=path, region=configured.default_region, now=time.time(), dry=dry_run
    )
    listed = errors or path.with_name(f"{path.name}.errors.csv")
    try:
        reached = asyncio.run(_take(configured, wanted, listed))
    except FileFault as fault:
        fail(f"{path}: {fault}")
    did = "would be taken" if dry_run else "taken"
    out.print(f"{reached.rows - reached.refused} of {reached.rows} rows {did}", highlight=False)
    if reached.refused:
        fail(f"{reached.refused} rows were refused; line and reason of each are in {listed}")


async def _take(configured: Settings, wanted: "Import", listed: Path) -> "Reached":
    from contact_center.storage.imports import Progress as Reached
    from contact_center.storage.imports import take

    reached = Reached(rows=0, refused=0)
    with _bar() as bar:
        task = bar.add_task(wanted.path.name, total=wanted.path.stat().st_size, said="")
        async with _database(configured) as opened:
            async for reached in take(opened, wanted, lambda at: bar.update(task, completed=at)):
                _list_refused(listed, reached)
                bar.update(task, said=f"{reached.rows:,} rows, {reached.refused:,} refused")
    if reached.finished and reached.resumed_at == reached.rows:
        out.print("this file had been imported before; nothing was left to do")
    return reached


def _list_refused(listed: Path, reached: "Reached") -> None:
    """The list begins anew with the first refusal of an import, and goes on when that does."""
    if not reached.refusals:
        return
    first = reached.refused == len(reached.refusals)
    with listed.open("w" if first else "a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if first:
            writer.writerow(["line", "reason"])
        writer.writerows([refusal.line, refusal.reason] for refusal in reached.refusals)


@app.command("export")
def export_file(
    path: Annotated[Path, typer.Argument(help="CSV, or JSON lines (.json, .jsonl).")],
    what: _What = What.CUSTOMERS,
) -> None:
    """Write all customers, or all of what is known of them; an import takes the file as it is."""
    from contact_center.customers.files import FileFault, format_of

    try:
        format_of(path)
    except FileFault as fault:
        fail(str(fault))
    out.print(f"{asyncio.run(_give(settings_or_fail(), path, what))} rows written", highlight=False)


async def _give(configured: Settings, path: Path, what: What) -> int:
    from contact_center.customers import rows
    from contact_center.customers.files import Writer, format_of
    from contact_center.storage.exports import rows_of

    columns = {
        What.CUSTOMERS: rows.CUSTOMER_COLUMNS,
        What.TRANSACTIONS: rows.TRANSACTION_COLUMNS,
        What.BENEFITS: rows.BENEFIT_COLUMNS,
        What.SURVEYS: rows.SURVEY_COLUMNS,
        What.ORGANISATIONS: rows.ORGANISATION_COLUMNS,
        What.NOTES: rows.NOTE_COLUMNS,
        What.EVENTS: rows.EXPECTATION_COLUMNS,
    }[what]
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = Writer(file, format_of(path), columns)
        async with _database(configured) as opened:
            async for row in rows_of(opened, what.value):
                writer.write(row)
                count += 1
    return count


# -- one customer ----------------------------------------------------------------------------------------


@app.command("export-one")
def export_one(
    customer: _Customer,
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
) -> None:
    """Write all there is of one customer, recordings too, into a folder; the audit keeps that it was done."""
    if folder.exists():
        fail(f"{folder} is there already")
    count = asyncio.run(_export_one(settings_or_fail(), customer, folder))
    if count is None:
        fail(f"there is no customer {customer!r}")
    out.print(f"all there is of {customer} is in {folder}, {count} recordings", highlight=False)


async def _export_one(configured: Settings, customer: str, folder: Path) -> int | None:
    from contact_center.storage.exports import everything_of
    from contact_center.storage.recordings import RecordingStore

    async with _database(configured) as opened:
        found = await everything_of(opened, customer)
        if found is None:
            return None
        await RecordingStore(opened).note(_audit_row("customer.exported", customer))
    return _write_all(found, folder, configured.recordings_dir)


def _write_all(found: dict[str, Any], folder: Path, recordings_dir: Path) -> int:
    folder.mkdir(parents=True, mode=0o700)
    text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
    (folder / "customer.json").write_text(text + "\n", encoding="utf-8")
    files = [recordings_dir / kept["file"] for kept in found["recording"]]
    there = [file for file in files if file.exists()]
    for file in there:
        shutil.copy(file, folder / file.name)
    return len(there)


@app.command("erase")
def erase_one(
    customer: _Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget one customer: record, money, profile, words and recordings. Calls stay counted, without him."""
    if not yes:
        typer.confirm(f"Erase {customer} for ever?", abort=True)
    configured = settings_or_fail()

    async def work() -> str | None:
        from contact_center.storage.erasure import erase

        async with _database(configured) as opened:
            row = _audit_row("customer.erased", customer)
            done = await erase(opened, customer, configured.recordings_dir, row)
        if done is None:
            return None
        return f"{done.contacts} contacts, {done.events} events, {done.recordings} recordings"

    said = asyncio.run(work())
    if said is None:
        fail(f"there is no customer {customer!r}")
    out.print(f"{customer} is erased: {said}", highlight=False)


@app.command("merge")
def merge_two(
    kept: Annotated[str, typer.Argument(help="The record that stays.")],
    absorbed: Annotated[str, typer.Argument(help="The record that ends.")],
    reason: Annotated[str, typer.Option(help="Why they are one; kept in the audit.")],
) -> None:
    """Make two records one: numbers, money, history and promises go over to the one that stays."""

    async def work(opened: "Database") -> "Merge":
        from contact_center.storage.merging import merge

        row = _audit_row("customer.merged", kept, f"{absorbed}: {reason}")
        return await merge(opened, kept, absorbed, row)

    done = _merging(work)
    out.print(f"{absorbed} is part of {kept} now; `customer split {done.id}` undoes it", highlight=False)


@app.command("split")
def split_two(
    merge: Annotated[str, typer.Argument(help="The id that `customer merge` printed.")],
    reason: Annotated[str, typer.Option(help="Why they are two; kept in the audit.")],
) -> None:
    """Undo a merge: the record that had ended comes back with all that had been moved."""

    async def work(opened: "Database") -> "Merge":
        from contact_center.storage.merging import split

        return await split(opened, merge, _audit_row("customer.split", merge, reason))

    done = _merging(work)
    out.print(f"{done.absorbed} and {done.kept} are two again", highlight=False)


def _merging(work: "Callable[[Database], Awaitable[Merge]]") -> "Merge":
    from contact_center.runtime.errors import Conflict, NotFound
    from contact_center.storage.loyalty import LoyaltyStore

    async def whole() -> "Merge":
        async with _database(configured) as opened:
            done = await work(opened)
            await LoyaltyStore(opened).reckon([done.kept, done.absorbed], time.time())
        return done

    configured = settings_or_fail()
    try:
        return asyncio.run(whole())
    except (Conflict, NotFound) as refused:
        fail(refused.detail)


def _audit_row(action: str, subject: str, details: str = "") -> "AuditRow":
    from contact_center.recordings.recording import AuditRow
    from contact_center.runtime.ids import new_id

    return AuditRow(
        id=new_id("a"),
        at=time.time(),
        user=getpass.getuser(),
        action=action,
        subject=subject,
        address="command line",
        details=details,
    )


# -- the base ----------------------------------------------------------------------------------------------


@loyalty.command("policy")
def show_policy() -> None:
    """Print the policy in force as JSON: to change, and give to `policy-save`."""
    configured = settings_or_fail()

    async def work() -> str:
        from contact_center.storage.loyalty import POLICIES, LoyaltyStore

        async with _database(configured) as opened:
            kept = await LoyaltyStore(opened).policy()
        return json.dumps(POLICIES.plain(kept), ensure_ascii=False, indent=1)

    typer.echo(asyncio.run(work()))


@loyalty.command("policy-save")
def save_policy(
    path: Annotated[Path, typer.Argument(help="The whole policy as JSON.", exists=True, dir_okay=False)],
    note: Annotated[str, typer.Option(help="Why it is changed.")],
) -> None:
    """Keep a file as the next version of the policy, under your name and today's date."""
    from contact_center.runtime.codec import CodecError

    configured = settings_or_fail()

    async def work() -> int:
        from contact_center.loyalty.policy_editing import faults
        from contact_center.storage.directory import load_directory
        from contact_center.storage.loyalty import POLICIES, LoyaltyStore

        wanted = POLICIES.load(path.read_bytes())  # nothing else runs in this process
        async with _database(configured) as opened:
            store = LoyaltyStore(opened)
            kept = await store.policy()
            queues = {*(await load_directory(opened)).queues, *kept.queue_levers}
            if found := faults(wanted, queues):
                raise CodecError("; ".join(f"{each.path}: {each.en}" for each in found))
            version = kept.version + 1
            await store.save_policy(
                replace(wanted, version=version, author=getpass.getuser(), dated=time.time(), note=note)
            )
        return version

    try:
        version = asyncio.run(work())
    except CodecError as error:
        fail(f"{path}: {error}")
    acts = "what tiers get from the next caller on, the rest from the next reckoning on"
    out.print(f"policy version {version} is in force: {acts}", highlight=False)


@loyalty.command("recompute")
def recompute(
    gently: Annotated[bool, typer.Option("--gently", help="Give way to whatever else runs here.")] = False,
) -> None:
    """Reckon stage, value, tier and index of every customer anew; the centre does it itself every night."""
    from contact_center.storage.nights import StillRunning

    if gently:
        os.nice(10)
    began = time.perf_counter()
    try:
        count = asyncio.run(_recompute(settings_or_fail()))
    except StillRunning as running:
        fail(str(running))
    took = time.perf_counter() - began
    out.print(f"{count} customers in {took:.1f} s, {count / took:,.0f} a second", highlight=False)


async def _recompute(configured: Settings) -> int:
    from contact_center.runtime.ids import new_id
    from contact_center.storage.nights import NightStore

    done = 0
    with _bar() as bar:
        async with _database(configured) as opened:
            task = bar.add_task("customers", total=None, said="")
            async for night in NightStore(opened).run(new_id("n"), time.time):
                done = night.done
                bar.update(task, total=night.customers, completed=done, said=f"{done:,}")
    return done
