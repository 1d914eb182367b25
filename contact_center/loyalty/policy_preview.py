"""Who would move under another policy: the base reckoned twice on the same evidence, and compared.

Both reckonings let the tiers settle, so that what is compared are the two policies and not the patience of
the nightly run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from contact_center.loyalty.lifecycle import Stage
from contact_center.loyalty.profile import Profile
from contact_center.loyalty.segments import Tier

SAMPLE: Final = 50
"""Customers shown as examples; those worth most among those who move."""
Aspect = Literal["tier", "stage", "risk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """So many customers would go from one tier (stage, standing) to another; `same` ones stay."""

    of: Aspect
    before: str
    after: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A customer who would move. `name` is filled in by whoever knows it."""

    customer: str
    name: str = ""
    value: float | None
    tiers: tuple[Tier, Tier]
    stages: tuple[Stage, Stage]
    at_risk: tuple[bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`customers` were looked at, `movers` of them would be another tier, stage or standing."""

    customers: int
    movers: int
    moves: tuple[Move, ...]
    equity: tuple[float, float]
    sample: tuple[Mover, ...]


@dataclass(slots=True)
class Comparison:
    """Takes profiles in pairs, some at a time, and knows the preview so far."""

    customers: int = 0
    movers: int = 0
    moves: Counter[tuple[Aspect, str, str]] = field(default_factory=Counter)
    equity: tuple[float, float] = (0.0, 0.0)
    sample: list[Mover] = field(default_factory=list)

    def take(self, before: Iterable[Profile], after: Iterable[Profile]) -> None:
        """The same customers in the same order, reckoned under each policy."""
        found = []
        for old, new in zip(before, after, strict=True):
            mover = _mover(old, new)
            self.customers += 1
            self.equity = (self.equity[0] + _equity(old), self.equity[1] + _equity(new))
            self.moves["tier", old.tier, new.tier] += 1
            self.moves["stage", old.stage, new.stage] += 1
            self.moves["risk", _standing(old), _standing(new)] += 1
            if mover is not None:
                self.movers += 1
                found.append(mover)
        self.sample = sorted([*self.sample, *found], key=lambda m: (-(m.value or 0.0), m.customer))[:SAMPLE]

    def preview(self, names: Mapping[str, str]) -> Preview:
        moves = [
            Move(of=of, before=before, after=after, customers=n)
            for (of, before, after), n in sorted(self.moves.items())
        ]
        sample = [replace(m, name=names.get(m.customer, m.customer)) for m in self.sample]
        return Preview(
            customers=self.customers,
            movers=self.movers,
            moves=tuple(moves),
            equity=self.equity,
            sample=tuple(sample),
        )


def _mover(old: Profile, new: Profile) -> Mover | None:
    mover = Mover(
        customer=old.customer,
        value=new.current if new.value is None else new.value,
        tiers=(old.tier, new.tier),
        stages=(old.stage, new.stage),
        at_risk=(bool(old.risks), bool(new.risks)),
    )
    same = all(one == other for one, other in (mover.tiers, mover.stages, mover.at_risk))
    return None if same else mover


def _equity(profile: Profile) -> float:
    return 0.0 if profile.stage == "exited" else profile.value or 0.0


def _standing(profile: Profile) -> str:
    return "at_risk" if profile.risks else "calm"
