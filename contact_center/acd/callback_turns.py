"""Whose turn it is to be called back: callbacks and callers in one line before the agents expected. Pure.

Every attempt has an agent of its own, who is free or about to be. Attempts under way come first; then whoever
stands in line, callback or caller, by importance times urgency, as the router weighs them. A callback is
called when its turn comes to one of the agents left: never before a caller who stands before it, and never
more attempts than agents. A promise that falls due moves its place, within the bound of every favour.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, floor
from typing import Final

from contact_center.acd.callback import LIVE, Callback
from contact_center.acd.contact import Waiting
from contact_center.acd.lines import HEAD_START_OF_URGENCY
from contact_center.acd.rules import qualifies
from contact_center.runtime.directory import QueueSettings

GREETING_S: Final = 20.0
"""An agent is kept this much longer than the number rings, for the greeting."""
LOOK_S: Final = 2.0
"""How often it is looked whether somebody is about to be free, while a callback waits for that."""
LEAD_S: Final = 15.0
"""How long before an agent is free a number may be called: about as long as somebody takes to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An agent who is free, or will be within `LEAD_S`."""

    agent: str
    skills: Mapping[str, int]
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """An agent who talks, since when, and how long such calls take on average (s)."""

    agent: str
    skills: Mapping[str, int]
    talked_s: float
    mean_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """This callback for this agent: an attempt under way, or one to begin now."""

    callback: Callback
    agent: str
    free: bool


def about_to_be_free(talking: Iterable[OnCall]) -> list[Expected]:
    """So many of those who talk as will have ended within `LEAD_S` on average, the longest talks first.

    A talk of mean m ends within L with 1 − exp(−L/m), however long it has lasted (exponential handling).
    """
    ranked = sorted(talking, key=lambda each: (-each.talked_s, each.agent))
    many = floor(sum(1.0 - exp(-LEAD_S / max(1.0, each.mean_s)) for each in ranked) + 1e-9)
    return [Expected(agent=each.agent, skills=each.skills, free=False) for each in ranked[:many]]


def turns(
    callbacks: Sequence[Callback],
    line: Iterable[Waiting],
    staff: Iterable[Expected],
    queues: Mapping[str, QueueSettings],
    engaged: Collection[str],
    now: float,
) -> list[Turn]:
    """The callbacks that get one of the agents.

    `callbacks` are the open ones without an agent kept for them, `line` the callers waiting and not offered,
    `staff` the agents not kept. `engaged` are numbers and customers with a live call: they are not called.
    """
    left = sorted(staff, key=lambda each: (not each.free, len(each.skills), each.agent))
    busy = set(engaged) | {name for each in callbacks if each.state in LIVE for name in _names(each)}
    claims: list[tuple[tuple[int, int, float, float, str], Waiting, Callback | None]] = []
    for each in callbacks:
        place = each.place_at(each.id, now, queues.get(each.queue))
        if each.state == "dialling":
            claims.append(((0, *_pull(place, queues, now)), place, each))
        elif each.state == "waiting" and each.due_at <= now and each.expires_at > now:
            claims.append(((1, *_pull(place, queues, now)), place, each))
    claims += [((1, *_pull(each, queues, now)), each, None) for each in line if each.direct is None]
    claims.sort(key=lambda claim: claim[0])
    found: list[Turn] = []
    for _, place, callback in claims:
        begins = callback is not None and callback.state == "waiting"
        if begins and callback is not None and busy.intersection(_names(callback)):
            continue
        free_only = begins and _settings(queues, place.queue).callback == "agent_first"
        ways = place.ways(now)
        able = (
            each
            for each in left
            if (each.free or not free_only) and any(qualifies(each.skills, way) for way in ways)
        )
        agent = next(able, None)
        if agent is None:
            continue
        left.remove(agent)
        if callback is not None:
            found.append(Turn(callback=callback, agent=agent.agent, free=agent.free))
            busy.update(_names(callback))
    return found


def _names(callback: Callback) -> list[str]:
    """What a live call of the same person is known by."""
    return [callback.number, *([callback.customer] if callback.customer else [])]


def _settings(queues: Mapping[str, QueueSettings], queue: str) -> QueueSettings:
    return queues.get(queue) or QueueSettings(id=queue, name=queue, name_zh=queue)


def _pull(place: Waiting, queues: Mapping[str, QueueSettings], now: float) -> tuple[int, float, float, str]:
    """Smallest first: the stage, importance times urgency (2 + W/T), then the place itself."""
    settings = _settings(queues, place.queue)
    stage, since, contact = place.rank
    urgency = HEAD_START_OF_URGENCY + max(0.0, now - since) / settings.target_s
    return (stage, -settings.importance * urgency, since, contact)
