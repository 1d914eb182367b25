"""Walks every contact through the rooms: the only place where telephony, flow, line, agents and log meet.

The rooms decide (pure machines); this carries their answers from one to the next, inside one `Stroke` per
stimulus. It lives in one thread and never waits: whatever takes time starts after the stroke and comes back
as a stimulus of its own.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, assert_never

from contact_center.acd import distribution as acd
from contact_center.acd.callback import Callback
from contact_center.acd.contact import Free, Waiting
from contact_center.agents import presence as presences
from contact_center.agents.desk import Desks
from contact_center.agents.presence import Presence, WrapUpRule
from contact_center.cti import events as cti
from contact_center.cti.feed import LiveFeed
from contact_center.cti.journal import Turn
from contact_center.cti.log import EventLog
from contact_center.customers.pop import Pop
from contact_center.ivr import events as ivr
from contact_center.ivr import interpreter
from contact_center.runtime.codec import Codec
from contact_center.runtime.directory import Directory, QueueSettings
from contact_center.switchboard import (
    favouring,
    flowing,
    legs,
    line,
    measuring,
    outbound,
    referrals,
    taping,
    transfers,
)
from contact_center.switchboard.calling_back import CallingBack
from contact_center.switchboard.opening import Opening
from contact_center.switchboard.outlooks import Outlooks
from contact_center.switchboard.ports import Devices, Facts, Flows, Media, Records, Task, Timers, Trunks
from contact_center.switchboard.session import SESSION, Session
from contact_center.switchboard.stroke import Stroke
from contact_center.telephony import calls, wire

_log = logging.getLogger(__name__)
ANONYMOUS = "anonymous"
OPS: Codec[tuple[wire.Op, ...]] = Codec(tuple[wire.Op, ...])


class Switchboard:
    """One per core. Everything it holds can be rebuilt from the log and the conversations."""

    def __init__(
        self,
        *,
        directory: Directory,
        log: EventLog,
        feed: LiveFeed,
        desks: Desks,
        distribution: acd.Distribution,
        media: Media,
        devices: Devices,
        flows: Flows,
        records: Records,
        facts: Facts,
        timers: Timers,
        trunks: Trunks,
        new_contact: Callable[[], str],
        tapes: Path,
        outside_ring_s: float = 30.0,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        """`tapes` is the folder conversations write recordings to; `callbacks` those open when it begins."""
        self.directory = directory
        self.log = log
        self.distribution = distribution
        self.devices = devices
        self.records, self.facts = records, facts
        self.tapes = tapes
        self.trunks, self.outside_ring_s = trunks, outside_ring_s
        self.sessions: dict[str, Session] = {}
        self.presences: dict[str, Presence] = {a: Presence(agent=a) for a in directory.agents}
        self.pops: dict[str, Pop] = {}
        self.heard_there: dict[str, measuring.HeardThere] = {}
        self._feed, self._desks = feed, desks
        self.media, self.flows, self._timers = media, flows, timers
        self.new_contact = new_contact
        self.conversations: dict[str, str] = {}
        self._tasks: set[asyncio.Future[object]] = set()
        self.outlooks = Outlooks(self)
        self.opening = Opening(self)
        self.calling_back = CallingBack(self, callbacks)
        self.opening.begin()

    # -- stimuli from outside ------------------------------------------------------------------------

    def report(self, conversation: str, numbered: wire.Numbered) -> None:
        """A conversation reported; a report already seen is dropped."""
        session = self.sessions.get(conversation)
        if session is None and not isinstance(numbered.report, wire.Arrived):
            # The last words of a conversation that is over here: acknowledge, so that it can rest.
            self.media.send(Turn(conversation=conversation, turn=0, ack=numbered.seq, blob="", ops="[]"))
            return
        if session is None:
            session = Session(
                contact=self.new_contact(),
                conversation=conversation,
                call=calls.Call(conversation=conversation),
            )
            self.conversations[session.contact] = conversation
        if numbered.seq <= session.ack:
            return
        with self.stroke() as stroke:
            self.keep(stroke, replace(session, ack=numbered.seq))
            if isinstance(numbered.report, wire.RecordingEnded):
                taping.ended(self, stroke, conversation, numbered.report)
            if isinstance(numbered.report, wire.SilenceHeard):
                taping.silent(self, stroke, conversation, numbered.report)
            if isinstance(numbered.report, wire.Ended):
                measuring.ended(self, stroke, conversation, numbered.report)
            self.call(stroke, conversation, numbered.report)

    def lost(self, conversation: str, why: str) -> None:
        """The conversation's process died with its call."""
        session = self.sessions.get(conversation)
        if session is None:
            return
        with self.stroke() as stroke:
            self.emit(stroke, cti.Failed(contact=session.contact, why=why))
            self.keep(stroke, replace(session, failed=True))
            taping.lost(self, stroke, conversation)
            legs.caller_gone(self, stroke, conversation, calls.CallerGone(by="system", code=500))
            stroke.finished.add(conversation)
            stroke.ops.pop(conversation, None)

    def device(self, agent: str, up: bool, why: str, kind: Literal["webrtc", "sip"]) -> None:
        """An agent's device came or went; `kind` is of the one that rings."""
        with self.stroke() as stroke:
            if up:
                self.presence(stroke, agent, presences.DeviceUp(kind=kind))
                return
            self.presence(stroke, agent, presences.DeviceDown(why=why))
            if isinstance(self.presence_of(agent).activity, presences.Reserved):
                self.acd(stroke, acd.AgentTaken(agent=agent, reason="device_failed"))

    def session_of(self, contact: str) -> Session | None:
        return self.sessions.get(self.conversations.get(contact, ""))

    def in_flows(self) -> list[ivr.FlowState]:
        """Where every caller who is in a flow stands now."""
        states = [session.flow for session in self.sessions.values() if not session.ended]
        return [state for state in states if state is not None and state.phase != "ended"]

    # -- the stroke ----------------------------------------------------------------------------------

    @contextmanager
    def stroke(self) -> Iterator[Stroke]:
        """Run rules at one moment; on leaving, write, tell and start what follows.

        Should a rule raise, what was decided before it is still written: state and log never differ.
        """
        stroke = Stroke(now=self.log.now())
        try:
            yield stroke
            while stroke.flow_events:
                conversation, event = stroke.flow_events.pop(0)
                self.flow(stroke, conversation, event)
        finally:
            self._commit(stroke)

    def _commit(self, stroke: Stroke) -> None:
        turns = []
        for conversation, ops in stroke.ops.items():
            session = self.sessions.get(conversation)
            if session is None:
                continue
            session = replace(session, turn=session.turn + 1)
            self.sessions[conversation] = session
            turns.append(
                Turn(
                    conversation=conversation,
                    turn=session.turn,
                    ack=session.ack,
                    blob=SESSION.dump(session).decode(),
                    ops=OPS.dump(tuple(ops)).decode(),
                )
            )
        for conversation in stroke.finished:
            self._forget(conversation)
        self.log.append(stroke.events, turns)
        for turn in turns:
            self.media.send(turn)
        for task in stroke.tasks:
            self.start(task)

    def _forget(self, conversation: str) -> None:
        session = self.sessions.pop(conversation, None)
        if session is not None:
            self.conversations.pop(session.contact, None)
            self.pops.pop(session.contact, None)
        self._timers.set(("flow", conversation), None, _nothing)
        self._timers.set(("pop", conversation), None, _nothing)

    def start(self, task: Task) -> None:
        """Begin slow work; a failure is logged and changes nothing."""
        running = asyncio.ensure_future(task())
        self._tasks.add(running)
        running.add_done_callback(self._task_over)

    def _task_over(self, task: "asyncio.Future[object]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("work after a stroke failed", exc_info=task.exception())

    def keep(self, stroke: Stroke, session: Session) -> None:
        """The session's new state; its conversation gets a turn."""
        self.sessions[session.conversation] = session
        stroke.touch(session.conversation)

    def emit(self, stroke: Stroke, event: cti.CtiEvent) -> None:
        """It happened: goes into the log with this stroke, and into the presence of its agent at once."""
        stroke.events.append(event)
        if isinstance(event, cti.CallbackEvent):
            self.calling_back.book.fold(event, stroke.now)
        agent = cti.agent_of(event)
        if agent is not None:
            self.presences[agent] = presences.fold(self.presence_of(agent), event, stroke.now)

    # -- telephony -----------------------------------------------------------------------------------

    def call(self, stroke: Stroke, conversation: str, what: wire.Report | calls.Wish) -> None:
        """Step the call and carry out what it answers."""
        session = self.sessions[conversation]
        call, effects = calls.step(session.call, what, stroke.now)
        self.keep(stroke, replace(session, call=call))
        for effect in effects:
            match effect:
                case calls.CallerHere():
                    legs.caller_here(self, stroke, conversation, effect)
                case calls.CallerGone():
                    legs.caller_gone(self, stroke, conversation, effect)
                case calls.AgentRinging(agent=agent):
                    legs.agent_ringing(self, stroke, conversation, agent)
                case calls.AgentTalking(agent=agent):
                    legs.agent_talking(self, stroke, conversation, agent)
                case calls.AgentGone():
                    legs.agent_gone(self, stroke, conversation, effect)
                case calls.KeyPressed(digit=digit):
                    stroke.flow(conversation, ivr.DigitPressed(digit=digit))
                case calls.PromptOver(play=play):
                    stroke.flow(conversation, ivr.PromptDone(play=play))
                case calls.OutsideTalking(number=number):
                    transfers.outside_talking(self, stroke, conversation, number)
                case calls.OutsideRinging():
                    referrals.tell(self, stroke, conversation, referrals.RINGING)
                case calls.CustomerRinging(early=early):
                    outbound.ringing(self, stroke, conversation, early=early)
                case calls.OutsideGone():
                    transfers.outside_gone(self, stroke, conversation, effect)
                case calls.TransferAsked():
                    referrals.asked(self, stroke, conversation, effect)
                case calls.CallerAnswered():
                    legs.caller_answered(self, stroke, conversation)
                case calls.AllGone():
                    legs.all_gone(self, stroke, conversation)
                case _:
                    stroke.op(conversation, effect)

    # -- flow ----------------------------------------------------------------------------------------

    def flow(self, stroke: Stroke, conversation: str, event: ivr.FlowEvent) -> None:
        """Step the caller's flow and carry out what it asks for."""
        session = self.sessions.get(conversation)
        if session is None or session.flow is None:
            return
        flow = self.flows.version(session.flow.flow, session.flow.version)
        if flow is None:
            why = f"flow {session.flow.flow} version {session.flow.version} is not here any more"
            self.emit(stroke, cti.Failed(contact=session.contact, why=why))
            self.keep(stroke, replace(session, failed=True, flow=None))
            self.call(stroke, conversation, calls.Finish(code=500, reason=why, by="system"))
            return
        state, effects = interpreter.step(flow, session.flow, event, stroke.now)
        self.keep(stroke, replace(session, flow=state))
        for effect in effects:
            flowing.flow_effect(self, stroke, conversation, effect)
        self.arm_flow(conversation)

    def at(self, timer: tuple[str, str], due: float | None, act: Callable[[], None]) -> None:
        """Do it then; None: not at all."""
        self._timers.set(timer, due, act)

    def arm_flow(self, conversation: str) -> None:
        session = self.sessions.get(conversation)
        due = session.flow.deadline if session is not None and session.flow is not None else None
        self._timers.set(("flow", conversation), due, lambda: self._flow_due(conversation))

    def _flow_due(self, conversation: str) -> None:
        session = self.sessions.get(conversation)
        if session is None:
            return
        with self.stroke() as stroke:
            if session.waiting is not None:
                position = self.place_of(session.waiting, stroke.now)
                wait_s = line.still(self, session.contact, stroke.now)
                stroke.flow(conversation, ivr.QueuePosition(position=max(1, position), wait_s=wait_s))
            stroke.flow(conversation, ivr.TimeReached())

    def set_timer(self, key: tuple[str, str], at: float | None, act: Callable[[], None]) -> None:
        self._timers.set(key, at, act)

    def show_quality(self, contact: str, parties: dict[str, dict[str, Any]]) -> None:
        self._feed.touch(self._desks.show_quality(contact, parties))

    def attach_pop(self, contact: str) -> None:
        """Put the pop at hand beside the contact; whoever has it on the desk sees it at once."""
        pop = self.pops.get(contact)
        if pop is not None:
            self._feed.touch(self._desks.attach_pop(contact, POP.plain(pop)))

    def when_pop_is_late(self, conversation: str, at: float, offer: str) -> None:
        self._timers.set(
            ("pop", conversation), at, lambda: line.present_without_pop(self, conversation, offer)
        )

    def pop_is_there(self, stroke: Stroke, conversation: str) -> None:
        """The contact stands where its record puts it; an offer that waited for it rings now."""
        favouring.known(self, stroke, self.sessions[conversation])
        self._timers.set(("pop", conversation), None, _nothing)
        if self.sessions[conversation].offer is not None:
            line.present(self, stroke, conversation)

    # -- line ----------------------------------------------------------------------------------------

    def acd(self, stroke: Stroke, stimulus: acd.Stimulus) -> None:
        """Step the distribution and carry out its answers."""
        for answer in self.distribution.step(stimulus, stroke.now):
            match answer:
                case acd.MakeOffer(offer=offer):
                    line.make_offer(self, stroke, offer)
                case acd.Lapse(offer=offer, reason=reason):
                    line.lapse(self, stroke, offer, reason)
                case acd.SendOn():
                    line.send_on(self, stroke, answer)
                case _:
                    assert_never(answer)
        self.arm_line()
        self.outlooks.arm()

    def place_of(self, waiting: Waiting, now: float) -> int:
        """The place of an entry in its queue, from 1; callbacks before it stand there too."""
        return self.distribution.place_of(waiting) + self.calling_back.book.ahead(waiting, now)

    def arm_line(self) -> None:
        self._timers.set(("line", ""), self.distribution.next_deadline(), self._line_due)

    def _line_due(self) -> None:
        with self.stroke() as stroke:
            self.acd(stroke, acd.TimeReached())

    # -- agents --------------------------------------------------------------------------------------

    def presence(self, stroke: Stroke, agent: str, stimulus: presences.Stimulus) -> None:
        """Step an agent's presence; the line hears whether work may be offered."""
        before = self.presence_of(agent)
        _, happened = presences.step(before, stimulus, stroke.now)
        for event in happened:
            self.emit(stroke, event)
        after = self.presence_of(agent)
        self.arm_agent(agent)
        talk = before.activity
        if isinstance(talk, presences.OnCall) and not isinstance(after.activity, presences.OnCall):
            self.acd(stroke, acd.TalkOver(agent=agent, contact=talk.contact))
        if isinstance(after.activity, presences.Idle) and not isinstance(before.activity, presences.Idle):
            self.acd(stroke, acd.AgentDone(agent=agent))
            if not presences.available(after):
                self.acd(stroke, acd.AgentTaken(agent=agent))
        if presences.available(after) and not presences.available(before):
            self.free(stroke, agent)
        elif (
            presences.available(before)
            and not presences.available(after)
            and not isinstance(after.activity, presences.Reserved)
        ):
            self.calling_back.lost(agent)
            self.acd(stroke, acd.AgentTaken(agent=agent))

    def free(self, stroke: Stroke, agent: str) -> None:
        """Tell the line that this agent may get work."""
        profile = self.directory.agents.get(agent)
        if profile is not None and not self.calling_back.keeps(stroke, agent):
            free = Free(agent=agent, skills=dict(profile.skills), idle_since=self.presence_of(agent).since)
            self.acd(stroke, acd.AgentFree(free=free))

    def arm_agent(self, agent: str) -> None:
        due = presences.deadline(self.presence_of(agent))
        self._timers.set(("agent", agent), due, lambda: self._agent_due(agent))

    def _agent_due(self, agent: str) -> None:
        activity = self.presence_of(agent).activity
        if not isinstance(activity, presences.WrapUp):
            return
        rule = self.wrap_up_rule(activity.queue)
        with self.stroke() as stroke:
            due = presences.TimeReached(disposition_required=rule.disposition_required)
            self.presence(stroke, agent, due)

    def presence_of(self, agent: str) -> Presence:
        return self.presences.get(agent) or Presence(agent=agent)

    def caller_id(self, queue: str | None) -> str:
        """The number shown to whom we call for a queue."""
        settings = self.directory.queues.get(queue or "")
        return settings.caller_id if settings is not None and settings.caller_id else ANONYMOUS

    def wrap_up_rule(self, queue: str) -> WrapUpRule:
        settings = self.directory.queues.get(queue) or QueueSettings(id=queue, name=queue, name_zh=queue)
        return WrapUpRule(
            mode=settings.wrap_up_mode,
            seconds=settings.wrap_up_s,
            disposition_required=settings.disposition_required,
        )


POP: Codec[Pop] = Codec(Pop)


def _nothing() -> None:
    """The act of a timer that is being cancelled."""
