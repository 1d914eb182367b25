"""The whole core under any story, killed at any moment: nobody is lost, nothing is counted twice."""

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_center.acd.matching import qualifies
from contact_center.agents.presence import Idle, OnCall, Reserved, available
from contact_center.cti import events as cti
from contact_center.metrics.wallboard import Floor
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.telephony.media import acts
from tests.support import run_apart
from tests.world import DIRECTORY, World

AGENTS = sorted(DIRECTORY.agents)
Act = tuple[str, int, int]
KINDS = (
    *("call", "digit", "prompt", "queued_call", "queued_call", "queued_call", "give_up", "ready", "ready"),
    *("lunch", "accept", "accept", "accept", "reject", "hang_up", "hold", "retrieve", "done", "disposition"),
    *("wait", "wait_long", "kill", "kill_in_flight", "device_gone", "device_back", "agent_phone_ends"),
    *("conversation_dies", "pause", "pause", "resume", "tape_fails"),
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
                case "wait":
                    await world.passes(0.5 + number)
                case "wait_long":
                    await world.passes(20.0)
                case "kill":
                    await world.kill_core()
                    await world.core_up()
                case "ready" | "lunch" | "accept" | "reject" | "done" | "disposition":
                    await self.agent_acts(kind, agent)
                case "hang_up" | "hold" | "retrieve" | "pause" | "resume":
                    await self.call_acts(kind, agent)
                case "device_gone" | "device_back":
                    await self.device(agent, up=kind == "device_back")
                case _:
                    if conversation is not None:
                        await self.happens(kind, conversation, number)
        except (Conflict, NotFound):
            pass
        await world.settle()
        check_line(world)

    async def queued_call(self, number: int) -> None:
        """A caller who keys a way into the line."""
        conversation = await self.world.calls_in()
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
            acts_by_name = {
                "hang_up": desk.hang_up,
                "hold": desk.hold,
                "retrieve": desk.retrieve,
                "pause": desk.pause_recording,
                "resume": desk.resume_recording,
            }
            await acts_by_name[kind](agent, activity.contact)

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
                play = world.playing.get(conversation)
                if play is not None and not play.loop:
                    world.playing.pop(conversation)
                    world.happens(conversation, acts.PlayedOut(leg="caller", play=play.play))
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
        await world.passes(1000.0)


def check_line(world: World) -> None:
    """Who is shown as able to take a call is in the line's eyes, and nobody else; nobody waits for them."""
    board = world.board
    able = {agent for agent, presence in board.presences.items() if available(presence)}
    assert able == board.distribution.free_agents()
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
    assert len(arrived) == world.calls
    assert [event.seq for event in world.shelf.events] == list(range(1, len(world.shelf.events) + 1))
    collected = sum(len(e.digits) for e in log if isinstance(e, cti.DigitsCollected))
    assert collected <= world.keys, "a key was taken twice"
    check_offers(log)
    check_counts(world, log)
    check_recordings(log)
    assert not world.board.sessions
    assert not world.floor.contacts
    assert not world.conversations, "a conversation was never let go"
    for presence in world.board.presences.values():
        assert isinstance(presence.activity, Idle)


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
            case cti.Established(contact=contact):
                mine = [name for name, o in live.items() if o.contact == contact]
                assert len(mine) == 1
                del live[mine[0]]
            case cti.ContactEnded(contact=contact, outcome="failed"):
                for name in [name for name, o in live.items() if o.contact == contact]:
                    del live[name]
            case _:
                pass
    assert not live


def check_recordings(log: list[cti.CtiEvent]) -> None:
    """Every answer of a recorded queue has a recording of its own, which ends once; pauses are in it."""
    running: dict[str, bool] = {}
    started: list[str] = []
    answers = 0
    for event in log:
        match event:
            case cti.Established(queue=queue):
                answers += DIRECTORY.queues[queue].recording
            case cti.RecordingStarted(recording=name):
                started.append(name)
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
    assert len(started) == len(set(started)) == answers


def check_counts(world: World, log: list[cti.CtiEvent]) -> None:
    """Offered = answered + abandoned + failed before an answer; the floor folded anew says the same."""
    counts = world.floor.counts()
    again = Floor(DIRECTORY)
    for recorded in world.shelf.events:
        again.apply(recorded)
    assert again.counts() == counts
    offered = sum(c.offered for c in counts.values())
    answered = sum(c.answered for c in counts.values())
    abandoned = sum(c.abandoned for c in counts.values())
    answered_contacts = {e.contact for e in log if isinstance(e, cti.Established)}
    failed = sum(
        isinstance(e, cti.ContactEnded)
        and e.outcome == "failed"
        and e.queue is not None
        and e.contact not in answered_contacts
        for e in log
    )
    assert offered == answered + abandoned + failed


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
