"""What one feed subscriber may see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`everything` (supervisor, administrator) or only what concerns `agent`; `agent` also owns a desk."""

    agent: str | None
    everything: bool
