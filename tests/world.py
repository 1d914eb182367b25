"""A whole core in memory: the real rooms, journal and conversation rules; wire, phones and clock are played.

Deliveries between core and conversations wait in a queue, so that a test can kill the core with words in
flight.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from contact_center.acd.callback import Callback, advance
from contact_center.acd.distribution import Distribution
from contact_center.acd.rules import rules_of
from contact_center.agents.desk import Desks
from contact_center.agents.device_test import DeviceTest
from contact_center.bootstrap import wire_up
from contact_center.cti.events import CallbackEvent, CtiEvent, Recorded
from contact_center.cti.feed import LiveFeed
from contact_center.cti.journal import Journal
from contact_center.cti.log import EventLog
from contact_center.customers.pop import Pop
from contact_center.ivr.calendar import Calendar
from contact_center.ivr.events import Prompt
from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import Flow
from contact_center.ivr.library import Library, queue_needs, shipped_flows
from contact_center.metrics.wallboard import Floor
from contact_center.runtime import amp
from contact_center.runtime.directory import AgentProfile, Code, Directory, QueueSettings
from contact_center.runtime.requirements import Need
from contact_center.switchboard.adoption import Adoption
from contact_center.switchboard.desk import SwitchboardDesk
from contact_center.switchboard.ports import FactOutcome
from contact_center.switchboard.roles import IMAGE, NUMBERED, RoleLink, RoleLinks
from contact_center.switchboard.switchboard import OPS, Switchboard
from contact_center.telephony import wire
from contact_center.telephony.media import acts, rules

GOOD_TEST = DeviceTest(microphone="headset", voice="heard", level=0.8, round_trip_ms=12.0)
DIRECTORY = Directory(
    agents={
        name: AgentProfile(id=name, name=name.title(), team="t", skills=skills)
        for name, skills in {
            "anna": {"billing": 3, "technical": 2, "english": 5, "mandarin": 1},
            "bo": {"billing": 1, "english": 3},
            "carl": {"technical": 3, "english": 3},
        }.items()
    },
    queues={
        "billing": QueueSettings(
            id="billing",
            name="Billing",
            name_zh="账单",
            wrap_up_mode="none",
            recording=True,
            recording_notice="This call is recorded.",
        ),
        "technical": QueueSettings(
            id="technical",
            name="Technical",
            name_zh="技术",
            wrap_up_mode="optional_timed",
            wrap_up_s=20,
            dispositions=(Code(code="done", en="Done", zh="完成"),),
        ),
    },
    not_ready_reasons=(Code(code="lunch", en="Lunch", zh="午餐"),),
)


class Shelf:
    """Where events are stored; outlives every core."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []

    async def append(self, batch: Sequence[Recorded]) -> None:
        last = self.events[-1].seq if self.events else 0
        new = [event for event in batch if event.seq > last]
        assert [event.seq for event in new] == list(range(last + 1, last + 1 + len(new)))
        self.events += new

    async def last_seq(self) -> int:
        return self.events[-1].seq if self.events else 0


class Timers:
    """Deadlines on the world's clock."""

    def __init__(self) -> None:
        self.pending: dict[tuple[str, str], tuple[float, Callable[[], None]]] = {}

    def set(self, key: tuple[str, str], at: float | None, act: Callable[[], None]) -> None:
        self.pending.pop(key, None)
        if at is not None:
            self.pending[key] = (at, act)

    def next_due(self) -> float | None:
        return min((at for at, _ in self.pending.values()), default=None)

    def fire(self, now: float) -> None:
        for key, (at, act) in sorted(self.pending.items(), key=lambda item: (item[1][0], item[0])):
            if at <= now and self.pending.get(key) == (at, act):
                del self.pending[key]
                act()


class Strangers:
    """Customer records without anybody in them."""

    def e164(self, raw_number: str) -> str | None:
        return raw_number

    def callable_back(self, raw_number: str) -> str | None:
        return raw_number if raw_number.startswith("+") else None

    async def pop(self, raw_number: str) -> Pop:
        return Pop()

    async def chosen(self, pop: Pop, customer: str) -> Pop:
        return pop


