"""Whose turn it is to be called back: looks when something is due, and has numbers called.

`acd.callbacks` says what a callback is and what follows, `acd.callback_turns` whose turn it is, and
`acd.callback_keeping` which agent is kept for it and when to look again.
"""

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from contact_center.acd import callback_turns, callbacks
from contact_center.acd import distribution as acd
from contact_center.acd.callback import Callback
from contact_center.acd.callback_keeping import Keeping, Scene
from contact_center.acd.callback_turns import Expected, OnCall, Turn
from contact_center.acd.callbacks import Callbacks
from contact_center.agents import presence as presences
from contact_center.ivr.calendar import Calendar
from contact_center.switchboard.stroke import Stroke

if TYPE_CHECKING:
    from contact_center.switchboard.switchboard import Switchboard


KEY = ("callbacks", "")


class TurnTaking:
    """The callbacks of one core, and the agents kept for them."""

    def __init__(self, board: "Switchboard", known: Iterable[Callback]) -> None:
        self._board = board
        self.book = Callbacks(board.directory.queues, self._opens, known)
        self._keeping = Keeping(self.book, board.directory.queues)
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
        if agent in self._keeping.agents:
            return True
        if not self._settled:
            return False
        skills, now = self._board.directory.agents[agent].skills, stroke.now
        mine = self._keeping.turn_of(agent, skills, lambda: self._scene(now, agent), now)
        if mine is None:
            return False
        self._follow(stroke, mine)
        return True

    def kept_agents(self) -> frozenset[str]:
        """Who is free and not the line's: his callback is being called."""
        return self._keeping.agents

    def lost(self, agent: str) -> None:
        """The agent can take nothing now; the call he was kept for goes on without him."""
        self._keeping.lost(agent)
        self._stir()

    def _scene(self, now: float, coming: str | None = None) -> Scene:
        line = self._board.distribution.in_line()
        return Scene(line=list(line), staff=self._staff(now, coming), engaged=self._engaged())

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
            if name in self._keeping.agents or not wants:
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
        begins = self._keeping.follow(turn, stroke.now)
        if turn.free and board.distribution.is_free(turn.agent):
            board.acd(stroke, acd.AgentTaken(agent=turn.agent))
        if begins:
            stroke.then(lambda: self._dial(callback))
        self._arm(stroke.now)

    def _let_go(self, stroke: Stroke, callback: str) -> None:
        for agent in self._keeping.let_go(callback):
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

    def hours_changed(self) -> None:
        """Queues may call at other times."""
        self._stir()

    def _stir(self) -> None:
        """Something has changed: look again."""
        if self._settled:
            self._wake(self._board.log.now())

    def _arm(self, now: float) -> None:
        """Look again when something is due, soon while somebody waits for an agent."""
        if not self._settled:
            return
        busy = any(_busy_for_now(state) for state in self._board.presences.values())
        at = self._keeping.look_at(now, busy=busy)
        if at is not None:
            self._wake(at)

    def _wake(self, at: float) -> None:
        """At the latest then; a look too many does no harm."""
        if self._look_at is None or at < self._look_at:
            self._look_at = at
            self._board.set_timer(KEY, at, self._look)

    def _look(self) -> None:
        """Time has come: pauses over, some too late, agents kept too long; then whose turn it is."""
        self._look_at = None
        with self._board.stroke() as stroke:
            self._take(stroke, callbacks.TimeReached())
            for callback in self._keeping.overdue(stroke.now):
                self._let_go(stroke, callback)
            for turn in self._keeping.turns(self._scene(stroke.now), stroke.now):
                self._follow(stroke, turn)
            self._arm(stroke.now)


def _busy_for_now(state: presences.Presence) -> bool:
    """Will be free by himself some time; whoever comes free is looked at then anyhow."""
    return state.chosen == presences.READY and isinstance(
        state.activity, (presences.OnCall, presences.WrapUp)
    )
