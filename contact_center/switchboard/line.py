"""Into the line, out of it, and what an offer means for contact, agent and device."""

from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Step, Waiting, Wish
from contact_center.agents import presence as presences
from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.ivr import interpreter
from contact_center.runtime.requirements import Need
from contact_center.switchboard import identifying, transfers
from contact_center.switchboard.favouring import callback_after_s, favoured
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

POP_PATIENCE_S = 0.5
"""A device rings without the screen-pop when the records take longer."""


def enter_queue(board: "Switchboard", stroke: Stroke, conversation: str, effect: ivr.EnterQueue) -> None:
    wish = None
    if effect.agent:
        wish = Wish(agent=effect.agent, until=stroke.now + effect.agent_s, why="flow")
    asked = Waiting(
        contact=board.sessions[conversation].contact,
        queue=effect.queue,
        skills=effect.skills,
        priority=effect.priority,
        enqueued_at=stroke.now,
        alternatives=effect.alternatives,
        steps=tuple(Step(after_s=after_s, ways=ways) for after_s, ways in effect.relaxed),
        wish=wish,
    )
    if not asked.queue:
        callback = board.calling_back.of(board.sessions[conversation])
        if callback is None:
            end_call(board, stroke, conversation, 500, "no callback waits for this call")
            return
        asked = callback.place(asked.contact)
    position = stand(board, stroke, conversation, asked)
    stroke.flow(conversation, place(board, stroke.now, asked.contact, asked.queue, position))


def end_call(board: "Switchboard", stroke: Stroke, conversation: str, code: int, why: str) -> None:
    """It cannot go on, and says why."""
    session = board.sessions[conversation]
    board.emit(stroke, cti.Failed(contact=session.contact, why=why))
    board.keep(stroke, replace(session, failed=True))
    board.call(stroke, conversation, calls.Finish(code=code, reason=why, by="system"))


def place(board: "Switchboard", now: float, contact: str, queue: str, position: int) -> ivr.QueuePosition:
    """The caller's place, how long the first in line has waited, and how long he will still wait."""
    first = next(iter(board.distribution.line(queue)), None)
    oldest_wait_s = max(0.0, now - first.enqueued_at) if first is not None and position > 1 else 0.0
    return ivr.QueuePosition(
        position=position,
        oldest_wait_s=oldest_wait_s,
        wait_s=still(board, contact, now),
        callback_after_s=callback_after_s(board, contact, queue),
    )


def still(board: "Switchboard", contact: str, now: float) -> tuple[float, float, float] | None:
    """How long (s) the contact will still wait: low, likely, high."""
    wait = board.distribution.estimate(contact, now)
    return None if wait is None else (wait.low_s, wait.likely_s, wait.high_s)


def enqueue(
    board: "Switchboard",
    stroke: Stroke,
    conversation: str,
    queue: str,
    need: Need,
    *,
    front: bool = False,
) -> int:
    """Into the line of a queue; the place there. What was waited before an answer is not lost.

    `front`: it comes back to a queue that has counted it (a failed transfer) and stands before its equals.
    """
    asked = Waiting(
        contact=board.sessions[conversation].contact,
        queue=queue,
        enqueued_at=stroke.now,
        returned=int(front),
    )
    return stand(board, stroke, conversation, asked.needing(need))


def stand(board: "Switchboard", stroke: Stroke, conversation: str, asked: Waiting) -> int:
    """Into the line as asked, with what was waited before and what the customer is given; the place there."""
    queue, need, front = asked.queue, asked.need, bool(asked.returned)
    session = board.calling_back.called_in(stroke, conversation, queue)
    since = board.calling_back.since(session, queue, stroke.now)
    callback = board.calling_back.of(session)
    promised = callback is not None and callback.queue == queue
    waiting = replace(asked, enqueued_at=since, serial=session.offers, promised=promised)
    waiting = favoured(board, session, waiting, stroke.now)
    position = board.place_of(waiting, stroke.now)
    anew = not session.counted and not front and not session.is_attempt
    queued = cti.Queued(
        contact=session.contact,
        queue=queue,
        skills=need.ways[0],
        priority=need.priority,
        enqueued_at=waiting.enqueued_at,
        position=position,
        requeued=session.queue is not None,
        transferred=session.queue is not None and anew,
        alternatives=need.ways[1:],
        relaxed=need.relaxed,
    )
    board.emit(stroke, queued)
    session = replace(session, waiting=waiting, queue=queue, need=need, left=None)
    board.keep(stroke, replace(session, counted=session.counted or anew))
    if not session.identified:
        number = session.from_number
        stroke.then(lambda: identifying.look_up(board, conversation, number))
    board.outlooks.came(waiting)
    board.calling_back.stands(stroke, session)
    board.acd(stroke, acd.ContactQueued(waiting=waiting))
    board.calling_back.let_go_for(stroke, session)
    return position


def send_on(board: "Switchboard", stroke: Stroke, sent: acd.SendOn) -> None:
    """A queue sends a contact on: to its other queue, by the flow's way out, or nowhere: then it waits on."""
    waiting = sent.waiting
    session = board.session_of(waiting.contact)
    if session is None:
        return
    elsewhere = sent.to in board.directory.queues and sent.to != waiting.queue
    if waiting.purpose == "queue" and elsewhere:
        _to_other_queue(board, stroke, session, sent)
    elif waiting.purpose == "queue" and _flow_has_way_out(board, session):
        stroke.flow(session.conversation, ivr.QueueOutcome(outcome="overflow"))
    else:
        stays = replace(waiting, overflowed_from=waiting.queue)
        board.keep(stroke, replace(session, waiting=stays))
        board.acd(stroke, acd.ContactQueued(waiting=stays, anew=False))


