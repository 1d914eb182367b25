"""The ASGI application: REST, feed, probes and the console, wired from plain arguments."""

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from contact_center import __version__
from contact_center.loyalty.nights import Nights
from contact_center.runtime.directory import Directory
from contact_center.runtime.passwords import Passwords
from contact_center.simulation.jobs import Simulations
from contact_center.storage.base_figures import BaseFigureStore
from contact_center.storage.base_history import BaseHistory
from contact_center.storage.callbacks import CallbackStore
from contact_center.storage.customer_theory import TheoryStore
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.nights import NightStore
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.records import Records
from contact_center.storage.segments import SegmentStore
from contact_center.storage.tier_service import TierServiceStore
from contact_center.storage.timeline import TimelineStore
from contact_center.web.access import Access
from contact_center.web.agent_routes import agent_routes
from contact_center.web.callback_routes import CallbackLine, callback_routes
from contact_center.web.console import STATIC, Console
from contact_center.web.customer_routes import Looks, customer_routes
from contact_center.web.feed_socket import SLOW_READER_S, feed_routes
from contact_center.web.flow_routes import FlowRooms, flow_routes
from contact_center.web.headers import Guarded
from contact_center.web.loyalty_routes import Reckonings, RelationshipStores, loyalty_routes
from contact_center.web.openapi import openapi_of
from contact_center.web.policy_routes import policy_routes
from contact_center.web.ports import Desk, Feed, RoutingDesk
from contact_center.web.previews import Previews
from contact_center.web.probes import probe_routes
from contact_center.web.problems import Problem, add_problem_details
from contact_center.web.record_editing_routes import RecordDesk, record_editing_routes
from contact_center.web.record_routes import record_routes
from contact_center.web.recording_routes import Listening, recording_routes
from contact_center.web.remedy_routes import remedy_routes
from contact_center.web.routing_routes import routing_routes
from contact_center.web.segment_routes import SegmentSources, segment_routes
from contact_center.web.session_routes import session_routes
from contact_center.web.sessions import PeopleBook, Sessions
from contact_center.web.simulation_routes import DayOf, simulation_routes


def create_app(  # the one place where the web room meets all others
    *,
    people: PeopleBook,
    passwords: Passwords,
    records: Records,
    region: str,
    events: EventStore,
    directory: Callable[[], Directory],
    desk: Desk,
    feed: Feed,
    roles: Callable[[], Mapping[str, bool]],
    database_up: Callable[[], Awaitable[bool]],
    registry: CollectorRegistry,
    recordings: RecordingStore,
    recordings_dir: Path,
    loyalty: LoyaltyStore,
    callback_line: CallbackLine,
    callbacks: CallbackStore,
    flows: FlowRooms,
    routing: RoutingDesk,
    simulations: Simulations,
    day_of: DayOf,
    nights: Nights,
    kept_nights: NightStore,
    database: Database,
    previews: Previews,
    session_s: float,
    secure_cookies: bool = False,
    clock: Callable[[], float] = time.time,
    static: Path = STATIC,
    slow_reader_s: float = SLOW_READER_S,
) -> ASGIApp:
    """The application. `directory` and `roles` are asked anew each time; `clock` gives epoch seconds."""
    sessions = Sessions(people, passwords, session_s=session_s, clock=clock)
    access = Access(sessions)
    api = APIRouter(
        prefix="/api/v1",
        responses={"default": {"model": Problem, "description": "Problem details (RFC 9457)"}},
    )
    api.include_router(session_routes(sessions, access, desk, secure_cookies=secure_cookies))
    api.include_router(agent_routes(access, desk, directory))
    looks = Looks(recordings, clock)
    api.include_router(record_routes(access, records, events, directory, clock, looks))
    api.include_router(customer_routes(access, records, loyalty, looks))
    writing = RecordDesk(records, loyalty, looks, directory, region)
    api.include_router(record_editing_routes(access, writing))
    listening = Listening(recordings, recordings_dir, directory, clock)
    api.include_router(recording_routes(access, desk, listening))
    related = RelationshipStores(loyalty, TheoryStore(database, loyalty), TimelineStore(database))
    reckonings = Reckonings(nights=nights, kept=kept_nights)
    api.include_router(loyalty_routes(access, related, reckonings, looks, directory, clock))
    api.include_router(remedy_routes(access, related.loyalty, looks, clock))
    api.include_router(policy_routes(access, loyalty, previews, lambda: directory().queues, clock))
    sources = SegmentSources(
        loyalty,
        SegmentStore(database),
        TierServiceStore(database),
        BaseFigureStore(database),
        BaseHistory(database),
        recordings,
        clock,
    )
    api.include_router(segment_routes(access, sources))
    api.include_router(callback_routes(access, callback_line, callbacks, recordings, clock))
    api.include_router(flow_routes(access, flows, recordings, clock))
    api.include_router(routing_routes(access, routing, recordings, clock))
    api.include_router(simulation_routes(access, simulations, day_of))
    api.include_router(feed_routes(access, feed, clock, slow_reader_s=slow_reader_s))
    app = _application()
    app.include_router(api)
    app.include_router(probe_routes(roles, database_up, registry))
    app.mount("/", Console(static))
    return Guarded(app)


def _application() -> FastAPI:
    app = FastAPI(
        title="Contact centre",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the page FastAPI would serve loads its scripts from elsewhere
        redoc_url=None,
    )
    add_problem_details(app)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app
