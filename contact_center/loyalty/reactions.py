"""How a customer reacts to dissatisfaction: exit, voice, loyalty (waiting), neglect - or not at all.

The four reactions are Hirschman's and Rusbult's; which signs stand for which are our rules. They look at the
last 90 days; the first that fits decides.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal

Reaction = Literal["exit", "voice", "neglect", "loyalty"]
Failure = Literal["long_abandon", "missed_commitment", "outage", "reopened_case", "overdue_case"]

EXIT_DISPOSITIONS: Final = frozenset({"cancel", "port_out", "account_closure", "competitor_mention"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRules:
    """Which dispositions speak of leaving, or complain and how badly (0.5, 0.75, 1); drawdowns are shares.

    A drawdown is a sign of leaving only beyond `exit_noise` standard errors of his own ups and downs.
    """

    exit_dispositions: frozenset[str] = EXIT_DISPOSITIONS
    complaint_severity: dict[str, float] = field(default_factory=lambda: {"complaint": 0.75})
    exit_drawdown: float = 0.30
    exit_noise: float = 3.0
    neglect_drawdown: float = 0.10
    repeat_contacts: int = 2
    repeat_days: float = 7.0
    low_csat: int = 2
    unanswered_callbacks: int = 2
    silent_surveys: int = 3
    loyal_index: float = 60.0
    long_abandon_s: float = 60.0


DEFAULT: Final = ReactionRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the last 90 days show. `same_reason_days` are the days (any origin) of contacts by reason.

    `fall_in_noise` is how far the drawdown lies outside his own irregularity; without it, it counts as it is.
    """

    dispositions: Collection[str] = ()
    asked_contract_end: bool = False
    drawdown: float = 0.0
    fall_in_noise: float = math.inf
    complaint_opened: bool = False
    same_reason_days: dict[str, tuple[float, ...]] = field(default_factory=dict)
    asked_supervisor: bool = False
    lowest_csat: int | None = None
    went_public: bool = False
    failures: tuple[Failure, ...] = ()
    unanswered_callbacks: int = 0
    silent_surveys_after_answering: int = 0
    marketing_opt_out: bool = False
    index: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """The reaction and the sign that decided it; both None when there is none."""

    reaction: Reaction | None
    because: str | None


def reaction(seen: Evidence, rules: ReactionRules = DEFAULT) -> Reacted:
    """The reaction the evidence speaks for, the most urgent first."""
    signs: list[tuple[Reaction, str | None]] = [
        ("exit", exit_sign(seen, rules)),
        ("voice", _voice_sign(seen, rules)),
        ("neglect", _neglect_sign(seen, rules)),
        ("loyalty", _loyalty_sign(seen, rules)),
    ]
    for name, sign in signs:
        if sign is not None:
            return Reacted(reaction=name, because=sign)
    return Reacted(reaction=None, because=None)


def exit_sign(seen: Evidence, rules: ReactionRules = DEFAULT) -> str | None:
    """The sign that the customer is leaving, if any; it also puts him at risk."""
    if rules.exit_dispositions & set(seen.dispositions):
        return "exit_disposition"
    if seen.asked_contract_end:
        return "asked_contract_end"
    falls = seen.drawdown >= rules.exit_drawdown and seen.fall_in_noise >= rules.exit_noise
    return "drawdown" if falls else None


def _voice_sign(seen: Evidence, rules: ReactionRules) -> str | None:
    if seen.complaint_opened or rules.complaint_severity.keys() & set(seen.dispositions):
        return "complaint"
    if any(_repeated(days, rules) for days in seen.same_reason_days.values()):
        return "repeated_contact"
    if seen.asked_supervisor:
        return "asked_supervisor"
    if seen.lowest_csat is not None and seen.lowest_csat <= rules.low_csat:
        return "low_csat"
    return "went_public" if seen.went_public else None


def _repeated(days: tuple[float, ...], rules: ReactionRules) -> bool:
    ordered, n = sorted(days), rules.repeat_contacts
    return any(
        later - earlier <= rules.repeat_days
        for earlier, later in zip(ordered, ordered[n - 1 :], strict=False)
    )


def _neglect_sign(seen: Evidence, rules: ReactionRules) -> str | None:
    if not seen.failures:
        return None
    if rules.neglect_drawdown <= seen.drawdown < rules.exit_drawdown:
        return "shrinking_after_failure"
    if seen.unanswered_callbacks >= rules.unanswered_callbacks:
        return "unanswered_callbacks"
    if seen.silent_surveys_after_answering >= rules.silent_surveys:
        return "silent_surveys"
    return "marketing_opt_out" if seen.marketing_opt_out else None


def _loyalty_sign(seen: Evidence, rules: ReactionRules) -> str | None:
    waits = bool(seen.failures) and seen.index is not None and seen.index >= rules.loyal_index
    return "waits_after_failure" if waits else None


def spoken(disposition: str, rules: ReactionRules = DEFAULT) -> tuple[Reaction, float] | None:
    """The reaction a disposition alone says, with the severity of a complaint (0 otherwise)."""
    if disposition in rules.exit_dispositions:
        return "exit", 0.0
    severity = rules.complaint_severity.get(disposition)
    return None if severity is None else ("voice", severity)
