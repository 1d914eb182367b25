"""Callbacks in virtual time: the live core's rules (`acd.callbacks`, `acd.callback_keeping`), driven here."""

from collections.abc import Callable
from dataclasses import replace

from numpy.random import Generator

from contact_center.acd import callback_turns, callbacks
from contact_center.acd.callback import Callback
from contact_center.acd.callback_keeping import Keeping, Scene
from contact_center.acd.callback_turns import Expected, OnCall, Turn
from contact_center.acd.callbacks import Callbacks
from contact_center.acd.contact import Free, Waiting
from contact_center.acd.engine import Engine
from contact_center.cti import events as cti
from contact_center.runtime.directory import QueueSettings
from contact_center.simulation.scenario import Callback as Terms
from contact_center.simulation.scenario import Queue, Scenario


class CallingBack:
    """The callbacks of one simulated centre; one, its attempts and the call it came from share a name."""

    def __init__(
        self,
        scenario: Scenario,
        engine: Engine,
        agents: dict[str, Free],
        draw: Generator,
        *,
        look: Callable[[float], None],
        rings: Callable[[float, str], None],
        stands: Callable[[Waiting, float], None],
        waits: Callable[[str, float], None],
        frees: Callable[[str, float], None],
    ) -> None:
        """`look` and `rings` ask to be called at a moment (`time`, `rang`).

        The line is told who `stands` in it, that he `waits` on the telephone, and which agent comes free.
        """
        self._queues = {queue.name: queue for queue in scenario.queue}
        self._terms = {queue.name: queue.callback or Terms() for queue in scenario.queue}
        self._settings = {queue.name: _settings(queue) for queue in scenario.queue}
        self._engine, self._agents, self._draw = engine, agents, draw
        self._look, self._rings = look, rings
        self._stands, self._waits, self._frees = stands, waits, frees
        self._book = Callbacks(self._settings, self._opens)
        self._keeping = Keeping(self._book, self._settings)
        self._reached: dict[str, bool] = {}
        """Attempts, and whether the customer will answer."""
        self._look_at: float | None = None
        self.waits: list[tuple[str, float]] = []
        """(name, seconds from the place in line to the word with an agent) of those reached."""

    # what the line tells

    def asks(self, waiting: Waiting, now: float) -> bool:
        """A caller would rather be called back; whether he can be."""
        if self._book.refusal(waiting.queue, now) is not None:
            return False
        asked = callbacks.Asked(
            callback=waiting.contact,
            contact=waiting.contact,
            queue=waiting.queue,
            number=waiting.contact,
            need=waiting.need,
            enqueued_at=waiting.enqueued_at,
            language="",
        )
        self._take(asked, now)
        return True

    def keeps(self, agent: str, now: float) -> bool:
        """Whether this agent, who comes free, is for a callback and not for the line yet."""
        if agent in self._keeping.agents:
            return True
        if self._engine.in_hand(agent) is not None:
            return False
        skills = self._agents[agent].skills
        mine = self._keeping.turn_of(agent, skills, lambda: self._scene(now, agent), now)
        if mine is None:
            return False
        self._follow(mine, now)
        return True

    def is_attempt(self, contact: str) -> bool:
        return contact in self._reached

    def taken(self, contact: str, agent: str, handle_s: float, now: float) -> float:
        """An agent has the attempt; for how long, until the number has rung in vain or the talk is over."""
        one = self._book.get(contact)
        if one is None:
            return handle_s
        terms, rang_s = self._terms[one.queue], 0.0
        if terms.first == "agent":
            if not self._reached[contact]:
                return terms.ring_s
            rang_s = terms.ring_s * self._draw.random()
        self._take(callbacks.Talking(contact=contact, agent=agent), now + rang_s)
        del self._reached[contact]
        return rang_s + handle_s

    def over(self, contact: str, why: cti.MissedWhy, now: float) -> None:
        """The attempt came to nothing."""
        if self._reached.pop(contact, None) is not None:
            self._take(callbacks.Over(contact=contact, why=why), now)
            self._let_go(contact, now)

    # time

    def rang(self, contact: str, now: float) -> None:
        """The customer answers, or does not."""
        one = self._book.of_contact(contact)
        if one is None or one.state != "dialling":
            return
        if not self._reached[contact]:
            self.over(contact, "no_answer", now)
            return
        self._take(callbacks.Answered(contact=contact), now)
        self._stands(one.place(contact), now)
        self._let_go(contact, now)
        self._waits(contact, now)

    def time(self, now: float) -> None:
        """Pauses over, some too late, agents kept too long; then whose turn it is."""
        if self._look_at is None or now < self._look_at:
            return
        self._look_at = None
        self._take(callbacks.TimeReached(), now)
        for callback in self._keeping.overdue(now):
            self._let_go(callback, now)
        for turn in self._keeping.turns(self._scene(now), now):
            self._follow(turn, now)
        self._arm(now)

    # inside

    def _scene(self, now: float, coming: str | None = None) -> Scene:
        return Scene(line=list(self._engine.entries()), staff=self._staff(now, coming))

    def _staff(self, now: float, coming: str | None) -> list[Expected]:
        """Who is free, or about to be, and kept for nobody."""
        staff: list[Expected] = []
        talking: list[OnCall] = []
        for name in self._engine.staff:
            if name in self._keeping.agents:
                continue
            skills, hand = self._agents[name].skills, self._engine.in_hand(name)
            if name == coming or (hand is None and self._engine.is_idle(name)):
                staff.append(Expected(agent=name, skills=skills, free=True))
            elif hand is not None and hand.since is not None:
                mean_s = self._engine.handling_s(hand.queue)
                talking.append(OnCall(agent=name, skills=skills, talked_s=now - hand.since, mean_s=mean_s))
        return staff + callback_turns.about_to_be_free(talking)

    def _follow(self, turn: Turn, now: float) -> None:
        """Keep the agent if he is free, and call if that is not under way."""
        begins = self._keeping.follow(turn, now)
        if turn.free:
            self._engine.taken(turn.agent, now)
        if begins:
            self._dial(turn.callback, self._terms[turn.callback.queue], now)
        self._arm(now)

    def _dial(self, one: Callback, terms: Terms, now: float) -> None:
        agent_first = terms.first == "agent"
        self._reached[one.id] = self._draw.random() < terms.reached
        self._keeping.begun(one.id)
        self._take(callbacks.Dialled(callback=one.id, contact=one.id, agent_first=agent_first), now)
        if agent_first:
            self._stands(one.place(one.id), now)
            self._let_go(one.id, now)
        else:
            rings_s = terms.ring_s * (self._draw.random() if self._reached[one.id] else 1.0)
            self._rings(now + rings_s, one.id)

    def _let_go(self, callback: str, now: float) -> None:
        for agent in self._keeping.let_go(callback):
            self._frees(agent, now)

    def _take(self, stimulus: callbacks.Stimulus, now: float) -> None:
        for event in self._book.step(stimulus, now):
            self._book.fold(event, now)
            if isinstance(event, cti.CallbackDone):
                self.waits.append((event.callback, event.wait_s))
        self._arm(now)

    def _opens(self, queue: str, at: float) -> float | None:
        """From the next of the queue's hours on."""
        hours = self._queues[queue].hours
        if self._queues[queue].open_at(at):
            return at
        return min((from_s for from_s, _ in hours or () if from_s > at), default=None)

    def _arm(self, now: float) -> None:
        """Look again when something is due, soon while somebody waits for an agent."""
        busy = any(self._engine.in_hand(agent) is not None for agent in self._agents)
        at = self._keeping.look_at(now, busy=busy)
        if at is not None and (self._look_at is None or at < self._look_at):
            self._look_at = at
            self._look(at)


def _settings(queue: Queue) -> QueueSettings:
    """As a company would have them."""
    plain = QueueSettings(
        id=queue.name,
        name=queue.name,
        name_zh=queue.name,
        target_s=queue.target_s,
        importance=queue.importance,
        callback="off",
    )
    terms = queue.callback
    if terms is None:
        return plain
    return replace(
        plain,
        callback="agent_first" if terms.first == "agent" else "customer_first",
        callback_attempts=terms.attempts,
        callback_gap_s=terms.gap_s,
        callback_expires_s=terms.expires_s,
        callback_most=terms.most,
        callback_ring_s=terms.ring_s,
    )
