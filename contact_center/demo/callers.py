"""Simulated people with real SIP phones: they dial or answer, key digits, sound a tone, and listen for one.

One process is one phone with up to four calls at once and any number in a row. Used three ways:

    python -m contact_center.demo.callers --to sip:8000@127.0.0.1:5060 --from +12025550123 --json
    python -m contact_center.demo.callers --answer --listen 127.0.0.1:0      # picks up what comes in
    python -m contact_center.demo.callers --conduct                         # told over stdin, one JSON a line
    python -m contact_center.demo.callers --answer --by-hand                 # rings until told

Conducted, it reads `{"dial": {CallPlan}}`, `{"hangup": {"id": …}}`, `{"stop": {}}`,
`{"log_in": {"user", "password"}}` (what challenged calls answer with; `md5_ha1` in place of the password does
MD5 only), by hand `{"answer": {…}}`, `{"refuse": {…}}` (486) and `{"progress": {…}}` (183, sound before the
answer), in a call `{"refer": {"id": …, "to": …}}`, `{"keys": {"id": …, "digits": …}}` (as RFC 4733 events),
`{"info": {…}}` and `{"hush": {"id": …}}`.
It writes `{"ready": …}`, `{"invited": …}`, `{"ringing": …}`, `{"up": …}`, `{"heard": …}`,
`{"keyed": {"id", "digits"}}`, `{"referred": …}`, `{"refer_told": {"id", "code", "final"}}`, `{"refused": …}`
and `{"ended": {CallResult}}`.
What is heard is recorded and judged by power in the band, never assumed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.protocols.basic import LineOnlyReceiver

from contact_center.config import split_bind
from contact_center.demo.call_plan import CONDUCT, RESULT, CallPlan
from contact_center.demo.phone_call import LISTEN_EVERY_S, PhoneCall
from contact_center.runtime.codec import CodecError
from contact_center.runtime.reactor import install
from contact_center.telephony.media import audio
from contact_center.telephony.media.endpoint import Endpoint
from contact_center.telephony.media.invite import Invite
from contact_center.telephony.media.library import MOST_CALLS, EndpointError, Srtp
from contact_center.telephony.media.pump import Pace, Pump
from contact_center.telephony.quality import Quality

Say = Callable[[str, dict[str, Any]], None]


class Phone:
    """Owner of one endpoint and its calls. `say(event, body)` tells whoever conducts."""

    def __init__(
        self, reactor: Any, say: Say, *, host: str, port: int, answers: CallPlan | None, by_hand: bool = False
    ) -> None:
        self._reactor, self._say, self._answers, self._by_hand = reactor, say, answers, by_hand
        self._calls: dict[str, PhoneCall] = {}
        self._incoming = 0
        self._folder = tempfile.TemporaryDirectory(prefix="phone-")
        self.folder = Path(self._folder.name)
        taken: Srtp = "always" if answers is not None and answers.srtp else "if_asked"
        self.endpoint = Endpoint(self, host=host, port=port, user_agent="simulated-person", srtp=taken)
        pace = lambda: Pace.TALK if self._calls else Pace.IDLE  # noqa: E731  # a name says what it is
        self._pump = Pump(reactor, self.endpoint.handle_events, pace, self.endpoint.sip_fd)
        self._pump.start()
        self._watch()

    def close(self) -> None:
        self._pump.stop()
        self.endpoint.leave()
        self._folder.cleanup()

    # -- what it is told -----------------------------------------------------------------------------

    def dial(self, plan: CallPlan) -> None:
        if len(self._calls) >= MOST_CALLS:
            raise EndpointError(f"all {MOST_CALLS} lines are busy")
        call = PhoneCall(plan, time.time(), self.folder)
        headers = plan.headers
        self._calls[plan.id] = call
        try:
            self.endpoint.dial(
                plan.id,
                plan.to,
                from_number=plan.from_number,
                from_name=plan.from_name,
                headers=headers,
                srtp=plan.srtp,
            )
            call.sip_call_id = self.endpoint.sip_call_id(plan.id)
        except EndpointError:
            self._calls.pop(plan.id, None)
            raise
        self._pump.hurry()

    def hangup(self, name: str) -> None:
        call = self._calls.get(name)
        if call is not None and not call.hung_up:
            call.hung_up = True
            self.endpoint.hangup(name)
            self._pump.hurry()

    # -- what the endpoint says ----------------------------------------------------------------------

    def invited(self, invite: Invite) -> str | int:
        if self._answers is None:
            return 486
        self._incoming += 1
        name = f"in-{self._incoming}"
        plan = replace(self._answers, id=name, from_number=invite.from_number, to=invite.to_number)
        call = self._calls[name] = PhoneCall(plan, time.time(), self.folder)
        call.sip_call_id = invite.sip_call_id
        self._say("invited", {"id": name, "from_number": invite.from_number, "headers": invite.headers})
        self._reactor.callLater(0, self._ring, name)
        return name

    def _ring(self, name: str) -> None:
        if name in self._calls:
            self.endpoint.ring(name)
            self._pump.hurry()
        if name in self._calls and not self._by_hand:
            self._reactor.callLater(self._calls[name].plan.answer_after_s, self._answer, name)

    def answer(self, name: str) -> None:
        """Pick up a ringing call."""
        self._answer(name)

    def progress(self, name: str) -> None:
        """Sound before the answer, as an announcement or a far ringing tone is (183)."""
        if name in self._calls:
            self.endpoint.answer(name, 183)
            self._speak(name)
            self._pump.hurry()

    def refer(self, name: str, target: str) -> None:
        self.endpoint.refer(name, target)
        self._pump.hurry()

    def keys(self, name: str, digits: str) -> None:
        """Press keys as RFC 4733 events."""
        self.endpoint.send_digits(name, digits)
        self._pump.hurry()

    def info(self, name: str, digits: str) -> None:
        """Press keys by SIP INFO."""
        self.endpoint.send_info_digits(name, digits)
        self._pump.hurry()

    def hush(self, name: str) -> None:
        """Say nothing any more."""
        self.endpoint.stop_play(name)

    def refuse(self, name: str) -> None:
        if name in self._calls:
            self.endpoint.hangup(name, code=486)
            self._pump.hurry()

    def _answer(self, name: str) -> None:
        if name in self._calls:
            self.endpoint.answer(name)
            self._pump.hurry()

    def ringing(self, name: str, *, early: bool = False) -> None:
        self._say("ringing", {"id": name, "early": early})

    def up(self, name: str) -> None:
        call = self._calls[name]
        call.answered_at = time.time()
        self._speak(name)
        self.endpoint.record(name, call.recording)
        self._say("up", {"id": name, "sip_call_id": call.sip_call_id})

    def _speak(self, name: str) -> None:
        speech = self._calls[name].speech
        if speech is not None:
            self.endpoint.play(name, [speech], loop=True)

    def gone(self, name: str, code: int, reason: str, sounded: Quality | None) -> None:
        call = self._calls.pop(name, None)
        if call is None:
            return
        now = time.time()
        call.listen(now)
        if not call.plan.record:
            call.recording.unlink(missing_ok=True)
        if not self._calls:
            self._reactor.callLater(0.2, self._rest)
        self._say("ended", RESULT.plain(call.result(now, code, reason)))

    def digit(self, name: str, digit: str) -> None:
        if name in self._calls:
            self._calls[name].digits_heard += digit
            self._say("keyed", {"id": name, "digits": self._calls[name].digits_heard})

    def referred(self, name: str, target: str, replaces: str | None) -> str:
        self._say("referred", {"id": name, "target": target})
        return ""

    def told_of_refer(self, name: str, code: int, *, final: bool) -> None:
        self._say("refer_told", {"id": name, "code": code, "final": final})

    def fault(self, name: str, why: str) -> None:
        self._say("fault", {"id": name, "why": why})

    def _rest(self) -> None:
        if self._calls:
            return
        if self.endpoint.at_rest:
            self.endpoint.close_device()
        else:
            self._reactor.callLater(0.2, self._rest)

    def _watch(self) -> None:
        now = time.time()
        for name, call in list(self._calls.items()):
            if call.answered_at:
                if call.listen(now):
                    self._say("heard", {"id": name, "freq_hz": call.plan.listen_hz})
                due = call.due_digits(now)
                if due:
                    self.endpoint.send_digits(name, due)
            if call.is_over(now):
                self.hangup(name)
        self._reactor.callLater(LISTEN_EVERY_S / 2, self._watch)


# -- the process --------------------------------------------------------------------------------------


class _Lines(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 1 << 20

    def __init__(self, line: Callable[[bytes], None], end: Callable[[], None]) -> None:
        self._line, self._end = line, end

    def lineReceived(self, line: bytes) -> None:  # noqa: N802  # Twisted's names, here and below
        self._line(line)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802
        self._end()


def run(args: argparse.Namespace) -> int:
    """Be one phone until told or done; the exit status is 0 when every dialled call was answered."""
    install()
    from twisted.internet import reactor as installed
    from twisted.internet import stdio

    reactor: Any = installed
    answered: list[bool] = []
    single = not (args.conduct or args.answer)

    def say(event: str, body: dict[str, Any]) -> None:
        print(json.dumps(body if single and args.json else {event: body}), flush=True)

    def hear(event: str, body: dict[str, Any]) -> None:
        if event == "ended":
            answered.append(body["answered"])
        if not single or event == "ended":
            say(event, body)
        if single and event == "ended":
            reactor.callLater(0.1, reactor.stop)

    host, port = split_bind(args.listen)
    plan = _plan(args)
    answers = plan if args.answer else None
    phone = Phone(reactor, hear, host=host, port=port, answers=answers, by_hand=args.by_hand)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: reactor.callFromThread(reactor.stop))

    def told(line: bytes) -> None:
        try:
            conduct = CONDUCT.load(line)
            if (who := conduct.log_in) is not None:
                phone.endpoint.subscriber.log_in(who.user, who.password, md5_ha1=who.md5_ha1)
            if conduct.dial is not None:
                phone.dial(conduct.dial)
            if conduct.refer is not None:
                phone.refer(conduct.refer.get("id", ""), conduct.refer.get("to", ""))
            if conduct.progress is not None:
                phone.progress(conduct.progress.get("id", ""))
            if conduct.keys is not None:
                phone.keys(conduct.keys.get("id", ""), conduct.keys.get("digits", ""))
            if conduct.info is not None:
                phone.info(conduct.info.get("id", ""), conduct.info.get("digits", ""))
        except (CodecError, EndpointError, OSError, audio.NotTelephonyAudioError) as error:
            say("refused", {"why": str(error), "line": line.decode(errors="replace")})
            return
        if conduct.hangup is not None:
            phone.hangup(conduct.hangup.get("id", ""))
        if conduct.answer is not None:
            phone.answer(conduct.answer.get("id", ""))
        if conduct.refuse is not None:
            phone.refuse(conduct.refuse.get("id", ""))
        if conduct.hush is not None:
            phone.hush(conduct.hush.get("id", ""))
        if conduct.stop is not None:
            reactor.stop()

    def begin() -> None:
        if single:
            phone.dial(plan)
            return
        if args.trust:
            phone.endpoint.speak_tls(Path(args.trust))
        if args.register:
            phone.endpoint.subscriber.register(args.register, args.user, args.password, md5_ha1=args.md5_ha1)
        say("ready", {"sip": phone.endpoint.sip, "pid": os.getpid()})
        stdio.StandardIO(_Lines(told, lambda: reactor.running and reactor.stop()))

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    phone.close()
    return 0 if all(answered) else 1


def _plan(args: argparse.Namespace) -> CallPlan:
    digits = tuple((digit, float(at)) for digit, _, at in (item.partition("@") for item in args.digits))
    return CallPlan(
        to=args.to,
        from_number=getattr(args, "from"),
        from_name=args.name,
        digits=digits,
        tone_hz=args.tone,
        wav=args.wav,
        listen_hz=args.listen_tone,
        max_talk_s=args.max_talk_s,
        patience_s=args.patience_s,
        answer_after_s=args.answer_after_s,
        record=args.record,
        srtp=args.srtp,
    )


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="contact_center.demo.callers", description=__doc__.splitlines()[0])
    parser.add_argument("--to", default="", help="SIP URI to dial")
    parser.add_argument("--from", default="anonymous", help="caller's number")
    parser.add_argument("--name", default="", help="caller's name")
    parser.add_argument(
        "--digits", nargs="*", default=[], metavar="D@S", help="keys, S seconds after the answer"
    )
    parser.add_argument("--tone", type=float, default=0.0, metavar="HZ", help="pilot tone to speak with")
    parser.add_argument("--wav", default="", help="8 kHz mono WAV to speak with")
    parser.add_argument("--listen-tone", type=float, default=0.0, metavar="HZ", help="tone to listen for")
    parser.add_argument("--max-talk-s", type=float, default=10.0, help="talk after hearing the tone")
    parser.add_argument("--patience-s", type=float, default=60.0, help="wait for the tone since dialling")
    parser.add_argument("--record", default="", help="keep what was heard in this WAV file")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="own SIP address")
    parser.add_argument("--answer", action="store_true", help="answer calls instead of dialling")
    parser.add_argument("--by-hand", action="store_true", help="with --answer: ring until told on stdin")
    parser.add_argument("--answer-after-s", type=float, default=0.0, help="ring this long before answering")
    parser.add_argument("--register", default="", metavar="URI", help="be a desk phone at this registrar")
    parser.add_argument("--user", default="", help="whose desk phone")
    parser.add_argument("--password", default="", help="its password")
    parser.add_argument("--md5-ha1", default="", help="or, of a phone that can do MD5 only, the HA1 of it")
    parser.add_argument("--trust", default="", metavar="PEM", help="speak TLS too, with whom these vouch for")
    parser.add_argument("--srtp", action="store_true", help="encrypt the sound, or have no call")
    parser.add_argument("--conduct", action="store_true", help="take JSON lines from stdin")
    parser.add_argument("--json", action="store_true", help="print only the result, bare")
    args = parser.parse_args(argv)
    if not (args.to or args.answer or args.conduct):
        parser.error("one of --to, --answer, --conduct is needed")
    return args


def spawn(*options: str, stdin: int | None = subprocess.PIPE) -> "subprocess.Popen[str]":
    """Start a phone as a process of its own, its stdout a pipe of JSON lines."""
    command = [sys.executable, "-m", "contact_center.demo.callers", *options]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True, bufsize=1)  # noqa: S603  # own module


if __name__ == "__main__":
    status = run(parse(sys.argv[1:]))
    sys.stdout.flush()
    os._exit(status)  # destroying the SIP library in order takes a second and changes nothing
