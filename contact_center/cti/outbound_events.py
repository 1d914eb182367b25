"""How far a call of ours has come before its answer: members of the CTI event union (`cti.events`)."""

from dataclasses import dataclass
from typing import Literal

CallStage = Literal["own_device", "dialled", "ringing", "early_media"]
"""The agent's own phone is called; the number was; it rings there (180); sound comes from there (183)."""

CallFailure = Literal[
    "busy",
    "no_answer",
    "declined",
    "unknown_number",
    "unreachable",
    "given_up",
    "own_no_answer",
    "own_declined",
    "own_failed",
]
"""Why nobody answered: at the number, or (`own_`) at the agent's own phone, so that nothing was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProgressed:
    """A call out reached its next stage; each is told once, in order, and some may be left out."""

    contact: str
    agent: str
    stage: CallStage
    type: Literal["CallProgressed"] = "CallProgressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed:
    """A call out ended without an answer; `code` is the SIP status behind the `cause`."""

    contact: str
    agent: str
    cause: CallFailure
    code: int
    type: Literal["CallFailed"] = "CallFailed"


def failure_of(code: int) -> CallFailure:
    """The SIP status with which a number did not answer, as people speak of it (RFC 3261 section 21)."""
    match code:
        case 486 | 600:
            return "busy"
        case 408 | 480:
            return "no_answer"
        case 487:
            return "given_up"
        case 403 | 603 | 607 | 608:
            return "declined"
        case 404 | 410 | 484 | 604:
            return "unknown_number"
        case _:
            return "unreachable"


def own_failure_of(code: int) -> CallFailure:
    """The same of the agent's own phone."""
    match failure_of(code):
        case "no_answer":
            return "own_no_answer"
        case "busy" | "declined":
            return "own_declined"
        case "given_up":
            return "given_up"
        case _:
            return "own_failed"
