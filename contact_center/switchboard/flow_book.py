"""The flows in force and the files of their prompts, for the switchboard."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from contact_center.ivr.audio import SoundError
from contact_center.ivr.calendar import Calendar
from contact_center.ivr.events import Prompt
from contact_center.ivr.flow import Flow
from contact_center.ivr.house_calendars import HouseCalendars, calendars_asked
from contact_center.ivr.library import Library, queue_needs
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.speech import SpeechError
from contact_center.runtime.directory import Directory
from contact_center.runtime.requirements import Need

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5


class FlowBook:
    """The switchboard's `Flows`: the library of flows and their prompt files, as they are deployed."""

    def __init__(
        self,
        library: Library,
        prompts: Prompts,
        directory: Directory,
        calendars: HouseCalendars,
    ) -> None:
        self._library, self._prompts, self._directory = library, prompts, directory
        self._calendars = calendars
        self.on_calendars: Callable[[], None] = lambda: None
        """Told when others are in force."""

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        """Those in force, by name."""
        return self._calendars.all

    def for_number(self, number: str) -> Flow | None:
        """By the company's entry points first, else by the numbers the flows name themselves."""
        entry = self._directory.entry_points.get(number)
        if entry is not None:
            return self.named(entry.flow)
        return self._today(self._library.entered_by(number))

    def version(self, name: str, version: str) -> Flow | None:
        return self._today(self._library.flow(name, version))

    def files(self, prompts: Sequence[Prompt]) -> tuple[str, ...]:
        return self._prompts.files(prompts)

    def hold_music(self) -> tuple[str, ...]:
        return self._prompts.files([Prompt(kind="music", value="hold", language="")])

    def ringing(self) -> tuple[str, ...]:
        return (self._prompts.ringing(),)

    def all(self) -> tuple[Flow, ...]:
        return self._library.all()

    def named(self, name: str) -> Flow | None:
        return self._today(next((flow for flow in self._library.all() if flow.name == name), None))

    def calendar(self, name: str) -> Calendar | None:
        return self._calendars.all.get(name)

    def calendar_names(self) -> tuple[str, ...]:
        return tuple(sorted(self._calendars.all))

    def _today(self, flow: Flow | None) -> Flow | None:
        """With the calendars in force in place of those it was deployed with."""
        return None if flow is None else self._calendars.asked_by(flow)

    def needs(self, queue: str, language: str) -> Need:
        return queue_needs(self._library.all(), queue, language)

    # -- deployments and calendars -----------------------------------------------------------------

    async def follow(self) -> None:
        """Take up what is deployed, and changed calendars, for as long as the core runs."""
        seen = self._mark()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            mark = self._mark()
            if mark != seen:
                seen = mark
                await self.take_up()
            await self.look_at_calendars()

    async def look_at_calendars(self) -> None:
        """Let changed ones be in force, and whoever asks them hear of it."""
        read = await asyncio.to_thread(self._calendars.read)
        if read is None:
            return
        asked = dict(calendars_asked(self._library.all()))
        for queue in self._directory.queues.values():
            for name in filter(None, (queue.hours, queue.callback_hours)):
                asked[name] = f"queue {queue.id}"
        if self._calendars.take(read, asked):
            self.on_calendars()

    async def take_up(self) -> None:
        """Make the prompts of what is deployed ready, then let new callers enter; a fault changes nothing."""
        try:
            flows = await asyncio.to_thread(self._library.deployed)
            for flow in flows:
                await self._prompts.prepare(flow)
        except (OSError, SpeechError, SoundError):
            _log.exception("what was deployed cannot be used; new callers enter what they entered before")
            return
        self._library.take(flows)
        _log.info("flows in force: %s", ", ".join(f"{f.name} {f.version}" for f in self._library.all()))

    def _mark(self) -> tuple[int, int]:
        """What changes with the ledger."""
        try:
            found = self._library.ledger.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size
