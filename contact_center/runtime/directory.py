"""The company as configured: agents, queues, skills, entry points, reason and disposition codes.

Plain frozen values that every room may read. `storage.directory` loads them; nothing here changes while a
call walks through (a new `Directory` replaces the old one whole).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

WrapUpMode = Literal["none", "optional", "optional_timed", "mandatory_timed"]

RoutingPolicy = Literal["fcfs", "tiers", "strict", "skill", "fair", "target"]
"""Who gets whom; queues with one policy are a group. `target` is `fair` that puts late contacts behind."""

Stickiness = Literal["off", "last", "named"]
"""Whom a known customer gets first: anybody, who talked to him last, or his own agent, else the last."""
CallbackMode = Literal["off", "customer_first", "agent_first"]
"""Who is called first when a caller asked to be called back."""

MOST_WRAP_UP_S = 900.0
"""No wrap-up lasts longer, whatever the queue says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code people choose (disposition, not-ready reason) with its name in both languages."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Who an agent is and what they can do; `skills` maps a skill to its proficiency 1-5."""

    id: str
    name: str
    team: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """How one queue is run and judged.

    `target_level` (0-1) of the calls should be answered within `target_s`; an abandon within `short_s` is a
    short one. `wrap_up_s` is the length of timed wrap-up, at most `MOST_WRAP_UP_S`. With `recording` its
    calls are recorded and kept `recording_days`; the notice, if any, is said to both as they are connected;
    `recording_own` lets agents play the calls they handled. `caller_id` is the
    number shown to whom its agents call (empty: none). `routing`, `importance` (1-10) and `hold_targets`
    are for the router: nobody is held back longer than so many targets (docs/explanation/routing.md).
    At most `cap` of its contacts are offered or talking at once. Behind `overflow_length` others, after
    `overflow_wait_s`, or while it is `closed` or its calendar `hours` (empty: none) is not open, a contact
    goes to the queue `overflow_to`; where none is named the flow's way out of the queue is taken. `tiering`
    lets act what the customer is worth; `sticky` prefers an agent for `sticky_s`; who may be leaving is first
    offered to those with `retention_skill`.

    Callbacks: at most `callback_most` at once; `callback_attempts` attempts, `callback_gap_s` apart, each
    ringing `callback_ring_s`, within `callback_expires_s` of the wish and only while the calendar
    `callback_hours` is open (empty: always). `callback_confirm`: the customer presses a key before he waits
    for an agent, so that no answering machine does.
    """

    id: str
    name: str
    name_zh: str
    target_s: float = 20.0
    target_level: float = 0.8
    short_s: float = 5.0
    wrap_up_mode: WrapUpMode = "optional_timed"
    wrap_up_s: float = 60.0
    disposition_required: bool = False
    dispositions: tuple[Code, ...] = ()
    music: str = ""
    recording: bool = False
    recording_notice: str = ""
    recording_notice_zh: str = ""
    recording_days: int = 90
    recording_own: bool = True
    caller_id: str = ""
    routing: RoutingPolicy = "fcfs"
    importance: float = 1.0
    hold_targets: float = 6.0
    cap: int | None = None
    overflow_to: str = ""
    overflow_length: int | None = None
    overflow_wait_s: float | None = None
    closed: bool = False
    hours: str = ""
    tiering: bool = False
    sticky: Stickiness = "off"
    sticky_s: float = 20.0
    retention_skill: str = ""
    callback: CallbackMode = "customer_first"
    callback_attempts: int = 3
    callback_gap_s: float = 300.0
    callback_expires_s: float = 14_400.0
    callback_most: int = 100
    callback_ring_s: float = 25.0
    callback_confirm: bool = True
    callback_hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A dialled number and the flow that answers it."""

    number: str
    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The whole company. `skills` are the names agents may have; `dispositions` all codes of all queues."""

    agents: Mapping[str, AgentProfile] = field(default_factory=dict)
    queues: Mapping[str, QueueSettings] = field(default_factory=dict)
    skills: tuple[str, ...] = ()
    entry_points: Mapping[str, EntryPoint] = field(default_factory=dict)
    not_ready_reasons: tuple[Code, ...] = ()
    dispositions: tuple[Code, ...] = ()
