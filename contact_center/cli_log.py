"""`contact-center log …`: days of the event log as files."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from contact_center.config import Settings
from contact_center.terminal import fail, out, settings_or_fail

if TYPE_CHECKING:
    from contact_center.simulation.recorded import RecordedDay

app = typer.Typer(help="The event log.", no_args_is_help=True)


@app.command("export")
def export(
    path: Annotated[Path, typer.Argument(help="The file to write (JSON lines).", dir_okay=False)],
    day: Annotated[str, typer.Option(help="Which day: 2026-11-24, or yesterday.")] = "yesterday",
    zone: Annotated[str, typer.Option(help="Where its midnight is: Europe/Berlin, or UTC.")] = "UTC",
) -> None:
    """Write a day's arrivals, waits, handling times and staff, for `contact-center simulate --from-log`."""
    from contact_center.simulation.recorded import write_day

    recorded = asyncio.run(_recorded(settings_or_fail(), *_ends(day, zone)))
    write_day(recorded, path)
    told = f"{len(recorded.contacts)} contacts, {len(recorded.shifts)} spells of {_agents(recorded)} agents"
    out.print(f"{path}: {told}", highlight=False, markup=False)


def _agents(day: "RecordedDay") -> int:
    return len({shift.agent for shift in day.shifts})


def _ends(day: str, zone: str) -> tuple[float, float]:
    """The day's two midnights (epoch seconds)."""
    try:
        place = ZoneInfo(zone)
        when = (
            datetime.now(place).date() - timedelta(days=1) if day == "yesterday" else date.fromisoformat(day)
        )
    except (ValueError, ZoneInfoNotFoundError) as error:
        fail(str(error))
    begin = datetime(when.year, when.month, when.day, tzinfo=place)
    return begin.timestamp(), (begin + timedelta(days=1)).timestamp()


async def _recorded(settings: Settings, from_at: float, to_at: float) -> "RecordedDay":
    from contact_center.ivr.companions import CALENDARS, read_calendars
    from contact_center.ivr.library import shipped_flows
    from contact_center.storage.days import recorded_day
    from contact_center.storage.engine import open_database

    _, calendars, _ = read_calendars((settings.flows_dir or shipped_flows()) / CALENDARS)
    opened = open_database(settings.effective_database_url)
    try:
        return await recorded_day(opened, from_at, to_at, calendars)
    finally:
        await opened.close()
