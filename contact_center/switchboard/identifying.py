"""Whose call it is: one look-up feeds the flow, the log and the screen-pop."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.cti import events as cti
from contact_center.customers.pop import Pop
from contact_center.ivr import events as ivr
from contact_center.loyalty.policy import Menu
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard

_log = logging.getLogger(__name__)


async def look_up(board: "Switchboard", conversation: str, number: str) -> None:
    """Find the caller's record and prepare the screen-pop from it."""
    session = board.sessions.get(conversation)
    ahead = board.pops.get(session.contact) if session is not None and session.from_number == number else None
    pop = ahead if ahead is not None else await fetch(board, number)
    session = board.sessions.get(conversation)
    if session is None:
        return
    with board.stroke() as stroke:
        identify(board, stroke, session, pop)
        customer = None
        if pop.customer is not None:
            record = pop.customer
            customer = {
                "id": record.id,
                "name": record.name,
                "tier": pop.tier,
                "language": record.language,
                "menu": _menu(board, pop),
            }
        stroke.flow(conversation, ivr.LookedUp(customer=customer, matches=len(pop.matches)))


async def fetch(board: "Switchboard", number: str) -> Pop:
    try:
        return await board.records.pop(number)
    except Exception:  # noqa: BLE001  # no caller is lost because the records are: he is a stranger then
        _log.exception("customer look-up failed")
        return Pop()


async def fetch_facts(board: "Switchboard", conversation: str, asked: ivr.Fetch) -> None:
    """Ask elsewhere for what a flow wants to know; the caller hears nothing of it while it takes."""
    outcome, values = await board.facts.ask(
        asked.url, post=asked.post, send=asked.send, timeout_s=asked.timeout_s
    )
    wanted = {name: values[name] for name in asked.wanted if name in values}
    if conversation in board.sessions:
        with board.stroke() as stroke:
            stroke.flow(conversation, ivr.Fetched(fetch=asked.fetch, outcome=outcome, values=wanted))


def identify(board: "Switchboard", stroke: Stroke, session: Session, pop: Pop) -> None:
    board.pops[session.contact] = pop
    record = pop.customer
    board.attach_pop(session.contact)
    identified = cti.CustomerIdentified(
        contact=session.contact,
        customer=record.id if record else None,
        matches=len(pop.matches),
        name=record.name if record else "",
        tier=pop.tier,
    )
    board.emit(stroke, identified)
    session = board.sessions[session.conversation]
    board.keep(stroke, replace(session, identified=True, customer=record.id if record else None))
    board.pop_is_there(stroke, session.conversation)


def _menu(board: "Switchboard", pop: Pop) -> Menu:
    """The customer's, if any queue goes by his tier; else anybody's."""
    off = pop.treatment.tiering_off if pop.treatment is not None else frozenset()
    acts = any(queue.tiering and queue.id not in off for queue in board.directory.queues.values())
    return pop.menu if acts else "standard"
