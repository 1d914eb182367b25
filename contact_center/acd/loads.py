"""How full each queue is, and what each agent has in hand: counted as contacts are given, and as they end."""

from math import inf
from typing import Final

from contact_center.acd.capacity import Channel
from contact_center.acd.measures import HandlingTimes
from contact_center.acd.rules import QueueRule


class QueueLoad:
    """One queue: `waiting` in its lines, `given` offered or talking. `lines` are the bits of its lines."""

    __slots__ = ("given", "lines", "longest", "most", "queue", "rule", "waiting")

    def __init__(self, queue: str, rule: QueueRule) -> None:
        self.queue = queue
        self.waiting = self.given = self.lines = 0
        self.govern(rule)

    def govern(self, rule: QueueRule) -> None:
        """Take these settings; `given` may then be more than `most`, until as many have ended."""
        self.rule = rule
        self.most = inf if rule.cap is None else rule.cap
        self.longest = inf if rule.overflow_length is None else rule.overflow_length
        if rule.closed:
            self.longest = 0

    @property
    def full(self) -> bool:
        """No more of its contacts may be given now."""
        return self.given >= self.most


class Hand:
    """A contact an agent has: offered, talking or in wrap-up. `load` is its queue until the talk is over."""

    __slots__ = ("channel", "contact", "level", "load", "queue", "since")

    def __init__(
        self,
        contact: str,
        channel: Channel,
        level: int,
        load: QueueLoad | None,
        queue: str,
        since: float | None,
    ) -> None:
        self.contact, self.channel, self.level = contact, channel, level
        self.load, self.queue, self.since = load, queue, since


NOTHING: Final[tuple[Hand, ...]] = ()


class Hands:
    """All agents' hands. Whatever lets go of a queue's place says in `roomy` which lines may move again."""

    def __init__(self, times: HandlingTimes) -> None:
        self.of: dict[str, list[Hand]] = {}
        """By agent; nobody is in it who has nothing."""
        self._times = times
        self.roomy = 0
        """Bits of lines whose queue was full and is not any more."""

    def took(self, agent: str, hand: Hand) -> None:
        """The agent is given a contact."""
        if agent in self.of:
            self.of[agent].append(hand)
        else:
            self.of[agent] = [hand]
        if hand.load is not None:
            hand.load.given += 1

    def channels(self, agent: str) -> list[Channel]:
        """What the agent has in hand, a channel for each contact."""
        return [hand.channel for hand in self.of.get(agent, NOTHING)]

    def first(self, agent: str) -> Hand | None:
        """What the agent has had in hand longest."""
        mine = self.of.get(agent)
        return mine[0] if mine else None

    def over(self, agent: str, contact: str | None = None) -> None:
        """The talk is over (of this contact, or all of them); wrap-up may follow."""
        for hand in self.of.get(agent, NOTHING):
            if contact is None or hand.contact == contact:
                self._let_go(hand)

    def done(self, agent: str, now: float, contact: str | None = None) -> None:
        """Wrap-up included: the agent can have another instead, and a handling time is measured."""
        for hand in self.of.pop(agent, NOTHING) if contact is None else self._out(agent, contact):
            if hand.since is not None:
                self._times.add(hand.queue, hand.level, now - hand.since)
            load = hand.load
            if load is not None:
                if load.given >= load.most:
                    self.roomy |= load.lines
                load.given -= 1

    def dropped(self, agent: str, contact: str | None = None) -> None:
        """The agent does not have it after all, or it says nothing about handling times."""
        for hand in self._out(agent, contact):
            self._let_go(hand)

    def _out(self, agent: str, contact: str | None) -> list[Hand]:
        mine = self.of.get(agent)
        if mine is None:
            return []
        if contact is None or (len(mine) == 1 and mine[0].contact == contact):
            return self.of.pop(agent)
        out = [hand for hand in mine if hand.contact == contact]
        for hand in out:
            mine.remove(hand)
        if not mine:
            del self.of[agent]
        return out

    def _let_go(self, hand: Hand) -> None:
        load, hand.load = hand.load, None
        if load is not None:
            if load.given >= load.most:
                self.roomy |= load.lines
            load.given -= 1
