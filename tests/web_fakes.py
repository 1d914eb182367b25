"""A web application over a real database, with a desk and a feed that only remember what they were asked."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry, Counter
from starlette.types import ASGIApp

from contact_center.acd.callback import Callback
from contact_center.agents.device_test import DeviceTest
from contact_center.cti.feed_scope import Scope
from contact_center.customers.record import Customer
from contact_center.loyalty.nights import Nights
from contact_center.runtime.directory import AgentProfile, Directory, QueueSettings
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.ids import new_id
from contact_center.runtime.passwords import Passwords
from contact_center.simulation.jobs import Simulations
from contact_center.storage.callbacks import CallbackStore
from contact_center.storage.company import load_company
from contact_center.storage.days import recorded_day
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import Database
from contact_center.storage.events import EventStore
from contact_center.storage.loyalty import LoyaltyStore
from contact_center.storage.nights import NightStore
from contact_center.storage.people import People
from contact_center.storage.policy_previews import preview
from contact_center.storage.recordings import RecordingStore
from contact_center.storage.records import Records
from contact_center.storage.routing import RoutingStore
from contact_center.switchboard.measuring import HeardThere
from contact_center.switchboard.session import Destination, Target
from contact_center.web.app import create_app
from contact_center.web.flow_routes import FlowRooms
from contact_center.web.previews import Previews
from tests.calls import abandoned_call, handled_call, recorded
from tests.flow_fakes import flow_rooms

HOST = "console.test"
ORIGIN = f"http://{HOST}"
NOW = 1_700_010_000.0
PASSWORD = "correct horse"

COMPANY = """
name = "Harbour"
name_zh = "海港"
skills = ["billing"]
agents = [
  {id = "a1", name = "Ann", team = "day", skills = {billing = 4}},
  {id = "a2", name = "Bo", team = "day", skills = {billing = 1}},
]
dispositions = [{code = "resolved", en = "Resolved", zh = "已解决"}]
not_ready_reasons = [{code = "break", en = "Break", zh = "休息"}]
users = [
  {login = "ann", name = "Ann", password = "correct horse", roles = ["agent"], agent = "a1", language = "zh"},
  {login = "bo", name = "Bo", password = "correct horse", roles = ["agent"], agent = "a2"},
  {login = "sue", name = "Sue", password = "correct horse", roles = ["supervisor"]},
  {login = "ada", name = "Ada", password = "correct horse", roles = ["administrator"]},
  {login = "ivo", name = "Ivo", password = "correct horse", roles = ["integrator"]},
]
[[queues]]
id = "billing"
name = "Billing"
name_zh = "账单"
recording = true
dispositions = ["resolved"]
disposition_required = true
[[queues]]
id = "technical"
name = "Technical"
name_zh = "技术"
"""


class StoredRouting:
    """Changes of the routing that are only stored: no line moves by them."""

    def __init__(self, database: Database, directory: Directory) -> None:
        self._store, self.directory = RoutingStore(database), directory
        self.calendars: tuple[str, ...] = ("weekdays",)

    async def change_queue(self, by: str, queue: str, settings: Mapping[str, Any]) -> QueueSettings:
        if queue not in self.directory.queues:
            raise NotFound(f"no queue {queue!r}")
        self.directory = await self._store.change_queue(queue, settings)
        return self.directory.queues[queue]

    async def change_skills(self, by: str, agent: str, skills: Mapping[str, int]) -> AgentProfile:
        self.directory = await self._store.change_skills(agent, skills)
        return self.directory.agents[agent]


@dataclass
class DeskLog:
    """A desk that notes each act, or refuses it when `refusal` is set."""

    acts: list[tuple[object, ...]] = field(default_factory=list)
    refusal: Exception | None = None

    def _note(self, *act: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.acts.append(act)

    async def log_on(self, agent: str) -> None:
        self._note("log_on", agent)

    async def log_off(self, agent: str) -> None:
        self._note("log_off", agent)

    async def attach_device(self, agent: str, sdp: str) -> str:
        self._note("attach_device", agent, sdp)
        return f"answer to {sdp}"

    async def report_device_test(self, agent: str, test: DeviceTest) -> None:
        self._note("report_device_test", agent, test)

    async def choose_status(self, agent: str, status: str) -> None:
        self._note("choose_status", agent, status)

    async def accept(self, agent: str, offer: str) -> None:
        self._note("accept", agent, offer)

    async def reject(self, agent: str, offer: str) -> None:
        self._note("reject", agent, offer)

    async def hold(self, agent: str, contact: str) -> None:
        self._note("hold", agent, contact)

    async def retrieve(self, agent: str, contact: str) -> None:
        self._note("retrieve", agent, contact)

    async def hang_up(self, agent: str, contact: str) -> None:
        self._note("hang_up", agent, contact)

    async def pause_recording(self, agent: str | None, contact: str) -> None:
        self._note("pause_recording", agent or "-", contact)

    async def resume_recording(self, agent: str | None, contact: str) -> None:
        self._note("resume_recording", agent or "-", contact)

    async def mute(self, agent: str, contact: str, *, on: bool) -> None:
        self._note("mute" if on else "unmute", agent, contact)

    async def heard_there(self, agent: str, heard: HeardThere) -> None:
        self._note("heard_there", agent, heard.contact, f"{heard.lost:g}", f"{heard.round_trip_ms}")

    async def press(self, agent: str, contact: str, digits: str) -> None:
        self._note("press", agent, contact, digits)

    async def transfer(
        self, agent: str, contact: str, target: Target, how: Literal["blind", "attended"]
    ) -> None:
        self._note("transfer", agent, contact, target.kind, target.name, how)

    async def consult_complete(self, agent: str, contact: str) -> None:
        self._note("complete", agent, contact)

    async def consult_cancel(self, agent: str, contact: str) -> None:
        self._note("cancel", agent, contact)

    async def consult_swap(self, agent: str, contact: str) -> None:
        self._note("swap", agent, contact)

    async def consult_conference(self, agent: str, contact: str) -> None:
        self._note("conference", agent, contact)

    async def call(self, agent: str, to: str, queue: str) -> str:
        self._note("call", agent, to, queue)
        return "k9"

    def transfer_targets(self, agent: str) -> list[Destination]:
        self._note("transfer_targets", agent)
        return [Destination(kind="agent", id="a2", name="Bo", name_zh="Bo", state="ready")]

    async def set_disposition(self, agent: str, contact: str, disposition: str, note: str) -> None:
        self._note("set_disposition", agent, contact, disposition, note)

    async def take_note(self, agent: str, contact: str, note: str) -> None:
        self._note("take_note", agent, contact, note)

    async def choose_customer(self, agent: str, contact: str, customer: str) -> None:
        self._note("choose_customer", agent, contact, customer)

    async def wrap_up_done(self, agent: str) -> None:
        self._note("wrap_up_done", agent)

    def refuse_during_a_call(self) -> None:
        self.refusal = Conflict("on_call", "End the call first.")


class CallbackScript:
    """The line's callbacks: remembers what was wanted; knows only `k1`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    async def add(self, queue: str, number: str, language: str, by: str) -> Callback:
        if number == "+900":
            raise Conflict("target", "it must not be called")
        self.calls.append(("add", queue, number, language, by))
        return Callback(
            id="k1", queue=queue, number=number, enqueued_at=NOW, requested_at=NOW, expires_at=NOW + 60, by=by
        )

    def cancel(self, callback: str, by: str) -> None:
        self._known(callback)
        self.calls.append(("cancel", callback, by))

    def call_now(self, callback: str) -> None:
        self._known(callback)
        self.calls.append(("call_now", callback))

    def _known(self, callback: str) -> None:
        if callback != "k1":
            raise NotFound(f"no callback {callback!r} is open")


