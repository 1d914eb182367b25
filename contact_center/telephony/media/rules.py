"""What a conversation does about what it is told and what happens to it. Pure: `step(state, event, now)`.

Events are the core's `Took` (one `Do`), what the endpoint says, and `Tick`; effects are orders to the
endpoint, reports to send (`Tell`), and `Free`. Time is epoch seconds, given; `deadline(state)` says when to
tick.

The truths kept here:
- every leg that was ever named is reported `Ended` exactly once, and nothing is said of it afterwards;
- reports are numbered 1, 2, … and kept until a `Do` acknowledges them;
- the same op twice does what it does once; a leg nobody knows is refused; a leg that is gone is no error;
- a recording's name is used once, and its end is told once, before the last leg's;
- the core is *away* when it leaves a report unacknowledged: see the `*_S` limits for what happens then.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from contact_center.telephony import wire
from contact_center.telephony.media import acts
from contact_center.telephony.media.tape import Tape, takes
from contact_center.telephony.quality import Quality

CALLER = "caller"
NO_INVITE_S = 10.0  # claimed, and no call came
NO_CORE_S = 10.0  # a call came, and no core took notice: refuse it, so that a trunk may try elsewhere
DEAD_LINE_S = 5.0  # the caller's end unacknowledged this long: the other legs talk to nobody
FORGOTTEN_S = 600.0  # all over, and no core ever acknowledged it

Phase = Literal["incoming", "dialling", "up", "ended"]


# -- state --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg. `dial` is set when we called it; `dialog` while the endpoint still holds its SIP dialog."""

    name: str
    phase: Phase
    since: float
    dial: wire.Dial | None = None
    rang: bool = False
    early: bool = False
    answering: bool = False
    play: wire.Play | None = None
    dialog: bool = True
    quality: Quality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Everything a conversation knows."""

    id: str
    started_at: float
    legs: dict[str, Leg] = field(default_factory=dict)
    wanted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mixed: frozenset[tuple[str, str]] = frozenset()
    tape: Tape | None = None
    taped: frozenset[tuple[str, str]] = frozenset()
    recordings: frozenset[str] = frozenset()  # every name ever given
    blob: str = ""
    last_seq: int = 0
    unacknowledged: tuple[wire.Numbered, ...] = ()
    all_ended_at: float | None = None
    freed: bool = False

    @property
    def live(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs.values() if leg.phase != "ended")


def image(state: Conversation) -> wire.ConversationImage:
    """What a core that (re)connects is told."""
    return wire.ConversationImage(
        conversation=state.id,
        started_at=state.started_at,
        legs_up=tuple(leg.name for leg in state.legs.values() if leg.phase == "up"),
        blob=state.blob,
        unacknowledged=state.unacknowledged,
    )


def may_refer(state: Conversation, name: str) -> bool:
    """Whether a REFER from this leg is for the core to decide."""
    leg = state.legs.get(name)
    return leg is not None and leg.phase == "up" and leg.dial is not None and leg.dial.may_refer


def deadline(state: Conversation) -> float | None:
    """When to `Tick` next; None when only an event can change anything."""
    return None if state.freed else min((at for at, _ in _alarms(state)), default=None)


def step(state: Conversation, event: acts.Event, now: float) -> tuple[Conversation, list[acts.Effect]]:
    """Take one event. Never raises; a freed conversation ignores everything."""
    if state.freed:
        return state, []
    turn = _Turn(state, now)
    match event:
        case acts.Took():
            turn.acknowledge(event.ack, event.blob)
            for op in event.ops:
                turn.do(op)
        case acts.Invited():
            turn.invited(event)
        case acts.Measured(leg=name, quality=quality):
            turn.measured(name, quality)
        case acts.OrderFailed():
            turn.order_failed(event)
        case acts.TapeFailed(recording=recording, why=why):
            turn.stop_tape(recording, failed=why)
        case acts.TapeSilent():
            turn.silent(event)
        case acts.Tick():
            turn.tick()
        case _:
            turn.leg_did(event)
    return turn.settle()


Alarm = Literal["no_invite", "no_core", "dead_line", "forgotten"] | Leg


def _alarms(state: Conversation) -> list[tuple[float, Alarm]]:
    """Every deadline that stands, with what it is for (a leg: its dial timeout)."""
    alarms: list[tuple[float, Alarm]] = []
    if not state.legs:
        alarms.append((state.started_at + NO_INVITE_S, "no_invite"))
    if state.all_ended_at is not None:
        alarms.append((state.all_ended_at + FORGOTTEN_S, "forgotten"))
    alarms.extend(
        (leg.since + leg.dial.timeout_s, leg)
        for leg in state.live
        if leg.phase == "dialling" and leg.dial is not None
    )
    for numbered in state.unacknowledged:
        report = numbered.report
        if isinstance(report, wire.Arrived) and state.legs[report.leg].phase == "incoming":
            alarms.append((report.at + NO_CORE_S, "no_core"))
        if isinstance(report, wire.Ended) and state.live and not _callers_live(state):
            leg_ended = state.legs[report.leg]
            if _is_callers(leg_ended):
                alarms.append((report.at + DEAD_LINE_S, "dead_line"))
    return alarms


def _callers_live(state: Conversation) -> bool:
    return any(_is_callers(leg) for leg in state.live)


def _is_callers(leg: Leg) -> bool:
    """The customer's leg, also when we called the customer."""
    return leg.dial is None or leg.name == CALLER


