"""A day of the stored log as the simulator takes it."""

from collections.abc import Mapping

from contact_center.ivr.calendar import Calendar
from contact_center.simulation.recorded import RecordedDay
from contact_center.simulation.recording import record
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore

BEFORE_S = 86_400.0
"""Who was at work as the day began is in the events of the day before."""


async def recorded_day(
    database: Database, from_at: float, to_at: float, calendars: Mapping[str, Calendar]
) -> RecordedDay:
    """Contacts that entered a queue between two moments (epoch seconds), and the agents then at work.

    `calendars` are those the queues' hours name.
    """
    directory = await load_directory(database)
    events = [each async for each in EventStore(database).between(from_at - BEFORE_S, to_at)]
    return record(events, directory, from_at, to_at, calendars)
