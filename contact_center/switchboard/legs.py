"""What the legs of a conversation mean for its contact: arrived, ringing, talking, gone."""

from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.acd import distribution as acd
from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.ivr import interpreter
from contact_center.switchboard import taping
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


def caller_here(board: "Switchboard", stroke: Stroke, conversation: str, here: calls.CallerHere) -> None:
    session = board.sessions[conversation]
    number = board.records.e164(here.from_number) or here.from_number
    session = replace(session, from_number=number, from_name=here.from_name, to_number=here.to_number)
    arrived = cti.ContactArrived(
        contact=session.contact,
        conversation=conversation,
        channel="voice",
        direction="inbound",
        from_number=number,
        from_name=here.from_name,
        to_number=here.to_number,
    )
    board.emit(stroke, arrived)
    flow = board.flows.for_number(here.to_number)
    if flow is None:
        why = f"no entry point for {here.to_number}"
        board.emit(stroke, cti.Failed(contact=session.contact, why=why))
        board.keep(stroke, replace(session, failed=True))
        board.call(stroke, conversation, calls.Finish(code=404, reason=why, by="system"))
        return
    board.emit(stroke, cti.FlowEntered(contact=session.contact, flow=flow.name, version=flow.version))
    board.keep(stroke, replace(session, flow=interpreter.begin(flow)))
    entered = ivr.Entered(caller_number=number, called_number=here.to_number)
    stroke.flow(conversation, entered)


def caller_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.CallerGone) -> None:
    session = board.sessions[conversation]
    if session.ended:
        return
    cleared = cti.ConnectionCleared(
        contact=session.contact, party="caller", agent=session.agent, by=gone.by, cause=gone.code
    )
    board.emit(stroke, cleared)
    waited_s = session.wait_s
    if session.waiting is not None:
        waited_s = max(0.0, stroke.now - session.waiting.enqueued_at)
        board.acd(stroke, acd.ContactGone(contact=session.contact))
    handled = session.agent is not None or session.last_agent is not None
    talk_s, hold_s = calls.talk_and_hold_s(session.call, stroke.now)
    outcome: cti.ContactOutcome = "ended_in_flow"
    if session.failed:
        outcome = "failed"
    elif session.waiting is not None:
        outcome = "abandoned"
    elif handled:
        outcome = "handled"
    ended = cti.ContactEnded(
        contact=session.contact,
        outcome=outcome,
        queue=session.queue,
        agent=session.agent or session.last_agent,
        wait_s=round(waited_s, 3),
        talk_s=round(talk_s, 3),
        hold_s=round(hold_s, 3),
    )
    board.emit(stroke, ended)
    taping.stop(board, stroke, conversation)
    talking = session.agent
    session = board.sessions[conversation]
    board.keep(stroke, replace(session, ended=True, waiting=None, agent=None))
    if talking is not None:
        call_over(board, stroke, talking, session)
    stroke.flow(conversation, ivr.CallerGone())
    board.call(stroke, conversation, calls.Finish(code=487, reason="caller gone", by=gone.by))


def call_over(board: "Switchboard", stroke: Stroke, agent: str, session: Session) -> None:
    rule = board.wrap_up_rule(session.queue or "")
    over = presences.CallOver(contact=session.contact, queue=session.queue or "", rule=rule)
    board.presence(stroke, agent, over)


def agent_ringing(board: "Switchboard", stroke: Stroke, conversation: str, agent: str) -> None:
    session = board.sessions[conversation]
    if session.offer is None or session.offer.agent != agent:
        return
    delivered = cti.Delivered(contact=session.contact, offer=session.offer.offer, agent=agent)
    board.emit(stroke, delivered)
    live = board.distribution.offer(session.offer.offer)
    if live is not None and live.taken:
        pick_up(board, stroke, conversation, agent)


def pick_up(board: "Switchboard", stroke: Stroke, conversation: str, agent: str) -> None:
    """Let the agent's device answer, once it rings."""
    leg = calls.agent_leg(board.sessions[conversation].call, agent)
    if leg is not None and leg.state == "ringing":
        name = leg.leg
        stroke.then(lambda: board.devices.accept(agent, conversation, name))


def agent_talking(board: "Switchboard", stroke: Stroke, conversation: str, agent: str) -> None:
    session = board.sessions[conversation]
    offer = session.offer
    if offer is None or offer.agent != agent:
        late = calls.Withdraw(agent=agent, reason="offer lapsed", by="system")
        board.call(stroke, conversation, late)
        return
    live = board.distribution.offer(offer.offer)
    if live is not None and not live.taken:
        board.emit(stroke, cti.OfferAccepted(contact=session.contact, offer=offer.offer, agent=agent))
    board.acd(stroke, acd.OfferConnected(offer=offer.offer))
    wait_s = round(max(0.0, stroke.now - offer.waiting.enqueued_at), 3)
    board.emit(
        stroke,
        cti.Established(contact=session.contact, queue=offer.waiting.queue, agent=agent, wait_s=wait_s),
    )
    board.presence(stroke, agent, presences.TakeCall(contact=session.contact))
    board.keep(
        stroke,
        replace(
            board.sessions[conversation],
            offer=None,
            waiting=None,
            agent=agent,
            last_agent=agent,
            wait_s=wait_s,
        ),
    )
    board.flow(stroke, conversation, ivr.Connected())  # at once: it stops the music, not the notice
    taping.begin(board, stroke, conversation, offer.waiting.queue, agent)


def agent_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.AgentGone) -> None:
    session = board.sessions[conversation]
    if session.agent == gone.agent:
        cleared = cti.ConnectionCleared(
            contact=session.contact, party="agent", agent=gone.agent, by=gone.by, cause=gone.code
        )
        board.emit(stroke, cleared)
        taping.stop(board, stroke, conversation)
        board.keep(stroke, replace(session, agent=None))
        call_over(board, stroke, gone.agent, session)
        stroke.flow(conversation, ivr.Returned())
    elif session.offer is not None and session.offer.agent == gone.agent:
        reason: cti.OfferLapse = "device_failed"
        if gone.code in (486, 600, 603):
            reason = "rejected"
        elif gone.code == 408:
            reason = "rona"
        board.acd(stroke, acd.OfferFailed(offer=session.offer.offer, reason=reason))