class _Turn:
    """One step in the making: the state so far and the effects collected."""

    def __init__(self, state: Conversation, now: float) -> None:
        self.state, self.now = state, now
        self.effects: list[acts.Effect] = []

    # -- bookkeeping ---------------------------------------------------------------------------------

    def put(self, leg: Leg) -> None:
        self.state = replace(self.state, legs={**self.state.legs, leg.name: leg})

    def tell(self, report: wire.Report) -> None:
        numbered = wire.Numbered(seq=self.state.last_seq + 1, report=report)
        kept = (*self.state.unacknowledged, numbered)
        self.state = replace(self.state, last_seq=numbered.seq, unacknowledged=kept)
        self.effects.append(acts.Tell(numbered=numbered))

    def refuse(self, op: str, leg: str, why: str) -> None:
        self.tell(wire.OpRefused(at=self.now, op=op, leg=leg, why=why))

    def acknowledge(self, ack: int, blob: str) -> None:
        kept = tuple(numbered for numbered in self.state.unacknowledged if numbered.seq > ack)
        self.state = replace(self.state, unacknowledged=kept, blob=blob or self.state.blob)

    def end(self, leg: Leg, code: int, reason: str, by: wire.EndedBy, *, dialog: bool) -> None:
        """The last word on a leg. `dialog`: its SIP side still has to finish."""
        if self.state.tape is not None and self.state.live == (leg,):
            self.stop_tape(self.state.tape.record.recording)
        self.put(replace(leg, phase="ended", play=None, dialog=dialog, since=self.now))
        ended = wire.Ended(at=self.now, leg=leg.name, code=code, reason=reason, by=by, quality=leg.quality)
        self.tell(ended)

    def hang_up(self, leg: Leg, code: int, reason: str, by: wire.EndedBy) -> None:
        """End it ourselves, and say so now: a peer that never answers our BYE must not delay the news."""
        self.effects.append(acts.EndLeg(leg=leg.name, code=code, reason=reason))
        self.end(leg, 200 if leg.phase == "up" else code, reason, by, dialog=True)

    def settle(self) -> tuple[Conversation, list[acts.Effect]]:
        """Bring the mix up to date, and see whether all is over."""
        up = {leg.name for leg in self.state.legs.values() if leg.phase == "up"}
        sounding = up | {leg.name for leg in self.state.live if leg.early}
        mixed = frozenset(
            (ear, mouth)
            for ear, mouths in self.state.wanted.items()
            for mouth in mouths
            if ear in up and mouth in sounding and ear != mouth
        )
        if mixed != self.state.mixed:
            self.state = replace(self.state, mixed=mixed)
            self.effects.append(acts.SetMix(hears=mixed))
        taped = takes(self.state.tape, up)
        if taped != self.state.taped:
            self.state = replace(self.state, taped=taped)
            self.effects.append(acts.SetTape(takes=taped))
        state = self.state
        if state.live:
            self.state = replace(state, all_ended_at=None)
        elif state.legs and state.all_ended_at is None:
            self.state = replace(state, all_ended_at=self.now)
        dialogs_over = not any(leg.dialog for leg in state.legs.values())
        if state.legs and not state.live and not state.unacknowledged and dialogs_over:
            self.free()
        return self.state, self.effects

    def free(self) -> None:
        if not self.state.freed:
            self.state = replace(self.state, freed=True)
            self.effects.append(acts.Free())

    # -- what the core asks --------------------------------------------------------------------------

    def do(self, op: wire.Op) -> None:
        match op:
            case wire.Dial():
                self.dial(op)
            case wire.Mix():
                self.mix(op)
            case wire.Record():
                self.record(op)
            case wire.PauseRecording() | wire.ResumeRecording():
                tape = self.state.tape
                if tape is not None and tape.record.recording == op.recording:
                    paused = isinstance(op, wire.PauseRecording)
                    self.state = replace(self.state, tape=replace(tape, paused=paused))
            case wire.StopRecording():
                self.stop_tape(op.recording)
            case wire.TellReferrer():
                self.effects.append(acts.TellReferrer(leg=op.leg, code=op.code))
            case (
                wire.Ring()
                | wire.Answer()
                | wire.Hangup()
                | wire.Play()
                | wire.StopPlay()
                | wire.SendDigits()
            ):
                leg = self.state.legs.get(op.leg)
                if leg is None:
                    self.refuse(op.type, op.leg, "no such leg")
                elif leg.phase != "ended":
                    self.do_to(leg, op)
            case _:
                assert_never(op)

    def do_to(self, leg: Leg, op: wire.OfLeg) -> None:
        match op:
            case wire.Ring() | wire.Answer() if leg.dial is not None:
                self.refuse(op.type, leg.name, "not an incoming leg")
            case wire.Ring():
                if leg.phase == "incoming" and not leg.rang and not leg.answering:
                    self.put(replace(leg, rang=True))
                    self.effects.append(acts.RingLeg(leg=leg.name))
            case wire.Answer():
                if leg.phase == "incoming" and not leg.answering:
                    self.put(replace(leg, answering=True))
                    self.effects.append(acts.AnswerLeg(leg=leg.name))
            case wire.Hangup():
                self.hang_up(leg, op.code, op.reason, "local")
            case wire.Play():
                if op != leg.play and op.files:
                    self.put(replace(leg, play=op))
                    if leg.phase == "up" and not op.sounds_already(leg.play):
                        self.effects.append(acts.StartFiles(play=op))
                elif not op.files:
                    self.refuse(op.type, leg.name, "no files")
            case wire.StopPlay():
                if leg.play is not None:
                    self.put(replace(leg, play=None))
                    self.effects.append(acts.StopFiles(leg=leg.name))
            case wire.SendDigits():
                if leg.phase == "up":
                    self.effects.append(acts.PressDigits(leg=leg.name, digits=op.digits))
            case _:
                assert_never(op)

    def dial(self, op: wire.Dial) -> None:
        known = self.state.legs.get(op.leg)
        if known is None:
            self.put(Leg(name=op.leg, phase="dialling", since=self.now, dial=op))
            self.effects.append(acts.DialLeg(dial=op))
        elif known.dial != op:
            self.refuse(op.type, op.leg, "that name is taken")

    def mix(self, op: wire.Mix) -> None:
        names = {*op.hears, *(mouth for mouths in op.hears.values() for mouth in mouths)}
        for name in sorted(names - set(self.state.legs)):
            self.refuse(op.type, name, "no such leg")
        self.state = replace(self.state, wanted=dict(op.hears))

    def record(self, op: wire.Record) -> None:
        if op.recording in self.state.recordings:
            return
        if self.state.tape is not None:
            self.stop_tape(self.state.tape.record.recording)
        self.state = replace(
            self.state,
            tape=Tape(record=op, since=self.now),
            recordings=self.state.recordings | {op.recording},
        )
        if self.state.live:
            self.effects.append(acts.StartTape(record=op))
        else:
            self.stop_tape(op.recording, failed="nobody is there")

    def stop_tape(self, recording: str, *, failed: str = "") -> None:
        """Close the files and say so, once."""
        tape = self.state.tape
        if tape is None or tape.record.recording != recording:
            return
        self.state = replace(self.state, tape=None)
        self.effects.append(acts.StopTape(recording=recording))
        seconds = round(self.now - tape.since, 3)
        self.tell(wire.RecordingEnded(at=self.now, recording=recording, seconds=seconds, failed=failed))

    def silent(self, event: acts.TapeSilent) -> None:
        """A pause is no silence of the caller's."""
        tape = self.state.tape
        if tape is not None and tape.record.recording == event.recording and not tape.paused:
            self.tell(wire.SilenceHeard(at=self.now, recording=event.recording, sounded_s=event.sounded_s))

    # -- what happens --------------------------------------------------------------------------------

    def invited(self, event: acts.Invited) -> None:
        if event.leg in self.state.legs:
            return
        self.put(Leg(name=event.leg, phase="incoming", since=self.now))
        self.tell(
            wire.Arrived(
                at=self.now,
                leg=event.leg,
                from_number=event.from_number,
                from_name=event.from_name,
                to_number=event.to_number,
                sip_call_id=event.sip_call_id,
                headers=event.headers,
            )
        )

    def leg_did(self, event: acts.LegDid) -> None:
        leg = self.state.legs.get(event.leg)
        if leg is None:
            return
        if leg.phase == "ended":
            if isinstance(event, acts.WentDown):
                self.put(replace(leg, dialog=False))
            return
        match event:
            case acts.RangThere():
                if leg.phase == "dialling" and (not leg.rang or (event.early and not leg.early)):
                    self.put(replace(leg, rang=True, early=event.early))
                    self.tell(wire.Ringing(at=self.now, leg=leg.name, early=event.early))
            case acts.CameUp():
                if leg.phase != "up":
                    self.put(replace(leg, phase="up", early=False))
                    self.tell(wire.Answered(at=self.now, leg=leg.name))
                    if leg.play is not None:
                        self.effects.append(acts.StartFiles(play=leg.play))
            case acts.WentDown():
                self.end(leg, event.code, event.reason, _ended_by(leg, event.code), dialog=False)
            case acts.Keyed():
                self.tell(wire.Digit(at=self.now, leg=leg.name, digit=event.digit))
            case acts.AskedToRefer(target=target, replaces=replaces):
                if may_refer(self.state, leg.name):
                    told = wire.Referred(at=self.now, leg=leg.name, target=target, replaces=replaces)
                    self.tell(told)
            case acts.PlayedOut():
                if leg.play is not None and leg.play.play == event.play and leg.phase == "up":
                    self.play_on(leg, leg.play)
                    self.tell(wire.PlayEnded(at=self.now, leg=leg.name, play=event.play, failed=event.failed))
            case _:
                assert_never(event)

    def play_on(self, leg: Leg, through: wire.Play) -> None:
        """A play is through: what it wants looped then follows."""
        looped = replace(through, files=through.then, then=(), loop=True) if through.then else None
        self.put(replace(leg, play=looped))
        if looped is not None:
            self.effects.append(acts.StartFiles(play=looped))

    def measured(self, name: str, quality: Quality) -> None:
        leg = self.state.legs.get(name)
        if leg is not None and leg.phase == "up":
            self.put(replace(leg, quality=quality))

    def order_failed(self, event: acts.OrderFailed) -> None:
        self.refuse(event.op, event.leg, event.why)
        leg = self.state.legs.get(event.leg)
        if leg is None or leg.phase == "ended":
            return
        if event.op == "dial":
            self.end(leg, 503, event.why, "failure", dialog=False)
        if event.op == "play" and leg.play is not None:
            play, why = leg.play.play, event.why
            self.put(replace(leg, play=None))
            if not leg.play.loop:  # whoever waits for its end must not wait for ever
                self.tell(wire.PlayEnded(at=self.now, leg=leg.name, play=play, failed=why))

    def tick(self) -> None:
        for at, alarm in _alarms(self.state):
            if at > self.now:
                continue
            match alarm:
                case "no_invite" | "forgotten":
                    self.free()
                case "no_core":
                    self.end_live(503, "service unavailable")
                case "dead_line":
                    self.end_live(487, "caller gone")
                case Leg():
                    current = self.state.legs[alarm.name]
                    if current.phase == "dialling":
                        self.hang_up(current, 408, "no answer", "local")
                case _:
                    assert_never(alarm)

    def end_live(self, code: int, reason: str) -> None:
        for leg in self.state.live:
            self.hang_up(leg, code, reason, "failure")


def _ended_by(leg: Leg, code: int) -> wire.EndedBy:
    """Our endpoint says 408 or 503 for a peer it could not reach; a call that was up ends with 200."""
    failed = code != 200 if leg.phase == "up" else code in {408, 502, 503}
    return "failure" if failed else "remote"
