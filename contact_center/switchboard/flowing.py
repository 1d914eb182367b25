"""What a flow asks for, carried out."""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.ivr.waiting import WAITS
from contact_center.switchboard import identifying, line, taping, transfers
from contact_center.switchboard.session import Session, Target
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls, wire

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


def flow_effect(board: "Switchboard", stroke: Stroke, conversation: str, effect: ivr.FlowEffect) -> None:
    session = board.sessions[conversation]
    contact = session.contact
    match effect:
        case ivr.AnswerCall():
            board.call(stroke, conversation, calls.AnswerCaller())
        case ivr.Play(play=play, prompts=prompts, loop=loop, then=then):
            files = board.flows.files(prompts)
            after = board.flows.files(then) if then else ()
            sound = wire.Play(leg=calls.CALLER, play=play, files=files, loop=loop, then=after)
            stroke.op(conversation, sound)
            if wait := next((prompt for prompt in prompts if prompt.kind == "wait"), None):
                _wait_told(board, stroke, session, longer=wait.value.endswith("longer"))
        case ivr.StopPlaying():
            stroke.op(conversation, wire.StopPlay(leg=calls.CALLER))
        case ivr.LookUpCustomer(number=number):
            stroke.then(lambda: identifying.look_up(board, conversation, number))
        case ivr.Fetch():
            stroke.then(lambda: identifying.fetch_facts(board, conversation, effect))
        case ivr.SendTo(kind=kind, name=name, ring_s=ring_s):
            transfers.send_from_flow(board, stroke, conversation, Target(kind=kind, name=name), ring_s)
        case ivr.EnterFlow(flow=flow):
            sent = cti.FlowTransferred(contact=contact, flow=_name(session), to="flow", target=flow)
            board.emit(stroke, sent)
            transfers.enter_flow(board, stroke, conversation, flow)
        case ivr.Tape():
            taping.for_flow(board, stroke, conversation, effect)
        case ivr.MessageLeft() | ivr.Scored() | ivr.Told():
            _told(board, stroke, session, effect)
        case ivr.EnterQueue():
            line.enter_queue(board, stroke, conversation, effect)
        case ivr.AskCallback(queue=queue, number=number):
            board.calling_back.terms(stroke, conversation, queue, number)
        case ivr.RequestCallback():
            board.calling_back.request(stroke, conversation, effect)
        case ivr.LeaveQueue():
            line.leave_queue(board, stroke, session)
        case ivr.End(code=code, reason=reason):
            board.call(stroke, conversation, calls.Finish(code=code, reason=reason, by="system"))
        case ivr.Visited(node=node):
            board.emit(stroke, cti.NodeVisited(contact=contact, flow=_name(session), node=node))
        case ivr.Collected(node=node, digits=digits):
            board.emit(stroke, cti.DigitsCollected(contact=contact, node=node, digits=digits))
        case ivr.Failed(why=why):
            board.emit(stroke, cti.Failed(contact=contact, why=why))
            board.keep(stroke, replace(board.sessions[conversation], failed=True))
        case _:
            assert_never(effect)


def _name(session: Session) -> str:
    return session.flow.flow if session.flow is not None else ""


def _wait_told(board: "Switchboard", stroke: Stroke, session: Session, *, longer: bool) -> None:
    """The caller hears how long he will still wait: what he was told is kept with the call."""
    if session.flow is None or session.queue is None:
        return
    told = session.flow.variables
    low_s, likely_s, high_s = (float(told.get(name, 0)) for name in WAITS)
    said = cti.WaitTold(
        contact=session.contact,
        queue=session.queue,
        position=int(float(told["queue_position"])),
        low_s=round(low_s, 1),
        likely_s=round(likely_s, 1),
        high_s=round(high_s, 1),
        longer=longer,
    )
    board.emit(stroke, said)


def _told(
    board: "Switchboard",
    stroke: Stroke,
    session: Session,
    effect: ivr.MessageLeft | ivr.Scored | ivr.Told,
) -> None:
    """What the flow wants kept."""
    contact, flow = session.contact, _name(session)
    match effect:
        case ivr.MessageLeft(queue=queue, seconds=seconds):
            name = taping.latest(session)
            left = cti.MessageLeft(contact=contact, queue=queue, recording=name, seconds=seconds)
            board.emit(stroke, left)
        case ivr.Scored(node=node, measure=measure, score=score):
            answered = cti.SurveyAnswered(
                contact=contact,
                flow=flow,
                node=node,
                measure=measure,
                score=score,
                queue=session.queue,
                about=session.last_agent,
            )
            board.emit(stroke, answered)
        case ivr.Told(node=node, name=name, values=values):
            noted = cti.FlowNoted(contact=contact, flow=flow, node=node, name=name, values=values)
            board.emit(stroke, noted)
        case _:
            assert_never(effect)
