"""A core that comes up finds its contact centre again: from the log, the journal and the conversations.

Presence is a fold of the log. Every running conversation hands back the state blob it was last given and the
reports nobody acknowledged; the journal may know a later turn that never reached it, which is then repeated.
Contacts of the log whose conversation is nowhere any more are ended as failed.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Waiting
from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.cti.events import Recorded
from contact_center.cti.journal import Turn
from contact_center.runtime.codec import CodecError
from contact_center.switchboard import identifying, legs, line
from contact_center.switchboard.session import SESSION, Session
from contact_center.switchboard.stroke import Stroke
from contact_center.switchboard.switchboard import Switchboard
from contact_center.telephony import calls, wire

_log = logging.getLogger(__name__)


class Adoption:
    """Lives from start until the floor is whole again; agents get no offers before `finish`."""

    def __init__(self, board: Switchboard, past: Sequence[Recorded], turns: Iterable[Turn]) -> None:
        self._board = board
        self._live = live_contacts(past)
        self._recordings = open_recordings(past)
        self._last_turn = {turn.conversation: turn for turn in turns}
        self.finished = False
        self._afterwards: list[Callable[[], None]] = []
        for recorded in past:
            agent = cti.agent_of(recorded.event)
            if agent is not None:
                state = board.presence_of(agent)
                board.presences[agent] = presences.fold(state, recorded.event, recorded.at)

    def then(self, act: Callable[[], None]) -> None:
        """Do this once the floor is whole again."""
        self._afterwards.append(act)

    def adopt(self, image: wire.ConversationImage) -> None:
        """Take a running conversation back; nothing to take when no core ever answered it."""
        if image.conversation in self._board.sessions:
            return
        session = self._latest(image)
        if session is None:
            _log.info("conversation %s arrived while no core was up", image.conversation)
            return
        restore(self._board, session)
        _log.info("adopted conversation %s of contact %s", image.conversation, session.contact)

    def _latest(self, image: wire.ConversationImage) -> Session | None:
        """Its own blob, or the journal's later one that never reached it."""
        journalled = self._last_turn.get(image.conversation)
        states = [_state(text) for text in (image.blob, journalled.blob if journalled else "")]
        known = [session for session in states if session is not None]
        return max(known, key=lambda session: session.turn, default=None)

    def finish(self) -> None:
        """Every media host has been asked: end what is gone, mend what hangs, let the line move."""
        if self.finished:
            return
        self.finished = True
        board = self._board
        with board.stroke() as stroke:
            for contact, seen in self._live.items():
                if board.session_of(contact) is None:
                    why = "the conversation was gone when the core came up"
                    board.emit(stroke, cti.Failed(contact=contact, why=why))
                    board.emit(stroke, replace(seen, outcome="failed"))
            for recording, contact in self._recordings.items():
                if board.session_of(contact) is None:
                    why = "the conversation was gone when the core came up"
                    board.emit(stroke, cti.RecordingFailed(contact=contact, recording=recording, why=why))
            board.calling_back.settle(stroke)
            for agent, state in list(board.presences.items()):
                board.arm_agent(agent)
                if presences.available(state):
                    board.free(stroke, agent)
                else:
                    self._mend(stroke, agent, state)
        for session in list(board.sessions.values()):
            _ring_again(board, session)
        for act in self._afterwards:
            act()

    def _mend(self, stroke: Stroke, agent: str, state: presences.Presence) -> None:
        """An agent whose contact is gone is let go."""
        board = self._board
        match state.activity:
            case presences.Reserved(offer=offer) if board.distribution.offer(offer) is None:
                board.presence(stroke, agent, presences.Release(offer=offer, reason="caller_gone"))
            case presences.OnCall(contact=contact):
                session = board.session_of(contact)
                if session is None or agent not in legs.agents_busy_with(board, session):
                    queue = session.queue if session is not None and session.queue else ""
                    rule = board.wrap_up_rule(queue)
                    over = presences.CallOver(contact=contact, queue=queue, rule=rule)
                    board.presence(stroke, agent, over)
            case _:
                pass


def _state(text: str) -> Session | None:
    if not text:
        return None
    try:
        return SESSION.load(text)
    except CodecError:
        _log.exception("a conversation's state is unreadable")
        return None


def _ring_again(board: Switchboard, session: Session) -> None:
    """An offer decided just before the core died may never have rung."""
    if session.offer is not None and calls.agent_leg(session.call, session.offer.agent) is None:
        with board.stroke() as stroke:
            line.present(board, stroke, session.conversation)


def live_contacts(past: Iterable[Recorded]) -> dict[str, cti.ContactEnded]:
    """Contacts that arrived and have not ended, each with the end it would have if it failed now."""
    live: dict[str, cti.ContactEnded] = {}
    for recorded in past:
        event = recorded.event
        match event:
            case cti.ContactArrived(contact=contact):
                live[contact] = cti.ContactEnded(
                    contact=contact,
                    outcome="failed",
                    queue=None,
                    agent=None,
                    wait_s=0.0,
                    talk_s=0.0,
                    hold_s=0.0,
                )
            case cti.ContactEnded(contact=contact):
                live.pop(contact, None)
            case cti.Queued(contact=contact, queue=queue) if contact in live:
                live[contact] = replace(live[contact], queue=queue)
            case cti.Established(contact=contact, agent=agent, wait_s=wait_s) if contact in live:
                live[contact] = replace(live[contact], agent=agent, wait_s=wait_s)
            case _:
                pass
    return live


def open_recordings(past: Iterable[Recorded]) -> dict[str, str]:
    """Recordings that started and have not ended, each with its contact."""
    running: dict[str, str] = {}
    for recorded in past:
        match recorded.event:
            case cti.RecordingStarted(recording=recording, contact=contact):
                running[recording] = contact
            case cti.RecordingStopped(recording=recording) | cti.RecordingFailed(recording=recording):
                running.pop(recording, None)
            case _:
                pass
    return running


def restore(board: Switchboard, session: Session) -> None:
    """Put a session back in its rooms without telling anybody anything new."""
    board.sessions[session.conversation] = session
    board.conversations[session.contact] = session.conversation
    now = board.log.now()
    if session.offer is not None:
        board.distribution.step(acd.OfferRestored(offer=session.offer), now)
    elif session.waiting is not None:
        board.distribution.step(acd.ContactQueued(waiting=session.waiting, anew=False), now)
    if session.agent is not None and session.queue is not None and session.direction == "inbound":
        talking = Waiting(contact=session.contact, queue=session.queue, enqueued_at=now)
        board.distribution.step(acd.TalkRestored(agent=session.agent, waiting=talking), now)
    board.arm_flow(session.conversation)
    board.arm_line()


async def refetch_pop(board: Switchboard, session: Session) -> None:
    """The screen-pop is not part of the blob: look it up again for the desk it lies on."""
    pop = await identifying.fetch(board, session.from_number)
    if session.customer is not None and (pop.customer is None or pop.customer.id != session.customer):
        pop = await board.records.chosen(pop, session.customer)
    board.pops[session.contact] = pop
    board.attach_pop(session.contact)
