"""What a whole base's life cycles say: how fast customers become stable, how they leave, who is repaired."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from contact_center.loyalty.lifecycle import STAGES, Lifecycle, Pattern, Stage, pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleFigures:
    """Shares are 0-1, None when there is nothing to divide by. `moves` counts stage to stage per period."""

    customers: int
    stable_share: float | None
    median_periods_to_stable: float | None
    patterns: Mapping[Pattern, int]
    declines: int
    repaired: int
    moves: Mapping[tuple[Stage, Stage], int]

    @property
    def repair_rate(self) -> float | None:
        """Returns from decline to formation or stable ÷ entries into decline."""
        return self.repaired / self.declines if self.declines else None

    def transition(self, from_stage: Stage) -> dict[Stage, float]:
        """The row of the transition matrix: shares of where `from_stage` led one period later."""
        row = {to: self.moves.get((from_stage, to), 0) for to in STAGES}
        total = sum(row.values())
        return {to: count / total for to, count in row.items()} if total else {}


def figures(histories: Iterable[tuple[Sequence[Stage], Lifecycle]]) -> LifecycleFigures:
    """Figures of a base, each customer as `lifecycle.stages` returns them."""
    customers = stable = declines = repaired = 0
    firsts: list[int] = []
    patterns: Counter[Pattern] = Counter()
    moves: Counter[tuple[Stage, Stage]] = Counter()
    for seen, last in histories:
        customers += 1
        stable += last.stage == "stable"
        if "stable" in seen:
            firsts.append(list(seen).index("stable") + 1)
        if (kind := pattern(last)) is not None:
            patterns[kind] += 1
        for move in pairwise(seen):
            moves[move] += 1
            declines += move[0] != "decline" and move[1] == "decline"
            repaired += move[0] == "decline" and move[1] in ("formation", "stable")
    return LifecycleFigures(
        customers=customers,
        stable_share=stable / customers if customers else None,
        median_periods_to_stable=median(firsts) if firsts else None,
        patterns=dict(patterns),
        declines=declines,
        repaired=repaired,
        moves=dict(moves),
    )
