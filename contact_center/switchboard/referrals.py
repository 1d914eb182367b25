"""REFER from an agent's own phone (RFC 3515, RFC 5589): the same ways as from the console; the phone is told.

What is told is the truth about whoever is to take the customer: 180 while he rings, 200 once he talks, else
why not. A queue or a flow has taken the customer when he is in it.
"""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from contact_center.runtime.errors import Conflict, NotFound
from contact_center.switchboard import consults, transfers
from contact_center.switchboard.session import Target
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls, wire

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

_log = logging.getLogger(__name__)

RINGING, TAKEN, NOT_YOURS, UNKNOWN = 180, 200, 403, 404
UNAVAILABLE, NO_SUCH_DIALOG, CALLER_GONE, NOT_NOW = 480, 481, 487, 491
CODES: Final = {"rona": 408, "rejected": 603, "unreachable": UNKNOWN}
"""Of what becomes of an offer; a number's own failure is a SIP status already."""


def asked(board: "Switchboard", stroke: Stroke, conversation: str, refer: calls.TransferAsked) -> None:
    """An agent's phone asks; what cannot be done changes nothing, and the phone hears why."""
    session = board.sessions[conversation]
    why = NOT_YOURS
    if session.agent == refer.agent and refer.replaces is not None:
        why = _complete(board, stroke, conversation, refer)
    elif session.agent == refer.agent:
        why = _send(board, stroke, conversation, refer)
    if why:
        _log.info("REFER of agent %s to %s not followed: %d", refer.agent, refer.target, why)
        stroke.op(conversation, wire.TellReferrer(leg=refer.leg, code=why))


def _complete(board: "Switchboard", stroke: Stroke, conversation: str, refer: calls.TransferAsked) -> int:
    """With Replaces: the customer for whoever is aside, if it is his dialog that is named."""
    session = board.sessions[conversation]
    if session.consult is None or not session.consult.up or refer.replaces != session.call.consult:
        return NO_SUCH_DIALOG
    stroke.op(conversation, wire.TellReferrer(leg=refer.leg, code=TAKEN))  # first: the phone's leg ends next
    consults.complete(board, stroke, conversation)
    return 0


def _send(board: "Switchboard", stroke: Stroke, conversation: str, refer: calls.TransferAsked) -> int:
    session = board.sessions[conversation]
    target = _target(board, refer.target)
    if not calls.caller_up(session.call):
        return NOT_NOW
    try:
        transfers.check(board, session, refer.agent, target)
    except NotFound:
        return UNKNOWN
    except Conflict as no:
        return UNAVAILABLE if no.code == "target" else NOT_NOW
    board.keep(stroke, replace(session, referrer=refer.leg))
    if target.kind in ("queue", "flow"):
        tell(board, stroke, conversation, TAKEN)
    transfers.begin(board, stroke, conversation, target)
    return 0


def _target(board: "Switchboard", dialled: str) -> Target:
    """Whom the phone's user means: a name of ours, the number of a flow, or an outside number."""
    if dialled in board.directory.agents:
        return Target(kind="agent", name=dialled)
    if dialled in board.directory.queues:
        return Target(kind="queue", name=dialled)
    flow = board.flows.named(dialled) or board.flows.for_number(dialled)
    if flow is not None:
        return Target(kind="flow", name=flow.name)
    return Target(kind="number", name=board.records.e164(dialled) or dialled)


def tell(board: "Switchboard", stroke: Stroke, conversation: str, code: int) -> None:
    """Whoever is to take the customer got as far as this; nobody is told when no phone asked."""
    session = board.sessions[conversation]
    if session.referrer:
        stroke.op(conversation, wire.TellReferrer(leg=session.referrer, code=code))
        if code >= TAKEN:
            board.keep(stroke, replace(session, referrer=""))


def tell_failed(board: "Switchboard", stroke: Stroke, conversation: str, why: str) -> None:
    """`why` as `TransferFailed` has it."""
    code = int(why) if why.isdigit() and int(why) >= 300 else CODES.get(why, UNAVAILABLE)
    tell(board, stroke, conversation, code)
