"""Calls that agents make: their own phone first, then the customer's, in a conversation of our own."""

from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import identifying, taping
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

CUSTOMER_RINGS_S = 60.0
OWN_DEVICE_RINGS_S = 15.0


async def originate(board: "Switchboard", agent: str, to: str, queue: str) -> str:
    """Call `to` for a queue; returns the contact. Raises `Conflict` or `NotFound` and nothing has begun."""
    if queue not in board.directory.queues:
        raise NotFound(f"no queue {queue!r}")
    number = board.records.e164(to) or to
    _check(board, agent, number)
    conversation = await board.media.claim()
    device = _check(board, agent, number)  # the world went on meanwhile
    session = Session(
        contact=board.new_contact(),
        conversation=conversation,
        call=calls.Call(conversation=conversation),
        from_number=number,
        to_number=board.caller_id(queue),
        queue=queue,
        agent=agent,
        direction="outbound",
    )
    board.conversations[session.contact] = conversation
    with board.stroke() as stroke:
        board.keep(stroke, session)
        arrived = cti.ContactArrived(
            contact=session.contact,
            conversation=conversation,
            channel="voice",
            direction="outbound",
            from_number=session.to_number,
            from_name="",
            to_number=number,
            queue=queue,
        )
        board.emit(stroke, arrived)
        board.presence(stroke, agent, presences.BeginCall(contact=session.contact))
        wish = calls.Present(
            agent=agent,
            target=device,
            from_number=number,
            from_name="",
            timeout_s=OWN_DEVICE_RINGS_S,
        )
        board.call(stroke, conversation, wish)
        stroke.then(lambda: identifying.look_up(board, conversation, number))
    return session.contact


def _check(board: "Switchboard", agent: str, number: str) -> str:
    """The agent's device, when he may call and there is a way to the number."""
    device = board.devices.target(agent)
    if device is None:
        raise Conflict("device", "no working microphone and connection yet")
    if not presences.may_call(board.presence_of(agent)):
        raise Conflict("busy", "log on, and end what you are doing first")
    if board.trunks.target(number) is None:
        raise Conflict("target", f"no way to reach {number!r}")
    return device


def is_own_call(session: Session, agent: str) -> bool:
    """Whether this is the agent's own phone, before the customer's was called."""
    return (
        session.direction == "outbound" and session.agent == agent and calls.CALLER not in session.call.legs
    )


def dial_customer(
    board: "Switchboard", stroke: Stroke, conversation: str, ring_s: float = CUSTOMER_RINGS_S
) -> None:
    session = board.sessions[conversation]
    target = board.trunks.target(session.from_number)
    if target is None:
        why = "the way to outside numbers is gone"
        board.emit(stroke, cti.Failed(contact=session.contact, why=why))
        board.keep(stroke, replace(session, failed=True))
        board.call(stroke, conversation, calls.Finish(code=503, reason=why, by="system"))
        return
    wish = calls.Present(
        number=session.from_number,
        target=target,
        from_number=session.to_number,
        from_name="",
        timeout_s=ring_s,
        customer=True,
        srtp=board.trunks.srtp(session.from_number),
        ringing=board.flows.ringing(),
    )
    board.call(stroke, conversation, wish)


def reached(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """The customer answered a call of ours; an inbound caller's answer is the flow's business."""
    session = board.sessions[conversation]
    if session.direction != "outbound" or session.agent is None:
        return
    wait_s = board.calling_back.waited_s(session, stroke.now)
    established = cti.Established(
        contact=session.contact, queue=session.queue or "", agent=session.agent, wait_s=wait_s, again=True
    )
    board.emit(stroke, established)
    board.keep(stroke, replace(session, last_agent=session.agent, wait_s=wait_s))
    board.calling_back.talking(stroke, session.contact, session.agent)
    taping.begin(board, stroke, conversation, established.queue, session.agent)
