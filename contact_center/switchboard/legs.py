"""What the legs of a conversation mean for its contact: arrived, ringing, talking, gone."""

from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.acd import distribution as acd
from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.ivr import interpreter
from contact_center.switchboard import consults, favouring, line, outbound, referrals, taping, transfers
from contact_center.switchboard.session import Session, Target
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
        trunk=here.trunk,
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
    favouring.look_ahead(board, stroke, session.contact, number)
    entered = ivr.Entered(caller_number=number, called_number=here.to_number)
    stroke.flow(conversation, entered)


def caller_answered(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """Media runs to the customer: an agent who was offered the contact sooner than that can ring now."""
    session = board.sessions[conversation]
    if session.is_attempt and session.agent is None:
        board.calling_back.answered(stroke, conversation)
    elif session.direction == "outbound":
        outbound.reached(board, stroke, conversation)
    elif session.offer is not None and session.identified:
        line.present(board, stroke, conversation)
    else:
        transfers.caller_up(board, stroke, conversation)


def caller_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.CallerGone) -> None:
    session = board.sessions[conversation]
    if session.ended:
        return
    cleared = cti.ConnectionCleared(
        contact=session.contact, party="caller", agent=session.agent, by=gone.by, cause=gone.code
    )
    board.emit(stroke, cleared)
    waited_s = session.wait_s
    in_line = session.waiting is not None and session.waiting.purpose == "queue"
    if session.waiting is not None:
        if in_line:
            waited_s = max(0.0, stroke.now - session.waiting.enqueued_at)
        board.acd(stroke, acd.ContactGone(contact=session.contact))
    handled = session.agent is not None or session.last_agent is not None
    talk_s, hold_s = calls.talk_and_hold_s(session.call, stroke.now)
    outcome: cti.ContactOutcome = "ended_in_flow"
    if session.failed:
        outcome = "failed"
    elif in_line and session.counted:
        outcome = "abandoned"
    elif session.direction == "outbound" and session.last_agent is None:
        outcome = "not_reached"
    elif handled:
        outcome = "handled"
    elif session.called_back:
        outcome = "callback"
    outbound.not_reached(board, stroke, conversation, session.agent, gone)
    session = board.sessions[conversation]
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
    board.calling_back.over(stroke, session, gone)
    taping.stop(board, stroke, conversation)
    session = board.sessions[conversation]
    busy = agents_busy_with(board, session)
    over = replace(session, ended=True, waiting=None, agent=None, consult=None, transfer=None)
    board.keep(stroke, over)
    for agent in busy:
        call_over(board, stroke, agent, session)
    stroke.flow(conversation, ivr.CallerGone())
    referrals.tell(board, stroke, conversation, referrals.CALLER_GONE)
    board.call(stroke, conversation, calls.Finish(code=487, reason="caller gone", by=gone.by))


def agents_busy_with(board: "Switchboard", session: Session) -> list[str]:
    """Every agent in this call: who has the customer, who is asked aside, who is in the conference."""
    named = [leg.agent for leg in session.call.legs.values() if leg.agent is not None]
    return [
        agent
        for agent in dict.fromkeys([*([session.agent] if session.agent else []), *named])
        if _is_on(board, agent, session.contact)
    ]


def _is_on(board: "Switchboard", agent: str, contact: str) -> bool:
    activity = board.presence_of(agent).activity
    return isinstance(activity, presences.OnCall) and activity.contact == contact


