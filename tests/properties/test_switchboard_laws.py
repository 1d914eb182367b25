"""The whole core under any story, killed at any moment: nobody is lost, nothing is counted twice."""

import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_center.acd.callback import LIVE, Callback, advance
from contact_center.acd.rules import qualifies
from contact_center.agents.presence import Idle, OnCall, Reserved, available
from contact_center.cti import events as cti
from contact_center.customers.history import fold
from contact_center.metrics.wallboard import ALL, Floor
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard.session import Target
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import DIRECTORY, World

AGENTS = sorted(DIRECTORY.agents)
Act = tuple[str, int, int]
KINDS = (
    *("call", "digit", "prompt", "queued_call", "queued_call", "queued_call", "give_up", "ready", "ready"),
    *("lunch", "accept", "accept", "accept", "reject", "hang_up", "hold", "retrieve", "done", "disposition"),
    *("wait", "wait_long", "kill", "kill_in_flight", "device_gone", "device_back", "agent_phone_ends"),
    *("transfer", "transfer", "consult", "consult", "consult", "complete", "cancel", "swap", "conference"),
    *("mute", "keys", "call_out", "outside_answers", "outside_answers", "outside_ends", "refer"),
    *("conversation_dies", "pause", "pause", "resume", "tape_fails"),
    *(
        "call_back",
        "call_back",
        "call_back",
        "calls_again",
        "wait_long",
        "callback_now",
        "callback_cancelled",
    ),
)
act = st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 9))


