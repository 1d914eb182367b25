"""The conversation process: one pjsua2, one call's legs, its own truth. Forked by `spawner`, told by `host`.

It does what `rules` decides. It outlives its host: with a call it reconnects for ever, says
`ConversationHello` with its name and repeats every report nobody has acknowledged; without a call and without
a host it ends.
"""

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_never

from twisted.internet.defer import Deferred
from twisted.logger import (
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.protocols.amp import CommandLocator

from contact_center.config import Settings
from contact_center.runtime import amp, reactor
from contact_center.runtime.codec import Codec
from contact_center.telephony import wire
from contact_center.telephony.inside import load_pass
from contact_center.telephony.media import acts, audio, rules
from contact_center.telephony.media.endpoint import Endpoint
from contact_center.telephony.media.invite import Invite, takes_sdp
from contact_center.telephony.media.library import EndpointError
from contact_center.telephony.media.pump import Pace, Pump
from contact_center.telephony.media.referrals import Referrals
from contact_center.telephony.media.tape import LEFT, RIGHT
from contact_center.telephony.media.taping import SilenceWatch, TapeWatch
from contact_center.telephony.quality import Quality

CALLER = "caller"
ALONE_S = 5.0  # without a call and without a host: end
RECONNECT_S = 0.25
LAST_FRAMES_S = 0.1  # the bridge runs this long after the last call, to let its ports go
QUALITY_EVERY_S = 5.0
FILE_MARGIN_S = 0.03  # a player starts on the bridge's next beat

OPS: Codec[tuple[wire.Op, ...]] = Codec(tuple[wire.Op, ...])
QUALITIES: Codec[dict[str, Quality]] = Codec(dict[str, Quality])
NUMBERED: Codec[wire.Numbered] = Codec(wire.Numbered)
IMAGE: Codec[wire.ConversationImage] = Codec(wire.ConversationImage)

log = Logger()


class ConversationProcess(CommandLocator):
    """Joins the rules to the endpoint, the host and the clock. One per process."""

    def __init__(self, clock: Any, settings: Settings) -> None:
        super().__init__()
        self._clock = clock
        self._state: rules.Conversation | None = None
        self._link: amp.Link | None = None
        self._events: deque[acts.Event] = deque()
        self._stepping = False
        self._alarm = _Timer(clock)
        self._alone = _Timer(clock)
        self._quality_due = _Timer(clock)
        self._players: dict[str, _Timer] = {}
        self._tape_watch = TapeWatch(clock, self._tape_failed)
        self._silence_watch = SilenceWatch(clock, self._tape_silent)
        self.endpoint = Endpoint(self, host=settings.media_host)
        self._pass = load_pass(settings.run_dir)
        self._referrals = Referrals(clock, settings.media_host)
        self._pump = Pump(clock, self.endpoint.handle_events, self._pace, self.endpoint.sip_fd)
        self._socket = settings.media_socket

    def start(self) -> None:
        self._pump.start()
        self._lonely()
        amp.connect(self._socket, self._link_protocol, most_s=RECONNECT_S)

    def _link_protocol(self) -> amp.Link:
        return amp.Link(locator=self, up=self._host_up, down=self._host_down)

    def stop(self) -> None:
        """Hang up what is up and leave; the process ends within half a second."""
        self._pump.stop()
        self.endpoint.leave()
        if self._clock.running:
            self._clock.stop()

    # -- the host ------------------------------------------------------------------------------------

    def _host_up(self, link: amp.Link) -> None:
        self._link = link
        self._alone.cancel()
        hello = link.callRemote(
            amp.ConversationHello,
            pid=os.getpid(),
            sip=self.endpoint.sip,
            conversation="" if self._state is None else self._state.id,
            protocol=amp.PROTOCOL,
        )
        hello.addErrback(self._not_welcome)
        if self._state is not None:
            for numbered in self._state.unacknowledged:
                self._tell(numbered)

    def _not_welcome(self, failure: Any) -> None:
        log.error("host refused this conversation: {why}", why=failure.getErrorMessage())

    def _host_down(self, link: amp.Link) -> None:
        if self._link is link:
            self._link = None
            self._lonely()

    def _lonely(self) -> None:
        if self._link is None and self._state is None:
            self._alone.set(ALONE_S, self.stop)

    def _tell(self, numbered: wire.Numbered) -> None:
        if self._link is not None and self._state is not None:
            text = NUMBERED.dump(numbered).decode()
            self._link.callRemote(amp.ReportMade, conversation=self._state.id, numbered=text)

    @amp.Expect.responder
    def expect(self, conversation: str) -> dict[str, object]:
        self._state = rules.Conversation(id=conversation, started_at=time.time())
        self._rearm()
        self._quality_due.set(QUALITY_EVERY_S, self._tell_quality)
        return {}

    @amp.Do.responder
    def do(self, conversation: str, ack: int, blob: str, ops: str) -> dict[str, object]:
        self._named(conversation)
        self.feed(acts.Took(ops=OPS.load(ops), ack=ack, blob=blob))
        self._pump.hurry()
        return {}

    @amp.GetImage.responder
    def get_image(self, conversation: str) -> dict[str, object]:
        return {"image": IMAGE.dump(rules.image(self._named(conversation))).decode()}

    def _named(self, conversation: str) -> rules.Conversation:
        if self._state is None or self._state.id != conversation:
            raise amp.Unknown(conversation)
        return self._state

    # -- how it sounds -------------------------------------------------------------------------------

    def _measure(self) -> dict[str, Quality]:
        """Look at every leg that is up, and let the rules know."""
        up = () if self._state is None else self._state.live
        found = {leg.name: quality for leg in up if (quality := self.endpoint.quality(leg.name)) is not None}
        for leg, quality in found.items():
            self._events.append(acts.Measured(leg=leg, quality=quality))
        return found

    def _tell_quality(self) -> None:
        found = self._measure()
        self._run()
        if found and self._link is not None and self._state is not None:
            legs = QUALITIES.dump(found).decode()
            self._link.callRemote(amp.QualitySeen, conversation=self._state.id, legs=legs)
        self._quality_due.set(QUALITY_EVERY_S, self._tell_quality)

    # -- the endpoint's owner ------------------------------------------------------------------------

    def invited(self, invite: Invite) -> str | int:
        if not wire.is_pass(invite.header(wire.INSIDE_HEADER), self._pass):
            return 403
        if self._state is None:
            return 503  # nobody told us to expect it
        if self._state.legs:
            return 486  # nobody is a caller but whose INVITE came first: a call of our own has none
        if not takes_sdp(invite):
            return 406
        self.feed(
            acts.Invited(
                leg=CALLER,
                from_number=invite.from_number,
                from_name=invite.from_name,
                to_number=invite.to_number,
                sip_call_id=invite.sip_call_id,
                headers=invite.headers_without(wire.INSIDE_HEADER),
            )
        )
        return CALLER

    def ringing(self, name: str, *, early: bool = False) -> None:
        self.feed(acts.RangThere(leg=name, early=early))

    def up(self, name: str) -> None:
        self.feed(acts.CameUp(leg=name))

    def gone(self, name: str, code: int, reason: str, sounded: Quality | None) -> None:
        self._forget_player(name)
        if sounded is not None:
            self._events.append(acts.Measured(leg=name, quality=sounded))
        self.feed(acts.WentDown(leg=name, code=code, reason=reason))

    def digit(self, name: str, digit: str) -> None:
        self.feed(acts.Keyed(leg=name, digit=digit))

    def referred(self, name: str, target: str, replaces: str | None) -> str:
        if self._state is None or not rules.may_refer(self._state, name):
            return ""
        self.feed(acts.AskedToRefer(leg=name, target=target, replaces=replaces))
        return self._referrals.expect(name)

    def told_of_refer(self, name: str, code: int, *, final: bool) -> None:
        """We send no REFER."""

    def fault(self, name: str, why: str) -> None:
        self.feed(acts.OrderFailed(op="media", leg=name, why=why))

    # -- the rules -----------------------------------------------------------------------------------

    def feed(self, event: acts.Event) -> None:
        """Take an event; a leg that we end is measured a last time."""
        if isinstance(event, acts.Took) and any(isinstance(op, wire.Hangup) for op in event.ops):
            self._measure()
        self._events.append(event)
        self._run()

    def _run(self) -> None:
        """Step the rules; what orders cause on the spot waits its turn."""
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._events and self._state is not None:
                self._state, effects = rules.step(self._state, self._events.popleft(), time.time())
                for effect in effects:
                    self._carry_out(effect)
            self._events.clear()
        finally:
            self._stepping = False
        self._rearm()

    def _rearm(self) -> None:
        at = None if self._state is None else rules.deadline(self._state)
        if at is None:
            self._alarm.cancel()
        else:
            self._alarm.set(max(0.0, at - time.time()), self.feed, acts.Tick())

    def _carry_out(self, effect: acts.Effect) -> None:
        try:
            match effect:
                case acts.RingLeg():
                    op, leg = "ring", effect.leg
                    self.endpoint.ring(leg)
                case acts.AnswerLeg():
                    op, leg = "answer", effect.leg
                    self.endpoint.answer(leg)
                case acts.EndLeg():
                    op, leg = "hangup", effect.leg
                    self._forget_player(leg)
                    self.endpoint.hangup(leg, code=effect.code, reason=effect.reason)
                case acts.DialLeg():
                    op, leg = "dial", effect.dial.leg
                    self._dial(effect.dial)
                case acts.StartFiles():
                    op, leg = "play", effect.play.leg
                    self._play(effect.play)
                case acts.StopFiles():
                    op, leg = "stop_play", effect.leg
                    self._forget_player(leg)
                    self.endpoint.stop_play(leg)
                case acts.SetMix():
                    op, leg = "mix", ""
                    self.endpoint.mix(effect.hears)
                case acts.StartTape() | acts.SetTape() | acts.StopTape():
                    op, leg = "tape", ""
                    self._tape(effect)
                case acts.PressDigits():
                    op, leg = "send_digits", effect.leg
                    self.endpoint.send_digits(leg, effect.digits)
                case acts.TellReferrer():
                    op, leg = "tell_referrer", effect.leg
                    self._tell_referrer(effect)
                case acts.Tell():
                    self._tell(effect.numbered)
                case acts.Free():
                    self._free()
                case _:
                    assert_never(effect)
        except EndpointError as error:
            self._events.append(acts.OrderFailed(op=op, leg=leg, why=str(error)))

    def _tell_referrer(self, effect: acts.TellReferrer) -> None:
        if effect.code >= 200:
            self.endpoint.following.last_word_due(effect.leg)
        self._referrals.tell(effect.leg, effect.code)

    def _dial(self, dial: wire.Dial) -> None:
        self.endpoint.dial(
            dial.leg,
            dial.target,
            from_number=dial.from_number,
            from_name=dial.from_name,
            headers={**dial.headers, wire.INSIDE_HEADER: self._pass},
            srtp=dial.srtp,
        )

    def _play(self, play: wire.Play) -> None:
        self._forget_player(play.leg)
        readable, failed, seconds = _readable(play.files)
        ended = acts.PlayedOut(leg=play.leg, play=play.play, failed=failed)
        if not readable:
            self._events.append(ended)
            return
        self.endpoint.play(play.leg, readable, loop=play.loop)
        if not play.loop:
            timer = self._players[play.leg] = _Timer(self._clock)
            timer.set(seconds + FILE_MARGIN_S, self._played_out, ended)

    def _played_out(self, ended: acts.PlayedOut) -> None:
        self._forget_player(ended.leg)
        self.endpoint.stop_play(ended.leg)
        self.feed(ended)

    def _forget_player(self, leg: str) -> None:
        timer = self._players.pop(leg, None)
        if timer is not None:
            timer.cancel()

    def _tape(self, effect: acts.TapeEffect) -> None:
        match effect:
            case acts.StartTape(record=record):
                files = {LEFT: Path(record.file_left), RIGHT: Path(record.file_right)}
                try:
                    self.endpoint.start_tape(files)
                except EndpointError as error:
                    log.warn("cannot record {name}: {why}", name=record.recording, why=str(error))
                    self._events.append(acts.TapeFailed(recording=record.recording, why=str(error)))
                else:
                    self._tape_watch.begin(record.recording, files.values())
                    self._silence_watch.begin(record.recording, files[LEFT], record.silence_s)
            case acts.SetTape(takes=takes):
                self.endpoint.set_tape(takes)
            case acts.StopTape():
                self._tape_watch.end()
                self._silence_watch.end()
                self.endpoint.stop_tape()
            case _:
                assert_never(effect)

    def _tape_failed(self, recording: str, why: str) -> None:
        log.error("cannot record {name} any more: {why}", name=recording, why=why)
        self.feed(acts.TapeFailed(recording=recording, why=why))

    def _tape_silent(self, recording: str, sounded_s: float) -> None:
        self.feed(acts.TapeSilent(recording=recording, sounded_s=sounded_s))

    def _free(self) -> None:
        assert self._state is not None  # noqa: S101  # only a conversation frees itself
        conversation, self._state = self._state.id, None
        self._quality_due.cancel()
        self.endpoint.hang_up_all()
        for leg in list(self._players):
            self._forget_player(leg)
        self._clock.callLater(LAST_FRAMES_S, self._rest)
        if self._link is not None:
            freed: Deferred[object] = self._link.callRemote(amp.Freed, conversation=conversation)
            freed.addErrback(lambda _: None)  # the host went; it will see us idle when it is back
        self._lonely()

    def _rest(self) -> None:
        if self._state is not None:
            return
        if self.endpoint.at_rest:
            self._clock.callLater(LAST_FRAMES_S, self._close_device)
        else:
            self._clock.callLater(LAST_FRAMES_S, self._rest)

    def _close_device(self) -> None:
        if self.endpoint.at_rest:
            self.endpoint.close_device()

    def _pace(self) -> Pace:
        return Pace.IDLE if self._state is None else Pace.TALK


class _Timer:
    """One pending call at most."""

    def __init__(self, clock: Any) -> None:
        self._clock, self._call = clock, None

    def set(self, delay_s: float, act: Callable[..., None], *args: object) -> None:
        self.cancel()
        self._call = self._clock.callLater(delay_s, act, *args)

    def cancel(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None


def _readable(files: tuple[str, ...]) -> tuple[list[Path], str, float]:
    """Which of the files can be played, the first that cannot, and how long they last together."""
    good: list[Path] = []
    failed, seconds = "", 0.0
    for file in files:
        try:
            seconds += audio.wav_seconds(Path(file))
            good.append(Path(file))
        except (OSError, audio.NotTelephonyAudioError) as error:
            log.warn("cannot play: {why}", why=str(error))
            failed = failed or file
    return good, failed, seconds


def begin_logging(level: str) -> None:
    """Text lines on stderr from `level` up."""
    wanted = LogLevel.levelWithName({"WARNING": "warn"}.get(level, level.lower()))
    least = LogLevelFilterPredicate(wanted)
    if wanted is not LogLevel.debug:  # Twisted greets and mourns every connection
        for namespace in ("twisted", "log_legacy"):
            least.setLogLevelForNamespace(namespace, max(wanted, LogLevel.warn))
    observer = FilteringLogObserver(textFileLogObserver(sys.stderr), [least])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)


def main(settings: Settings) -> None:
    """Be a conversation until told to stop. Runs in a fresh fork that has no reactor yet."""
    loop = reactor.install()
    from twisted.internet import reactor as clock

    begin_logging("WARNING" if settings.log_level == "INFO" else settings.log_level)
    process = ConversationProcess(clock, settings)
    loop.add_signal_handler(signal.SIGTERM, process.stop)
    clock.callWhenRunning(process.start)
    clock.run(installSignalHandlers=False)