def nobody_left(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """Whoever talked with the customer is gone: his flow goes on, or the call ends."""
    session = board.sessions[conversation]
    if session.flow is not None and session.flow.phase == "connected":
        stroke.flow(conversation, ivr.Returned())
    else:
        board.call(stroke, conversation, calls.Finish(code=487, reason="the agent has left", by="agent"))


def call_over(
    board: "Switchboard", stroke: Stroke, agent: str, session: Session, *, only_asked: bool = False
) -> None:
    """The agent's part is over; who was only asked aside has nothing to write down."""
    rule = board.wrap_up_rule(session.queue or "")
    if only_asked:
        rule = replace(rule, mode="none")
    over = presences.CallOver(contact=session.contact, queue=session.queue or "", rule=rule)
    board.presence(stroke, agent, over)


def agent_ringing(board: "Switchboard", stroke: Stroke, conversation: str, agent: str) -> None:
    session = board.sessions[conversation]
    if outbound.is_own_call(session, agent):
        pick_up(board, stroke, conversation, agent)
        return
    if session.offer is None or session.offer.agent != agent:
        return
    delivered = cti.Delivered(contact=session.contact, offer=session.offer.offer, agent=agent)
    board.emit(stroke, delivered)
    if session.offer.waiting.purpose == "transfer":
        referrals.tell(board, stroke, conversation, referrals.RINGING)
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
    if outbound.is_own_call(session, agent):
        outbound.dial_customer(board, stroke, conversation)
        return
    offer = session.offer
    if offer is None or offer.agent != agent:
        late = calls.Withdraw(agent=agent, reason="offer lapsed", by="system")
        board.call(stroke, conversation, late)
        return
    live = board.distribution.offer(offer.offer)
    if live is not None and not live.taken:
        board.emit(stroke, cti.OfferAccepted(contact=session.contact, offer=offer.offer, agent=agent))
    board.acd(stroke, acd.OfferConnected(offer=offer.offer))
    board.keep(stroke, replace(board.sessions[conversation], offer=None, waiting=None))
    if session.consult is not None:
        board.presence(stroke, agent, presences.TakeCall(contact=session.contact))
        consults.answered(board, stroke, conversation, agent, "")
        return
    if session.is_attempt and calls.CALLER not in session.call.legs:
        board.presence(stroke, agent, presences.TakeCall(contact=session.contact))
        board.keep(stroke, replace(board.sessions[conversation], agent=agent, transfer=None))
        board.calling_back.agent_is_there(stroke, conversation)
        return
    referrals.tell(board, stroke, conversation, referrals.TAKEN)
    wait_s = session.wait_s
    if offer.waiting.purpose == "queue":
        wait_s = round(max(0.0, stroke.now - offer.waiting.enqueued_at), 3)
    established = cti.Established(
        contact=session.contact,
        queue=offer.waiting.queue,
        agent=agent,
        wait_s=wait_s,
        again=not session.counted,
    )
    board.emit(stroke, established)
    board.presence(stroke, agent, presences.TakeCall(contact=session.contact))
    board.keep(
        stroke,
        replace(
            board.sessions[conversation],
            agent=agent,
            last_agent=agent,
            wait_s=wait_s,
            transfer=None,
            counted=False,
        ),
    )
    board.calling_back.talking(stroke, session.contact, agent)
    board.flow(stroke, conversation, ivr.Connected())  # at once: it stops the music, not the notice
    taping.begin(board, stroke, conversation, offer.waiting.queue, agent)


def agent_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.AgentGone) -> None:
    outbound.own_device_gone(board, stroke, conversation, gone)
    session = board.sessions[conversation]
    if session.agent == gone.agent and session.consult is not None:
        consults.complete(board, stroke, conversation)
    elif session.agent == gone.agent:
        _owner_gone(board, stroke, conversation, gone)
    elif gone.was_up and _is_on(board, gone.agent, session.contact):
        asked_aside = session.consult is not None and session.consult.agent == gone.agent
        _cleared(board, stroke, session, gone)
        call_over(board, stroke, gone.agent, session, only_asked=asked_aside or gone.asked)
        if asked_aside:
            consults.over(board, stroke, conversation, "left")
    elif session.offer is not None and session.offer.agent == gone.agent and not gone.asked:
        reason: cti.OfferLapse = "device_failed"
        if gone.code in (486, 600, 603):
            reason = "rejected"
        elif gone.code == 408:
            reason = "rona"
        board.acd(stroke, acd.OfferFailed(offer=session.offer.offer, reason=reason))


def _cleared(board: "Switchboard", stroke: Stroke, session: Session, gone: calls.AgentGone) -> None:
    cleared = cti.ConnectionCleared(
        contact=session.contact, party="agent", agent=gone.agent, by=gone.by, cause=gone.code
    )
    board.emit(stroke, cleared)


def _owner_gone(board: "Switchboard", stroke: Stroke, conversation: str, gone: calls.AgentGone) -> None:
    """Who had the customer has left: to the others of the conference, else the customer is alone."""
    session = board.sessions[conversation]
    _cleared(board, stroke, session, gone)
    others = calls.with_caller(session.call)
    heir = next((leg.agent for leg in others if leg.agent is not None), None)
    if others:
        if session.call.held_since is not None:
            consults.retrieve(board, stroke, conversation)
        target = Target(kind="agent", name=heir) if heir else Target(kind="number", name=others[0].number)
        transfers.leave(board, stroke, conversation, "conference", target)
        session = board.sessions[conversation]
        board.keep(stroke, replace(session, agent=heir, last_agent=heir or session.last_agent))
    else:
        taping.stop(board, stroke, conversation)
        board.keep(stroke, replace(board.sessions[conversation], agent=None))
    call_over(board, stroke, gone.agent, session)
    if not others:
        nobody_left(board, stroke, conversation)


def all_gone(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """No leg is left; a contact whose customer never had one ends here."""
    if not board.sessions[conversation].ended:
        caller_gone(board, stroke, conversation, calls.CallerGone(by="system", code=480))
    stroke.finished.add(conversation)