class Oracle:
    """Answers what flows ask over HTTP with what a test put in; silence without."""

    def __init__(self) -> None:
        self.answer: tuple[FactOutcome, dict[str, Value]] = ("failed", {})
        self.asked: list[tuple[str, bool, dict[str, str]]] = []

    async def ask(
        self, url: str, *, post: bool, send: Mapping[str, str], timeout_s: float
    ) -> tuple[FactOutcome, dict[str, Value]]:
        self.asked.append((url, post, dict(send)))
        return self.answer


class Book:
    """The shipped flows; a prompt's file is its name."""

    def __init__(self, archive: Path, flows: Path | None = None) -> None:
        self._library = Library(flows or shipped_flows(), archive)
        self.calendars: dict[str, Calendar] = {}

    def take_up(self) -> None:
        """What has been deployed is in force from now on."""
        self._library.take(self._library.deployed())

    def for_number(self, number: str) -> Flow | None:
        return self._library.entered_by(number)

    def version(self, name: str, version: str) -> Flow | None:
        return self._library.flow(name, version)

    def files(self, prompts: Sequence[Prompt]) -> tuple[str, ...]:
        return tuple(f"{prompt.kind}-{prompt.value}" for prompt in prompts)

    def hold_music(self) -> tuple[str, ...]:
        return ("music",)

    def ringing(self) -> tuple[str, ...]:
        return ("ringing",)

    def all(self) -> tuple[Flow, ...]:
        return self._library.all()

    def named(self, name: str) -> Flow | None:
        return next((flow for flow in self._library.all() if flow.name == name), None)

    def calendar(self, name: str) -> Calendar | None:
        return self.calendars.get(name)

    def calendar_names(self) -> tuple[str, ...]:
        return tuple(self.calendars)

    def needs(self, queue: str, language: str) -> Need:
        return queue_needs(self._library.all(), queue, language)


class Outside:
    """Numbers can be reached when they begin with +; +999 is for agents alone."""

    def target(self, number: str) -> str | None:
        return f"sip:{number}@trunk.invalid" if number.startswith("+") else None

    def allows(self, number: str) -> bool:
        return number.startswith("+") and not number.startswith("+999")

    def srtp(self, number: str) -> bool:
        return False


class Host(RoleLink):
    """The core's link to the world's media host and phones: the other end is this test."""

    def __init__(self, links: RoleLinks, world: "World") -> None:
        super().__init__(links)
        self._world = world
        self.cut = False

    def callRemote(self, command: Any, **arguments: Any) -> "Deferred[Any]":  # noqa: N802  # Twisted's name
        world = self._world
        if command is amp.ListConversations:
            return succeed({"conversations": json.dumps(sorted(world.conversations))})
        if command is amp.GetImage:
            state = world.conversations.get(arguments["conversation"])
            if state is None:
                return fail(amp.Unknown())
            return succeed({"image": IMAGE.dump(rules.image(state)).decode()})
        if command is amp.ListDevices:
            return succeed({"agents": json.dumps(sorted(world.devices))})
        if command is amp.AcceptLeg:
            if world.devices_answer:
                world.in_flight.append(lambda: world.picked_up(arguments["conversation"], arguments["leg"]))
            return succeed({})
        if command is amp.Originate and world.no_line_free:
            return fail(amp.NoneIdle())
        if command is amp.Originate:
            return succeed({"conversation": world.expecting()})
        if command is amp.DetachDevice:
            world.devices.discard(arguments["agent"])
            return succeed({})
        assert command is amp.Do, command
        done: Deferred[Any] = Deferred()
        world.in_flight.append(lambda: world.take(self, arguments, done))
        return done


