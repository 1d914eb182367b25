"""The queue node: music, position, comfort, and the ways out. Pure."""

from contact_center.ivr.events import Collected, EnterQueue, LeaveQueue, Prompt, QueuePosition
from contact_center.ivr.expressions import value_of
from contact_center.ivr.flow import Callback, Queue
from contact_center.ivr.needs import needed, relaxed
from contact_center.ivr.parts import Says
from contact_center.ivr.walk import IN_QUEUE, Walk

POSITION_GRACE_S = 1.0
"""How long a caller waits in silence for the queue to tell its position before the music starts."""


WAITS = ("queue_wait_low_s", "queue_wait_s", "queue_wait_high_s")
NOTHING_TOLD = {"queue_position": 0, **dict.fromkeys(WAITS, 0)}


class Waiting(Walk):
    """What a caller in a queue hears, and when."""

    def join(self, node: Queue) -> str | None:
        """Into the queue; while its calendar is not open, the node to go to instead."""
        if self.closed(node):
            return node.overflow
        ways = needed(node, self.state.language)
        agent = value_of(node.agent, self.state.variables) if node.agent is not None else ""
        self.answer()
        self.effects.append(
            EnterQueue(
                queue=node.queue or "",
                skills=ways[0],
                priority=node.priority,
                alternatives=ways[1:],
                relaxed=relaxed(node),
                agent=str(agent),
                agent_s=node.agent_s if agent else 0.0,
            )
        )
        self.change(
            typed_ahead="",
            variables={**self.state.variables, **NOTHING_TOLD},
            comfort_at=self.now + node.comfort_every_s if node.comfort else None,
        )
        if node.position or node.estimate:
            self.change(phase="joining", deadline=self.now + POSITION_GRACE_S)
        else:
            self.music(node)
        return None

    def closed(self, node: Queue) -> bool:
        calendar = self.flow.calendars.get(node.calendar or "")
        return calendar is not None and calendar.state_at(self.now) != "open"

    def skills_wanted(self, node: Queue | Callback) -> dict[str, int]:
        """The node's own, and those for the caller's language."""
        skills = dict(node.skills)
        for skill, level in node.skills_by_language.get(self.state.language, {}).items():
            skills[skill] = max(level, skills.get(skill, level))
        return skills

    def position(self, told: QueuePosition) -> None:
        position, entering = told.position, self.state.variables["queue_position"] == 0
        waits = dict(zip(WAITS, told.wait_s or (0.0, 0.0, 0.0), strict=True))
        self.change(variables={**self.state.variables, "queue_position": position, **waits})
        node = self.node()
        if not isinstance(node, Queue):
            return
        too_long = node.longest_line is not None and position > node.longest_line
        too_slow = node.longest_wait_ahead_s is not None and told.oldest_wait_s > node.longest_wait_ahead_s
        limit_s, likely_s = node.longest_predicted_wait_s, told.wait_s[1] if told.wait_s else 0.0
        will_be_slow = limit_s is not None and likely_s > limit_s
        if entering and node.overflow is not None and (too_long or too_slow or will_be_slow):
            self.leave(node.overflow, "overflow")
        elif entering and self.worth_a_callback(node, told, likely_s):
            self.change(offered=True)
            self.leave(node.left, "callback offered")
        elif self.state.phase == "joining":
            self.tell_position(node)

    def worth_a_callback(self, node: Queue, told: QueuePosition, likely_s: float) -> bool:
        """Whether who the caller is has him offered a callback: where the way out of the queue is one."""
        after_s, way_out = told.callback_after_s, self.flow.nodes.get(node.left or "")
        long = after_s is not None and told.wait_s is not None and likely_s > after_s
        return long and isinstance(way_out, Callback) and not self.state.offered

    def queue_key(self, node: Queue, digit: str) -> None:
        """The caller may have a way out of the queue."""
        if digit == node.leave_key and node.left is not None:
            self.effects.append(Collected(node=self.place(), digits=digit))
            self.leave(node.left, "left the queue")

    def tell_position(self, node: Queue) -> None:
        """The place, and the wait when it is known and was not told a moment ago."""
        self.change(position_at=None)
        high_s = float(self.state.variables.get("queue_wait_high_s", 0.0))
        at = self.state.estimate_at
        estimate = node.estimate if high_s > 0.0 and (at is None or self.now >= at) else ()
        if not node.position and not estimate:
            self.music(node)
            return
        self.say_between(node, node.position + estimate)
        if estimate:
            self.change(estimate_at=self.now + node.estimate_every_s, promised_until=self.now + high_s)

    def music(self, node: Queue) -> None:
        """(Back) to music until something is due."""
        if (node.position or node.estimate) and self.state.position_at is None:
            every_s = node.position_every_s if node.position else node.estimate_every_s
            self.change(position_at=self.now + every_s)
        self.start_play(self.tune(node), loop=True)
        due = (self.state.position_at, self.state.comfort_at, self.overflow_at(node))
        self.change(phase="waiting", deadline=min((at for at in due if at is not None), default=None))

    def say_between(self, node: Queue, says: Says) -> None:
        """Say something between the music; the conversation goes back to the music by itself."""
        self.play(says, "telling", then=self.tune(node))

    def tune(self, node: Queue) -> tuple[Prompt, ...]:
        return (self.music_of(node.music),)

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
