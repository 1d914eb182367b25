"""Builds and wires the core: the one place where the rooms' services meet, by plain constructors."""

import asyncio
import datetime as dt
import fcntl
import logging
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from contact_center.acd.distribution import Distribution
from contact_center.acd.rules import rules_of
from contact_center.agents.desk import Desks
from contact_center.config import Settings
from contact_center.cti.bus_redis import CoreLease, RedisStream
from contact_center.cti.events import Recorded
from contact_center.cti.feed import LiveFeed
from contact_center.cti.journal import Journal
from contact_center.cti.log import EventLog
from contact_center.customers.service import Customers
from contact_center.ivr.house_calendars import HouseCalendars
from contact_center.ivr.library import Library, shipped_flows
from contact_center.ivr.prompts import Prompts
from contact_center.ivr.trials import Trials
from contact_center.ivr.workshop import Workshop
from contact_center.loyalty.nights import Nights, in_process_of_its_own
from contact_center.loyalty.notices import Notices
from contact_center.loyalty.service import Loyalty
from contact_center.metrics.exporter import EventCounters, FloorGauges, NightGauges
from contact_center.metrics.flow_counts import FlowCounts
from contact_center.metrics.held_memory import HeldMemory
from contact_center.metrics.wallboard import Floor
from contact_center.recordings.service import Recordings
from contact_center.runtime import amp
from contact_center.runtime.directory import Directory
from contact_center.runtime.ids import new_id
from contact_center.runtime.passwords import Passwords
from contact_center.runtime.reactor import as_future
from contact_center.runtime.timers import LoopTimers
from contact_center.simulation.jobs import Simulations
from contact_center.storage import migrate
from contact_center.storage.callbacks import CallbackStore
from contact_center.storage.calling import CallerBook
from contact_center.storage.days import recorded_day
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database, open_database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.nights import NightStore
from contact_center.storage.offers import OfferBook
from contact_center.storage.people import People
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.routing import RoutingStore
from contact_center.switchboard import measuring, taping
from contact_center.switchboard.adoption import Adoption, refetch_pop
from contact_center.switchboard.desk import SwitchboardDesk
from contact_center.switchboard.facts import HttpFacts
from contact_center.switchboard.flow_book import FlowBook
from contact_center.switchboard.reshaping import Reshaping
from contact_center.switchboard.roles import EdgeTrunks, RoleLink, RoleLinks
from contact_center.switchboard.switchboard import Switchboard
from contact_center.telephony import wire
from contact_center.web.app import create_app
from contact_center.web.flow_routes import FlowRooms
from contact_center.web.preview_process import in_a_process
from contact_center.web.previews import Previews
from contact_center.web.server import Server, serve

_log = logging.getLogger(__name__)
PAST_S = 24 * 3600.0
"""How far back the log is read at start: whoever logged on, arrived or was counted since."""
MOST_CASES = 10_000
"""Open repair cases whose notices are shown again after a restart."""
NO_MEDIA_S = 10.0
"""A core that finds no media host within this time lets its line move without one."""
LEASE_TTL_S = 10.0


class AlreadyRunning(Exception):  # noqa: N818  # says what is the case
    """The data folder has a core already."""


@dataclass(slots=True)
class Core:
    """The running core. `http_port` is the port served, also when 0 was asked for."""

    settings: Settings
    database: Database
    log: EventLog
    board: Switchboard
    links: RoleLinks
    timers: LoopTimers
    server: Server
    listening: Any
    stream: RedisStream | None
    lease: CoreLease | None
    recordings: Recordings
    loyalty: Loyalty
    simulations: Simulations
    nights: Nights
    previews: Previews
    lock: TextIO
    facts: HttpFacts
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    @property
    def http_port(self) -> int:
        return self.server.port

    async def stop(self) -> None:
        """Stop serving, store what is left, close; the conversations go on without us."""
        for task in self.tasks:
            task.cancel()
        self.recordings.stop()
        self.loyalty.stop()
        await self.simulations.stop()
        self.nights.stop()
        self.previews.stop()
        await self.server.stop()
        await as_future(self.listening.stopListening())
        self.timers.clear()
        await self.facts.close()
        await self.log.stop()
        await self.database.close()
        if self.stream is not None:
            await self.stream.close()
        if self.lease is not None:
            await self.lease.release()
        self.lock.close()


