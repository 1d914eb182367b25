"""A call to be sent on, in memory: Anna has a customer of the billing queue; Bo, Carl, an outside number."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from contact_center.agents import presence as presences
from contact_center.agents.presence import Reserved
from contact_center.cti import events as cti
from contact_center.cti.view import Row
from contact_center.customers.history import Interaction, fold
from contact_center.runtime.errors import Conflict
from contact_center.switchboard.session import Session, Target
from contact_center.switchboard.taping import NOTICE_PLAY
from contact_center.telephony.media import acts
from tests.world import World

NUMBER = "+4930111222"
TARGETS = {
    "agent": Target(kind="agent", name="bo"),
    "queue": Target(kind="queue", name="technical"),
    "outside": Target(kind="number", name=NUMBER),
}
WHO = {"agent": "bo", "queue": "carl"}
"""The agent behind each kind of target."""


class Scene:
    """Anna talks with the customer `v1`; Bo and Carl are ready."""

    def __init__(self, world: World, kind: str) -> None:
        self.world, self.kind = world, kind
        self.contact = ""

    async def begin(self) -> None:
        world = self.world
        await self.ready("anna")
        await world.calls_in()
        for key in "11":
            await self.prompt_over()
            world.happens("v1", acts.Keyed(leg="caller", digit=key))
            await world.settle()
        await self.prompt_over()
        await self.accepts("anna")
        await self.ready("bo")
        await self.ready("carl")
        self.contact = self.session.contact
        assert self.state("anna") == "talking"
        assert self.hears("caller") == {"agent-1"}

    async def prompt_over(self) -> None:
        await self.world.passes(1.0)
        play = self.world.ears.get(("v1", "caller"))
        if play is not None and not play.loop:
            self.world.ears.pop(("v1", "caller"))
            self.world.happens("v1", acts.PlayedOut(leg="caller", play=play.play))
        await self.world.settle()

    async def ready(self, agent: str) -> None:
        await self.world.desk.log_on(agent)
        await self.world.attach(agent)
        await self.world.desk.choose_status(agent, "ready")
        await self.world.settle()

    async def accepts(self, agent: str) -> None:
        activity = self.world.board.presence_of(agent).activity
        assert isinstance(activity, Reserved), activity
        await self.world.desk.accept(agent, activity.offer)
        await self.world.settle()

    # -- what is seen ----------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        return self.world.board.sessions["v1"]

    def state(self, agent: str) -> str:
        return presences.shown(self.world.board.presence_of(agent))

    def hears(self, leg: str) -> set[str]:
        """The legs and files in this leg's ear."""
        voices = {mouth for ear, mouth in self.world.mixes.get("v1", frozenset()) if ear == leg}
        play = self.world.ears.get(("v1", leg))
        return voices | ({play.files[0]} if play and play.play != NOTICE_PLAY else set())

    def leg(self, who: str) -> str:
        """The leg of an agent or of the outside number."""
        legs = self.session.call.legs.values()
        return next(leg.leg for leg in legs if who in (leg.agent, leg.number) and not leg.ended_for)

    def on_the_desk(self, agent: str) -> Row:
        """The call on an agent's desk, as the feed has it."""
        row = self.world.desks.row(("desks", agent))
        assert row is not None
        return dict(row["call"])

    def events(self, kind: type) -> list[cti.CtiEvent]:
        return [event for event in self.world.events() if isinstance(event, kind)]

    async def interaction(self) -> Interaction:
        await self.world.log.store_rest()
        mine = [e for e in self.world.shelf.events if cti.contact_of(e.event) == self.contact]
        return fold(mine)

    # -- what people do --------------------------------------------------------------------------------

    async def sends(self, way: str) -> None:
        how: Literal["blind", "attended"] = "blind" if way == "blind" else "attended"
        await self.world.desk.transfer("anna", self.contact, TARGETS[self.kind], how)
        await self.world.settle()

    async def target_answers(self) -> str:
        """The target takes it; the name of its leg."""
        if self.kind in WHO:
            await self.accepts(WHO[self.kind])
            return self.leg(WHO[self.kind])
        leg = self.leg(NUMBER)
        self.world.picked_up("v1", leg)
        await self.world.settle()
        return leg

    async def target_rejects(self) -> None:
        if self.kind in WHO:
            activity = self.world.board.presence_of(WHO[self.kind]).activity
            assert isinstance(activity, Reserved)
            await self.world.desk.reject(WHO[self.kind], activity.offer)
        else:
            self.world.happens("v1", acts.WentDown(leg=self.leg(NUMBER), code=486, reason="busy"))
        await self.world.settle()

    async def target_lets_it_ring(self) -> None:
        await self.world.passes(31.0 if self.kind == "outside" else 16.0)

    async def hangs_up(self, leg: str) -> None:
        self.world.happens("v1", acts.WentDown(leg=leg, code=200, reason=""))
        await self.world.settle()

    async def act(self, name: str) -> None:
        await getattr(self.world.desk, f"consult_{name}")("anna", self.contact)
        await self.world.settle()


@asynccontextmanager
async def scene(kind: str) -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.core_up()
        made = Scene(world, kind)
        await made.begin()
        yield made
        await ends_well(made)


async def ends_well(scene: Scene) -> None:
    """The customer hangs up: one contact, one end, every segment closed, nobody and no leg left."""
    world = scene.world
    if "v1" in world.conversations:
        await scene.hangs_up("caller")
    await world.passes(100.0)
    assert not world.conversations
    assert not world.board.sessions
    assert not world.floor.contacts
    assert len(scene.events(cti.ContactEnded)) == 1
    kept = await scene.interaction()
    assert kept.ended_at is not None
    assert all(segment.ended is not None for segment in kept.segments)
    assert kept.segments[0].agent == "anna"
    for agent in ("anna", "bo", "carl"):
        assert scene.state(agent) in ("ready", "not_ready")
    with pytest.raises(Conflict):
        await world.desk.hang_up("anna", scene.contact)


CELLS = [(way, kind) for way in ("blind", "attended") for kind in TARGETS]