class Story:
    """Carries acts out; one that does not fit the moment is refused, as in life."""

    def __init__(self, world: World) -> None:
        self.world = world

    def conversation(self, which: int) -> str | None:
        names = sorted(self.world.conversations)
        return names[which % len(names)] if names else None

    async def play(self, what: Act) -> None:
        kind, which, number = what
        world, agent = self.world, AGENTS[which % len(AGENTS)]
        conversation = self.conversation(which)
        try:
            match kind:
                case "call":
                    await world.calls_in()
                case "queued_call":
                    await self.queued_call(number)
                case "calls_again":
                    await self.queued_call(number, "+12025550001")
                case "callback_now" | "callback_cancelled":
                    self.supervises(kind, number)
                case "wait":
                    await world.passes(0.5 + number)
                case "wait_long":
                    await world.passes(20.0)
                case "kill":
                    await world.kill_core()
                    await world.core_up()
                case "ready" | "lunch" | "accept" | "reject" | "done" | "disposition":
                    await self.agent_acts(kind, agent)
                case (
                    "hang_up"
                    | "hold"
                    | "retrieve"
                    | "complete"
                    | "cancel"
                    | "swap"
                    | "conference"
                    | "mute"
                    | "keys"
                    | "pause"
                    | "resume"
                ):
                    await self.call_acts(kind, agent)
                case "transfer" | "consult":
                    await self.send_on(agent, number, attended=kind == "consult")
                case "call_out":
                    await world.desk.log_on(agent)
                    await world.attach(agent)
                    await world.desk.call(agent, f"+4930{number}", "billing")
                case "device_gone" | "device_back":
                    await self.device(agent, up=kind == "device_back")
                case _:
                    if conversation is not None:
                        await self.happens(kind, conversation, number)
        except (Conflict, NotFound):
            pass
        await world.settle()
        check_line(world)
        for session in world.board.sessions.values():
            staying = [leg for leg in session.call.legs.values() if leg.ended_for is None]
            assert len(staying) <= 3, "of the four lines of a conversation one is free for a REFER"

    def supervises(self, kind: str, number: int) -> None:
        calling_back = self.world.board.calling_back
        for each in calling_back.book.all()[number % 3 :][:1]:
            if kind == "callback_now":
                calling_back.call_now(each.id)
            else:
                calling_back.cancel(each.id, "sofia")

    async def queued_call(self, number: int, caller: str = "") -> None:
        """A caller who keys a way into the line."""
        conversation = await self.world.calls_in(caller=caller)
        for key in ("1", "12"[number % 2]):
            await self.world.passes(1.0)
            await self.happens("prompt", conversation, 0)
            await self.happens("digit", conversation, int(key))
            await self.world.settle()
        await self.happens("prompt", conversation, 0)

    async def agent_acts(self, kind: str, agent: str) -> None:
        desk, state = self.world.desk, self.world.board.presence_of(agent)
        activity = state.activity
        match kind:
            case "ready" | "lunch":
                await desk.log_on(agent)
                await self.world.attach(agent)
                await desk.choose_status(agent, kind)
            case "accept" if isinstance(activity, Reserved):
                await desk.accept(agent, activity.offer)
            case "reject" if isinstance(activity, Reserved):
                await desk.reject(agent, activity.offer)
            case "done":
                await desk.wrap_up_done(agent)
            case "disposition" if not isinstance(activity, (Idle, Reserved)):
                await desk.set_disposition(agent, activity.contact, "done", "")
            case _:
                pass

    async def call_acts(self, kind: str, agent: str) -> None:
        desk, activity = self.world.desk, self.world.board.presence_of(agent).activity
        if isinstance(activity, OnCall):
            acts_by_name: dict[str, Callable[[str, str], Awaitable[None]]] = {
                "hang_up": desk.hang_up,
                "hold": desk.hold,
                "retrieve": desk.retrieve,
                "complete": desk.consult_complete,
                "cancel": desk.consult_cancel,
                "swap": desk.consult_swap,
                "conference": desk.consult_conference,
                "mute": partial(desk.mute, on=True),
                "keys": partial(desk.press, digits="1"),
                "pause": desk.pause_recording,
                "resume": desk.resume_recording,
            }
            await acts_by_name[kind](agent, activity.contact)

    async def send_on(self, agent: str, number: int, *, attended: bool) -> None:
        """Transfer or consult, to any kind of target."""
        activity = self.world.board.presence_of(agent).activity
        targets = [
            *(Target(kind="agent", name=name) for name in AGENTS),
            *(Target(kind="queue", name=name) for name in DIRECTORY.queues),
            Target(kind="flow", name="main_menu"),
            *(Target(kind="number", name=f"+49{digit}") for digit in range(3)),
        ]
        if isinstance(activity, OnCall):
            how: Literal["blind", "attended"] = "attended" if attended else "blind"
            await self.world.desk.transfer(agent, activity.contact, targets[number % len(targets)], how)

    async def device(self, agent: str, *, up: bool) -> None:
        if up:
            await self.world.attach(agent)
        elif agent in self.world.devices:
            self.world.devices.discard(agent)
            webrtc = next(link for link in self.world.links.links if link.role == "webrtc")
            self.world.links.device(webrtc, agent, False, "gone")

    async def happens(self, kind: str, conversation: str, number: int) -> None:
        world = self.world
        agent_legs = [leg for leg in world.conversations[conversation].legs if leg != "caller"]
        match kind:
            case "digit":
                world.happens(conversation, acts.Keyed(leg="caller", digit=str(number % 3)))
            case "prompt":
                play = world.ears.get((conversation, "caller"))
                if play is not None and not play.loop:
                    world.ears.pop((conversation, "caller"))
                    world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))
            case "refer" if agent_legs:
                world.happens(conversation, acts.AskedToRefer(leg=agent_legs[-1], target=AGENTS[number % 3]))
            case "call_back":  # in line: leave it, and take the offer
                for key in "11":
                    world.happens(conversation, acts.Keyed(leg="caller", digit=key))
                    await world.settle()
            case "outside_answers":
                for of, leg in sorted(world.ringing):
                    if of == conversation and not leg.startswith("agent"):
                        world.picked_up(conversation, leg)
            case "outside_ends":
                outside = [leg for leg in world.conversations[conversation].legs if leg.startswith("outside")]
                if outside:
                    code = (200, 486)[number % 2]
                    world.happens(conversation, acts.WentDown(leg=outside[-1], code=code, reason=""))
            case "give_up":
                world.happens(conversation, acts.WentDown(leg="caller", code=200, reason=""))
            case "agent_phone_ends" if agent_legs:
                code = (200, 486, 480)[number % 3]
                world.happens(conversation, acts.WentDown(leg=agent_legs[-1], code=code, reason=""))
            case "kill_in_flight":
                world.happens(conversation, acts.Keyed(leg="caller", digit=str(number % 3)))
                for _ in range(min(number, len(world.in_flight))):
                    world.in_flight.pop(0)()
                await world.kill_core()
                await world.core_up()
            case "tape_fails":
                tape = world.conversations[conversation].tape
                if tape is not None and number < 3:
                    world.happens(conversation, acts.TapeFailed(recording=tape.record.recording, why="full"))
            case "conversation_dies" if number == 0:
                del world.conversations[conversation]
                world.links.lost(conversation, "killed")
            case _:
                pass

    async def finish(self) -> None:
        """Everybody hangs up, and time passes until nothing is left to happen."""
        world = self.world
        for name in sorted(world.conversations):
            world.happens(name, acts.WentDown(leg="caller", code=200, reason=""))
        await world.settle()
        calling_back = world.board.calling_back
        while left := calling_back.book.all():
            for each in left:
                if each.state == "waiting":
                    calling_back.cancel(each.id, "sofia")
            await world.passes(60.0)
            for name in sorted(world.conversations):
                world.happens(name, acts.WentDown(leg="caller", code=200, reason=""))
            await world.settle()
        await world.passes(1000.0)