async def start_core(settings: Settings) -> Core:
    """Bring the core up; raises what explains itself (database, flows, prompts, address in use)."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _only_here(settings)
    lease = await _lead(settings)
    await migrate.upgrade(settings.effective_database_url)
    database = open_database(settings.effective_database_url)
    directory = await load_directory(database)
    flows, workshop, prompts = await _flows(settings, directory)
    store, records, theory = EventStore(database), CallerBook(database), LoyaltyStore(database)
    stream = RedisStream(settings.redis_url) if settings.redis_url else None
    log = EventLog(Journal(settings.journal_dir), store, stream, time.time, lambda: new_id("e"))
    turns = await log.recover()
    floor, desks = Floor(directory), Desks(directory)
    notices = Notices()
    feed = LiveFeed([floor, desks, notices], new_id("f"), time.time)
    log.store_changed = lambda fault: feed.touch(notices.records(fault, time.time()))
    past = await _past(store, feed, floor)
    callbacks = CallbackStore(database)
    open_callbacks = await callbacks.open()
    floor.restore(open_callbacks)
    notices.restore(await theory.open_cases(MOST_CASES))
    links, timers, facts = RoleLinks(), LoopTimers(time.time), HttpFacts()
    board = Switchboard(
        directory=directory,
        log=log,
        feed=feed,
        desks=desks,
        distribution=Distribution(settings.offer_timeout_s, rules_of(directory.queues)),
        media=links,
        devices=links,
        flows=flows,
        records=Customers(
            records,
            settings.default_region,
            theory.portrait,
            theory.policy,
            OfferBook(database, theory.policy, time.time).offers,
        ),
        facts=facts,
        timers=timers,
        trunks=EdgeTrunks(links),
        new_contact=lambda: new_id("c"),
        tapes=settings.recordings_dir / "live",
        outside_ring_s=settings.outside_ring_s,
        callbacks=open_callbacks,
    )
    flows.on_calendars = board.opening.calendars_changed
    registry = CollectorRegistry()
    counters = EventCounters(registry)
    registry.register(
        FloorGauges(floor, lambda: [(x.role, x.figures) for x in links.links], lambda: log.unstored)
    )
    log.subscribe(feed.tell)
    log.subscribe(counters.tell)
    shelf = RecordingStore(database)
    recordings = Recordings(
        folder=settings.recordings_dir,
        shelf=shelf,
        events_of=store.of_contact,
        queues=lambda: board.directory.queues,
        running=lambda: {s.recording.id for s in board.sessions.values() if s.recording is not None},
        clock=time.time,
        new_id=lambda: new_id("a"),
    )
    log.subscribe(recordings.tell)
    loyalty = Loyalty(theory, store.read, time.time, log.append)
    kept_nights = NightStore(database)
    nights = _nights(settings, kept_nights)
    registry.register(NightGauges(lambda: nights.latest, time.time))
    registry.register(HeldMemory())
    log.subscribe(loyalty.tell)
    log.subscribe(board.calling_back.follow)
    flow_counts = FlowCounts(store.between, time.time)
    log.subscribe(flow_counts.tell)
    log.start()
    loyalty.start()
    nights.start()
    links.expect(turns)
    adoption = Adoption(board, past, turns)
    adoption.then(recordings.start)
    wire_up(links, board, adoption)
    listening: Any = await as_future(amp.listen(settings.core_socket, lambda: RoleLink(links)))
    simulations = Simulations(settings.simulations_dir, time.time, lambda: new_id("s"))
    simulations.start()
    previews = Previews(in_a_process, lambda: new_id("p"))
    app = create_app(
        people=People(database),
        passwords=Passwords(),
        records=records,
        region=settings.default_region,
        events=store,
        directory=lambda: board.directory,
        desk=SwitchboardDesk(board),
        feed=feed,
        roles=lambda: _ready(links, log),
        database_up=database.ping,
        registry=registry,
        recordings=shelf,
        recordings_dir=settings.recordings_dir,
        loyalty=theory,
        callback_line=board.calling_back,
        callbacks=callbacks,
        flows=FlowRooms(
            workshop=workshop,
            prompts=prompts,
            trials=Trials(time.time, lambda: new_id("t")),
            counts=flow_counts,
            standing=board.in_flows,
        ),
        routing=Reshaping(board, RoutingStore(database), (floor.take_directory, desks.take_directory)),
        simulations=simulations,
        day_of=lambda from_at, to_at: recorded_day(database, from_at, to_at, flows.calendars),
        nights=nights,
        kept_nights=kept_nights,
        database=database,
        previews=previews,
        session_s=settings.session_hours * 3600,
        secure_cookies=settings.secure_cookies,
    )
    server = await serve(app, settings.http_bind)
    core = Core(
        settings=settings,
        database=database,
        log=log,
        board=board,
        links=links,
        timers=timers,
        server=server,
        listening=listening,
        stream=stream,
        lease=lease,
        recordings=recordings,
        loyalty=loyalty,
        simulations=simulations,
        nights=nights,
        previews=previews,
        lock=lock,
        facts=facts,
    )
    core.tasks.append(asyncio.create_task(_settle_without_media(adoption)))
    core.tasks.append(asyncio.create_task(_turn_days(floor, feed)))
    core.tasks.append(asyncio.create_task(flows.follow()))
    core.tasks.append(asyncio.create_task(flow_counts.catch_up()))
    if lease is not None:
        core.tasks.append(asyncio.create_task(_keep_lease(lease)))
    _log.info("core up (pid %d), console on port %d", os.getpid(), server.port)
    return core


def wire_up(links: RoleLinks, board: Switchboard, adoption: Adoption) -> None:
    """Let what the roles say reach the switchboard."""

    def took(image: wire.ConversationImage) -> None:
        adoption.adopt(image)
        session = board.sessions.get(image.conversation)
        if session is not None:
            board.start(lambda: refetch_pop(board, session))

    def settled() -> None:
        adoption.finish()

    links.is_known = lambda conversation: conversation in board.sessions
    links.on_report = board.report
    links.on_image = took
    links.on_lost = board.lost
    links.on_device = board.device
    links.on_quality = lambda conversation, legs: measuring.seen(board, conversation, legs)
    links.on_settled = settled


def _ready(links: RoleLinks, log: EventLog) -> Mapping[str, bool]:
    return {
        **links.connected(),
        "journal": log.journal_fault is None,
        "records": log.store_fault is None,
    }


def _nights(settings: Settings, kept: NightStore) -> Nights:
    """The nightly reckoning; its process is told where the data is, whatever told this one."""
    where = {
        "CC_DATA_DIR": str(settings.data_dir.resolve()),
        "CC_DATABASE_URL": settings.effective_database_url,
    }
    return Nights(
        kept,
        lambda: in_process_of_its_own({**os.environ, **where}),
        time.time,
        hour=settings.night_hour,
        zone=ZoneInfo(settings.time_zone) if settings.time_zone else None,
    )


def _only_here(settings: Settings) -> TextIO:
    """One core per data folder; the kernel lets go of the lock with the process, however it ends."""
    lock = (settings.data_dir / "core.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise AlreadyRunning(f"another core runs on {settings.data_dir.resolve()}") from error
    return lock


async def _lead(settings: Settings) -> CoreLease | None:
    """With Redis there may be several cores, one of which leads: wait until this one may."""
    if not settings.redis_url:
        return None
    holder = f"{socket.gethostname()}{settings.data_dir.resolve()}"
    lease = CoreLease(settings.redis_url, holder, LEASE_TTL_S)
    while (token := await lease.acquire()) is None:
        _log.info("another core holds the lease; standing by")
        await asyncio.sleep(LEASE_TTL_S / 4)
    _log.info("holding the core lease, fencing token %d", token)
    return lease


async def _keep_lease(lease: CoreLease) -> None:
    """Renew until the lease is lost; a core without it must not write, so the process ends at once."""
    held = True
    while held:
        await asyncio.sleep(LEASE_TTL_S / 4)
        held = await lease.renew()
    _log.critical("the core lease is lost; ending so that two cores never write")
    os._exit(3)


async def _flows(settings: Settings, directory: Directory) -> tuple[FlowBook, Workshop, Prompts]:
    folder, archive = settings.flows_dir or shipped_flows(), settings.data_dir.resolve() / "flows"
    library = Library(folder, archive)
    recordings = folder / "prompts"
    beside = recordings if recordings.is_dir() else None
    prompts = Prompts(settings.prompts_dir, beside, archive=archive)
    for flow in library.all():
        made = await prompts.prepare(flow)
        if made:
            _log.info("flow %s: %d prompts made ready", flow.name, made)
    for queue in directory.queues.values():
        for language in ("en", "zh"):
            if queue.recording and (text := taping.notice(queue, language)):
                await prompts.prepare_text(text, language)
    book = FlowBook(library, prompts, directory, HouseCalendars(folder))
    workshop = Workshop(
        folder=folder,
        archive=archive,
        library=library,
        prompts=prompts,
        taken_up=book.take_up,
        clock=time.time,
    )
    return book, workshop, prompts


async def _past(store: EventStore, feed: LiveFeed, floor: Floor) -> list[Recorded]:
    """Fold the last day into the projections; the counts begin at midnight."""
    now = time.time()
    midnight = _midnight(now)
    before = [event async for event in store.between(min(now - PAST_S, midnight), midnight)]
    feed.preload(before)
    floor.start_day()
    today = [event async for event in store.between(midnight, now + PAST_S)]
    feed.preload(today)
    return before + today


def _midnight(now: float) -> float:
    """The start of the local day that `now` is in, epoch seconds."""
    day = dt.datetime.fromtimestamp(now).astimezone()
    return day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


async def _turn_days(floor: Floor, feed: LiveFeed) -> None:
    """At midnight the day's counts begin again."""
    while True:
        now = time.time()
        await asyncio.sleep(max(1.0, _midnight(now + 86_400 + 7200) - now))
        feed.touch(floor.start_day())


async def _settle_without_media(adoption: Adoption) -> None:
    await asyncio.sleep(NO_MEDIA_S)
    adoption.finish()