@dataclass
class FeedScript:
    """A feed that sends what is put into `texts`; None ends it. `open` counts live subscriptions."""

    texts: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)
    asked: list[tuple[Scope, int | None, str | None]] = field(default_factory=list)
    open: int = 0
    sent: int = 0

    async def subscribe(self, scope: Scope, since: int | None, epoch: str | None) -> AsyncIterator[str]:
        self.asked.append((scope, since, epoch))
        self.open += 1
        try:
            while (text := await self.texts.get()) is not None:
                yield text
                self.sent += 1
        finally:
            self.open -= 1


@dataclass
class Web:
    """The application and everything around it that a test may want to turn."""

    app: ASGIApp
    desk: DeskLog
    feed: FeedScript
    records: Records
    people: People
    recordings: RecordingStore
    recordings_dir: Path
    roles: dict[str, bool]
    now: list[float]
    callbacks: "CallbackScript"
    flows: FlowRooms
    nights: Nights

    @asynccontextmanager
    async def browser(self, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A client that behaves as the console does; logged in when `login` is given."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        headers = {"Origin": ORIGIN}
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
            if login is not None:
                await log_in(client, login)
            yield client


async def log_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    response = await client.post("/api/v1/session", json={"login": login, "password": password})
    if response.status_code == 200:
        client.headers["X-CSRF-Token"] = response.json()["csrf"]
    return response


async def build_web(database: Database, folder: Path, *, slow_reader_s: float = 10.0) -> Web:
    """An application over `database`, filled with a small company, two customers and two contacts."""
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    company = folder / "company.toml"
    company.write_text(COMPANY, "utf-8")
    await load_company(database, company, passwords.hash)
    records, events, people = Records(database), EventStore(database), People(database)
    await records.save_customers(
        [
            Customer(id="c1", name="王梅", numbers=("+12025550100",), emails=("mei@example.com",)),
            Customer(id="c2", name="John", numbers=("+12025550101",)),
        ]
    )
    first = recorded(handled_call("k"))
    await events.append([*first, *recorded(abandoned_call("m"), first_seq=len(first) + 1, at=NOW - 3000)])
    directory = await load_directory(database)
    return _wire(database, directory, records, events, people, passwords, folder / "static", slow_reader_s)


async def a_night(kept: NightStore, now: list[float]) -> str:
    """Reckon the base in this process."""
    _ = [night async for night in kept.run("n1", lambda: now[0])]
    return ""


def _wire(
    database: Database,
    directory: Directory,
    records: Records,
    events: EventStore,
    people: People,
    passwords: Passwords,
    static: Path,
    slow_reader_s: float,
) -> Web:
    registry = CollectorRegistry()
    Counter("cc_contacts", "Contacts.", registry=registry).inc(7)
    desk, feed, roles, now = DeskLog(), FeedScript(), {"media": True, "edge": True}, [NOW]

    def connected() -> Mapping[str, bool]:
        return roles

    callbacks = CallbackScript()
    shelf, shelf_dir = RecordingStore(database), static.parent / "recordings"
    flows = flow_rooms(static.parent / "ivr", lambda: now[0], events.between)
    kept_nights = NightStore(database)
    nights = Nights(kept_nights, lambda: a_night(kept_nights, now), lambda: now[0], hour=3)
    app = create_app(
        people=people,
        passwords=passwords,
        records=records,
        region="US",
        events=events,
        directory=lambda: directory,
        desk=desk,
        feed=feed,
        roles=connected,
        database_up=database.ping,
        registry=registry,
        recordings=shelf,
        recordings_dir=shelf_dir,
        loyalty=LoyaltyStore(database),
        callback_line=callbacks,
        callbacks=CallbackStore(database),
        flows=flows,
        routing=StoredRouting(database, directory),
        simulations=Simulations(static.parent / "simulations", lambda: now[0], lambda: new_id("s")),
        day_of=lambda from_at, to_at: recorded_day(database, from_at, to_at, {}),
        nights=nights,
        kept_nights=kept_nights,
        database=database,
        previews=Previews(lambda policy: preview(database, policy, now[0]), lambda: "p1"),
        session_s=3600,
        clock=lambda: now[0],
        static=static,
        slow_reader_s=slow_reader_s,
    )
    return Web(app, desk, feed, records, people, shelf, shelf_dir, roles, now, callbacks, flows, nights)
