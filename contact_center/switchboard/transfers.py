"""Sending a customer on: to an agent, a queue, a flow or an outside number, and back when nobody takes him.

The caller's leg never moves: other legs come and go around it. Whatever fails, the customer returns to the
agent who sent him on if that agent is free, else to the front of the queue he came from.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Waiting
from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.ivr import interpreter
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import consults, identifying, legs, line, referrals, taping
from contact_center.switchboard.session import Session, Target, Transfer
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


def check(board: "Switchboard", session: Session, agent: str, target: Target) -> None:
    """Raise `NotFound` for what does not exist and `Conflict` for who cannot take the customer now."""
    match target.kind:
        case "agent":
            if target.name not in board.directory.agents:
                raise NotFound(f"no agent {target.name!r}")
            if target.name == agent:
                raise Conflict("target", "an agent cannot call himself")
            if not board.distribution.is_free(target.name):
                raise Conflict("target", f"agent {target.name} is not ready")
        case "queue":
            if target.name not in board.directory.queues:
                raise NotFound(f"no queue {target.name!r}")
        case "flow":
            if board.flows.named(target.name) is None:
                raise NotFound(f"no flow {target.name!r}")
        case "number":
            if board.trunks.target(target.name) is None:
                raise Conflict("target", f"no way to reach {target.name!r}")
        case _:
            assert_never(target.kind)
    if session.consult is not None or session.transfer is not None:
        raise Conflict("consult", "somebody is being asked already; complete or cancel that first")
    if len(calls.with_caller(session.call)) > 1:
        raise Conflict("conference", "three are talking; leave the conference instead")


def begin(board: "Switchboard", stroke: Stroke, conversation: str, target: Target) -> None:
    """The agent leaves at once and the target is asked (RFC 5589 section 5: blind)."""
    session = board.sessions[conversation]
    agent = session.agent
    if agent is None:
        return
    music = () if target.kind == "flow" else board.flows.hold_music()
    board.call(stroke, conversation, calls.Part(agent=agent, music=music))
    leave(board, stroke, conversation, "blind", target)
    session = board.sessions[conversation]
    board.keep(stroke, replace(session, transfer=Transfer(by=agent, to=target)))
    send(board, stroke, conversation, target)
    legs.call_over(board, stroke, agent, session)


def leave(
    board: "Switchboard", stroke: Stroke, conversation: str, way: cti.TransferWay, target: Target
) -> None:
    """Record that the customer's agent has left him to `target`."""
    session = board.sessions[conversation]
    if session.agent is None:
        return
    transferred = cti.Transferred(
        contact=session.contact,
        agent=session.agent,
        queue=session.queue or "",
        way=way,
        to=target.kind,
        target=target.name,
    )
    board.emit(stroke, transferred)
    if way == "blind":
        taping.stop(board, stroke, conversation)
    session = replace(session, agent=None, last_agent=session.agent, consult=None)
    board.keep(stroke, session)


def send(board: "Switchboard", stroke: Stroke, conversation: str, target: Target) -> None:
    """Ask the target of a blind transfer."""
    session = board.sessions[conversation]
    match target.kind:
        case "agent":
            ask(board, stroke, conversation, target.name, "transfer")
        case "queue":
            board.keep(stroke, replace(session, transfer=None))
            need = board.flows.needs(target.name, language_of(session))
            line.enqueue(board, stroke, conversation, target.name, need)
        case "flow":
            board.keep(stroke, replace(session, transfer=None))
            enter_flow(board, stroke, conversation, target.name)
        case "number":
            if not dial(board, stroke, conversation, target.name, consult=False):
                failed(board, stroke, conversation, "unreachable")
        case _:
            assert_never(target.kind)


def send_from_flow(
    board: "Switchboard", stroke: Stroke, conversation: str, target: Target, ring_s: float
) -> None:
    """The flow sends the caller on; it hears how that went (`ivr.Connected`, `ivr.TransferFailed`)."""
    session = board.sessions[conversation]
    name = session.flow.flow if session.flow is not None else ""
    sent = cti.FlowTransferred(contact=session.contact, flow=name, to=target.kind, target=target.name)
    board.emit(stroke, sent)
    board.keep(stroke, replace(session, transfer=Transfer(by="", to=target, ring_s=ring_s)))
    if not session.identified:
        number = session.from_number
        stroke.then(lambda: identifying.look_up(board, conversation, number))
    unknown = (target.kind == "agent" and target.name not in board.directory.agents) or (
        target.kind == "queue" and target.name not in board.directory.queues
    )
    if unknown:
        failed(board, stroke, conversation, f"no {target.kind} {target.name!r}")
    elif target.kind != "number" or calls.caller_up(session.call):
        send(board, stroke, conversation, target)


