"""Calls we make by ourselves: to whom, on which occasion, and by when; the tier's lever `proactive` decides.

After a failure of ours the customer gets the apology of the repair plan, after a complaint a call whether it
holds, and by the stage plan a welcome, a hand with the start, or a review; customers to be developed get an
offer that fits. Who refused profiling, or said no to calls, is left alone; who has an open case is cared for
already, and planned calls keep their distance. Occasions are theory §2.3, §4.2, §5.2; the times are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from contact_center.cti.events import ContactEnded
from contact_center.loyalty import repair
from contact_center.loyalty.lifecycle import Stage
from contact_center.loyalty.policy import Policy, Proactive
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.remedies import withheld
from contact_center.loyalty.repair import HISTORY, NOT_WANTED, Occasion, RepairCase
from contact_center.loyalty.working_time import DAY_S, after_working_days

Failure = Literal["long_abandon", "turned_away", "call_failed"]
Part = Literal["stage_plan", "failures", "complaints", "development"]
PARTS: Final[dict[Proactive, frozenset[Part]]] = {
    "stage_plan_and_failures": frozenset({"stage_plan", "failures", "complaints"}),
    "stage_plan_and_complaints": frozenset({"stage_plan", "complaints"}),
    "development": frozenset({"development"}),
    "legal_only": frozenset(),
}
"""What each value of the lever asks for. A complaint is a failure that was told."""
CALLS, MARKETING = "calls", "marketing"
"""Purposes of consent: refused calls are never made; an offer needs a yes to marketing."""
LATE_S: Final = DAY_S
"""What is seen later than this after it happened is not apologised for out of the blue."""
GROWING: Final[tuple[Stage, ...]] = ("formation", "stable")
"""Stages in which something more may be offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a customer: his profile (None: none reckoned), word on calls, and every case of his.

    `agent` is his own, empty where he has none: then whoever takes the call.
    """

    customer: str
    profile: Profile | None
    refused: bool = False
    consents: Mapping[str, bool] = field(default_factory=dict)
    cases: tuple[RepairCase, ...] = ()
    agent: str = ""


def asks(profile: Profile | None, part: Part, policy: Policy) -> bool:
    """Whether the lever of the customer's tier asks for such calls."""
    return profile is not None and part in PARTS[policy.levers[profile.tier].proactive]


def failure_of(ended: ContactEnded, profile: Profile | None, policy: Policy) -> Failure | None:
    """How the contact failed him, if it did: by his tier's target there, in a queue that goes by tiers."""
    if profile is None or ended.queue in policy.tiering_off:
        return None
    if ended.outcome == "failed":
        return "call_failed"
    if ended.outcome == "ended_in_flow" and ended.queue is not None:
        return "turned_away"
    long_s = policy.levers_in(profile.tier, ended.queue).target_s
    return "long_abandon" if ended.outcome == "abandoned" and ended.wait_s > long_s else None


def after_failure(ended: ContactEnded, known: Known, policy: Policy, at: float) -> RepairCase | None:
    """The apology that a failed contact calls for: milder while he waits, more when he turns away."""
    who, failure = known.profile, failure_of(ended, known.profile, policy)
    case = f"{ended.contact}.failure"
    if who is None or failure is None or not _may(known, case, "failures", policy):
        return None
    return repair.opened(
        case=case,
        customer=known.customer,
        reaction="neglect" if who.reaction in ("neglect", "exit") else "loyalty",
        tier=who.tier,
        owner=known.agent,
        now=at,
        because=failure,
        contact=ended.contact,
        rules=policy.repair,
    )


def after_complaint(closed: RepairCase, known: Known, policy: Policy, at: float) -> RepairCase | None:
    """Whether what was made good still holds; asked by whoever made it good."""
    if closed.reaction != "voice" or closed.outcome in ("", HISTORY):
        return None
    case = f"{closed.case}.follow_up"
    if not _may(known, case, "complaints", policy):
        return None
    return _intended(case, known, "follow_up", closed.because, policy, at, owner=closed.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A customer's stage before a night; None of one who came lately."""

    customer: str
    before: Stage | None


def by_stage(case: str, turn: Turn, known: Known, policy: Policy, now: float) -> RepairCase | None:
    """What the stage plan has for a customer whose stage has turned, or who is new.

    Who is in the hold-out gets no review: whether reviews keep customers is seen by him.
    """
    who = known.profile
    occasion = None if who is None else _of_turn(turn.before, who)
    if who is None or occasion is None or not _may(known, case, "stage_plan", policy):
        return None
    if _lately(known, policy, now) or (occasion == "review" and withheld(who, policy)):
        return None
    return _intended(case, known, occasion, f"stage_{who.stage}", policy, now)


def to_develop(case: str, known: Known, policy: Policy, now: float) -> RepairCase | None:
    """An offer that fits, for who has potential, is content, and allowed us to make one."""
    who = known.profile
    if who is None or who.potential <= 0 or who.stage not in GROWING or who.reaction is not None:
        return None
    if known.consents.get(MARKETING) is not True or who.risks or _lately(known, policy, now):
        return None
    if not _may(known, case, "development", policy):
        return None
    return _intended(case, known, "development", "potential", policy, now)


def _of_turn(before: Stage | None, who: Profile) -> Occasion | None:
    """Early aborted relationships are let go: acquiring again would cost more than it brings."""
    match before, who.stage:
        case None, "exploration":
            return "welcome"
        case "exploration", "formation":
            return "onboarding"
        case "stable", "decline":
            return "review"
        case (("exploration" | "formation" | "stable" | "decline"), "exited"):
            return None if who.pattern == "early_abort" else "review"
        case _:
            return None


def _may(known: Known, case: str, part: Part, policy: Policy) -> bool:
    """His tier asks for it, he lets himself be called, and nobody is caring for him already."""
    if known.refused or not asks(known.profile, part, policy) or known.consents.get(CALLS) is False:
        return False
    enough = any(each.proactive and each.outcome.startswith(NOT_WANTED) for each in known.cases)
    if enough and known.consents.get(CALLS) is not True:
        return False
    return all(each.closed_at is not None and each.case != case for each in known.cases)


def _lately(known: Known, policy: Policy, now: float) -> bool:
    since = now - policy.outreach.quiet_days * DAY_S
    return any(each.proactive and each.opened_at > since for each in known.cases)


def _intended(
    case: str, known: Known, occasion: Occasion, because: str, policy: Policy, now: float, *, owner: str = ""
) -> RepairCase:
    days = policy.outreach.due_days[occasion]
    return repair.intended(
        case=case,
        customer=known.customer,
        occasion=occasion,
        tier=known.profile.tier if known.profile is not None else "iron",
        owner=owner or known.agent,
        now=now,
        due_at=after_working_days(now, days, policy.repair.utc_offset_s),
        because=because,
    )
