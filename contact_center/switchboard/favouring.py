"""What who the customer is gives a contact in line: head start, tighter target, an agent he knows, retention.

Everything is bounded and named: it stands in the contact's entry, and the decision's account says it. A queue
has to allow it (`tiering`, `sticky`), and may have values of its own for a tier; profiling refused and queues
the policy exempts are like strangers.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.acd import distribution as acd
from contact_center.acd.contact import Step, Waiting, Wish, WishWhy
from contact_center.acd.rules import LONGEST_HEAD_START_S
from contact_center.customers.pop import Pop
from contact_center.ivr.calendar import Calendar
from contact_center.loyalty.treatment import InQueue
from contact_center.runtime.directory import QueueSettings
from contact_center.runtime.requirements import simplest
from contact_center.switchboard import identifying
from contact_center.switchboard.promising import Promise, promise
from contact_center.switchboard.session import Session
from contact_center.switchboard.stroke import Stroke

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


def look_ahead(board: "Switchboard", stroke: Stroke, contact: str, number: str) -> None:
    """Ask for the record as the caller arrives, so that it is there when the caller comes to a queue.

    Only where a queue goes by it; a flow that leads straight into its queue is sooner all the same.
    """
    if any(queue.tiering or queue.sticky != "off" for queue in board.directory.queues.values()):
        stroke.then(lambda: _prepare(board, contact, number))


async def _prepare(board: "Switchboard", contact: str, number: str) -> None:
    pop = await identifying.fetch(board, number)
    if contact in board.conversations:
        board.pops.setdefault(contact, pop)


def favoured(board: "Switchboard", session: Session, waiting: Waiting, now: float) -> Waiting:
    """The entry with what the customer's record gives it, and a promise that falls due; else the same."""
    pop, queue = board.pops.get(session.contact), board.directory.queues.get(waiting.queue)
    if queue is None or waiting.direct is not None or waiting.purpose != "queue":
        return waiting
    promise_s = _promise_s(board, session, queue, now)
    if promise_s:
        waiting = replace(waiting, head_start_s=promise_s)
    if pop is None:
        return waiting
    treatment = _treatment(board, session.contact, queue.id)
    if treatment is not None:
        waiting = replace(
            waiting,
            tier=treatment.tier,
            head_start_s=min(LONGEST_HEAD_START_S, treatment.head_start_s + promise_s),
            target_s=treatment.target_s if treatment.target_s < queue.target_s else None,
            own_place=treatment.own_place,
        )
        if treatment.retain and queue.retention_skill:
            kept_for_s = min(treatment.overflow_s, LONGEST_HEAD_START_S)
            waiting = _to_be_kept(board, waiting, queue.retention_skill, kept_for_s)
    if waiting.wish is None:
        waiting = replace(waiting, wish=_wish(pop, queue, treatment, now))
    return waiting


def callback_after_s(board: "Switchboard", contact: str, queue: str) -> float | None:
    """The likely wait (s) from which the customer's tier has a callback offered; None where none does."""
    treatment = _treatment(board, contact, queue)
    return treatment.callback_after_s if treatment is not None else None


def callback_promise(
    board: "Switchboard", contact: str, queue: str, calendar: Calendar | None, now: float
) -> Promise | None:
    """By when the customer's tier has him called back; None where nothing is promised."""
    return promise_to(board, board.pops.get(contact), queue, calendar, now)


def promise_to(
    board: "Switchboard", pop: Pop | None, queue: str, calendar: Calendar | None, now: float
) -> Promise | None:
    """The same of a customer who is not on the line."""
    treatment = _treatment_of(board, pop, queue)
    if treatment is None:
        return None
    return promise(treatment.callback_within_s, calendar, treatment.utc_offset_s, now)


def _treatment(board: "Switchboard", contact: str, queue: str) -> InQueue | None:
    """What the contact's customer gets in this queue for his tier, where the queue goes by tiers."""
    return _treatment_of(board, board.pops.get(contact), queue)


def _treatment_of(board: "Switchboard", pop: Pop | None, queue: str) -> InQueue | None:
    settings = board.directory.queues.get(queue)
    treatment = pop.treatment if pop is not None else None
    if treatment is None or settings is None or not settings.tiering:
        return None
    return treatment.at(queue)


def _promise_s(board: "Switchboard", session: Session, queue: QueueSettings, now: float) -> float:
    """How much sooner the call of a callback counts, whose promise falls due: as its place did before."""
    callback = board.calling_back.of(session)
    if callback is None or callback.queue != queue.id or not queue.tiering:
        return 0.0
    return callback.sooner_s(now)


def _to_be_kept(board: "Switchboard", waiting: Waiting, skill: str, kept_for_s: float) -> Waiting:
    """First to those who can keep a customer, if such are at work; then as everybody, at the same place."""
    ways = simplest((waiting.skills, *waiting.alternatives))
    kept = tuple({**way, skill: max(1, way.get(skill, 0))} for way in ways)
    if skill in waiting.skills or not board.distribution.serves(kept):
        return waiting
    first, *others = kept
    relaxed = (Step(after_s=kept_for_s, ways=ways), *waiting.steps)
    return replace(waiting, skills=first, alternatives=tuple(others), steps=relaxed)


def _wish(pop: Pop, queue: QueueSettings, treatment: InQueue | None, now: float) -> Wish | None:
    """The agent he talked to last, or his own, as the queue says for all and the tier for its customers."""
    own = pop.customer.preferred_agent if pop.customer is not None else None
    known = pop.customer is not None
    last = next((each.agent for each in pop.interactions if each.agent), None) if known else None
    wants_own, sticky_s = queue.sticky == "named", queue.sticky_s if queue.sticky != "off" else 0.0
    if treatment is not None and treatment.choice in ("named", "last"):
        wants_own = wants_own or treatment.choice == "named"
        sticky_s = max(sticky_s, treatment.sticky_s)
    elif queue.sticky == "off":
        return None
    why: WishWhy = "named" if wants_own and own else "last"
    agent = own if why == "named" else last
    if treatment is not None:
        sticky_s = min(sticky_s, treatment.overflow_s)
    return Wish(agent=agent, until=now + sticky_s, why=why) if agent else None


def known(board: "Switchboard", stroke: Stroke, session: Session) -> None:
    """The record came while the contact waits: it stands where it belongs from now on."""
    waiting = board.distribution.waiting(session.contact)
    if session.waiting is None or waiting is None or waiting.returned or waiting.overflowed_from:
        return
    better = favoured(board, session, waiting, stroke.now)
    if better != waiting:
        board.keep(stroke, replace(board.sessions[session.conversation], waiting=better))
        board.acd(stroke, acd.ContactKnown(waiting=better))
