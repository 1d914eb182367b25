"""What a flow asks for, carried out."""

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from contact_center.cti import events as cti
from contact_center.ivr import events as ivr
from contact_center.switchboard import identifying, line
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
        case ivr.Play(play=play, prompts=prompts, loop=loop):
            files = board.flows.files(prompts)
            stroke.op(conversation, wire.Play(leg=calls.CALLER, play=play, files=files, loop=loop))
        case ivr.StopPlaying():
            stroke.op(conversation, wire.StopPlay(leg=calls.CALLER))
        case ivr.LookUpCustomer(number=number):
            stroke.then(lambda: identifying.look_up(board, conversation, number))
        case ivr.EnterQueue():
            line.enter_queue(board, stroke, conversation, effect)
        case ivr.LeaveQueue():
            line.leave_queue(board, stroke, session)
        case ivr.End(code=code, reason=reason):
            board.call(stroke, conversation, calls.Finish(code=code, reason=reason, by="system"))
        case ivr.Visited(node=node):
            name = session.flow.flow if session.flow is not None else ""
            board.emit(stroke, cti.NodeVisited(contact=contact, flow=name, node=node))
        case ivr.Collected(node=node, digits=digits):
            board.emit(stroke, cti.DigitsCollected(contact=contact, node=node, digits=digits))
        case ivr.Failed(why=why):
            board.emit(stroke, cti.Failed(contact=contact, why=why))
            board.keep(stroke, replace(board.sessions[conversation], failed=True))
        case _:
            assert_never(effect)
