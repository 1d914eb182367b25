"""What an agent does with the call he has: hold, mute, keys, transfer, consult, conference, hang up, dial.

Each act is checked against the state it needs: `Conflict` when it does not fit, `NotFound` for the unknown.
"""

from dataclasses import replace
from typing import Literal

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import consults, measuring, outbound, transfers
from contact_center.switchboard.measuring import HeardThere
from contact_center.switchboard.session import Destination, Session, Target
from contact_center.switchboard.switchboard import Switchboard
from contact_center.telephony import calls

KEYS = frozenset("0123456789*#ABCD")
MOST_KEYS = 32


class CallDesk:
    """The part of the desk that concerns the call in progress."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def hold(self, agent: str, contact: str) -> None:
        session = self._call_of(agent, contact)
        if session.call.held_since is None:
            with self._board.stroke() as stroke:
                consults.hold(self._board, stroke, session.conversation)

    async def retrieve(self, agent: str, contact: str) -> None:
        session = self._call_of(agent, contact)
        if session.consult is not None and not session.consult.up:
            raise Conflict("consult", "somebody is being asked; cancel that first")
        if session.call.held_since is not None:
            with self._board.stroke() as stroke:
                consults.retrieve(self._board, stroke, session.conversation)

    async def hang_up(self, agent: str, contact: str) -> None:
        session = self._party_of(agent, contact)
        with self._board.stroke() as stroke:
            end = calls.Withdraw(agent=agent, reason="agent hung up", by="agent")
            self._board.call(stroke, session.conversation, end)

    async def mute(self, agent: str, contact: str, *, on: bool) -> None:
        """Nobody hears the agent, whatever his phone can do."""
        session = self._party_of(agent, contact)
        leg = calls.agent_leg(session.call, agent)
        if leg is None or leg.muted == on:
            return
        with self._board.stroke() as stroke:
            self._board.call(stroke, session.conversation, calls.Mute(agent=agent, on=on))
            self._board.emit(stroke, cti.Muted(contact=contact, agent=agent, on=on))

    async def heard_there(self, agent: str, heard: HeardThere) -> None:
        """What the agent's browser says of the call's sound; of another call it says nothing."""
        self._party_of(agent, heard.contact)
        measuring.heard_there(self._board, agent, heard)

    async def press(self, agent: str, contact: str, digits: str) -> None:
        """Send keys to whoever hears the agent now."""
        if not digits or len(digits) > MOST_KEYS or not set(digits) <= KEYS:
            raise NotFound(f"keys are 1 to {MOST_KEYS} of 0-9 * # A-D")
        session = self._party_of(agent, contact)
        with self._board.stroke() as stroke:
            press = calls.PressKeys(agent=agent, digits=digits)
            self._board.call(stroke, session.conversation, press)

    # -- transfer and consultation -------------------------------------------------------------------

    async def transfer(
        self, agent: str, contact: str, target: Target, how: Literal["blind", "attended"]
    ) -> None:
        session = self._call_of(agent, contact)
        if not calls.caller_up(session.call):
            raise Conflict("call", "the customer has not answered yet")
        if target.kind == "number":
            target = replace(target, name=self._board.records.e164(target.name) or target.name)
        transfers.check(self._board, session, agent, target)
        if how == "attended" and target.kind == "flow":
            raise Conflict("target", "a flow cannot be consulted")
        with self._board.stroke() as stroke:
            if how == "blind":
                transfers.begin(self._board, stroke, session.conversation, target)
            else:
                consults.begin(self._board, stroke, session.conversation, target)

    async def consult_complete(self, agent: str, contact: str) -> None:
        session = self._consult_of(agent, contact)
        with self._board.stroke() as stroke:
            consults.complete(self._board, stroke, session.conversation)

    async def consult_cancel(self, agent: str, contact: str) -> None:
        session = self._consult_of(agent, contact)
        with self._board.stroke() as stroke:
            consults.cancel(self._board, stroke, session.conversation)

    async def consult_swap(self, agent: str, contact: str) -> None:
        session = self._consult_of(agent, contact, up=True)
        with self._board.stroke() as stroke:
            consults.swap(self._board, stroke, session.conversation)

    async def consult_conference(self, agent: str, contact: str) -> None:
        session = self._consult_of(agent, contact, up=True)
        with self._board.stroke() as stroke:
            consults.conference(self._board, stroke, session.conversation)

    async def call(self, agent: str, to: str, queue: str) -> str:
        """Call a number for a queue; the contact it becomes."""
        if agent not in self._board.directory.agents:
            raise NotFound(f"no agent {agent!r}")
        return await outbound.originate(self._board, agent, to, queue)

    def transfer_targets(self, agent: str) -> list[Destination]:
        """Other agents with their state, whoever is ready first, then queues, then flows."""
        board = self._board
        agents = [
            Destination(
                kind="agent",
                id=profile.id,
                name=profile.name,
                name_zh=profile.name,
                state=presences.shown(board.presence_of(profile.id)),
                ready=board.distribution.is_free(profile.id),
            )
            for profile in board.directory.agents.values()
            if profile.id != agent
        ]
        agents.sort(key=lambda each: (not each.ready, SHOWN_ORDER.get(each.state or "", 9), each.name))
        queues = [
            Destination(kind="queue", id=queue.id, name=queue.name, name_zh=queue.name_zh)
            for queue in board.directory.queues.values()
        ]
        flows = [
            Destination(
                kind="flow", id=flow.name, name=flow.title or flow.name, name_zh=flow.title or flow.name
            )
            for flow in board.flows.all()
        ]
        return [*agents, *queues, *flows]

    # -- checks --------------------------------------------------------------------------------------

    def _call_of(self, agent: str, contact: str) -> Session:
        session = self._board.session_of(contact)
        if session is None or session.agent != agent:
            raise Conflict("call", "this is not your call, or it has ended")
        return session

    def _party_of(self, agent: str, contact: str) -> Session:
        """The call an agent takes part in, as its agent, asked aside, or in a conference."""
        session = self._board.session_of(contact)
        leg = None if session is None else calls.agent_leg(session.call, agent)
        if session is None or leg is None or (leg.state != "up" and session.agent != agent):
            raise Conflict("call", "this is not your call, or it has ended")
        return session

    def _consult_of(self, agent: str, contact: str, *, up: bool = False) -> Session:
        session = self._call_of(agent, contact)
        if session.consult is None or (up and not session.consult.up):
            raise Conflict("consult", "nobody is aside")
        return session


SHOWN_ORDER = {"ready": 0, "wrap_up": 1, "talking": 2, "held": 2, "reserved": 3, "not_ready": 4}
