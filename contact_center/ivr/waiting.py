"""The queue node: music, position, comfort, and the ways out. Pure."""

from contact_center.ivr.events import Collected, EnterQueue, LeaveQueue, Prompt
from contact_center.ivr.flow import Callback, Queue
from contact_center.ivr.parts import Says
from contact_center.ivr.walk import IN_QUEUE, Walk

POSITION_GRACE_S = 1.0
"""How long a caller waits in silence for the queue to tell its position before the music starts."""


class Waiting(Walk):
    """What a caller in a queue hears, and when."""

    def join(self, node: Queue) -> None:
        skills = self.skills_wanted(node)
        self.answer()
        self.effects.append(EnterQueue(queue=node.queue or "", skills=skills, priority=node.priority))
        self.change(
            typed_ahead="",
            variables={**self.state.variables, "queue_position": 0},
            comfort_at=self.now + node.comfort_every_s if node.comfort else None,
        )
        if node.position:
            self.change(phase="joining", deadline=self.now + POSITION_GRACE_S)
        else:
            self.music(node)

    def skills_wanted(self, node: Queue | Callback) -> dict[str, int]:
        """The node's own, and those for the caller's language."""
        skills = dict(node.skills)
        for skill, level in node.skills_by_language.get(self.state.language, {}).items():
            skills[skill] = max(level, skills.get(skill, level))
        return skills

    def position(self, position: int, oldest_wait_s: float) -> None:
        entering = self.state.variables["queue_position"] == 0
        self.change(variables={**self.state.variables, "queue_position": position})
        node = self.node()
        if not isinstance(node, Queue):
            return
        too_long = node.longest_line is not None and position > node.longest_line
        too_slow = node.longest_wait_ahead_s is not None and oldest_wait_s > node.longest_wait_ahead_s
        if entering and node.overflow is not None and (too_long or too_slow):
            self.leave(node.overflow, "overflow")
        elif self.state.phase == "joining":
            self.tell_position(node)

    def queue_key(self, node: Queue, digit: str) -> None:
        """The caller may have a way out of the queue."""
        if digit == node.leave_key and node.left is not None:
            self.effects.append(Collected(node=self.place(), digits=digit))
            self.leave(node.left, "left the queue")

    def tell_position(self, node: Queue) -> None:
        self.change(position_at=None)
        self.say_between(node, node.position)

    def music(self, node: Queue) -> None:
        """(Back) to music until something is due."""
        if node.position and self.state.position_at is None:
            self.change(position_at=self.now + node.position_every_s)
        self.start_play(self.tune(node), loop=True)
        due = (self.state.position_at, self.state.comfort_at, self.overflow_at(node))
        self.change(phase="waiting", deadline=min((at for at in due if at is not None), default=None))

    def say_between(self, node: Queue, says: Says) -> None:
        """Say something between the music; the conversation goes back to the music by itself."""
        self.play(says, "telling", then=self.tune(node))

    def tune(self, node: Queue) -> tuple[Prompt, ...]:
        return (Prompt(kind="music", value=node.music, language=self.state.language),)

    def overflow_at(self, node: Queue) -> float | None:
        return None if node.longest_wait_s is None else self.state.entered_at + node.longest_wait_s

    def queue_time(self, node: Queue) -> None:
        state, overflow_at = self.state, self.overflow_at(node)
        if overflow_at is not None and self.now >= overflow_at:
            self.leave(node.overflow, "waited too long")
        elif state.phase != "waiting":
            self.music(node)
        elif state.position_at is not None and self.now >= state.position_at:
            self.announce_position(node)
        elif state.comfort_at is not None and self.now >= state.comfort_at:
            part = node.comfort[state.comfort_next % len(node.comfort)]
            self.change(comfort_at=self.now + node.comfort_every_s, comfort_next=state.comfort_next + 1)
            self.say_between(node, (part,))

    def announce_position(self, node: Queue) -> None:
        if self.state.variables["queue_position"]:
            self.tell_position(node)
        else:  # the queue has never told it: say nothing untrue
            self.change(position_at=None)
            self.music(node)

    def queue_outcome(self, outcome: str) -> None:
        node = self.node()
        if self.state.phase in IN_QUEUE and isinstance(node, Queue):
            target = node.no_agents if outcome == "no_agents" else node.overflow
            if target is not None:
                self.leave(target, outcome)

    def leave(self, target: str | None, reason: str) -> None:
        self.effects.append(LeaveQueue())
        self.silence()
        self.change(phase="saying")  # no longer in the queue, whatever the next node does
        self.go_or_end(target, reason)