def caller_up(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """A caller sent to an outside number before his leg was up: now it can be called."""
    session = board.sessions[conversation]
    if session.transfer is not None and session.transfer.by == "" and session.transfer.to.kind == "number":
        send(board, stroke, conversation, session.transfer.to)


def language_of(session: Session) -> str:
    return session.flow.language if session.flow is not None else ""


def ask(board: "Switchboard", stroke: Stroke, conversation: str, agent: str, purpose: cti.Purpose) -> None:
    """Offer the contact to this one agent, through the distribution as any offer."""
    session = board.sessions[conversation]
    waiting = Waiting(
        contact=session.contact,
        queue=session.queue or "",
        priority=session.need.priority,
        enqueued_at=stroke.now - session.wait_s,
        direct=agent,
        purpose=purpose,
        serial=session.offers,
    )
    board.keep(stroke, replace(session, waiting=waiting))
    if board.distribution.is_free(agent):
        board.acd(stroke, acd.ContactQueued(waiting=waiting))
        return
    board.keep(stroke, replace(board.sessions[conversation], waiting=None))
    refused(board, stroke, conversation, "not_ready")


def refused(board: "Switchboard", stroke: Stroke, conversation: str, why: str) -> None:
    """The one agent who was asked did not take it."""
    if board.sessions[conversation].consult is not None:
        consults.over(board, stroke, conversation, why)
    else:
        failed(board, stroke, conversation, why)


def dial(board: "Switchboard", stroke: Stroke, conversation: str, number: str, *, consult: bool) -> bool:
    """Call an outside number; false when there is no way to it."""
    session = board.sessions[conversation]
    target = board.trunks.target(number)
    if target is None:
        return False
    wish = calls.Present(
        number=number,
        target=target,
        from_number=board.caller_id(session.queue),
        from_name="",
        timeout_s=(session.transfer.ring_s if session.transfer else None) or board.outside_ring_s,
        consult=consult,
        srtp=board.trunks.srtp(number),
        ringing=board.flows.ringing(),
    )
    board.call(stroke, conversation, wish)
    return True


def enter_flow(board: "Switchboard", stroke: Stroke, conversation: str, name: str) -> None:
    flow = board.flows.named(name)
    session = board.sessions[conversation]
    if flow is None:
        why = f"no flow {name!r}"
        board.emit(stroke, cti.Failed(contact=session.contact, why=why))
        board.keep(stroke, replace(session, failed=True))
        board.call(stroke, conversation, calls.Finish(code=500, reason=why, by="system"))
        return
    board.emit(stroke, cti.FlowEntered(contact=session.contact, flow=flow.name, version=flow.version))
    board.keep(stroke, replace(session, flow=interpreter.begin(flow, session.flow)))
    stroke.flow(conversation, ivr.Entered(caller_number=session.from_number, called_number=session.to_number))


def failed(board: "Switchboard", stroke: Stroke, conversation: str, why: str) -> None:
    """Nobody took the customer: back to who sent him, else to the front of his queue."""
    session = board.sessions[conversation]
    transfer = session.transfer
    if transfer is None or session.ended:
        return
    referrals.tell_failed(board, stroke, conversation, why)
    if not transfer.by:
        board.emit(stroke, cti.FlowTransferFailed(contact=session.contact, why=why))
        board.keep(stroke, replace(session, transfer=None))
        stroke.flow(conversation, ivr.TransferFailed(why=why))
        return
    if not transfer.returning and board.distribution.is_free(transfer.by):
        back = cti.TransferFailed(contact=session.contact, why=why, back_to="agent", target=transfer.by)
        board.emit(stroke, back)
        board.keep(stroke, replace(session, transfer=replace(transfer, returning=True)))
        ask(board, stroke, conversation, transfer.by, "return")
        return
    queue = session.queue or ""
    board.emit(stroke, cti.TransferFailed(contact=session.contact, why=why, back_to="queue", target=queue))
    board.keep(stroke, replace(session, transfer=None))
    if not queue:
        board.call(stroke, conversation, calls.Finish(code=480, reason="nobody is there", by="system"))
        return
    line.enqueue(board, stroke, conversation, queue, session.need, front=True)


def outside_talking(board: "Switchboard", stroke: Stroke, conversation: str, number: str) -> None:
    session = board.sessions[conversation]
    if session.consult is not None:
        consults.answered(board, stroke, conversation, None, number)
    elif session.transfer is not None:
        referrals.tell(board, stroke, conversation, referrals.TAKEN)
        session = board.sessions[conversation]
        board.emit(stroke, cti.OutsideJoined(contact=session.contact, number=number))
        board.keep(stroke, replace(session, transfer=None))
        board.flow(stroke, conversation, ivr.Connected())


def outside_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.OutsideGone) -> None:
    session = board.sessions[conversation]
    if session.ended:
        return
    if gone.was_up:
        cleared = cti.ConnectionCleared(
            contact=session.contact,
            party="outside",
            agent=None,
            by=gone.by,
            cause=gone.code,
            number=gone.number,
        )
        board.emit(stroke, cleared)
    if gone.asked:
        return
    if session.consult is not None and session.consult.to.kind == "number":
        consults.over(board, stroke, conversation, "left" if gone.was_up else str(gone.code))
    elif session.transfer is not None and not gone.was_up:
        failed(board, stroke, conversation, str(gone.code))
    elif not calls.with_caller(session.call):
        legs.nobody_left(board, stroke, conversation)
