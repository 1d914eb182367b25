"""Calls that agents make: their own phone first, then the customer's, in a conversation of our own."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.cti import outbound_events
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import identifying, taping
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

STAGES: Final = ("own_device", "dialled", "ringing", "early_media", "answered", "failed")
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
        progressed(board, stroke, conversation, "own_device")
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
    progressed(board, stroke, conversation, "dialled")
    board.call(stroke, conversation, wish)


def progressed(board: "Switchboard", stroke: Stroke, conversation: str, stage: cti.CallStage) -> None:
    """Say how far it is; a stage that was passed is not told again."""
    session = board.sessions[conversation]
    passed = -1 if session.stage is None else STAGES.index(session.stage)
    if session.agent is None or STAGES.index(stage) <= passed:
        return
    board.keep(stroke, replace(session, stage=stage))
    board.emit(stroke, cti.CallProgressed(contact=session.contact, agent=session.agent, stage=stage))


def ringing(board: "Switchboard", stroke: Stroke, conversation: str, *, early: bool) -> None:
    """The customer's phone rings, or says something already."""
    progressed(board, stroke, conversation, "early_media" if early else "ringing")


def own_device_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.AgentGone) -> None:
    """The agent's own phone did not take his call: nothing was dialled."""
    session = board.sessions[conversation]
    if is_own_call(session, gone.agent) and not gone.was_up:
        cause = "given_up" if gone.asked else outbound_events.own_failure_of(gone.code)
        _failed(board, stroke, session, gone.agent, cause, gone.code)


def not_reached(
    board: "Switchboard", stroke: Stroke, conversation: str, agent: str | None, gone: calls.CallerGone
) -> None:
    """The call is over: if nobody ever answered, say why."""
    session = board.sessions[conversation]
    never = session.last_agent is None and session.stage != "failed"
    if session.direction == "outbound" and agent is not None and never:
        cause = "given_up" if gone.by == "agent" else outbound_events.failure_of(gone.code)
        _failed(board, stroke, session, agent, cause, gone.code)


def _failed(
    board: "Switchboard", stroke: Stroke, session: Session, agent: str, cause: cti.CallFailure, code: int
) -> None:
    board.keep(stroke, replace(session, stage="failed"))
    board.emit(stroke, cti.CallFailed(contact=session.contact, agent=agent, cause=cause, code=code))


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
    board.keep(stroke, replace(session, last_agent=session.agent, wait_s=wait_s, stage="answered"))
    board.calling_back.talking(stroke, session.contact, session.agent)
    taping.begin(board, stroke, conversation, established.queue, session.agent)