class World:
    """Callers, phones, conversations and the shelf; `core_up` and `kill_core` bring cores and take them."""

    def __init__(self, folder: Path, flows: Path | None = None, directory: Directory = DIRECTORY) -> None:
        """`flows` is a folder of a test's own flows; else the shipped ones.

        `directory` is the company as stored: what a core loads when it comes up.
        """
        self.folder, self.shelf, self.directory = folder, Shelf(), directory
        self.now = 1000.0
        self.conversations: dict[str, rules.Conversation] = {}
        self.ears: dict[tuple[str, str], wire.Play] = {}
        self.mixes: dict[str, frozenset[tuple[str, str]]] = {}
        self.pressed: list[tuple[str, str, str]] = []
        self.referrers_told: list[tuple[str, str, int]] = []
        self.ringing: set[tuple[str, str]] = set()
        self.devices: set[str] = set()
        self.devices_answer = True
        self.in_flight: list[Callable[[], None]] = []
        self.unused = self.calls = self.cores = self.ids = self.keys = 0
        self.book, self.facts = Book(folder / "archive", flows), Oracle()
        self.host: Host | None = None
        self.records: Strangers = Strangers()
        self.no_line_free = False

    # -- the core --------------------------------------------------------------------------------------

    async def core_up(self) -> None:
        self.cores += 1
        self.log = EventLog(
            Journal(self.folder / "journal"), self.shelf, None, lambda: self.now, self._new_id
        )
        turns = await self.log.recover()
        self.floor = Floor(self.directory)
        self.desks = desks = Desks(self.directory)
        self.feed = LiveFeed([self.floor, desks], f"core-{self.cores}", lambda: self.now)
        self.feed.preload(self.shelf.events)
        self.links, self.timers = RoleLinks(), Timers()
        self.board = Switchboard(
            directory=self.directory,
            log=self.log,
            feed=self.feed,
            desks=desks,
            distribution=Distribution(15.0, rules_of(self.directory.queues)),
            media=self.links,
            devices=self.links,
            flows=self.book,
            records=self.records,
            facts=self.facts,
            timers=self.timers,
            trunks=Outside(),
            new_contact=self._new_id,
            tapes=self.folder / "tapes",
            callbacks=self.callbacks(),
        )
        self.log.subscribe(self.feed.tell)
        self.links.expect(turns)
        wire_up(self.links, self.board, Adoption(self.board, list(self.shelf.events), turns))
        self.desk = SwitchboardDesk(self.board)
        for role in ("media", "webrtc"):
            link = Host(self.links, self)
            link.role, link.name, link.details = role, role, {"sip": "127.0.0.1:9", "up_s": 100.0}
            if role == "media":
                self.host = link
            self.links.came(link, 1)
        await self.settle()

    def callbacks(self) -> list[Callback]:
        """Every callback that is stored, as it stands."""
        found: dict[str, Callback] = {}
        for each in self.shelf.events:
            if isinstance(each.event, CallbackEvent):
                found[each.event.callback] = advance(found.get(each.event.callback), each.event, each.at)
        return list(found.values())

    async def kill_core(self) -> None:
        """The process is gone: nothing it had not sent arrives, nothing is stored any more."""
        if self.host is not None:
            self.host.cut = True
        self.host = None
        self.in_flight.clear()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    def _new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids:06d}"

    # -- the wire --------------------------------------------------------------------------------------

    async def settle(self, most: int = 200) -> None:
        """Deliver what is under way until nothing is."""
        for _ in range(most):
            for _ in range(6):
                await asyncio.sleep(0)
            if not self.in_flight:
                return
            self.in_flight.pop(0)()
        raise AssertionError("the wire does not come to rest")

    def take(self, host: Host, do: dict[str, Any], done: "Deferred[Any]") -> None:
        """A `Do` reaches its conversation."""
        if host.cut:
            return
        state = self.conversations.get(do["conversation"])
        if state is None:
            done.errback(amp.Unknown())
            return
        done.callback({})
        took = acts.Took(ops=OPS.load(do["ops"]), ack=do["ack"], blob=do["blob"])
        self.happens(state.id, took)

    def happens(self, conversation: str, event: acts.Event) -> None:
        """Something happens to a conversation; its orders are carried out by willing phones."""
        state = self.conversations.get(conversation)
        if state is None:
            return
        self.keys += isinstance(event, acts.Keyed)
        state, effects = rules.step(state, event, self.now)
        self.conversations[conversation] = state
        for effect in effects:
            self._carry_out(conversation, effect)

    def _carry_out(self, conversation: str, effect: acts.Effect) -> None:
        match effect:
            case acts.AnswerLeg(leg=leg):
                self.later(conversation, acts.CameUp(leg=leg))
            case acts.EndLeg(leg=leg):
                self.ringing.discard((conversation, leg))
                self.later(conversation, acts.WentDown(leg=leg, code=487, reason=""))
            case acts.DialLeg(dial=dial):
                self.ringing.add((conversation, dial.leg))
                self.later(conversation, acts.RangThere(leg=dial.leg))
            case acts.StartFiles(play=play):
                self.ears[conversation, play.leg] = play
            case acts.StopFiles(leg=leg):
                self.ears.pop((conversation, leg), None)
            case acts.SetMix(hears=pairs):
                self.mixes[conversation] = pairs
            case acts.PressDigits(leg=leg, digits=digits):
                self.pressed.append((conversation, leg, digits))
            case acts.TellReferrer(leg=leg, code=code):
                self.referrers_told.append((conversation, leg, code))
            case acts.Tell(numbered=numbered):
                host = self.host
                if host is not None:
                    text = NUMBERED.dump(numbered).decode()
                    self.in_flight.append(lambda: self._reported(host, conversation, text))
            case acts.Free():
                self.conversations.pop(conversation, None)
            case _:
                pass

    def _reported(self, host: Host, conversation: str, numbered: str) -> None:
        if not host.cut:
            host.report_made(conversation, numbered)

    def later(self, conversation: str, event: acts.Event) -> None:
        self.in_flight.append(lambda: self.happens(conversation, event))

    def picked_up(self, conversation: str, leg: str) -> None:
        if (conversation, leg) in self.ringing:
            self.ringing.discard((conversation, leg))
            self.happens(conversation, acts.CameUp(leg=leg))

    def expecting(self) -> str:
        """A conversation for a call of the core's own."""
        self.calls += 1
        self.unused += 1  # until its contact has begun, as it may never
        name = f"v{self.calls}"
        self.conversations[name] = rules.Conversation(id=name, started_at=self.now)
        return name

    # -- people ----------------------------------------------------------------------------------------

    async def calls_in(self, number: str = "8000", caller: str = "") -> str:
        self.calls += 1
        name = f"v{self.calls}"
        self.conversations[name] = rules.Conversation(id=name, started_at=self.now)
        invited = acts.Invited(
            leg="caller",
            from_number=caller or f"+1202555{self.calls:04d}",
            from_name="",
            to_number=number,
            sip_call_id=name,
            headers={},
        )
        self.happens(name, invited)
        await self.settle()
        return name

    async def passes(self, seconds: float) -> None:
        """Time goes by; prompts end, deadlines fire, conversations tick."""
        end = self.now + seconds
        while True:
            due = self.timers.next_due() if self.host is not None else None
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.timers.fire(self.now)
            await self.settle()
        self.now = end
        for name in list(self.conversations):
            self.happens(name, acts.Tick())
        await self.settle()

    async def attach(self, agent: str) -> None:
        self.devices.add(agent)
        webrtc = next(link for link in self.links.links if link.role == "webrtc")
        self.links.device(webrtc, agent, True, "")
        if self.board.presence_of(agent).logged_on:
            await self.desk.report_device_test(agent, GOOD_TEST)
        await self.settle()

    def events(self) -> list[CtiEvent]:
        """Everything written, in order."""
        return [r.event for entry in Journal(self.folder / "journal").entries() for r in entry.events]
