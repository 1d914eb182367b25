"""Whose turn it is to be called back: looks when something is due, keeps agents, has numbers called.

`acd.callbacks` says what a callback is and what follows, `acd.callback_turns` whose turn it is. An agent who
is free when its turn comes is kept for it while the number rings: the line does not hear of him until
the customer stands in it, or the attempt is over.
"""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from contact_center.acd import callback_turns, callbacks
from contact_center.acd import distribution as acd
from contact_center.acd.callback import Callback
from contact_center.acd.callback_turns import GREETING_S, LOOK_S, Expected, OnCall, Turn
from contact_center.acd.callbacks import Callbacks
from contact_center.acd.rules import qualifies
from contact_center.agents import presence as presences
from contact_center.ivr.calendar import Calendar
from contact_center.switchboard.stroke import Stroke

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


KEY = ("callbacks", "")


class TurnTaking:
    """The callbacks of one core, the agents kept for them, and when to look again."""

    def __init__(self, board: "Switchboard", known: Iterable[Callback]) -> None:
        self._board = board
        self.book = Callbacks(board.directory.queues, self._opens, known)
        self._kept: dict[str, tuple[str, float]] = {}
        """Agent -> the callback he is kept for, and until when."""
        self._beginning: set[str] = set()
        """Callbacks whose call is about to be a conversation."""
        self._resting: dict[str, float] = {}
        """Callbacks that could not be begun, and until when they are left alone."""
        self._settled = False
        self._look_at: float | None = None

    @abstractmethod
    async def _dial(self, callback: str) -> None:
        """Get a conversation and call; whatever does not fit any more leaves the callback where it is."""

    # -- whose turn ----------------------------------------------------------------------------------

    def settle(self, stroke: Stroke) -> None:
        """The floor is whole after a start: attempts whose call is nowhere any more are over."""
        self._settled = True
        for one in self.book.all():
            if one.contact is not None and self._board.session_of(one.contact) is None:
                self._take(stroke, callbacks.Over(contact=one.contact, why="failed"))
        self._stir()

    def keeps(self, stroke: Stroke, agent: str) -> bool:
        """Whether this agent, who comes free, is for a callback and not for the line yet."""
        if agent in self._kept:
            return True
        profile = self._board.directory.agents[agent]
        if not self._settled or not any(
            qualifies(profile.skills, way)
            for one in self.book.all()
            for way in one.place(one.id).ways(stroke.now)
        ):
            return False
        mine = next((turn for turn in self._turns(stroke.now, agent) if turn.agent == agent), None)
        if mine is None:
            return False
        self._follow(stroke, mine)
        return True

    def kept_agents(self) -> frozenset[str]:
        """Who is free and not the line's: his callback is being called."""
        return frozenset(self._kept)

    def lost(self, agent: str) -> None:
        """The agent can take nothing now; the call he was kept for goes on without him."""
        self._kept.pop(agent, None)
        self._stir()

    def _turns(self, now: float, coming: str | None = None) -> list[Turn]:
        board = self._board
        staff, ready = self._staff(now, coming), {one.id for one in self.book.ready(now)}
        rested = (one for one in self._candidates() if self._resting.get(one.id, now) <= now)
        return callback_turns.turns(
            [one for one in rested if one.id in ready],
            board.distribution.in_line(),
            staff,
            board.directory.queues,
            self._engaged(),
            now,
        )

    def _candidates(self) -> Iterable[Callback]:
        """The open ones nobody is kept for; one that is about to be called counts as being called."""
        kept = {callback for callback, _ in self._kept.values()}
        for one in self.book.all():
            if one.id not in kept:
                yield replace(one, state="dialling") if one.id in self._beginning else one

    def _engaged(self) -> set[str]:
        """Numbers and customers with a call of theirs in the house."""
        live = [session for session in self._board.sessions.values() if not session.ended]
        return {name for each in live for name in (each.from_number, each.customer) if name}

    def _staff(self, now: float, coming: str | None) -> list[Expected]:
        """Who is free, or about to be, and kept for nobody."""
        board = self._board
        free = board.distribution.free_agents() | ({coming} if coming else set())
        staff: list[Expected] = []
        talking: list[OnCall] = []
        for name, profile in board.directory.agents.items():
            state = board.presence_of(name)
            wants = state.logged_on and state.chosen == presences.READY and state.device_up
            if name in self._kept or not wants:
                continue
            activity = state.activity
            if name in free:
                staff.append(Expected(agent=name, skills=profile.skills, free=True))
            elif isinstance(activity, presences.WrapUp):
                if activity.deadline is not None and activity.deadline - now <= callback_turns.LEAD_S:
                    staff.append(Expected(agent=name, skills=profile.skills, free=False))
            elif isinstance(activity, presences.OnCall):
                session = board.session_of(activity.contact)
                queue = session.queue if session is not None and session.queue else ""
                if board.wrap_up_rule(queue).mode == "none":
                    mean_s = board.distribution.handling_s(queue)
                    talked_s = max(0.0, now - state.since)
                    talking.append(
                        OnCall(agent=name, skills=profile.skills, talked_s=talked_s, mean_s=mean_s)
                    )
        return staff + callback_turns.about_to_be_free(talking)

    def _follow(self, stroke: Stroke, turn: Turn) -> None:
        """Keep the agent if he is free, and call if that is not under way."""
        board, callback = self._board, turn.callback.id
        if turn.free:
            settings = board.directory.queues[turn.callback.queue]
            until = stroke.now + settings.callback_ring_s + GREETING_S
            self._kept[turn.agent] = (callback, until)
            if board.distribution.is_free(turn.agent):
                board.acd(stroke, acd.AgentTaken(agent=turn.agent))
        if turn.callback.state == "waiting":
            self._beginning.add(callback)
            stroke.then(lambda: self._dial(callback))
        self._arm(stroke.now)

    def _let_go(self, stroke: Stroke, callback: str) -> None:
        for agent in [agent for agent, (kept_for, _) in self._kept.items() if kept_for == callback]:
            del self._kept[agent]
            if presences.available(self._board.presence_of(agent)):
                self._board.free(stroke, agent)

    # -- time ----------------------------------------------------------------------------------------

    def _take(self, stroke: Stroke, stimulus: callbacks.Stimulus) -> None:
        for event in self.book.step(stimulus, stroke.now):
            self._board.emit(stroke, event)
        self._arm(stroke.now)

    def _opens(self, queue: str, at: float) -> float | None:
        settings = self._board.directory.queues.get(queue)
        if settings is None:
            return None
        if not settings.callback_hours:
            return at
        calendar = self.hours(queue)
        return None if calendar is None else calendar.opens_at(at)

    def hours(self, queue: str) -> Calendar | None:
        """When the queue calls back; None where it has no hours for that."""
        settings = self._board.directory.queues[queue]
        return self._board.flows.calendar(settings.callback_hours) if settings.callback_hours else None

    def _stir(self) -> None:
        """Something has changed: look again."""
        if self._settled:
            self._wake(self._board.log.now())

    def _arm(self, now: float) -> None:
        """Look again when something is due, soon while somebody waits for an agent."""
        if not self._settled:
            return
        due = [*(until for _, until in self._kept.values()), *self._resting.values()]
        if (at := self.book.deadline(now)) is not None:
            due.append(at)
        waits = any(one.state == "waiting" and one.due_at <= now for one in self._candidates())
        if waits and any(_busy_for_now(state) for state in self._board.presences.values()):
            due.append(now + LOOK_S)
        if due:
            self._wake(min(due))

    def _wake(self, at: float) -> None:
        """At the latest then; a look too many does no harm."""
        if self._look_at is None or at < self._look_at:
            self._look_at = at
            self._board.set_timer(KEY, at, self._look)

    def _look(self) -> None:
        """Time has come: pauses over, some too late, agents kept too long; then whose turn it is."""
        self._look_at = None
        with self._board.stroke() as stroke:
            self._resting = {name: until for name, until in self._resting.items() if until > stroke.now}
            self._take(stroke, callbacks.TimeReached())
            for callback, until in list(self._kept.values()):
                if until <= stroke.now:
                    self._let_go(stroke, callback)
            for turn in self._turns(stroke.now):
                self._follow(stroke, turn)
            self._arm(stroke.now)


def _busy_for_now(state: presences.Presence) -> bool:
    """Will be free by himself some time; whoever comes free is looked at then anyhow."""
    return state.chosen == presences.READY and isinstance(
        state.activity, (presences.OnCall, presences.WrapUp)
    )