def check_line(world: World) -> None:
    """Who is shown as able to take a call is in the line's eyes, and nobody else; nobody waits for them."""
    board = world.board
    able = {agent for agent, presence in board.presences.items() if available(presence)}
    kept = board.calling_back.kept_agents()
    assert kept <= able
    assert able - kept == board.distribution.free_agents()
    able -= kept
    for queue in DIRECTORY.queues:
        for waiting in board.distribution.line(queue):
            if board.distribution.offer_for(waiting.contact) is None:
                assert not [a for a in able if qualifies(DIRECTORY.agents[a].skills, waiting.skills)]


def check_laws(world: World) -> None:
    log = world.events()
    arrived = Counter(e.contact for e in log if isinstance(e, cti.ContactArrived))
    ended = Counter(e.contact for e in log if isinstance(e, cti.ContactEnded))
    assert arrived == ended
    assert set(arrived.values()) <= {1}
    assert len(arrived) <= world.calls, "a contact out of nothing"
    assert len(arrived) >= world.calls - world.unused, "a caller nobody heard of"
    assert [event.seq for event in world.shelf.events] == list(range(1, len(world.shelf.events) + 1))
    collected = sum(len(e.digits) for e in log if isinstance(e, cti.DigitsCollected))
    assert collected <= world.keys, "a key was taken twice"
    check_offers(log)
    check_callbacks(world, log)
    check_counts(world, log)
    check_recordings(log)
    assert not world.board.sessions
    assert not world.floor.contacts
    totals = world.floor.row(ALL)
    assert totals is not None
    assert (totals["waiting"], totals["talking"]) == (0, 0)
    assert not world.conversations, "a conversation was never let go"
    check_segments(world, arrived)
    for presence in world.board.presences.values():
        assert isinstance(presence.activity, Idle)


def check_segments(world: World, contacts: Iterable[str]) -> None:
    """Who talked with the customer is in one segment that ended; nobody is in two at once."""
    for contact in contacts:
        kept = fold(e for e in world.shelf.events if cti.contact_of(e.event) == contact)
        last: dict[tuple[str | None, str], float] = {}
        for segment in kept.segments:
            assert segment.ended is not None
            assert segment.to_at is not None
            who = (segment.agent, segment.number)
            assert segment.from_at >= last.get(who, 0.0)
            last[who] = segment.to_at


def check_offers(log: list[cti.CtiEvent]) -> None:
    """Every offer ends once, and no contact or agent ever has two."""
    live: dict[str, cti.OfferMade] = {}
    for event in log:
        match event:
            case cti.OfferMade(offer=offer, contact=contact, agent=agent):
                assert offer not in live
                assert contact not in {o.contact for o in live.values()}
                assert agent not in {o.agent for o in live.values()}
                live[offer] = event
            case cti.OfferLapsed(offer=offer):
                del live[offer]
            case cti.Consulted(contact=contact, with_agent=str(agent)):
                mine = [name for name, o in live.items() if (o.contact, o.agent) == (contact, agent)]
                assert len(mine) == 1
                del live[mine[0]]
            case cti.Established(contact=contact, agent=agent, again=again):
                mine = [name for name, o in live.items() if (o.contact, o.agent) == (contact, agent)]
                assert len(mine) == 1 or (again and not mine)
                for name in mine:
                    del live[name]
            case cti.ContactEnded(contact=contact, outcome="failed"):
                for name in [name for name, o in live.items() if o.contact == contact]:
                    del live[name]
            case _:
                pass
    assert not live


