"""What the engine answers: a contact given to an agent, or sent on by its queue."""

from typing import NamedTuple

from contact_center.acd.contact import Waiting
from contact_center.cti.events import Decision, OverflowWhy


class Overflow(NamedTuple):
    """The queue sends this contact on to the queue `to`, or back to whoever sent it here where that is empty.

    It is out of the engine; whoever drives it sees to it that it stands somewhere again.
    """

    waiting: Waiting
    to: str
    why: OverflowWhy


class Match(NamedTuple):
    """This contact for this agent; `decision` says why, when the engine keeps account."""

    waiting: Waiting
    agent: str
    decision: Decision | None