def _to_other_queue(board: "Switchboard", stroke: Stroke, session: Session, sent: acd.SendOn) -> None:
    """Its requirement and its favours are that queue's; since when it waits is the same."""
    before, to = sent.waiting, sent.to
    need = replace(board.flows.needs(to, transfers.language_of(session)), priority=before.priority)
    plain = replace(before, queue=to, wish=None).needing(need)
    nobodys = replace(plain, tier="", head_start_s=0.0, target_s=None, own_place=False)
    waiting = replace(nobodys, overflowed_from=before.queue)
    waiting = favoured(board, session, waiting, stroke.now)
    board.emit(stroke, cti.Diverted(contact=session.contact, queue=before.queue, to=to, why=sent.why))
    queued = cti.Queued(
        contact=session.contact,
        queue=to,
        skills=need.ways[0],
        priority=need.priority,
        enqueued_at=waiting.enqueued_at,
        position=board.place_of(waiting, stroke.now),
        requeued=True,
        alternatives=need.ways[1:],
        relaxed=need.relaxed,
    )
    board.emit(stroke, queued)
    session = board.sessions[session.conversation]
    board.keep(stroke, replace(session, waiting=waiting, queue=to, need=need))
    board.acd(stroke, acd.ContactQueued(waiting=waiting))


def _flow_has_way_out(board: "Switchboard", session: Session) -> bool:
    """Whether the caller's flow is at a queue node that says where to go then."""
    flow = session.flow and board.flows.version(session.flow.flow, session.flow.version)
    if not flow or session.flow is None or session.transfer is not None:
        return False
    return interpreter.overflows(flow, session.flow)


def leave_queue(board: "Switchboard", stroke: Stroke, session: Session) -> None:
    if session.waiting is None:
        return
    board.acd(stroke, acd.ContactGone(contact=session.contact))
    board.emit(stroke, cti.Diverted(contact=session.contact, queue=session.waiting.queue))
    board.keep(stroke, replace(board.sessions[session.conversation], waiting=None, left=session.waiting))


def make_offer(board: "Switchboard", stroke: Stroke, offer: acd.Offer) -> None:
    conversation = board.conversations[offer.waiting.contact]
    session = board.sessions[conversation]
    made = cti.OfferMade(
        contact=session.contact,
        queue=offer.waiting.queue,
        offer=offer.offer,
        agent=offer.agent,
        deadline=offer.deadline,
        decision=offer.decision,
        purpose=offer.waiting.purpose,
        by=_asking(session),
    )
    board.emit(stroke, made)
    board.presence(stroke, offer.agent, presences.Reserve(contact=session.contact, offer=offer.offer))
    board.keep(stroke, replace(session, offer=offer, offers=offer.number))
    if session.identified:
        present(board, stroke, conversation)
    else:
        board.when_pop_is_late(conversation, stroke.now + POP_PATIENCE_S, offer.offer)


def _asking(session: Session) -> str | None:
    """The agent who transfers or consults, if it is that."""
    if session.consult is not None:
        return session.agent
    return (session.transfer.by or None) if session.transfer is not None else None


def present_without_pop(board: "Switchboard", conversation: str, offer: str) -> None:
    """The records are slow: the device rings all the same."""
    session = board.sessions.get(conversation)
    if session is not None and session.offer is not None and session.offer.offer == offer:
        with board.stroke() as stroke:
            present(board, stroke, conversation)


def present(board: "Switchboard", stroke: Stroke, conversation: str) -> None:
    """Ring the offered agent's device; nothing when it already rings."""
    session = board.sessions[conversation]
    if session.offer is None:
        return
    target = board.devices.target(session.offer.agent)
    if target is None:
        board.acd(stroke, acd.OfferFailed(offer=session.offer.offer, reason="device_failed"))
        return
    wish = calls.Present(
        agent=session.offer.agent,
        target=target,
        from_number=session.from_number,
        from_name=session.from_name,
        timeout_s=max(1.0, session.offer.deadline - stroke.now) + acd.ACCEPT_GRACE_S,
        consult=session.consult is not None,
        ringing=board.flows.ringing() if session.consult is not None else (),
    )
    board.call(stroke, conversation, wish)


def lapse(board: "Switchboard", stroke: Stroke, offer: acd.Offer, reason: cti.OfferLapse) -> None:
    conversation = board.conversations[offer.waiting.contact]
    session = board.sessions[conversation]
    lapsed = cti.OfferLapsed(
        contact=session.contact,
        queue=offer.waiting.queue,
        offer=offer.offer,
        agent=offer.agent,
        reason=reason,
        purpose=offer.waiting.purpose,
    )
    board.emit(stroke, lapsed)
    back = board.distribution.waiting(session.contact)
    board.keep(stroke, replace(session, offer=None, waiting=back))
    withdraw = calls.Withdraw(agent=offer.agent, reason=reason, by="system")
    board.call(stroke, conversation, withdraw)
    board.presence(stroke, offer.agent, presences.Release(offer=offer.offer, reason=reason))
    if offer.waiting.direct is not None and reason not in ("caller_gone", "withdrawn"):
        transfers.refused(board, stroke, conversation, reason)
