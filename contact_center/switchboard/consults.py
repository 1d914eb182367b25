"""Asking somebody aside while the customer waits: begin, toggle, complete, take back, talk all together."""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Waiting
from contact_center.cti import events as cti
from contact_center.switchboard import legs, transfers
from contact_center.switchboard.session import Consult, Session, Target, Transfer
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls, wire

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


def begin(board: "Switchboard", stroke: Stroke, conversation: str, target: Target) -> None:
    """The customer hears music; the target is asked."""
    session = board.sessions[conversation]
    if session.agent is None:
        return
    hold(board, stroke, conversation)
    session = board.sessions[conversation]
    started = cti.ConsultStarted(
        contact=session.contact, agent=session.agent or "", to=target.kind, target=target.name
    )
    board.emit(stroke, started)
    named = target.name if target.kind == "agent" else None
    board.keep(stroke, replace(session, consult=Consult(to=target, agent=named)))
    match target.kind:
        case "agent":
            transfers.ask(board, stroke, conversation, target.name, "consult")
        case "queue":
            _ask_queue(board, stroke, conversation, target.name)
        case "number":
            if not transfers.dial(board, stroke, conversation, target.name, consult=True):
                over(board, stroke, conversation, "unreachable")
        case "flow":
            over(board, stroke, conversation, "a flow cannot be consulted")
        case _:
            assert_never(target.kind)


def _ask_queue(board: "Switchboard", stroke: Stroke, conversation: str, queue: str) -> None:
    """Whoever of that queue is free; the wait for him begins now."""
    session = board.sessions[conversation]
    asked = Waiting(
        contact=session.contact,
        queue=queue,
        enqueued_at=stroke.now,
        purpose="consult",
        serial=session.offers,
    )
    waiting = asked.needing(board.flows.needs(queue, transfers.language_of(session)))
    board.keep(stroke, replace(session, waiting=waiting))
    board.acd(stroke, acd.ContactQueued(waiting=waiting))


def hold(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    session = board.sessions[conversation]
    if session.call.talking_since is None or session.agent is None:
        return
    board.call(stroke, conversation, calls.Hold(music=board.flows.hold_music()))
    board.emit(stroke, cti.Held(contact=session.contact, agent=session.agent))


def retrieve(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    session = board.sessions[conversation]
    if session.call.held_since is None or session.agent is None:
        return
    board.call(stroke, conversation, calls.Retrieve())
    board.emit(stroke, cti.Retrieved(contact=session.contact, agent=session.agent))


def answered(board: "Switchboard", stroke: Stroke, conversation: str, agent: str | None, number: str) -> None:
    session = board.sessions[conversation]
    if session.consult is None or session.agent is None:
        return
    said = cti.Consulted(contact=session.contact, agent=session.agent, with_agent=agent, with_number=number)
    board.emit(stroke, said)
    up = replace(session.consult, agent=agent, up=True)
    board.keep(stroke, replace(board.sessions[conversation], consult=up))


def over(board: "Switchboard", stroke: Stroke, conversation: str, why: str) -> None:
    """Nobody is aside any more: agent and customer talk again."""
    session = board.sessions[conversation]
    if session.consult is None:
        return
    board.keep(stroke, replace(session, consult=None))
    if session.agent is not None:
        board.emit(stroke, cti.ConsultEnded(contact=session.contact, agent=session.agent, why=why))
        retrieve(board, stroke, conversation)


def cancel(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """Take the question back, however far it has come."""
    session = board.sessions[conversation]
    if session.waiting is not None:
        board.acd(stroke, acd.ContactGone(contact=session.contact, reason="withdrawn"))
        board.keep(stroke, replace(board.sessions[conversation], waiting=None))
    board.call(stroke, conversation, calls.EndConsult(reason="cancelled"))
    over(board, stroke, conversation, "cancelled")


def swap(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """The agent turns from one to the other; who is left hears music."""
    if board.sessions[conversation].call.held_since is None:
        hold(board, stroke, conversation)
    else:
        retrieve(board, stroke, conversation)


def conference(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """All talk with all."""
    session = board.sessions[conversation]
    consult = session.consult
    if consult is None or not consult.up or session.agent is None:
        return
    held = session.call.held_since is not None
    board.call(stroke, conversation, calls.Join())
    if held:
        board.emit(stroke, cti.Retrieved(contact=session.contact, agent=session.agent))
    number = consult.to.name if consult.agent is None else ""
    together = cti.Conferenced(
        contact=session.contact, agent=session.agent, with_agent=consult.agent, with_number=number
    )
    board.emit(stroke, together)
    board.keep(stroke, replace(board.sessions[conversation], consult=None))


def complete(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """The agent leaves the customer with whoever is aside; who has not answered yet is a blind target then.

    Also when his phone hung up: nobody is dropped for that (RFC 5589 section 7).
    """
    session = board.sessions[conversation]
    agent, consult = session.agent, session.consult
    if agent is None or consult is None:
        return
    if consult.up:
        board.call(stroke, conversation, calls.Join(without=agent))
        _hand_over(board, stroke, conversation, consult)
    else:
        _let_go(board, stroke, conversation, agent, consult)
    legs.call_over(board, stroke, agent, session)


def _hand_over(board: "Switchboard", stroke: Stroke, conversation: str, consult: Consult) -> None:
    target = consult.to if consult.agent is None else Target(kind="agent", name=consult.agent)
    transfers.leave(board, stroke, conversation, "attended", target)
    session = board.sessions[conversation]
    if consult.agent is None:
        board.emit(stroke, cti.OutsideJoined(contact=session.contact, number=target.name))
        return
    queue = consult.to.name if consult.to.kind == "queue" else session.queue
    session = replace(session, agent=consult.agent, last_agent=consult.agent, queue=queue)
    board.keep(stroke, session)
    board.emit(stroke, established_again(session, consult.agent))


def established_again(session: Session, agent: str) -> cti.Established:
    """An agent talks with a customer whom another had answered."""
    return cti.Established(
        contact=session.contact,
        queue=session.queue or "",
        agent=agent,
        wait_s=session.wait_s,
        again=True,
    )


def _let_go(board: "Switchboard", stroke: Stroke, conversation: str, agent: str, consult: Consult) -> None:
    board.call(stroke, conversation, calls.Join())
    if calls.agent_leg(board.sessions[conversation].call, agent) is not None:
        board.call(stroke, conversation, calls.Part(agent=agent, music=board.flows.hold_music()))
    else:
        music = board.flows.hold_music()
        play = wire.Play(leg=calls.CALLER, play=calls.HOLD_PLAY, files=music, loop=True)
        stroke.op(conversation, play)
    transfers.leave(board, stroke, conversation, "blind", consult.to)
    session = board.sessions[conversation]
    board.keep(stroke, replace(session, transfer=Transfer(by=agent, to=consult.to)))
    if consult.to.kind == "queue":
        board.acd(stroke, acd.ContactGone(contact=session.contact, reason="withdrawn"))
        board.keep(stroke, replace(board.sessions[conversation], waiting=None))
        transfers.send(board, stroke, conversation, consult.to)