def check_recordings(log: list[cti.CtiEvent]) -> None:
    """Every answer of a recorded queue has a recording of its own, which ends once; pauses are in it.

    A flow may record the caller as well, with no agent.
    """
    running: dict[str, bool] = {}
    started: list[str] = []
    answers = answered = 0
    for event in log:
        match event:
            case cti.Established(queue=queue):
                answers += queue in DIRECTORY.queues and DIRECTORY.queues[queue].recording
            case cti.RecordingStarted(recording=name, agent=agent):
                started.append(name)
                answered += bool(agent)
                running[name] = False
            case cti.RecordingPaused(recording=name):
                assert running[name] is False
                running[name] = True
            case cti.RecordingResumed(recording=name):
                assert running[name] is True
                running[name] = False
            case cti.RecordingStopped(recording=name) | cti.RecordingFailed(recording=name):
                del running[name]
            case _:
                pass
    assert not running, "a recording never ended"
    assert len(started) == len(set(started))
    assert answered == answers


def check_counts(world: World, log: list[cti.CtiEvent]) -> None:
    """Offered = answered + abandoned + gone another way; the floor folded anew says the same."""
    counts = world.floor.counts()
    again = Floor(DIRECTORY)
    for recorded in world.shelf.events:
        again.apply(recorded)
    assert again.counts() == counts
    offered = sum(c.offered for c in counts.values())
    answered = sum(c.answered for c in counts.values())
    abandoned = sum(c.abandoned for c in counts.values())
    assert offered == answered + abandoned + lost_in_line(log)


def check_callbacks(world: World, log: list[cti.CtiEvent]) -> None:
    """Each keeps its place, has at most one live call, and ends once; the stored ones say the same."""
    kept: dict[str, Callback] = {}
    places: dict[str, float] = {}
    for event in log:
        if isinstance(event, cti.CallbackEvent):
            before = kept.get(event.callback)
            assert before is None or before.is_open, "something happened after its end"
            after = kept[event.callback] = advance(before, event, 0.0)
            assert (after.contact is not None) == (after.state in (*LIVE, "done"))
            live = Counter(each.number for each in kept.values() if each.state in ("dialling", "in_line"))
            assert max(live.values(), default=0) <= 1, "somebody is called twice at once"
            if isinstance(event, cti.CallbackAttempted):
                places[event.contact] = after.enqueued_at
        elif isinstance(event, cti.Queued) and event.contact in places:
            assert event.enqueued_at <= places[event.contact]
    assert not [each for each in kept.values() if each.is_open]
    assert {each.id for each in world.callbacks()} == set(kept)


def lost_in_line(log: list[cti.CtiEvent]) -> int:
    """Contacts that failed while a queue had them unanswered, or left it: called back, or in a menu."""
    in_line: set[str] = set()
    lost = 0
    for event in log:
        match event:
            case cti.Queued(contact=contact, requeued=requeued, transferred=transferred):
                if transferred or not requeued:
                    in_line.add(contact)
            case cti.Established(contact=contact, again=False):
                in_line.discard(contact)
            case cti.ContactEnded(contact=contact, outcome=outcome) if contact in in_line:
                in_line.discard(contact)
                lost += outcome in ("failed", "callback", "ended_in_flow")
            case _:
                pass
    return lost


async def tell(story: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        teller = Story(world)
        await teller.play(("ready", 0, 0))
        for what in story:
            await teller.play(what)
        await teller.finish()
        await world.log.store_rest()
        check_laws(world)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(act, min_size=10, max_size=60))
def test_any_story_ends_with_everybody_accounted_for(story: list[Act]) -> None:
    run_apart(tell(story))
